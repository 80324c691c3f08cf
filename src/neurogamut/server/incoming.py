"""Bodies as they come: how long, how slowly, and whether anybody waits for the answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from typing import TypeVar

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope

from .limits import Limits
from .problems import Refusal

Answer = TypeVar("Answer")

CLOSE = {"connection": "close"}


async def whole_body(scope: Scope, receive: Receive, limits: Limits) -> bytes:
    """A body that is not too long. Raises Refusal 413 where it is, whether its length was declared
    or it comes in chunks, 408 where it does not come in time, and ClientDisconnect."""
    declared = Headers(scope=scope).get("content-length", "")
    require_short(int(declared) if declared.isdecimal() else 0, limits.body)
    body = b""
    async with in_time(limits.patience):
        async for chunk in chunks(receive):
            body += chunk
            require_short(len(body), limits.body)
    return body


async def chunks(receive: Receive) -> AsyncIterator[bytes]:
    """The pieces of a body. Raises ClientDisconnect."""
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        yield message.get("body", b"")
        more = message.get("more_body", False)


def require_short(length: int, most: int, what: str = "body") -> None:
    """Raises Refusal 413 for more than `most` bytes."""
    if length > most:
        raise Refusal(413, f"the {what} is longer than {most} bytes", headers=CLOSE)


@asynccontextmanager
async def in_time(seconds: float) -> AsyncIterator[None]:
    """Raises Refusal 408 where the block takes longer."""
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError:
        detail = f"nothing came, or not all, within {seconds:g} s"
        raise Refusal(408, detail, headers=CLOSE) from None


async def unless_gone(receive: Receive, answer: Awaitable[Answer]) -> Answer:
    """An answer, which is cancelled where its client leaves. Raises ClientDisconnect."""
    answering = asyncio.ensure_future(answer)
    leaving = asyncio.ensure_future(gone(receive))
    try:
        await asyncio.wait({answering, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if not answering.done():
            raise ClientDisconnect
        return answering.result()
    finally:
        answering.cancel()
        leaving.cancel()


async def gone(receive: Receive) -> None:
    """Returns once the client has left. The whole body must have been read."""
    while (await receive())["type"] != "http.disconnect":
        pass
