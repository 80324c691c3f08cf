"""Work done once for all rows that agree in what it depends on.

A cohort repeats itself: of ten findings most rows know one or none, so few of their combinations
occur. A factor has one column for each combination that does, and each row has the code of its
column. Factors are multiplied by columns as long as few combinations occur, and only then by rows.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from itertools import count
from math import prod

import numpy as np

from .contraction import Semiring
from .factors import EvidenceTable

#: Codes may run up to so many times the number of rows, ...
SPARSEST = 32
#: ... and columns are shared where there are so many rows for each.
SHARED_BY = 8
#: Entries of the largest product (32 MiB).
LARGEST = 2**22


@dataclass(frozen=True, eq=False)
class Coded:
    """A factor of many rows: row i has the column codes[i] of `array` (columns, *scope)."""

    array: np.ndarray
    codes: np.ndarray

    def of(self, semiring: Semiring) -> Coded:
        """The factor, of probabilities, as the semiring has it."""
        return Coded(semiring.of(self.array), self.codes)

    def reshaped(self, shape: tuple[int, ...]) -> Coded:
        """The factor aligned to a joint scope (columns, *scope)."""
        return Coded(self.array.reshape(-1, *shape[:-1]), self.codes)

    def rows(self, some: slice) -> np.ndarray:
        """The factor of some rows (rows, *scope)."""
        codes = self.codes if len(self.codes) == 1 else self.codes[some]
        return self.array.take(codes, axis=0, mode="clip")


class Positions:
    """Where rows of evidence are in each of several tables."""

    def __init__(self, tables: Sequence[EvidenceTable], selected: Collection[str]):
        """The evidence axis of a variable that is `selected` begins with `not observed`."""
        strides = [pair for table in tables for pair in table.strides]
        self.names = [name for name, _ in strides]
        self.strides = np.array([s for _, s in strides], dtype=np.int32).reshape(-1, 1)
        self.first = np.array([name in selected for name in self.names], dtype=bool).reshape(-1, 1)
        self.ends = np.cumsum([len(table.strides) for table in tables]).tolist()

    def of(self, states: Mapping[str, np.ndarray]) -> Iterator[np.ndarray]:
        """For each table the positions of all rows, (rows,) or (1,) where they are the same."""
        columns = [states[name] for name in self.names]
        matrix = np.stack(np.broadcast_arrays(*columns)) if columns else np.zeros((0, 1), np.int8)
        start = 0
        for end in self.ends:
            strides, first = self.strides[start:end], self.first[start:end]
            found = np.add.reduce(matrix[start:end] * strides, axis=0, dtype=np.int32)
            yield found + (first * strides).sum(dtype=np.int32)
            start = end


def used(array: np.ndarray, positions: np.ndarray) -> Coded:
    """Only the columns (columns, *scope) that some row is at."""
    distinct, codes = _occurring(positions, len(array))
    return Coded(array.take(distinct, axis=0), codes)


def condensed(factors: Sequence[Coded], multiply: np.ufunc) -> list[Coded]:
    """The same product of fewer factors: the two of fewest columns are multiplied again and again
    as long as several rows share each column of the product."""
    order = count()
    heap = [(len(factor.array), next(order), factor) for factor in factors]
    heapify(heap)
    while len(heap) > 1:
        a, b = heappop(heap), heappop(heap)
        both = _multiplied(a[-1], b[-1], multiply)
        if both is None:
            return [a[-1], b[-1], *(factor for *_, factor in heap)]
        heappush(heap, (len(both.array), next(order), both))
    return [factor for *_, factor in heap]


def _multiplied(a: Coded, b: Coded, multiply: np.ufunc) -> Coded | None:
    """The product by columns; None where hardly any rows would share one."""
    size = len(a.array) * len(b.array)
    rows = max(len(a.codes), len(b.codes))
    if size > SPARSEST * rows:
        return None
    distinct, codes = _occurring(a.codes * len(b.array) + b.codes, size)
    entries = prod(np.broadcast_shapes(a.array.shape[1:], b.array.shape[1:]))
    if len(distinct) > max(1, rows // SHARED_BY) or entries * len(distinct) > LARGEST:
        return None
    first, second = np.divmod(distinct, len(b.array))
    return Coded(multiply(a.array.take(first, axis=0), b.array.take(second, axis=0)), codes)


def _occurring(codes: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    """The codes below `size` that occur, ascending, and each row's place among them."""
    seen = np.zeros(size, dtype=bool)
    seen[codes] = True
    distinct = np.flatnonzero(seen)
    place = np.empty(size, dtype=np.intp)
    place[distinct] = np.arange(len(distinct))
    return distinct, place[codes]
