"""Many cases in one request: a case a line (NDJSON), an answer a line, while they come in."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import Any

from anyio import create_memory_object_stream, create_task_group
from anyio.streams.memory import MemoryObjectSendStream
from fastapi import Request
from fastapi.exceptions import RequestValidationError
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from ..errors import NeurogamutError
from .body import strict_json
from .limits import Workers
from .problems import Problem, of_error, of_validation

MEDIA_TYPE = "application/x-ndjson"
#: Blocks of answers kept for a client that sends everything before it reads; then it has to read.
HELD = 256
#: Lines that a worker answers in one go.
TOGETHER = 64

Answer = Callable[[dict[str, Any]], dict[str, Any]]


class BatchAnswer(Response):
    """Answers the lines of a request as they come. A line that cannot be answered has a `problem`
    in the place of an answer, and the others go on."""

    def __init__(self, request: Request, answer: Answer, workers: Workers, longest: int):
        super().__init__(media_type=MEDIA_TYPE)
        del self.headers["content-length"]
        self._request = request
        self._answer = answer
        self._workers = workers
        self._longest = longest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        start = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
        await send(start)
        writer, reader = create_memory_object_stream(HELD)
        async with create_task_group() as tasks:
            tasks.start_soon(self._work, writer)
            async with reader:
                async for block in reader:
                    await send({"type": "http.response.body", "body": block, "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    async def _work(self, writer: MemoryObjectSendStream) -> None:
        number = 0
        async with writer:
            try:
                async for lines in self._blocks():
                    answer = partial(self._lines, number, lines)
                    await writer.send(await self._workers.run(answer))
                    number += len(lines)
            except Problem as problem:
                await writer.send(_line(number + 1, problem=problem.document()))

    async def _blocks(self) -> AsyncIterator[list[bytes]]:
        """Whole lines, some at a time. Raises Problem 413 where one does not come to an end."""
        rest = b""
        async for chunk in self._request.stream():
            *lines, rest = (rest + chunk).split(b"\n")
            self._require_short(rest)
            for start in range(0, len(lines), TOGETHER):
                yield lines[start : start + TOGETHER]
        if rest:
            yield [rest]

    def _require_short(self, line: bytes) -> None:
        if len(line) > self._longest:
            raise Problem(413, f"the line is longer than {self._longest} bytes")

    def _lines(self, before: int, lines: list[bytes]) -> bytes:
        numbered = enumerate(lines, start=before + 1)
        return b"".join(self._one(number, line) for number, line in numbered if line.strip())

    def _one(self, number: int, line: bytes) -> bytes:
        """The answer to a line; `id` is handed back."""
        about = {}
        try:
            self._require_short(line)
            case = strict_json(line)
            if isinstance(case, dict) and "id" in case:
                about["id"] = case.pop("id")
            return _line(number, **about, **self._answer(case))
        except RequestValidationError as error:
            problem = of_validation(error)
        except NeurogamutError as error:
            problem = of_error(error)
        except Problem as error:
            problem = error
        return _line(number, **about, problem=problem.document())


def _line(number: int, **document: Any) -> bytes:
    text = json.dumps({"line": number, **document}, ensure_ascii=False, allow_nan=False)
    return text.encode() + b"\n"
