"""JSON bodies, read strictly: what a parser would silently settle is refused; media types."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Coroutine
from email.message import Message
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute

from ..cases.strict_text import parse_json
from ..errors import CaseError
from .problems import Refusal

#: Deeper than any case or Phenopacket.
DEEPEST = 24
#: A text that does not end reaches to the end, so that each character is looked at once.
BRACKET = re.compile(r'"(?:[^"\\]|\\.)*+"?|(?P<open>[\[{])|(?P<close>[\]}])', re.DOTALL)
JSON = ("application/json",)


class StrictRequest(Request):
    """A request whose JSON has no key twice, no NaN and no depth that nobody needs."""

    async def json(self) -> Any:
        """The body. Raises Refusal 400."""
        return strict_json(await self.body())


class StrictRoute(APIRoute):
    """A route that takes JSON bodies by StrictRequest, and no other media type."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler with a strict request."""
        handle = super().get_route_handler()
        takes_json = self.body_field is not None

        async def strict(request: Request) -> Response:
            if takes_json:
                require_media_type(request, JSON)
            return await handle(StrictRequest(request.scope, request.receive))

        return strict


def require_media_type(request: Request, accepted: tuple[str, ...]) -> None:
    """Raises Refusal 415 unless the body is one of the media types, in UTF-8. A web page of
    another origin cannot send these without asking first, and nobody answers it."""
    header = _media_type(request.headers.get("content-type", ""))
    known = header.get_content_type() in accepted
    if not known or str(header.get_param("charset", "utf-8")).lower() not in ("utf-8", "utf8"):
        expected = " or ".join(accepted)
        headers = {"accept": ", ".join(accepted)}
        raise Refusal(415, f"expected content-type {expected}", headers=headers)


def prefers(kind: str, request: Request) -> bool:
    """Whether a client names this media type, and likes none better (RFC 9110, Accept)."""
    accepted = map(_media_type, ",".join(request.headers.getlist("accept")).split(","))
    liked = [(_quality(header), header.get_content_type()) for header in accepted]
    most = max(liked)[0]
    return (most, kind) in liked and most > 0


def _quality(header: Message) -> float:
    """How much a media type is liked, 1 unless it says otherwise."""
    try:
        return float(str(header.get_param("q", "1")))
    except ValueError:
        return 1.0


def _media_type(said: str) -> Message:
    header = Message()
    header["content-type"] = said.strip()
    return header


def strict_json(body: bytes) -> Any:
    """A JSON text. Raises Refusal 400."""
    try:
        text = body.decode("utf-8")
        require_shallow(text)
        document = parse_json(text, "body")
        require_unicode(text, document)
        return document
    except UnicodeDecodeError as error:
        raise Refusal(400, f"body: is not UTF-8 (byte {error.start})") from None
    except CaseError as error:
        raise Refusal(400, str(error)) from None


def require_unicode(text: str, document: Any) -> None:
    """Raises Refusal 400 for an escaped half of a surrogate pair, which no answer could repeat."""
    try:
        if "\\u" in text:
            json.dumps(document, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise Refusal(400, "body: holds half of a surrogate pair") from None


def require_shallow(text: str) -> None:
    """Raises Refusal 400 for JSON that nests deeper than DEEPEST."""
    depth = 0
    for token in BRACKET.finditer(text):
        depth += bool(token["open"]) - bool(token["close"])
        if depth > DEEPEST:
            raise Refusal(400, f"body: nests deeper than {DEEPEST} levels")
