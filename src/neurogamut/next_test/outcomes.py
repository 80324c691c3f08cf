"""What a test may show, and what the diagnosis would be after it: exact, or sampled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod

import numpy as np

from ..inference.forest import Forest, Rows

#: A test of more joint outcomes than this is sampled.
MOST_OUTCOMES = 2**12


@dataclass(frozen=True, eq=False)
class Outcomes:
    """Joint outcomes of `findings`, one row each. `states` (rows, findings) are positions,
    `probability` (rows,) is P(outcome | evidence), `posterior` (rows, target states) is
    P(target | outcome, evidence), and `weight` (rows,) is what a row counts in a mean over
    outcomes: its probability where all are listed (`exact`), else the same for every draw."""

    findings: tuple[str, ...]
    states: np.ndarray
    prior: np.ndarray
    probability: np.ndarray
    posterior: np.ndarray
    weight: np.ndarray
    exact: bool

    def mean(self, values: np.ndarray) -> np.ndarray:
        """Mean over outcomes of values (rows, ...)."""
        return np.tensordot(self.weight, values, axes=1)

    def standard_error(self, values: np.ndarray) -> float:
        """Standard error of the mean of values (rows,); 0 where it is exact."""
        return 0.0 if self.exact else float(values.std(ddof=1) / np.sqrt(len(values)))


def survey(
    forest: Forest,
    tests: Mapping[str, Sequence[str]],
    rng: np.random.Generator,
    samples: int,
    most: int = MOST_OUTCOMES,
) -> dict[str, Outcomes]:
    """The outcomes of every test, given as its findings: listed where there are at most `most`,
    else drawn, all from the same `samples` patients, so that tests are compared on equal terms."""
    counts = {test: prod(forest.shape.sizes[f] for f in found) for test, found in tests.items()}
    large = {finding for test in tests if counts[test] > most for finding in tests[test]}
    rows = forest.sample(samples, rng, large) if large else {}
    return {
        test: listed(forest, findings) if counts[test] <= most else drawn(forest, findings, rows)
        for test, findings in tests.items()
    }


def listed(forest: Forest, findings: Sequence[str]) -> Outcomes:
    """Every joint outcome, exactly."""
    joint = forest.joint(findings)
    grid = np.indices([forest.shape.sizes[name] for name in findings])
    states = grid.reshape(len(findings), len(joint)).T
    return _outcomes(forest, findings, states, joint, joint.sum(axis=1), exact=True)


def drawn(forest: Forest, findings: Sequence[str], rows: Rows) -> Outcomes:
    """The outcomes in `rows`, which were sampled from the forest."""
    joint = forest.joint_of(rows, findings)
    states = np.stack([rows[name] for name in findings], axis=1)
    weight = np.full(len(joint), 1 / len(joint))
    return _outcomes(forest, findings, states, joint, weight, exact=False)


def _outcomes(
    forest: Forest,
    findings: Sequence[str],
    states: np.ndarray,
    joint: np.ndarray,
    weight: np.ndarray,
    exact: bool,
) -> Outcomes:
    probability = joint.sum(axis=1)
    column = probability[:, None]
    # The posterior after an impossible outcome has no meaning, and weight 0.
    posterior = np.divide(joint, column, out=np.zeros_like(joint), where=column > 0)
    return Outcomes(
        tuple(findings), states, forest.posterior, probability, posterior, weight, exact
    )
