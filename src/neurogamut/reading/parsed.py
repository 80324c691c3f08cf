"""A sentence with everything in it that the tables have words for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from ..knowledge.spelling import Token
from .lexicon import Lexicon


@dataclass(frozen=True)
class Occurrence:
    """Words `start` to `end` of a sentence, and what they mean. `outer`: the longest one around."""

    start: int
    end: int
    meanings: tuple[str, ...]
    outer: tuple[int, int] | None = None

    def __len__(self) -> int:
        return self.end - self.start

    def holds(self, other: Occurrence) -> bool:
        """Whether another is a part of this one."""
        return self.start <= other.start and other.end <= self.end and len(self) > len(other)


class Parsed:
    """`norms` are the words in one spelling, with slips of a letter mended; `found` is in order."""

    def __init__(self, lexicon: Lexicon, tokens: Sequence[Token]):
        self.lexicon = lexicon
        self.norms = tuple(lexicon.known(token.norm) for token in tokens)
        self.found = tuple(self._outermost(list(self._all())))

    @cached_property
    def breaks(self) -> tuple[int, ...]:
        """Where a `but` or its like parts the sentence."""
        return tuple(one.start for one in self.found if self._is_cue(one, "end"))

    def of_kind(self, kind: str) -> list[Occurrence]:
        """Those that are sites, signs, results."""
        return [one for one in self.found if self.is_kind(one, kind)]

    def is_kind(self, one: Occurrence, kind: str) -> bool:
        """Whether one of the meanings is of a kind."""
        return any(self.lexicon.kinds.get(name) == kind for name in one.meanings)

    def count_other(self, role: str, start: int, end: int) -> int:
        """How many words from `start` to `end` do not play a role."""
        return sum(word not in self.lexicon.fillers[role] for word in self.norms[start:end])

    def has(self, role: str, start: int, end: int) -> bool:
        """Whether one of the words from `start` to `end` plays a role."""
        return any(word in self.lexicon.fillers[role] for word in self.norms[start:end])

    def _all(self) -> Iterator[Occurrence]:
        for start, first in enumerate(self.norms):
            for sequence in self.lexicon.sequences.get(first, ()):
                end = start + len(sequence)
                if self.norms[start:end] == sequence:
                    yield Occurrence(start, end, self.lexicon.meanings(sequence))

    def _outermost(self, found: list[Occurrence]) -> Iterator[Occurrence]:
        """Without those that a longer one hides; others within a longer one know it."""
        for one in found:
            around = [other for other in found if other.holds(one)]
            if not any(self._hides(other, one) for other in around):
                outer = max(around, key=len, default=None)
                place = (outer.start, outer.end) if outer else None
                yield Occurrence(one.start, one.end, one.meanings, place)

    def _hides(self, outer: Occurrence, inner: Occurrence) -> bool:
        """Ignored words and cues hide what is inside them; a wording hides the cues inside it; a
        site or sign hides a shorter one of its kind."""
        ignored = not self.lexicon.ignored.isdisjoint(outer.meanings)
        if ignored or self._is_cue(outer) or self._is_cue(inner):
            return True
        kinds = {self.lexicon.kinds.get(name) for name in outer.meanings}
        return any(self.lexicon.kinds.get(name, "") in kinds for name in inner.meanings)

    def _is_cue(self, one: Occurrence, category: str = "") -> bool:
        cues = [self.lexicon.cues[name] for name in one.meanings if name in self.lexicon.cues]
        return any(not category or cue.category == category for cue in cues)
