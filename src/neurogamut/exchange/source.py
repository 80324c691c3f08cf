"""Where a network is read from: a file, a compressed one or a stream, and as what."""

from __future__ import annotations

import gzip
import io
import os
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from ..errors import NetworkError, UsageError, nearest

#: What can be read from: a path, or an open stream of bytes or text.
Readable = str | os.PathLike[str] | IO[Any]

#: Bytes of the largest file, decompressed.
LARGEST_FILE = 2**30
GZIP_MAGIC = b"\x1f\x8b"
FORMATS = {
    ".bif": "BIF",
    ".xml": "XMLBIF",
    ".xmlbif": "XMLBIF",
    ".bifxml": "XMLBIF",
    ".net": "NET",
    ".xdsl": "XDSL",
    ".uai": "UAI",
}
#: The first word of each format, by which a stream without a name is known.
FIRST_WORDS = {
    "<smile": "XDSL",
    "<bif": "XMLBIF",
    "network": "BIF",
    "variable": "BIF",
    "probability": "BIF",
    "net": "NET",
    "node": "NET",
    "bayes": "UAI",
    "markov": "UAI",
}


#: What may come before the first word.
COMMENTS = re.compile(r"\A(?:\ufeff|\s|(?://|[%#])[^\n]*|/\*.*?\*/)*", re.DOTALL)


class _Limited(io.RawIOBase):
    """Bytes of another stream, up to a limit. Raises NetworkError beyond it."""

    def __init__(self, stream: IO[bytes] | io.BufferedIOBase, name: str):
        self.stream, self.name, self.left = stream, name, LARGEST_FILE

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Some more bytes, and how many."""
        data = self.stream.read(len(buffer))
        self.left -= len(data)
        if self.left < 0:
            raise NetworkError(f"{self.name}: larger than {LARGEST_FILE:,} bytes")
        buffer[: len(data)] = data
        return len(data)


@contextmanager
def opened(source: Readable) -> Iterator[tuple[str, IO[Any]]]:
    """A name for messages, and a stream of bytes (decompressed) or of text.

    Raises UsageError where it cannot be opened, NetworkError for what is cut off or too large."""
    if isinstance(source, (str, os.PathLike)):
        path = Path(source)
        with _file(path) as file, _told(str(path)):
            yield str(path), _decompressed(file, str(path))
    elif hasattr(source, "read"):
        name = stream_name(source)
        with _told(name):
            text = isinstance(source, io.TextIOBase)
            yield name, source if text else _decompressed(source, name)
    else:
        kind = type(source).__name__
        raise UsageError(f"cannot read a network from {kind}; expected a path or an open stream")


def stream_name(stream: IO[Any]) -> str:
    """What messages call a stream."""
    name = getattr(stream, "name", None)
    return name if isinstance(name, str) else "stream"


def lines(stream: IO[Any], name: str) -> Iterator[str]:
    """The lines of a text in UTF-8. Raises NetworkError with the line that is none."""
    text = (
        stream
        if isinstance(stream, io.TextIOBase)
        else io.TextIOWrapper(stream, encoding="utf-8-sig", newline=None)
    )
    number = 0
    try:
        for line in text:
            number += 1
            yield line
    except UnicodeDecodeError as error:
        wrong = f"is not UTF-8 (byte {error.object[error.start]:#04x})"
        raise NetworkError(f"{name}:{number + 1}: {wrong}; save it as UTF-8") from None


def format_of(name: str) -> str | None:
    """The format that a file's suffix stands for, in any case, `.gz` or not."""
    plain = name.lower().removesuffix(".gz")
    return next((kind for suffix, kind in FORMATS.items() if plain.endswith(suffix)), None)


def needed_format(path: str | os.PathLike[str]) -> str:
    """The same; raises UsageError where the suffix stands for none."""
    if found := format_of(os.fspath(path)):
        return found
    suffix = Path(path).suffix
    expected = ", ".join(FORMATS)
    hint = nearest(suffix.lower(), FORMATS)
    raise UsageError(f"{path}: unknown format {suffix!r}; expected {expected}{hint}")


def sniffed(stream: IO[Any], name: str) -> tuple[str, IO[Any]]:
    """The format of a stream by its first words, and the stream with nothing lost."""
    content = stream.read()
    text = content if isinstance(content, str) else content.decode("utf-8", errors="replace")
    again = io.StringIO(content) if isinstance(content, str) else io.BytesIO(content)
    head = COMMENTS.sub("", text, count=1)[:4096].lower()
    for word, kind in FIRST_WORDS.items():
        if head.startswith(word) or (head.startswith("<") and word in head):
            return kind, again
    expected = ", ".join(dict.fromkeys(FORMATS.values()))
    raise UsageError(f"{name}: of no known format; expected one of {expected}")


def _file(path: Path) -> IO[bytes]:
    try:
        return path.open("rb")
    except FileNotFoundError:
        raise UsageError(f"{path}: no such file") from None
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from None


def _decompressed(stream: IO[bytes], name: str) -> io.BufferedReader[_Limited]:
    plain = io.BufferedReader(_Limited(stream, name))
    if plain.peek(2)[:2] != GZIP_MAGIC:
        return plain
    return io.BufferedReader(_Limited(gzip.GzipFile(fileobj=plain), name))


@contextmanager
def _told(name: str) -> Iterator[None]:
    """Errors of the file system and of compression as ours."""
    try:
        yield
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise NetworkError(f"{name}: no whole gzip file: {error}") from None
    except OSError as error:
        raise UsageError(f"{name}: cannot be read: {error.strerror}") from None
