"""A server on a free port of this machine, and a client that needs no library."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPResponse

import uvicorn

import neurogamut as ng
from neurogamut.server.app import create_app
from neurogamut.server.launch import PageServer
from neurogamut.server.limits import DEFAULT, Limits
from neurogamut.server.processes import Pool
from neurogamut.server.slow_headers import Prompt

CASE = {"age": 20, "sex": "female", "corpus_callosum_lesions": "present"}
JSON = {"content-type": "application/json"}
#: Seconds that a test waits for what should take a fraction of one.
PATIENCE = 60
#: How often it looks meanwhile. Looks are counted, as a machine may stand still for a minute.
LOOKS = 1200


class Served:
    """A server as `neurogamut serve` starts it, in a thread of the test."""

    def __init__(self, port: int):
        self.port = port

    def connect(self) -> HTTPConnection:
        return HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)

    def get(self, path: str, headers: dict | None = None) -> HTTPResponse:
        connection = self.connect()
        connection.request("GET", path, headers=headers or {})
        return read(connection)

    def post(self, path: str, body: object, headers: dict | None = None) -> HTTPResponse:
        connection = self.connect()
        content = body if isinstance(body, bytes | str) else json.dumps(body)
        connection.request("POST", path, content, JSON | (headers or {}))
        return read(connection)

    @contextmanager
    def asking(self, *questions: tuple[str, object]) -> Iterator[list[HTTPConnection]]:
        """Questions that are asked and whose answers nobody reads; then their client leaves."""
        connections = [self.connect() for _ in questions]
        for connection, (path, body) in zip(connections, questions, strict=True):
            content = body if isinstance(body, str) else json.dumps(body)
            connection.request("POST", path, content, JSON)
        yield connections
        for connection in connections:
            connection.close()

    def raw(self, *lines: str) -> socket.socket:
        """A connection on which only these lines were sent."""
        found = socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE)
        found.sendall("\r\n".join(lines).encode())
        return found


def until(condition: Callable[[], bool]) -> None:
    """Wait for it, up to so many looks."""
    assert any(condition() or time.sleep(PATIENCE / LOOKS) for _ in range(LOOKS))


def read(connection: HTTPConnection) -> HTTPResponse:
    """A response with its `text`."""
    response = connection.getresponse()
    response.text = response.read().decode()
    connection.close()
    return response


@contextmanager
def served(model: ng.Model, limits: Limits = DEFAULT, **options) -> Iterator[Served]:
    """Such a server, once it can answer."""
    pool = Pool(model, limits)
    app = create_app(model, limits=limits, ask=pool, **options)
    listener = socket.create_server(("127.0.0.1", 0))
    http = type("Prompt", (Prompt,), {"patience": limits.patience})
    config = uvicorn.Config(app, http=http, log_level="warning", timeout_graceful_shutdown=2)
    server = PageServer(config, pool, "here", browse=False)
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    found = Served(listener.getsockname()[1])
    try:
        # Of each kind of process one is there.
        until(lambda: found.get("/v1/model").status != 503)
        until(lambda: found.post("/v1/plan?by=nothing", CASE).status != 503)
        yield found
    finally:
        server.should_exit = True
        thread.join()
        listener.close()
