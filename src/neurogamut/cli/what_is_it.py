"""Commands that put a case to the model: what is it, and why?"""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import Any

import click

from ..diagnosis.fhir import risk_assessment
from ..errors import UsageError
from ..model import COEXISTING, SINGLE, Model
from ..progress import silent
from .completion import diseases
from .output import progress, save_picture, show, show_json
from .shared_options import (
    single_only,
    takes_assumption,
    takes_case,
    takes_json,
    takes_model,
    takes_plot,
    takes_reporting,
    takes_top,
)

#: Seconds from which a person is told how long it takes.
LONG = 2


@click.command()
@takes_case
@takes_model
@takes_assumption
@takes_reporting(None)
@takes_top(8, "How many diseases to show; --json and --fhir have them all.")
@click.option(
    "--fhir",
    "as_fhir",
    is_flag=True,
    help="One FHIR RiskAssessment (R4, JSON) instead of text or --json.",
)
@takes_plot
@takes_json
def posterior(
    case: dict[str, Any],
    model: Model,
    assume: str,
    reporting: str | None,
    top: int,
    as_fhir: bool,
    picture: Path | None,
    as_json: bool,
) -> None:
    """The probability of every disease, given a case.

    CASE is a JSON, YAML or TOML file, or - for standard input (JSON or YAML).
    """
    if as_fhir and as_json:
        raise UsageError("--fhir and --json: expected one of them")
    if assume == COEXISTING and (seconds := model.seconds(case)) > LONG:
        click.echo(f"this takes about {seconds:.0f} s; Ctrl-C stops it", err=True)
    with nullcontext(silent) if assume == SINGLE else progress("weighing sets") as tell:
        result = model.posterior(case, assume, reporting, tell)
    if as_fhir:
        show_json(risk_assessment(result, model.base))
    else:
        show(result, as_json, count=top)
    save_picture(result, picture, count=top)


@click.command()
@single_only
@takes_case
@takes_model
@click.option(
    "--disease",
    metavar="DISEASE",
    shell_complete=diseases,
    help="What to explain.  [default: the leading disease]",
)
@click.option(
    "--against",
    metavar="DISEASE",
    shell_complete=diseases,
    help="Weighed against what.  [default: the next that has a name]",
)
@takes_plot
@takes_json
def explain(
    case: dict[str, Any],
    model: Model,
    reporting: str,
    disease: str | None,
    against: str | None,
    picture: Path | None,
    as_json: bool,
) -> None:
    """Each finding's weight of evidence, and the rows and sources behind it.

    CASE is a JSON, YAML or TOML file, or - for standard input (JSON or YAML).
    """
    result = model.explain(case, disease, against, reporting)
    show(result, as_json)
    save_picture(result, picture)


commands = {"posterior": posterior, "explain": explain}
