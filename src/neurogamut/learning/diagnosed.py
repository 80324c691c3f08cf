"""Patients with their diagnosis, from a table, from cases, or from a file of either."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..cases.case import CaseReader
from ..cases.published import published_case
from ..cases.strict_text import parse_json, read_text
from ..cohort import frames
from ..cohort.columns import ID, BadRow, ColumnReader, bad_rows
from ..errors import CaseError, NeurogamutError, UsageError, needs
from ..inference.query import MISSING
from ..knowledge.base import KnowledgeBase
from ..knowledge.build import DIAGNOSIS
from ..network import Evidence, Network
from .patients import Patients

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

#: By how much the probabilities of an uncertain diagnosis may miss 1.
SLACK = 0.01
LINES = (".jsonl", ".ndjson")

#: What only published patients have.
KNOWN = "known_before_diagnosis"

Diagnosis = str | Mapping[str, float]


@dataclass(frozen=True, eq=False)
class DiagnosedCase:
    """A patient, whose diagnosis is `shares` (diseases,); `posed` are the findings that were known
    before, `group` names the paper, if there is one."""

    name: str
    group: str
    shares: np.ndarray
    evidence: Evidence
    posed: frozenset[str]


class DiagnosedReader:
    """Reads patients whose diagnosis is known, as the findings of a knowledge base and network.
    Each weighs `fading` times what the next one does.

    Raises UsageError for a fading that is none."""

    def __init__(self, base: KnowledgeBase, network: Network, fading: float = 1.0):
        if not 0 < fading <= 1:
            raise UsageError(f"fading={fading}: expected a number above 0, at most 1")
        self.base, self.network, self.fading = base, network, fading
        self.diseases = network.variables[DIAGNOSIS].states
        self.sizes = {n: len(v) for n, v in network.variables.items() if n != DIAGNOSIS}

    def read(self, patients: pd.DataFrame | pa.Table | Iterable[Mapping[str, Any]]) -> Patients:
        """A table with a column `diagnosis`, or cases with that key.

        Raises CaseError with all rows that cannot be read."""
        if hasattr(patients, "columns"):
            return self.table(frames.to_arrow(patients))
        return self.cases(enumerate(patients, 1))

    def file(self, path: Path) -> Patients:
        """A .jsonl file of cases or published patients, or a table."""
        if str(path) == "-" or path.suffix.lower() in LINES:
            return self.cases(lines(path))
        with needs("cohort"):
            import pyarrow as pa

            from ..cohort.readers import open_source

        blocks = list(open_source(path).blocks())
        if odd := [row for block in blocks for row in block.bad]:
            raise bad_rows(odd)
        return self.table(pa.concat_tables([b.table for b in blocks], promote_options="default"))

    def table(self, table: pa.Table) -> Patients:
        """One row a patient."""
        if DIAGNOSIS not in table.column_names:
            raise CaseError(f"no column is called {DIAGNOSIS!r}: nothing says what patients had")
        reader = ColumnReader(
            self.base, self.network, [name for name in table.column_names if name != DIAGNOSIS]
        )
        codes = reader.read(table)
        shares, wrong = self._told(table.column(DIAGNOSIS).to_pylist())
        for row, message in wrong.items():
            codes.mistakes.setdefault(row, []).append(message)
        ids = table.column(ID).to_pylist() if reader.has_id else None
        if codes.mistakes:
            raise bad_rows(
                [
                    BadRow(row + 1, str(ids[row]) if ids else "", tuple(codes.mistakes[row]))
                    for row in sorted(codes.mistakes)
                ]
            )
        shares = self._faded(shares)
        return Patients.of(
            self.sizes, codes.states, shares, names=[str(name) for name in ids] if ids else None
        )

    def cases(self, cases: Iterable[tuple[int, Mapping[str, Any]]]) -> Patients:
        """Cases with their numbers. All that was reported of a published patient teaches; he is
        posed with what was known before the diagnosis."""
        rows: list[DiagnosedCase] = []
        bad, reader = [], CaseReader(self.base)
        for number, case in cases:
            try:
                rows.append(self._case(case, reader, number))
            except NeurogamutError as error:
                bad.append(BadRow(number, str(case.get(ID, "")), (str(error),)))
        if bad:
            raise bad_rows(bad)
        if not rows:
            raise CaseError("no patients: there is nothing to learn from")
        return self._together(rows)

    def _case(self, case: Mapping[str, Any], reader: CaseReader, number: int) -> DiagnosedCase:
        name = str(case.get(ID, number))
        if KNOWN in case:
            published = published_case(json.dumps(case), name)
            shares = self._shares(published.diagnosis)
            posed, group = reader.read(published.posed()), published.source
            read = reader.read(published.posed(everything=True))
        else:
            shares = self._shares(case.get(DIAGNOSIS))
            read = posed = reader.read({k: said for k, said in case.items() if k != DIAGNOSIS})
            group = ""
        return DiagnosedCase(name, group, shares, read.encoded, frozenset(posed.network))

    def _together(self, rows: Sequence[DiagnosedCase]) -> Patients:
        states = {name: np.full(len(rows), MISSING, dtype=np.int8) for name in self.sizes}
        uncertain: dict[str, dict[int, np.ndarray]] = {}
        posed = np.zeros((len(rows), len(self.sizes)), dtype=bool)
        for row, case in enumerate(rows):
            for name, state in case.evidence.states.items():
                states[name][row] = state
            for name, likelihood in case.evidence.likelihoods.items():
                uncertain.setdefault(name, {})[row] = likelihood / likelihood.max()
            posed[row] = [name in case.posed for name in self.sizes]
        return Patients.of(
            self.sizes,
            states,
            self._faded(np.array([case.shares for case in rows])),
            uncertain,
            posed,
            [case.group for case in rows],
            [case.name for case in rows],
        )

    def _faded(self, shares: np.ndarray) -> np.ndarray:
        return shares * self.fading ** np.arange(len(shares))[::-1, None]

    def _told(self, diagnoses: Sequence[Any]) -> tuple[np.ndarray, dict[int, str]]:
        """The diagnoses (patients, diseases) of a column, and what is wrong by row."""
        read: dict[Any, np.ndarray | str] = {}
        for said in set(diagnoses):
            try:
                read[said] = self._shares(said)
            except NeurogamutError as error:
                read[said] = str(error)
        none = np.zeros(len(self.diseases))
        found = [read[said] for said in diagnoses]
        wrong = {row: one for row, one in enumerate(found) if isinstance(one, str)}
        return np.array([none if isinstance(one, str) else one for one in found]), wrong

    def _shares(self, said: Diagnosis | None) -> np.ndarray:
        """P(disease) as the hospital has it, (diseases,)."""
        if not said or not isinstance(said, (str, Mapping)):
            raise CaseError(f"{DIAGNOSIS}={said!r}: expected a disease, or some with their shares")
        named = _split(said) if isinstance(said, str) else said
        shares = np.zeros(len(self.diseases))
        for name, share in named.items():
            shares[self.diseases.index(self.base.disease(name.strip()).key)] += share
        if (shares < 0).any() or abs(shares.sum() - 1) > SLACK:
            raise CaseError(f"{DIAGNOSIS}={said!r}: the shares of a diagnosis add up to 1")
        return shares / shares.sum()


def lines(path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """The mappings of a JSON Lines file with their line numbers."""
    name, text = read_text(path)
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            case = parse_json(line, f"{name}:{number}")
            if not isinstance(case, Mapping):
                raise CaseError(f"{name}:{number}: a patient maps findings to states")
            yield number, case


def _split(said: str) -> dict[str, float]:
    """`susac:0.7,nmosd:0.3`, or a disease alone."""
    if ":" not in said or said.startswith(("ORPHA:", "OMIM:", "MONDO:")):
        return {said: 1.0}
    try:
        parts = [part.rpartition(":") for part in said.split(",")]
        return {name: float(share) for name, _, share in parts}
    except ValueError:
        example = "susac:0.7,nmosd:0.3"
        raise CaseError(f"{DIAGNOSIS}={said!r}: expected shares, as in {example}") from None
