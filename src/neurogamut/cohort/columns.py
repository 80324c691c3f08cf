"""Columns of a table as evidence: one row is a case, a column is a finding.

Each distinct value of a column is read once, by the rules for a single case, so that a table and a
case are understood alike; then all rows follow by position.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from ..cases.case import ABOUT, OLDEST, Said, from_text, is_assessed, read_case, read_finding
from ..cases.tests_said import LISTS
from ..errors import CaseError, nearest
from ..inference.query import MISSING
from ..knowledge import age
from ..knowledge.base import KnowledgeBase
from ..knowledge.estimate import AGE
from ..network import Network

#: The column that is passed through and says whose row it is.
ID = "id"
#: The code of a value that cannot be read.
BAD = MISSING - 1
#: Distinct values of a column that are remembered from block to block.
FEW = 64
#: What stands for `not assessed` in tables beside what does in a case, in small letters.
NO_VALUE = ("na", "n/a", "nan", "null", "none", "<na>")
#: What stands for present and absent there.
YES_OR_NO = dict.fromkeys(("yes", "y", "1", "1.0"), True)
YES_OR_NO |= dict.fromkeys(("no", "n", "0", "0.0"), False)
PRESENCE = ("present", "absent")
#: Between a finding and a state in the name of a column that holds likelihoods.
OF = ":"
#: Bad rows that an error lists.
LISTED = 10
#: The codes of distinct values, and what is wrong with the bad ones by position.
Read = tuple[np.ndarray, Mapping[int, str]]


@dataclass(frozen=True)
class BadRow:
    """A row that has no answer. Rows are counted from 1, without the header."""

    number: int
    identifier: str
    messages: tuple[str, ...]

    def __str__(self) -> str:
        whose = f" (id {self.identifier})" if self.identifier else ""
        return f"row {self.number}{whose}: {'; '.join(self.messages)}"


def bad_rows(bad: Sequence[BadRow]) -> CaseError:
    """The error for rows that have no answer."""
    lines = [str(row) for row in bad[:LISTED]]
    if len(bad) > LISTED:
        lines.append(f"and {len(bad) - LISTED} more rows")
    return CaseError("\n".join(lines))


@dataclass(frozen=True, eq=False)
class Codes:
    """The states of a table's findings by position (rows,), MISSING where not assessed or where the
    value cannot be read; `mistakes` says by row why not. `likelihoods` (rows, states) are of
    uncertain findings, ones where not assessed."""

    states: dict[str, np.ndarray] = field(default_factory=dict)
    mistakes: dict[int, list[str]] = field(default_factory=dict)
    likelihoods: dict[str, np.ndarray] = field(default_factory=dict)


class ColumnReader:
    """Reads tables with the same columns.

    Columns go by the key, label or HPO id of a finding; with a state, as in `fever:present`, they
    hold likelihoods. What a case may say about itself, and columns `aside`, are not looked at.
    Raises CaseError where a column is no finding, with the nearest, or stands twice, or where no
    column is a finding."""

    def __init__(
        self,
        base: KnowledgeBase,
        network: Network,
        columns: Iterable[str],
        aside: Collection[str] = (),
    ):
        columns = list(columns)
        if missing := [name for name in aside if name not in columns]:
            raise CaseError(f"no column is called {missing[0]!r}{nearest(missing[0], columns)}")
        if twice := sorted({name for name in columns if columns.count(name) > 1}):
            raise CaseError(f"columns stand twice: {', '.join(twice)}")
        self.has_id = ID in columns
        named = [name for name in columns if name not in (*ABOUT, *aside)]
        names = [name for name in named if OF not in name or name.lower().startswith("hp:")]
        if not named:
            raise CaseError("no column is a finding")
        for name in named:
            if name.partition(OF)[0] in (*ABOUT, *LISTS):
                raise CaseError(f"{name!r} is no finding; keep or ignore the column")
        try:
            keys = read_case(base, dict.fromkeys(names)).ignored
        except CaseError as error:
            hint = "keep or ignore columns that are no findings (--keep, --ignore)"
            raise CaseError(f"{error}\n{hint}") from None
        self.uncertain = uncertain(base, network, [name for name in named if name not in names])
        if both := [key for key in keys if key in self.uncertain]:
            raise CaseError(f"{both[0]} has a column of states and columns of likelihoods")
        self.variables = {key: network.variable(key) for key in keys}
        self._columns = dict(zip(keys, names, strict=True))
        self._read_before: dict[str, tuple[tuple[pa.DataType, list[Said]], Read]] = {}

    @property
    def findings(self) -> tuple[str, ...]:
        """The columns that are findings."""
        return tuple(self.variables)

    def read(self, table: pa.Table) -> Codes:
        """The rows of a table as states by position."""
        if self.has_id:
            _require_plain(ID, table.column(ID))
        states = np.empty((len(self.variables), len(table)), dtype=np.int8)
        mistakes: dict[int, list[str]] = {}
        for name, found in zip(self.variables, states, strict=True):
            column = _encoded(name, table.column(self._columns[name]))
            codes, wrong = self._read_values(name, column.dictionary)
            _look_up(codes, column.indices, found)
            if wrong:
                for row in np.flatnonzero(found == BAD).tolist():
                    message = wrong[column.indices[row].as_py()]
                    mistakes.setdefault(row, []).append(message)
                found[found == BAD] = MISSING
        likelihoods = {
            name: read_likelihoods(name, columns, table, mistakes)
            for name, columns in self.uncertain.items()
        }
        return Codes(dict(zip(self.variables, states, strict=True)), mistakes, likelihoods)

    def _read_values(self, name: str, values: pa.Array) -> Read:
        """Distinct values, read once: the blocks of a table mostly have the same few. Kept as
        Python's, which hold no block in memory."""
        if len(values) > FEW:
            return self._read_all(name, values)
        key = (values.type, values.to_pylist())
        before = self._read_before.get(name)
        if before is None or before[0] != key:
            before = self._read_before[name] = (key, self._read_all(name, values))
        return before[1]

    def _read_all(self, name: str, values: pa.Array) -> Read:
        codes = np.full(max(len(values), 1), BAD, dtype=np.int8)
        is_number = pa.types.is_floating(values.type) or pa.types.is_integer(values.type)
        if name == AGE and is_number:
            codes[: len(values)] = _bands(values.to_numpy(zero_copy_only=False))
        wrong: dict[int, str] = {}
        for position in np.flatnonzero(codes[: len(values)] == BAD).tolist():
            try:
                codes[position] = self._read_value(name, values[position].as_py())
            except CaseError as error:
                wrong[position] = str(error)
        return codes, wrong

    def _read_value(self, name: str, value: Said) -> int:
        variable = self.variables[name]
        word = str(value).strip().lower()
        if not is_assessed(value) or word in NO_VALUE and word not in variable.states:
            return MISSING
        said = value if name == AGE else from_text(str(value))
        if variable.states == PRESENCE:
            said = YES_OR_NO.get(word, said)
        return variable.index(read_finding(name, said, variable.states)[1])


