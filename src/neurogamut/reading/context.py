"""What the words around a finding make of it: denied, hedged, of the past, of the family
(ConText: Harkema et al., J Biomed Inform 2009;42:839-851).

medspaCy 1.3.1 has this algorithm, but on Python 3.11 it needs spaCy below 3.8, which does not load
beside numpy 2; negspaCy knows negation alone; pyConTextNLP is no longer kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..knowledge.wordings import Cue
from .parsed import Occurrence, Parsed

#: Of two things said of one finding the first in this order counts.
ORDER = (
    "family",
    "hypothetical",
    "untested",
    "other",
    "negated",
    "historical",
    "unlikely",
    "possible",
    "probable",
)
#: Strange words between a finding and what is said after it.
STRANGE = 2
#: A list is looked for so many words ahead.
AHEAD = 8
#: Words that deny what stands before them only if they end the phrase: `fever: no`.
BARE = ("no", "nil", "none", "n")
Place = tuple[int, int]


@dataclass(frozen=True)
class Said:
    """What a cue makes of a finding, and the words that do so."""

    category: str
    start: int
    end: int


class Context:
    """The cues of one sentence. `heads` and `spans` are where findings are named: the main words
    and all words."""

    def __init__(self, parsed: Parsed, heads: Sequence[Place], spans: Sequence[Place]):
        self._parsed = parsed
        self._heads = heads
        self._covered = {place for span in spans for place in range(*span)}
        known = parsed.lexicon.cues
        self._cues = [
            (o, known[name]) for o in parsed.found for name in o.meanings if name in known
        ]

    def said_of(self, head: Place, span: Place) -> dict[str, Said]:
        """What is said of a finding that stands at `span`, with its main word at `head`."""
        said: dict[str, Said] = {}
        for one, cue in self._cues:
            if self._reaches(one, cue, head, span):
                said.setdefault(cue.category, Said(cue.category, one.start, one.end))
        for sign, cancelled in (("certain", "negated"), ("recent", "historical")):
            if sign in said:
                said.pop(cancelled, None)
        return said

    def _reaches(self, one: Occurrence, cue: Cue, head: Place, span: Place) -> bool:
        if cue.category in ("end", "pause", "inert"):
            return False
        forward = cue.direction != "backward" and one.end <= head[0]
        if forward and cue.category == "negated" and self._is_new_statement(one, head, span):
            return False
        backward = cue.direction != "forward" and one.start >= span[1]
        return (forward and self._reaches_on(one, cue, head[0])) or (
            backward and self._reaches_back(one, cue, span[1])
        )

    def _reaches_on(self, one: Occurrence, cue: Cue, place: int) -> bool:
        if cue.reach in ("next", "word"):
            return place - one.end <= (STRANGE if cue.reach == "next" else 0)
        is_phrase = cue.reach == "phrase" or self._is_denied_singly(one, cue)
        ends_phrase = is_phrase and "," in self._parsed.norms[one.end : place]
        if ends_phrase and not self._is_list(place):
            return False
        between = [c for c in self._cues if one.end <= c[0].start and c[0].end <= place]
        return not any(self._stops(one, cue, other, stop) for other, stop in between)

    def _stops(self, one: Occurrence, cue: Cue, other: Occurrence, stop: Cue) -> bool:
        """A `but` ends what a cue says; a verb does so once something was named before it, and so
        does a new denial what was not one."""
        named = any(one.end <= start < other.start for start, _ in self._heads)
        turns = stop.category == "negated" and cue.category != "negated"
        return stop.category in ("end", "recent") or (named and (stop.category == "pause" or turns))

    def _is_denied_singly(self, one: Occurrence, cue: Cue) -> bool:
        """`no fever, no rash, drowsy`: where each is denied by itself, a denial is no list's."""
        return cue.category == "negated" and any(
            other.category == "negated" and other.direction == "forward" and place != one
            for place, other in self._cues
        )

    def _is_new_statement(self, one: Occurrence, head: Place, span: Place) -> bool:
        """`no enhancement, hyperintensity of the posterior columns`: a sign with its site."""
        past_comma = "," in self._parsed.norms[one.end : head[0]]
        return past_comma and self._parsed.has("preposition", *span) and not self._is_list(head[0])

    def _is_list(self, place: int) -> bool:
        """Whether an `or` is to come or has just come: `not confused, drowsy or febrile`."""
        ahead = self._parsed.norms[max(0, place - 1) : place + AHEAD]
        return "or" in ahead or "nor" in ahead

    def _reaches_back(self, one: Occurrence, cue: Cue, place: int) -> bool:
        norms = self._parsed.norms
        if cue.category == "negated" and self._looks_ahead(one):
            return False
        if any(place <= stop < one.start for stop in self._parsed.breaks):
            return False
        commas = "," in norms[place : one.start]
        if cue.direction == "around":
            return not commas
        strange = sum(self._is_strange(at) for at in range(place, one.start))
        return strange <= (0 if commas else STRANGE)

    def _looks_ahead(self, one: Occurrence) -> bool:
        """Whether a word is said of what follows: `normal MRI`, `no fever`, not `absent on CT`."""
        place = one.end
        word = "".join(self._parsed.norms[place : place + 1])
        small = any(self._parsed.has(role, place, place + 1) for role in ("preposition", "list"))
        bare = self._parsed.norms[place - 1] in BARE
        return len(one) == 1 and word.isalnum() and (bare or not small)

    def _is_strange(self, place: int) -> bool:
        """Whether a word is neither part of a finding nor one that joins, links or dates."""
        word = self._parsed.norms[place]
        loose = self._parsed.lexicon.fillers["joiner"] | self._parsed.lexicon.fillers["copula"]
        return place not in self._covered and word not in loose and not word.isdigit()


def strongest(said: dict[str, Said]) -> Said | None:
    """What counts of all that is said of a finding."""
    return next((said[name] for name in ORDER if name in said), None)
