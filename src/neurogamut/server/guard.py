"""The outermost layer: whom to answer, how much to take on, what to log (never a finding)."""

from __future__ import annotations

import logging
from time import perf_counter
from traceback import extract_tb

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .limits import Limits, Rate, Slots, limited
from .problems import Problem
from .security import HEADERS, Door

log = logging.getLogger("neurogamut.server")

API = "/v1/"
BATCH = "/v1/posteriors"


class Reply:
    """A `send` that adds the headers of every answer and remembers its status."""

    def __init__(self, send: Send, is_api: bool):
        self._send = send
        self._cache = "no-store" if is_api else "no-cache"
        self.status: int | None = None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            headers.update({**HEADERS, "cache-control": self._cache})
        await self._send(message)


class Guard:
    """Middleware around the whole application."""

    def __init__(self, app: ASGIApp, door: Door, limits: Limits):
        self._app = app
        self._door = door
        self._limits = limits
        self._slots = Slots(limits.at_once)
        self._rate = Rate(limits)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        start = perf_counter()
        reply = Reply(send, scope["path"].startswith(API))
        try:
            await self._answer(scope, receive, reply)
        except Problem as problem:
            await problem.response()(scope, receive, reply)
        except ClientDisconnect:
            log.info("client left")
        except Exception as error:
            _log_failure(error)
            if reply.status is None:
                problem = Problem(500, "the server failed; the failure is logged without the case")
                await problem.response()(scope, receive, reply)
        _log_answer(scope, reply, perf_counter() - start)

    async def _answer(self, scope: Scope, receive: Receive, reply: Reply) -> None:
        headers = Headers(scope=scope)
        self._door.require_host(headers)
        if scope["path"].startswith(API):
            key = self._door.require_key(headers)
            if key is not None:
                self._rate.spend(key)
        if scope["path"] != BATCH:
            receive = limited(receive, scope, self._limits.body)
        with self._slots.taken():
            await self._app(scope, receive, reply)


def _log_answer(scope: Scope, reply: Reply, seconds: float) -> None:
    """Method, route, status and time; the route's pattern, as an address may hold anything."""
    route = getattr(scope.get("route"), "path", "no route")
    log.info("%s %s %s %.1f ms", scope["method"], route, reply.status, 1000 * seconds)


def _log_failure(error: Exception) -> None:
    """Kind and place of an error; its message may quote a finding."""
    frames = reversed(extract_tb(error.__traceback__))
    places = " < ".join(f"{frame.filename}:{frame.lineno}" for frame in frames)
    log.error("failed: %s at %s", type(error).__name__, places)
