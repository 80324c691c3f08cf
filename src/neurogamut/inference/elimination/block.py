"""A plan made ready for many rows of evidence, block by block of flat memory.

Each step is done by columns that rows share as long as these are few (condense.py), and what is
left by rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ...network import Network
from .condense import Coded, Positions, condensed, used
from .contraction import Scope, Semiring, aligned_shape, eliminated, product
from .factors import EvidenceTable, Values
from .lookup import MANY_ROWS, NOTHING, Ahead, Rest, likelihood_nodes, work_ahead
from .plan import EliminationPlan


class BlockStep:
    """What is left of a step: `arrays` are its tables aligned to its joint scope (..., columns),
    `messages` the shapes of what earlier steps leave."""

    def __init__(self, rest: Rest, plan: EliminationPlan):
        step = rest.step
        self.output = step.output
        self.entries = plan.size(step.scope)
        self.eliminates = step.variable is not None
        self.arrays = [_by_columns(table, step.scope, plan) for table in rest.tables]
        self.messages = {
            node: aligned_shape(plan.scopes[node], step.scope, plan.sizes) for node in rest.dynamic
        }

    def run(self, arrays: Sequence[np.ndarray], semiring: Semiring) -> np.ndarray:
        """The product, its first variable summed out."""
        arrays = sorted(arrays, key=np.size)
        return eliminated(arrays, semiring) if self.eliminates else product(arrays, semiring)


@dataclass(frozen=True, eq=False)
class Block:
    """The steps of a block of rows that are left to be run by rows, with their factors; `values`
    has virtual evidence (states, rows)."""

    steps: Sequence[tuple[BlockStep, Sequence[Coded]]]
    values: Values
    semiring: Semiring

    def run(self, rows: slice) -> np.ndarray:
        """P(targets, evidence) of some rows, of shape (*states of the targets, rows)."""
        values = {
            node: array if array.shape[-1] == 1 else array[..., rows]
            for node, array in self.values.items()
        }
        for step, factors in self.steps:
            arrays = _looked_up(factors, rows, self.semiring)
            arrays += [values[i].reshape(s) for i, s in step.messages.items() if i in values]
            values[step.output] = step.run(arrays, self.semiring)
        return values[self.steps[-1][0].output]


class BlockPlan:
    """A plan and a network's tables, ready for any rows of the evidence that it is made for."""

    def __init__(self, plan: EliminationPlan, network: Network, ahead: Ahead = MANY_ROWS):
        self.plan = plan
        self.network = network
        self.likelihoods = likelihood_nodes(plan)
        left = work_ahead(plan, network, ahead)
        self.steps = [BlockStep(rest, plan) for rest in left]
        tables = [table for rest in left for table in rest.tables]
        self.positions = Positions(tables, plan.pattern.selected)

    @cached_property
    def for_logarithms(self) -> BlockPlan:
        """The same with nothing worked out in plain probabilities."""
        return BlockPlan(self.plan, self.network, NOTHING)

    @property
    def largest(self) -> int:
        """Entries of the largest joint table that a run still forms, for one row."""
        return max(step.entries for step in self.steps)

    def block(
        self,
        states: Mapping[str, np.ndarray],
        likelihoods: Mapping[str, np.ndarray],
        semiring: Semiring,
    ) -> Block:
        """A block of rows (rows,) and (states, rows), all done that they share."""
        values = {self.likelihoods[k]: semiring.of(array) for k, array in likelihoods.items()}
        positions = self.positions.of(states)
        shared: dict[int, Coded] = {}
        left = []
        for step in self.steps:
            tables = [used(array, next(positions)).of(semiring) for array in step.arrays]
            earlier = [shared[i].reshaped(s) for i, s in step.messages.items() if i in shared]
            factors = condensed([*tables, *earlier], semiring.multiply)
            by_columns = len(factors) == 1 and step.messages.keys() <= shared.keys()
            if by_columns and step.eliminates:
                array = semiring.add.reduce(factors[0].array, axis=1)
                shared[step.output] = Coded(array, factors[0].codes)
            else:
                left.append((step, factors))
        return Block(left, values, semiring)


def _by_columns(table: EvidenceTable, joint: Scope, plan: EliminationPlan) -> np.ndarray:
    """A table aligned to a joint scope (columns, *scope), a column for each value of the
    evidence."""
    aligned = table.array.reshape(aligned_shape(table.scope, joint, plan.sizes))
    return np.ascontiguousarray(np.moveaxis(aligned, -1, 0))


def _looked_up(factors: Sequence[Coded], rows: slice, semiring: Semiring) -> list[np.ndarray]:
    """The product of the factors of each scope, (*scope, rows)."""
    by_scope: dict[tuple[int, ...], list[np.ndarray]] = {}
    for factor in factors:
        by_scope.setdefault(factor.array.shape[1:], []).append(factor.rows(rows))
    products = (product(arrays, semiring) for arrays in by_scope.values())
    return [np.ascontiguousarray(np.moveaxis(array, 0, -1)) for array in products]
