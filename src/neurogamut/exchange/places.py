"""Line and column of any character of a text."""

from __future__ import annotations

import re
from bisect import bisect_left
from functools import cached_property

from .draft import Place

BLANKS = re.compile(r"\s*")


def after_blanks(text: str, at: int = 0) -> int:
    """Where the next sign stands that is no blank."""
    match = BLANKS.match(text, at)
    return match.end() if match else at


class Text:
    """A whole file in memory."""

    def __init__(self, text: str):
        self.text = text

    def place(self, offset: int) -> Place:
        """Where a character stands."""
        line = bisect_left(self._ends, offset)
        return Place(line + 1, offset - (self._ends[line - 1] if line else -1))

    @cached_property
    def _ends(self) -> list[int]:
        return [match.start() for match in re.finditer("\n", self.text)]


def blanked(text: str, comments: re.Pattern[str]) -> str:
    """The text with blanks in the place of comments, so that columns stay; what the pattern finds
    in quotes is kept."""

    def blank(match: re.Match[str]) -> str:
        found = match.group()
        return found if found.startswith('"') else " " * len(found)

    return comments.sub(blank, text)
