"""A plan: which factors a query multiplies and which variables it sums out, in what order.

A plan depends on which variables are observed, not on what was observed, so one plan serves a
cohort. `print(plan)` shows it as a costed table.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from math import prod
from typing import NamedTuple

from ..errors import QueryTooLargeError
from ..network import Network
from .contraction import Scope
from .ordering import elimination_order

BYTES = 8


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


class Observed(NamedTuple):
    """The axis of a table that evidence on a variable indexes."""

    variable: str


class Kind(Enum):
    """Where the numbers of a leaf come from."""

    CPT = "P"
    SELECTION = "observed"
    LIKELIHOOD = "likelihood"


@dataclass(frozen=True)
class Leaf:
    """A factor that a plan starts from. `axes` is the order of the axes of its table."""

    kind: Kind
    variable: str
    axes: Scope

    def __str__(self) -> str:
        return f"{self.kind.value}({self.variable})"


@dataclass(frozen=True)
class Step:
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
class Plan:
    """Nodes are numbered: first the leaves, then the output of each step; the last is the answer.

    `sizes` gives the length of every axis, `rank` the order in which axes are kept in any scope:
    variables as they are eliminated, then the targets, then the axes that evidence indexes.
    """

    pattern: Pattern
    leaves: tuple[Leaf, ...]
    steps: tuple[Step, ...]
    sizes: Mapping[object, int]
    rank: Mapping[object, int]

    def size(self, scope: Scope) -> int:
        """Entries of a table over the scope."""
        return prod(self.sizes[axis] for axis in scope)

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

    def check_memory(self, limit: int) -> None:
        """Raises QueryTooLargeError where a joint table would exceed `limit` bytes."""
        size = self.size(self.largest.scope) * BYTES
        if size > limit:
            raise QueryTooLargeError(
                f"exact inference needs a table of {size / 2**30:.3g} GiB over "
                f"{len(self.largest.scope)} variables ({', '.join(map(str, self.largest.scope))}); "
                f"the limit is {limit / 2**30:.3g} GiB"
            )

    def __str__(self) -> str:
        lines = [f"{'eliminate':<28}{'entries':>12}  product of"]
        names = [str(leaf) for leaf in self.leaves]
        for number, step in enumerate(self.steps, 1):
            terms = " ".join(names[i] for i in step.inputs)
            lines.append(f"{step.variable or '(answer)':<28}{self.size(step.scope):>12,}  {terms}")
            names.append(f"[{number}]")
        return "\n".join([*lines, f"{'total':<28}{self.cost:>12,}"])


def make_plan(network: Network, pattern: Pattern) -> Plan:
    """Drop barren variables, slice the evidence and choose an elimination order."""
    leaves = tuple(_leaves(network, pattern))
    sizes = {leaf.variable: len(network.variables[leaf.variable]) for leaf in leaves}
    sizes |= {Observed(name): sizes[name] for name in pattern.sliced}
    sizes |= {Observed(name): sizes[name] + 1 for name in pattern.selected}
    order = elimination_order([free_axes(leaf) for leaf in leaves], sizes, pattern.targets)
    indices = sorted({axis for leaf in leaves for axis in leaf.axes if isinstance(axis, Observed)})
    rank = {axis: i for i, axis in enumerate((*order, *pattern.targets, *indices))}
    return Plan(pattern, leaves, tuple(_steps(leaves, order, pattern.targets, rank)), sizes, rank)


def in_order(axes: Iterable[object], rank: Mapping[object, int]) -> Scope:
    """The axes as a scope of the plan."""
    return tuple(sorted(axes, key=rank.__getitem__))


def free_axes(leaf: Leaf) -> list[str]:
    """The axes of a leaf that are still variables."""
    return [axis for axis in leaf.axes if not isinstance(axis, Observed)]


def _leaves(network: Network, pattern: Pattern) -> Iterator[Leaf]:
    for name in _relevant(network, pattern):
        family = (*network.cpts[name].parents, name)
        axes = tuple(Observed(v) if v in pattern.sliced else v for v in family)
        yield Leaf(Kind.CPT, name, axes)
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
    leaves: Sequence[Leaf], order: Scope, targets: Scope, rank: Mapping[object, int]
) -> Iterator[Step]:
    """Bucket elimination (Dechter 1999): each bucket is one step, and the answer one more."""
    live = {number: in_order(free_axes(leaf), rank) for number, leaf in enumerate(leaves)}
    for output, variable in enumerate((*order, None), len(leaves)):
        inputs = tuple(i for i, scope in live.items() if variable is None or variable in scope)
        axes = in_order({axis for i in inputs for axis in live.pop(i)}, rank)
        step = Step(variable, inputs, output, targets if variable is None else axes)
        live[output] = step.kept
        yield step
