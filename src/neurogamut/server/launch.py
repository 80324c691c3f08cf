"""The server as a process: bound to loopback unless there are keys, with a browser opened."""

from __future__ import annotations

import logging
import socket
import webbrowser
from collections.abc import Iterable
from pathlib import Path

import uvicorn

from ..errors import UsageError
from ..model import Model
from .app import create_app
from .limits import DEFAULT
from .processes import Pool
from .security import LOOPBACK_NAMES, read_keys, require_keys_elsewhere
from .slow_headers import Prompt

#: Seconds that answers under way are given when the server ends.
FAREWELL = 2


class PageServer(uvicorn.Server):
    """A server that says where it is once it listens, and opens the page there."""

    def __init__(self, config: uvicorn.Config, pool: Pool, address: str, browse: bool):
        super().__init__(config)
        self._pool = pool
        self._address = address
        self._browse = browse

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """As uvicorn's."""
        self._pool.start()
        await super().startup(sockets)
        print(f"neurogamut serves {self._address}  (Ctrl-C ends it)", flush=True)
        if self._browse:
            webbrowser.open(self._address)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """As uvicorn's; nobody waits for answers that are not there yet."""
        self._pool.stop()
        await super().shutdown(sockets)


def run(
    model: Model, host: str, port: int, key_file: Path | None, names: Iterable[str], browse: bool
) -> None:
    """Serve until interrupted.

    Raises UsageError for an address that is taken, unknown, or open to others without keys."""
    keys = read_keys(key_file)
    require_keys_elsewhere(host, keys)
    pool = Pool(model, DEFAULT)
    app = create_app(model, keys=keys, names=(*LOOPBACK_NAMES, host, *names), ask=pool)
    # uvicorn's own access log would hold whole addresses.
    config = uvicorn.Config(
        app,
        http=Prompt,
        access_log=False,
        log_level="warning",
        server_header=False,
        timeout_graceful_shutdown=FAREWELL,
    )
    _log_to_stderr()
    with _listening(host, port) as listener:
        address = _address(host, listener.getsockname()[1])
        PageServer(config, pool, address, browse).run([listener])


def _listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family)
    except OSError as error:
        raise UsageError(f"{host}:{port}: cannot listen there: {error.strerror or error}") from None
    # Handed down to connections; asyncio would set it only on sockets that it made itself, and
    # without it each answer waits 40 ms for an acknowledgement of its header.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def _address(host: str, port: int) -> str:
    name = f"[{host}]" if ":" in host else host
    return f"http://{name}:{port}/"


def _log_to_stderr() -> None:
    logger = logging.getLogger("neurogamut.server")
    logger.addHandler(logging.StreamHandler())
    logger.setLevel(logging.INFO)
