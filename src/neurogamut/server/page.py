"""The page: the files of `page/`, each at its own address."""

from __future__ import annotations

import mimetypes
from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import FileResponse

PAGE = Path(__file__).parent / "page"
INDEX = "index.html"
#: Some systems map these wrongly, and a browser runs no module of another type.
TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}


def page_routes() -> APIRouter:
    """One route a file; `/` is the index. Nothing else below the folder can be reached."""
    router = APIRouter(include_in_schema=False)
    for path in sorted(file for file in PAGE.rglob("*") if file.is_file()):
        name = path.relative_to(PAGE).as_posix()
        address = "/" if name == INDEX else f"/{name}"
        router.add_api_route(address, _serve(path), methods=["GET", "HEAD"])
    return router


def _serve(path: Path):
    kind = TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0]

    async def file() -> FileResponse:
        return FileResponse(path, media_type=kind)

    return file
