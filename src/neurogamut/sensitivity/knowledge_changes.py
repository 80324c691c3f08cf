"""What changed between two knowledge bases, in words; what that did to probabilities and to cases.

Unlike the distance it takes each gamut whole: a case is posed to both as it stands, without the
findings that one of them has not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from ..cases.case import Case, CaseReader
from ..diagnosis.single import SingleDisease
from ..errors import CaseError
from ..knowledge.build import DIAGNOSIS
from ..knowledge.edits import Edit
from ..render import charts
from ..render.answer import ModelInfo
from ..render.sheet import Lines, Picture, Sheet, Table
from ..render.wording import percent
from .sensitivity_answer import DRAWN, SHOWN, SensitivityAnswer

#: A probability that is the same to so many digits has not moved.
DIGITS = 9
CELLS = ("probability", "disease", "before", "after")
CASES = ("case", "first before", "p before", "first after", "p after")


@dataclass(frozen=True)
class CellChange:
    """P(finding = state | disease) before and after, of the state that moved most."""

    finding: str
    state: str
    disease: str
    before: float
    after: float


@dataclass(frozen=True)
class CaseReposed:
    """A case before and after: the leading diagnoses with their probabilities, the largest change
    and the disease it is of, and the findings that one of the two does not know."""

    case: str
    leading_before: str
    before: float
    leading_after: str
    after: float
    moved: str
    largest: float
    left_out: tuple[str, ...]


@dataclass(frozen=True, repr=False, kw_only=True)
class KnowledgeChanges(SensitivityAnswer):
    """`edits` are what the tables say otherwise, `cells` the probabilities that both have and that
    moved, `cases` those posed again; each the largest change first, edits table by table."""

    edits: tuple[Edit, ...]
    cells: tuple[CellChange, ...]
    cases: tuple[CaseReposed, ...]
    after: ModelInfo

    def records(self) -> list[dict[str, Any]]:
        """One row per edit."""
        return [asdict(edit) for edit in self.edits]

    def to_dict(self) -> dict[str, Any]:
        """What `neurogamut diff --json` gives."""
        return {
            "edits": self.records(),
            "cells": [asdict(cell) for cell in self.cells],
            "cases": [asdict(case) for case in self.cases],
            "model": asdict(self.model),
            "after": asdict(self.after),
        }

    def sheet(self, count: int = SHOWN) -> Sheet:
        """What is shown, with at most `count` rows of each table."""
        edits = [(e.file, e.key, e.change, e.words) for e in self.edits[:count]]
        cells = [
            (f"{c.finding}={c.state}", self.labels[c.disease], percent(c.before), percent(c.after))
            for c in self.cells[:count]
        ]
        cases = [self._row(case) for case in self.cases[:count]]
        tables = (
            Table(("file", "row", "change", "what"), edits),
            Table(CELLS, cells, CELLS[2:], title="Moved most"),
            Table(CASES, cases, (CASES[2], CASES[4]), title="Cases posed again"),
        )
        notes = Lines([*self._more(count), f"After: {self.after}"])
        shown = [table for table in tables if table.rows]
        picture = [Picture(self.plot)] if cells else []
        return self._sheet(self._headline(), *picture, *shown, notes)

    def _row(self, case: CaseReposed) -> tuple[str, ...]:
        first = (self.labels[case.leading_before], self.labels[case.leading_after])
        return case.case, first[0], percent(case.before), first[1], percent(case.after)

    def _headline(self) -> str:
        counts = Counter(edit.change for edit in self.edits)
        said = ", ".join(f"{count} {change}" for change, count in counts.items())
        files = len({edit.file for edit in self.edits})
        changed = sum(case.leading_before != case.leading_after for case in self.cases)
        posed = f" {changed} of {len(self.cases)} cases have another first." if self.cases else ""
        return f"Rows of {files} tables: {said}.{posed}" if said else f"Nothing changed.{posed}"

    def _more(self, count: int) -> Iterator[str]:
        """How much is not shown, and what cases were posed without."""
        for what, found in (("edits", self.edits), ("probabilities", self.cells)):
            if len(found) > count:
                yield f"{count} of {len(found)} {what} are shown; --top and --json have all."
        left_out = dict.fromkeys(name for case in self.cases for name in case.left_out)
        if left_out:
            yield f"Posed without what one of the two does not know: {', '.join(left_out)}."

    def plot(self, count: int = DRAWN) -> Any:
        """The probabilities that moved most, at most `count` (an altair chart)."""
        rows = [
            charts.interval(
                f"{c.finding}={c.state}: {self.labels[c.disease]}",
                c.before,
                c.after,
                c.after,
                False,
            )
            for c in self.cells[:count]
        ]
        axis = "probability before and after (dot)"
        chart = charts.ranges(rows, "finding and disease", axis)
        return charts.captioned(chart, "What moved most", self.model)


def cell_changes(before: SingleDisease, after: SingleDisease) -> tuple[CellChange, ...]:
    """Every P(finding | disease) that both have and that moved, the largest change first."""
    old, new = before.blueprint.structure.states, after.blueprint.structure.states
    rates = before.all_rates(), after.all_rates()
    places = [{key: i for i, key in enumerate(s[DIAGNOSIS])} for s in (old, new)]
    common = [key for key in places[0] if key in places[1]]
    found: list[CellChange] = []
    for finding in rates[0]:
        if finding in rates[1] and old[finding] == new[finding]:
            was, now = (
                table[finding][[place[key] for key in common]]
                for table, place in zip(rates, places, strict=True)
            )
            found += _moved(finding, old[finding], common, was, now)
    return tuple(sorted(found, key=lambda cell: -abs(cell.after - cell.before)))


def _moved(
    finding: str, states: tuple[str, ...], diseases: list[str], was: np.ndarray, now: np.ndarray
) -> Iterator[CellChange]:
    change = np.abs(now - was).round(DIGITS)
    for i in np.flatnonzero(change.any(axis=1)).tolist():
        state = int(change[i].argmax())
        numbers = float(was[i, state]), float(now[i, state])
        yield CellChange(finding, states[state], diseases[i], *numbers)


def reposed(name: str, case: Case, before: SingleDisease, after: SingleDisease) -> CaseReposed:
    """A case put to both. Raises CaseError where neither knows what it says."""
    views = (before, after)
    readers = [CaseReader(view.blueprint.base) for view in views]
    left_out = tuple(key for key, said in case.items() if not _known({key: said}, readers))
    common = {key: said for key, said in case.items() if key not in left_out}
    old, new = (
        view.posterior(reader.read(common)) for view, reader in zip(views, readers, strict=True)
    )
    moved = {
        key: new.probabilities.get(key, 0.0) - old.probabilities.get(key, 0.0)
        for key in dict.fromkeys((*old.probabilities, *new.probabilities))
    }
    most = max(moved, key=lambda key: abs(moved[key]))
    return CaseReposed(
        name,
        old.leading,
        old.probabilities[old.leading],
        new.leading,
        new.probabilities[new.leading],
        most,
        moved[most],
        left_out,
    )


def _known(said: Mapping[str, Any], readers: list[CaseReader]) -> bool:
    """Whether both know it. Raises CaseError where neither does."""
    refused = []
    for reader in readers:
        try:
            reader.read(said)
        except CaseError as error:
            refused.append(error)
    if len(refused) == len(readers):
        raise refused[0]
    return not refused
