"""Answers as bytes: each block becomes a part, and the parts one file.

Numbers keep full precision; in CSV they are the shortest text that reads back as the same number.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO, Protocol

import pyarrow as pa
from pyarrow import csv, parquet

from ..errors import UsageError, nearest


class Format(Protocol):
    """How answers are written."""

    def part(self, answers: pa.Table) -> bytes:
        """The answers of one block."""

    def join(self, parts: Sequence[Path], columns: Sequence[str], out: BinaryIO) -> None:
        """One file of one or more parts."""


class CsvFormat:
    """Parts are lines; the file begins with a header."""

    def part(self, answers: pa.Table) -> bytes:
        """Lines without a header."""
        sink = pa.BufferOutputStream()
        csv.write_csv(answers, sink, csv.WriteOptions(include_header=False, quoting_style="needed"))
        return sink.getvalue().to_pybytes()

    def join(self, parts: Sequence[Path], columns: Sequence[str], out: BinaryIO) -> None:
        """The header and all lines."""
        out.write((",".join(columns) + "\n").encode())
        for path in parts:
            with path.open("rb") as part:
                shutil.copyfileobj(part, out)


class ParquetFormat:
    """Parts are in Arrow's own format, which needs no parsing; each becomes a row group."""

    def part(self, answers: pa.Table) -> bytes:
        """A file in Arrow's format."""
        sink = pa.BufferOutputStream()
        with pa.ipc.new_file(sink, answers.schema) as writer:
            writer.write_table(answers)
        return sink.getvalue().to_pybytes()

    def join(self, parts: Sequence[Path], columns: Sequence[str], out: BinaryIO) -> None:
        """A row group for each part, not compressed: probabilities hardly are."""
        writer = None
        for path in parts:
            with pa.memory_map(str(path)) as file:
                table = pa.ipc.open_file(file).read_all()
                if writer is None:
                    writer = parquet.ParquetWriter(
                        out, table.schema, compression="none", use_dictionary=["leading"]
                    )
                writer.write_table(table)
        writer.close()


FORMATS: dict[str, Format] = {".parquet": ParquetFormat(), ".csv": CsvFormat()}


def format_of(path: Path) -> Format:
    """The format of a suffix. Raises UsageError for one that is not known."""
    if path.suffix not in FORMATS:
        expected = " or ".join(FORMATS)
        hint = nearest(path.suffix, FORMATS)
        raise UsageError(f"{path}: unknown suffix {path.suffix!r}; expected {expected}{hint}")
    return FORMATS[path.suffix]
