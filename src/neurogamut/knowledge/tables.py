"""CSV files into rows that know the line they stand on. Knows nothing of what the columns mean."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path


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


def read_rows(root: Path, name: str, columns: Sequence[str]) -> tuple[list[Row], list[Problem]]:
    """The rows of `root/name` and what is wrong with its form; none where the header is wrong."""
    try:
        text = (root / name).read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return [], [Problem(name, 1, "file", name, "is missing", "restore it")]
    except UnicodeDecodeError as error:
        bad = Problem(
            name, 1, "file", name, f"is not UTF-8 (byte {error.start})", "save it as CSV UTF-8"
        )
        return [], [bad]
    lines = _numbered(text)
    line, header = next(lines, (1, []))
    if problem := _header_problem(name, line, header, columns):
        return [], [problem]
    rows, problems = [], []
    for line, cells in lines:
        if not any(cell.strip() for cell in cells):
            continue
        row = Row(name, line, dict(zip(header, (cell.strip() for cell in cells), strict=False)))
        if len(cells) == len(header):
            rows.append(row)
        else:
            count = f"has {len(cells)} cells, the header has {len(header)}"
            problems.append(row.problem(header[0], count, "quote cells that hold a comma"))
    return rows, problems


def content_hash(root: Path) -> str:
    """SHA-256 over the names and bytes of every CSV under priors/ and cpts/, in order of name."""
    digest = hashlib.sha256()
    for path in sorted(p for part in ("cpts", "priors") for p in (root / part).rglob("*.csv")):
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
    name: str, line: int, header: list[str], columns: Sequence[str]
) -> Problem | None:
    if header == list(columns):
        return None
    shown = ",".join(header)
    if len(header) == 1 and ";" in shown:
        return Problem(
            name, line, "header", shown, "is separated by semicolons", "save it with commas"
        )
    return Problem(
        name,
        line,
        "header",
        shown,
        "is not the header of this table",
        f"expected {','.join(columns)}",
    )
