"""The command that begins a gamut of one's own: a copy of the tables, or an empty one."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

import click

from ..errors import UsageError
from ..knowledge.base import OTHER, TABLES, default_root
from ..knowledge.records import Statement, Weight, columns
from .group import KNOWLEDGE

#: Tables that say how figures, words and ages are read, whatever the diseases are.
HOW_TO_READ = ("priors/estimation.csv", "priors/verbal_scale.csv", "priors/age_words.csv")
#: What describes the columns.
ABOUT = ("priors/README.md", "cpts/README.md")
SETTING = "priors/settings/mine.csv"
BACKGROUND = "cpts/background.csv"
#: The one disease that every gamut has.
NONE_OF_THESE = {
    "priors/diseases.csv": {"key": OTHER, "label": "None of these"},
    SETTING: {
        "disease": OTHER,
        "weight": "100",
        "basis": "expert",
        "source": "expert",
        "note": "there is no other disease yet",
    },
}


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
@click.option("--empty", is_flag=True, help="Tables with a header and no diseases, to be filled.")
def init(folder: Path, empty: bool) -> None:
    """Begin a gamut of your own in DIR: a copy of the tables, or an empty one.

    DIR is made where it is missing. What lies there already is never written over.
    """
    for part in ("priors", "cpts"):
        if (folder / part).exists():
            raise UsageError(f"{folder / part}: is there already; name another folder")
    if empty:
        _write_empty(folder)
    else:
        for part in ("priors", "cpts"):
            shutil.copytree(default_root() / part, folder / part)
    click.echo(f"wrote {folder}/priors and {folder}/cpts", err=True)
    click.echo(f"Check them with  neurogamut check --knowledge {folder}", err=True)
    click.echo(f"or once for all commands:  export {KNOWLEDGE}={folder}", err=True)


def _write_empty(folder: Path) -> None:
    """Headers, `other`, and the tables that hold for any disease with their sources."""
    own, used = default_root(), set()
    for name in HOW_TO_READ:
        rows = _rows(own / name)
        used |= {row["source"] for row in rows}
        _write(folder / name, list(rows[0]), rows)
    for name, kind in TABLES.values():
        if name not in HOW_TO_READ:
            _write(folder / name, columns(kind), [NONE_OF_THESE.get(name, {})])
    _write(folder / SETTING, columns(Weight), [NONE_OF_THESE[SETTING]])
    _write(folder / BACKGROUND, columns(Statement, "disease", "neighbour"), [])
    sources = _rows(own / TABLES["sources"][0])
    header, kept = list(sources[0]), [row for row in sources if row["key"] in used]
    _write(folder / TABLES["sources"][0], header, kept)
    for name in ABOUT:
        shutil.copyfile(own / name, folder / name)


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def _write(path: Path, header: list[str], rows: Iterable[Mapping[str, str]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, header, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(filter(None, rows))


commands = {"init": init}
