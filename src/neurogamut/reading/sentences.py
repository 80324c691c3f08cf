"""A text as sentences, each with the section it stands in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ..knowledge.spelling import Token, tokens, words
from ..knowledge.wordings import Wordings

NUMBERED = re.compile(r"\d+[.)]\s")
STOPS = {".", "!", ";", "question"}
BULLETS = {"-", "•", "*", "·", "–", "▪", "●", "○", "‣"}
LONGEST_HEADING = 6
#: What has more words is no sentence; words that far apart have nothing to say of each other.
LONGEST = 150


@dataclass(frozen=True)
class Sentence:
    """Tokens that stand together, the name of their section and the heading itself, in one
    spelling."""

    tokens: tuple[Token, ...]
    section: str
    heading: str

    @property
    def norms(self) -> tuple[str, ...]:
        """The words in their one spelling."""
        return tuple(token.norm for token in self.tokens)

    def place(self, span: tuple[int, int]) -> tuple[int, int]:
        """Where words stand in the text."""
        return self.tokens[span[0]].start, self.tokens[span[1] - 1].end


def sentences(text: str, wordings: Wordings) -> Iterator[Sentence]:
    """The sentences of a text. A heading holds to the next one, or, where text follows it in its
    line and it is of the past, the family or a plan, to the end of the line."""
    headings = {words(w): heading.section for heading in wordings.headings for w in heading.words}
    openings = _openings(wordings)
    section, heading, inline, line_end = "history", "", False, len(text)
    for found in _Splitter(text, wordings).runs():
        length, name = _heading(found, headings)
        if name:
            section, heading = name, " ".join(token.norm for token in found[:length])
            inline = length < len(found) - 1
            line_end = _line_end(text, found[-1].end)
        elif section in ("past", "family", "plan", "technique", "comparison", "request") and (
            _leaves(text, found, inline, line_end) or _opens(found, openings)
        ):
            section, heading = "history", ""
        yield Sentence(tuple(found), section, heading)


class _Splitter:
    """Runs of tokens between full stops, semicolons, and lines that do not go on."""

    def __init__(self, text: str, wordings: Wordings):
        self._text = text
        self._unfinished = wordings.small_words("unfinished")
        self._abbreviations = wordings.small_words("abbreviation")

    def runs(self) -> Iterator[list[Token]]:
        """The runs, in order."""
        current: list[Token] = []
        for token in tokens(self._text):
            if current and self._is_new_line(current, token):
                yield current
                current = []
            if not current and (token.text in BULLETS or token.norm in ("-", ".")):
                continue
            current.append(token)
            ends = token.norm in STOPS and not self._is_abbreviation(current)
            if ends or len(current) == LONGEST:
                yield current
                current = []
        if current:
            yield current

    def _is_new_line(self, current: Sequence[Token], token: Token) -> bool:
        """An empty line, a bullet, or a line that begins like a sentence where none was open."""
        gap = self._text[current[-1].end : token.start]
        if "\n" not in gap:
            return False
        if gap.count("\n") > 1 or token.text in BULLETS or current[-1].norm == ":":
            return True
        begins = token.text[0].isupper() or NUMBERED.match(self._text, token.start)
        return bool(begins) and current[-1].norm not in self._unfinished

    def _is_abbreviation(self, current: Sequence[Token]) -> bool:
        """Whether a stop belongs to the word before it: `e.g.`, `M. tuberculosis`, `approx. 3`."""
        stop, after = current[-1], self._text[current[-1].end : current[-1].end + 2]
        if stop.norm != "." or len(current) < 2 or "\n" in after:
            return False
        before = current[-2]
        inside = after[:1].isalnum() and before.end == stop.start
        initial = len(before.text) == 1 and before.text.isalpha()
        return inside or initial or before.norm in self._abbreviations


def _heading(found: Sequence[Token], headings: Mapping[tuple[str, ...], str]) -> tuple[int, str]:
    """How many tokens at the start are a heading, and of which section."""
    norms = [token.norm for token in found]
    for length in range(min(LONGEST_HEADING, len(norms)), 0, -1):
        name = headings.get(tuple(norms[:length]))
        if name and (norms[length : length + 1] in ([":"], ["-"]) or length == len(norms)):
            return length, name
    return 0, ""


def _line_end(text: str, place: int) -> int:
    found = text.find("\n", place)
    return len(text) if found < 0 else found


def _leaves(text: str, found: Sequence[Token], inline: bool, line_end: int) -> bool:
    """Past the line of a heading that has its text beside it, or past an empty line."""
    start = found[0].start
    blank = text.rfind("\n\n", 0, start)
    return start > line_end and (inline or blank >= line_end)


def _openings(wordings: Wordings) -> list[tuple[str, ...]]:
    return [words(w) for cue in wordings.cues if cue.category == "end" for w in cue.words]


def _opens(found: Sequence[Token], openings: list[tuple[str, ...]]) -> bool:
    """Whether a sentence starts a new thought: `She presents with`, `On examination`."""
    norms = tuple(token.norm for token in found[:6])
    return any(norms[at : at + len(o)] == o for o in openings for at in (0, 1) if len(o) > 1)
