"""How well the rows of a cohort fit: what a single case's `conflict` and `fit` say, row by row.

Both are sums over the findings of a row, so findings are looked up several at a time in tables of
their sums.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce

import numpy as np

from ..diagnosis.fit import scores
from ..errors import needs
from ..inference.elimination.condense import Coded, Positions, condensed, used
from ..inference.elimination.contraction import Observed
from ..inference.elimination.factors import EvidenceTable

#: Findings are looked up together as long as their table has at most this many entries (128 KiB).
LARGEST_TABLE = 2**14
#: Rows that are worked on at once, so that they stay in the cache.
CHUNK_ROWS = 2**10
#: A conflict below this is none but for rounding.
ROUNDING = 1e-9


class RowFit:
    """Conflict and fit of rows with the same findings. `terms` has what each of them adds, shape
    (states, 2 * diseases + 1); see `diagnosis.fit.terms`."""

    def __init__(self, terms: Mapping[str, np.ndarray], diseases: int):
        tables: list[EvidenceTable] = []
        self.diseases = diseases
        for name, found in terms.items():
            _add(tables, name, _with_missing(found))
        self.positions = Positions(tables, selected=terms)
        self.sums = [table.array.reshape(2 * self.diseases + 1, -1).T.copy() for table in tables]

    def measures(
        self, states: Mapping[str, np.ndarray], posterior: np.ndarray, log_evidence: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Of each row (rows,) the conflict, ln(prod P(e_i) / P(e)), and the fit, the posterior
        predictive p-value: see diagnosis/fit.py. `posterior` has shape (diseases, rows)."""
        with needs("cohort"):
            from scipy.special import ndtr

        if not self.sums:
            return -log_evidence, np.ones_like(log_evidence)
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


def _add(tables: list[EvidenceTable], name: str, terms: np.ndarray) -> None:
    """One more finding: to the last table where it fits, its states running fastest."""
    axis = Observed(name)
    if tables and tables[-1].array.size * terms.shape[-1] <= LARGEST_TABLE:
        last = tables.pop()
        shape = (len(terms), *[1] * len(last.index), -1)
        sums = last.array[..., None] + terms.reshape(shape)
        tables.append(EvidenceTable(last.scope, (*last.index, axis), sums))
    else:
        tables.append(EvidenceTable(("term",), (axis,), terms))


def _sums(tables: Sequence[Coded], rows: slice) -> np.ndarray:
    """The sums over the findings of some rows, shape (terms, rows)."""
    return np.ascontiguousarray(reduce(np.add, [table.rows(rows) for table in tables]).T)


def _with_missing(found: np.ndarray) -> np.ndarray:
    """Terms of a finding, shape (terms, 1 + states): nothing where it was not assessed."""
    return np.hstack([np.zeros((found.shape[1], 1)), found.T])
