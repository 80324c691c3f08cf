"""The `neurogamut` command. A subcommand's module is imported only when it is run."""

from __future__ import annotations

import sys
from importlib import import_module

import click

from .. import __version__
from ..errors import NeurogamutError, UsageError, nearest
from ..wording import RESEARCH_USE

#: Where each command is, in the order of --help.
COMMANDS = {
    "demo": "demo",
    "posterior": "case",
    "explain": "case",
    "next": "next",
    "plan": "plan",
    "sensitivity": "sensitivity",
    "list": "knowledge",
    "show": "knowledge",
    "check": "check",
    "export": "knowledge",
    "cohort": "cohort",
    "validate": "validate",
    "serve": "serve",
}


class Failure(click.ClickException):
    """An error of ours as click reports it: one message on stderr and its exit code."""

    def __init__(self, error: NeurogamutError):
        super().__init__(str(error))
        self.exit_code = error.exit_code


class LazyGroup(click.Group):
    """Finds commands in COMMANDS and gives errors of ours their exit code."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every command's name."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """The command of that name, imported now."""
        if name not in COMMANDS:
            return None
        return import_module(f".{COMMANDS[name]}", __package__).commands[name]

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple:
        """As click's, with the nearest command where there is none of that name."""
        if args[0] not in COMMANDS and not args[0].startswith("-"):
            raise UsageError(f"{args[0]!r} is no command{nearest(args[0], COMMANDS)}; see --help")
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> object:
        """Run a command. Flushes, so that a closed pipe is noticed here, where click handles it."""
        try:
            answer = super().invoke(ctx)
            sys.stdout.flush()
            return answer
        except NeurogamutError as error:
            raise Failure(error) from error


def _version(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted:
        from ..knowledge.base import default_root
        from ..knowledge.tables import content_hash

        click.echo(f"neurogamut {__version__}, knowledge base {content_hash(default_root())}")
        ctx.exit()


HELP = {"help_option_names": ["-h", "--help"]}


@click.group(cls=LazyGroup, context_settings=HELP, epilog=RESEARCH_USE)
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_version,
              help="Show the version and the hash of the knowledge base.")  # fmt: skip
def cli() -> None:
    """Differential diagnosis of miliary enhancement and intracerebral calcification.

    A case is a flat mapping of findings to states, in JSON, YAML or TOML; a finding that is not
    named was not assessed. Start with  neurogamut demo  and  neurogamut list findings.

    Exit codes: 0 ok, 2 usage, 3 invalid knowledge base, 4 invalid case, 5 impossible evidence,
    6 an answer hangs on one source (sensitivity sources --fail-on-flip).
    """


def main() -> None:
    """Entry point of the console script."""
    for stream in filter(None, (sys.stdout, sys.stderr)):
        # A terminal that cannot draw a bar shows a question mark instead of a traceback.
        stream.reconfigure(errors="replace")
    try:
        cli(prog_name="neurogamut")
    except OSError as error:
        sys.exit(f"neurogamut: {error}")


if __name__ == "__main__":
    main()
