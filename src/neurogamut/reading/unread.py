"""Words that look like findings and are none of the network's."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from ..knowledge.spelling import Token, words
from ..knowledge.wordings import Wordings
from .understood import UnreadText

#: Shorter words that end like a finding are ordinary ones (iris, coma).
SHORTEST = 7


class Unknown:
    """Finds them."""

    def __init__(self, wordings: Wordings):
        said = [wording for row in wordings.unread for wording in row.words]
        self._endings = tuple(words(w[1:])[0] for w in said if w.startswith("*"))
        self._sequences = {words(w) for w in said if not w.startswith("*")}
        self._longest = max(map(len, self._sequences), default=0)

    def of(self, text: str, tokens: Sequence[Token], read: Collection[int]) -> Iterator[UnreadText]:
        """Those of a sentence that no mention covers (`read` are the numbers of its words)."""
        place = 0
        while place < len(tokens):
            length = 0 if place in read else self._length(tokens[place : place + self._longest])
            if length:
                start, end = tokens[place].start, tokens[place + length - 1].end
                yield UnreadText(text=text[start:end], start=start, end=end)
            place += length or 1

    def _length(self, tokens: Sequence[Token]) -> int:
        norms = tuple(token.norm for token in tokens)
        for length in range(len(norms), 0, -1):
            if norms[:length] in self._sequences:
                return length
        return int(len(norms[0]) >= SHORTEST and norms[0].endswith(self._endings))
