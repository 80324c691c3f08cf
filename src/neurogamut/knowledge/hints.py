"""What a reader of the rows would ask about: figures that may not mean what their rank says.

Each is a question and no mistake, so `check` prints them only with `--thorough`. Mostly it is the
note that tells, as it says what the columns cannot.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from . import build
from .base import EXPERT, OTHER, KnowledgeBase
from .estimate import AGE, COUNTS, Cell, Estimator
from .records import Statement
from .tables import Problem

#: `7 of 12`, `7/12`.
COUNT = re.compile(r"\b(\d+)(?: of (?:the |all )?|/)(\d+)\b")
BOUND = re.compile(r"\b(lower|upper) (bound|limit)\b|\ba minimum\b", re.IGNORECASE)
WORKED_OUT = re.compile(
    r"back-?calculated|reconstructed|denominator inferred|is the only (count|k|size)",
    re.IGNORECASE,
)
WEIGHED = re.compile(r"\b(left empty|without n\b).*\b(outrank|stands? beside|rank with)")
OUR_END = re.compile(r"\b(end|ends|bound|bounds|sum) (is |are )?ours\b|\bby judge?ment\b")
CRITERION = re.compile(r"\bcriteri(on|a)\b|\bby (definition|inclusion|exclusion)\b", re.IGNORECASE)
MEMORY = re.compile(r"\bfrom memory\b", re.IGNORECASE)
STAND_IN = re.compile(r"\bnearest (key|figure)\b", re.IGNORECASE)
SECOND_HAND = re.compile(r"\b(as|figures?) (quoted|cited) (by|in)\b|\bsecond-hand\b", re.IGNORECASE)
WHY_NO_N = re.compile(
    r"\bn\b|\bdenominator|\bnumber|\breviews?\b|\bpooled\b|\bmeta-|\bseries\b|\d+ of \d+",
    re.IGNORECASE,
)
#: From how many patients on a printed count should not stand aside while a judgement decides.
ENOUGH = 20


def hints(base: KnowledgeBase, estimator: Estimator) -> list[Problem]:
    """Every question, in order of file and line."""
    cells = build.estimates(base, estimator).values()
    found = [
        *_figure_twice(base),
        *_count_in_note(base),
        *_told_by_the_note(base),
        *_percentage_of_unknown_size(base),
        *_criterion(base),
        *_from_memory(base),
        *_figure_of_a_case_report(base),
        *_same_patients(base, cells),
        *_count_set_aside(cells),
        *_source_unused(base),
        *_source_unidentified(base),
    ]
    return sorted(found, key=lambda hint: (hint.file, hint.line))


def _reported(base: KnowledgeBase) -> Iterator[Statement]:
    return (s for s in base.statements if s.basis == "reported" and s.finding != AGE)


def _single(statement: Statement) -> bool:
    """True where one number is stated, no range."""
    return statement.share is not None


class Doubt(NamedTuple):
    """Words of a note that speak against the figure, in the rows that `applies` picks."""

    words: re.Pattern[str]
    applies: Callable[[Statement], bool]
    column: str
    problem: str
    remedy: str


def _has_n(statement: Statement) -> bool:
    return statement.n is not None


NOTES = (
    Doubt(  # a denominator left out so that a figure weighs less
        WEIGHED,
        lambda s: s.n is None,
        "n",
        "is left empty to lower its rank",
        "fill k and n, and let the basis say why",
    ),
    Doubt(  # a bound, entered as if it were the rate
        BOUND,
        _single,
        "basis",
        "is that of a rate, but the note calls it a bound",
        "write a range, as 30 to 100, or use upper_bound or indirect",
    ),
    Doubt(  # a count that nobody printed
        WORKED_OUT,
        _has_n,
        "n",
        "was worked out, by the note, not printed",
        "leave k and n empty, and say why",
    ),
    Doubt(  # a range of which the source printed one end at most
        OUR_END,
        lambda s: True,
        "basis",
        "is reported, but by the note a part of the figure is ours",
        "use expert, and name the source in the note",
    ),
    Doubt(  # a count of something else, under the nearest key
        STAND_IN,
        _has_n,
        "finding",
        "is only the nearest to what was counted",
        "use indirect, or illustration, unless the two are one for a reader",
    ),
    Doubt(  # a count read in another paper than the one that made it
        SECOND_HAND,
        _has_n,
        "source",
        "is quoted by another",
        "read it there, or enter the paper that was read",
    ),
)


# -- one statement --------------------------------------------------------------------------------


def _count_in_note(base: KnowledgeBase) -> Iterator[Problem]:
    """The k and n of a percentage that has none stand in its note."""
    for s in _reported(base):
        if s.n is not None or s.percent is None:
            continue
        for k, n in COUNT.findall(s.note):
            if 0 < int(n) >= int(k) and s.prints(100 * int(k) / int(n)):
                yield s.row.problem(
                    "n",
                    f"is empty, but the note has {k} of {n}",
                    "fill k and n; where the patients are others than meant, the basis is indirect",
                )
                break


def _told_by_the_note(base: KnowledgeBase) -> Iterator[Problem]:
    """A figure against which its own note speaks."""
    for s in _reported(base):
        for told in NOTES:
            if told.applies(s) and told.words.search(s.note):
                yield s.row.problem(told.column, told.problem, told.remedy)


def _percentage_of_unknown_size(base: KnowledgeBase) -> Iterator[Problem]:
    """A percentage without n, and without the reason why."""
    for s in _reported(base):
        if s.n is None and _single(s) and not WHY_NO_N.search(s.note):
            yield s.row.problem("n", "is empty without a reason", "give n, or say why it is empty")


def _criterion(base: KnowledgeBase) -> Iterator[Problem]:
    """All or none of the patients, as they were chosen so."""
    for s in _reported(base):
        if s.share in (0, 1) and CRITERION.search(s.note):
            yield s.row.problem(
                "basis",
                "is reported, but by the note all or none had to have it",
                "use upper_bound, or illustration for what shut patients out; what the disease is "
                "may stay",
            )


def _from_memory(base: KnowledgeBase) -> Iterator[Problem]:
    """A figure of a paper that was not read."""
    for s in base.statements:
        if MEMORY.search(s.note):
            yield s.row.problem("note", "names a paper from memory", "read it, or name none")


def _figure_of_a_case_report(base: KnowledgeBase) -> Iterator[Problem]:
    """A rate from the report of one patient: its own, or a sentence of its introduction."""
    single = {s.key for s in base.sources if s.design == "case report" or s.n == 1}
    for s in _reported(base):
        if s.source in single:
            yield s.row.problem(
                "source", "reports one patient", "use illustration, or the series that it quotes"
            )


# -- several statements ---------------------------------------------------------------------------


def _figure_twice(base: KnowledgeBase) -> Iterator[Problem]:
    """One source's figure twice in one cell, under two locators or with and without its count."""
    first: dict[tuple[str, ...], list[Statement]] = defaultdict(list)
    for s in _reported(base):
        if not _single(s):
            continue
        before = first[s.owner, s.finding, s.state, s.condition, s.source]
        if twin := next((other for other in before if _same_figure(s, other)), None):
            yield s.row.problem(
                "source",
                f"has the figure of line {twin.row.line} once more",
                "delete one, unless these are different patients",
            )
        before.append(s)


