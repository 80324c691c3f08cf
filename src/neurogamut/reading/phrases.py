"""Where a sentence names findings: the rules of the lexicon applied to its words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from ..knowledge.wordings import Phrase
from .lexicon import Rule
from .parsed import Occurrence, Parsed
from .results import results, tests_in
from .sites import groups

#: Words between two that are near each other.
NEAR = 7
PRESENT, ABSENT, UNTOLD = "present", "absent", "untold"
#: What the result of a test says of the finding that it shows.
SHOWN = {
    "positive": {"positive": PRESENT, "raised": PRESENT, "abnormal": PRESENT,
                 "negative": ABSENT, "normal": ABSENT, "low": ABSENT},
    "raised": {"raised": PRESENT, "positive": PRESENT,
               "normal": ABSENT, "low": ABSENT, "negative": ABSENT},
    "low": {"low": PRESENT, "abnormal": PRESENT, "normal": ABSENT, "raised": ABSENT},
    "abnormal": {"abnormal": PRESENT, "positive": PRESENT, "normal": ABSENT, "negative": ABSENT},
    "normal": {"normal": ABSENT, "negative": ABSENT},
}  # fmt: skip
SURFACE, ELSEWHERE = "surface", "elsewhere"
DENIALS = frozenset(("not", "no", "without", "never"))
FLIPPED = {
    "positive": "negative", "negative": "positive", "normal": "abnormal", "abnormal": "normal",
    "raised": "normal", "low": "normal",
}  # fmt: skip


@dataclass(frozen=True)
class Match:
    """Words that name findings: `span` is all of them, `head` the main word, by number in the
    sentence; of two that stand near each other, `other` is the first. `says` is a state, `implied`
    or `known`, or `untold` of a test without a result."""

    findings: tuple[str, ...]
    says: str
    head: tuple[int, int]
    span: tuple[int, int]
    is_result: bool = False
    other: tuple[int, int] | None = None


def matches(parsed: Parsed, topic: str = "") -> list[Match]:
    """Every finding that a sentence names, and every test with its result; `topic` is the heading
    above it, which may name the site."""
    sites = {name for word in topic.split() for name in parsed.lexicon.meanings((word,))}
    alone = list(_alone(parsed))
    combined = [*_near(parsed), *_of_signs(parsed, _used(parsed), sites)]
    return [
        *(match for match in combined if not any(_says_other(match, one) for one in alone)),
        *alone,
        *_tested(parsed),
    ]


def _says_other(match: Match, alone: Match) -> bool:
    """Whether the same words, taken as they stand, say another state of the finding."""
    overlap = match.span[0] < alone.span[1] and alone.span[0] < match.span[1]
    same = set(match.findings) & set(alone.findings)
    return bool(overlap and same and match.says not in (alone.says, "implied"))


def _rules(parsed: Parsed, form: str, one: Occurrence) -> Iterator[Rule]:
    """The rules of a form that words may fulfil."""
    for name in one.meanings:
        yield from parsed.lexicon.rules.get((form, name), ())


def _alone(parsed: Parsed) -> Iterator[Match]:
    for one in parsed.found:
        if not one.outer:
            for rule in _rules(parsed, "alone", one):
                yield _match(rule.phrase, one, one)


def _of_signs(parsed: Parsed, used: set[int], topic: set[str]) -> Iterator[Match]:
    """Signs at their sites or at the site of the heading, and signs at no site. Enhancement of the
    meninges over the cerebellum is no lesion of the cerebellum."""
    has_topic = any(parsed.lexicon.kinds.get(name) == "site" for name in topic)
    elsewhere = any(ELSEWHERE in site.meanings for site in parsed.of_kind("site"))
    for group in groups(parsed):
        on_surface = any(SURFACE in site.meanings for site in group.sites)
        for sign in group.signs:
            for rule in _rules(parsed, "site", sign):
                for site in group.sites:
                    beneath = on_surface and rule.phrase.says == "implied"
                    if rule.parts[1] in site.meanings and not beneath:
                        yield _match(rule.phrase, sign, sign, site)
            free = not group.sites and not sign.outer and sign.start not in used
            if free and (has_topic or not elsewhere):
                yield from _without_site(parsed, sign, topic if has_topic else None)


def _without_site(parsed: Parsed, sign: Occurrence, topic: set[str] | None) -> Iterator[Match]:
    for rule in _rules(parsed, "site" if topic else "nowhere", sign):
        if not topic or rule.parts[1] in topic:
            yield _match(rule.phrase, sign, sign)


def _used(parsed: Parsed) -> set[int]:
    """Where words stand that say something only together (`biopsy`, `granuloma`)."""
    kinds = parsed.lexicon.kinds
    return {
        place
        for rule, *pair in _pairs(parsed)
        if all(kinds.get(name) == "word" for name in rule.parts)
        for part in pair
        for place in range(part.start, part.end)
    }


def _near(parsed: Parsed) -> Iterator[Match]:
    for rule, *pair in _pairs(parsed):
        first, last = sorted(pair, key=lambda one: one.start)
        found = _match(rule.phrase, last, first, last)
        yield replace(found, other=(first.start, first.end))


def _pairs(parsed: Parsed) -> Iterator[tuple[Rule, Occurrence, Occurrence]]:
    """Each occurrence of a first part with the nearest of the second."""
    for one in parsed.found:
        for rule in _rules(parsed, "near", one):
            others = [o for o in parsed.found if rule.parts[1] in o.meanings]
            others = [o for o in others if _is_near(one, o, parsed.breaks)]
            if others:
                yield rule, one, min(others, key=lambda o: _gap(one, o))


def _is_near(one: Occurrence, other: Occurrence, breaks: Sequence[int]) -> bool:
    """Whether two stand apart by few words, with no `but` between."""
    low, high = min(one.end, other.end), max(one.start, other.start)
    return 0 <= _gap(one, other) <= NEAR and not any(low <= place < high for place in breaks)


def _gap(one: Occurrence, other: Occurrence) -> int:
    """Words between two, below 0 where they overlap."""
    return max(one.start - other.end, other.start - one.end)


def _tested(parsed: Parsed) -> Iterator[Match]:
    """What results say, and tests without one, of which only a denial says something."""
    found = list(results(parsed))
    told = {test for test, _ in found}
    for test in tests_in(parsed):
        for name in () if test in told else test.meanings:
            for phrase in parsed.lexicon.tests.get(name, ()):
                if phrase.says == "positive":
                    place = test.start, test.end
                    yield Match(phrase.finding, UNTOLD, place, place)
    for test, result in found:
        span = min(test.start, result.start), max(test.end, result.end)
        for kind in _kinds(parsed, result):
            for name in test.meanings:
                for phrase in parsed.lexicon.tests.get(name, ()):
                    if state := SHOWN[phrase.says].get(kind):
                        yield Match(phrase.finding, state, span, span, True)


def _kinds(parsed: Parsed, result: Occurrence) -> list[str]:
    """What a result is; `not raised` is normal."""
    kinds = [name.removesuffix("_word") for name in result.meanings if name.endswith("_word")]
    before = set(parsed.norms[max(0, result.start - 2) : result.start])
    known = [kind for kind in kinds if kind in FLIPPED]
    return [FLIPPED[kind] if DENIALS & before else kind for kind in known]


def _match(phrase: Phrase, head: Occurrence, *parts: Occurrence) -> Match:
    start, end = min(part.start for part in parts), max(part.end for part in parts)
    return Match(phrase.finding, phrase.says, (head.start, head.end), (start, end))
