"""Commands that ask how sure the answer is."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click

from ..cases.files import read_case_file, read_case_lines
from ..errors import AnswerFlippedError, UsageError
from ..model import Model, load
from ..sensitivity.analysis import ANALYSES, Analysis, Sensitivity
from ..sensitivity.options import Option
from ..sensitivity.sensitivity_answer import SensitivityAnswer
from . import completion
from .group import CommandGroup
from .output import progress, save_picture, show, write_csv
from .shared_options import (
    Command,
    read_assignments,
    single_only,
    takes_assignments,
    takes_case,
    takes_csv,
    takes_json,
    takes_model,
    takes_plot,
    takes_results,
    takes_setting,
    takes_tests,
    takes_top,
    with_results,
)

takes_target = click.option(
    "--target",
    metavar="DISEASE",
    shell_complete=completion.diseases,
    help="The disease in question.  [default: the leading one]",
)
takes_cases_file = click.option(
    "--cases",
    "cases_file",
    type=click.Path(exists=True, dir_okay=False),
    metavar="FILE",
    help="JSON Lines: one case a line, with an optional id.",
)


def answers(command: Callable[..., SensitivityAnswer]) -> Command:
    """--target, --top, --json, --csv and --plot; the command returns its result."""

    @takes_target
    @takes_top(10, "Rows to show; --json and --csv have all.")
    @takes_json
    @takes_csv
    @takes_plot
    @wraps(command)
    def run(
        *args: Any,
        top: int,
        as_json: bool,
        csv_file: Path | None,
        picture: Path | None,
        **options: Any,
    ) -> Any:
        result = command(*args, **options)
        show(result, as_json, count=top)
        write_csv(result, csv_file)
        save_picture(result, picture)
        return result

    return run


def about_case(command: Callable[..., SensitivityAnswer]) -> Command:
    """CASE, the model's options and those of an answer; the command gets a Sensitivity."""

    @single_only
    @takes_case
    @takes_model
    @answers
    @wraps(command)
    def run(
        case: dict[str, Any], model: Model, reporting: str, target: str | None, **options: Any
    ) -> Any:
        return command(model.sensitivity(case, target=target, reporting=reporting), **options)

    return run


def about_cases(command: Callable[..., SensitivityAnswer]) -> Command:
    """The same with --cases FILE in the place of CASE, or beside it."""

    @click.argument("case_file", metavar="[CASE]", required=False, shell_complete=completion.files)
    @takes_assignments
    @takes_results
    @takes_tests
    @takes_cases_file
    @single_only
    @takes_model
    @answers
    @wraps(command)
    def run(
        case_file: str | None,
        settings: tuple[str, ...],
        results: tuple[str, ...],
        said_of_tests: dict[str, list[str]],
        cases_file: str | None,
        model: Model,
        reporting: str,
        target: str | None,
        **options: Any,
    ) -> Any:
        cases = read_case_lines(cases_file) if cases_file else {}
        if case_file or settings or results:
            case = read_case_file(case_file, model.base.root) if case_file else {}
            case |= read_assignments(settings)
            cases[case_file or "case"] = with_results(case, results, said_of_tests)
        if not cases:
            raise UsageError("no case: name a file, findings with --set, or --cases FILE")
        ask = model.sensitivity(
            *cases.values(), target=target, names=list(cases), reporting=reporting
        )
        return command(ask, **options)

    return run


def may_fail_on_flip(command: Command) -> Command:
    """--fail-on-flip, judged after the answer was shown."""

    @click.option(
        "--fail-on-flip",
        is_flag=True,
        help="Exit code 6 where a leading diagnosis hangs on one source.",
    )
    @wraps(command)
    def run(*args: Any, fail_on_flip: bool, **options: Any) -> Any:
        result = command(*args, **options)
        if fail_on_flip and result.flips:
            first = result.flips[0]
            raise AnswerFlippedError(
                f"the leading diagnosis changes {len(result.flips)} times, first in case "
                f"{first.case} without {first.source}"
            )
        return result

    return run


@click.group(cls=CommandGroup)
def sensitivity() -> None:
    """How far the answer can be trusted when the percentages cannot."""


def _command(name: str, analysis: Analysis[Any, ..., Any]) -> click.Command:
    """The command of an analysis: its own options, and those of its cases and its answer."""

    @about_cases if analysis.takes_several else about_case
    def run(asked: Sensitivity, **options: int) -> SensitivityAnswer:
        ask = getattr(asked, name)
        if not analysis.is_long:
            return ask(**options)
        with progress(name) as tell:
            return ask(**options, progress=tell)

    run.__doc__ = analysis.__doc__
    command = JUDGED.get(name, lambda shown: shown)(run)
    for key, option in reversed(analysis.options.items()):
        command = _takes(key, option)(command)
    return click.command(name)(command)


def _takes(name: str, option: Option) -> Callable[[Command], Command]:
    """`--name`: a number, or a switch."""
    if option.least is None:
        return click.option(f"--{name}", is_flag=True, help=option.help)
    number = click.IntRange(min=option.least)
    return click.option(
        f"--{name}", type=number, default=option.default, show_default=True, help=option.help
    )


#: What judges an answer after it was shown.
JUDGED = {"sources": may_fail_on_flip}

for _name, _analysis in ANALYSES.items():
    sensitivity.add_command(_command(_name, _analysis))


@sensitivity.command()
@click.argument("before", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.argument("after", type=click.Path(exists=True, file_okay=False, path_type=Path))
@takes_setting
@takes_cases_file
@answers
def distance(
    before: Path, after: Path, setting: str | None, cases_file: str | None, target: str | None
) -> SensitivityAnswer:
    """Chan-Darwiche distance between the knowledge bases in two folders."""
    models = [load(setting, root=root) for root in (before, after)]
    cases = read_case_lines(cases_file) if cases_file else {}
    return models[0].distance(models[1], *cases.values(), target=target, names=list(cases))


commands = {"sensitivity": sensitivity}
