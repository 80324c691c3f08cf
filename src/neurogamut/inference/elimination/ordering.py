"""Greedy elimination orders of a graph whose nodes are numbered."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from heapq import heapify, heappop, heappush
from math import inf, log2, prod
from typing import NamedTuple, TypeVar

from ...errors import QueryTooLargeError

Name = TypeVar("Name", bound=Hashable)
Graph = list[set[int]]
#: What to eliminate first, of a node: the least `score(node, graph, weight)`.
Score = Callable[[int, Graph, float], float]

#: Logarithms are exact within this.
ROUNDING = 1e-9
#: Bytes of a number, and how many names of a table's variables are shown.
BYTES, SHOWN = 8, 10
#: log2 of what counts as the largest table of all: more is no number.
HUGE = 1000.0
#: A node with more neighbours is eliminated last: its table would have more than 2^64 entries.
MOST_NEIGHBOURS = 64


class Order(NamedTuple):
    """Nodes as they are eliminated, and the entries of all tables that this forms: infinite where
    a table was `refused`, which names its nodes."""

    nodes: list[int]
    cost: float
    refused: list[int]


def elimination_order(
    scopes: Sequence[Sequence[Name]],
    sizes: Mapping[Name, int],
    keep: Iterable[Name],
    memory: float = inf,
) -> tuple[Name, ...]:
    """The cheapest order found that eliminates all but `keep`: by min-fill, by min-weight, or by
    either as if nothing were kept, turned round.

    `scopes` are the variables of each factor. The cost of an order is the number of entries of
    all joint tables that it forms (Koller and Friedman 2009, section 9.4.3).

    Raises QueryTooLargeError where each has to form a table of more than `memory` bytes."""
    names = list(dict.fromkeys(name for scope in scopes for name in scope))
    position = {name: i for i, name in enumerate(names)}
    graph = _moral_graph(scopes, position)
    bits = [log2(sizes[name]) for name in names]
    kept = [position[name] for name in keep if name in position]
    limit = log2(memory / BYTES) + ROUNDING
    found = Order([], inf, [])
    for search, score, worth in SEARCHES:
        if found.cost > worth and (kept or search is _keeping):
            other = search(graph, bits, kept, score, limit)
            found = min(found, other, key=lambda order: order.cost)
    if found.cost == inf and other.refused:
        scope = [names[i] for i in other.refused]
        check_table(scope, prod(sizes[name] for name in scope), memory)
    return tuple(names[i] for i in found.nodes)


def check_table(scope: Sequence[Hashable], entries: int, memory: float) -> None:
    """Raises QueryTooLargeError where a table would exceed `memory` bytes."""
    if entries * BYTES > memory:
        shown = ", ".join(map(str, scope[:SHOWN])) + (", ..." if len(scope) > SHOWN else "")
        raise QueryTooLargeError(
            f"exact inference needs a table of {_gib(entries * BYTES)} over {len(scope)} variables "
            f"({shown}); the limit is {_gib(memory)}"
        )


def _gib(size: float) -> str:
    return f"{float(size) / 2**30:.3g} GiB" if size < 1e300 else "more than 1e290 GiB"


def min_fill(node: int, graph: Graph, weight: float) -> float:
    """Edges that eliminating the node would add, each counted twice."""
    around = graph[node]
    missing = len(around) - 1
    if missing < 1:
        return 0
    return sum([missing - len(around & graph[i]) for i in around])


def min_weight(node: int, graph: Graph, weight: float) -> float:
    """log2 of the entries of the joint table that eliminating the node would form."""
    return weight


def _moral_graph(scopes: Iterable[Iterable[Name]], position: Mapping[Name, int]) -> Graph:
    graph: Graph = [set() for _ in position]
    for scope in scopes:
        clique = {position[name] for name in scope}
        for i in clique:
            graph[i] |= clique
    for i, around in enumerate(graph):
        around.discard(i)
    return graph


def _keeping(graph: Graph, bits: list[float], kept: list[int], score: Score, limit: float) -> Order:
    """A greedy order of all but the kept nodes."""
    rest = set(range(len(graph))).difference(kept)
    return _greedy(graph, bits, rest, score, limit)


def _turned(graph: Graph, bits: list[float], kept: list[int], score: Score, limit: float) -> Order:
    """The greedy order of all nodes, turned round so that the kept ones come last and are left
    out. What it fills in makes the graph chordal, and a chordal graph has an order without more
    fill that ends in any of its cliques (Tarjan and Yannakakis, SIAM J Comput 1984;13:566), so
    that no table is larger than those of the order that keeps nothing."""
    joined = [set(around) for around in graph]
    for i in kept:
        joined[i].update(kept)
        joined[i].discard(i)
    filled = [set(around) for around in joined]
    whole = _greedy(joined, bits, set(range(len(graph))), score, limit, filled)
    if whole.refused:
        return whole
    order = _by_cardinality(filled, kept)[len(kept) :][::-1]
    given = {node: number for number, node in enumerate(order)}
    return _greedy(graph, bits, set(order), lambda i, *_: given[i], limit)


def _by_cardinality(graph: Graph, first: Sequence[int]) -> list[int]:
    """Maximum cardinality search: always on to the node with most neighbours behind it."""
    order: list[int] = []
    behind = [0] * len(graph)
    heap = [(0, i) for i in range(len(graph))]
    heap += [(-len(graph) - len(first) + k, i) for k, i in enumerate(first)]
    heapify(heap)
    done = [False] * len(graph)
    while heap:
        node = heappop(heap)[1]
        if not done[node]:
            done[node] = True
            order.append(node)
            for i in graph[node]:
                behind[i] += 1
                if not done[i]:
                    heappush(heap, (-behind[i], i))
    return order


def _greedy(
    graph: Graph,
    bits: list[float],
    rest: set[int],
    score: Score,
    limit: float,
    filled: Graph | None = None,
) -> Order:
    """Eliminate the node of least score (ties: least weight) until none is left, or a table would
    have more than 2^limit entries. Edges that this adds are added to `filled`."""
    graph = [set(around) for around in graph]
    order: list[int] = []
    cost = 0.0

    def rank(i: int) -> tuple[float, float, int]:
        around = graph[i]
        if len(around) > MOST_NEIGHBOURS:
            return inf, float(len(around)), i
        weight = bits[i]
        for j in around:
            weight += bits[j]
            if weight > limit:
                return inf, weight, i
        return score(i, graph, weight), weight, i

    ranks = {i: rank(i) for i in rest}
    heap = list(ranks.values())
    heapify(heap)
    while ranks:
        best = heappop(heap)
        node = best[2]
        if ranks.get(node) != best:
            continue  # it has another rank by now
        weight = bits[node] + sum([bits[j] for j in graph[node]])
        if weight > limit:
            return Order([], inf, [node, *graph[node]])
        cost += 2.0 ** min(weight, HUGE)
        del ranks[node]
        order.append(node)
        for i in _eliminate(node, graph, filled):
            if i in ranks and (new := rank(i)) != ranks[i]:
                ranks[i] = new
                heappush(heap, new)
    return Order(order, cost, [])


def _eliminate(node: int, graph: Graph, filled: Graph | None) -> set[int]:
    """Join the node's neighbours into a clique; the nodes whose score may have changed."""
    around = graph[node]
    changed = set(around)
    for i in around:
        mine = graph[i]
        mine.discard(node)
        if new := around - mine - {i}:
            mine |= new
            changed |= mine
            if filled is not None:
                filled[i] |= new
    return changed


#: The searches in turn, each with the cost (entries) above which it is worth its time.
SEARCHES = (
    (_keeping, min_fill, 0),
    (_keeping, min_weight, 2**14),
    (_turned, min_fill, 2**17),
    (_turned, min_weight, 2**20),
)
