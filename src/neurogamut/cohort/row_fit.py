"""How well the rows of a cohort fit: what a single case's `conflict` and `fit` say, row by row.

Both are sums over the findings of a row: a sparse matrix of what each row shows, times what each
state of each finding adds.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ..diagnosis.fit import scores
from ..errors import needs
from ..inference.query import MISSING

#: Rows that are worked on at once, so that they stay in the cache.
CHUNK_ROWS = 2**9
#: A conflict below this is none but for rounding.
ROUNDING = 1e-9


class RowFit:
    """Conflict and fit of rows with the same findings. `terms` has what each of them adds, shape
    (states, 2 * diseases + 1); see `diagnosis.fit.terms`."""

    def __init__(self, terms: Mapping[str, np.ndarray], diseases: int):
        self.diseases = diseases
        self.names = list(terms)
        self.terms = np.concatenate([np.empty((0, 2 * diseases + 1)), *terms.values()])
        #: The place of each finding's first state among all states.
        self.first = np.cumsum([0, *map(len, terms.values())], dtype=np.int32)[:-1]

    def measures(
        self, states: Mapping[str, np.ndarray], posterior: np.ndarray, log_evidence: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Of each row (rows,) the conflict, ln(prod P(e_i) / P(e)), and the fit, the posterior
        predictive p-value: see diagnosis/fit.py. `posterior` has shape (diseases, rows)."""
        with needs("cohort"):
            from scipy.special import ndtr

        if not self.names:
            return -log_evidence, np.ones_like(log_evidence)
        conflict, fit = np.empty_like(log_evidence), np.empty_like(log_evidence)
        shape = log_evidence.shape
        shown = np.stack([np.broadcast_to(states[name], shape) for name in self.names])
        for start in range(0, len(fit), CHUNK_ROWS):
            rows = slice(start, start + CHUNK_ROWS)
            sums = self._sums(np.ascontiguousarray(shown[:, rows].T))
            typical = ndtr(scores(sums[:, : self.diseases], sums[:, self.diseases : -1]))
            fit[rows] = np.einsum("dr,rd->r", posterior[:, rows], typical)
            conflict[rows] = sums[:, -1] - log_evidence[rows]
        conflict[np.abs(conflict) < ROUNDING] = 0
        return conflict, fit

    def _sums(self, states: np.ndarray) -> np.ndarray:
        """The sums over the findings of rows (rows, findings), shape (rows, terms)."""
        from scipy.sparse import csr_array

        known = states != MISSING
        places = (states + self.first)[known]
        ends = np.concatenate([[0], np.cumsum(known.sum(axis=1))])
        shown = csr_array((np.ones(len(places)), places, ends), (len(states), len(self.terms)))
        return shown @ self.terms
