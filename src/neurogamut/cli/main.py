"""The `neurogamut` command. A subcommand's module is imported only when it is run."""

from __future__ import annotations

import gc
import os
import sys
from importlib import import_module
from pathlib import Path

import click

from .._version import __version__
from ..errors import NeurogamutError, UsageError
from ..render.wording import RESEARCH_USE
from . import ascii_fallback
from .group import KNOWLEDGE, SHORT, CommandGroup
from .summaries import SUMMARIES

#: Where each command is, in the order of --help.
COMMANDS = {
    "demo": "demo",
    "read": "read_report",
    "posterior": "what_is_it",
    "explain": "what_is_it",
    "next-tests": "what_next",
    "plan": "what_next",
    "sensitivity": "sensitivity",
    "list": "look_up",
    "show": "look_up",
    "check": "check_tables",
    "init": "init_gamut",
    "diff": "diff_tables",
    "count-priors": "count_priors",
    "export": "look_up",
    "network": "any_network",
    "export-case": "export_case",
    "cohort": "cohort",
    "learn": "learn",
    "update": "learn",
    "validate": "validate",
    "serve": "serve",
}


#: The exit code of what Ctrl-C ends, and what to know about it.
INTERRUPTED = 130
STOPPED = {"cohort": " The same command goes on from here."}


class Failure(click.ClickException):
    """An error of ours as click reports it: one message on stderr and its exit code."""

    def __init__(self, error: NeurogamutError):
        super().__init__(str(error))
        self.exit_code = error.exit_code  # type: ignore[misc]  # click reads it off the instance


class LazyGroup(CommandGroup):
    """Finds commands in COMMANDS and gives errors of ours their exit code."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every command's name."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """The command of that name, imported now."""
        name = SHORT.get(name, name)
        if name not in COMMANDS:
            return None
        return import_module(f".{COMMANDS[name]}", __package__).commands[name]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The commands with their summaries, without loading any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, SUMMARIES.get(name, "")) for name in COMMANDS])

    def invoke(self, ctx: click.Context) -> object:
        """Run a command. Flushes, so that a closed pipe is noticed here."""
        try:
            answer = super().invoke(ctx)
            sys.stdout.flush()
            return answer
        except NeurogamutError as error:
            raise Failure(error) from error
        except BrokenPipeError:
            # The reader has seen enough. What is left must not be written at exit either.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            ctx.exit(0)
        except KeyboardInterrupt:
            click.echo(f"\nStopped.{STOPPED.get(str(ctx.invoked_subcommand), '')}", err=True)
            ctx.exit(INTERRUPTED)
        except OSError as error:
            raise Failure(UsageError(_words(error))) from error


def _words(error: OSError) -> str:
    """What could not be read or written, and why."""
    place = f"{error.filename}: " if error.filename else ""
    return f"{place}{error.strerror or error}"


def _version(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted:
        from ..knowledge.base import default_root
        from ..knowledge.releases import release_name
        from ..knowledge.tables import content_hash

        root = Path(os.environ.get(KNOWLEDGE) or default_root())
        found = content_hash(root)
        click.echo(f"neurogamut {__version__}, {release_name(root, found)}, hash {found}")
        ctx.exit()


HELP = {"help_option_names": ["-h", "--help"]}


@click.group(cls=LazyGroup, context_settings=HELP, epilog=RESEARCH_USE)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_version,
    help="Show the versions of package and tables, and their hash.",
)
def cli() -> None:
    """Differential diagnosis of miliary enhancement and intracerebral calcification.

    A case is a flat mapping of findings to states, in JSON, YAML or TOML; a finding that is not
    named was not assessed. Start with  neurogamut demo  and  neurogamut list findings.

    Exit codes: 0 ok, 2 usage, 3 invalid knowledge base, 4 invalid case, 5 impossible evidence,
    6 an answer hangs on one source (sensitivity sources --fail-on-flip), 130 stopped by Ctrl-C.
    """


def main() -> None:
    """Entry point of the console script."""
    # A command makes many objects that stay to its end, and no garbage until it has a model.
    gc.disable()
    # Matrices are small: threads of numpy would only wait for each other, in servers too.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # To look for plug-ins of pydantic means to read what every installed package says of itself.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    ascii_fallback.register()
    for stream in filter(None, (sys.stdout, sys.stderr)):
        stream.reconfigure(errors=ascii_fallback.NAME)
    try:
        cli(prog_name="neurogamut")
    finally:
        gc.freeze()  # nor is it at the exit


if __name__ == "__main__":
    main()
