"""A plan made ready to run: all that does not depend on the values of the evidence is done.

Tables keep an axis for each observed variable as long as they stay small. Then most of the
elimination happens once, and a case only looks rows up, multiplies them and finishes the rest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from itertools import accumulate
from math import prod
from operator import attrgetter
from typing import Any, NamedTuple

import numpy as np

from ...network import Network
from .contraction import LINEAR, Axes, Observed, Scope, Semiring, aligned_shape, eliminated, product
from .factors import Chosen, EvidenceTable, Values, leaf_table
from .plan import EliminationPlan, Kind, Step, in_order


class Ahead(NamedTuple):
    """How much is done before any evidence is known: `entries` of a table that is worked out, and
    of tables that are `joined` because they are looked up together."""

    entries: int
    joined: int


#: Many rows pay for larger tables (2 MiB, 256 KiB) than the first case of a pattern.
MANY_ROWS = Ahead(2**18, 2**15)
ONE_CASE = Ahead(2**13, 2**10)
#: Where a product of plain probabilities might underflow.
NOTHING = Ahead(0, 0)


class Rest(NamedTuple):
    """A step that evidence has to run: its known tables, and the nodes that are not known."""

    step: Step
    tables: Sequence[EvidenceTable]
    dynamic: Sequence[int]


class Rows:
    """Tables of one scope, stacked as rows that the evidence chooses from."""

    def __init__(self, tables: Sequence[EvidenceTable], joint: Scope, plan: EliminationPlan):
        size = plan.size(tables[0].scope)
        stacked = [table.array.reshape(size, -1).T for table in tables]
        starts = [0, *accumulate(map(len, stacked))]
        whole = np.concatenate(stacked) if len(stacked) > 1 else stacked[0]
        self.table = np.ascontiguousarray(whole)
        self.shape = aligned_shape(tables[0].scope, joint, plan.sizes)
        self.members = list(zip(starts, tables, strict=False))
        self._tables: dict[bool, np.ndarray] = {}

    def value(self, values: Values, chosen: Chosen, semiring: Semiring) -> np.ndarray:
        """The product of the rows that the evidence chooses, aligned to the joint scope."""
        rows: list[Any] = [start + member.position(chosen) for start, member in self.members]
        table = self._in(semiring).take(rows, axis=0)
        return semiring.multiply.reduce(table, axis=0).reshape(self.shape)

    def _in(self, semiring: Semiring) -> np.ndarray:
        """The table in the semiring's numbers."""
        if semiring.logarithmic not in self._tables:
            self._tables[semiring.logarithmic] = semiring.of(self.table)
        return self._tables[semiring.logarithmic]


class Message:
    """What an earlier step left, aligned to a joint scope."""

    def __init__(self, node: int, joint: Scope, plan: EliminationPlan):
        self.node = node
        self.shape = aligned_shape(plan.scopes[node], joint, plan.sizes)

    def value(self, values: Values, chosen: Chosen, semiring: Semiring) -> np.ndarray:
        return values[self.node].reshape(self.shape)


class RunnableStep:
    """What is left of a step: look its rows up, take what earlier steps left, multiply, sum."""

    def __init__(
        self,
        step: Step,
        tables: Sequence[EvidenceTable],
        dynamic: Sequence[int],
        plan: EliminationPlan,
    ):
        """`tables` are looked up, `dynamic` are the nodes of earlier steps."""
        self.output = step.output
        self.eliminates = step.variable is not None
        by_scope: dict[Scope, list[EvidenceTable]] = {}
        for table in tables:
            by_scope.setdefault(table.scope, []).append(table)
        rows = [Rows(group, step.scope, plan) for group in by_scope.values()]
        messages = [Message(node, step.scope, plan) for node in dynamic]
        factors: list[Rows | Message] = [*rows, *messages]
        self.factors = sorted(factors, key=lambda factor: abs(prod(factor.shape)))

    def run(self, values: Values, chosen: Chosen, semiring: Semiring) -> np.ndarray:
        arrays = [factor.value(values, chosen, semiring) for factor in self.factors]
        return eliminated(arrays, semiring) if self.eliminates else product(arrays, semiring)


