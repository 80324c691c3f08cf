"""Greedy elimination orders. A graph is a list of bit masks: bit i of entry j is an edge i - j."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from math import log2

#: What to eliminate first, of a node: the least `score(node, neighbours, weight)`.
Score = Callable[[int, list[int], float], float]


def elimination_order(
    scopes: Sequence[Sequence[Hashable]],
    sizes: Mapping[Hashable, int],
    keep: Iterable[Hashable],
) -> tuple[Hashable, ...]:
    """The cheaper of the min-fill and min-weight orders that eliminate all but `keep`.

    `scopes` are the variables of each factor. The cost of an order is the number of entries of
    all joint tables that it forms (Koller and Friedman 2009, section 9.4.3).
    """
    names = list(dict.fromkeys(name for scope in scopes for name in scope))
    position = {name: i for i, name in enumerate(names)}
    graph = _moral_graph(scopes, position)
    bits = [log2(sizes[name]) for name in names]
    rest = set(range(len(names))) - {position[name] for name in keep if name in position}
    orders = [_greedy(list(graph), bits, set(rest), score) for score in (min_fill, min_weight)]
    cheapest = min(orders, key=lambda order_and_cost: order_and_cost[1])[0]
    return tuple(names[i] for i in cheapest)


def min_fill(node: int, neighbours: list[int], weight: float) -> float:
    """Edges that eliminating the node would add."""
    around = neighbours[node]
    return sum([(around & ~neighbours[i]).bit_count() - 1 for i in _members(around)])


def min_weight(node: int, neighbours: list[int], weight: float) -> float:
    """log2 of the entries of the joint table that eliminating the node would form."""
    return weight


def _moral_graph(scopes, position) -> list[int]:
    neighbours = [0] * len(position)
    for scope in scopes:
        clique = sum(1 << position[name] for name in scope)
        for name in scope:
            neighbours[position[name]] |= clique
    return [mask & ~(1 << i) for i, mask in enumerate(neighbours)]


def _greedy(
    neighbours: list[int], bits: list[float], rest: set[int], score: Score
) -> tuple[list[int], float]:
    """Eliminate the node of least score (ties: least weight) until none is left."""
    order: list[int] = []
    cost = 0.0

    def rank(i: int) -> tuple[float, float]:
        weight = bits[i] + sum([bits[j] for j in _members(neighbours[i])])
        return score(i, neighbours, weight), weight

    ranks = {i: rank(i) for i in rest}
    while ranks:
        node = min(ranks, key=ranks.__getitem__)
        cost += 2.0 ** ranks.pop(node)[1]
        order.append(node)
        for i in _eliminate(node, neighbours) & ranks.keys():
            ranks[i] = rank(i)
    return order, cost


def _eliminate(node: int, neighbours: list[int]) -> set[int]:
    """Join the node's neighbours into a clique; the nodes whose score may have changed."""
    around = neighbours[node]
    changed = around
    for i in _members(around):
        grown = (neighbours[i] | around) & ~(1 << i | 1 << node)
        if grown & ~neighbours[i]:
            changed |= grown
        neighbours[i] = grown
    return set(_members(changed))


def _members(mask: int) -> list[int]:
    members = []
    while mask:
        low = mask & -mask
        members.append(low.bit_length() - 1)
        mask ^= low
    return members
