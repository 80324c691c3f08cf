"""A BIF file cut into its blocks, comments blanked out, each with the place where it begins."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from .draft import Draft, Place
from .places import after_blanks

QUOTED = r'"(?:[^"\\\n]|\\.)*"'
#: A `//` after a colon belongs to an address.
COMMENT = re.compile(rf"{QUOTED}|(?<!:)//[^\n]*|/\*")
BRACE = re.compile(rf"{QUOTED}|[{{}}]")


class BifBlock(NamedTuple):
    """`keyword head { body }`, comments blanked out, and where it begins."""

    text: str
    start: Place

    def place(self, offset: int) -> Place:
        """Where a character of the block stands in the file."""
        line = self.text.count("\n", 0, offset)
        before = self.text.rfind("\n", 0, offset)
        column = offset - before if line else self.start.column + offset
        return Place(self.start.line + line, column)


def blocks(lines: Iterable[str], draft: Draft) -> Iterator[BifBlock]:
    """The file cut after each closing brace that closes what stands outside of all others.

    Raises NetworkError for braces and comments that do not close."""
    pieces: list[str] = []
    start, depth = Place(1, 1), 0
    for number, line in enumerate(_without_comments(lines, draft), start=1):
        done = 0
        for brace in BRACE.finditer(line) if "{" in line or "}" in line else ():
            depth += {"{": 1, "}": -1}.get(brace.group(), 0)
            if depth < 0:
                draft.fail(Place(number, brace.start() + 1), "a closing brace too many")
            if depth == 0 and brace.group() == "}":
                yield BifBlock("".join(pieces) + line[done : brace.end()], start)
                pieces, done, start = [], brace.end(), Place(number, brace.end() + 1)
        pieces.append(line[done:])
    _check_rest(BifBlock("".join(pieces), start), draft)


def _without_comments(lines: Iterable[str], draft: Draft) -> Iterator[str]:
    """The lines with blanks in the place of comments, so that columns stay."""
    opened: Place | None = None
    for number, line in enumerate(lines, start=1):
        begin = after = 0
        while opened is not None or "/" in line:
            if opened is None:
                comment = COMMENT.search(line, after)
                if comment is None:
                    break
                begin, after = comment.span()
                if comment.group().startswith("//"):
                    line = _blanked(line, begin, after)
                elif comment.group() == "/*":
                    opened = Place(number, begin + 1)
                continue
            end = line.find("*/", after)
            after = len(line) if end < 0 else end + 2
            line = _blanked(line, begin, after)
            if end < 0:
                break
            opened, begin = None, after
        yield line
    if opened is not None:
        draft.fail(opened, "the comment is not closed")


def _blanked(line: str, start: int, stop: int) -> str:
    blank = re.sub(r"[^\n]", " ", line[start:stop])
    return line[:start] + blank + line[stop:]


def _check_rest(rest: BifBlock, draft: Draft) -> None:
    """What stands after the last block has to be blank."""
    if rest.text.strip():
        place = rest.place(after_blanks(rest.text))
        if "{" in rest.text:
            draft.fail(place, "the file ends within this block; expected '}'")
        found = rest.text.strip().split("\n")[0][:40]
        draft.fail(place, f"expected network, variable or probability; got {found!r}")
