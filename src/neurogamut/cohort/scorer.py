"""The answers to a block of rows, each as if it stood alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from ..diagnosis.fit import conflicting
from ..diagnosis.pertinent import told, told_rows
from ..diagnosis.single import SingleDisease
from ..errors import CaseError, ImpossibleEvidenceError
from ..inference.elimination.engine import Engine
from ..inference.elimination.plan import Pattern
from ..inference.query import MISSING, EvidenceBatch, QueryBatch
from ..knowledge.build import DIAGNOSIS
from ..knowledge.reporting import TOLD
from .columns import ID, OF, BadRow, Codes, ColumnReader
from .row_fit import RowFit

#: What the answers say beside the probability of each disease.
MEASURES = ("leading", "log_evidence", "conflict", "fit", "warning", "hash")
#: As many digits of the hash as every answer shows.
DIGITS = 12


@dataclass(frozen=True, eq=False)
class Scored:
    """`answers` has one row for each row that could be answered; `bad` are the others."""

    answers: pa.Table
    bad: tuple[BadRow, ...]


#: Answers a row more, from its case: columns by name.
PerRow = Callable[[Mapping[str, Any]], Mapping[str, object]]


@dataclass(frozen=True, eq=False)
class Wanted:
    """What of a table is no finding: columns to `keep` beside the answers, or to `ignore`; and
    what else to answer, `per_row` with the names of its columns, `more`."""

    keep: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    more: tuple[str, ...] = ()
    per_row: PerRow | None = None


NOTHING_ELSE = Wanted()


class Scorer:
    """Answers tables with the same columns, read as `view` reads a case; `engine` is the view's.
    Raises CaseError for a column that is no finding, or is kept by a name that answers have."""

    def __init__(
        self,
        view: SingleDisease,
        engine: Engine,
        columns: Iterable[str],
        wanted: Wanted = NOTHING_ELSE,
    ):
        base = view.blueprint.base
        self.wanted = wanted
        self.engine, self.telling = engine, view.telling
        self.hash = base.hash[:DIGITS]
        self.rule = view.fit_rule
        self.diseases = engine.network.variables[DIAGNOSIS].states
        find = base.names_of_findings.find
        aside = [name for name in wanted.keep if not (find(name) or find(name.rpartition(OF)[0]))]
        aside += wanted.ignore
        self.reader = ColumnReader(base, engine.network, columns, aside)
        if taken := sorted({*wanted.keep} & {*self.diseases, *MEASURES, *wanted.more, ID}):
            raise CaseError(f"{taken[0]!r} cannot be kept: the answers have a column of that name")
        #: What reads uncertain findings; a scorer that has none goes to workers without it.
        self.view = view if self.reader.uncertain else None
        findings = self.reader.findings
        sizes = {name: len(states) for name, states in self.reader.uncertain.items()}
        asked = self._evidence(
            Codes(
                dict.fromkeys(findings, np.zeros(1, dtype=np.int8)),
                {},
                {name: np.arange(size)[None, :] for name, size in sizes.items()},
            )
        )
        self.cause, self.members = view.cause, view.members
        self.pattern = Pattern(
            (view.cause,),
            selected=frozenset(asked.states),
            weighted=frozenset(asked.likelihoods),
        )
        causes = len(engine.network.variables[view.cause])
        self.fit = RowFit({name: view.terms(name) for name in findings}, causes)

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the answers."""
        named = (*((ID,) if self.reader.has_id else ()), *self.wanted.keep)
        return (*named, *self.diseases, *MEASURES, *self.wanted.more)

    def score(self, table: pa.Table, numbers: np.ndarray) -> Scored:
        """The answers to a table whose rows have these numbers (rows,)."""
        codes = self.reader.read(table)
        evidence = self._evidence(codes)
        found = self.engine.batch(self.cause, evidence, pattern=self.pattern)
        answers = self._answers(table, codes, evidence, found)
        mistakes = dict(codes.mistakes)
        for row in np.flatnonzero(found.impossible).tolist():
            mistakes.setdefault(row, [self._conflict(codes, row)])
        if not mistakes:
            return Scored(answers, ())
        bad = tuple(_bad_row(table, numbers, row, mistakes[row]) for row in sorted(mistakes))
        kept = np.delete(np.arange(len(table)), sorted(mistakes))
        return Scored(answers.take(kept), bad)

    def _evidence(self, codes: Codes) -> EvidenceBatch:
        rows = EvidenceBatch(codes.states, codes.likelihoods)
        return told_rows(rows, self.telling.said) if self.telling else rows

    def _answers(
        self, table: pa.Table, codes: Codes, evidence: EvidenceBatch, found: QueryBatch
    ) -> pa.Table:
        """All rows as answers, those that are to be left out too."""
        log_evidence = in_order = found.log_evidence
        if self.telling:
            from scipy.special import gammaln

            number = evidence.states[TOLD]
            log_evidence = log_evidence - self.telling.log_shares[number]
            in_order = log_evidence - gammaln(number + 1)
        conflict, fit = self.fit.measures(codes.states, found.table.T, in_order)
        if self.view:
            for name, likelihood in codes.likelihoods.items():
                conflict = conflict + self.view.log_alone(name, likelihood)
        posterior = found.table @ self.members
        leading = posterior.argmax(axis=1).astype(np.int8)
        nothing = np.full(len(table), MISSING, dtype=np.int8)
        unknown = np.maximum.reduce([nothing, *codes.states.values()]) == MISSING
        warning = self.rule.warns(posterior, fit) | conflicting(conflict, self.rule.factor)
        arrays = [
            *([table.column(ID)] if self.reader.has_id else []),
            *(table.column(name) for name in self.wanted.keep),
            *posterior.T,
            pa.DictionaryArray.from_arrays(leading, self.diseases),
            *(log_evidence, conflict, pa.array(fit, mask=unknown), warning),
            pa.DictionaryArray.from_arrays(np.zeros(len(table), np.int8), [self.hash]),
            *self._more(codes, len(table)),
        ]
        return pa.table(arrays, names=self.columns)

    def _more(self, codes: Codes, rows: int) -> list[pa.Array]:
        """What else is answered, row by row; nothing of a row that cannot be read."""
        if self.wanted.per_row is None:
            return []
        found = [
            {} if row in codes.mistakes else self.wanted.per_row(self._case(codes, row))
            for row in range(rows)
        ]
        return [pa.array([one.get(name) for one in found]) for name in self.wanted.more]

    def _case(self, codes: Codes, row: int) -> dict[str, Any]:
        """A row as a case."""
        variables = self.engine.network.variables
        said: dict[str, Any] = {
            name: variables[name].states[column[row]]
            for name, column in codes.states.items()
            if column[row] != MISSING
        }
        for name, column in codes.likelihoods.items():
            if (column[row] != 1).any():
                states = variables[name].states
                said[name] = dict(zip(states, column[row].tolist(), strict=True))
        return said

    def _conflict(self, codes: Codes, row: int) -> str:
        """Which findings of an impossible row cannot hold together."""
        known = self.engine.network.encode(self._case(codes, row))
        try:
            self.engine.log_evidence(told(known, self.telling.said) if self.telling else known)
        except ImpossibleEvidenceError as error:
            return str(error)
        raise AssertionError("a batch and a single case disagree on what is impossible")


def _bad_row(table: pa.Table, numbers: np.ndarray, row: int, messages: Sequence[str]) -> BadRow:
    identifier = table.column(ID)[row].as_py() if ID in table.column_names else None
    return BadRow(int(numbers[row]), "" if identifier is None else str(identifier), tuple(messages))
