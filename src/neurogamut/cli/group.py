"""A group of commands that knows short spellings, and the nearest name of one that is none."""

from __future__ import annotations

import click

from ..errors import UsageError, nearest

#: The environment variable that stands for the option --knowledge.
KNOWLEDGE = "NEUROGAMUT_KNOWLEDGE"
#: What a command is called for short; --help lists the names in full, which are those of Python.
SHORT = {"next": "next-tests", "global": "sobol", "cd": "distance"}


class CommandGroup(click.Group):
    """Resolves what SHORT says, and lists commands in the order in which they were added."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every command's name."""
        return list(self.commands)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """The command of that name, in full or for short."""
        return super().get_command(ctx, SHORT.get(name, name))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click's, with the nearest command where there is none of that name."""
        known = self.list_commands(ctx)
        if SHORT.get(args[0], args[0]) not in known and not args[0].startswith("-"):
            raise UsageError(f"{args[0]!r} is no command{nearest(args[0], known)}; see --help")
        return super().resolve_command(ctx, args)
