"""Which finding the answer hangs on: each left out, and each read differently, alone or in pairs.

Left out and unknown are the same: a finding whose likelihood is even is one that was not assessed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import combinations
from typing import Any

import numpy as np

from ..inference.query import MISSING, EvidenceBatch
from ..knowledge.age import BANDS
from ..knowledge.build import DIAGNOSIS
from ..knowledge.estimate import AGE
from ..results import ModelInfo
from .result import SensitivityResult
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


@dataclass(frozen=True, repr=False)
class FindingsSensitivity(SensitivityResult):
    """The answer under every change of one finding (and of two, where asked for)."""

    target: str
    leading: str
    posterior: float
    readings: tuple[Reading, ...]
    labels: dict[str, str]
    model: ModelInfo

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
        return {
            "target": self.target,
            "leading": self.leading,
            "posterior": self.posterior,
            "readings": [reading.to_dict() for reading in self.readings],
            "model": asdict(self.model),
        }


def findings(subject: Subject, pairs: bool = False) -> FindingsSensitivity:
    """Every finding left out and read as each of its other states (an age: one band older or
    younger); with `pairs` also every two such changes of different findings."""
    findings = subject.evidence.network
    single = [(change,) for finding in findings for change in _changes(subject, finding)]
    sets = list(single)
    if pairs:
        sets += [(a[0], b[0]) for a, b in combinations(single, 2) if a[0].finding != b[0].finding]
    answer = subject.engine.batch(DIAGNOSIS, _batch(subject, sets))
    readings = [
        _reading(subject, changes, answer.table[i], bool(answer.impossible[i]))
        for i, changes in enumerate(sets)
    ]
    readings.sort(key=lambda r: (not r.flips, len(r.changes), r.target_posterior or 0.0))
    return FindingsSensitivity(
        subject.diseases[subject.target],
        subject.diseases[subject.leading],
        float(subject.posterior[subject.target]),
        tuple(readings),
        subject.labels,
        subject.info,
    )


def _weights(subject: Subject, finding: str) -> np.ndarray:
    """What is known of a finding as a likelihood over its states."""
    states = len(subject.structure.states[finding])
    if finding in subject.encoded.states:
        return np.eye(states)[subject.encoded.states[finding]]
    return subject.encoded.likelihoods[finding]


def _changes(subject: Subject, finding: str) -> Iterator[Change]:
    """Unknown, and every exchange of the most probable state with another."""
    yield Change(finding, UNKNOWN, None)
    weights, states = _weights(subject, finding), subject.structure.states[finding]
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
    states = {n: np.full(rows, s) for n, s in subject.encoded.states.items()}
    likelihoods = {n: np.tile(w, (rows, 1)) for n, w in subject.encoded.likelihoods.items()}
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
