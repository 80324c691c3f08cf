"""How well the rows of a cohort fit: what a single case's `conflict` and `fit` say, row by row.

Both are sums over the findings of a row, so findings are looked up several at a time in tables of
their sums.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ..inference.query import MISSING
from ..open_world import deviations, scores, variances

#: Findings are looked up together as long as their table has at most this many entries (128 KiB).
LARGEST_TABLE = 2**14
#: Rows that are looked up at once, so that the sums stay in the cache.
CHUNK_ROWS = 2**11
#: Sums of logarithms are equal where they differ by less; rounding must not read as a conflict.
ROUNDING = 1e-9


@dataclass(frozen=True)
class _Table:
    """Sums of some findings' terms: a row for each combination of their states, where state 0 is
    `not assessed`."""

    findings: tuple[str, ...]
    sums: np.ndarray

    def with_finding(self, name: str, terms: np.ndarray) -> _Table:
        """One more finding, its states running fastest."""
        sums = self.sums[:, None] + terms[None]
        return _Table((*self.findings, name), sums.reshape(-1, terms.shape[1]))


class RowFit:
    """Conflict and fit of rows with the same findings.

    `rates` maps a finding to P(finding | disease), shape (diseases, states), and `prior` is
    P(disease)."""

    def __init__(self, rates: Mapping[str, np.ndarray], prior: np.ndarray):
        self.diseases = len(prior)
        self.sizes = {name: array.shape[1] + 1 for name, array in rates.items()}
        self.tables: list[_Table] = []
        for name, array in rates.items():
            self._add(name, _terms(array, prior))

    def _add(self, name: str, terms: np.ndarray) -> None:
        if self.tables and self.tables[-1].sums.size * len(terms) <= LARGEST_TABLE:
            self.tables[-1] = self.tables[-1].with_finding(name, terms)
        else:
            self.tables.append(_Table((name,), terms))

    def conflict(self, sums: np.ndarray, log_evidence: np.ndarray) -> np.ndarray:
        """ln(prod P(e_i) / P(e)) of each row (rows,)."""
        conflict = sums[:, -1] - log_evidence
        conflict[np.abs(conflict) < ROUNDING] = 0
        return conflict

    def fit(self, sums: np.ndarray, posterior: np.ndarray) -> np.ndarray:
        """The posterior predictive p-value of each row (rows,): see open_world.py."""
        from scipy.special import ndtr

        deviation, variance = sums[:, : self.diseases], sums[:, self.diseases : -1]
        return (posterior * ndtr(scores(deviation, variance))).sum(axis=1)

    def sums(self, states: Mapping[str, np.ndarray], rows: int) -> np.ndarray:
        """The sums over the findings of each row, shape (rows, terms)."""
        positions = [self._positions(table, states, rows) for table in self.tables]
        total = np.zeros((rows, 2 * self.diseases + 1))
        looked_up = np.empty((min(rows, CHUNK_ROWS), total.shape[1]))
        for start in range(0, rows, CHUNK_ROWS):
            chunk = total[start : start + CHUNK_ROWS]
            out = looked_up[: len(chunk)]
            for table, position in zip(self.tables, positions, strict=True):
                at = position[start : start + CHUNK_ROWS]
                chunk += table.sums.take(at, axis=0, out=out, mode="clip")  # "raise" would copy
        return total

    def _positions(
        self, table: _Table, states: Mapping[str, np.ndarray], rows: int
    ) -> np.ndarray:
        """Where in the table each row's states are (rows,)."""
        position = np.zeros(rows, dtype=np.int32)
        for name in table.findings:
            position *= self.sizes[name]
            position += states[name]
            position -= MISSING
        return position


def _terms(rates: np.ndarray, prior: np.ndarray) -> np.ndarray:
    """What a finding adds, shape (1 + states, terms): nothing where it was not assessed; else by
    disease the deviation and the variance of ln P(state | disease), and ln P(state)."""
    variance = np.broadcast_to(variances(rates)[:, None], rates.shape)
    terms = np.vstack([deviations(rates), variance, np.log(prior @ rates)]).T
    return np.vstack([np.zeros(terms.shape[1]), terms])
