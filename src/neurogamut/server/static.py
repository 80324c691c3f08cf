"""The page: the files of `page/`, read once, each at its own address and at one with the hash of
them all, where a browser may keep it."""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from fastapi import APIRouter, Request, Response

from .zipping import takes_gzip

PAGE = Path(__file__).parents[1] / "page"
INDEX = "index.html"
#: Some systems map these wrongly, and a browser runs no module of another type.
TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
FOR_GOOD = "public, max-age=31536000, immutable"
#: Letters of the hash in an address.
SHOWN = 12


@dataclass(frozen=True)
class PageFile:
    """A file as it is sent."""

    kind: str | None
    content: bytes

    @cached_property
    def zipped(self) -> bytes:
        """The same, compressed."""
        return gzip.compress(self.content, mtime=0)

    @cached_property
    def tag(self) -> str:
        """What tells a browser that it has this very file."""
        return f'W/"{hashlib.sha256(self.content).hexdigest()[:SHOWN]}"'


def page_routes() -> APIRouter:
    """One route a file; `/` is the index. Nothing else below the folder can be reached."""
    router = APIRouter(include_in_schema=False)
    files = {path.name: _read(path) for path in sorted(PAGE.iterdir()) if path.is_file()}
    edition = _hash(files)
    files[INDEX] = _linked(files, edition)
    for name, file in files.items():
        address = "/" if name == INDEX else f"/{name}"
        router.add_api_route(address, _serve(file, "no-cache"), methods=["GET", "HEAD"])
        if is_part(name):
            kept = _serve(file, FOR_GOOD)
            router.add_api_route(f"/{edition}/{name}", kept, methods=["GET", "HEAD"])
    return router


def is_part(name: str) -> bool:
    """Whether a file is a part of a document, and no document."""
    return not name.endswith(".html")


def _read(path: Path) -> PageFile:
    kind = TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0]
    return PageFile(kind, path.read_bytes())


def _hash(files: dict[str, PageFile]) -> str:
    content = b"".join(name.encode() + b"\0" + file.content for name, file in files.items())
    return hashlib.sha256(content).hexdigest()[:SHOWN]


def _linked(files: dict[str, PageFile], edition: str) -> PageFile:
    """The index, with the addresses of this edition; its modules are fetched at once and not one
    after another."""
    index = files[INDEX]
    text = index.content.decode()
    for name in filter(is_part, files):
        text = text.replace(f'="{name}"', f'="{edition}/{name}"')
    ahead = [
        f'  <link rel="modulepreload" href="{edition}/{name}">\n'
        for name in files
        if name.endswith(".js") and name != "help.js"
    ]
    return PageFile(index.kind, text.replace("</head>", f"{''.join(ahead)}</head>").encode())


def _serve(file: PageFile, cache: str) -> Callable[[Request], Awaitable[Response]]:
    async def page_file(request: Request) -> Response:
        headers = {"etag": file.tag, "cache-control": cache, "vary": "accept-encoding"}
        if file.tag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        zips = takes_gzip(request.headers)
        if zips:
            headers["content-encoding"] = "gzip"
        return Response(file.zipped if zips else file.content, 200, headers, file.kind)

    return page_file
