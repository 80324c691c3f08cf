"""What changed between two folders of tables."""

from __future__ import annotations

from pathlib import Path

import click

from ..cases.files import read_case_lines
from ..knowledge.reporting import PERTINENT
from ..model import load
from .output import save_picture, show
from .sensitivity import takes_cases_file
from .shared_options import takes_json, takes_plot, takes_reporting, takes_setting, takes_top

FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.command()
@click.argument("old", type=FOLDER)
@click.argument("new", type=FOLDER)
@takes_setting
@takes_reporting(PERTINENT)
@takes_cases_file
@takes_top(10, "Rows of each table to show; --json has all.")
@takes_plot
@takes_json
def diff(
    old: Path,
    new: Path,
    setting: str | None,
    reporting: str,
    cases_file: str | None,
    top: int,
    picture: Path | None,
    as_json: bool,
) -> None:
    """What changed between the tables in two folders, in words, and what that did to cases.

    OLD and NEW hold priors/ and cpts/; diseases and findings may differ.
    """
    before, after = (load(setting, root=root) for root in (old, new))
    cases = read_case_lines(cases_file) if cases_file else {}
    result = before.diff(after, *cases.values(), names=list(cases), reporting=reporting)
    show(result, as_json, count=top)
    save_picture(result, picture)


commands = {"diff": diff}
