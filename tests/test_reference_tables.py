"""Every column of every table is described in the README of its folder."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from conftest import REPOSITORY

#: Tables that are described together.
SECTIONS = {"priors/settings": "settings/\\*.csv", "cpts/reading": "reading/\\*.csv"}
TABLES = sorted(p for part in ("priors", "cpts") for p in (REPOSITORY / part).rglob("*.csv"))


def described(text: str) -> set[str]:
    """The columns in the first cells of its tables."""
    firsts = re.findall(r"^\| (`.*?) \|", text, flags=re.MULTILINE)
    return {name for first in firsts for name in re.findall(r"`(\w+)`", first)}


@pytest.mark.parametrize("path", TABLES, ids=lambda path: str(path.relative_to(REPOSITORY)))
def test_every_column_is_described(path: Path):
    folder, name = path.relative_to(REPOSITORY).parts[0], path.name
    page = (REPOSITORY / folder / "README.md").read_text("utf-8")
    common, *sections = re.split(r"^## ", page, flags=re.MULTILINE)
    heading = SECTIONS.get(path.parent.relative_to(REPOSITORY).as_posix(), name)
    own = [s for s in sections if s.startswith(f"{heading}\n")]
    if folder == "priors" or name == "findings.csv":
        assert len(own) == 1, f"no section {heading}"
    with path.open(encoding="utf-8", newline="") as file:
        columns = set(next(csv.reader(file)))
    assert columns <= described(common) | described("".join(own))
