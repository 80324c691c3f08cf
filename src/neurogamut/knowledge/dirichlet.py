"""Draws from the distributions that figures have."""

from __future__ import annotations

import numpy as np

SMALLEST_DRAW = 1e-9


def draw(alpha: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """Dirichlet draws, shape (count, *alpha.shape): of two states Beta variates, of more
    normalised gamma variates. Wide distributions draw 0 or 1 to machine precision; no finding is
    that certain."""
    if alpha.shape[-1] == 2:
        share = rng.beta(alpha[..., 0], alpha[..., 1], size=(count, *alpha.shape[:-1]))
        share = np.clip(share, SMALLEST_DRAW, 1 - SMALLEST_DRAW)
        return np.stack([share, 1 - share], axis=-1)
    gamma = rng.standard_gamma(alpha, size=(count, *alpha.shape))
    draws = gamma / np.maximum(gamma.sum(axis=-1, keepdims=True), np.finfo(float).tiny)
    draws = np.maximum(draws, SMALLEST_DRAW)
    return draws / draws.sum(axis=-1, keepdims=True)
