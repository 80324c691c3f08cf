"""A report, letter or line of dictation as a case. Nothing is stored, sent or logged."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from ..knowledge.base import KnowledgeBase
from ..knowledge.estimate import states_of
from ..knowledge.spelling import words
from ..knowledge.wordings import load
from .context import Context, Said, strongest
from .lexicon import compile_lexicon
from .merge import Merger
from .parsed import Parsed
from .person import stated
from .phrases import UNTOLD, Match, matches
from .quantities import Measured, Measurements
from .sentences import Sentence, sentences
from .understood import Mention, ReportReading, State, Tables, UnreadText
from .unread import Unknown

CSF_WORDS = frozenset(words("csf cerebrospinal lumbar lp liquor spinal cytology cytometry"))
BLOOD_WORDS = frozenset(words("blood bloods serum plasma fbc cbc laboratory labs"))
#: What keeps a mention out of the case, in words.
KEPT_OUT = {
    "family": "of the family", "hypothetical": "asked or advised, not found",
    "untested": "no result yet", "other": "denied of others only", "historical": "of the past",
}  # fmt: skip
SECTIONS = {
    "past": "historical", "family": "family", "request": "hypothetical", "plan": "hypothetical",
    "technique": "hypothetical", "comparison": "historical",
}  # fmt: skip
#: What relatives have counts here: their disease, their tuberculosis.
OF_FAMILIES = ("family_history_similar_disease", "tb_exposure_or_endemic")
LUMBAR, CYTOLOGY = "lumbar_puncture", "csf_cytology"


#: A state, whether it is entered, why, and the words that made it so.
Verdict = tuple[State, bool, str, Said | None]


class Reader:
    """Reads texts by the words of one knowledge base."""

    def __init__(self, base: KnowledgeBase):
        self._wordings = load(base)
        self._lexicon = compile_lexicon(self._wordings)
        self._findings = {finding.key: finding for finding in base.findings}
        self._merger = Merger.of(base, self._wordings)
        self._unknown = Unknown(self._wordings)
        self._weights: dict[str, tuple[float, float]] = {
            c.certainty: (c.present, c.absent) for c in self._wordings.certainties
        }

    def read(self, text: str, model: Tables) -> ReportReading:
        """A text as a case, with what was read where."""
        mentions: list[Mention] = list(stated(text))
        unread: list[UnreadText] = []
        in_csf = False
        for sentence in sentences(text, self._wordings):
            said = set(sentence.norms) | set(sentence.heading.split())
            in_csf = bool(said & CSF_WORDS) or (in_csf and not said & BLOOD_WORDS)
            found, covered = self._of(sentence, text, in_csf)
            mentions += found
            unread += self._unknown.of(text, sentence.tokens, covered)
        case, told = self._merger.merge(_once(mentions), text)
        order = [key for key in self._findings if key in case]
        return ReportReading(
            text=text,
            case={key: case[key] for key in order},
            mentions=tuple(told),
            unread=tuple(unread),
            model=model,
        )

    def _of(self, sentence: Sentence, text: str, in_csf: bool) -> tuple[list[Mention], set[int]]:
        """The mentions of a sentence, and the numbers of the words that they cover."""
        parsed = Parsed(self._lexicon, sentence.tokens)
        measured = list(Measurements(parsed, text, sentence.tokens, in_csf).read())
        named = [
            match
            for match in matches(parsed, sentence.heading)
            if in_csf or not self._needs_csf(match)
        ]
        heads, spans = [match.head for match in named], [match.span for match in named]
        context = Context(parsed, heads, spans)
        spans += [(one.first, one.last) for one in measured]
        found = [self._measured(one, sentence) for one in measured]
        for match in named:
            found += self._mentions(match, context, sentence, text)
        return found, {place for span in spans for place in range(*span)}

    def _needs_csf(self, match: Match) -> bool:
        """`protein raised` is a finding of the CSF only where it is spoken of."""
        tests = {self._findings[finding].revealed_by for finding in match.findings}
        return tests == {CYTOLOGY} or (match.is_result and tests == {LUMBAR})

    def _mentions(
        self, match: Match, context: Context, sentence: Sentence, text: str
    ) -> Iterator[Mention]:
        said = context.said_of(match.head, match.span)
        if match.other and (denied := context.said_of(match.other, match.span).get("negated")):
            said.setdefault("negated", denied)
        if match.is_result:
            said.pop("negated", None)
        if category := self._section(sentence):
            said.setdefault(category, Said(category, match.span[0], match.span[0]))
        start, end = sentence.place(match.span)
        for finding in match.findings:
            verdict = self._verdict(finding, match.says, dict(said))
            if verdict is not None:
                state, entered, why, cue = verdict
                why += _quoted(cue, sentence, text) if cue else ""
                yield Mention(
                    finding=finding, state=state, start=start, end=end, entered=entered, why=why
                )

    def _section(self, sentence: Sentence) -> str | None:
        """What a section makes of what is named in it; a request also tells what is known."""
        asks = "?" in sentence.norms or "question" in sentence.norms
        return (
            None if sentence.section == "request" and not asks else SECTIONS.get(sentence.section)
        )

    def _verdict(self, finding: str, says: str, said: dict[str, Said]) -> Verdict | None:
        """State, whether it is entered, why, and the words that made it so; None where nothing is
        said at all."""
        if finding in OF_FAMILIES:
            said.pop("family", None)
        if says == "known" and not {"known", "historical", "negated"} & set(said):
            return "present", False, "a diagnosis that is not said to be known", None
        if self._findings[finding].group == "context":
            said.pop("historical", None)
        if says == "absent":
            said.pop("negated", None)
        state = "present" if says in ("known", "implied", UNTOLD) else says
        cue = strongest(said)
        if says == UNTOLD and (cue is None or cue.category != "negated"):
            return None
        if cue is None:
            return state, True, "", None
        if cue.category in KEPT_OUT:
            return state, False, KEPT_OUT[cue.category], cue
        if says == "implied":
            return None
        if cue.category == "negated":
            return self._denied(finding, state, cue)
        return self._hedged(finding, state, cue), True, cue.category, cue

    def _denied(self, finding: str, state: str, cue: Said) -> Verdict | None:
        """The other state; of more than two none is said."""
        other = [s for s in states_of(self._findings[finding]) if s != state]
        return (other[0], True, "negated", cue) if len(other) == 1 else None

    def _hedged(self, finding: str, state: str, cue: Said) -> dict[str, float]:
        """What a hedged word weighs, as a likelihood over the states."""
        present, absent = self._weights[cue.category]
        states = states_of(self._findings[finding])
        return {one: present if one == state else absent for one in states}

    def _measured(self, one: Measured, sentence: Sentence) -> Mention:
        category = self._section(sentence)
        start, end = sentence.place((one.first, one.last))
        return Mention(
            finding=one.finding,
            state=one.state,
            start=start,
            end=end,
            entered=category is None,
            why=KEPT_OUT[category] if category else one.why,
        )


def _quoted(cue: Said, sentence: Sentence, text: str) -> str:
    if cue.end == cue.start:
        return f" (section {sentence.heading})"
    start, end = sentence.place((cue.start, cue.end))
    return f' by "{text[start:end]}"'


def _once(mentions: list[Mention]) -> Iterator[Mention]:
    """Each thing that the same words say once; of overlapping words the first."""
    ends: dict[tuple[str, str, bool], int] = {}
    for mention in sorted(mentions, key=lambda m: (m.start, -m.end)):
        key = mention.finding, str(mention.state), mention.entered
        if mention.start >= ends.get(key, -1):
            ends[key] = mention.end
            yield mention


@lru_cache(maxsize=4)
def reader_of(base: KnowledgeBase) -> Reader:
    """The reader of a knowledge base, made once."""
    return Reader(base)
