"""The outermost layer: whom to answer, how much to take on, what to log (never a finding)."""

from __future__ import annotations

import logging
from time import perf_counter

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .exchange import Answered, Ask, Asked
from .incoming import unless_gone, whole_body
from .limits import WRONG_KEYS, Limits, Rate, Slots
from .ndjson import Batch
from .problems import Refusal, failed, place
from .security import HEADERS, Door
from .several import Several
from .zipping import takes_gzip, zipped

log = logging.getLogger("neurogamut.server")

API = "/v1/"
BATCH = "/v1/posteriors"
SEVERAL = "/v1/answers"


class Reply:
    """A `send` that adds the headers of every answer and remembers its status and route."""

    def __init__(self, send: Send, is_api: bool):
        self._send = send
        self._cache = "no-store" if is_api else "no-cache"
        self.status: int | None = None
        self.route: str | None = None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            headers.update(HEADERS)
            headers.setdefault("cache-control", self._cache)
        await self._send(message)


class Guard:
    """Middleware around the page; it puts what is below `/v1/` to `ask`, once its body is complete,
    and stays idle meanwhile, so that the rest is answered at once."""

    def __init__(self, app: ASGIApp, door: Door, limits: Limits, ask: Ask):
        self._app = app
        self._door = door
        self._limits = limits
        self._ask = ask
        self._reading = Slots(limits.reading)
        self._batches = Slots(limits.at_once)
        self._questions = {brief: Slots(limits.at_once) for brief in (True, False)}
        self._rate = Rate(limits)
        self._wrong = Rate(WRONG_KEYS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        start = perf_counter()
        reply = Reply(send, scope["path"].startswith(API))
        try:
            await self._answer(scope, receive, reply)
        except Refusal as problem:
            await problem.response()(scope, receive, reply)
        except ClientDisconnect:
            log.info("client left")
        except Exception as error:
            log.error("failed: %s", place(error))
            if reply.status is None:
                await failed().response()(scope, receive, reply)
        _log_answer(scope, reply, perf_counter() - start)

    async def _answer(self, scope: Scope, receive: Receive, reply: Reply) -> None:
        headers = Headers(scope=scope)
        self._door.require_host(headers)
        if not scope["path"].startswith(API):
            await self._app(scope, receive, reply)
            return
        key = self._key(headers)
        asks = {BATCH: self._batch, SEVERAL: self._several} if scope["method"] == "POST" else {}
        answered = await asks.get(scope["path"], self._question)(scope, receive, reply, key)
        reply.route = answered.route
        if answered.failure:
            log.error("failed: %s", answered.failure)

    def _key(self, headers: Headers) -> str | None:
        """Which key it is. Raises Refusal 401, or 429 where too many were wrong; a right one is
        answered all the same, as others may share its address."""
        try:
            return self._door.require_key(headers)
        except Refusal:
            if "authorization" in headers:
                self._wrong.spend("")
            raise

    async def _question(
        self, scope: Scope, receive: Receive, reply: Reply, key: str | None
    ) -> Answered:
        asked = await self._asked(scope, receive, key)
        answered = await unless_gone(receive, self._in_turn(asked))
        zips = takes_gzip(Headers(scope=scope))
        await (zipped(answered) if zips else answered).send(reply)
        return answered

    async def _several(
        self, scope: Scope, receive: Receive, reply: Reply, key: str | None
    ) -> Answered:
        asked = await self._asked(scope, receive, key)
        return await Several(asked, self._in_turn)(receive, reply)

    async def _asked(self, scope: Scope, receive: Receive, key: str | None) -> Asked:
        """The whole request, of one who may ask so much."""
        if key is not None:
            self._rate.spend(key)
        with self._reading.taken():
            return Asked.of(scope, await whole_body(scope, receive, self._limits))

    async def _in_turn(self, asked: Asked) -> Answered:
        """An answer, where there is a place. Raises Refusal 503."""
        with self._questions[asked.is_brief].taken():
            return await self._ask(asked)

    async def _batch(
        self, scope: Scope, receive: Receive, reply: Reply, key: str | None
    ) -> Answered:
        async def spend(lines: int) -> None:
            if key is not None:
                await self._rate.spend_lines(key, lines)

        batch = Batch(Asked.of(scope, b""), self._ask, spend, self._limits)
        with self._batches.taken():
            return await batch(receive, reply)


def _log_answer(scope: Scope, reply: Reply, seconds: float) -> None:
    """Method, route, status and time; the route's pattern, as an address may hold anything."""
    route = reply.route or getattr(scope.get("route"), "path", "no route")
    log.info("%s %s %s %.1f ms", scope["method"], route, reply.status, 1000 * seconds)
