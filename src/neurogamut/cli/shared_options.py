"""What commands share: a case, a model, a form of output. Each decorator adds its options and
hands the command what they stand for (`case`, `model`, `as_json`)."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Mapping
from functools import wraps
from pathlib import Path
from typing import Any

import click

from ..cases.answers import AnsweredCase
from ..cases.case import from_text
from ..cases.files import read_case_file
from ..cases.tests_said import DONE, REFUSED, RESULTS, UNAVAILABLE
from ..errors import CaseError, UsageError
from ..inference.engines import ENGINES
from ..knowledge.reporting import PERTINENT
from ..knowledge.stated_priors import read_priors
from ..model import ASSUMPTIONS, SINGLE, Model, load
from . import completion
from .group import KNOWLEDGE
from .replay import ask_again, tell_changes

Command = Callable[..., Any]

takes_assignments = click.option(
    "--set",
    "settings",
    metavar="KEY=VALUE",
    multiple=True,
    shell_complete=completion.assignments,
    help="Add or replace a finding: a state, a number, true or false, or a likelihood such as "
    "present:0.8,absent:0.2. Repeat a key for several readers.",
)


takes_results = click.option(
    "--result",
    "results",
    metavar="KEY=VALUE",
    multiple=True,
    shell_complete=completion.assignments,
    help="As --set, of a finding that was looked for: a test that was ordered showed it, or a "
    "question was answered so.",
)

#: How a command line says what a case says of tests.
OF_TESTS = {
    DONE: ("--done", "A test that was done: it showed nothing but what is named."),
    REFUSED: ("--refused", "A test that the patient does not want."),
    UNAVAILABLE: ("--unavailable", "A test that is not to be had."),
}


def takes_tests(command: Command) -> Command:
    """--done, --refused and --unavailable; the command gets `said_of_tests`, part of a case."""

    @wraps(command)
    def run(*args: Any, **options: Any) -> Any:
        said = {member: list(options.pop(member)) for member in OF_TESTS}
        named = {member: tests for member, tests in said.items() if tests}
        return command(*args, said_of_tests=named, **options)

    for member, (option, about) in reversed(OF_TESTS.items()):
        run = click.option(
            option,
            member,
            metavar="TEST",
            multiple=True,
            shell_complete=completion.tests,
            help=about,
        )(run)
    return run


def takes_case(command: Command) -> Command:
    """CASE, --set, --result and what is said of tests; the command gets `case`, a mapping."""

    @click.argument("case_file", metavar="[CASE]", required=False, shell_complete=completion.files)
    @takes_assignments
    @takes_results
    @takes_tests
    @wraps(command)
    def run(
        *args: Any,
        case_file: str | None,
        settings: tuple[str, ...],
        results: tuple[str, ...],
        said_of_tests: dict[str, list[str]],
        **options: Any,
    ) -> Any:
        if case_file is None and not settings + results:
            raise UsageError("no case: name a file, - for standard input, or findings with --set")
        case = read_case_file(case_file, options.get("knowledge")) if case_file else {}
        if isinstance(case, AnsweredCase):
            ask_again(case.made, options)
        case = with_results(case | read_assignments(settings), results, said_of_tests)
        return command(*args, case=case, **options)

    return run


def with_results(
    case: dict[str, Any], results: tuple[str, ...], said_of_tests: Mapping[str, list[str]]
) -> dict[str, Any]:
    """A case with further results and tests beside those that it names."""
    shown = read_assignments(results)
    said = {**said_of_tests, **({RESULTS: list(shown)} if shown else {})}
    listed = {member: [*_listed(case.get(member)), *names] for member, names in said.items()}
    return case | shown | listed


def _listed(names: Any) -> list[Any]:
    """What a member of a case names, whether it lists it or names one."""
    return names if isinstance(names, list) else [names] if names else []


takes_setting = click.option(
    "--setting",
    show_default="the one that the tables name",
    shell_complete=completion.settings,
    help="The population that the prior probabilities are of.",
)


def takes_model(command: Command) -> Command:
    """--setting, --prior, --engine and --knowledge; the command gets `model`."""

    @takes_setting
    @click.option(
        "--prior",
        multiple=True,
        metavar="DISEASE=P",
        help="The prior probability of a disease, for this call; the others keep their proportions."
        " May be repeated.",
    )
    @click.option(
        "--engine",
        default=ENGINES[0],
        show_default=True,
        shell_complete=completion.words(*ENGINES),
        help=f"How to compute: {' or '.join(ENGINES)}; both are exact.",
    )
    @takes_knowledge
    @wraps(command)
    def run(
        *args: Any,
        setting: str | None,
        prior: tuple[str, ...],
        engine: str,
        knowledge: Path | None,
        **options: Any,
    ) -> Any:
        model = _loaded(setting, root=knowledge, engine=engine, priors=read_priors(prior))
        if made := click.get_current_context().obj:
            tell_changes(made, model)
        return command(*args, model=model, **options)

    return run


def opens_model(command: Command) -> Command:
    """--setting and --knowledge, for what is only looked up; the command gets `model`."""

    @takes_setting
    @takes_knowledge
    @wraps(command)
    def run(*args: Any, setting: str | None, knowledge: Path | None, **options: Any) -> Any:
        return command(*args, model=_loaded(setting, root=knowledge), **options)

    return run


def _loaded(setting: str | None, **options: Any) -> Model:
    """The model, which stays: only what comes after it is looked through for garbage."""
    model = load(setting, **options)
    gc.freeze()
    gc.enable()
    return model


takes_assumption = click.option(
    "--assume",
    default=SINGLE,
    show_default=True,
    shell_complete=completion.words(*ASSUMPTIONS),
    help=f"How many diseases may be present: {' or '.join(ASSUMPTIONS)}.",
)


def takes_reporting(default: str | None) -> Callable[[Command], Command]:
    """--reporting, with a default; None leaves it to the model."""
    return click.option(
        "--reporting",
        default=default,
        show_default=default or "pertinent; systematic with --assume coexisting",
        help="How the case came about: pertinent, told by someone who chose what to mention, "
        "or systematic, a checklist worked through.",
    )


def single_only(command: Command) -> Command:
    """--reporting, and --assume for a question that has no answer yet where diseases may coexist;
    the command gets `reporting`."""

    @takes_assumption
    @wraps(command)
    def run(*args: Any, assume: str, **options: Any) -> Any:
        if assume != SINGLE:
            name = click.get_current_context().command_path
            raise UsageError(f"{name}: --assume {assume}: only answered for --assume {SINGLE}")
        return command(*args, **options)

    return takes_reporting(PERTINENT)(run)


takes_knowledge = click.option(
    "--knowledge",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    metavar="DIR",
    envvar=KNOWLEDGE,
    show_envvar=True,
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
        path = Path(os.fsdecode(super().convert(value, param, ctx)))
        if not path.parent.is_dir():
            self.fail(f"{path}: there is no folder {path.parent}", param, ctx)
        if not os.access(path.parent, os.W_OK):
            self.fail(f"{path}: the folder {path.parent} cannot be written to", param, ctx)
        return path


def _drawable(ctx: click.Context, _: click.Parameter, path: Path | None) -> Path | None:
    """Refuse an unknown format before anything is computed."""
    if path is not None:
        from ..render.charts import picture_format

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


takes_csv = click.option(
    "--csv", "csv_file", type=NewFile(), metavar="FILE", help="Write the table as CSV too."
)


def takes_top(default: int, help: str) -> Callable[[Command], Command]:
    """--top, how much of an answer is shown."""
    number = click.IntRange(min=1)
    return click.option("--top", type=number, default=default, show_default=True, help=help)


def read_assignments(
    settings: tuple[str, ...], value: Callable[[str, str], Any] | None = None
) -> dict[str, Any]:
    """`key=value` texts as a case; a key that comes back is another reader's word. `value` reads
    what is said of a key, if not as of a finding."""
    readings: dict[str, list[Any]] = {}
    for text in settings:
        key, equals, said = text.partition("=")
        if not (key and equals and said):
            raise UsageError(f"--set {text!r}: expected key=value")
        key = key.strip()
        readings.setdefault(key, []).append((value or _value)(key, said.strip()))
    return {key: said if len(said) > 1 else said[0] for key, said in readings.items()}


def _value(key: str, text: str) -> Any:
    if ":" in text:
        return likelihood(key, text)
    return from_text(text)


def likelihood(key: str, text: str) -> dict[str, float]:
    """`present:0.8,absent:0.2` as a mapping."""
    found: dict[str, float] = {}
    for part in text.split(","):
        state, _, weight = part.strip().partition(":")
        if state in found:
            raise CaseError(f"{key}.{state}: stands twice in {text!r}")
        try:
            found[state] = float(weight)
        except ValueError:
            message = f"{key}.{state}={weight!r}: expected a number, as in present:0.8,absent:0.2"
            raise CaseError(message) from None
    return found
