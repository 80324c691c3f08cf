"""A setting counted from patients: how many had which disease becomes the prior.

A disease that k of n patients had weighs k plus the constant `prior_count` (Jeffreys), so that one
that nobody had yet stays possible, and a setting of many patients is surer of itself than one of
few."""

from __future__ import annotations

import csv
import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from ..errors import UsageError
from .base import TABLES, KnowledgeBase
from .names import folded
from .records import Source, Weight, columns

#: Columns of the table of patients: the disease, and how many patients a row stands for.
DISEASE, COUNT = "diagnosis", "count"


@dataclass(frozen=True)
class CountedPriors:
    """How many patients of `file` had which disease, every disease of the gamut in order."""

    file: Path
    digest: str
    counts: Mapping[str, int]

    @property
    def total(self) -> int:
        """The number of patients."""
        return sum(self.counts.values())

    def write(self, root: Path, setting: str, prior_count: float) -> tuple[Path, Path]:
        """A setting of that name, and its source, into the tables below `root`; the two files.

        Raises UsageError where the setting is there already."""
        path = root / "priors" / "settings" / f"{setting}.csv"
        if path.exists():
            raise UsageError(f"{path}: is there already; choose another --setting")
        source = f"{setting}_patients"
        rows = [self._weight(disease, prior_count, source) for disease in self.counts]
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, columns(Weight), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
        return path, self._cite(root / TABLES["sources"][0], source)

    def _weight(self, disease: str, prior_count: float, source: str) -> dict[str, str]:
        count = self.counts[disease]
        return {
            "disease": disease,
            "weight": f"{count + prior_count:g}",
            "basis": "reported",
            "source": source,
            "locator": f"column {DISEASE}",
            "note": f"{count} of {self.total} patients, and {prior_count:g} (Jeffreys)",
        }

    def _cite(self, path: Path, key: str) -> Path:
        """Add the source of the counts to the bibliography."""
        header = columns(Source)
        if path.exists():
            text = path.read_text(encoding="utf-8-sig")
            header = next(csv.reader([text.splitlines()[0]]))
            path.write_text(text.rstrip("\n") + "\n", encoding="utf-8")
        else:
            path.write_text(",".join(header) + "\n", encoding="utf-8")
        cited = f"Own patients, counted from a table with SHA-256 {self.digest[:12]}"
        cells = {"key": key, "citation": cited, "design": "own series", "n": str(self.total)}
        with path.open("a", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, header, extrasaction="ignore", lineterminator="\n")
            writer.writerow(cells)
        return path


def count_priors(path: Path, base: KnowledgeBase) -> CountedPriors:
    """Patients counted by disease. Raises UsageError with file and line for every disease that is
    unknown and every count that is none, and where there is no column of diseases."""
    try:
        content = path.read_bytes()
        lines = content.decode("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: cannot be read: {error}") from None
    counts: Counter[str] = Counter({disease.key: 0 for disease in base.diseases})
    mistakes = []
    for number, row in _rows(path, lines):
        key, count = base.names_of_diseases.find(row[DISEASE]), row.get(COUNT) or "1"
        if key is None:
            hint = base.names_of_diseases.nearest(row[DISEASE])
            mistakes.append(f"{path}:{number}: {DISEASE}={row[DISEASE]!r}: unknown disease{hint}")
        elif not count.isdecimal():
            mistakes.append(f"{path}:{number}: {COUNT}={count!r}: expected a whole number")
        else:
            counts[key] += int(count)
    if mistakes:
        remedy = "a disease that the tables have not is written `other`"
        raise UsageError("\n".join([*mistakes, remedy]))
    if not counts.total():
        raise UsageError(f"{path}: holds no patients")
    return CountedPriors(path, hashlib.sha256(content).hexdigest(), counts)


def _rows(path: Path, lines: list[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """Rows with their line, under the columns that count."""
    reader = csv.DictReader(lines, delimiter="\t" if "\t" in "".join(lines[:1]) else ",")
    names = {folded(name): name for name in reader.fieldnames or ()}
    if DISEASE not in names:
        raise UsageError(f"{path}: expected a column {DISEASE}; has {', '.join(names.values())}")
    for row in reader:
        if any(row.values()):
            found = {known: row[names[known]] or "" for known in (DISEASE, COUNT) if known in names}
            yield reader.line_num, {key: said.strip() for key, said in found.items()}
