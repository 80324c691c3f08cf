"""Commands that put a case to the model: what is it, and why?"""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path

import click

from .. import coexisting_views  # noqa: F401  (registers how the answer is drawn)
from ..errors import UsageError
from ..fhir import risk_assessment
from ..model import SINGLE, Model
from .options import single_only, takes_assumption, takes_case, takes_json, takes_model, takes_plot
from .output import save_picture, show, show_json, waiting


@click.command()
@takes_case
@takes_model
@takes_assumption
@click.option("--top", type=click.IntRange(min=1), default=8, show_default=True,
              help="How many diseases to show; --json and --fhir have them all.")  # fmt: skip
@click.option("--fhir", "as_fhir", is_flag=True,
              help="One FHIR RiskAssessment (R4, JSON) instead of text or --json.")  # fmt: skip
@takes_plot
@takes_json
def posterior(
    case: dict, model: Model, assume: str, top: int, as_fhir: bool,
    picture: Path | None, as_json: bool,
) -> None:  # fmt: skip
    """The probability of every disease, given a case.

    CASE is a JSON, YAML or TOML file, or - for standard input (JSON or YAML).
    """
    if as_fhir and as_json:
        raise UsageError("--fhir and --json: expected one of them")
    with nullcontext() if assume == SINGLE else waiting("weighing sets of diseases"):
        result = model.posterior(case, assume)
    if as_fhir:
        show_json(risk_assessment(result, model.base))
    else:
        show(result, as_json, count=top)
    save_picture(result, picture, count=top)


@click.command()
@single_only
@takes_case
@takes_model
@click.option("--disease", metavar="KEY", help="What to explain.  [default: the leading disease]")
@click.option("--against", metavar="KEY", help="Weighed against what.  [default: the runner-up]")
@takes_plot
@takes_json
def explain(
    case: dict, model: Model, disease: str | None, against: str | None,
    picture: Path | None, as_json: bool,
) -> None:  # fmt: skip
    """Each finding's weight of evidence, and the rows and sources behind it.

    CASE is a JSON, YAML or TOML file, or - for standard input (JSON or YAML).
    """
    result = model.explain(case, disease, against)
    show(result, as_json)
    save_picture(result, picture)


commands = {"posterior": posterior, "explain": explain}
