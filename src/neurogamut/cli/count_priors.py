"""Priors counted from a table of patients."""

from __future__ import annotations

import re
from pathlib import Path

import click

from ..errors import UsageError
from ..knowledge.counted_priors import count_priors as counted
from ..model import load
from .group import KNOWLEDGE

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
KEY = re.compile(r"[a-z][a-z0-9_]*")


@click.command("count-priors")
@click.argument("file", type=FILE, metavar="PATIENTS.csv")
@click.option(
    "--into",
    "--knowledge",
    "root",
    required=True,
    envvar=KNOWLEDGE,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    metavar="DIR",
    help="The folder of your tables that the setting is written into.",
)
@click.option("--setting", required=True, metavar="NAME", help="What the setting is to be called.")
def count_priors(file: Path, root: Path, setting: str) -> None:
    """A setting whose prior is how many patients had which disease.

    PATIENTS.csv has a column `diagnosis`, a row for each patient, or one for several with their
    number in a column `count`; other columns are not looked at. A disease that the tables have not
    is written `other`.
    """
    if not KEY.fullmatch(setting):
        raise UsageError(f"--setting {setting!r}: expected lower case, digits and _")
    base = load(root=root).base
    found = counted(file, base)
    for path in found.write(root, setting, base.constant("prior_count")):
        click.echo(f"wrote {path}", err=True)
    asked = f"--knowledge {root} --setting {setting}"
    click.echo(f"{found.total} patients. Ask with  {asked}", err=True)


commands = {"count-priors": count_priors}
