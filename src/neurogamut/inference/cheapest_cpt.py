"""The smallest change of one whole CPT that puts another state of the target first.

P(rival, e) - P(leading, e) is linear in the entries of one CPT. Within bounds on their log ratios
the best column is found greedily, so that the distance can be bisected (Chan and Darwiche, UAI
2004, "from single to multiple parameters"). Knows no medicine.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

#: Changes of a larger Chan-Darwiche distance (odds by e^30) are not looked for.
LARGEST = 30.0
SPLITS, ROUNDS, HALVINGS = 41, 5, 48


@dataclass(frozen=True, eq=False)
class CptChange:
    """The changed table and its Chan-Darwiche distance from the old one."""

    table: np.ndarray
    distance: float


def cheapest_change(table: np.ndarray, gain: np.ndarray) -> CptChange | None:
    """The least distant table with sum(gain * table) >= 0, or None where there is none.

    `gain` is d(P(rival, e) - P(leading, e)) / d theta, in the shape of the table (..., states)."""
    effective = np.ptp(gain, axis=-1) > 0
    columns, gains = table[effective], gain[effective]
    constant = float((table * gain)[~effective].sum())
    if gains.max(axis=-1).sum() + constant < 0:
        return None
    shares = np.linspace(0, 1, SPLITS)
    if np.isinf(_bisect(columns, gains, constant, shares)).all():
        return None
    for _ in range(ROUNDS):
        distances = _bisect(columns, gains, constant, shares)
        best = int(distances.argmin())
        low, high = shares[max(best - 1, 0)], shares[min(best + 1, SPLITS - 1)]
        share, found = shares[best], float(distances[best])
        shares = np.linspace(low, high, SPLITS)
    down, up = np.array([share * found]), np.array([(1 - share) * found])
    changed = np.array(table)
    changed[effective] = _best(columns, gains, down, up)[1][0]
    return CptChange(changed, found)


def _bisect(
    columns: np.ndarray, gains: np.ndarray, constant: float, shares: np.ndarray
) -> np.ndarray:
    """For each share of the distance that goes below, the least distance that is enough."""
    low, high = np.zeros(len(shares)), np.full(len(shares), LARGEST)
    enough = _best(columns, gains, shares * high, (1 - shares) * high)[0] + constant >= 0
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        value = _best(columns, gains, shares * middle, (1 - shares) * middle)[0] + constant
        low, high = np.where(value >= 0, low, middle), np.where(value >= 0, middle, high)
    return np.where(enough, high, np.inf)


def _best(
    columns: np.ndarray, gains: np.ndarray, down: np.ndarray, up: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The greatest sum(gain * column) where every entry stays within exp(-down) and exp(up) times
    its value, shape (bounds,), and the columns that reach it, (bounds, columns, states)."""
    order = np.argsort(-gains, axis=-1)
    sorted_columns = np.take_along_axis(columns, order, axis=-1)
    floor = sorted_columns * np.exp(-down)[:, None, None]
    room = sorted_columns * (np.exp(up) - np.exp(-down))[:, None, None]
    free = 1 - floor.sum(axis=-1, keepdims=True)
    taken = np.cumsum(room, axis=-1) - room
    filled = floor + np.clip(free - taken, 0, room)
    value = (filled * np.take_along_axis(gains, order, axis=-1)).sum(axis=(-2, -1))
    back = np.argsort(order, axis=-1)
    return value, np.take_along_axis(filled, np.broadcast_to(back, filled.shape), axis=-1)
