"""A request whose body is complete, and its whole answer: both can go to another process."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qs

from anyio import CapacityLimiter, to_thread
from starlette.types import ASGIApp, Message, Scope, Send

from ..model import COEXISTING
from .problems import failed, place

#: What of a request tells which question it is, and how.
KEPT = ("type", "http_version", "method", "scheme", "path", "raw_path", "query_string", "headers")
#: Questions that take no more than a moment, whatever the case, unless diseases may coexist.
BRIEF = {"/v1/posterior", "/v1/posteriors", "/v1/explain", "/v1/phenopacket", "/v1/answers"}
#: In a scope, the number of the first line of a body that is a piece of a batch.
FIRST_LINE = "neurogamut.first_line"
#: Questions that threads of one process work on at once.
THREADS = 4


@dataclass(frozen=True)
class Asked:
    """A request of a client."""

    scope: dict[str, Any]
    body: bytes = b""

    @classmethod
    def of(cls, scope: Scope, body: bytes) -> Asked:
        """The request of an ASGI connection."""
        return cls({key: scope[key] for key in KEPT if key in scope}, body)

    @property
    def is_brief(self) -> bool:
        """Whether it takes no more than a moment."""
        if self.scope["method"] != "POST":
            return True
        assume = parse_qs(self.scope["query_string"].decode("latin-1")).get("assume", [])
        return self.scope["path"] in BRIEF and COEXISTING not in assume

    def about(self, path: str, query: str, body: bytes) -> Asked:
        """Another question of the same client."""
        raw = {"path": path, "raw_path": path.encode(), "query_string": query.encode()}
        return Asked(self.scope | raw, body)

    def piece(self, lines: list[bytes], first: int) -> Asked:
        """The same request with some lines of its body."""
        return replace(self, scope=self.scope | {FIRST_LINE: first}, body=b"\n".join(lines))


@dataclass
class Answered:
    """A whole answer. `route` is the route's pattern; `failure` the kind and place of an error that
    is ours, without its message, which may quote a finding."""

    status: int = 500
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    body: bytes = b""
    route: str | None = None
    failure: str | None = None

    async def send(self, send: Send) -> None:
        """To an ASGI connection."""
        start = {"type": "http.response.start", "status": self.status, "headers": self.headers}
        await send(start)
        await send({"type": "http.response.body", "body": self.body})


Ask = Callable[[Asked], Awaitable[Answered]]


async def exchange(app: ASGIApp, asked: Asked) -> Answered:
    """What an application answers; an error that it does not handle is a problem."""
    answered = Answered()
    scope = {"asgi": {"version": "3.0"}, "root_path": "", "client": None, **asked.scope}

    async def receive() -> Message:
        return {"type": "http.request", "body": asked.body}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            answered.status, answered.headers = message["status"], list(message["headers"])
        else:
            answered.body += message.get("body", b"")

    try:
        await app(scope, receive, send)
    except Exception as error:
        answered = _failed(error)
    answered.route = getattr(scope.get("route"), "path", None)
    return answered


def _failed(error: Exception) -> Answered:
    problem = failed().response()
    return Answered(500, problem.raw_headers, bytes(problem.body), failure=place(error))


def in_threads(app: ASGIApp) -> Ask:
    """Answers in threads of this process, which nothing can stop: for tests, and for a server of
    one's own. `processes.Pool` is what `neurogamut serve` uses."""
    limiter = CapacityLimiter(THREADS)

    async def ask(asked: Asked) -> Answered:
        def work() -> Answered:
            return asyncio.run(exchange(app, asked))

        return await to_thread.run_sync(work, limiter=limiter)

    return ask
