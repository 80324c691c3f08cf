"""How much a server takes on: bytes and seconds of a body, requests at once, seconds of a question,
requests of one key."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic

from .problems import Refusal

#: Lines of a batch that count as one request: most of what a request takes is not its case.
LINES = 10


@dataclass(frozen=True)
class Limits:
    """`body`: bytes of a request, or of one line of a batch. `reading`: bodies that are on their
    way, each for at most `patience` seconds. `idle`: seconds without a piece of a batch. `at_once`:
    brief questions, others and batches, each, that are being answered or wait for it. `seconds`:
    how long a question may take. `rate` and `burst`: requests a second of one API key in the long
    run, and at once."""

    body: int = 64 * 1024
    reading: int = 512
    patience: float = 10
    idle: float = 60
    at_once: int = 64
    seconds: float = 30
    rate: float = 20
    burst: int = 100


DEFAULT = Limits()
#: Of wrong keys, whoever they come from.
WRONG_KEYS = Limits(rate=1, burst=20)


class Slots:
    """Places for requests that are being answered."""

    def __init__(self, count: int):
        self._free = count

    @contextmanager
    def taken(self) -> Iterator[None]:
        """One place, while the block runs. Raises Refusal 503 where none is free."""
        if self._free == 0:
            detail = "the server answers as many requests as it can; try again in a moment"
            raise Refusal(503, detail, headers={"retry-after": "1"})
        self._free -= 1
        try:
            yield
        finally:
            self._free += 1


class Rate:
    """A token bucket for each key: `burst` tokens, filled up by `rate` a second."""

    def __init__(self, limits: Limits, clock: Callable[[], float] = monotonic):
        self._rate, self._burst = limits.rate, limits.burst
        self._clock = clock
        self._buckets: dict[str, tuple[float, float]] = {}

    def spend(self, key: str) -> None:
        """One token. Raises Refusal 429 where none is left."""
        tokens = self._tokens(key)
        if tokens < 1:
            wait = f"{(1 - tokens) / self._rate:.0f}"
            detail = f"more than {self._rate:g} requests a second with this key"
            raise Refusal(429, detail, headers={"retry-after": max(wait, "1")})
        self._set(key, tokens - 1)

    async def spend_lines(self, key: str, lines: int) -> None:
        """Tokens for lines of a batch, once there are more than half of them: what a key asks
        beside its batch is not kept waiting."""
        while (tokens := self._tokens(key)) < self._burst / 2:
            await asyncio.sleep((self._burst / 2 - tokens) / self._rate)
        self._set(key, tokens - lines / LINES)

    def _tokens(self, key: str) -> float:
        now = self._clock()
        tokens, then = self._buckets.get(key, (self._burst, now))
        return min(self._burst, tokens + (now - then) * self._rate)

    def _set(self, key: str, tokens: float) -> None:
        self._buckets[key] = (tokens, self._clock())
