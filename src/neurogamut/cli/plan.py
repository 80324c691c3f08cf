"""The command that plans a work-up."""

from __future__ import annotations

from pathlib import Path

import click

from .. import next_views  # noqa: F401  (registers how the answer is drawn)
from ..model import Model
from .next import takes_seed
from .options import single_only, takes_case, takes_json, takes_model, takes_plot
from .output import save_picture, show

LIMIT = click.FloatRange(min=0)


@click.command()
@single_only
@takes_case
@takes_model
@click.option("--by", default="greedy", show_default=True, metavar="SEARCH",
              help="greedy, two-step, ec2, or paper (the published tree).")  # fmt: skip
@click.option("--cost", type=LIMIT, help="Most that all tests may cost; 1 is a blood test.")
@click.option("--harm", type=LIMIT, help="Largest probability of serious harm.")
@click.option("--days", type=LIMIT, help="Longest delay.")
@takes_seed
@takes_plot
@takes_json
def plan(
    case: dict, model: Model, by: str, cost: float | None, harm: float | None, days: float | None,
    seed: int, picture: Path | None, as_json: bool,
) -> None:  # fmt: skip
    """A decision tree of tests within a budget of cost, harm or days.

    CASE is a JSON, YAML or TOML file, or - for standard input (JSON or YAML).
    """
    limits = {"cost": cost, "harm": harm, "days": days}
    budget = {measure: limit for measure, limit in limits.items() if limit is not None}
    result = model.plan(case, budget=budget, by=by, seed=seed)
    show(result, as_json)
    save_picture(result, picture)


commands = {"plan": plan}