def _same_figure(one: Statement, other: Statement) -> bool:
    assert one.share is not None and other.share is not None
    if one.n is not None and other.n is not None:
        return (one.share, one.n) == (other.share, other.n)
    return one.prints(100 * other.share) or other.prints(100 * one.share)


def _same_patients(base: KnowledgeBase, cells: Iterable[Cell]) -> Iterator[Problem]:
    """Two counts pooled in one cell, of which one says that it may hold patients of the other."""
    said = {source.key: source.population for source in base.sources}
    for cell in cells:
        keys = {s.source for s in cell.used} - {EXPERT}
        for s in cell.used if cell.rank in COUNTS else ():
            words = set(re.findall(r"\w+", f"{s.note} {said[s.source]}"))
            for other in sorted(words & keys - {s.source}):
                yield s.row.problem(
                    "source",
                    f"is pooled with {other}, which it names",
                    "make sure that no patient is counted twice, and say so",
                )


def _count_set_aside(cells: Iterable[Cell]) -> Iterator[Problem]:
    """A cell that a judgement decides, though a count of enough patients stands beside it."""
    for cell in cells:
        if cell.disease == OTHER or cell.rank not in ("expert", "background"):
            continue
        for s in cell.outranked:
            if s.basis == "illustration" and s.count and s.count[1] >= ENOUGH:
                yield s.row.problem(
                    "basis",
                    f"is illustration, and a judgement decides ({cell.rank})",
                    "use indirect or upper_bound, if the patients are near enough",
                )


# -- sources --------------------------------------------------------------------------------------


def _source_unused(base: KnowledgeBase) -> Iterator[Problem]:
    """A source that no row rests on and no note names."""
    named = {word for text in _texts(base) for word in re.findall(r"\w+", text)}
    for source in base.sources:
        if source.key not in named and source.row.line:
            yield source.row.problem("key", "is used nowhere", "delete it, or use it")


def _texts(base: KnowledgeBase) -> Iterator[str]:
    """Every cell that may name a source."""
    for record in base.sourced():
        yield from (record.source, record.note)
    yield from (source.citation + source.population for source in base.sources)


def _source_unidentified(base: KnowledgeBase) -> Iterator[Problem]:
    """A source of figures that no reader can look up."""
    figures = {s.source for s in base.statements if s.basis not in ("worded", "illustration")}
    for source in base.sources:
        if source.key in figures - {EXPERT} and not source.identified:
            yield source.row.problem(
                "citation",
                "leads to no paper",
                "give doi or pmid, or in the citation an address, or year;volume:page",
            )
