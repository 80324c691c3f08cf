"""What one forward and one backward sweep give: all marginals, and P(e) in every parameter."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import log

import numpy as np

from ...network import Network
from .contraction import LINEAR, LOGARITHMIC, Axis, Observed, Semiring
from .plan import Kind
from .prepared import Prepared
from .scale import SMALLEST_LINEAR
from .sweep import Sweep


@dataclass(frozen=True, eq=False)
class Evaluation:
    """A sweep's forward pass: the value of every node, and ln P(evidence)."""

    sweep: Sweep
    prepared: Prepared
    semiring: Semiring
    values: dict[int, np.ndarray]
    log_total: float

    @property
    def log_evidence(self) -> float:
        """ln P(evidence), the scale of virtual evidence included."""
        return self.log_total + self.prepared.log_scale

    def relative(self, array: np.ndarray) -> np.ndarray:
        """Values of the sweep divided by P(evidence)."""
        if self.semiring.logarithmic:
            return np.exp(array - self.log_total)
        return array / np.exp(self.log_total)

    def backward(self, wanted: Iterable[int], seed: np.ndarray) -> dict[int, np.ndarray]:
        """Derivatives of the root, weighted by `seed` (*states, columns), in the wanted nodes."""
        return self.sweep.backward(self.values, self.semiring.of(seed), wanted, self.semiring)


def evaluate(sweep: Sweep, prepared: Prepared) -> Evaluation:
    """Forward in plain probabilities, or in logarithms where P(evidence) is too small for them."""
    leaves = sweep.leaves(prepared.chosen, prepared.likelihoods, {})
    values = sweep.forward(leaves, LINEAR)
    total = values[sweep.root].sum().item()
    if total > SMALLEST_LINEAR:
        return Evaluation(sweep, prepared, LINEAR, values, log(total))
    values = sweep.forward(leaves, LOGARITHMIC)
    total = np.logaddexp.reduce(values[sweep.root], axis=None).item()
    return Evaluation(sweep, prepared, LOGARITHMIC, values, total)


def marginals(evaluation: Evaluation) -> dict[str, np.ndarray]:
    """P(variable | evidence) of every variable of the plan that is not sliced: a table times its
    derivative is the joint of its variables and the evidence."""
    sweep, semiring = evaluation.sweep, evaluation.semiring
    derivatives = evaluation.backward(sweep.smallest.values(), np.ones(1))
    posteriors = {}
    for name, node in sweep.smallest.items():
        joint = semiring.multiply(evaluation.values[node], derivatives[node])
        axis = sweep.scopes[node].index(name)
        others = tuple(i for i in range(joint.ndim) if i != axis)
        posteriors[name] = evaluation.relative(semiring.add.reduce(joint, axis=others))
    return posteriors


def parameter_derivatives(
    evaluation: Evaluation, network: Network, seed: np.ndarray
) -> dict[str, np.ndarray]:
    """Derivatives of the root, weighted by each column of `seed` (*states, columns) in turn, in
    every CPT entry, divided by P(evidence): arrays of shape (columns, *table.shape).

    CPTs that the plan does without get zeros."""
    plan = evaluation.sweep.plan
    leaves = {node: leaf for node, leaf in enumerate(plan.leaves) if leaf.kind is Kind.CPT}
    found = evaluation.backward(leaves, seed)
    derivatives = {
        name: np.zeros((seed.shape[-1], *cpt.table.shape)) for name, cpt in network.cpts.items()
    }
    for node, leaf in leaves.items():
        scope = evaluation.sweep.scopes[node]
        own = [scope.index(axis) for axis in leaf.axes if axis in scope]
        place = tuple(_place(axis, evaluation.prepared) for axis in leaf.axes)
        relative = evaluation.relative(found[node].transpose(-1, *own))
        derivatives[leaf.variable][:, *place] = relative
    return derivatives


def _place(axis: Axis, prepared: Prepared) -> int | slice:
    """Where a sliced axis was cut; all of an axis that was not."""
    return prepared.chosen[axis.variable] if isinstance(axis, Observed) else slice(None)
