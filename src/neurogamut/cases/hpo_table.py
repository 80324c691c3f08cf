"""Which HPO terms say something of which finding, and which ids older releases have for them."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Literal, TypeVar

from pydantic import Field

from ..errors import KnowledgeBaseError
from ..knowledge.records import FindingRecord, Key, Record, read_records

TABLE = "priors/hpo_terms.csv"
FINDINGS = "cpts/findings.csv"
ALTERNATIVES = "priors/hpo_alternative_ids.csv"
R = TypeVar("R", bound=Record)


class HpoTerm(Record):
    """A term that is the `same` as a finding's, `narrower` or `broader`."""

    hpo_id: str = Field(pattern=r"^HP:\d{7}$")
    hpo_label: str
    relation: Literal["same", "narrower", "broader"]
    finding: Key


class AlternativeId(Record):
    """An id of an older release, and the term that has it now."""

    hpo_id: str = Field(pattern=r"^HP:\d{7}$")
    replaced_by: str = Field(pattern=r"^HP:\d{7}$")


def findings_of(term: str, root: Path) -> tuple[str, ...]:
    """The findings that an HPO term says something of, in either direction."""
    return tuple(dict.fromkeys(record.finding for record in terms_of(root).get(term.upper(), ())))


@lru_cache(maxsize=4)
def terms_of(root: Path) -> dict[str, list[HpoTerm]]:
    """The table by HPO id, older ids too; where there is no table, the terms of the findings."""
    terms: dict[str, list[HpoTerm]] = {}
    for record in _records(root, TABLE, HpoTerm) if (root / TABLE).exists() else _own_terms(root):
        terms.setdefault(record.hpo_id, []).append(record)
    if (root / ALTERNATIVES).exists():
        for old in _records(root, ALTERNATIVES, AlternativeId):
            terms.setdefault(old.hpo_id, terms.get(old.replaced_by, []))
    return terms


@lru_cache(maxsize=4)
def findings_below(root: Path) -> tuple[FindingRecord, ...]:
    """The findings of the tables below `root`."""
    return tuple(_records(root, FINDINGS, FindingRecord))


def _own_terms(root: Path) -> list[HpoTerm]:
    return [
        HpoTerm(
            row=finding.row,
            hpo_id=finding.hpo_id,
            hpo_label=finding.hpo_label,
            relation="same",
            finding=finding.key,
        )
        for finding in findings_below(root)
        if finding.hpo_id
    ]


def _records(root: Path, table: str, kind: type[R]) -> list[R]:
    records, problems = read_records(root, table, kind)
    if problems:
        raise KnowledgeBaseError(problems)
    return records
