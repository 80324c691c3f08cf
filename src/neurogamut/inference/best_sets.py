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

from .subset_sweep import SubsetSweep


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
    tails = sweep.tails()
    effects = np.array([1 - sweep.leak, sweep.leak])
    heap = [_Node(-_expected(tails[0], effects), (), 0, 1.0, effects)]
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
    weight = node.weight * float(sweep.absent[cause])
    yield _Node(-weight * _expected(tail, node.effects), node.chosen, decided, weight, node.effects)
    weight = node.weight * float(sweep.present[cause])
    (without, triggered), link = node.effects, sweep.link[cause]
    effects = np.array([without * (1 - link), triggered + without * link])
    worth = weight * _expected(tail, effects)
    yield _Node(-worth, (*node.chosen, cause), decided, weight, effects)


def _expected(tail: np.ndarray, effects: np.ndarray) -> float:
    """The tail's mean over subsets of independently triggered effects."""
    for without, triggered in effects.T[::-1]:
        low, high = tail.reshape(2, -1)
        tail = without * low + triggered * high
    return float(tail[0])
