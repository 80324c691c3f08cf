"""How much one variable tells of another, in bits, given what is known."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from ..network import Evidence
from .elimination.engine import Engine


def mutual_information(joint: np.ndarray) -> float:
    """I(X; Y) in bits of a joint table (states of X, states of Y) that sums to 1: the sum of
    p(x, y) log2 p(x, y) / p(x) p(y) (Shannon 1948)."""
    apart = np.outer(joint.sum(axis=1), joint.sum(axis=0))
    some = joint > 0
    return max(float((joint[some] * np.log2(joint[some] / apart[some])).sum()), 0.0)


def entropy(table: np.ndarray) -> float:
    """H(X) in bits."""
    some = table[table > 0]
    return float(-(some * np.log2(some)).sum()) + 0.0


def information_gains(
    engine: Engine, target: str, evidence: Evidence, candidates: Collection[str]
) -> dict[str, float]:
    """I(target; candidate | evidence) in bits of every candidate, from one pair of sweeps for each
    state of the target. Raises as `Engine.query` does."""
    prior = engine.query(target, evidence).table
    given = {
        state: engine.marginals(_with_state(evidence, target, state))
        for state in np.flatnonzero(prior > 0).tolist()
    }
    weights = prior[list(given)]
    gains = {}
    for name in candidates:
        rows = np.array([marginals[name] for marginals in given.values()])
        gains[name] = mutual_information(weights[:, None] * rows)
    return gains


def _with_state(evidence: Evidence, name: str, state: int) -> Evidence:
    """Evidence that also has `name` in that state; a likelihood of it no longer matters."""
    rest = {other: array for other, array in evidence.likelihoods.items() if other != name}
    return Evidence({**evidence.states, name: state}, rest)
