"""The subset recursion: exact sums over coexisting causes without a subtraction.

Active effects are those whose trigger matters to the evidence, m of them. The state is the subset
of them triggered so far, as an array of 2**m weights. The causes come in turn: an absent one leaves
the state, a present one triggers each effect independently. Every step adds and multiplies numbers
that are not negative, so no digit cancels, unlike in the inclusion-exclusion sum of Quickscore
(Heckerman 1989). Effects are taken four at a time: a cause costs one small matrix product along the
array per four effects among which it is linked to any, and nothing where it is linked to none. One
sweep back credits each cause with the evidence it takes part in.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import isqrt
from typing import NamedTuple

import numpy as np

#: Effects that one matrix product triggers. More cost more sums, fewer more passes over memory.
TOGETHER = 4
#: Long products are worked out in blocks of so many columns. A large one BLAS shares among all
#: cores, which takes ten times as long where another program has one of them.
BLOCK = 1024
#: Multiplications of a product that BLAS leaves to one core.
SMALL = 2**18


class CauseGroup(NamedTuple):
    """Effects next to each other: how far apart positions are that differ in the lowest, by cause
    whether it is linked to any, and its transitions (causes, states before, states after)."""

    stride: int
    linked: np.ndarray
    transitions: np.ndarray

    def trigger(self, weights: np.ndarray, cause: int) -> np.ndarray:
        """The states (..., 2**m) after the cause has triggered what it does of these effects."""
        return self._times(weights, self.transitions[cause])

    def credit(self, tail: np.ndarray, cause: int) -> np.ndarray:
        """P(evidence | state before) from P(evidence | state after)."""
        return self._times(tail, self.transitions[cause].T)

    def _times(self, array: np.ndarray, matrix: np.ndarray) -> np.ndarray:
        size = len(matrix)
        if self.stride == 1:
            rows = min(BLOCK, array.size // size)
            return (array.reshape(-1, rows, size) @ matrix).reshape(array.shape)
        columns, found = min(BLOCK, self.stride), np.empty(array.shape)
        blocks = (-1, size, self.stride // columns, columns)
        before, after = (a.reshape(blocks).swapaxes(1, 2) for a in (array, found))
        np.matmul(matrix.T, before, out=after)
        return found


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
        return dot(weights, self.final)

    def joint(self) -> np.ndarray:
        """P(cause, evidence) for every cause, shape (causes, 2): absent and present.

        States on the way are kept at every sqrt(causes)-th cause and computed again in between, so
        memory grows with the root of the number of causes."""
        joint = np.column_stack([self.absent, self.present])
        tail = self.final
        for causes, state in reversed(list(self._checkpoints())):
            for cause, weights in reversed(list(self._forward(state, causes))):
                credit = self.credit(tail, cause)
                joint[cause] *= dot(weights, tail), dot(weights, credit)
                tail = self._before(tail, credit, cause)
        joint[~self.link.any(axis=1)] *= dot(self.start, tail)
        return joint

    @staticmethod
    def joint_arrays(causes: int) -> int:
        """How many arrays of 2**m weights `joint` holds at the same time, at most."""
        return 2 * _stride(causes) + 8

    @cached_property
    def tails(self) -> list[np.ndarray]:
        """P(evidence | state before cause i), shape (2**m,), for every i and after the last."""
        tails = [self.final]
        for cause in reversed(range(len(self.present))):
            if cause in self.linked:
                tails.append(self._before(tails[-1], self.credit(tails[-1], cause), cause))
            else:
                tails.append(tails[-1])
        return tails[::-1]

    def joint_by_tails(self) -> np.ndarray:
        """The same as `joint`, in less time, where all tails fit into memory."""
        joint = np.column_stack([self.absent, self.present])
        weights = self.start
        for cause in self.linked:
            tail, triggered = self.tails[cause + 1], self.trigger(weights, cause)
            joint[cause] *= dot(weights, tail), dot(triggered, tail)
            weights = self._mixed(weights, triggered, cause)
        joint[~self.link.any(axis=1)] *= dot(self.start, self.tails[0])
        return joint

    def subsets(self, chosen: Sequence[int]) -> np.ndarray:
        """P(of these causes exactly a subset is present, evidence), shape (2**chosen,); the first
        of them is the lowest bit."""
        tail = self.final
        for cause in self.linked:
            if cause not in chosen:
                tail = self._before(tail, self.credit(tail, cause), cause)
        weights, effects = np.ones(1), self.leaked[None]
        for cause in chosen:
            weights = np.append(weights * self.absent[cause], weights * self.present[cause])
            effects = np.concatenate([effects, self.also(effects, cause)])
        return weights * expected(tail, effects)

    def counts(self, most: int) -> np.ndarray:
        """P(number of causes present, evidence) from none to `most`, which stands for that or more.

        Shape (most + 1,). Of none, the state is the start."""
        some, none = [np.zeros(len(self.final))] * most, 1.0
        for cause in self.linked:
            first = none * independent(self.also(self.leaked, cause))
            carried = [*some[:-2], np.add.reduce(some[-2:])]
            triggered = [self.trigger(state, cause) for state in carried]
            entering = [first, *triggered] if most > 1 else [first + triggered[0]]
            some = [self._mixed(*pair, cause) for pair in zip(some, entering, strict=True)]
            none *= self.absent[cause]
        counts = np.array(
            [none * dot(self.start, self.final), *(dot(state, self.final) for state in some)]
        )
        for cause in np.flatnonzero(~self.link.any(axis=1)).tolist():
            more = self.present[cause] * counts
            counts *= self.absent[cause]
            counts[1:] += more[:-1]
            counts[-1] += more[-1]
        return counts

    @property
    def leaked(self) -> np.ndarray:
        """P(each effect is not, or is, triggered by the leak), shape (2, m)."""
        return np.array([1 - self.leak, self.leak])

    def also(self, effects: np.ndarray, cause: int) -> np.ndarray:
        """P(each effect is not, or is, triggered), shape (..., 2, m), by one cause more."""
        without, triggered = effects[..., 0, :], effects[..., 1, :]
        link = self.link[cause]
        return np.stack([without * (1 - link), triggered + without * link], axis=-2)

    @cached_property
    def start(self) -> np.ndarray:
        """P(state) before the first cause, shape (2**m,): the leak alone."""
        return independent(self.leaked)

    @cached_property
    def linked(self) -> list[int]:
        """The causes that are linked to an active effect; the others leave the state as it is."""
        return np.flatnonzero(self.link.any(axis=1)).tolist()

    def trigger(self, weights: np.ndarray, cause: int) -> np.ndarray:
        """The states (..., 2**m) after a present cause has triggered what it does."""
        for group in self._groups:
            if group.linked[cause]:
                weights = group.trigger(weights, cause)
        return weights

    def credit(self, tail: np.ndarray, cause: int) -> np.ndarray:
        """P(evidence | state, the cause is present) from P(evidence | state after it)."""
        for group in self._groups:
            if group.linked[cause]:
                tail = group.credit(tail, cause)
        return tail

    def _after(self, weights: np.ndarray, cause: int) -> np.ndarray:
        return self._mixed(weights, self.trigger(weights, cause), cause)

    def _mixed(self, weights: np.ndarray, triggered: np.ndarray, cause: int) -> np.ndarray:
        """The state after a cause that may be present; `triggered`, where it is, is used up."""
        triggered *= self.present[cause]
        triggered += self.absent[cause] * weights
        return triggered

    def _before(self, tail: np.ndarray, credit: np.ndarray, cause: int) -> np.ndarray:
        return self._mixed(tail, credit, cause)

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
    def _groups(self) -> list[CauseGroup]:
        starts = range(0, len(self.leak), TOGETHER)
        return [_group(self.link[:, start : start + TOGETHER], 1 << start) for start in starts]


def independent(effects: np.ndarray) -> np.ndarray:
    """P(state), shape (2**m,), of effects each triggered or not with probabilities (2, m)."""
    weights = np.ones(1)
    for without, triggered in effects.T:
        weights = np.append(without * weights, triggered * weights)
    return weights


def expected(tail: np.ndarray, effects: np.ndarray) -> np.ndarray:
    """The tail's mean over states of effects that are each triggered or not with probabilities
    (cases, 2, m); shape (cases,)."""
    half = effects.shape[-1] // 2
    low = np.array([independent(case) for case in effects[:, :, :half]])
    high = np.array([independent(case) for case in effects[:, :, half:]])
    cases, size = low.shape
    # Cases are powers of two as rows are: these divide them.
    rows = max(min(SMALL // (size * cases), len(tail) // size), 1)
    means = (tail.reshape(-1, rows, size) @ low.T).reshape(-1, cases)
    return np.einsum("ch,hc->c", high, means)


def dot(weights: np.ndarray, tail: np.ndarray) -> float:
    """Their product, summed."""
    blocks = (-1, min(BLOCK, len(tail)))
    return float(np.einsum("ij,ij->i", weights.reshape(blocks), tail.reshape(blocks)).sum())


def _group(link: np.ndarray, stride: int) -> CauseGroup:
    """Effects with these links (causes, effects)."""
    transitions = np.ones((len(link), 1, 1))
    for effect in link.T:
        step = np.zeros((len(link), 2, 2))
        step[:, 0, 0], step[:, 0, 1], step[:, 1, 1] = 1 - effect, effect, 1
        size = 2 * transitions.shape[1]
        transitions = np.einsum("cij,ckl->cikjl", step, transitions).reshape(-1, size, size)
    return CauseGroup(stride, np.asarray(link.any(axis=1)), transitions)


def _stride(causes: int) -> int:
    return max(isqrt(causes), 1)
