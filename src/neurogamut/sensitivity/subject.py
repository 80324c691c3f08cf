"""What a sensitivity analysis is about: a case, put to a model whose figures may be moved."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ..evidence import CaseEvidence
from ..inference.engine import Engine
from ..inference.query import EvidenceBatch
from ..knowledge import build
from ..knowledge.base import KnowledgeBase
from ..knowledge.build import DIAGNOSIS, Columns, Structure
from ..knowledge.estimate import Cell
from ..network import Evidence
from ..results import ModelInfo

Marginals = Mapping[str, np.ndarray]


@dataclass(frozen=True, eq=False)
class Subject:
    """A model in its parts, the evidence of a case, and the disease in question.

    `named_target` is the disease asked about; without one it is the leading diagnosis."""

    base: KnowledgeBase
    structure: Structure
    cells: Mapping[tuple, Cell]
    columns: Columns
    engine: Engine
    info: ModelInfo
    evidence: CaseEvidence
    named_target: str | None = None

    @cached_property
    def diseases(self) -> tuple[str, ...]:
        """Keys of the diseases, in the order of every array."""
        return self.structure.states[DIAGNOSIS]

    @cached_property
    def labels(self) -> dict[str, str]:
        """Names for people of diseases and findings."""
        return {record.key: record.label for record in (*self.base.diseases, *self.base.findings)}

    @cached_property
    def encoded(self) -> Evidence:
        """The evidence by position."""
        return self.engine.network.encode(self.evidence.network)

    @cached_property
    def rows(self) -> EvidenceBatch:
        """The evidence as a batch of one row, which broadcasts."""
        return as_batch(self.encoded)

    @cached_property
    def posterior(self) -> np.ndarray:
        """P(disease | case), shape (diseases,)."""
        return self._query.table

    @cached_property
    def log_evidence(self) -> float:
        """ln P(case)."""
        return self._query.log_evidence

    @cached_property
    def _query(self):
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
        found = {DIAGNOSIS}
        waiting = list(self.encoded.variables())
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                waiting.extend(self.structure.parents(name))
        return tuple(name for name in self.structure.states if name in found)

    def tables(self, moved: Marginals, variables: Iterable[str] | None = None) -> Marginals:
        """The CPTs that change (of `variables`, or of all) where the marginals in `moved`, each
        with a leading axis of rows, take the place of the means; they have that axis too."""
        tables = build.cpts(self.structure, self.means | moved, variables)
        network = self.engine.network.cpts
        return {name: t for name, t in tables.items() if t.ndim > network[name].table.ndim}

    def joint(self, moved: Marginals) -> np.ndarray:
        """P'(disease, case) / P(case) with the marginals in `moved`, as in `tables`; shape (rows,
        diseases)."""
        cpts = self.tables(moved, self.relevant)
        answer = self.engine.batch(DIAGNOSIS, self.rows, cpts=cpts)
        return answer.table * np.exp(answer.log_evidence - self.log_evidence)[:, None]


def as_batch(evidence: Evidence) -> EvidenceBatch:
    """Evidence as a batch of one row."""
    return EvidenceBatch(
        {name: np.array([state]) for name, state in evidence.states.items()},
        {name: weights[None, :] for name, weights in evidence.likelihoods.items()},
    )
