"""Tables of noisy-OR and noisy-MAX nodes: each parent acts by itself, and the strongest wins.

With the states of the node from the strongest to none, P(node at or below s | parents) is the
product of what each parent alone leaves at or below s, and of what the leak does (Henrion 1989;
Diez, UAI 1993:99). Of a node with two states that is the noisy-OR (Pearl 1988, section 4.3.2).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

import numpy as np


def noisy_max_table(alone: Sequence[np.ndarray], leak: np.ndarray) -> np.ndarray:
    """P(node | parents) of shape (*states of the parents, states of the node).

    `alone[i]` (states of parent i, states of the node) is P(node | only parent i acts), `leak`
    (states,) P(node | no parent acts); the node's last state is `none`.

    >>> noisy_max_table([np.array([[0.8, 0.2], [0.0, 1.0]])], np.array([0.1, 0.9])).round(3)
    array([[0.82, 0.18],
           [0.1 , 0.9 ]])
    """
    at_or_below = reduce(_outer, map(_from_the_end, alone), _from_the_end(leak))
    table = at_or_below.copy()
    table[..., :-1] -= at_or_below[..., 1:]
    return np.clip(table, 0, 1)


def _from_the_end(distribution: np.ndarray) -> np.ndarray:
    return np.cumsum(np.asarray(distribution, float)[..., ::-1], axis=-1)[..., ::-1]


def _outer(total: np.ndarray, one: np.ndarray) -> np.ndarray:
    """Axes of the parents so far, then the next parent's, then the node's."""
    return total[..., None, :] * one
