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
from .contraction import LINEAR, Scope, Semiring, aligned_shape, eliminated, product
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


class Rest(NamedTuple):
    """A step that evidence has to run: its known tables, and the nodes that are not known."""

    step: Step
    tables: Sequence[Table]
    dynamic: Sequence[int]


class Rows:
    """Tables of one scope, stacked as rows that the evidence chooses from."""

    def __init__(self, tables: Sequence[Table], joint: Scope, plan: Plan):
        size = plan.size(tables[0].scope)
        stacked = [table.array.reshape(size, -1).T for table in tables]
        starts = np.cumsum([0, *map(len, stacked)]).tolist()
        self.table = np.ascontiguousarray(np.concatenate(stacked))
        self.shape = aligned_shape(tables[0].scope, joint, plan.sizes)
        self.members = list(zip(starts[:-1], tables, strict=True))
        self._tables: dict[bool, np.ndarray] = {}

    def value(self, values: Values, chosen: Chosen, semiring: Semiring) -> np.ndarray:
        """The product of the rows that the evidence chooses, aligned to the joint scope."""
        rows = [start + member.position(chosen) for start, member in self.members]
        table = self._in(semiring).take(rows, axis=0)
        return semiring.multiply.reduce(table, axis=0).reshape(self.shape)

    def _in(self, semiring: Semiring) -> np.ndarray:
        """The table in the semiring's numbers."""
        if semiring.logarithmic not in self._tables:
            self._tables[semiring.logarithmic] = semiring.of(self.table)
        return self._tables[semiring.logarithmic]


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
        self.eliminates = step.variable is not None
        by_scope = groupby(sorted(tables, key=_scope_key), key=_scope_key)
        rows = [Rows(list(group), step.scope, plan) for _, group in by_scope]
        messages = [Message(node, step.scope, plan) for node in dynamic]
        self.factors = sorted([*rows, *messages], key=lambda factor: abs(prod(factor.shape)))

    def run(self, values: Values, chosen: Chosen, semiring: Semiring) -> np.ndarray:
        arrays = [factor.value(values, chosen, semiring) for factor in self.factors]
        return eliminated(arrays, semiring) if self.eliminates else product(arrays, semiring)


class LookupPlan:
    """A plan and a network's tables, ready for any case with the evidence that it is made for."""

    def __init__(self, plan: Plan, network: Network):
        self.likelihoods = likelihood_nodes(plan)
        left = work_ahead(plan, network, ONE_CASE)
        self.steps = [RunnableStep(*rest, plan) for rest in left]

    def run(
        self, chosen: Chosen, likelihoods: Mapping[str, np.ndarray], semiring: Semiring
    ) -> np.ndarray:
        """P(targets, evidence) of shape (*states of the targets, 1), as the semiring has it.

        `likelihoods` has arrays of shape (states, 1)."""
        values = {self.likelihoods[k]: semiring.of(array) for k, array in likelihoods.items()}
        for step in self.steps:
            values[step.output] = step.run(values, chosen, semiring)
        return values[self.steps[-1].output]


def likelihood_nodes(plan: Plan) -> dict[str, int]:
    """The leaves of a plan that virtual evidence brings along, by variable."""
    leaves = enumerate(plan.leaves)
    return {leaf.variable: node for node, leaf in leaves if leaf.kind is Kind.LIKELIHOOD}


def work_ahead(plan: Plan, network: Network, ahead: Ahead) -> list[Rest]:
    """Do each step now if its inputs are known and its output is small. Gives what is left."""
    tables = {
        node: leaf_table(leaf, network, plan)
        for node, leaf in enumerate(plan.leaves)
        if leaf.kind is not Kind.LIKELIHOOD
    }
    left = []
    for step in plan.steps:
        known = [tables[i] for i in step.inputs if i in tables]
        dynamic = [i for i in step.inputs if i not in tables]
        last = step is plan.steps[-1]
        entries = plan.size((*step.kept, *_joint_index(known, plan)))
        if not dynamic and not last and entries <= ahead.entries:
            tables[step.output] = _work_out(step, known, plan)
        else:
            left.append(Rest(step, _join(known, plan, ahead.joined), dynamic))
    return left


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
