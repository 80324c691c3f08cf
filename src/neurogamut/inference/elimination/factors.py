"""The tables that a plan starts from: CPTs and evidence, their axes in the plan's order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from math import prod

import numpy as np

from ...network import Network
from .contraction import Observed, Scope
from .plan import EliminationPlan, Kind, Leaf

#: A table that is worked out before any evidence is known has at most this many entries (512 KiB).
LARGEST_AHEAD = 2**16

#: For each observed variable the index of its state, or an array of them (rows,).
Chosen = Mapping[str, "int | np.ndarray"]
#: The arrays of nodes of a plan, of shape (*scope, rows).
Values = Mapping[int, np.ndarray]


@dataclass(eq=False)
class EvidenceTable:
    """Numbers with one axis per variable of `scope`, then one per evidence axis of `index`."""

    scope: Scope
    index: tuple[Observed, ...]
    array: np.ndarray

    @cached_property
    def strides(self) -> list[tuple[str, int]]:
        """How many entries one state of each observed variable is from the next."""
        sizes = self.array.shape[len(self.scope) :]
        return [(axis.variable, prod(sizes[i + 1 :])) for i, axis in enumerate(self.index)]

    def position(self, chosen: Chosen) -> int | np.ndarray:
        """Where the evidence is along the flattened evidence axes."""
        return sum([stride * chosen[name] for name, stride in self.strides])

    def slice(self, chosen: Chosen) -> np.ndarray:
        """The numbers under the evidence, of shape (*scope, rows)."""
        flat = self.array.reshape(*self.array.shape[: len(self.scope)], -1)
        return flat[..., np.atleast_1d(self.position(chosen))]

    def slice_draws(self, draws: np.ndarray, chosen: Chosen) -> np.ndarray:
        """The same from other numbers, of the array's shape and a last axis of rows."""
        if not self.index:
            return draws
        flat = draws.reshape(*draws.shape[: len(self.scope)], -1, draws.shape[-1])
        position = self.position(chosen)
        if isinstance(position, int):
            return flat[..., position, :]
        return flat[..., position, np.arange(draws.shape[-1])]


def leaf_table(leaf: Leaf, network: Network, plan: EliminationPlan) -> EvidenceTable:
    """The table of a CPT or of a selection by evidence."""
    if leaf.kind is Kind.CPT:
        array = network.cpts[leaf.variable].table
    else:
        array = selection(plan.sizes[leaf.variable])
    order = leaf_order(leaf, plan)
    scope: list[str] = []
    index: list[Observed] = []
    for i in order:
        axis = leaf.axes[i]
        if isinstance(axis, str):
            scope.append(axis)
        else:
            index.append(axis)
    return EvidenceTable(tuple(scope), tuple(index), array.transpose(order))


def leaf_order(leaf: Leaf, plan: EliminationPlan) -> list[int]:
    """The transposition from a leaf's own axes to those of its table."""
    rank = plan.rank
    places = [rank[axis] for axis in leaf.axes]
    return sorted(range(len(places)), key=places.__getitem__)


def selection(states: int) -> np.ndarray:
    """Column 0 is for a variable that was not observed, column i + 1 for its state i."""
    return np.hstack([np.ones((states, 1)), np.eye(states)])
