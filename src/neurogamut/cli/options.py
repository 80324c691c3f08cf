"""What commands share: a case, a model, a form of output. Each decorator adds its options and
hands the command what they stand for (`case`, `model`, `as_json`)."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click

from ..case_files import read_case_file
from ..errors import CaseError, UsageError
from ..evidence import from_text
from ..model import ASSUMPTIONS, DEFAULT_SETTING, ENGINES, SINGLE, load

Command = Callable[..., Any]


def takes_case(command: Command) -> Command:
    """CASE and --set; the command gets `case`, a mapping."""

    @click.argument("case_file", metavar="[CASE]", required=False)
    @click.option(
        "--set",
        "settings",
        metavar="KEY=VALUE",
        multiple=True,
        help="Add or replace a finding: a state, a number, true or false, or a likelihood such as "
        "present:0.8,absent:0.2. Repeat a key for several readers.",
    )
    @wraps(command)
    def run(*args, case_file: str | None, settings: tuple[str, ...], **options):
        if case_file is None and not settings:
            raise UsageError("no case: name a file, - for standard input, or findings with --set")
        case = read_case_file(case_file) if case_file else {}
        return command(*args, case=case | read_assignments(settings), **options)

    return run


takes_setting = click.option(
    "--setting", default=DEFAULT_SETTING, show_default=True,
    help="The population that the prior probabilities are of.",
)  # fmt: skip


def takes_model(command: Command) -> Command:
    """--setting, --engine and --knowledge; the command gets `model`."""

    @takes_setting
    @click.option("--engine", default=ENGINES[0], show_default=True,
                  help=f"How to compute: {' or '.join(ENGINES)}; both are exact.")  # fmt: skip
    @takes_knowledge
    @wraps(command)
    def run(*args, setting: str, engine: str, knowledge: Path | None, **options):
        model = load(setting, root=knowledge, engine=engine)
        return command(*args, model=model, **options)

    return run


def opens_model(command: Command) -> Command:
    """--setting and --knowledge, for what is only looked up; the command gets `model`."""

    @takes_setting
    @takes_knowledge
    @wraps(command)
    def run(*args, setting: str, knowledge: Path | None, **options):
        return command(*args, model=load(setting, root=knowledge), **options)

    return run


takes_assumption = click.option(
    "--assume", default=SINGLE, show_default=True,
    help=f"How many diseases may be present: {' or '.join(ASSUMPTIONS)}.",
)  # fmt: skip


def single_only(command: Command) -> Command:
    """--assume, for a question that has no answer yet where diseases may coexist."""

    @takes_assumption
    @wraps(command)
    def run(*args, assume: str, **options):
        if assume != SINGLE:
            name = click.get_current_context().command_path
            raise UsageError(f"{name}: --assume {assume}: only answered for --assume {SINGLE}")
        return command(*args, **options)

    return run


takes_knowledge = click.option(
    "--knowledge",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    metavar="DIR",
    help="A folder with priors/ and cpts/ instead of the package's own.",
)
takes_json = click.option(
    "--json", "as_json", is_flag=True, help="One JSON document instead of text."
)


class NewFile(click.Path):
    """A file to be written. One that cannot be is refused before anything is computed."""

    def __init__(self) -> None:
        super().__init__(dir_okay=False, writable=True, path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """The path, if its folder is one that can be written to."""
        path = super().convert(value, param, ctx)
        if not path.parent.is_dir():
            self.fail(f"{path}: there is no folder {path.parent}", param, ctx)
        if not os.access(path.parent, os.W_OK):
            self.fail(f"{path}: the folder {path.parent} cannot be written to", param, ctx)
        return path


def _drawable(ctx: click.Context, _: click.Parameter, path: Path | None) -> Path | None:
    """Refuse an unknown format before anything is computed."""
    if path is not None:
        from ..plots import picture_format

        picture_format(path)
    return path


takes_plot = click.option(
    "--plot",
    "picture",
    type=NewFile(),
    callback=_drawable,
    metavar="FILE",
    help="Draw the answer into a .svg, .png or .html file too.",
)


def read_assignments(settings: tuple[str, ...]) -> dict[str, Any]:
    """`key=value` texts as a case; a key that comes back is another reader's word."""
    readings: dict[str, list[Any]] = {}
    for text in settings:
        key, equals, value = text.partition("=")
        if not (key and equals and value):
            raise UsageError(f"--set {text!r}: expected key=value")
        readings.setdefault(key.strip(), []).append(_value(key, value.strip()))
    return {key: said if len(said) > 1 else said[0] for key, said in readings.items()}


def _value(key: str, text: str) -> Any:
    if ":" in text:
        return _likelihood(key, text)
    return from_text(text)


def _likelihood(key: str, text: str) -> dict[str, float]:
    """`present:0.8,absent:0.2` as a mapping."""
    found: dict[str, float] = {}
    for part in text.split(","):
        state, _, weight = part.strip().partition(":")
        if state in found:
            raise CaseError(f"{key}.{state}: stands twice in {text!r}")
        try:
            found[state] = float(weight)
        except ValueError:
            message = f"{key}.{state}={weight!r}: expected a number, as in present:0.8"
            raise CaseError(message) from None
    return found
