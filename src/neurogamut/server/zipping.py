"""Answers compressed for clients that take it (gzip), at once or line by line."""

from __future__ import annotations

import gzip
import zlib
from dataclasses import replace

from starlette.datastructures import Headers, MutableHeaders

from .exchange import Answered

#: Bytes from which it is worth it.
LEAST = 1000
#: Fast: the next answer waits.
LEVEL = 4
#: zlib's name for the format of gzip.
GZIP = 31


def takes_gzip(headers: Headers) -> bool:
    """Whether a client takes it, and does not only name it to refuse it."""
    named = [part.strip() for part in headers.get("accept-encoding", "").lower().split(",")]
    return any(part == "gzip" or (part.startswith("gzip;") and "q=0" not in part) for part in named)


def zipped(answered: Answered) -> Answered:
    """The same answer in fewer bytes, where it is long."""
    if len(answered.body) < LEAST:
        return answered
    body = gzip.compress(answered.body, LEVEL, mtime=0)
    headers = MutableHeaders(raw=list(answered.headers))
    headers.update({"content-length": str(len(body)), **ZIPPED})
    return replace(answered, body=body, headers=headers.raw)


ZIPPED = {"content-encoding": "gzip", "vary": "accept-encoding"}


class LineZip:
    """Compresses an answer piece by piece; each can be read as soon as it is there."""

    def __init__(self) -> None:
        self._made = zlib.compressobj(LEVEL, wbits=GZIP)

    def piece(self, content: bytes) -> bytes:
        """The next piece."""
        return self._made.compress(content) + self._made.flush(zlib.Z_SYNC_FLUSH)

    def end(self) -> bytes:
        """What ends it."""
        return self._made.flush()
