"""Cohort files, read block by block in constant memory.

The blocks of a file depend on the file alone, so that a broken run finds the same ones again.
"""

from __future__ import annotations

import csv
import gzip
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from hashlib import file_digest
from io import TextIOWrapper
from pathlib import Path
from shutil import copyfileobj
from typing import BinaryIO, cast

import numpy as np
import pyarrow as pa
from pyarrow import csv as arrow_csv
from pyarrow import parquet

from ..errors import CaseError, UsageError, nearest, needs
from .columns import ID, BadRow

#: Rows of a block of a Parquet file.
BLOCK_ROWS = 2**14
#: Bytes of a block of a CSV file: about as many rows of a hundred findings, most not assessed.
BLOCK_BYTES = 2**22
COMPRESSED, TABS, TAB = ".gz", "\t", b"\t"
#: How files begin that are no text.
MAGIC, GZIP = {b"PAR1": ".parquet", b"PK": ".xlsx"}, b"\x1f\x8b"


@dataclass(frozen=True, eq=False)
class RowBlock:
    """Some consecutive rows with their numbers (rows,), counted from 1 without the header, and
    rows nearby that do not have the columns of the header."""

    table: pa.Table
    numbers: np.ndarray
    bad: tuple[BadRow, ...] = ()


class Content:
    """What a file holds, which must stay as it was while it is read."""

    def __init__(self, path: Path):
        self._path = path
        with readable(path):
            self._touched = _touched(path)
            self.sha256 = _sha256(path)

    def require_untouched(self) -> None:
        """Raises CaseError where the file was written to and holds something else."""
        with readable(self._path):
            touched = _touched(self._path)
            if touched != self._touched:
                self.require_unchanged()
                self._touched = touched

    def require_unchanged(self) -> None:
        """Raises CaseError where the file holds something else."""
        with readable(self._path):
            if _sha256(self._path) != self.sha256:
                raise CaseError(f"{self._path}: changed while it was read; start again")


def _touched(path: Path) -> tuple[int, ...]:
    """Other than before once a file was written to or replaced, whatever its times were set to."""
    found = path.stat()
    return found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


class ParquetSource:
    """A Parquet file. Text is read as positions among its distinct values."""

    def __init__(self, path: Path):
        schema = parquet.read_schema(path)
        text = [f.name for f in schema if pa.types.is_string(f.type) and f.name != ID]
        self._file = parquet.ParquetFile(path, read_dictionary=text)
        self.columns = tuple(schema.names)
        self.rows = self._file.metadata.num_rows

    def blocks(self) -> Iterator[RowBlock]:
        """All rows, in order."""
        start = 1
        for batch in self._file.iter_batches(BLOCK_ROWS):
            yield RowBlock(pa.table(batch), np.arange(start, start + len(batch)))
            start += len(batch)
        if start == 1:
            yield RowBlock(self._file.schema_arrow.empty_table(), np.arange(0))


class CsvSource:
    """A CSV file with a header, in UTF-8, maybe compressed (`.gz`). Raises CaseError where another
    `separator` is used."""

    def __init__(self, path: Path, separator: str = ","):
        self._path, self._separator = path, separator
        with self._opened() as file:
            text = TextIOWrapper(file, encoding="utf-8-sig", newline="")
            self.columns = tuple(next(csv.reader(text, delimiter=separator), ()))
        if any("\0" in name for name in self.columns):
            raise CaseError(f"{path}: the header holds a zero byte; save the table again")
        _require_separator(path, self.columns, separator)
        with self._opened() as file:
            # A line break within quotes counts too: this is only how far a progress bar goes.
            chunks = iter(lambda: file.read(BLOCK_BYTES), b"")
            self.rows = sum(chunk.count(b"\n") for chunk in chunks) - 1

    def blocks(self) -> Iterator[RowBlock]:
        """All rows, in order."""
        odd: list[BadRow] = []
        reader = self._open(odd)
        start = 1
        for batch in reader:
            # Rows are read ahead, so that all odd ones up to the end of this batch are known.
            candidates = np.arange(start, start + len(batch) + len(odd))
            numbers = np.setdiff1d(candidates, [row.number for row in odd])[: len(batch)]
            start = int(numbers[-1]) + 1 if len(numbers) else start
            yield RowBlock(pa.table(batch), numbers, _taken(odd, start))
        if odd or start == 1:
            yield RowBlock(reader.schema.empty_table(), np.arange(0), tuple(odd))

    def _opened(self) -> BinaryIO:
        """The file, not compressed."""
        if self._path.suffix.lower() == COMPRESSED:
            return cast(BinaryIO, gzip.open(self._path))
        return self._path.open("rb")

    def _stream(self) -> Path | pa.NativeFile:
        """The same for Arrow, which closes it."""
        if self._path.suffix.lower() == COMPRESSED:
            return pa.input_stream(str(self._path), compression="gzip")
        return self._path

    def _open(self, odd: list[BadRow]) -> arrow_csv.CSVStreamingReader:
        def note(row: arrow_csv.InvalidRow) -> str:
            message = f"{row.actual_columns} values, expected {row.expected_columns}"
            odd.append(BadRow(row.number - 1, "", (message,)))
            return "skip"

        values = pa.dictionary(pa.int32(), pa.string())
        return arrow_csv.open_csv(
            self._stream(),
            # Only a single thread knows the numbers of the rows.
            arrow_csv.ReadOptions(use_threads=False, block_size=BLOCK_BYTES),
            arrow_csv.ParseOptions(
                delimiter=self._separator, newlines_in_values=True, invalid_row_handler=note
            ),
            arrow_csv.ConvertOptions(
                column_types={name: pa.string() if name == ID else values for name in self.columns},
                null_values=[""],
                strings_can_be_null=True,
            ),
        )


