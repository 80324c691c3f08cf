"""Which variables can tell of each other, by the graph alone.

A trail is active given what is known where each of its colliders is known or has something known
below it, and no other variable on it is known (Pearl 1988, section 3.3.1). Found by walking the
graph once (Bayes ball: Shachter, UAI 1998:480).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection

from ..network import Network

#: A variable, and whether it was come to from one of its parents.
Arrival = tuple[str, bool]


def connected(network: Network, start: str, given: Collection[str]) -> dict[str, tuple[str, ...]]:
    """Every variable that `start` is d-connected to, with a shortest active trail to it.

    Variables in `given` are left out."""
    children = _children(network)
    open_colliders = network.ancestors(given)
    came_from: dict[Arrival, Arrival | None] = {(start, False): None}
    waiting = deque(came_from)
    found: dict[str, tuple[str, ...]] = {}
    while waiting:
        here = waiting.popleft()
        name, from_parent = here
        if name not in given:
            found.setdefault(name, _trail(here, came_from))
        for there in _next(network, children, here, given, open_colliders):
            if there not in came_from:
                came_from[there] = here
                waiting.append(there)
    del found[start]
    return found


def _next(
    network: Network,
    children: dict[str, list[str]],
    here: Arrival,
    given: Collection[str],
    open_colliders: Collection[str],
) -> list[Arrival]:
    """Where an active trail can go on to."""
    name, from_parent = here
    down = [(child, True) for child in children[name]]
    up = [(parent, False) for parent in network.cpts[name].parents]
    if not from_parent:
        return [] if name in given else [*up, *down]
    return (down if name not in given else []) + (up if name in open_colliders else [])


def _children(network: Network) -> dict[str, list[str]]:
    children: dict[str, list[str]] = {name: [] for name in network.variables}
    for name, cpt in network.cpts.items():
        for parent in cpt.parents:
            children[parent].append(name)
    return children


def _trail(here: Arrival, came_from: dict[Arrival, Arrival | None]) -> tuple[str, ...]:
    names = []
    step: Arrival | None = here
    while step is not None:
        names.append(step[0])
        step = came_from[step]
    return tuple(reversed(names))
