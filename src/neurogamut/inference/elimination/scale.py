"""When plain probabilities are enough, and how to come back from logarithms."""

from __future__ import annotations

import numpy as np

#: Every factor is at most 1, so what underflows (below 1e-308) is negligible beside this P(e).
SMALLEST_LINEAR = 1e-200


def normalised_logarithms(table: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities from ln P(targets, evidence) (..., rows), and ln P(evidence) (rows,).

    Rows whose evidence is impossible become zeros."""
    total = np.logaddexp.reduce(table.reshape(-1, table.shape[-1]), axis=0)
    return np.exp(table - np.where(np.isneginf(total), 0, total)), total
