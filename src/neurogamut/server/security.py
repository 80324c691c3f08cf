"""Who may ask: the names that the server answers to, API keys, and what browsers are told."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from hashlib import sha256
from hmac import compare_digest
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from starlette.datastructures import Headers

from ..errors import UsageError
from .problems import Refusal

KEYS_VARIABLE = "NEUROGAMUT_API_KEYS"
SHORTEST_KEY = 16
LOOPBACK_NAMES = ("localhost", "127.0.0.1", "::1")

#: Nothing but the page's own files runs, and nothing leaves the machine.
HEADERS = {
    "content-security-policy": "default-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'; object-src 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


def is_loopback(host: str) -> bool:
    """True for an address that only this machine can reach."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def read_keys(file: Path | None, environment: Mapping[str, str] = os.environ) -> tuple[str, ...]:
    """API keys, of the file's lines and of NEUROGAMUT_API_KEYS (separated by commas).

    Raises UsageError for a file that cannot be read and for a key that is easily guessed."""
    keys = environment.get(KEYS_VARIABLE, "").split(",")
    if file is not None:
        try:
            keys += file.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"{file}: cannot be read: {error}") from None
    keys = [key.strip() for key in keys if key.strip()]
    if any(len(key) < SHORTEST_KEY for key in keys):
        raise UsageError(f"an API key is shorter than {SHORTEST_KEY} characters")
    return tuple(dict.fromkeys(keys))


def require_keys_elsewhere(host: str, keys: Iterable[str]) -> None:
    """Raises UsageError where a server would be open to other machines without an API key."""
    if not is_loopback(host) and not tuple(keys):
        raise UsageError(
            f"host={host!r} can be reached from other machines: set {KEYS_VARIABLE}, "
            "or name a file of keys with --api-keys"
        )


class Door:
    """Whom a server answers. `names` are the host names it goes by, against DNS rebinding."""

    def __init__(self, names: Iterable[str], keys: Iterable[str]):
        self._names = {name.lower() for name in names}
        self._keys = [_digest(key) for key in keys]

    def require_host(self, headers: Headers) -> None:
        """Raises Refusal 400 for a Host that is none of the server's names."""
        try:
            name = urlsplit(f"//{headers.get('host', '')}").hostname
        except ValueError:
            name = None
        if name not in self._names:
            raise Refusal(400, "the Host header is none of the names that this server goes by")

    def require_key(self, headers: Headers) -> str | None:
        """Which key it is, or None where none is needed. Raises Refusal 401. Every key is
        compared in constant time, so that the time tells nothing."""
        if not self._keys:
            return None
        scheme, _, said = headers.get("authorization", "").partition(" ")
        given = _digest(said.strip() if scheme.lower() == "bearer" else "")
        known = [compare_digest(given, key) for key in self._keys]
        if not any(known):
            detail = "expected an API key: Authorization: Bearer KEY"
            raise Refusal(401, detail, headers={"www-authenticate": "Bearer"})
        return given.hex()


def _digest(key: str) -> bytes:
    return sha256(key.encode("utf-8", "surrogateescape")).digest()