def uncertain(
    base: KnowledgeBase, network: Network, columns: Sequence[str]
) -> dict[str, tuple[str, ...]]:
    """The columns that hold the likelihoods of each finding's states, in order. Raises CaseError
    where one of its states has none."""
    found: dict[str, dict[int, str]] = {}
    for column in columns:
        name, _, state = column.rpartition(OF)
        (key,) = read_case(base, {name: None}).ignored
        found.setdefault(key, {})[network.variable(key).index(state)] = column
    for key, by_state in found.items():
        states = network.variable(key).states
        lacking = [f"{key}{OF}{s}" for i, s in enumerate(states) if i not in by_state]
        if lacking:
            raise CaseError(f"no column is called {lacking[0]!r}: a likelihood is over all states")
    return {key: tuple(by_state[i] for i in sorted(by_state)) for key, by_state in found.items()}


def read_likelihoods(
    name: str, columns: Sequence[str], table: pa.Table, mistakes: dict[int, list[str]]
) -> np.ndarray:
    """The likelihoods (rows, states) of a finding, whose largest is 1; all are where nothing is
    said. Notes what is none."""
    values = [table.column(column).to_pylist() for column in columns]
    found = np.ones((len(table), len(columns)))
    for row, said in enumerate(zip(*values, strict=True)):
        if any(value not in (None, "") for value in said):
            try:
                weights = np.array([float(value) for value in said])
            except (TypeError, ValueError):
                weights = np.array([np.nan])
            if (weights >= 0).all() and 0 < weights.sum() < np.inf:
                found[row] = weights / weights.max()
            else:
                shown = ", ".join(f"{c}={v}" for c, v in zip(columns, said, strict=True))
                message = f"{shown}: a likelihood is finite, 0 or above, and not 0 throughout"
                mistakes.setdefault(row, []).append(message)
    return found


def _encoded(name: str, column: pa.ChunkedArray) -> pa.DictionaryArray:
    """A column as positions among its distinct values."""
    _require_plain(name, column)
    if column.num_chunks == 1:
        whole = column.chunk(0)
    else:
        whole = column.unify_dictionaries().combine_chunks()
    return whole if pa.types.is_dictionary(whole.type) else whole.dictionary_encode()


def _require_plain(name: str, column: pa.ChunkedArray) -> None:
    if pa.types.is_nested(column.type):
        raise CaseError(f"column {name}: {column.type} is none of text, number, true or false")


def _look_up(codes: np.ndarray, indices: pa.Array, found: np.ndarray) -> None:
    """Write the codes at some indices, MISSING where there is none, without a copy of these."""
    bitmap, data = indices.buffers()
    begin, end = indices.offset, indices.offset + len(indices)
    positions = np.frombuffer(data, indices.type.to_pandas_dtype())[begin:end]
    codes.take(positions, mode="clip", out=found)  # an index that is null may be anything
    if indices.null_count:
        bits = np.frombuffer(bitmap, np.uint8)[begin // 8 :]
        known = np.unpackbits(bits, count=begin % 8 + len(indices), bitorder="little")
        np.bitwise_or(found, known[begin % 8 :].view(np.int8) + MISSING, out=found)


def _bands(years: np.ndarray) -> np.ndarray:
    """The bands of ages in years; BAD outside the human range."""
    bands = np.searchsorted(age.EDGES, years, side="right") - 1
    bands[~((years >= 0) & (years <= OLDEST))] = BAD
    bands[np.isnan(years)] = MISSING
    return bands
