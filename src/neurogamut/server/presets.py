"""Example patients for the page: those of the seed paper's figures, as tables hold them."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from ..errors import KnowledgeBaseError
from ..knowledge.estimate import AGE
from ..knowledge.records import Key, Record, read_records

TABLE = "priors/presets.csv"


class PresetFinding(Record):
    """One finding of a patient, as the caption of `figure` tells it; `diagnosis` is the paper's."""

    patient: Key
    label: str
    diagnosis: Key
    figure: str
    finding: Key
    state: str
    source: Key


@lru_cache(maxsize=4)
def presets(root: Path) -> tuple[dict[str, Any], ...]:
    """One entry per patient, with the case. Raises KnowledgeBaseError for a broken table."""
    records, problems = read_records(root, TABLE, PresetFinding)
    if problems:
        raise KnowledgeBaseError(problems)
    found: dict[str, dict[str, Any]] = {}
    for record in records:
        about = record.model_dump(include={"label", "diagnosis", "figure", "source"})
        entry = found.setdefault(record.patient, {"patient": record.patient, **about, "case": {}})
        is_age = record.finding == AGE
        entry["case"][record.finding] = float(record.state) if is_age else record.state
    return tuple(found.values())
