"""The words by which a report is read: `cpts/reading/`, one kind of row in each table."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from ..errors import KnowledgeBaseError, UsageError, nearest
from .base import KnowledgeBase
from .estimate import AGE, states_of
from .records import Key, Record, Sourced, Split, read_records
from .spelling import words
from .tables import Problem

FOLDER = "cpts/reading"
#: What a test's result must be for the finding to be there. `normal`: an abnormal result says
#: nothing, a normal one that the finding is absent.
RESULTS = ("positive", "raised", "low", "abnormal", "normal")
#: `implied`: nothing if denied. `known`: only where it is known from before. `ignored`: no finding.
MANNERS = ("implied", "known", "ignored")
Words = Annotated[Split, Field(min_length=1)]
TERM = re.compile(r"<(\w+)>")
SITE, NEAR, NOWHERE = " + ", " & ", "-"


class Term(Record):
    """Wordings of one thing, used by its name as `<term>` in phrases and other terms. A `sign` is
    looked for at a `site`; a `result` is what a test gave."""

    term: Key
    kind: Literal["site", "sign", "word", "result"]
    words: Words
    note: str


class Phrase(Record):
    """What says that a finding has a state: words, `<sign> + <site>`, or `<one> & <other>` near
    each other. Several findings that the same words say stand as `one|other`."""

    finding: Split
    says: str
    words: Words
    note: str


class Cue(Record):
    """Words that change what is said of findings after (forward), before (backward) or around them,
    throughout a list, to the end of the phrase, of the next only, or of the very next word."""

    category: Literal[
        "negated", "other", "certain", "inert", "untested", "probable", "possible", "unlikely",
        "historical", "known", "family", "informant", "hypothetical", "recent", "end", "pause",
    ]  # fmt: skip
    direction: Literal["forward", "backward", "around"]
    reach: Literal["list", "phrase", "next", "word"]
    words: Words
    note: str


class Heading(Record):
    """How a section of a report is headed."""

    section: Literal[
        "history", "past", "family", "social", "request", "technique", "comparison", "findings",
        "impression", "plan",
    ]  # fmt: skip
    words: Words
    note: str


class Certainty(Sourced):
    """What a hedged finding weighs: the likelihood of its presence and of its absence."""

    certainty: Literal["probable", "possible", "unlikely"]
    present: float = Field(ge=0, le=1)
    absent: float = Field(ge=0, le=1)


class Implication(Record):
    """A finding that is there wherever another is; priors/dependencies.csv has the subsets."""

    finding: str
    implies: str
    note: str


class Limit(Sourced):
    """The value of a measurement from which a finding is present; `low` to `high` is what is
    plausible in this unit."""

    finding: str
    analyte: Words
    fluid: str
    unit: str
    low: float = Field(ge=0)
    high: float = Field(gt=0)
    limit: float = Field(gt=0)
    side: Literal["at_least", "at_most", "below"]


class Unit(Record):
    """How a unit of `limits` is written."""

    unit: str
    words: Words
    note: str


class Filler(Record):
    """Small words by the part that they play in a sentence."""

    role: Literal[
        "preposition", "joiner", "list", "article", "copula", "before_test", "unfinished",
        "abbreviation", "real",
    ]  # fmt: skip
    words: Words
    note: str


class Unread(Record):
    """Words that look like findings and are none of the network's; `*itis` is an ending."""

    words: Words
    note: str


TABLES: dict[str, type[Record]] = {
    "terms": Term,
    "phrases": Phrase,
    "cues": Cue,
    "headings": Heading,
    "certainties": Certainty,
    "implications": Implication,
    "limits": Limit,
    "units": Unit,
    "fillers": Filler,
    "unread": Unread,
}


@dataclass(frozen=True, eq=False)
class Wordings:
    """All rows of the tables."""

    terms: tuple[Term, ...]
    phrases: tuple[Phrase, ...]
    cues: tuple[Cue, ...]
    headings: tuple[Heading, ...]
    certainties: tuple[Certainty, ...]
    implications: tuple[Implication, ...]
    limits: tuple[Limit, ...]
    units: tuple[Unit, ...]
    fillers: tuple[Filler, ...]
    unread: tuple[Unread, ...]

    def small_words(self, role: str) -> frozenset[str]:
        """The words of a role, in one spelling."""
        said = (word for filler in self.fillers if filler.role == role for word in filler.words)
        return frozenset(norm for word in said for norm in words(word))


