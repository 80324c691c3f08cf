"""CSV files into rows that know the line they stand on. Knows nothing of what the columns mean."""

from __future__ import annotations

import csv
import hashlib
import io
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..errors import nearest

#: What a gamut says of itself, where it says anything.
GAMUT = "priors/gamut.toml"


@dataclass(frozen=True)
class Problem:
    """One mistake: where it stands, what is wrong, what to do."""

    file: str
    line: int
    column: str
    value: str
    problem: str
    remedy: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}"
        return f"{where}: {self.column}={self.value}: {self.problem}. {self.remedy}"


@dataclass(frozen=True)
class Row:
    """One line of a table: its place and its cells, stripped of surrounding space."""

    file: str
    line: int
    cells: dict[str, str]

    def problem(self, column: str, problem: str, remedy: str) -> Problem:
        """A problem with one cell of this row."""
        return Problem(self.file, self.line, column, self.cells.get(column, ""), problem, remedy)


def read_rows(
    root: Path, name: str, columns: Sequence[str], needed: Collection[str]
) -> tuple[list[Row], list[Problem]]:
    """The rows of `root/name` and what is wrong with its form; none where the header is wrong.

    Columns stand in any order. One that is not `needed` may be missing: its cells are blank."""
    try:
        text = (root / name).read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        remedy = f"restore it, or begin it with the columns {','.join(columns)}"
        return [], [Problem(name, 1, "file", name, "is missing", remedy)]
    except UnicodeDecodeError as error:
        bad = Problem(
            name, 1, "file", name, f"is not UTF-8 (byte {error.start})", "save it as CSV UTF-8"
        )
        return [], [bad]
    lines = _numbered(text)
    line, header = next(lines, (1, []))
    if problem := _header_problem(name, line, header, columns, needed):
        return [], [problem]
    rows, problems, blank = [], [], dict.fromkeys(columns, "")
    for line, cells in lines:
        cells = [cell.strip() for cell in cells]
        if not any(cells):
            continue
        row = Row(name, line, blank | dict(zip(header, cells, strict=False)))
        if len(cells) == len(header):
            rows.append(row)
        else:
            count = f"has {len(cells)} cells, the header has {len(header)}"
            problems.append(row.problem(header[0], count, "quote cells that hold a comma"))
    return rows, problems


def content_hash(root: Path) -> str:
    """SHA-256 over the names and bytes of every CSV under priors/ and cpts/, in order of name, and
    of priors/gamut.toml."""
    digest = hashlib.sha256()
    tables = [p for part in ("cpts", "priors") for p in (root / part).rglob("*.csv")]
    for path in sorted([*tables, *filter(Path.is_file, [root / GAMUT])]):
        digest.update(path.relative_to(root).as_posix().encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _numbered(text: str) -> Iterator[tuple[int, list[str]]]:
    """Records with the line on which each starts: a quoted cell may hold line breaks."""
    reader = csv.reader(io.StringIO(text, newline=""))
    start = 1
    for record in reader:
        yield start, record
        start = reader.line_num + 1


def _header_problem(
    name: str, line: int, header: list[str], columns: Sequence[str], needed: Collection[str]
) -> Problem | None:
    missing = [column for column in columns if column in needed and column not in header]
    strange = [column for column in header if column not in columns]
    twice = [column for column, count in Counter(header).items() if count > 1]
    if not (missing or strange or twice):
        return None
    shown = ",".join(header)
    if len(header) == 1 and ";" in shown:
        return Problem(
            name, line, "header", shown, "is separated by semicolons", "save it with commas"
        )
    wrong = [f"lacks {column}" for column in missing]
    wrong += [
        f"has {column}, no column of this table{nearest(column, columns)}" for column in strange
    ]
    wrong += [f"has {column} twice" for column in twice]
    expected = f"expected {','.join(columns)}"
    return Problem(name, line, "header", shown, "; ".join(wrong), expected)
