"""One description of an answer, from which text, HTML and Markdown are drawn.

A sheet knows no medium: what is a bar here is a row of blocks in the terminal and a coloured strip
in a notebook.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Bar:
    """A bar between two shares (0 to 1) of its cell's width; leftwards is against. `mark` is a
    tick at a share."""

    start: float
    end: float
    mark: float | None = None


@dataclass(frozen=True)
class Link:
    """A text that leads to an address, where the medium has links."""

    text: str
    address: str


@dataclass(frozen=True)
class Linked:
    """A text that ends in links."""

    text: str
    links: tuple[Link, ...]


Cell = str | Bar | Linked


@dataclass(frozen=True)
class Table:
    """Rows under headers; the columns in `right` hold numbers. `totals` stand below a line."""

    headers: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    right: Sequence[str] = ()
    title: str = ""
    totals: Sequence[Sequence[Cell]] = ()


@dataclass(frozen=True)
class Lines:
    """Sentences, one a line; those that are `indented` belong to the line above."""

    lines: Sequence[str]
    title: str = ""
    indented: bool = False


@dataclass(frozen=True)
class Listing:
    """Keys with a text that may be long. What is `folded` is shown on request, where the medium
    can do that."""

    title: str
    entries: Sequence[tuple[str, Cell]]
    folded: bool = False


@dataclass(frozen=True)
class Tree:
    """A node and what follows from it."""

    label: str
    branches: tuple[Tree, ...] = ()


@dataclass(frozen=True)
class Picture:
    """A chart that is drawn when it is shown, by media that show charts."""

    draw: Callable[[], Any]


Part = Table | Lines | Listing | Tree | Picture


@dataclass(frozen=True)
class Sheet:
    """An answer: a headline, its parts, what to beware of, and what made it."""

    headline: str
    parts: tuple[Part, ...]
    made_by: str
    warnings: tuple[str, ...] = ()


def warnings_of(sheets: Iterable[Sheet]) -> list[str]:
    """What to beware of in any of the sheets, each once."""
    return list(dict.fromkeys(warning for sheet in sheets for warning in sheet.warnings))
