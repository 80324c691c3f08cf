"""The jackknife over papers: the model rebuilt without each source, and what that changes.

What is taken out are a source's statements on findings. A prior weight, a dependency or the only
background rate of a finding stays, for nothing could stand in for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from ..inference.engine import Engine
from ..knowledge import build
from ..knowledge.base import OTHER, KnowledgeBase
from ..knowledge.build import DIAGNOSIS, SPLIT
from ..knowledge.estimate import Cell, Estimator
from ..knowledge.records import Statement
from ..results import ModelInfo
from .result import SensitivityResult
from .subject import Subject

#: The basis-only key that is no paper.
NO_PAPER = "expert"
Progress = Callable[[float], None]


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


@dataclass(frozen=True, repr=False)
class SourcesSensitivity(SensitivityResult):
    """Every source that bears on any of the cases: flips first, then by change."""

    effects: tuple[SourceEffect, ...]
    cases: tuple[str, ...]
    labels: dict[str, str]
    citations: dict[str, str]
    model: ModelInfo

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


def sources(
    subjects: Sequence[tuple[str, Subject]], progress: Progress = lambda share: None
) -> SourcesSensitivity:
    """The jackknife for one or more named cases put to the same model."""
    first = subjects[0][1]
    findings = {name for _, subject in subjects for name in subject.relevant[1:]}
    named = _sources_of(first.base, findings)
    effects: list[SourceEffect] = []
    for done, source in enumerate(named, 1):
        effects += _without_source(source, findings, subjects)
        progress(done / len(named))
    effects.sort(key=lambda e: (not e.flips, -abs(e.change)))
    citations = {record.key: record.citation for record in first.base.sources}
    names = tuple(name for name, _ in subjects)
    return SourcesSensitivity(tuple(effects), names, first.labels, citations, first.info)


def _sources_of(base: KnowledgeBase, findings: set[str]) -> list[str]:
    """Every paper that says something of one of the findings."""
    found = (s.source for s in base.statements if s.finding in findings and s.source != NO_PAPER)
    return list(dict.fromkeys(found))


def without(base: KnowledgeBase, source: str) -> KnowledgeBase:
    """The knowledge base less the statements of one source."""
    left = {s.finding for s in base.statements if s.disease == OTHER and s.source != source}
    kept = tuple(
        s for s in base.statements
        if s.source != source or (s.disease == OTHER and s.finding not in left)
    )  # fmt: skip
    return replace(base, statements=kept)


def _without_source(
    source: str, findings: set[str], subjects: Sequence[tuple[str, Subject]]
) -> Iterator[SourceEffect]:
    """The answers of a model of the findings alone, rebuilt without the source."""
    removed = [s for s in subjects[0][1].base.statements if s.source == source]
    engine = rebuilt(subjects[0][1], without(subjects[0][1].base, source), findings, removed)
    for name, subject in subjects:
        rows = [s for s in removed if s.finding in subject.relevant]
        if rows:
            yield _effect(source, name, len(rows), subject, engine)


def _effect(source: str, case: str, rows: int, subject: Subject, engine: Engine) -> SourceEffect:
    after = engine.query(DIAGNOSIS, subject.evidence.network).table
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


def rebuilt(
    subject: Subject, base: KnowledgeBase, findings: set[str], removed: Iterable[Statement]
) -> Engine:
    """The network of `diagnosis` and the findings, built from another knowledge base. Cells that
    none of the removed statements could have touched are taken over."""
    estimator = Estimator(base)
    structure = build.structure(base, estimator)
    structure = replace(
        structure,
        states={n: s for n, s in structure.states.items() if n == DIAGNOSIS or n in findings},
        split=structure.split & findings,
        edges={child: edge for child, edge in structure.edges.items() if child in findings},
    )
    touched = {(s.disease, s.finding) for s in removed}
    cells: dict[tuple, Cell] = {}
    for finding in base.findings:
        if finding.key in findings:
            for key in _keys(base, structure, finding.key):
                stale = touched & {(key[0], key[1]), (OTHER, key[1])} or key not in subject.cells
                fresh = estimator.cell(key[0], finding, key[2]) if stale else None
                cells[key] = fresh or subject.cells[key]
    columns = build.columns(base, structure, cells, subject.info.setting)
    return Engine(build.network(structure, build.cpts(structure, columns.means())))


def _keys(base: KnowledgeBase, structure: build.Structure, finding: str) -> Iterator[tuple]:
    """(disease, finding, condition) in the order in which `build.columns` reads cells."""
    split = finding in structure.split
    conditions = [f"{SPLIT}={state}" for state in structure.states[SPLIT]] if split else [""]
    for disease in base.diseases:
        for condition in conditions:
            yield disease.key, finding, condition