class LookupPlan:
    """A plan and a network's tables, ready for any case with the evidence that it is made for."""

    def __init__(self, plan: EliminationPlan, network: Network, ahead: Ahead = ONE_CASE):
        self.plan = plan
        self.network = network
        self.likelihoods = likelihood_nodes(plan)
        left = work_ahead(plan, network, ahead)
        self.steps = [RunnableStep(*rest, plan) for rest in left]

    @cached_property
    def for_logarithms(self) -> LookupPlan:
        """The same with nothing worked out in plain probabilities."""
        return LookupPlan(self.plan, self.network, NOTHING)

    def run(
        self, chosen: Chosen, likelihoods: Mapping[str, np.ndarray], semiring: Semiring
    ) -> np.ndarray:
        """P(targets, evidence) of shape (*states of the targets, 1), as the semiring has it.

        `likelihoods` has arrays of shape (states, 1)."""
        values = {self.likelihoods[k]: semiring.of(array) for k, array in likelihoods.items()}
        for step in self.steps:
            values[step.output] = step.run(values, chosen, semiring)
        return values[self.steps[-1].output]


def likelihood_nodes(plan: EliminationPlan) -> dict[str, int]:
    """The leaves of a plan that virtual evidence brings along, by variable."""
    leaves = enumerate(plan.leaves)
    return {leaf.variable: node for node, leaf in leaves if leaf.kind is Kind.LIKELIHOOD}


def work_ahead(plan: EliminationPlan, network: Network, ahead: Ahead) -> list[Rest]:
    """Do each step now if its inputs are known and its output is small. Gives what is left."""
    tables = {
        node: leaf_table(leaf, network, plan)
        for node, leaf in enumerate(plan.leaves)
        if leaf.kind is not Kind.LIKELIHOOD
    }
    left = []
    for step in plan.steps[:-1]:
        dynamic = [i for i in step.inputs if i not in tables]
        known = [tables[i] for i in step.inputs if i in tables]
        index = _joint_index(known, plan)
        if dynamic or plan.size((*step.kept, *index)) > ahead.entries:
            left.append(Rest(step, _join(known, plan, ahead.joined), dynamic))
        else:
            total = _product(step.scope, index, known, plan)
            tables[step.output] = EvidenceTable(step.kept, index, np.add.reduce(total, axis=0))
    last = plan.steps[-1]
    dynamic = [i for i in last.inputs if i not in tables]
    known = [tables[i] for i in last.inputs if i in tables]
    return [*left, Rest(last, _join(known, plan, ahead.joined), dynamic)]


def _product(
    scope: Scope,
    index: tuple[Observed, ...],
    tables: Sequence[EvidenceTable],
    plan: EliminationPlan,
) -> np.ndarray:
    """The product of tables over a joint scope, for every value of the evidence."""
    if len(tables) == 1:
        return tables[0].array  # its axes are in order already
    sizes = plan.sizes
    joint: Axes = (*scope, *index)
    arrays = []
    for table in tables:
        own: Axes = (*table.scope, *table.index)
        shape = [sizes[axis] if axis in own else 1 for axis in joint]
        arrays.append(table.array.reshape(shape))
    arrays.sort(key=attrgetter("size"))  # few of the products are large then
    return product(arrays, LINEAR)


def _join(
    tables: Sequence[EvidenceTable], plan: EliminationPlan, largest: int
) -> list[EvidenceTable]:
    """Multiply tables into others that have all their variables, as long as these have at most
    `largest` entries; none where that is 0."""
    if not largest:
        return list(tables)
    joined: list[EvidenceTable] = []
    for table in sorted(tables, key=lambda table: (-plan.size(table.scope), len(table.index) > 0)):
        host = next(
            (i for i, other in enumerate(joined) if _fits(table, other, plan, largest)), None
        )
        if host is None:
            joined.append(table)
        else:
            both = [joined[host], table]
            scope, index = joined[host].scope, _joint_index(both, plan)
            joined[host] = EvidenceTable(scope, index, _product(scope, index, both, plan))
    return joined


def _fits(table: EvidenceTable, host: EvidenceTable, plan: EliminationPlan, largest: int) -> bool:
    if not set(table.scope) <= set(host.scope):
        return False
    return not table.index or plan.size((*host.scope, *{*host.index, *table.index})) <= largest


def _joint_index(tables: Sequence[EvidenceTable], plan: EliminationPlan) -> tuple[Observed, ...]:
    indices = [table.index for table in tables if table.index]
    if len(indices) < 2:
        return indices[0] if indices else ()
    return in_order(set().union(*indices), plan.rank)
