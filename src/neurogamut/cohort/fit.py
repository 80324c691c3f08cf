"""How well the rows of a cohort fit: what a single case's `conflict` and `fit` say, row by row.

Both are sums over the findings of a row, so findings are looked up several at a time in tables of
their sums.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ..inference.condense import Coded, Positions, condensed, used
from ..inference.plan import Observed
from ..inference.tables import Table
from ..open_world import deviations, scores, variances

#: Findings are looked up together as long as their table has at most this many entries (128 KiB).
LARGEST_TABLE = 2**14
#: Rows that are worked on at once, so that they stay in the cache.
CHUNK_ROWS = 2**10
#: A conflict below this is none but for rounding.
ROUNDING = 1e-9


class RowFit:
    """Conflict and fit of rows with the same findings.

    `rates` maps a finding to P(finding | disease), shape (diseases, states), and `prior` is
    P(disease)."""

    def __init__(self, rates: Mapping[str, np.ndarray], prior: np.ndarray):
        self.diseases = len(prior)
        tables: list[Table] = []
        for name, array in rates.items():
            _add(tables, name, _terms(array, prior))
        self.positions = Positions(tables, selected=rates)
        self.sums = [table.array.reshape(2 * self.diseases + 1, -1).T.copy() for table in tables]

    def measures(
        self, states: Mapping[str, np.ndarray], posterior: np.ndarray, log_evidence: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Of each row (rows,) the conflict, ln(prod P(e_i) / P(e)), and the fit, the posterior
        predictive p-value: see open_world.py. `posterior` has shape (diseases, rows)."""
        from scipy.special import ndtr

        found = zip(self.sums, self.positions.of(states), strict=True)
        tables = condensed([used(array, positions) for array, positions in found], np.add)
        conflict, fit = np.empty_like(log_evidence), np.empty_like(log_evidence)
        for start in range(0, len(fit), CHUNK_ROWS):
            rows = slice(start, start + CHUNK_ROWS)
            sums = _sums(tables, rows)
            typical = ndtr(scores(sums[: self.diseases], sums[self.diseases : -1]))
            fit[rows] = (posterior[:, rows] * typical).sum(axis=0)
            conflict[rows] = sums[-1] - log_evidence[rows]
        conflict[np.abs(conflict) < ROUNDING] = 0
        return conflict, fit


def _add(tables: list[Table], name: str, terms: np.ndarray) -> None:
    """One more finding: to the last table where it fits, its states running fastest."""
    axis = Observed(name)
    if tables and tables[-1].array.size * terms.shape[-1] <= LARGEST_TABLE:
        last = tables.pop()
        shape = (len(terms), *[1] * len(last.index), -1)
        sums = last.array[..., None] + terms.reshape(shape)
        tables.append(Table(last.scope, (*last.index, axis), sums))
    else:
        tables.append(Table(("term",), (axis,), terms))


def _sums(tables: Sequence[Coded], rows: slice) -> np.ndarray:
    """The sums over the findings of some rows, shape (terms, rows)."""
    return np.ascontiguousarray(sum(table.rows(rows) for table in tables).T)


def _terms(rates: np.ndarray, prior: np.ndarray) -> np.ndarray:
    """What a finding adds, shape (terms, 1 + states): nothing where it was not assessed; else by
    disease the deviation and the variance of ln P(state | disease), and ln P(state)."""
    variance = np.broadcast_to(variances(rates)[:, None], rates.shape)
    terms = np.vstack([deviations(rates), variance, np.log(prior @ rates)])
    return np.hstack([np.zeros((len(terms), 1)), terms])
