"""Patients one at a time: a file that holds each of them, from which the tables are learned anew.

So it does not matter in which order they came, a patient can be corrected or taken out, and the
ledger can be replayed at any time. It holds patients, and is kept apart from the tables.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ..errors import CaseError, UsageError, needs
from .diagnosed import lines

ID = "id"


@contextmanager
def held(path: Path) -> Iterator[None]:
    """One at a time has a ledger. Raises UsageError where another has it."""
    with needs("cohort"):
        from filelock import FileLock, Timeout

    try:
        with FileLock(path.with_name(f"{path.name}.lock"), blocking=False):
            yield
    except Timeout:
        raise UsageError(f"{path}: another update is under way") from None


def entries(path: Path) -> list[Mapping[str, Any]]:
    """The patients of a ledger; none where there is no file yet."""
    return [case for _, case in lines(path)] if path.exists() else []


def require_new(patient: Mapping[str, Any], before: list[Mapping[str, Any]], path: Path) -> None:
    """Raises CaseError for a patient whose id is in the ledger."""
    if ID in patient and any(patient[ID] == case.get(ID) for case in before):
        raise CaseError(f"{path}: id={patient[ID]!r} stands in it already; each counts once")


def append(path: Path, patient: Mapping[str, Any]) -> None:
    """Write a patient at the end, on the disk before it counts."""
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(patient, ensure_ascii=False) + "\n")
        file.flush()
        os.fsync(file.fileno())
