"""Columns of a table as evidence: one row is a case, a column is a finding.

Each distinct value of a column is read once, by the rules for a single case, so that a table and a
case are understood alike; then all rows follow by position.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from ..errors import CaseError
from ..evidence import OLDEST, from_text, is_assessed, read_case, read_finding
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
#: Bad rows that an error lists.
LISTED = 10


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
    value cannot be read; `mistakes` says by row why not."""

    states: dict[str, np.ndarray] = field(default_factory=dict)
    mistakes: dict[int, list[str]] = field(default_factory=dict)


class ColumnReader:
    """Reads tables with the same columns.

    Raises CaseError where a column is no finding, with the nearest, or stands twice, or where no
    column is a finding."""

    def __init__(self, base: KnowledgeBase, network: Network, columns: Iterable[str]):
        columns = list(columns)
        if twice := sorted({name for name in columns if columns.count(name) > 1}):
            raise CaseError(f"columns stand twice: {', '.join(twice)}")
        self.has_id = ID in columns
        names = [name for name in columns if name != ID]
        if not names:
            raise CaseError("no column is a finding")
        read_case(base, dict.fromkeys(names))
        self.variables = {name: network.variable(name) for name in names}
        self._read_before: dict[str, tuple] = {}

    @property
    def findings(self) -> tuple[str, ...]:
        """The columns that are findings."""
        return tuple(self.variables)

    def read(self, table: pa.Table) -> Codes:
        """The rows of a table as states by position."""
        states = np.empty((len(self.variables), len(table)), dtype=np.int8)
        mistakes: dict[int, list[str]] = {}
        for name, found in zip(self.variables, states, strict=True):
            column = _encoded(name, table.column(name))
            codes, wrong = self._read_values(name, column.dictionary)
            _look_up(codes, column.indices, found)
            if wrong:
                for row in np.flatnonzero(found == BAD).tolist():
                    message = wrong[column.indices[row].as_py()]
                    mistakes.setdefault(row, []).append(message)
                found[found == BAD] = MISSING
        return Codes(dict(zip(self.variables, states, strict=True)), mistakes)

    def _read_values(self, name: str, values: pa.Array) -> tuple[np.ndarray, Mapping[int, str]]:
        """The codes of distinct values, and what is wrong with the bad ones. The blocks of a table
        mostly have the same few; kept as Python's, which hold no block in memory."""
        if len(values) > FEW:
            return self._read_all(name, values)
        key = (values.type, values.to_pylist())
        before = self._read_before.get(name)
        if before is None or before[0] != key:
            before = self._read_before[name] = (key, self._read_all(name, values))
        return before[1]

    def _read_all(self, name: str, values: pa.Array) -> tuple[np.ndarray, Mapping[int, str]]:
        codes = np.full(max(len(values), 1), BAD, dtype=np.int8)
        if name == AGE and _is_number(values.type):
            codes[: len(values)] = _bands(values.to_numpy(zero_copy_only=False))
        wrong: dict[int, str] = {}
        for position in np.flatnonzero(codes[: len(values)] == BAD).tolist():
            try:
                codes[position] = self._read_value(name, values[position].as_py())
            except CaseError as error:
                wrong[position] = str(error)
        return codes, wrong

    def _read_value(self, name: str, value: object) -> int:
        variable = self.variables[name]
        if not is_assessed(value):
            return MISSING
        said = value if name == AGE else from_text(str(value))
        return variable.index(read_finding(name, said, variable.states)[1])


def _encoded(name: str, column: pa.ChunkedArray) -> pa.DictionaryArray:
    """A column as positions among its distinct values."""
    if pa.types.is_nested(column.type):
        raise CaseError(f"column {name}: {column.type} is none of text, number, true or false")
    if column.num_chunks == 1:
        whole = column.chunk(0)
    else:
        whole = column.unify_dictionaries().combine_chunks()
    return whole if pa.types.is_dictionary(whole.type) else whole.dictionary_encode()


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


def _is_number(kind: pa.DataType) -> bool:
    return pa.types.is_floating(kind) or pa.types.is_integer(kind)


def _bands(years: np.ndarray) -> np.ndarray:
    """The bands of ages in years; BAD outside the human range."""
    bands = np.searchsorted(age.EDGES, years, side="right") - 1
    bands[~((years >= 0) & (years <= OLDEST))] = BAD
    bands[np.isnan(years)] = MISSING
    return bands