class ExcelSource:
    """The first sheet of an Excel file, whose first row is the header. It is read at once: a sheet
    is no long table."""

    def __init__(self, path: Path):
        with needs("excel"):
            from openpyxl import load_workbook

        sheet = load_workbook(path, read_only=True, data_only=True).worksheets[0]
        header, *rows = list(sheet.iter_rows(values_only=True)) or [()]
        self.columns = tuple("" if name is None else str(name) for name in header)
        self.rows = len(rows)
        values = [
            [None if v is None else str(v) for v in column] for column in zip(*rows, strict=True)
        ]
        values = values or [[] for _ in self.columns]
        arrays = [pa.array(column, pa.string()) for column in values]
        self._table = pa.table(arrays, names=self.columns)

    def blocks(self) -> Iterator[RowBlock]:
        """All rows, in order."""
        for start in range(0, max(self.rows, 1), BLOCK_ROWS):
            block = self._table.slice(start, BLOCK_ROWS)
            yield RowBlock(block, np.arange(start + 1, start + 1 + len(block)))


Source = ParquetSource | CsvSource | ExcelSource
SOURCES: Mapping[str, Callable[[Path], Source]] = {
    ".parquet": ParquetSource,
    ".csv": CsvSource,
    ".tsv": partial(CsvSource, separator="\t"),
    ".csv.gz": CsvSource,
    ".tsv.gz": partial(CsvSource, separator="\t"),
    ".xlsx": ExcelSource,
}


def open_source(path: Path) -> Source:
    """The file as blocks, by its suffix. Raises UsageError or CaseError where it cannot be read."""
    suffix = suffix_of(path)
    if suffix not in SOURCES:
        hint = nearest(suffix, SOURCES)
        raise UsageError(f"{path}: unknown suffix; expected one of {', '.join(SOURCES)}{hint}")
    with readable(path):
        return SOURCES[suffix](path)


def suffix_of(path: Path) -> str:
    """The suffix that says how a file is written, in small letters: `.csv`, `.csv.gz`."""
    last = path.suffix.lower()
    return Path(path.stem).suffix.lower() + last if last == COMPRESSED else last


def spooled(stream: BinaryIO, folder: Path) -> Path:
    """What comes from a pipe as a file in a folder, its suffix by how it begins; a table as text
    has tabs or commas."""
    path = folder / "input"
    with path.open("wb") as file:
        copyfileobj(stream, file)
    with path.open("rb") as file:
        header = file.readline()
    packed = header.startswith(GZIP)
    if packed:
        with gzip.open(path) as file:
            header = file.readline()
    suffix = next((s for magic, s in MAGIC.items() if header.startswith(magic)), None)
    suffix = suffix or (".tsv" if TAB in header else ".csv")
    return path.rename(path.with_suffix(suffix + ".gz" * packed))


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """Gives what goes wrong in a file its name."""
    try:
        yield
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror or error}") from None
    except (pa.ArrowInvalid, UnicodeDecodeError, csv.Error) as error:
        raise CaseError(f"{path}: {error}") from None


def _require_separator(path: Path, columns: tuple[str, ...], expected: str) -> None:
    """Spreadsheets write other separators in some countries."""
    names = {",": "commas", "\t": "a tab", ";": "';'"}
    for separator, name in names.items():
        if separator != expected and len(columns) == 1 and separator in columns[0]:
            wanted = f"{names[expected]} {'is' if expected == TABS else 'are'} expected"
            raise CaseError(f"{path}: the separator seems to be {name}; {wanted}")


def _taken(odd: list[BadRow], end: int) -> tuple[BadRow, ...]:
    """The odd rows before `end`, which leave the list."""
    before = tuple(row for row in odd if row.number < end)
    del odd[: len(before)]
    return before
