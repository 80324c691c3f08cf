"""Many cases in one request: a case a line (NDJSON), an answer a line, while they come in."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from typing import Any

from anyio import CancelScope, create_memory_object_stream, create_task_group
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
from fastapi.exceptions import RequestValidationError
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Send

from ..errors import NeurogamutError
from .body import strict_json
from .exchange import Answered, Ask, Asked
from .incoming import chunks, gone, in_time, require_short
from .limits import Limits
from .problems import Refusal, of_error, of_validation

MEDIA_TYPE = "application/x-ndjson"
#: Blocks of answers kept for a client that sends everything before it reads; then it has to read.
HELD = 256
#: Pieces of a body that are read ahead, as a client that leaves is noticed only while one reads.
AHEAD = 16
#: Lines that are answered in one go.
TOGETHER = 64


class Batch:
    """Puts the lines of a request to `ask`, some at a time, as they come. `spend` waits until so
    many lines may be answered."""

    def __init__(
        self, asked: Asked, ask: Ask, spend: Callable[[int], Awaitable[None]], limits: Limits
    ):
        self._asked = asked
        self._ask = ask
        self._spend = spend
        self._limits = limits

    async def __call__(self, receive: Receive, send: Send) -> Answered:
        """Answer it. No lines at all tell whether the batch is refused as a whole."""
        answered = await self._ask(self._asked)
        if answered.status != 200:
            await answered.send(send)
            return answered
        headers = [header for header in answered.headers if header[0] != b"content-length"]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        to_read, pieces = create_memory_object_stream[bytes](AHEAD)
        to_send, answers = create_memory_object_stream[bytes](HELD)
        async with create_task_group() as tasks:
            tasks.start_soon(self._read, receive, to_read, tasks.cancel_scope)
            tasks.start_soon(self._work, pieces, to_send)
            async with answers:
                async for block in answers:
                    await self._send(send, block)
            await send({"type": "http.response.body", "body": b""})
            tasks.cancel_scope.cancel()
        return answered

    async def _read(
        self, receive: Receive, pieces: MemoryObjectSendStream[bytes], everything: CancelScope
    ) -> None:
        """The body, and then whether the client leaves; that ends everything."""
        with suppress(ClientDisconnect):
            async with pieces:
                async for piece in chunks(receive):
                    await pieces.send(piece)
            await gone(receive)
        everything.cancel()

    async def _send(self, send: Send, block: bytes) -> None:
        """Raises TimeoutError where the client reads nothing for long."""
        async with asyncio.timeout(self._limits.idle):
            await send({"type": "http.response.body", "body": block, "more_body": True})

    async def _work(
        self, pieces: MemoryObjectReceiveStream[bytes], answers: MemoryObjectSendStream[bytes]
    ) -> None:
        number = 1
        async with pieces, answers:
            try:
                async for lines in self._blocks(pieces):
                    await self._spend(len(lines))
                    await answers.send(await self._answer(number, lines))
                    number += len(lines)
            except Refusal as problem:
                await answers.send(_line(number, problem=problem.document()))

    async def _answer(self, number: int, lines: list[bytes]) -> bytes:
        """Answers to lines; where they take too long together, one by one."""
        try:
            answered = await self._ask(self._asked.piece(lines, number))
            if answered.status == 200:
                return answered.body
            problem = json.loads(answered.body)
        except Refusal as error:
            problem = error.document()
        if len(lines) == 1:
            return _line(number, problem=problem)
        alone = [await self._answer(i, [line]) for i, line in enumerate(lines, start=number)]
        return b"".join(alone)

    async def _blocks(self, pieces: MemoryObjectReceiveStream[bytes]) -> AsyncIterator[list[bytes]]:
        """Whole lines, some at a time. Raises Refusal 413 where one does not come to an end, 408
        where nothing comes."""
        rest = b""
        while (piece := await self._next(pieces)) is not None:
            *lines, rest = (rest + piece).split(b"\n")
            require_short(len(rest), self._limits.body, "line")
            for start in range(0, len(lines), TOGETHER):
                yield lines[start : start + TOGETHER]
        if rest:
            yield [rest]

    async def _next(self, pieces: MemoryObjectReceiveStream[bytes]) -> bytes | None:
        async with in_time(self._limits.idle):
            return await anext(pieces, None)


def answer_lines(
    body: bytes, first: int, longest: int, answer: Callable[[Any], dict[str, Any]]
) -> bytes:
    """A line of answer for each line that is not blank. A line that cannot be answered has a
    `problem` in the place of an answer, and the others go on."""
    numbered = enumerate(body.split(b"\n"), start=first)
    return b"".join(
        _one(number, line, longest, answer) for number, line in numbered if line.strip()
    )


def _one(number: int, line: bytes, longest: int, answer: Callable[[Any], dict[str, Any]]) -> bytes:
    """The answer to a line; `id` is handed back."""
    about = {}
    try:
        require_short(len(line), longest, "line")
        case = strict_json(line)
        if isinstance(case, dict) and "id" in case:
            about["id"] = case.pop("id")
        return _line(number, **about, **answer(case))
    except RequestValidationError as error:
        problem = of_validation(error)
    except NeurogamutError as error:
        problem = of_error(error)
    except Refusal as error:
        problem = error
    return _line(number, **about, problem=problem.document())


def _line(number: int, **document: Any) -> bytes:
    text = json.dumps({"line": number, **document}, ensure_ascii=False, allow_nan=False)
    return text.encode() + b"\n"
