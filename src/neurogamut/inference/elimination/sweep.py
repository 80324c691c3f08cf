"""Forward and backward over a plan: P(e) as a polynomial of the tables, and its derivatives.

P(e) is multilinear in the CPT entries (Darwiche 2003). A forward pass evaluates it; one backward
pass gives its derivative in every table met on the way, and from these follow all marginals and
all dP(e)/dtheta. Steps are broken into products of two, whose derivatives need no division.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ...network import Network
from .contraction import LINEAR, Scope, Semiring, aligned_shape, sum_product
from .factors import (
    LARGEST_AHEAD,
    Chosen,
    EvidenceTable,
    Values,
    leaf_order,
    leaf_table,
)
from .plan import EliminationPlan, Kind, Step, in_order

#: Replacements of CPTs, of shape (rows, *table.shape).
Draws = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Contraction:
    """`output` is the product of at most two inputs, the first axis summed out where `sums`.

    `shapes` align the inputs, and `kept` the output, with the joint of both; `lacking` are the
    joint's axes that each input does not have.
    """

    inputs: tuple[int, ...]
    output: int
    sums: bool
    shapes: tuple[tuple[int, ...], ...]
    kept: tuple[int, ...]
    lacking: tuple[tuple[int, ...], ...]

    def forward(self, values: Values, semiring: Semiring) -> np.ndarray:
        """The value of the output."""
        aligned = [values[i].reshape(s) for i, s in zip(self.inputs, self.shapes, strict=True)]
        if len(aligned) == 2:
            return sum_product(aligned[0], aligned[1], (0,) if self.sums else (), semiring)
        if not aligned:
            return np.array([semiring.one])
        return semiring.add.reduce(aligned[0], axis=0) if self.sums else aligned[0]

    def backward(
        self, which: int, derivative: np.ndarray, values: Values, semiring: Semiring
    ) -> np.ndarray:
        """The derivative in one input, from the derivative in the output."""
        derivative = derivative.reshape(self.kept)
        if len(self.inputs) == 1:
            return np.broadcast_to(derivative, (*self.shapes[0][:-1], derivative.shape[-1]))
        other = values[self.inputs[1 - which]].reshape(self.shapes[1 - which])
        return sum_product(derivative, other, self.lacking[which], semiring)


class Sweep:
    """A plan in contractions. Their numbering extends the plan's by the products in between.

    Each node is used once, so that the contractions form a tree with the answer at its root.
    """

    def __init__(
        self, plan: EliminationPlan, network: Network, varying: frozenset[str] = frozenset()
    ):
        """`varying` names the variables whose CPTs each run brings along."""
        self.plan = plan
        self.varying = varying
        self.root = plan.steps[-1].output
        self.scopes: dict[int, Scope] = dict(enumerate(plan.scopes))
        self.tables: dict[int, EvidenceTable] = {}
        #: Values that depend neither on evidence nor on what varies.
        self.fixed: dict[int, np.ndarray] = {}
        for node, leaf in enumerate(plan.leaves):
            if leaf.kind is not Kind.LIKELIHOOD:
                self._add_leaf(node, leaf_table(leaf, network, plan))
        self.contractions: list[Contraction] = []
        for step in plan.steps:
            self._add(step)

    def leaves(
        self, chosen: Chosen, likelihoods: Mapping[str, np.ndarray], cpts: Draws
    ) -> dict[int, np.ndarray]:
        """The values of the leaves that vary: CPTs under the evidence, likelihoods (states, rows)
        and `cpts`, of shape (rows, *table.shape)."""
        values = {}
        for node, leaf in enumerate(self.plan.leaves):
            if leaf.kind is Kind.LIKELIHOOD:
                values[node] = likelihoods[leaf.variable]
            elif leaf.kind is Kind.CPT and leaf.variable in cpts:
                drawn = np.moveaxis(cpts[leaf.variable], 0, -1)
                order = (*leaf_order(leaf, self.plan), -1)
                values[node] = self.tables[node].slice_draws(drawn.transpose(order), chosen)
            elif node not in self.fixed:
                values[node] = self.tables[node].slice(chosen)
        return values

    def forward(self, leaves: Values, semiring: Semiring) -> dict[int, np.ndarray]:
        """The value of every node, of shape (*scope, rows), from the leaves that vary."""
        fixed = self.fixed
        if semiring.logarithmic:  # a product of plain probabilities may have underflowed
            fixed = {node: array for node, array in fixed.items() if node in self.tables}
        values = {node: semiring.of(array) for node, array in {**fixed, **leaves}.items()}
        for contraction in self.contractions:
            if contraction.output not in values:
                values[contraction.output] = contraction.forward(values, semiring)
        return values

    def backward(
        self, values: Values, seed: np.ndarray, wanted: Iterable[int], semiring: Semiring
    ) -> dict[int, np.ndarray]:
        """The derivative of the root, weighted by `seed`, in each node that is wanted."""
        needed = self._on_the_way(wanted)
        derivatives = {self.root: seed}
        for contraction in reversed(self.contractions):
            for which, node in enumerate(contraction.inputs):
                if node in needed:
                    above = derivatives[contraction.output]
                    derivatives[node] = contraction.backward(which, above, values, semiring)
        return derivatives

    @cached_property
    def smallest(self) -> dict[str, int]:
        """For each variable that is not sliced, the smallest node that has it in its scope."""
        nodes: dict[str, int] = {}
        for node in sorted(self.scopes, key=self._size, reverse=True):
            nodes.update(dict.fromkeys(self.scopes[node], node))
        return nodes

    # -- making the contractions ----------------------------------------------------------------

    def _add_leaf(self, node: int, table: EvidenceTable) -> None:
        self.tables[node] = table
        if not table.index and self.plan.leaves[node].variable not in self.varying:
            self.fixed[node] = table.array[..., None]

    def _add(self, step: Step) -> None:
        """Break a step: the smallest table meets the one with which its product is smallest."""
        inputs = list(step.inputs)
        while len(inputs) > 2:
            left = min(inputs, key=self._size)
            inputs.remove(left)
            right = min(inputs, key=lambda i: self._affinity(left, i))
            inputs.remove(right)
            inputs.append(self._multiply(left, right))
        self._contract(tuple(inputs), step.output, step.scope, step.variable is not None)

    def _affinity(self, left: int, right: int) -> tuple[int, bool]:
        """The size of a product, the smaller the better, and whether it mixes fixed and varying."""
        joint = self.plan.size(tuple({*self.scopes[left], *self.scopes[right]}))
        return joint, (left in self.fixed) != (right in self.fixed)

    def _multiply(self, left: int, right: int) -> int:
        scope = in_order({*self.scopes[left], *self.scopes[right]}, self.plan.rank)
        output = len(self.scopes)
        self.scopes[output] = scope
        self._contract((left, right), output, scope, sums=False)
        return output

    def _contract(self, inputs: tuple[int, ...], output: int, scope: Scope, sums: bool) -> None:
        def aligned(part: Scope) -> tuple[int, ...]:
            return aligned_shape(part, scope, self.plan.sizes)

        scopes = [self.scopes[i] for i in inputs]
        contraction = Contraction(
            inputs,
            output,
            sums,
            shapes=tuple(map(aligned, scopes)),
            kept=aligned(scope[1:] if sums else scope),
            lacking=tuple(tuple(i for i, a in enumerate(scope) if a not in s) for s in scopes),
        )
        self.contractions.append(contraction)
        if all(i in self.fixed for i in inputs) and self._size(output) <= LARGEST_AHEAD:
            self.fixed[output] = contraction.forward(self.fixed, LINEAR)

    @property
    def largest(self) -> int:
        """Entries of the largest joint table, for one row."""
        return self.plan.size(self.plan.largest.scope)

    def _size(self, node: int) -> int:
        return self.plan.size(self.scopes[node])

    def _on_the_way(self, wanted: Iterable[int]) -> set[int]:
        """The wanted nodes and those between them and the root."""
        needed = set(wanted)
        for contraction in self.contractions:
            if not needed.isdisjoint(contraction.inputs):
                needed.add(contraction.output)
        return needed
