"""Exact draws from the joint posterior: forwards by elimination, then backwards, each variable
drawn given those drawn before it (Koller and Friedman 2009, exercise 12.3; Dawid 1992)."""

from __future__ import annotations

from typing import Any

import numpy as np

from .derivatives import Evaluation


def posterior_sample(
    evaluation: Evaluation, count: int, rng: np.random.Generator
) -> dict[str, np.ndarray]:
    """States (count,) of every variable of the plan that is not sliced. The evaluation's sweep has
    all variables, none of them a target, and no CPT fixed."""
    sweep = evaluation.sweep
    drawn: dict[str, np.ndarray] = {}
    for step in reversed(sweep.plan.steps[:-1]):
        assert step.variable is not None  # only the last step eliminates none
        semiring = evaluation.semiring
        weights = np.full((1, 1), semiring.one)
        for node in step.inputs:
            others = sweep.scopes[node][1:]
            place: tuple[Any, ...] = (slice(None), *[drawn[name] for name in others])
            column = evaluation.values[node][..., 0][place]
            weights = semiring.multiply(weights, column.reshape(len(column), -1))
        if semiring.logarithmic:
            weights = np.exp(weights - weights.max(axis=0))
        drawn[step.variable] = _draw(weights, count, rng)
    return drawn


def _draw(weights: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """One state a column (states, 1 or count), in proportion to its weights."""
    below = np.cumsum(weights, axis=0)
    return (below[:-1] / below[-1] <= rng.random(count)).sum(axis=0)
