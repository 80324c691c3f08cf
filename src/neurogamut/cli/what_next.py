"""Commands that ask what to do next: the best test, or a plan."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from ..model import Model
from .completion import words
from .output import save_picture, show
from .shared_options import (
    single_only,
    takes_case,
    takes_json,
    takes_model,
    takes_plot,
    takes_top,
)

takes_seed = click.option(
    "--seed",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    help="Of what has to be sampled.",
)


@click.command("next-tests")
@single_only
@takes_case
@takes_model
@click.option(
    "--by",
    default="utility",
    show_default=True,
    metavar="ORDER",
    shell_complete=words("utility", "bits", "bits-per-cost"),
    help="utility, bits or bits-per-cost.",
)
@click.option(
    "--literature",
    is_flag=True,
    help="Also which published figures would be most worth knowing better.",
)
@takes_top(10, "How many tests to show; --json has them all.")
@takes_seed
@takes_plot
@takes_json
def next_tests(
    case: dict[str, Any],
    model: Model,
    reporting: str,
    by: str,
    literature: bool,
    top: int,
    seed: int,
    picture: Path | None,
    as_json: bool,
) -> None:
    """Which test to do next, why, and when to stop.

    Ranks every test that would reveal something new: bits of information about the diagnosis,
    bits per cost, and worth in days in full health, cost, harm and delay subtracted. --done,
    --refused and --unavailable say what not to propose.

    CASE is a JSON, YAML or TOML file, or - for standard input (JSON or YAML).
    """
    result = model.next_tests(case, by, seed, reporting, literature)
    show(result, as_json, count=top)
    save_picture(result, picture, count=top)


LIMIT = click.FloatRange(min=0)


@click.command()
@single_only
@takes_case
@takes_model
@click.option(
    "--by",
    default="greedy",
    show_default=True,
    metavar="SEARCH",
    shell_complete=words("greedy", "two-step", "ec2", "paper"),
    help="greedy, two-step, ec2, or paper (the published tree).",
)
@click.option("--cost", type=LIMIT, help="Most that all tests may cost; 1 is a blood test.")
@click.option("--harm", type=LIMIT, help="Largest probability of serious harm.")
@click.option("--days", type=LIMIT, help="Longest delay.")
@takes_seed
@takes_plot
@takes_json
def plan(
    case: dict[str, Any],
    model: Model,
    reporting: str,
    by: str,
    cost: float | None,
    harm: float | None,
    days: float | None,
    seed: int,
    picture: Path | None,
    as_json: bool,
) -> None:
    """A decision tree of tests within a budget of cost, harm or days.

    A branch is a result that can be told from the report; its numbers are exact.

    CASE is a JSON, YAML or TOML file, or - for standard input (JSON or YAML).
    """
    limits = {"cost": cost, "harm": harm, "days": days}
    budget = {measure: limit for measure, limit in limits.items() if limit is not None}
    result = model.plan(case, budget, by, seed, reporting)
    show(result, as_json)
    save_picture(result, picture)


commands = {"next-tests": next_tests, "plan": plan}
