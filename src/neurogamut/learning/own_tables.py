"""A knowledge base with what patients of one's own add: counts, and nothing of a patient."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import isclose
from pathlib import Path

import numpy as np

from ..errors import UsageError
from ..knowledge.base import OTHER
from ..knowledge.build import DIAGNOSIS, Blueprint
from ..knowledge.local import WEIGHT
from ..knowledge.records import LOCAL
from .expectation_maximisation import DECIMALS, NOBODY, Fit, local_counts

ESTIMATION = "priors/estimation.csv"
OWN_SERIES = "own series"
#: Odds ratios this near are the same.
SAME = 1e-6

Row = dict[str, str]
Change = Callable[[list[Row]], list[Row]]


@dataclass(frozen=True, eq=False)
class OwnTables:
    """What is written: the counts of a fit on top of a blueprint, where a patient weighs as
    `weight`; `patients` (diseases,) had each disease. `source` names the hospital, `content` the
    patients, `why` how the weight was chosen."""

    blueprint: Blueprint
    fit: Fit
    weight: float
    patients: np.ndarray
    source: str
    content: str
    why: str

    def write(self, into: Path) -> None:
        """Write priors/ and cpts/ below a folder that is new, empty, or was learned before.

        Raises UsageError where something else is there."""
        root = self.blueprint.base.root
        require_free(into, root)
        into.mkdir(exist_ok=True)
        for part in ("priors", "cpts"):
            shutil.rmtree(into / part, ignore_errors=True)
            shutil.copytree(root / part, into / part)
        for name, change in self._changes().items():
            _rewrite(into / name, change)

    @property
    def _locator(self) -> str:
        return f"sha256 {self.content}"

    def _changes(self) -> Mapping[str, Change]:
        """What becomes of the rows of each table."""
        changes: dict[str, Change] = {
            "priors/sources.csv": self._sources,
            ESTIMATION: self._estimation,
            f"priors/settings/{self.blueprint.setting}.csv": self._weights,
            "priors/dependencies.csv": self._ratios,
        }
        for disease in self.blueprint.structure.states[DIAGNOSIS]:
            stem = "background" if disease == OTHER else disease
            changes[f"cpts/{stem}.csv"] = self._cells(disease)
        return changes

    def _named(self, **cells: str) -> Row:
        return {"basis": LOCAL, "source": self.source, "locator": self._locator, **cells}

    def _sources(self, rows: list[Row]) -> list[Row]:
        if any(row["key"] == self.source for row in rows):
            return rows
        number = str(round(float(self.patients.sum())))
        citation = f"Patients of one's own ({self.source}); {self._locator}"
        return [
            *rows,
            {"key": self.source, "citation": citation, "design": OWN_SERIES, "n": number},
        ]

    def _estimation(self, rows: list[Row]) -> list[Row]:
        return [*rows, self._named(parameter=WEIGHT, value=f"{self.weight:g}", note=self.why)]

    def _weights(self, rows: list[Row]) -> list[Row]:
        diseases = self.blueprint.structure.states[DIAGNOSIS]
        seen = dict(zip(diseases, self.patients.tolist(), strict=True))
        return [self._heavier(row, seen[row["disease"]]) for row in rows]

    def _heavier(self, row: Row, patients: float) -> Row:
        if patients <= NOBODY:
            return row
        before = f"{row['weight']} ({row['basis']}, {row['source']})"
        note = f"{_number(patients)} patients on top of {before}"
        weight = _number(float(row["weight"]) + self.weight * patients)
        return {**row, **self._named(weight=weight, note=note)}

    def _ratios(self, rows: list[Row]) -> list[Row]:
        edges = self.fit.rates.shape.edges
        before = self.blueprint.structure.edges
        return [
            row
            if isclose(
                edges[row["child"]].odds_ratio, before[row["child"]].odds_ratio, rel_tol=SAME
            )
            else {
                **row,
                **self._named(
                    odds_ratio=_number(edges[row["child"]].odds_ratio),
                    note=f"before: {row['odds_ratio']} ({row['basis']}, {row['source']})",
                ),
            }
            for row in rows
        ]

    def _cells(self, disease: str) -> Change:
        def with_counts(rows: list[Row]) -> list[Row]:
            return [*rows, *self._counts(disease)]

        return with_counts

    def _counts(self, disease: str) -> list[Row]:
        """The local rows of a disease."""
        shape = self.blueprint.structure
        here = shape.states[DIAGNOSIS].index(disease)
        rows = []
        for finding, alpha in self.blueprint.columns.findings.items():
            counts = local_counts(self.fit, finding, alpha, self.weight)[here]
            conditions = shape.conditions[finding]
            for condition, states in zip(
                conditions, counts.reshape(len(conditions), -1), strict=True
            ):
                rows += self._states(finding, shape.states[finding], condition, states)
        return rows

    def _states(
        self, finding: str, names: Sequence[str], condition: str, counts: np.ndarray
    ) -> list[Row]:
        total = float(counts.sum())
        if total <= NOBODY:
            return []
        shown = [0] if len(names) == 2 else np.flatnonzero(counts).tolist()
        stated = {"finding": finding, "given": condition, "n": _number(total)}
        return [self._named(state=names[i], k=_number(float(counts[i])), **stated) for i in shown]


def _number(value: float) -> str:
    """A number in as few digits as it needs."""
    return f"{round(value, DECIMALS):.{DECIMALS}f}".rstrip("0").rstrip(".")


def _rewrite(path: Path, change: Change) -> None:
    """Changes the rows of a table, which gets the columns, or is made, where it lacks them."""
    header, rows = _read(path)
    rows = change(rows)
    header = [*dict.fromkeys((*header, *(column for row in rows for column in row)))]
    if not rows:
        return
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, header, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def _read(path: Path) -> tuple[list[str], list[Row]]:
    if not path.exists():
        return [], []
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        return list(reader.fieldnames or ()), list(reader)


def require_free(into: Path, root: Path) -> None:
    """Raises UsageError where tables learned on top of those below `root` cannot be written."""
    if not into.parent.is_dir():
        raise UsageError(f"{into}: there is no folder {into.parent}")
    is_free = not into.exists() or into.is_dir() and not any(into.iterdir())
    if not is_free and (into.resolve() == root.resolve() or not is_learned(into)):
        raise UsageError(f"{into}: is in the way; name a new folder")


def is_learned(root: Path) -> bool:
    """Whether tables hold what patients added."""
    path = root / ESTIMATION
    return path.is_file() and f"\n{WEIGHT}," in path.read_text(encoding="utf-8")
