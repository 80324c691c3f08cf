"""Commands that ask how sure the answer is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Any

import click

from .. import sensitivity_views  # noqa: F401  (registers how the answers are drawn)
from ..case_files import read_case_file, read_case_lines
from ..errors import AnswerFlippedError, UsageError
from ..model import Model, load
from ..sensitivity.analysis import DRAWS, EVPPI_DRAWS, SOBOL_SAMPLES
from ..sensitivity.result import SensitivityResult
from .options import (
    Command,
    NewFile,
    read_assignments,
    single_only,
    takes_case,
    takes_json,
    takes_model,
    takes_plot,
)
from .output import save_picture, show

takes_target = click.option(
    "--target", metavar="DISEASE", help="The disease in question.  [default: the leading one]"
)
takes_seed = click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True,
                          help="Of what is drawn.")  # fmt: skip
takes_cases_file = click.option(
    "--cases",
    "cases_file",
    type=click.Path(exists=True, dir_okay=False),
    metavar="FILE",
    help="JSON Lines: one case a line, with an optional id.",
)


def answers(command: Callable[..., SensitivityResult]) -> Command:
    """--target, --top, --json, --csv and --plot; the command returns its result."""

    @takes_target
    @click.option("--top", type=click.IntRange(min=1), default=10, show_default=True,
                  help="Rows to show; --json and --csv have all.")  # fmt: skip
    @takes_json
    @click.option("--csv", "csv_file", type=NewFile(), metavar="FILE",
                  help="Write the table as CSV too.")  # fmt: skip
    @takes_plot
    @wraps(command)
    def run(*args, top: int, as_json: bool, csv_file: Path | None, picture: Path | None, **options):
        result = command(*args, **options)
        show(result, as_json, count=top)
        if csv_file is not None:
            _write_csv(result, csv_file)
        save_picture(result, picture)
        return result

    return run


def about_case(command: Callable[..., SensitivityResult]) -> Command:
    """CASE, the model's options and those of an answer; the command gets `ask`, a Sensitivity."""

    @single_only
    @takes_case
    @takes_model
    @answers
    @wraps(command)
    def run(case: dict, model: Model, target: str | None, **options):
        return command(model.sensitivity(case, target=target), **options)

    return run


def about_cases(command: Callable[..., SensitivityResult]) -> Command:
    """The same with --cases FILE in the place of CASE, or beside it."""

    @click.argument("case_file", metavar="[CASE]", required=False)
    @click.option("--set", "settings", metavar="KEY=VALUE", multiple=True,
                  help="Add or replace a finding of CASE.")  # fmt: skip
    @takes_cases_file
    @single_only
    @takes_model
    @answers
    @wraps(command)
    def run(case_file, settings, cases_file, model: Model, target: str | None, **options):
        cases = _cases(case_file, settings, cases_file)
        ask = model.sensitivity(*cases.values(), target=target, names=list(cases))
        return command(ask, **options)

    return run


def may_fail_on_flip(command: Command) -> Command:
    """--fail-on-flip, judged after the answer was shown."""

    @click.option("--fail-on-flip", is_flag=True,
                  help="Exit code 6 where a leading diagnosis hangs on one source.")  # fmt: skip
    @wraps(command)
    def run(*args, fail_on_flip: bool, **options):
        result = command(*args, **options)
        if fail_on_flip and result.flips:
            first = result.flips[0]
            raise AnswerFlippedError(
                f"the leading diagnosis changes {len(result.flips)} times, first in case "
                f"{first.case} without {first.source}"
            )
        return result

    return run


def _cases(
    case_file: str | None, settings: tuple[str, ...], cases_file: str | None
) -> dict[str, dict[str, Any]]:
    cases = read_case_lines(cases_file) if cases_file else {}
    if case_file or settings:
        case = read_case_file(case_file) if case_file else {}
        cases[case_file or "case"] = case | read_assignments(settings)
    if not cases:
        raise UsageError("no case: name a file, findings with --set, or --cases FILE")
    return cases


