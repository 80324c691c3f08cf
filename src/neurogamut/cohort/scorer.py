"""The answers to a block of rows, each as if it stood alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from ..errors import ImpossibleEvidenceError
from ..inference.engine import Engine
from ..inference.plan import Pattern
from ..inference.query import MISSING, EvidenceBatch, QueryBatch
from ..knowledge.base import KnowledgeBase
from ..knowledge.build import DIAGNOSIS
from ..network import Evidence
from ..open_world import FitRule, conflicting
from .columns import ID, BadRow, Codes, ColumnReader
from .fit import RowFit

#: What the answers say beside the probability of each disease.
MEASURES = ("leading", "log_evidence", "conflict", "fit", "warning")


@dataclass(frozen=True, eq=False)
class Scored:
    """`answers` has one row for each row that could be answered; `bad` are the others."""

    answers: pa.Table
    bad: tuple[BadRow, ...]


class Scorer:
    """Answers tables with the same columns.

    `rates` maps each finding to P(finding | disease), shape (diseases, states). Raises CaseError
    for a column that is no finding."""

    def __init__(
        self,
        base: KnowledgeBase,
        engine: Engine,
        rates: Mapping[str, np.ndarray],
        columns: Iterable[str],
    ):
        self.engine = engine
        self.rule = FitRule.of(base, engine.network)
        self.diseases = engine.network.variables[DIAGNOSIS].states
        self.reader = ColumnReader(base, engine.network, columns)
        findings = self.reader.findings
        self.pattern = Pattern((DIAGNOSIS,), selected=frozenset(findings))
        self.fit = RowFit({name: rates[name] for name in findings}, self.rule.prior)

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the answers."""
        return (*((ID,) if self.reader.has_id else ()), *self.diseases, *MEASURES)

    def score(self, table: pa.Table, numbers: np.ndarray) -> Scored:
        """The answers to a table whose rows have these numbers (rows,)."""
        codes = self.reader.read(table)
        found = self.engine.batch(DIAGNOSIS, EvidenceBatch(codes.states), pattern=self.pattern)
        answers = self._answers(table, codes, found)
        mistakes = dict(codes.mistakes)
        for row in np.flatnonzero(found.impossible).tolist():
            mistakes.setdefault(row, [self._conflict(codes, row)])
        if not mistakes:
            return Scored(answers, ())
        bad = tuple(_bad_row(table, numbers, row, mistakes[row]) for row in sorted(mistakes))
        kept = np.delete(np.arange(len(table)), sorted(mistakes))
        return Scored(answers.take(kept), bad)

    def _answers(self, table: pa.Table, codes: Codes, found: QueryBatch) -> pa.Table:
        """All rows as answers, those that are to be left out too."""
        conflict, fit = self.fit.measures(codes.states, found.table.T, found.log_evidence)
        leading = found.table.argmax(axis=1).astype(np.int8)
        warning = self.rule.nothing_fits(found.table, fit) | conflicting(conflict, self.rule.factor)
        arrays = [
            *([table.column(ID)] if self.reader.has_id else []),
            *found.table.T,
            pa.DictionaryArray.from_arrays(leading, self.diseases),
            *(found.log_evidence, conflict, fit, warning),
        ]
        return pa.table(arrays, names=self.columns)

    def _conflict(self, codes: Codes, row: int) -> str:
        """Which findings of an impossible row cannot hold together."""
        states = {name: int(column[row]) for name, column in codes.states.items()}
        known = {name: state for name, state in states.items() if state != MISSING}
        try:
            self.engine.log_evidence(Evidence(known))
        except ImpossibleEvidenceError as error:
            return str(error)
        raise AssertionError("a batch and a single case disagree on what is impossible")


def _bad_row(table: pa.Table, numbers: np.ndarray, row: int, messages: Sequence[str]) -> BadRow:
    identifier = table.column(ID)[row].as_py() if ID in table.column_names else None
    return BadRow(int(numbers[row]), "" if identifier is None else str(identifier), tuple(messages))
