"""XML read element by element by a parser that trusts nobody: no entity is declared or fetched."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import IO, Any, NamedTuple
from xml.parsers import expat

from .draft import Draft, Place

CHUNK = 2**16


class Element(NamedTuple):
    """An element that has just ended: `tag` in small letters and without its name space, the
    text in it, and where its start tag and its text begin."""

    tag: str
    parent: str
    attributes: Mapping[str, str]
    text: str
    place: Place
    text_place: Place

    def place_in_text(self, offset: int) -> Place:
        """Where a character of the text stands, if no comment comes before it."""
        line = self.text.count("\n", 0, offset)
        column = offset - self.text.rfind("\n", 0, offset)
        first = self.text_place.column + offset
        return Place(self.text_place.line + line, column if line else first)


class _Open(NamedTuple):
    tag: str
    attributes: Mapping[str, str]
    texts: list[str]
    place: Place
    text_place: Place


def read_elements(
    stream: IO[Any],
    draft: Draft,
    on_start: Callable[[str, str, Mapping[str, str], Place], object],
    on_end: Callable[[Element], object],
) -> None:
    """Tell of each element as it starts (tag, parent, attributes, place) and ends.

    Raises NetworkError with line and column for what is no XML, or declares entities."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.buffer_size = CHUNK
    opened: list[_Open] = []

    def place() -> Place:
        return Place(parser.CurrentLineNumber, parser.CurrentColumnNumber + 1)

    def start(name: str, attributes: dict[str, str]) -> None:
        tag, here = _local(name), place()
        on_start(tag, opened[-1].tag if opened else "", attributes, here)
        inside = Place(here.line, here.column + len(name) + 2)
        opened.append(_Open(tag, attributes, [], here, inside))

    def end(name: str) -> None:
        done = opened.pop()
        parent = opened[-1].tag if opened else ""
        text = "".join(done.texts)
        on_end(Element(done.tag, parent, done.attributes, text, done.place, done.text_place))

    def data(text: str) -> None:
        opened[-1].texts.append(text)

    def entity(name: str, *_: object) -> None:
        draft.fail(place(), f"declares the entity {name!r}, which is not read")

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler, parser.EntityDeclHandler = data, entity
    try:
        while chunk := stream.read(CHUNK):
            parser.Parse(chunk)
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        words = expat.errors.messages.get(error.code, str(error))
        draft.fail(Place(error.lineno, error.offset + 1), f"no valid XML: {words}")
    except (LookupError, ValueError) as error:
        draft.fail(place(), f"no valid XML: {error}")


def _local(name: str) -> str:
    return name.rpartition(":")[2].lower()
