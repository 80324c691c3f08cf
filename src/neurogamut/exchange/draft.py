"""A network while a file of it is read: what stands where, so that a mistake names its line."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import NamedTuple, NoReturn

import numpy as np

from ..errors import NetworkError, nearest

#: Published files print few decimals; a column off by more than this is a mistake, not rounding.
ROUNDING_TOLERANCE = 0.01
#: A column nearer to 1 than this is kept to the last bit, so that what was written comes back.
SUMS_TO_ONE = 1e-12
#: Entries of the largest table (1 GiB).
LARGEST = 2**27


class Place(NamedTuple):
    """Where in a file, both from 1."""

    line: int
    column: int


class DraftTable(NamedTuple):
    """Parents, and P(variable | parents) with one axis per parent and the variable's last."""

    parents: tuple[str, ...]
    values: np.ndarray


@dataclass(frozen=True, eq=False)
class NetworkContent:
    """What a file says: the states of every variable, and its table."""

    states: Mapping[str, tuple[str, ...]]
    tables: Mapping[str, DraftTable]


class _Declared(NamedTuple):
    parents: tuple[str, ...]
    numbers: np.ndarray
    place: Place
    child_first: bool
    column_place: Callable[[int], Place] | None


class Draft:
    """Variables and tables as they come in; `content` is the whole, checked.

    Every method raises NetworkError with `file:line:column`."""

    def __init__(self, file: str):
        self.file = file
        self.states: dict[str, tuple[str, ...]] = {}
        self._places: dict[str, Place] = {}
        self._tables: dict[str, _Declared] = {}

    def fail(self, place: Place, message: str) -> NoReturn:
        """Raise NetworkError at a place of the file."""
        raise NetworkError(f"{self.file}:{place.line}:{place.column}: {message}")

    def add_variable(self, name: str, states: Sequence[str], place: Place) -> None:
        """A variable and its states, in their order."""
        if not name:
            self.fail(place, "a variable without a name")
        if name in self.states:
            first = self._places[name].line
            self.fail(place, f"variable {name} stands twice, first in line {first}")
        if not states:
            self.fail(place, f"variable {name} has no state")
        if twice := _twice(states):
            self.fail(place, f"variable {name}: state {twice!r} stands twice")
        self.states[name] = tuple(states)
        self._places[name] = place

    def add_table(
        self,
        name: str,
        parents: Sequence[str],
        numbers: np.ndarray,
        place: Place,
        *,
        child_first: bool = False,
        column_place: Callable[[int], Place] | None = None,
    ) -> None:
        """P(name | parents) as a row of numbers in which the variable runs fastest and the first
        parent slowest; with `child_first` the variable is the slowest of all. `column_place`
        tells where the column of that number stands."""
        if name in self._tables:
            first = self._tables[name].place.line
            self.fail(place, f"the probabilities of {name} stand twice, first in line {first}")
        declared = _Declared(tuple(parents), numbers, place, child_first, column_place)
        self._tables[name] = declared

    def states_of(self, name: str, place: Place) -> tuple[str, ...]:
        """The states of a variable that has to be there."""
        if name not in self.states:
            self.fail(place, f"unknown variable {name!r}{nearest(name, self.states)}")
        return self.states[name]

    def content(self) -> NetworkContent:
        """All of it, where it is whole."""
        if not self.states:
            raise NetworkError(f"{self.file}: holds no variable")
        for name, place in self._places.items():
            if name not in self._tables:
                self.fail(place, f"variable {name} has no probabilities")
        tables = {name: self._table(name, declared) for name, declared in self._tables.items()}
        return NetworkContent(self.states, {name: tables[name] for name in self.states})

    def size(self, name: str, parents: Iterable[str], place: Place) -> tuple[int, ...]:
        """The shape of a table, which has to be one that memory holds."""
        shape = tuple(len(self.states_of(n, place)) for n in (*parents, name))
        if prod(shape) > LARGEST:
            self.fail(
                place,
                f"the table of {name} would have {prod(shape):,} numbers; "
                f"expected at most {LARGEST:,}",
            )
        return shape

    def _table(self, name: str, declared: _Declared) -> DraftTable:
        place, parents = declared.place, declared.parents
        self.states_of(name, place)
        if twice := _twice((name, *parents)):
            self.fail(place, f"the probabilities of {name}: {twice} stands twice")
        shape = self.size(name, parents, place)
        numbers = declared.numbers
        if numbers.size != prod(shape):
            given = f" given {', '.join(parents)}" if parents else ""
            self.fail(
                place,
                f"the probabilities of {name}{given}: {numbers.size:,} numbers; "
                f"expected {prod(shape):,} ({' x '.join(map(str, shape))})",
            )
        if declared.child_first:
            values = np.moveaxis(numbers.reshape(shape[-1], *shape[:-1]), 0, -1)
        else:
            values = numbers.reshape(shape)
        return DraftTable(parents, self._normalised(name, declared, values))

    def _normalised(self, name: str, declared: _Declared, values: np.ndarray) -> np.ndarray:
        sums = values.sum(axis=-1, keepdims=True)
        if abs(sums - 1).max() <= SUMS_TO_ONE and values.min() >= 0:
            return values
        good = np.abs(sums - 1) <= ROUNDING_TOLERANCE
        good &= (values >= 0).all(axis=-1, keepdims=True)
        if not good.all():
            self._refuse_column(name, declared, values, int(np.flatnonzero(~good)[0]))
        return np.where(np.abs(sums - 1) > SUMS_TO_ONE, values / sums, values)

    def _refuse_column(
        self, name: str, declared: _Declared, values: np.ndarray, column: int
    ) -> NoReturn:
        """The first column that is none: negative, not finite, or not summing to 1."""
        index = np.unravel_index(column, values.shape[:-1]) if declared.parents else ()
        numbers = values[index]
        given = [
            f"{parent}={self.states[parent][i]}"
            for parent, i in zip(declared.parents, index, strict=True)
        ]
        place = declared.column_place(column) if declared.column_place else declared.place
        wrong = [x for x in numbers.tolist() if not (np.isfinite(x) and x >= 0)]
        what = (
            f"{wrong[0]:g} is no probability"
            if wrong
            else f"sum to {numbers.sum():.6g}; expected 1 within {ROUNDING_TOLERANCE:g}"
        )
        condition = f" given {', '.join(given)}" if given else ""
        self.fail(place, f"the probabilities of {name}{condition}: {what}")


def _twice(names: Sequence[str]) -> str | None:
    """The first name that stands twice."""
    if len(set(names)) == len(names):
        return None
    return next(name for i, name in enumerate(names) if name in names[:i])
