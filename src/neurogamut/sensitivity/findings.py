"""Which finding the answer hangs on: each left out, and each read differently, alone or in pairs.

Left out and unknown are the same: a finding whose likelihood is even is one that was not assessed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import combinations
from typing import Annotated, Any

import numpy as np

from ..inference.query import MISSING, EvidenceBatch
from ..knowledge.age import BANDS
from ..knowledge.build import DIAGNOSIS
from ..knowledge.estimate import AGE
from ..render import charts
from ..render.sheet import Sheet
from ..render.wording import percent
from .options import Option
from .sensitivity_answer import SHOWN, TargetAnswer
from .subject import Subject

UNKNOWN = "unknown"


@dataclass(frozen=True, eq=False)
class Change:
    """One finding read otherwise: `weights` is the new likelihood over its states, or None where
    it is left out. `said` is the state that is now the most probable one."""

    finding: str
    said: str
    weights: np.ndarray | None


@dataclass(frozen=True)
class Reading:
    """The answer after one or two changes. `tests` reveal the changed findings. `leading` is the
    first diagnosis then, None where the changed case is impossible."""

    changes: tuple[tuple[str, str], ...]
    tests: tuple[str, ...]
    target_posterior: float | None
    leading: str | None
    leading_posterior: float | None
    flips: bool

    def to_dict(self) -> dict[str, Any]:
        """With the changes as a mapping of findings to their new states."""
        return {**asdict(self), "changes": dict(self.changes), "tests": list(self.tests)}


@dataclass(frozen=True, repr=False, kw_only=True)
class FindingsSensitivity(TargetAnswer):
    """The answer under every change of one finding (and of two, where asked for)."""

    readings: tuple[Reading, ...]

    def records(self) -> list[dict[str, Any]]:
        """One row per change, the changes in words."""
        return [
            {
                **reading.to_dict(),
                "changes": ", ".join(f"{f}={s}" for f, s in reading.changes),
                "tests": ", ".join(reading.tests),
            }
            for reading in self.readings
        ]

    def to_dict(self) -> dict[str, Any]:
        """What `neurogamut sensitivity findings --json` gives."""
        return self._document(readings=[reading.to_dict() for reading in self.readings])

    def sheet(self, count: int = SHOWN) -> Sheet:
        """What is shown, with at most `count` rows."""
        shown = [r for r in self.readings if len(r.changes) == 1]
        shown += [r for r in self.readings if len(r.changes) == 2 and r.flips][:count]
        rows = [
            (_change(r), _after(r.target_posterior), _name(self, r), _after(r.leading_posterior))
            for r in shown
        ]
        misread = [
            f"{_change(r)} ({', '.join(r.tests)})"
            for r in shown
            if r.flips and len(r.changes) == 1 and r.changes[0][1] != "unknown"
        ]
        said = "; ".join(misread) or "none"
        return self._digest(
            f"{self._now}. Each finding left out, or read otherwise.",
            ("finding", "then", "first then", "with"),
            rows,
            ("then", "with"),
            (f"Single mis-readings that change the leading diagnosis: {said}.",),
        )

    def plot(self, count: int = 30) -> Any:
        """A picture with at most `count` rows (an altair chart)."""
        rows = [
            charts.interval(_change(r), self.posterior, then, then, r.flips)
            for r in self.readings[:count]
            if (then := r.target_posterior) is not None
        ]
        name = self.labels[self.target]
        axis = f"P({name}); orange: another diagnosis is first"
        chart = charts.ranges(rows, "finding read otherwise", axis, self.posterior)
        return charts.captioned(chart, "Which reading matters?", self.model)


def _change(reading: Reading) -> str:
    return " and ".join(f"{finding}: {state}" for finding, state in reading.changes)


def _after(probability: float | None) -> str:
    return "impossible" if probability is None else percent(probability)


def _name(result: FindingsSensitivity, reading: Reading) -> str:
    if reading.leading is None:
        return ""
    return f"{'* ' if reading.flips else ''}{result.labels[reading.leading]}"


def findings(
    subject: Subject, pairs: Annotated[bool, Option("Every two findings as well.")] = False
) -> FindingsSensitivity:
    """Each finding left out, or read otherwise.

    Otherwise is as each of its other states; an age, one band older or younger."""
    findings = subject.evidence.network
    single = [change for finding in findings for change in _changes(subject, finding)]
    sets: list[tuple[Change, ...]] = [(change,) for change in single]
    if pairs:
        sets += [(a, b) for a, b in combinations(single, 2) if a.finding != b.finding]
    answer = subject.engine.batch(DIAGNOSIS, subject.rows_of(_batch(subject, sets)))
    readings = [
        _reading(subject, changes, answer.table[i], bool(answer.impossible[i]))
        for i, changes in enumerate(sets)
    ]
    readings.sort(key=lambda r: (not r.flips, len(r.changes), r.target_posterior or 0.0))
    return FindingsSensitivity.about(subject, readings=tuple(readings))


def _changes(subject: Subject, finding: str) -> Iterator[Change]:
    """Unknown, and every exchange of the most probable state with another."""
    yield Change(finding, UNKNOWN, None)
    states = subject.structure.states[finding]
    weights = subject.findings.vectors(subject.engine.network.variables)[finding]
    best = int(weights.argmax())
    others = [i for i in range(len(states)) if i != best]
    if finding == AGE:
        others = [i for i in (best - 1, best + 1) if 0 <= i < len(BANDS)]
    for other in others:
        exchanged = weights.copy()
        exchanged[[best, other]] = weights[[other, best]]
        yield Change(finding, states[other], exchanged)


def _batch(subject: Subject, sets: list[tuple[Change, ...]]) -> EvidenceBatch:
    """One row of evidence per set of changes; a changed state stays a state."""
    rows = len(sets)
    states = {n: np.full(rows, s) for n, s in subject.findings.states.items()}
    likelihoods = {n: np.tile(w, (rows, 1)) for n, w in subject.findings.likelihoods.items()}
    for row, changes in enumerate(sets):
        for change in changes:
            if change.finding in states:
                certain = MISSING if change.weights is None else int(change.weights.argmax())
                states[change.finding][row] = certain
            else:
                likelihoods[change.finding][row] = 1.0 if change.weights is None else change.weights
    return EvidenceBatch(states, likelihoods)


def _reading(
    subject: Subject, changes: tuple[Change, ...], posterior: np.ndarray, impossible: bool
) -> Reading:
    said = tuple((change.finding, change.said) for change in changes)
    tests = tuple(dict.fromkeys(subject.base.finding(f).revealed_by for f, _ in said))
    if impossible:
        return Reading(said, tests, None, None, None, False)
    best = int(posterior.argmax())
    return Reading(
        said,
        tests,
        float(posterior[subject.target]),
        subject.diseases[best],
        float(posterior[best]),
        best != subject.leading,
    )
