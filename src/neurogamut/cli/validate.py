"""Does it find the diagnosis? Published patients, simulated patients."""

from __future__ import annotations

from pathlib import Path

import click

from ..model import Model
from ..validation import report  # noqa: F401 (tells `show` how a validation looks)
from ..validation.cases import CONFIDENCES, read_cases, select
from ..validation.evaluate import validate as evaluate
from ..validation.peers import available
from .options import takes_json, takes_model
from .output import show

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.argument("cases", type=FILE, metavar="CASES.jsonl")
@takes_model
@click.option("--min-known", type=click.IntRange(min=0), default=0, show_default=True,
              help="Only cases with so many findings known before the diagnosis.")  # fmt: skip
@click.option("--confidence", default=",".join(CONFIDENCES), show_default=True,
              help="Only cases coded with this confidence.")  # fmt: skip
@click.option("--hpo", type=FILE, metavar="FILE",
              help="HPO annotations (CSV): ranks by their likelihood ratios too.")  # fmt: skip
@takes_json
def validate(
    cases: Path, model: Model, min_known: int, confidence: str, hpo: Path | None, as_json: bool
) -> None:
    """Pose published patients with what was known before the diagnosis, and compare."""
    posed, skipped = select(read_cases(cases), model.base, min_known, confidence.split(","))
    show(evaluate(model, posed, skipped, available(model, hpo)), as_json)


commands = {"validate": validate}
