"""What a test is expected to tell of the diagnosis: information, and edges cut."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from ..inference.forest import Forest
from .outcomes import Outcomes


def entropy(distribution: np.ndarray) -> np.ndarray:
    """Entropy in bits along the last axis."""
    return -_times_log2(distribution, distribution).sum(axis=-1)


def divergence(after: np.ndarray, before: np.ndarray) -> np.ndarray:
    """Kullback-Leibler divergence in bits along the last axis; `before` is positive wherever
    `after` is."""
    ratio = np.divide(after, before, out=np.ones_like(after), where=after > 0)
    return _times_log2(after, ratio).sum(axis=-1)


def information_gain(outcomes: Outcomes) -> tuple[float, float]:
    """Expected information gain about the target in bits, and its standard error (0 if exact).

    It is H(D|e) - E[H(D|e,o)], as the mean divergence of the posterior from what it was (Lindley,
    Ann Math Stat 1956;27:986): no term is negative."""
    gained = divergence(outcomes.posterior, outcomes.prior)
    return max(float(outcomes.mean(gained)), 0.0), outcomes.standard_error(gained)


def pairwise(outcomes: Outcomes, targets: Sequence[int]) -> dict[tuple[int, int], float]:
    """For each pair of targets, the expected information gain in bits about which of the two it
    is, if it is one of them: 0 to 1."""
    pairs = list(combinations(targets, 2))
    before = outcomes.prior[np.array(pairs)]
    both = outcomes.posterior[:, np.array(pairs)]
    total = both.sum(axis=-1, keepdims=True)
    after = np.divide(both, total, out=np.zeros_like(both), where=total > 0)
    prior = before / before.sum(axis=-1, keepdims=True)
    # An outcome counts as often as it is seen in patients of the pair.
    share = total[..., 0] / before.sum(axis=-1)
    bits = outcomes.mean(share * divergence(after, prior))
    return {pair: min(max(float(b), 0.0), 1.0) for pair, b in zip(pairs, bits, strict=True)}


def edges_cut(outcomes: Outcomes) -> float:
    """Expected share of edges between patients of different diagnoses that the outcome cuts.

    Equivalence class edge cutting for noisy tests (Golovin, Krause and Ray, NIPS 2010): a
    hypothesis is a diagnosis with all its findings, an edge joins two of different diagnoses with
    the product of their probabilities, and an outcome cuts the edges of all that it rules out."""
    before = _unlike(outcomes.prior)
    kept = outcomes.mean(outcomes.probability**2 * _unlike(outcomes.posterior))
    return float(1 - kept / before) if before > 0 else 0.0


def single_gains(forest: Forest, findings: Sequence[str]) -> dict[str, float]:
    """Expected information gain of each finding alone, in bits, exact: all in one pass."""
    if not findings:
        return {}
    tables = list(finding_joints(forest, findings).values())
    joint = np.concatenate(tables)
    total = joint.sum(axis=1, keepdims=True)
    after = np.divide(joint, total, out=np.zeros_like(joint), where=total > 0)
    bits = total[:, 0] * divergence(after, forest.posterior)
    starts = np.cumsum([0, *map(len, tables)])[:-1]
    gains = np.add.reduceat(bits, starts).tolist()
    return {name: max(gain, 0.0) for name, gain in zip(findings, gains, strict=True)}


def finding_joints(forest: Forest, findings: Sequence[str]) -> dict[str, np.ndarray]:
    """P(finding, target | evidence) of each finding, shape (states, target states)."""
    marginals = forest.marginals(findings)
    marginals |= {
        hub: np.eye(forest.shape.sizes[hub])[:, states]
        for hub, states in forest.shape.hub_states.items()
    }
    tables = [marginals[name] for name in findings]
    if not tables:
        return {}
    joint = forest.of_target(np.concatenate(tables) * forest.weights)
    ends = np.cumsum([len(table) for table in tables])[:-1]
    return dict(zip(findings, np.split(joint, ends), strict=True))


def _unlike(distribution: np.ndarray) -> np.ndarray:
    """Probability that two draws differ."""
    return 1 - (distribution**2).sum(axis=-1)


def _times_log2(factor: np.ndarray, argument: np.ndarray) -> np.ndarray:
    """factor * log2(argument), 0 where the factor is."""
    logarithm = np.log2(argument, out=np.zeros_like(argument), where=argument > 0)
    return factor * logarithm
