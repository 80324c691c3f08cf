"""The subset recursion: exact sums over coexisting causes without a subtraction.

Active effects are those whose trigger matters to the evidence, m of them. The state is the subset
of them triggered so far, as an array of 2**m weights. The causes come in turn: an absent one leaves
the state, a present one triggers each effect independently. Every step adds and multiplies numbers
that are not negative, so no digit cancels, unlike in the inclusion-exclusion sum of Quickscore
(Heckerman 1989). A cause costs one pass over the array per effect that it is linked to, and nothing
where it is linked to none. One sweep back credits each cause with the evidence it takes part in.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from math import isqrt

import numpy as np

#: The lowest effects go through one matrix product: numpy is slow on strides as short as theirs.
LOW = 4


@dataclass(frozen=True, eq=False)
class SubsetSweep:
    """Causes with their weights when absent and present, and what the evidence says of the effects.

    `absent` and `present` (causes,) are weights that sum to 1, `link` (causes, m) is P(cause
    triggers effect), `leak` (m,) P(effect is triggered from the start), and `final` (2**m,) the
    likelihood of each subset of triggered effects; effect i is bit i of a position.
    """

    absent: np.ndarray
    present: np.ndarray
    link: np.ndarray
    leak: np.ndarray
    final: np.ndarray

    def total(self) -> float:
        """P(evidence): the weight of all ways to it."""
        weights = self.start
        for cause in self.linked:
            weights = self._after(weights, cause)
        return float(weights @ self.final)

    def joint(self) -> np.ndarray:
        """P(cause, evidence) for every cause, shape (causes, 2): absent and present.

        States on the way are kept at every sqrt(causes)-th cause and computed again in between, so
        memory grows with the root of the number of causes."""
        joint = np.column_stack([self.absent, self.present])
        tail = self.final
        for causes, state in reversed(list(self._checkpoints())):
            for cause, weights in reversed(list(self._forward(state, causes))):
                credit = self.credit(tail, cause)
                joint[cause] *= weights @ tail, weights @ credit
                tail = self._before(tail, credit, cause)
        joint[~self.link.any(axis=1)] *= self.start @ tail
        return joint

    @staticmethod
    def joint_arrays(causes: int) -> int:
        """How many arrays of 2**m weights `joint` holds at the same time, at most."""
        return 2 * _stride(causes) + 8

    def tails(self) -> list[np.ndarray]:
        """P(evidence | state before cause i), shape (2**m,), for every i and after the last."""
        tails = [self.final]
        for cause in reversed(range(len(self.present))):
            if cause in self.linked:
                tails.append(self._before(tails[-1], self.credit(tails[-1], cause), cause))
            else:
                tails.append(tails[-1])
        return tails[::-1]

    def counts(self, most: int) -> np.ndarray:
        """P(number of causes present, evidence) from none to `most`, which stands for that or more.

        Shape (most + 1,)."""
        unlinked = np.eye(1, most + 1)[0]
        for cause in np.flatnonzero(~self.link.any(axis=1)):
            unlinked = self._counted(unlinked, unlinked, cause)
        weights = unlinked[:, None] * self.start
        for cause in self.linked:
            weights = self._counted(weights, self.trigger(weights, cause), cause)
        return weights @ self.final

    @cached_property
    def start(self) -> np.ndarray:
        """P(state) before the first cause, shape (2**m,): the leak alone."""
        weights = np.ones(1)
        for leak in self.leak:
            weights = np.append((1 - leak) * weights, leak * weights)
        return weights

    @cached_property
    def linked(self) -> list[int]:
        """The causes that are linked to an active effect; the others leave the state as it is."""
        return np.flatnonzero(self.link.any(axis=1)).tolist()

    def trigger(self, weights: np.ndarray, cause: int) -> np.ndarray:
        """The states (..., 2**m) after a present cause has triggered what it does."""
        after = weights.reshape(-1, self._low.shape[1]) @ self._low[cause]
        for effect, link in self._high[cause]:
            without, triggered = _split(after, effect)
            triggered += link * without
            without *= 1 - link
        return after.reshape(weights.shape)

    def credit(self, tail: np.ndarray, cause: int) -> np.ndarray:
        """P(evidence | state, the cause is present) from P(evidence | state after it)."""
        before = tail.reshape(-1, self._low.shape[1]) @ self._low[cause].T
        for effect, link in self._high[cause]:
            without, triggered = _split(before, effect)
            without *= 1 - link
            without += link * triggered
        return before.reshape(tail.shape)

    def _after(self, weights: np.ndarray, cause: int) -> np.ndarray:
        after = self.trigger(weights, cause)
        after *= self.present[cause]
        after += self.absent[cause] * weights
        return after

    def _before(self, tail: np.ndarray, credit: np.ndarray, cause: int) -> np.ndarray:
        return self.absent[cause] * tail + self.present[cause] * credit

    def _counted(self, without: np.ndarray, with_cause: np.ndarray, cause: int) -> np.ndarray:
        """Weights by number of causes (leading axis) after one more cause."""
        more = self.present[cause] * with_cause
        weights = self.absent[cause] * without
        weights[1:] += more[:-1]
        weights[-1] += more[-1]
        return weights

    def _checkpoints(self) -> Iterator[tuple[list[int], np.ndarray]]:
        """Runs of linked causes, each with the state before its first."""
        weights, stride = self.start, _stride(len(self.linked))
        for first in range(0, len(self.linked), stride):
            causes = self.linked[first : first + stride]
            yield causes, weights
            for cause in causes:
                weights = self._after(weights, cause)

    def _forward(self, weights: np.ndarray, causes: list[int]) -> Iterator[tuple[int, np.ndarray]]:
        """Each cause with the state before it."""
        for cause in causes:
            yield cause, weights
            weights = self._after(weights, cause)

    @cached_property
    def _low(self) -> np.ndarray:
        """Transitions of the lowest effects, shape (causes, states, states)."""
        low = np.ones((len(self.present), 1, 1))
        for link in self.link.T[:LOW]:
            step = np.zeros((len(link), 2, 2))
            step[:, 0, 0], step[:, 0, 1], step[:, 1, 1] = 1 - link, link, 1
            size = 2 * low.shape[1]
            low = np.einsum("cij,ckl->cikjl", step, low).reshape(-1, size, size)
        return low

    @cached_property
    def _high(self) -> list[list[tuple[int, float]]]:
        """The other effects that each cause is linked to, with their links."""
        high: list[list[tuple[int, float]]] = [[] for _ in self.present]
        for cause, effect in np.argwhere(self.link[:, LOW:] > 0).tolist():
            high[cause].append((effect + LOW, float(self.link[cause, effect + LOW])))
        return high


def _split(weights: np.ndarray, effect: int) -> tuple[np.ndarray, np.ndarray]:
    """Views of the states without and with an effect."""
    pairs = weights.reshape(-1, 2, 1 << effect)
    return pairs[:, 0], pairs[:, 1]


def _stride(causes: int) -> int:
    return max(isqrt(causes), 1)
