"""How much a server takes on: bytes in a body, requests at once, requests of one key."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic
from typing import Any

from anyio import CapacityLimiter, to_thread
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, Request
from starlette.types import Message, Receive, Scope

from .problems import Problem


@dataclass(frozen=True)
class Limits:
    """`body`: bytes of a request, or of one line of a batch. `at_once`: requests that are being
    answered or wait for a worker. `rate` and `burst`: requests a second of one API key in the
    long run, and at once."""

    body: int = 64 * 1024
    at_once: int = 64
    rate: float = 20
    burst: int = 100


DEFAULT = Limits()


class Workers:
    """Threads that answer; few, as Python runs one at a time and each takes its share. Slow
    questions have their own, so that a quick one never waits for them."""

    def __init__(self) -> None:
        self._quick = CapacityLimiter(2)
        self._slow = CapacityLimiter(2)

    async def run(self, work: Callable[[], Any]) -> Any:
        """What `work` returns; what it raises is raised here."""
        return await to_thread.run_sync(work, limiter=self._quick)

    async def run_slow(self, work: Callable[[], Any], request: Request) -> Any:
        """The same, unless the client has left by the time that its turn comes."""
        async with self._slow:
            if await request.is_disconnected():
                raise ClientDisconnect
            return await to_thread.run_sync(work, limiter=CapacityLimiter(1))


class Slots:
    """Places for requests that are being answered."""

    def __init__(self, count: int):
        self._free = count

    @contextmanager
    def taken(self) -> Iterator[None]:
        """One place, while the block runs. Raises Problem 503 where none is free."""
        if self._free == 0:
            detail = "the server answers as many requests as it can; try again in a moment"
            raise Problem(503, detail, headers={"retry-after": "1"})
        self._free -= 1
        try:
            yield
        finally:
            self._free += 1


class Rate:
    """A token bucket for each key: `burst` tokens, filled up by `rate` a second."""

    def __init__(self, limits: Limits, clock: Callable[[], float] = monotonic):
        self._limits = limits
        self._clock = clock
        self._buckets: dict[str, tuple[float, float]] = {}

    def spend(self, key: str) -> None:
        """One token. Raises Problem 429 where none is left."""
        now = self._clock()
        tokens, then = self._buckets.get(key, (self._limits.burst, now))
        tokens = min(self._limits.burst, tokens + (now - then) * self._limits.rate)
        if tokens < 1:
            wait = f"{(1 - tokens) / self._limits.rate:.0f}"
            detail = f"more than {self._limits.rate:g} requests a second with this key"
            raise Problem(429, detail, headers={"retry-after": max(wait, "1")})
        self._buckets[key] = (tokens - 1, now)


def limited(receive: Receive, scope: Scope, most: int) -> Receive:
    """A `receive` that raises Problem 413 once a body is longer than `most` bytes, whether its
    length was declared or it comes in chunks."""
    declared = Headers(scope=scope).get("content-length", "")
    _require_short(int(declared) if declared.isdecimal() else 0, most)
    received = 0

    async def counted() -> Message:
        nonlocal received
        message = await receive()
        received += len(message.get("body", b""))
        _require_short(received, most)
        return message

    return counted


def _require_short(length: int, most: int) -> None:
    if length > most:
        raise Problem(413, f"the body is longer than {most} bytes", headers={"connection": "close"})
