"""A plan made ready to run: all that does not depend on the values of the evidence is done.

Tables keep an axis for each observed variable as long as they stay small. Then most of the
elimination happens once, and a case only looks rows up, multiplies them and finishes the rest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from math import prod
from typing import NamedTuple

import numpy as np

from ..network import Network
from .contraction import LINEAR, Scope, Semiring, aligned_shape, product, sum_product
from .plan import Kind, Plan, Step, in_order
from .tables import Chosen, Table, Values, leaf_table


class Ahead(NamedTuple):
    """How much is done before any evidence is known: `entries` of a table that is worked out, and
    of tables that are `joined` because they are looked up together."""

    entries: int
    joined: int


#: Many rows pay for larger tables (2 MiB, 256 KiB) than the first case of a pattern.
MANY_ROWS = Ahead(2**18, 2**15)
ONE_CASE = Ahead(2**16, 2**12)


class Rows:
    """Tables of one scope, stacked as rows that the evidence chooses from."""

    def __init__(self, tables: Sequence[Table], joint: Scope, plan: Plan):
        size = plan.size(tables[0].scope)
        stacked = [table.array.reshape(size, -1).T for table in tables]
        starts = np.cumsum([0, *map(len, stacked)]).tolist()
        self.table = np.ascontiguousarray(np.concatenate(stacked))
        self.shape = aligned_shape(tables[0].scope, joint, plan.sizes)
        self.members = list(zip(starts[:-1], tables, strict=True))
        self._layouts: dict[tuple[bool, bool], np.ndarray] = {}

    def value(self, values: Values, chosen: Chosen, semiring: Semiring) -> np.ndarray:
        """The product of the rows that the evidence chooses, aligned to the joint scope."""
        rows = [start + member.position(chosen) for start, member in self.members]
        if isinstance(rows[0], int):
            table = self._layout(semiring, batched=False).take(rows, axis=0)
            return semiring.multiply.reduce(table, axis=0).reshape(self.shape)
        rows.sort(key=np.size, reverse=True)  # one row may stand for all
        table = self._layout(semiring, batched=True)
        total = table.take(rows[0], axis=1)
        for row in rows[1:]:
            semiring.multiply(total, table.take(row, axis=1), out=total)
        return total.reshape(self.shape)

    def _layout(self, semiring: Semiring, batched: bool) -> np.ndarray:
        """The table in the semiring's numbers; for a batch transposed, so that it is read and
        written along the rows of the batch."""
        key = (semiring.logarithmic, batched)
        if key not in self._layouts:
            table = semiring.of(self.table)
            self._layouts[key] = np.ascontiguousarray(table.T) if batched else table
        return self._layouts[key]


class Message:
    """What an earlier step left, aligned to a joint scope."""

    def __init__(self, node: int, joint: Scope, plan: Plan):
        self.node = node
        self.shape = aligned_shape(plan.scopes[node], joint, plan.sizes)

    def value(self, values: Values, chosen: Chosen, semiring: Semiring) -> np.ndarray:
        return values[self.node].reshape(self.shape)


class RunnableStep:
    """What is left of a step: look its rows up, take what earlier steps left, multiply, sum."""

    def __init__(self, step: Step, tables: Sequence[Table], dynamic: Sequence[int], plan: Plan):
        """`tables` are looked up, `dynamic` are the nodes of earlier steps."""
        self.output = step.output
        self.entries = plan.size(step.scope)
        self.eliminates = step.variable is not None
        by_scope = groupby(sorted(tables, key=_scope_key), key=_scope_key)
        rows = [Rows(list(group), step.scope, plan) for _, group in by_scope]
        messages = [Message(node, step.scope, plan) for node in dynamic]
        self.factors = sorted([*rows, *messages], key=lambda factor: abs(prod(factor.shape)))

    def run(self, values: Values, chosen: Chosen, semiring: Semiring) -> np.ndarray:
        arrays = [factor.value(values, chosen, semiring) for factor in self.factors]
        if not self.eliminates:
            return product(arrays, semiring)
        if len(arrays) == 1:
            return semiring.add.reduce(arrays[0], axis=0)
        return sum_product(product(arrays[:-1], semiring), arrays[-1], (0,), semiring)


class LookupPlan:
    """A plan and a network's tables, ready for any values of the evidence that it is made for."""

    def __init__(self, plan: Plan, network: Network, ahead: Ahead = MANY_ROWS):
        self.plan = plan
        self._ahead = ahead
        self.likelihoods = {
            leaf.variable: i for i, leaf in enumerate(plan.leaves) if leaf.kind is Kind.LIKELIHOOD
        }
        self.steps: list[RunnableStep] = []
        tables = {
            i: leaf_table(leaf, network, plan)
            for i, leaf in enumerate(plan.leaves)
            if leaf.kind is not Kind.LIKELIHOOD
        }
        for step in plan.steps:
            self._add(step, tables)

    @property
    def largest(self) -> int:
        """Entries of the largest joint table that a run still forms, for one row."""
        return max(step.entries for step in self.steps)

    def _add(self, step: Step, tables: dict[int, Table]) -> None:
        """Do the step now if its inputs are known and its output is small; else later."""
        known = [tables[i] for i in step.inputs if i in tables]
        dynamic = [i for i in step.inputs if i not in tables]
        last = step is self.plan.steps[-1]
        entries = self.plan.size((*step.kept, *_joint_index(known, self.plan)))
        if not dynamic and not last and entries <= self._ahead.entries:
            tables[step.output] = _work_out(step, known, self.plan)
        else:
            joined = _join(known, self.plan, self._ahead.joined)
            self.steps.append(RunnableStep(step, joined, dynamic, self.plan))

    def run(
        self, chosen: Chosen, likelihoods: Mapping[str, np.ndarray], semiring: Semiring
    ) -> np.ndarray:
        """P(targets, evidence) of shape (*states of the targets, rows), as the semiring has it.

        `likelihoods` has arrays of shape (states, rows)."""
        values = {self.likelihoods[k]: semiring.of(array) for k, array in likelihoods.items()}
        for step in self.steps:
            values[step.output] = step.run(values, chosen, semiring)
        return values[self.steps[-1].output]


