"""Commands that ask what to do next: the best test, or a plan."""

from __future__ import annotations

from pathlib import Path

import click

from .. import next_views  # noqa: F401  (registers how the answer is drawn)
from ..model import Model
from .options import single_only, takes_case, takes_json, takes_model, takes_plot
from .output import save_picture, show

takes_seed = click.option(
    "--seed", type=click.IntRange(min=0), default=0, show_default=True,
    help="Of what has to be sampled.",
)  # fmt: skip


@click.command("next")
@single_only
@takes_case
@takes_model
@click.option("--by", default="utility", show_default=True, metavar="ORDER",
              help="utility, bits or bits-per-cost.")  # fmt: skip
@click.option("--top", type=click.IntRange(min=1), default=10, show_default=True,
              help="How many tests to show; --json has them all.")  # fmt: skip
@takes_seed
@takes_plot
@takes_json
def next_tests(
    case: dict, model: Model, by: str, top: int, seed: int, picture: Path | None, as_json: bool
) -> None:
    """Which test to do next, why, and when to stop.

    Ranks every test that would reveal something new: bits of information about the diagnosis,
    bits per cost, and utility minus cost, harm and delay.

    CASE is a JSON, YAML or TOML file, or - for standard input (JSON or YAML).
    """
    result = model.next_tests(case, by=by, seed=seed)
    show(result, as_json, count=top)
    save_picture(result, picture, count=top)


commands = {"next": next_tests}