def _write_csv(result: SensitivityResult, path: Path) -> None:
    try:
        result.to_frame().to_csv(path, index=False)
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror}") from None
    click.echo(f"wrote {path}", err=True)


@contextmanager
def progress(label: str) -> Iterator[Callable[[float], None]]:
    """A bar on standard error, where that is a terminal."""
    stream = click.get_text_stream("stderr")
    hidden = not stream.isatty()
    with click.progressbar(length=1000, label=label, file=stream, hidden=hidden) as bar:
        yield lambda share: bar.update(round(share * 1000) - bar.pos)


@click.group()
def sensitivity() -> None:
    """How far the answer can be trusted when the percentages cannot."""


@sensitivity.command()
@about_case
def oneway(ask) -> SensitivityResult:
    """Every CPT parameter: its sensitivity function, and how far it may move.

    P(t) = (a t + b) / (c t + d), exactly; the rest of the column scales in proportion."""
    return ask.oneway()


@sensitivity.command()
@about_case
def tornado(ask) -> SensitivityResult:
    """Published figures by how much they move the answer within their 95 % interval."""
    return ask.tornado()


@sensitivity.command()
@about_case
def flip(ask) -> SensitivityResult:
    """The smallest change that puts another diagnosis first."""
    return ask.flip()


@sensitivity.command()
@click.option("--draws", type=click.IntRange(min=2), default=DRAWS, show_default=True,
              help="How many times all figures are drawn.")  # fmt: skip
@takes_seed
@about_case
def uncertainty(ask, draws: int, seed: int) -> SensitivityResult:
    """Credible intervals and rank stability, with all figures drawn jointly."""
    with progress("drawing") as tell:
        return ask.uncertainty(draws, seed, tell)


@sensitivity.command()
@click.option("--pairs", is_flag=True, help="Every two findings as well.")
@about_case
def findings(ask, pairs: bool) -> SensitivityResult:
    """Each finding left out, or read otherwise."""
    return ask.findings(pairs)


@sensitivity.command()
@about_case
def priors(ask) -> SensitivityResult:
    """Settings, ten-fold changes of each prior, and the prior odds that flip the answer."""
    return ask.priors()


@sensitivity.command()
@may_fail_on_flip
@about_cases
def sources(ask) -> SensitivityResult:
    """Each paper left out in turn, for a case or a file of cases."""
    with progress("leaving out") as tell:
        return ask.sources(tell)


@sensitivity.command("global")
@click.option("--samples", type=click.IntRange(min=2), default=SOBOL_SAMPLES, show_default=True,
              help="Pairs of draws; inference runs (groups + 2) times as often.")  # fmt: skip
@takes_seed
@about_case
def global_(ask, samples: int, seed: int) -> SensitivityResult:
    """Sobol indices: which group of figures the uncertainty comes from."""
    with progress("drawing") as tell:
        return ask.sobol(samples, seed, tell)


@sensitivity.command()
@click.option("--draws", type=click.IntRange(min=2), default=EVPPI_DRAWS, show_default=True,
              help="Draws of each figure.")  # fmt: skip
@takes_seed
@about_cases
def evppi(ask, draws: int, seed: int) -> SensitivityResult:
    """Which published figure is most worth measuring better.

    With --target the decision is whether it is that disease, else what to treat with."""
    with progress("drawing") as tell:
        return ask.evppi(draws, seed, tell)


@sensitivity.command()
@click.argument("before", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.argument("after", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--setting", default="adult_referral", show_default=True, help="The priors of both.")
@takes_cases_file
@answers
def cd(
    before: Path, after: Path, setting: str, cases_file: str | None, target: str | None
) -> SensitivityResult:
    """Chan-Darwiche distance between the knowledge bases in two folders."""
    models = [load(setting, root=root) for root in (before, after)]
    cases = read_case_lines(cases_file) if cases_file else {}
    return models[0].distance(models[1], *cases.values(), target=target, names=list(cases))


commands = {"sensitivity": sensitivity}