def _work_out(step: Step, tables: Sequence[Table], plan: Plan) -> Table:
    """The output of a step for every value of the evidence."""
    total = _product(step.scope, tables, plan)
    if step.variable is None:
        return total
    return Table(step.kept, total.index, np.add.reduce(total.array, axis=0))


def _product(scope: Scope, tables: Sequence[Table], plan: Plan) -> Table:
    """The product of tables over a joint scope, for every value of the evidence."""
    index = _joint_index(tables, plan)
    joint = (*scope, *index)
    shapes = [aligned_shape((*t.scope, *t.index), joint, plan.sizes)[:-1] for t in tables]
    arrays = [table.array.reshape(shape) for table, shape in zip(tables, shapes, strict=True)]
    arrays.sort(key=np.size)  # few of the products are large then
    return Table(scope, index, product(arrays, LINEAR))


def _join(tables: Sequence[Table], plan: Plan, largest: int) -> list[Table]:
    """Multiply tables into others that have all their variables, as long as these have at most
    `largest` entries."""
    joined: list[Table] = []
    for table in sorted(tables, key=lambda table: (-plan.size(table.scope), len(table.index) > 0)):
        host = next(
            (i for i, other in enumerate(joined) if _fits(table, other, plan, largest)), None
        )
        if host is None:
            joined.append(table)
        else:
            joined[host] = _product(joined[host].scope, [joined[host], table], plan)
    return joined


def _fits(table: Table, host: Table, plan: Plan, largest: int) -> bool:
    if not set(table.scope) <= set(host.scope):
        return False
    entries = plan.size((*host.scope, *_joint_index([host, table], plan)))
    return entries <= largest or not table.index


def _joint_index(tables: Sequence[Table], plan: Plan) -> Scope:
    return in_order({axis for table in tables for axis in table.index}, plan.rank)


def _scope_key(table: Table) -> str:
    return repr(table.scope)
