"""The k most probable sets of causes, exactly, by best-first search.

Causes are decided one after the other. A node, the decisions so far, is worth the probability of
all sets that agree with it, which the subset recursion gives exactly. No set below a node can be
worth more than the node, so the first k complete nodes that come up are the k best. And at most
1/p nodes of a level can be worth p, so about causes/p nodes are opened for a k-th best set of p.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from heapq import heappop, heappush

import numpy as np

from .subset_sweep import SubsetSweep, expected


@dataclass(frozen=True, order=True)
class _Node:
    negative_worth: float
    chosen: tuple[int, ...]
    decided: int
    weight: float = field(compare=False)
    #: P(each effect is not, or is, triggered by the leak and the chosen causes), shape (2, m).
    effects: np.ndarray = field(compare=False)


def best_sets(sweep: SubsetSweep) -> Iterator[tuple[tuple[int, ...], float]]:
    """Sets of causes in falling order of P(set, evidence), with it. Ties in order of position."""
    tails, effects = sweep.tails, sweep.leaked
    heap = [_Node(-expected(tails[0], effects[None])[0], (), 0, 1.0, effects)]
    while heap:
        node = heappop(heap)
        if node.decided == len(sweep.present):
            yield node.chosen, -node.negative_worth
            continue
        for child in _children(sweep, tails[node.decided + 1], node):
            if child.negative_worth < 0:
                heappush(heap, child)


def _children(sweep: SubsetSweep, tail: np.ndarray, node: _Node) -> Iterator[_Node]:
    """The node with the next cause absent, and present."""
    cause, decided = node.decided, node.decided + 1
    effects = np.array([node.effects, sweep.also(node.effects, cause)])
    weights = node.weight * np.array([sweep.absent[cause], sweep.present[cause]])
    worths = weights * expected(tail, effects)
    for present in (0, 1):
        chosen = (*node.chosen, cause) if present else node.chosen
        yield _Node(-float(worths[present]), chosen, decided, weights[present], effects[present])
