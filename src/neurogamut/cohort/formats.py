"""Answers as bytes: each block becomes a part, and the parts one file.

Numbers keep full precision; in CSV they are the shortest text that reads back as the same number.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import BinaryIO, Protocol

import pyarrow as pa
from pyarrow import compute, csv, parquet

from ..errors import CaseError, UsageError, nearest
from .columns import ID

#: What a spreadsheet takes for a formula, and what of that is only a number.
FORMULA, NUMBER = r"^[=+\-@\t\r]", r"^[+-][0-9.]+$"


class Format(Protocol):
    """How answers are written."""

    def formulas(self, answers: pa.Table) -> int:
        """How many values a program that opens the file might run."""

    def part(self, answers: pa.Table) -> bytes:
        """The answers of one block."""

    def join(self, parts: Iterator[bytes], columns: Sequence[str], out: BinaryIO) -> None:
        """One file of one or more parts."""


class CsvFormat:
    """Parts are lines; the file begins with a header."""

    def formulas(self, answers: pa.Table) -> int:
        """Text ids that a spreadsheet takes for formulas. They stay as they came, so that answers
        can be joined to cases."""
        ids = (
            answers.column(ID) if ID in answers.column_names else pa.chunked_array([], pa.string())
        )
        if not pa.types.is_string(ids.type):
            return 0
        formulas = compute.match_substring_regex(ids, FORMULA)
        numbers = compute.match_substring_regex(ids, NUMBER)
        return compute.sum(compute.and_not(formulas, numbers)).as_py() or 0

    def part(self, answers: pa.Table) -> bytes:
        """Lines without a header. Raises CaseError for an id that is no text."""
        sink = pa.BufferOutputStream()
        options = csv.WriteOptions(include_header=False, quoting_style="needed")
        try:
            answers.validate(full=True)
            csv.write_csv(answers, sink, options)
        except pa.ArrowInvalid as error:
            raise CaseError(f"column {ID} cannot be written as CSV: {error}") from None
        return sink.getvalue().to_pybytes()

    def join(self, parts: Iterator[bytes], columns: Sequence[str], out: BinaryIO) -> None:
        """The header and all lines."""
        out.write((",".join(columns) + "\n").encode())
        out.writelines(parts)


class ParquetFormat:
    """Parts are in Arrow's own format, which needs no parsing; each becomes a row group."""

    def formulas(self, answers: pa.Table) -> int:
        """None: cells have a type."""
        return 0

    def part(self, answers: pa.Table) -> bytes:
        """A file in Arrow's format."""
        sink = pa.BufferOutputStream()
        with pa.ipc.new_file(sink, answers.schema) as writer:
            writer.write_table(answers)
        return sink.getvalue().to_pybytes()

    def join(self, parts: Iterator[bytes], columns: Sequence[str], out: BinaryIO) -> None:
        """A row group for each part, not compressed: probabilities hardly are."""
        tables = (pa.ipc.open_file(part).read_all() for part in parts)
        first = next(tables)
        with parquet.ParquetWriter(
            out, first.schema, compression="none", use_dictionary=["leading", "hash"]
        ) as writer:
            for table in chain([first], tables):
                writer.write_table(table)


FORMATS: dict[str, Format] = {".parquet": ParquetFormat(), ".csv": CsvFormat()}


def format_of(path: Path) -> Format:
    """The format of a suffix. Raises UsageError for one that is not known."""
    suffix = path.suffix.lower()
    if suffix not in FORMATS:
        expected = " or ".join(FORMATS)
        hint = nearest(suffix, FORMATS)
        raise UsageError(f"{path}: unknown suffix {path.suffix!r}; expected {expected}{hint}")
    return FORMATS[suffix]