def read(root: Path) -> tuple[Wordings, list[Problem]]:
    """The tables below `root`, and what is wrong with their rows."""
    tables: dict[str, tuple[Any, ...]] = {}
    problems: list[Problem] = []
    for name, kind in TABLES.items():
        file = "certainty" if name == "certainties" else name
        records, wrong = read_records(root, f"{FOLDER}/{file}.csv", kind)
        tables[name] = tuple(records)
        problems += wrong
    return Wordings(**tables), problems


def require_valid(base: KnowledgeBase) -> None:
    """Raises KnowledgeBaseError with every mistake. A knowledge base without such tables is sound:
    no text can be read by it."""
    if (base.root / FOLDER).is_dir():
        load(base)


@lru_cache(maxsize=4)
def load(base: KnowledgeBase) -> Wordings:
    """The tables beside a knowledge base. Raises KnowledgeBaseError with every mistake, and
    UsageError where there are none."""
    if not (base.root / FOLDER).is_dir():
        raise UsageError(f"these tables have no words to read a text by: there is no {FOLDER}/")
    wordings, found = read(base.root)
    if found := found or list(problems(wordings, base)):
        raise KnowledgeBaseError(found)
    return wordings


def problems(wordings: Wordings, base: KnowledgeBase) -> Iterator[Problem]:
    """What is wrong beyond a single cell: unknown findings, states and terms, words that belong to
    two findings, sources that no table knows."""
    states = {finding.key: states_of(finding) for finding in base.findings}
    yield from _phrases(wordings, states)
    yield from _terms(wordings)
    yield from _owners(wordings)
    yield from _spoken(wordings, base)
    for record in wordings.implications:
        for column in ("finding", "implies"):
            yield from _unknown(record, column, getattr(record, column), states, "finding")
    sources = [source.key for source in base.sources]
    for sourced in (*wordings.limits, *wordings.certainties):
        yield from _unknown(sourced, "source", sourced.source, sources, "source")
    for limit in wordings.limits:
        yield from _unknown(limit, "finding", limit.finding, states, "finding")


def _unknown(
    record: Record, column: str, value: str, known: Collection[str], what: str
) -> Iterator[Problem]:
    if value not in known:
        message = f"{value!r} is not a {what}{nearest(value, known)}"
        yield record.row.problem(column, message, f"use a known {what}")


def _phrases(wordings: Wordings, states: dict[str, tuple[str, ...]]) -> Iterator[Problem]:
    for phrase in wordings.phrases:
        for finding in phrase.finding:
            yield from _unknown(phrase, "finding", finding, states, "finding")
            known = (*states.get(finding, ()), *RESULTS, *MANNERS)
            yield from _unknown(phrase, "says", phrase.says, known, f"state of {finding}")
        if not phrase.finding and phrase.says != "ignored":
            yield phrase.row.problem("finding", "is empty", "name a finding, or write ignored")


def _terms(wordings: Wordings) -> Iterator[Problem]:
    known = {term.term for term in wordings.terms}
    worded: tuple[Term | Phrase, ...] = (*wordings.terms, *wordings.phrases)
    for record in worded:
        for wording in record.words:
            for name in TERM.findall(wording):
                yield from _unknown(record, "words", name, known, "term")


def _owners(wordings: Wordings) -> Iterator[Problem]:
    """Words that say two things, in whatever spelling: which of them would be left to chance."""
    first: dict[tuple[str, ...], Phrase] = {}
    for phrase in wordings.phrases:
        for wording in phrase.words:
            if TERM.search(wording) or NEAR in wording:
                continue
            before = first.setdefault(words(wording), phrase)
            if (before.finding, before.says) != (phrase.finding, phrase.says):
                other = "|".join(before.finding) or before.says
                message = f"belongs to {other} too (line {before.row.line})"
                remedy = "keep one, or name both findings in one row: one|other"
                found = phrase.row.problem("words", message, remedy)
                yield replace(found, value=wording)


def _spoken(wordings: Wordings, base: KnowledgeBase) -> Iterator[Problem]:
    """A finding that no words name could never be read."""
    spoken = {finding for phrase in wordings.phrases for finding in phrase.finding}
    for finding in base.findings:
        if finding.key not in (*spoken, AGE, "sex"):
            yield finding.row.problem(
                "key", "has no words to be read by", f"add a row to {FOLDER}/phrases.csv"
            )
