"""The jackknife over papers: the model rebuilt without each source, and what that changes.

What is taken out are a source's statements on findings. A prior weight, a dependency or the only
background rate of a finding stays, for nothing could stand in for it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from ..inference.elimination.engine import Engine
from ..knowledge.base import KnowledgeBase
from ..knowledge.build import DIAGNOSIS
from ..progress import Progress, silent
from ..render import charts
from ..render.sheet import Sheet
from ..render.wording import percent
from .sensitivity_answer import DRAWN, SHOWN, SensitivityAnswer
from .subject import Subject

#: The basis-only key that is no paper.
NO_PAPER = "expert"


@dataclass(frozen=True)
class SourceEffect:
    """One case without one source. `rows` is how many of its statements bear on the case."""

    source: str
    case: str
    rows: int
    leading: str
    leading_without: str
    target: str
    posterior: float
    posterior_without: float

    @property
    def flips(self) -> bool:
        """Whether the leading diagnosis is another one."""
        return self.leading != self.leading_without

    @property
    def change(self) -> float:
        """By how much P(target | case) changes."""
        return self.posterior_without - self.posterior


@dataclass(frozen=True, repr=False, kw_only=True)
class SourcesSensitivity(SensitivityAnswer):
    """Every source that bears on any of the cases: flips first, then by change."""

    effects: tuple[SourceEffect, ...]
    cases: tuple[str, ...]
    citations: dict[str, str]

    @property
    def flips(self) -> tuple[SourceEffect, ...]:
        """Where the leading diagnosis of a case hangs on one source."""
        return tuple(effect for effect in self.effects if effect.flips)

    def records(self) -> list[dict[str, Any]]:
        """One row per source and case."""
        return [{**asdict(e), "change": e.change, "flips": e.flips} for e in self.effects]

    def to_dict(self) -> dict[str, Any]:
        """What `neurogamut sensitivity sources --json` gives."""
        return {
            "cases": list(self.cases),
            "flips": len(self.flips),
            "effects": self.records(),
            "model": asdict(self.model),
        }

    def sheet(self, count: int = SHOWN) -> Sheet:
        """What is shown, with at most `count` rows."""
        rows = [
            (
                e.source,
                e.case,
                str(e.rows),
                percent(e.posterior),
                percent(e.posterior_without),
                f"{'* ' if e.flips else ''}{self.labels[e.leading_without]}",
            )
            for e in self.effects[:count]
        ]
        count_of = len({e.source for e in self.effects})
        return self._digest(
            f"Each of {count_of} sources left out in turn: the leading diagnosis changes "
            f"{len(self.flips)} times (*).",
            ("without", "case", "rows", "P now", "P then", "first then"),
            rows,
            ("rows", "P now", "P then"),
        )

    def plot(self, count: int = DRAWN) -> Any:
        """A picture with at most `count` rows (an altair chart)."""
        rows = [
            charts.interval(
                f"{e.source} ({e.case})",
                e.posterior,
                e.posterior_without,
                e.posterior_without,
                e.flips,
            )
            for e in self.effects[:count]
        ]
        axis = "P(disease in question) with and without (dot); orange: another is first"
        return charts.captioned(
            charts.ranges(rows, "without the source", axis), "Which paper matters?", self.model
        )


def sources(subjects: Mapping[str, Subject], progress: Progress = silent) -> SourcesSensitivity:
    """Each paper left out in turn, for one case or for many."""
    first = next(iter(subjects.values()))
    findings = {name for subject in subjects.values() for name in subject.relevant[1:]}
    named = _said(first.base, findings)
    effects: list[SourceEffect] = []
    for done, (source, said) in enumerate(named.items(), 1):
        fewer = first.blueprint.without({source}).narrowed(findings)
        effects += _without_source(source, said, first.on(fewer).engine, subjects)
        progress(done / len(named))
    effects.sort(key=lambda e: (not e.flips, -abs(e.change)))
    citations = {record.key: record.citation for record in first.base.sources}
    return SourcesSensitivity(
        effects=tuple(effects),
        cases=tuple(subjects),
        labels=first.labels,
        citations=citations,
        model=first.info,
    )


def _said(base: KnowledgeBase, findings: set[str]) -> dict[str, list[str]]:
    """Every paper that says something of one of the findings, and of which, row by row."""
    found: dict[str, list[str]] = defaultdict(list)
    for statement in base.statements:
        if statement.finding in findings and statement.source != NO_PAPER:
            found[statement.source].append(statement.finding)
    return found


def _without_source(
    source: str, said: Sequence[str], engine: Engine, subjects: Mapping[str, Subject]
) -> Iterator[SourceEffect]:
    """The answers of `engine`, a model of the findings alone, without the source."""
    for name, subject in subjects.items():
        if rows := sum(finding in subject.relevant for finding in said):
            yield _effect(source, name, rows, subject, engine)


def _effect(source: str, case: str, rows: int, subject: Subject, engine: Engine) -> SourceEffect:
    after = engine.query(DIAGNOSIS, subject.encoded).table
    return SourceEffect(
        source,
        case,
        rows,
        subject.diseases[subject.leading],
        subject.diseases[int(after.argmax())],
        subject.diseases[subject.target],
        float(subject.posterior[subject.target]),
        float(after[subject.target]),
    )
