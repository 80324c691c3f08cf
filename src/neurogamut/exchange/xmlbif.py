"""XMLBIF, the XML Interchange Format for Bayesian Networks 0.3 (Cozman 1998), as JavaBayes,
aGrUM, AISpace and Weka write it. The variable itself runs fastest, the first GIVEN slowest.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import IO, Any, TextIO
from xml.sax.saxutils import escape

import numpy as np

from .draft import Draft, NetworkContent, Place
from .markup import Element, read_elements
from .number_text import NotANumber, floats, rows, written

#: The same in version 0.2.
SAME = {"probability": "definition", "value": "outcome"}
#: What a variable is unless its TYPE says otherwise.
NATURE = ("nature", "discrete")
HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<BIF VERSION="0.3">
<NETWORK>
<NAME>unknown</NAME>
"""


def read(stream: IO[Any], file: str) -> NetworkContent:
    """The network of an XMLBIF file. Raises NetworkError with line and column."""
    draft = Draft(file)
    reader = _Reader(draft)
    read_elements(stream, draft, reader.start, reader.end)
    return draft.content()


def write(content: NetworkContent, comments: Iterable[str], out: TextIO) -> None:
    """Write XMLBIF to full double precision."""
    out.write(HEAD)
    for name, states in content.states.items():
        outcomes = "".join(f"<OUTCOME>{escape(state)}</OUTCOME>" for state in states)
        out.write(f'<VARIABLE TYPE="nature"><NAME>{escape(name)}</NAME>{outcomes}</VARIABLE>\n')
    for name, table in content.tables.items():
        given = "".join(f"<GIVEN>{escape(parent)}</GIVEN>" for parent in table.parents)
        out.write(f"<DEFINITION><FOR>{escape(name)}</FOR>{given}<TABLE>\n")
        out.writelines(f"{written(column)}\n" for column in rows(table.values))
        out.write("</TABLE></DEFINITION>\n")
    out.write("</NETWORK>\n</BIF>\n")
    for line in comments:
        # Two hyphens would end an XML comment.
        out.write(f"<!-- {line.replace('--', '- -')} -->\n")


class _Reader:
    """What has been read of the variable or definition that is open."""

    def __init__(self, draft: Draft):
        self.draft = draft
        self.texts: dict[str, list[str]] = {}
        self.table: Element | None = None

    def start(self, tag: str, parent: str, attributes: Mapping[str, str], place: Place) -> None:
        """Look at a start tag."""
        if not parent and tag != "bif":
            self.draft.fail(place, f"expected <BIF>; got <{tag}>")
        if SAME.get(tag, tag) in ("variable", "definition"):
            self.texts, self.table = {}, None
        if tag == "variable":
            kinds = [text.lower() for name, text in attributes.items() if name.lower() == "type"]
            self._check_kind(kinds, place)

    def end(self, element: Element) -> None:
        """Take in an element."""
        tag, parent = SAME.get(element.tag, element.tag), SAME.get(element.parent, element.parent)
        if tag == "variable":
            name, states = self._one("name", element), self.texts.get("outcome", [])
            self._check_kind([kind.lower() for kind in self.texts.get("type", [])], element.place)
            self.draft.add_variable(name, states, element.place)
        elif tag == "definition":
            parents = self.texts.get("given", [])
            self.draft.add_table(
                self._one("for", element), parents, self._numbers(element), element.place
            )
        elif parent == "definition" and tag == "table":
            if self.table is not None:
                self.draft.fail(element.place, "a second <TABLE> in one definition")
            self.table = element
        elif parent in ("variable", "definition"):
            self.texts.setdefault(tag, []).append(element.text.strip())

    def _check_kind(self, kinds: list[str], place: Place) -> None:
        for kind in kinds:
            if kind not in NATURE:
                self.draft.fail(
                    place, f"a variable of type {kind!r}: an influence diagram; expected 'nature'"
                )

    def _one(self, tag: str, element: Element) -> str:
        found = self.texts.get(tag, [])
        if len(found) != 1:
            self.draft.fail(
                element.place,
                f"<{element.tag.upper()}> has {len(found)} <{tag.upper()}>; expected one",
            )
        return found[0]

    def _numbers(self, element: Element) -> np.ndarray:
        if self.table is None:
            self.draft.fail(element.place, f"<{element.tag.upper()}> has no <TABLE>")
        try:
            return np.array(floats(self.table.text))
        except NotANumber as error:
            self.draft.fail(self.table.place_in_text(error.offset), str(error))
