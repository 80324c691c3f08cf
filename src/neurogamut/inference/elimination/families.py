"""The posterior of every family, row by row: what expectation-maximisation counts.

A CPT times its derivative, divided by P(evidence), is P(variable, parents | evidence) (Darwiche,
J ACM 2003;50:280), so that one forward and one backward sweep give all of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ..query import EvidenceBatch
from .contraction import LINEAR, LOGARITHMIC, Semiring
from .plan import Kind, Leaf
from .prepared import prepare_rows
from .scale import SMALLEST_LINEAR
from .sweep import Draws, Sweep


@dataclass(frozen=True, eq=False)
class Families:
    """`log_evidence` is ln P(evidence) (rows,). `posteriors` maps a variable to P(parents,
    variable | evidence), in the order of its CPT's axes without those that are observed in every
    row, and a last axis of rows."""

    log_evidence: np.ndarray
    posteriors: Mapping[str, np.ndarray]


def families(sweep: Sweep, evidence: EvidenceBatch, cpts: Draws) -> Families:
    """All families of a plan without targets, under tables `cpts`, each (1 or rows, *shape)."""
    prepared = prepare_rows(sweep.plan.pattern, evidence)
    leaves = sweep.leaves(prepared.chosen, prepared.likelihoods, cpts)
    found, log_total = _both_ways(sweep, leaves, LINEAR, len(evidence))
    if not np.isfinite(log_total).all():
        found, log_total = _both_ways(sweep, leaves, LOGARITHMIC, len(evidence))
    return Families(log_total + prepared.log_scale, found)


def _both_ways(
    sweep: Sweep, leaves: Mapping[int, np.ndarray], semiring: Semiring, rows: int
) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Posteriors and ln P(evidence), which is -inf where it is too small for the semiring."""
    values = sweep.forward(leaves, semiring)
    total = np.broadcast_to(values[sweep.root], (rows,))
    wanted = {n: leaf for n, leaf in enumerate(sweep.plan.leaves) if leaf.kind is Kind.CPT}
    derivatives = sweep.backward(values, semiring.of(np.ones(1)), wanted, semiring)
    found = {}
    with np.errstate(divide="ignore", invalid="ignore"):
        for node, leaf in wanted.items():
            joint = semiring.multiply(values[node], derivatives[node])
            relative = np.exp(joint - total) if semiring.logarithmic else joint / total
            found[leaf.variable] = relative.transpose(*_own_order(sweep, node, leaf), -1)
        log_total = total if semiring.logarithmic else _log_enough(total)
    return found, log_total


def _log_enough(total: np.ndarray) -> np.ndarray:
    return np.where(total > SMALLEST_LINEAR, np.log(total), -np.inf)


def _own_order(sweep: Sweep, node: int, leaf: Leaf) -> list[int]:
    """Where the CPT's own axes are among those of its node."""
    scope = sweep.scopes[node]
    return [scope.index(axis) for axis in leaf.axes if axis in scope]
