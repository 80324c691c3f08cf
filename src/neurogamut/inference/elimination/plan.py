"""A plan: which factors a query multiplies and which variables it sums out, in what order.

A plan depends on which variables are observed, not on what was observed, so one plan serves a
cohort. `print(plan)` shows it as a costed table.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from math import inf, prod
from typing import NamedTuple, TypeVar

from ...network import Network
from .contraction import Axes, Axis, Observed, Scope
from .ordering import check_table, elimination_order

AnyAxis = TypeVar("AnyAxis", bound=Axis)


class Pattern(NamedTuple):
    """What a plan depends on. The observed variables fall into three kinds:

    `sliced` are observed in every row, so that their axis is only an index; `selected` are
    observed in some rows, or are targets, and stay variables; `weighted` have virtual evidence.
    With `everything`, variables that have no bearing on the targets are kept as well.
    """

    targets: tuple[str, ...]
    sliced: frozenset[str] = frozenset()
    selected: frozenset[str] = frozenset()
    weighted: frozenset[str] = frozenset()
    everything: bool = False


class Kind(Enum):
    """Where the numbers of a leaf come from."""

    CPT = "P"
    SELECTION = "observed"
    LIKELIHOOD = "likelihood"


class Leaf(NamedTuple):
    """A factor that a plan starts from. `axes` is the order of the axes of its table."""

    kind: Kind
    variable: str
    axes: Axes

    def __str__(self) -> str:
        return f"{self.kind.value}({self.variable})"


class Step(NamedTuple):
    """Multiply the `inputs` over the joint `scope`, then sum out its first variable if named."""

    variable: str | None
    inputs: tuple[int, ...]
    output: int
    scope: Scope

    @property
    def kept(self) -> Scope:
        """The scope of the output."""
        return self.scope if self.variable is None else self.scope[1:]


@dataclass(frozen=True, eq=False)
class EliminationPlan:
    """Nodes are numbered: first the leaves, then the output of each step; the last is the answer.

    `sizes` gives the length of every axis, `rank` the order in which axes are kept in any scope:
    variables as they are eliminated, then the targets, then the axes that evidence indexes.
    """

    pattern: Pattern
    leaves: tuple[Leaf, ...]
    steps: tuple[Step, ...]
    sizes: Mapping[Axis, int]
    rank: Mapping[Axis, int]

    def size(self, scope: Axes) -> int:
        """Entries of a table over the scope."""
        return prod([self.sizes[axis] for axis in scope])

    @cached_property
    def scopes(self) -> tuple[Scope, ...]:
        """The variables of every node, without the axes that evidence indexes."""
        leaves = (in_order(free_axes(leaf), self.rank) for leaf in self.leaves)
        return (*leaves, *(step.kept for step in self.steps))

    @cached_property
    def largest(self) -> Step:
        """The step that forms the largest joint table."""
        return max(self.steps, key=lambda step: self.size(step.scope))

    @property
    def cost(self) -> int:
        """Entries of all joint tables together."""
        return sum(self.size(step.scope) for step in self.steps)

    def __str__(self) -> str:
        lines = [f"{'eliminate':<28}{'entries':>12}  product of"]
        names = [str(leaf) for leaf in self.leaves]
        for number, step in enumerate(self.steps, 1):
            terms = " ".join(names[i] for i in step.inputs)
            lines.append(f"{step.variable or '(answer)':<28}{self.size(step.scope):>12,}  {terms}")
            names.append(f"[{number}]")
        return "\n".join([*lines, f"{'total':<28}{self.cost:>12,}"])


def make_plan(network: Network, pattern: Pattern, limit: float = inf) -> EliminationPlan:
    """Drop barren variables, slice the evidence and choose an elimination order.

    Raises QueryTooLargeError where a joint table would exceed `limit` bytes."""
    leaves = tuple(_leaves(network, pattern))
    states = {leaf.variable: len(network.variables[leaf.variable].states) for leaf in leaves}
    scopes = [free_axes(leaf) for leaf in leaves]
    order = elimination_order(scopes, states, pattern.targets, limit)
    sizes: dict[Axis, int] = dict(states.items())
    indices = {name: Observed(name) for name in sorted(pattern.sliced | pattern.selected)}
    for name, axis in indices.items():
        sizes[axis] = sizes[name] + (name in pattern.selected)
    axes: Axes = (*order, *pattern.targets, *indices.values())
    rank = dict(zip(axes, range(len(axes)), strict=True))
    steps = tuple(_steps(scopes, order, pattern.targets, rank))
    plan = EliminationPlan(pattern, leaves, steps, sizes, rank)
    answer = steps[-1].scope  # the others were looked at in the search
    check_table(answer, plan.size(answer), limit)
    return plan


def in_order(axes: Iterable[AnyAxis], rank: Mapping[Axis, int]) -> tuple[AnyAxis, ...]:
    """The axes as a scope of the plan."""
    return tuple(sorted(axes, key=rank.__getitem__))


def free_axes(leaf: Leaf) -> list[str]:
    """The axes of a leaf that are still variables."""
    return [axis for axis in leaf.axes if not isinstance(axis, Observed)]


def _leaves(network: Network, pattern: Pattern) -> Iterator[Leaf]:
    axes: dict[str, Axis] = {name: Observed(name) for name in pattern.sliced}
    for name in _relevant(network, pattern):
        family = (*network.cpts[name].parents, name)
        yield Leaf(Kind.CPT, name, tuple([axes.get(v, v) for v in family]))
    for name in sorted(pattern.selected):
        yield Leaf(Kind.SELECTION, name, (name, Observed(name)))
    for name in sorted(pattern.weighted):
        yield Leaf(Kind.LIKELIHOOD, name, (name,))


def _relevant(network: Network, pattern: Pattern) -> list[str]:
    """Targets and evidence with their ancestors: all others sum to one (barren)."""
    if pattern.everything:
        return list(network.variables)
    relevant: set[str] = set()
    waiting = [*pattern.targets, *pattern.sliced, *pattern.selected, *pattern.weighted]
    while waiting:
        name = waiting.pop()
        if name not in relevant:
            relevant.add(name)
            waiting.extend(network.cpts[name].parents)
    return [name for name in network.variables if name in relevant]


def _steps(
    scopes: Sequence[Sequence[str]], order: Scope, targets: Scope, rank: Mapping[Axis, int]
) -> Iterator[Step]:
    """Bucket elimination (Dechter 1999): each bucket is one step, and the answer one more."""
    live: dict[int, Sequence[str]] = dict(enumerate(scopes))
    holders: dict[str, list[int]] = {name: [] for name in (*order, *targets)}
    for number, scope in live.items():
        for name in scope:
            holders[name].append(number)
    for output, variable in enumerate(order, len(scopes)):
        inputs = tuple([i for i in holders[variable] if i in live])
        axes = in_order({name for i in inputs for name in live.pop(i)}, rank)
        kept = axes[1:]
        for name in kept:
            holders[name].append(output)
        live[output] = kept
        yield Step(variable, inputs, output, axes)
    yield Step(None, tuple(live), len(scopes) + len(order), targets)
