"""Example patients: those of the figures of a paper, as priors/presets.csv holds them."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from ..errors import KnowledgeBaseError, UsageError, require_known
from ..knowledge.base import KnowledgeBase, default_root
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
    """One entry per patient, with the case; none where there is no table. Raises KnowledgeBaseError
    for a broken one."""
    if not (root / TABLE).is_file():
        return ()
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


def example(base: KnowledgeBase) -> dict[str, Any]:
    """The entry of the patient that priors/gamut.toml names, or of the first. Raises UsageError
    where the tables have no patients, or none of that name."""
    entries = {entry["patient"]: entry for entry in presets(base.root)}
    if not entries:
        raise UsageError(f"these tables have no example patients: {TABLE} is not there or empty")
    patient = base.gamut.example_patient or next(iter(entries))
    require_known("example_patient", patient, entries)
    return entries[patient]


def preset(patient: str, root: Path | None = None) -> dict[str, Any]:
    """The case of a patient of the tables below `root` (default: the package's own). Raises
    UsageError for an unknown one.

    >>> preset("fig_3b")["corpus_callosum_lesions"]
    'present'
    """
    cases = {entry["patient"]: entry["case"] for entry in presets(root or default_root())}
    require_known("patient", patient, cases)
    return dict(cases[patient])
