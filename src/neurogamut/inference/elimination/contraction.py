"""The one kernel of inference: multiply factors over a joint scope, then sum the first axis out.

A factor's array has one axis per variable of its scope and a last axis for the batch (length 1
outside a batch). Scopes are sorted in order of elimination, so that factors align by inserting
axes of length 1, nothing is ever transposed, and the variable to be eliminated is the first axis.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from math import prod
from typing import ClassVar

import numpy as np


class Observed:
    """The axis of a table that evidence on a variable indexes. There is one for each variable, so
    that axes are told apart by identity, which is fast."""

    __slots__ = ("variable",)
    _all: ClassVar[dict[str, Observed]] = {}
    variable: str

    def __new__(cls, variable: str) -> Observed:
        """The axis of that variable."""
        found = cls._all.get(variable)
        if found is None:
            found = super().__new__(cls)
            found.variable = variable
            found = cls._all.setdefault(variable, found)
        return found

    def __repr__(self) -> str:
        return f"Observed({self.variable!r})"


#: What an axis of a table stands for, a variable by its name.
Axis = str | Observed
Axes = tuple[Axis, ...]
Scope = tuple[str, ...]
#: Joint tables of more entries than this are summed without being formed.
FUSE_ABOVE = 20_000


@dataclass(frozen=True)
class Semiring:
    """How factors are combined (`multiply`) and variables eliminated (`add`), as numpy ufuncs."""

    multiply: np.ufunc
    add: np.ufunc
    one: float
    logarithmic: bool

    def of(self, probabilities: np.ndarray) -> np.ndarray:
        """Probabilities as the semiring has them."""
        if not self.logarithmic:
            return probabilities
        with np.errstate(divide="ignore"):
            return np.log(probabilities)


LINEAR = Semiring(np.multiply, np.add, 1.0, logarithmic=False)
#: The same on logarithms: slower, but nothing underflows.
LOGARITHMIC = Semiring(np.add, np.logaddexp, 0.0, logarithmic=True)
#: Logarithms of the most probable instead of the total.
MAXIMISING = Semiring(np.add, np.maximum, 0.0, logarithmic=True)


def aligned_shape(scope: Axes, joint: Axes, sizes: Mapping[Axis, int]) -> tuple[int, ...]:
    """The shape that aligns an array over `scope` with one over `joint`; -1 is the batch."""
    return (*[sizes[name] if name in scope else 1 for name in joint], -1)


def product(arrays: Sequence[np.ndarray], semiring: Semiring) -> np.ndarray:
    """Product of aligned arrays; of none it is one."""
    if not arrays:
        return np.array([semiring.one])
    return reduce(semiring.multiply, arrays)


def eliminated(arrays: Sequence[np.ndarray], semiring: Semiring) -> np.ndarray:
    """Product of aligned arrays, the first axis summed out."""
    if len(arrays) == 1:
        return semiring.add.reduce(arrays[0], axis=0)
    return sum_product(product(arrays[:-1], semiring), arrays[-1], (0,), semiring)


def sum_product(
    a: np.ndarray, b: np.ndarray, axes: tuple[int, ...], semiring: Semiring
) -> np.ndarray:
    """Product of two aligned arrays, summed over `axes` of their joint."""
    if not axes:
        return semiring.multiply(a, b)
    if semiring is LINEAR and _joint_entries(a, b) > FUSE_ABOVE:
        return _fused(a, b, axes)
    return semiring.add.reduce(semiring.multiply(a, b), axis=axes)


def _joint_entries(a: np.ndarray, b: np.ndarray) -> int:
    return prod(max(m, n) for m, n in zip(a.shape, b.shape, strict=True))


def _fused(a: np.ndarray, b: np.ndarray, axes: tuple[int, ...]) -> np.ndarray:
    """einsum of two aligned arrays: the joint table is never formed."""
    rank = a.ndim
    mine, theirs = ([i for i in range(rank) if x.shape[i] > 1] for x in (a, b))
    kept = [i for i in range(rank) if i not in axes]
    present = [i for i in kept if i in mine or i in theirs]
    result = np.einsum(
        a.reshape([a.shape[i] for i in mine]),
        mine,
        b.reshape([b.shape[i] for i in theirs]),
        theirs,
        present,
    )
    return result.reshape([max(a.shape[i], b.shape[i]) for i in kept])
