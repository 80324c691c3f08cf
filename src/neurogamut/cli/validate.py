"""Does it find the diagnosis? Published patients, simulated patients."""

from __future__ import annotations

from pathlib import Path

import click

from ..cases.published import CONFIDENCES, read_cases
from ..errors import UsageError, nearest
from ..knowledge.reporting import PERTINENT
from ..model import Model
from ..render.html import page
from ..validation import record
from ..validation.evaluate import validate as evaluate
from ..validation.peers import available
from ..validation.posed import select
from ..validation.report import Validation
from ..validation.simulate import Simulation
from ..validation.simulate import simulate as draw_patients
from .output import show_json, show_text, write_text
from .shared_options import NewFile, takes_json, takes_model, takes_reporting

TITLE = "neurogamut: does it find the diagnosis?"
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
FILE_OR_STDIN = click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path)


@click.command()
@click.argument("cases", type=FILE_OR_STDIN, metavar="[CASES.jsonl]", required=False)
@takes_model
@takes_reporting(PERTINENT)
@click.option(
    "--min-known",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    help="Only cases with so many findings known before the diagnosis.",
)
@click.option(
    "--confidence",
    default=",".join(CONFIDENCES),
    show_default=True,
    callback=lambda ctx, option, text: _confidences(text),
    help="Only cases coded with this confidence.",
)
@click.option(
    "--hpo",
    type=FILE,
    metavar="FILE",
    help="HPO annotations (CSV): ranks by their likelihood ratios too.",
)
@click.option(
    "--simulate",
    type=click.IntRange(min=1),
    metavar="N",
    help="Also, or only, pose N patients drawn from the network.",
)
@click.option("--seed", default=0, show_default=True, help="Of everything that is drawn.")
@click.option("--html", type=NewFile(), metavar="FILE", help="Write a report with pictures.")
@click.option(
    "--against",
    type=FILE,
    metavar="RECORD.csv",
    help="Fail where top 3 or log score is below the record's last line.",
)
@takes_json
def validate(
    cases: Path | None,
    model: Model,
    reporting: str,
    min_known: int,
    confidence: list[str],
    hpo: Path | None,
    simulate: int | None,
    seed: int,
    html: Path | None,
    against: Path | None,
    as_json: bool,
) -> None:
    """Pose published patients with what was known before the diagnosis, and compare.

    CASES is a file with one case a line, or - for standard input.

    Each case is posed with age, sex and its known_before_diagnosis; cases whose paper is also a
    source of the tables are counted apart.
    """
    if against and not cases:
        raise UsageError("--against compares published cases: name their file")
    results: list[Validation | Simulation] = []
    if cases:
        posed, skipped = select(read_cases(cases), model.base, min_known, confidence)
        for case in skipped:
            if case.mistake:
                click.echo(f"{cases}: {case.id} skipped: {case.reason}", err=True)
        published = evaluate(model, posed, skipped, available(model, hpo), seed, reporting)
        results.append(published)
    if simulate:
        results.append(draw_patients(model, simulate, seed, reporting))
    if not results:
        raise UsageError("nothing to validate: name a file of cases, or --simulate N")
    _show(results, as_json)
    if html:
        write_text(html, page(TITLE, (result.sheet() for result in results)))
        click.echo(f"wrote {html}", err=True)
    if against:
        record.require_no_worse(published, against)


def _confidences(text: str) -> list[str]:
    """The names of a comma-separated list. Raises UsageError for one that no case can have."""
    names = text.split(",")
    for name in names:
        if name not in CONFIDENCES:
            known = ", ".join(CONFIDENCES)
            hint = nearest(name, CONFIDENCES)
            raise UsageError(f"--confidence {name!r}: expected some of {known}{hint}")
    return names


def _show(results: list[Validation | Simulation], as_json: bool) -> None:
    if not as_json:
        show_text(*results)
    elif len(results) == 1:
        show_json(results[0].to_dict())
    else:
        show_json(results[0].to_dict() | {"simulation": results[1].to_dict()})


commands = {"validate": validate}
