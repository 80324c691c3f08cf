"""Several questions about one case in one request: they are answered side by side, and each answer
is sent as a line as soon as it is there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from anyio import CancelScope, Lock, create_task_group, sleep
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import Receive, Send

from .exchange import Answered, Ask, Asked
from .incoming import gone, unless_gone
from .ndjson import MEDIA_TYPE
from .problems import Refusal
from .zipping import ZIPPED, LineZip, takes_gzip, zipped

#: Seconds until what takes longer is begun: who clicks on has left by then.
PAUSE = 0.05


class Several:
    """Puts the questions of a request to `ask`. Where the client leaves, all are given up."""

    def __init__(self, asked: Asked, ask: Ask):
        self._asked = asked
        self._ask = ask
        self._zip = LineZip() if takes_gzip(Headers(scope=asked.scope)) else None
        self._one_at_a_time = Lock()

    async def __call__(self, receive: Receive, send: Send) -> Answered:
        """Answer it. The request as a whole is looked at first, by the route of its name."""
        answered = await unless_gone(receive, self._ask(self._asked))
        if answered.status != 200:
            await (zipped(answered) if self._zip else answered).send(send)
            return answered
        await send({"type": "http.response.start", "status": 200, "headers": self._headers()})
        async with create_task_group() as tasks:
            tasks.start_soon(_leaving, receive, tasks.cancel_scope)
            async with create_task_group() as parts:
                for question, part in self._parts(json.loads(answered.body)):
                    parts.start_soon(self._part, question, part, send)
            end = self._zip.end() if self._zip else b""
            await send({"type": "http.response.body", "body": end})
            tasks.cancel_scope.cancel()
        return answered

    def _headers(self) -> list[tuple[bytes, bytes]]:
        headers = MutableHeaders({"content-type": MEDIA_TYPE})
        if self._zip:
            headers.update(ZIPPED)
        return headers.raw

    def _parts(self, document: dict[str, Any]) -> Iterator[tuple[str, Asked]]:
        body = json.dumps(document["case"], ensure_ascii=False).encode()
        for question in document["ask"]:
            path, _, query = question.partition("?")
            yield question, self._asked.about(f"/v1/{path}", query, body)

    async def _part(self, question: str, part: Asked, send: Send) -> None:
        try:
            await sleep(0 if part.is_brief else PAUSE)
            answered = await self._ask(part)
        except Refusal as problem:
            answered = Answered(problem.status_code, body=bytes(problem.response().body))
        member = b"answer" if answered.status == 200 else b"problem"
        name = json.dumps(question, ensure_ascii=False).encode()
        line = b'{"question": %s, "%s": %s}\n' % (name, member, answered.body)
        async with self._one_at_a_time:
            piece = self._zip.piece(line) if self._zip else line
            await send({"type": "http.response.body", "body": piece, "more_body": True})


async def _leaving(receive: Receive, everything: CancelScope) -> None:
    await gone(receive)
    everything.cancel()
