"""The page: the files of `page/`, each at its own address."""

from __future__ import annotations

import mimetypes
from collections.abc import Iterator
from pathlib import Path

from fastapi import Request
from fastapi.responses import FileResponse
from starlette.routing import Route

PAGE = Path(__file__).parent / "page"
INDEX = "index.html"
#: Some systems map these wrongly, and a browser runs no module of another type.
TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}


def page_routes() -> Iterator[Route]:
    """One route a file; `/` is the index. Nothing else below the folder can be reached."""
    for path in sorted(file for file in PAGE.rglob("*") if file.is_file()):
        address = path.relative_to(PAGE).as_posix()
        yield Route(f"/{'' if address == INDEX else address}", _serve(path))


def _serve(path: Path):
    kind = TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0]

    async def file(_: Request) -> FileResponse:
        return FileResponse(path, media_type=kind)

    return file
