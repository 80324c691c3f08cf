"""What a sensitivity analysis is about: a case, put to a model whose figures may be moved."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from ..cases.case import CaseEvidence
from ..diagnosis.pertinent import told, told_rows
from ..diagnosis.single import SingleDisease
from ..inference.chan_darwiche import log_ratio, log_ratio_range
from ..inference.elimination.engine import Engine
from ..inference.query import EvidenceBatch, Query
from ..knowledge import build
from ..knowledge.base import KnowledgeBase
from ..knowledge.build import DIAGNOSIS, Blueprint, Columns, Structure
from ..knowledge.reporting import Telling
from ..network import Evidence, ancestors
from ..render.answer import ModelInfo

Marginals = Mapping[str, np.ndarray]


@dataclass(frozen=True, eq=False)
class Subject:
    """A model in its parts, the evidence of a case, and the disease in question.

    `named_target` is the disease asked about; without one it is the leading diagnosis. `telling` is
    there under pertinent reporting: how readily findings are told stays as it is while figures of
    findings move."""

    blueprint: Blueprint
    engine: Engine
    info: ModelInfo
    evidence: CaseEvidence
    named_target: str | None = None
    telling: Telling | None = None

    @property
    def base(self) -> KnowledgeBase:
        """The tables."""
        return self.blueprint.base

    @property
    def structure(self) -> Structure:
        """Variables and edges."""
        return self.blueprint.structure

    @property
    def columns(self) -> Columns:
        """The distribution of every published column."""
        return self.blueprint.columns

    @cached_property
    def diseases(self) -> tuple[str, ...]:
        """Keys of the diseases, in the order of every array."""
        return self.structure.states[DIAGNOSIS]

    @cached_property
    def labels(self) -> dict[str, str]:
        """Names for people of diseases and findings."""
        diseases = {disease.key: disease.label for disease in self.base.diseases}
        return diseases | {finding.key: finding.label for finding in self.base.findings}

    @cached_property
    def findings(self) -> Evidence:
        """What the case says of each finding, by position."""
        return self.engine.network.encode(self.evidence.network)

    @cached_property
    def encoded(self) -> Evidence:
        """The evidence that the engine is given, by position."""
        return told(self.findings, self.telling.said) if self.telling else self.findings

    def rows_of(self, findings: EvidenceBatch) -> EvidenceBatch:
        """Rows of findings as rows of evidence for the engine."""
        return told_rows(findings, self.telling.said) if self.telling else findings

    def on(self, blueprint: Blueprint) -> Subject:
        """The same case put to another model."""
        network = blueprint.network()
        if self.telling:
            network = self.telling.around(network)
        return replace(self, blueprint=blueprint, engine=Engine(network))

    @cached_property
    def rows(self) -> EvidenceBatch:
        """The evidence as a batch of one row, which broadcasts."""
        return EvidenceBatch.of(self.encoded)

    @cached_property
    def posterior(self) -> np.ndarray:
        """P(disease | case), shape (diseases,)."""
        return self._query.table

    @cached_property
    def log_evidence(self) -> float:
        """ln P(case)."""
        return self._query.log_evidence

    @cached_property
    def _query(self) -> Query:
        return self.engine.query(DIAGNOSIS, self.encoded)

    @cached_property
    def prior(self) -> np.ndarray:
        """P(disease), shape (diseases,)."""
        return self.means[DIAGNOSIS]

    @cached_property
    def leading(self) -> int:
        """Position of the most probable disease."""
        return int(self.posterior.argmax())

    @cached_property
    def target(self) -> int:
        """Position of the disease in question."""
        if self.named_target is None:
            return self.leading
        return self.diseases.index(self.base.disease(self.named_target).key)

    @cached_property
    def means(self) -> Marginals:
        """Every published probability, shaped as in `Columns`."""
        return self.columns.means()

    @cached_property
    def relevant(self) -> tuple[str, ...]:
        """The variables whose CPTs bear on the case: what was observed, with all ancestors."""
        found = ancestors((DIAGNOSIS, *self.findings.variables()), self._parents)
        return tuple(name for name in self.structure.states if name in found)

    def _parents(self, name: str) -> tuple[str, ...]:
        return self.structure.parents(name) if name in self.structure.findings else ()

    def tables(self, moved: Marginals, variables: Iterable[str] | None = None) -> Marginals:
        """The CPTs that change (of `variables`, or of all) where the marginals in `moved`, each
        with a leading axis of rows, take the place of the means; they have that axis too."""
        shape, context = self.structure, None
        if shape.context in moved:  # by which the forms of whatever is split are mixed
            moved = {**self.means, **moved}
        elif shape.context in self.means:
            context = self.blueprint.rates[shape.context]
        rates = {**self.blueprint.rates, **shape.by_cause(moved, context)}
        tables = build.tables_of(shape, rates, variables or build.all_variables(shape))
        network = self.engine.network.cpts
        return {name: t for name, t in tables.items() if t.ndim > network[name].table.ndim}

    def log_ratio_range(self, tables: Marginals) -> tuple[np.ndarray, np.ndarray]:
        """The least and greatest ln ratio of the joint distribution, in each disease, with these
        CPTs and without, each of shape (rows, diseases)."""
        now = self.engine.network.cpts
        factors = [
            ((*now[name].parents, name), log_ratio(now[name].table, table))
            for name, table in tables.items()
        ]
        low, high = log_ratio_range(factors, (self.structure.cause,))
        members = [np.flatnonzero(shares) for shares in self.structure.shares]
        return (
            np.stack([low[:, causes].min(axis=1) for causes in members], axis=1),
            np.stack([high[:, causes].max(axis=1) for causes in members], axis=1),
        )

    def joint(self, moved: Marginals, tables: Marginals | None = None) -> np.ndarray:
        """P'(disease, case) / P(case) with the marginals in `moved`, as in `tables`, and further
        CPTs as they are given; shape (rows, diseases)."""
        cpts = {**self.tables(moved, self.relevant), **(tables or {})}
        answer = self.engine.batch(DIAGNOSIS, self.rows, cpts=cpts)
        return answer.table * np.exp(answer.log_evidence - self.log_evidence)[:, None]


def subjects(
    view: SingleDisease,
    engine: Engine,
    cases: Sequence[CaseEvidence],
    target: str | None,
    names: Sequence[str],
) -> dict[str, Subject]:
    """Cases by name (default: their numbers), put to a model in one reading. An impossible case and
    an unknown target are refused here, before any question is put."""
    names = names or [str(number) for number in range(1, len(cases) + 1)]
    found = {}
    for name, evidence in zip(names, cases, strict=True):
        telling = view.of_case(evidence).telling
        subject = Subject(view.blueprint, engine, view.info, evidence, target, telling)
        _ = subject.posterior, subject.target
        found[name] = subject
    return found
