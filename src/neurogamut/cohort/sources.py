"""Cohort files, read block by block in constant memory.

The blocks of a file depend on the file alone, so that a broken run finds the same ones again.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow import csv as arrow_csv
from pyarrow import parquet

from ..errors import CaseError, UsageError, nearest
from .columns import ID, BadRow

#: Rows of a block of a Parquet file.
BLOCK_ROWS = 2**14
#: Bytes of a block of a CSV file: about as many rows of a hundred findings, most not assessed.
BLOCK_BYTES = 2**22


@dataclass(frozen=True, eq=False)
class Block:
    """Some consecutive rows with their numbers (rows,), counted from 1 without the header, and
    rows nearby that do not have the columns of the header."""

    table: pa.Table
    numbers: np.ndarray
    bad: tuple[BadRow, ...] = ()


class ParquetSource:
    """A Parquet file. Text is read as positions among its distinct values."""

    def __init__(self, path: Path):
        schema = parquet.read_schema(path)
        text = [f.name for f in schema if pa.types.is_string(f.type) and f.name != ID]
        self._file = parquet.ParquetFile(path, read_dictionary=text)
        self.columns = tuple(schema.names)
        self.rows = self._file.metadata.num_rows

    def blocks(self) -> Iterator[Block]:
        """All rows, in order."""
        start = 1
        for batch in self._file.iter_batches(BLOCK_ROWS):
            yield Block(pa.table(batch), np.arange(start, start + len(batch)))
            start += len(batch)
        if start == 1:
            yield Block(self._file.schema_arrow.empty_table(), np.arange(0))


class CsvSource:
    """A CSV file with a header, in UTF-8. Raises CaseError where another separator is used."""

    def __init__(self, path: Path):
        self._path = path
        with path.open(encoding="utf-8-sig", newline="") as file:
            self.columns = tuple(next(csv.reader(file), ()))
        _require_commas(path, self.columns)
        with path.open("rb") as file:
            # A line break within quotes counts too: this is only how far a progress bar goes.
            chunks = iter(lambda: file.read(BLOCK_BYTES), b"")
            self.rows = sum(chunk.count(b"\n") for chunk in chunks) - 1

    def blocks(self) -> Iterator[Block]:
        """All rows, in order."""
        odd: list[BadRow] = []
        reader = self._open(odd)
        start = 1
        for batch in reader:
            # Rows are read ahead, so that all odd ones up to the end of this batch are known.
            candidates = np.arange(start, start + len(batch) + len(odd))
            numbers = np.setdiff1d(candidates, [row.number for row in odd])[: len(batch)]
            start = int(numbers[-1]) + 1 if len(numbers) else start
            yield Block(pa.table(batch), numbers, _taken(odd, start))
        if odd or start == 1:
            yield Block(reader.schema.empty_table(), np.arange(0), tuple(odd))

    def _open(self, odd: list[BadRow]) -> arrow_csv.CSVStreamingReader:
        def note(row: arrow_csv.InvalidRow) -> str:
            message = f"{row.actual_columns} values, expected {row.expected_columns}"
            odd.append(BadRow(row.number - 1, "", (message,)))
            return "skip"

        values = pa.dictionary(pa.int32(), pa.string())
        return arrow_csv.open_csv(
            self._path,
            # Only a single thread knows the numbers of the rows.
            arrow_csv.ReadOptions(use_threads=False, block_size=BLOCK_BYTES),
            arrow_csv.ParseOptions(newlines_in_values=True, invalid_row_handler=note),
            arrow_csv.ConvertOptions(
                column_types={name: pa.string() if name == ID else values for name in self.columns},
                null_values=[""],
                strings_can_be_null=True,
            ),
        )


Source = ParquetSource | CsvSource
SOURCES = {".parquet": ParquetSource, ".csv": CsvSource}


def open_source(path: Path) -> Source:
    """The file as blocks, by its suffix. Raises UsageError or CaseError where it cannot be read."""
    if path.suffix not in SOURCES:
        hint = nearest(path.suffix, SOURCES)
        raise UsageError(f"{path}: unknown suffix; expected {' or '.join(SOURCES)}{hint}")
    with readable(path):
        return SOURCES[path.suffix](path)


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """Gives what goes wrong in a file its name."""
    try:
        yield
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror or error}") from None
    except (pa.ArrowInvalid, UnicodeDecodeError, csv.Error) as error:
        raise CaseError(f"{path}: {error}") from None


def _require_commas(path: Path, columns: tuple[str, ...]) -> None:
    """Spreadsheets write other separators in some countries."""
    for separator, name in {";": "';'", "\t": "a tab"}.items():
        if len(columns) == 1 and separator in columns[0]:
            raise CaseError(f"{path}: the separator seems to be {name}; commas are expected")


def _taken(odd: list[BadRow], end: int) -> tuple[BadRow, ...]:
    """The odd rows before `end`, which leave the list."""
    before = tuple(row for row in odd if row.number < end)
    del odd[: len(before)]
    return before
