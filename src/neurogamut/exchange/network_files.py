"""Networks in and out of files and streams, in any of the formats."""

from __future__ import annotations

import gzip
import io
import os
from collections.abc import Iterable
from pathlib import Path
from typing import IO, Any

from ..errors import UsageError, nearest
from . import bif, net, uai, xdsl, xmlbif
from .draft import NetworkContent
from .source import FORMATS, Readable, format_of, lines, needed_format, opened, sniffed

MODULES = {"BIF": bif, "XMLBIF": xmlbif, "NET": net, "XDSL": xdsl, "UAI": uai}
MARKUP = ("XMLBIF", "XDSL")


def read(source: Readable, format: str | None = None) -> tuple[str, NetworkContent]:
    """A name for messages, and what the file or stream says. The format is known by the suffix
    (`.bif`, `.xml`, `.xmlbif`, `.bifxml`, `.net`, `.xdsl`, `.uai`, in any case, also with `.gz`),
    by `format`, or, of a stream without a name, by its first words.

    Raises UsageError where there is nothing to read or the format is unknown, NetworkError with
    file, line and column for what is no network."""
    with opened(source) as (name, stream):
        kind = _checked(format) if format else format_of(name)
        if kind is None and isinstance(source, (str, os.PathLike)):
            kind = needed_format(source)
        if kind is None:
            kind, stream = sniffed(stream, name)
        if kind in MARKUP:
            return name, MODULES[kind].read(stream, name)
        return name, MODULES[kind].read(lines(stream, name), name)


def write(
    content: NetworkContent,
    target: str | os.PathLike[str] | IO[Any],
    comments: Iterable[str],
    format: str | None,
) -> None:
    """Write to a file or a stream of text or bytes, in the format of `format` or the suffix, whole
    or not at all. Raises UsageError for a name that no format can hold, or where it cannot be
    written."""
    _check_names(content)
    if hasattr(target, "write"):
        kind = _checked(format or format_of(str(getattr(target, "name", ""))) or "")
        text = _text(content, kind, comments)
        target.write(text if isinstance(target, io.TextIOBase) else text.encode())
        return
    path = Path(target)
    kind = _checked(format) if format else needed_format(path)
    data = _text(content, kind, comments).encode()
    if path.name.lower().endswith(".gz"):
        data = gzip.compress(data, mtime=0)
    _write_whole(path, data)


def _text(content: NetworkContent, kind: str, comments: Iterable[str]) -> str:
    out = io.StringIO()
    MODULES[kind].write(content, comments, out)
    return out.getvalue()


def _write_whole(path: Path, data: bytes) -> None:
    if not path.parent.is_dir():
        raise UsageError(f"{path}: there is no folder {path.parent}")
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        unfinished.write_bytes(data)
        unfinished.replace(path)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        raise UsageError(f"{path}: cannot be written: {error.strerror}") from None


def _checked(format: str) -> str:
    """The format of that name or suffix, in any case."""
    kinds = {kind.lower(): kind for kind in MODULES}
    kinds |= {suffix.lstrip("."): kind for suffix, kind in FORMATS.items()}
    key = format.lower().lstrip(".")
    if key not in kinds:
        expected = ", ".join(MODULES)
        raise UsageError(f"unknown format {format!r}; expected {expected}{nearest(key, kinds)}")
    return kinds[key]


def _check_names(content: NetworkContent) -> None:
    """Refuse what would not come back: control characters, and blanks at the ends of a name."""
    for name, states in content.states.items():
        for word in (name, *states):
            if word != word.strip() or not word or any(ord(sign) < 32 for sign in word):
                raise UsageError(
                    f"{name}: {word!r} cannot be written: expected a name without control "
                    "characters, and without blanks at its ends"
                )
