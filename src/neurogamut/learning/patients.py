"""Patients whose diagnosis is known, as codes.

They are kept in an order of their own, by content, so that nothing learned from them depends on the
order in which they came.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

import numpy as np

from ..inference.query import MISSING, EvidenceBatch

#: The code of what was not assessed; then the states, then uncertain readings.
UNKNOWN = 0


@dataclass(frozen=True, eq=False)
class Patients:
    """`codes` (patients, findings) say which row of a finding's `readings` (codes, states), a
    likelihood, is what was seen. `shares` (patients, diseases) is the diagnosis, which may be
    uncertain: what the hospital believes, all things considered. `posed` (patients, findings) marks
    what was known before the diagnosis, `groups` (patients,) are numbers of those who must not be
    foretold from each other, such as the patients of one paper; `names` (patients,) are for people.
    `content` is a hash of all of them, whatever their order."""

    findings: tuple[str, ...]
    readings: Mapping[str, np.ndarray]
    codes: np.ndarray
    shares: np.ndarray
    posed: np.ndarray
    groups: np.ndarray
    names: np.ndarray
    content: str

    def __len__(self) -> int:
        return len(self.codes)

    @classmethod
    def of(
        cls,
        sizes: Mapping[str, int],
        states: Mapping[str, np.ndarray],
        shares: np.ndarray,
        uncertain: Mapping[str, Mapping[int, np.ndarray]] | None = None,
        posed: np.ndarray | None = None,
        groups: Sequence[str] | None = None,
        names: Sequence[str] | None = None,
    ) -> Patients:
        """From the number of states of all findings, the states (patients,) of some by position, -1
        where not assessed, and the likelihoods (states,) of uncertain readings by patient. Without
        `posed` all was known, without a group each patient is one, without `names` numbers are."""
        codes = np.zeros((len(shares), len(sizes)), dtype=np.int32)
        readings = {}
        for column, (name, size) in enumerate(sizes.items()):
            if name in states:
                codes[:, column] = states[name].astype(np.int32) - MISSING
            readings[name] = _coded((uncertain or {}).get(name, {}), size, codes[:, column])
        known = np.ones(codes.shape, dtype=bool) if posed is None else posed
        keys = [
            sha256(b"".join(map(bytes, row))).digest()
            for row in zip(codes, shares, known, strict=True)
        ]
        hashed = [
            sha256(group.encode()).digest() if group else key
            for group, key in zip(groups or [""] * len(keys), keys, strict=True)
        ]
        order = sorted(range(len(keys)), key=lambda row: (keys[row], hashed[row]))
        called = names or [str(number) for number in range(1, len(keys) + 1)]
        parts = [readings[name].tobytes() for name in sizes] + [keys[row] for row in order]
        return cls(
            tuple(sizes),
            readings,
            codes[order],
            shares[order],
            known[order],
            np.array([int.from_bytes(hashed[row][:7]) for row in order], dtype=np.int64),
            np.array([called[row] for row in order], dtype=object),
            sha256(b"".join(parts)).hexdigest(),
        )

    def some(self, rows: np.ndarray) -> Patients:
        """Some of the patients, by position or as a mask (patients,)."""
        return replace(
            self,
            codes=self.codes[rows],
            shares=self.shares[rows],
            posed=self.posed[rows],
            groups=self.groups[rows],
            names=self.names[rows],
        )

    def by_disease(self) -> np.ndarray:
        """How many patients have each disease (diseases,)."""
        return self.shares.sum(axis=0)

    def heard(self, told: Collection[str]) -> np.ndarray:
        """The codes, where a reading of findings that are told or not is none if it is even over
        the states."""
        codes = self.codes.copy()
        for column, name in enumerate(self.findings):
            if name in told:
                even = (self.readings[name] == self.readings[name][:, :1]).all(axis=1)
                codes[even[codes[:, column]], column] = UNKNOWN
        return codes

    def batch(self, posed: bool = True) -> EvidenceBatch:
        """The patients as evidence: what was known before the diagnosis, or all there is."""
        codes = np.where(self.posed, self.codes, UNKNOWN) if posed else self.codes
        states, likelihoods = {}, {}
        for column, name in enumerate(self.findings):
            if codes[:, column].any():
                rows, size = codes[:, column], self.readings[name].shape[1]
                if rows.max() <= size:
                    states[name] = (rows + MISSING).astype(np.int8)
                else:
                    likelihoods[name] = self.readings[name][rows]
        return EvidenceBatch(states, likelihoods)


def _coded(uncertain: Mapping[int, np.ndarray], size: int, codes: np.ndarray) -> np.ndarray:
    """The readings of a finding; writes the codes of the uncertain ones."""
    known = [np.ones((1, size)), np.eye(size)]
    if uncertain:
        kinds, which = np.unique(np.array(list(uncertain.values())), axis=0, return_inverse=True)
        codes[list(uncertain)] = 1 + size + which.ravel()
        known.append(kinds)
    return np.concatenate(known)
