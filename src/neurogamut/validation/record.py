"""The record of what each change of the model did to its score, and the gate that rests on it.

The score is that of all selected cases, each posed to a model without its own paper.
"""

from __future__ import annotations

import csv
from pathlib import Path

from ..errors import NeurogamutError, UsageError
from .metrics import Score
from .report import Validation

COLUMNS = ("change", "reason", "hash", "cases", "top1", "top3", "log_score", "ece")
#: Recorded numbers are rounded to four decimals.
ROUNDING = 1e-4


class WorseThanRecordedError(NeurogamutError):
    """A model scores below the record."""


def line(result: Validation, change: str, reason: str) -> dict[str, str]:
    """A line of the record."""
    score = _scored(result)
    numbers = {
        "top1": score.top1.value,
        "top3": score.top3.value,
        "log_score": score.log_score,
        "ece": score.ece,
    }
    shown = {name: f"{number:.4f}" for name, number in numbers.items()}
    made = {"change": change, "reason": reason, "hash": result.model.hash[:12]}
    return made | {"cases": str(score.cases)} | shown


def read(path: Path) -> list[dict[str, str]]:
    """All lines of a record. Raises UsageError for a file that is none."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        if tuple(rows.fieldnames or ()) != COLUMNS:
            raise UsageError(f"{path}: is no record; expected the columns {','.join(COLUMNS)}")
        lines = list(rows)
    if not lines:
        raise UsageError(f"{path}: holds no line")
    return lines


def append(path: Path, result: Validation, change: str, reason: str) -> None:
    """Add a line to a record, which is made where there is none."""
    lines = [*(read(path) if path.exists() else ()), line(result, change, reason)]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(lines)


def require_no_worse(result: Validation, path: Path) -> None:
    """Raises WorseThanRecordedError where top 3 or log score is below the record's last line, and
    UsageError where that line is of other cases."""
    last, cases = read(path)[-1], len(result.cases)
    if cases != int(last["cases"]):
        raise UsageError(
            f"{path}: is of {last['cases']} cases, these are {cases}; "
            "select them with the same --min-known and --confidence"
        )
    score = _scored(result)
    found = {"top3": score.top3.value, "log_score": score.log_score}
    worse = [
        f"{name} {value:.4f}, recorded {last[name]}"
        for name, value in found.items()
        if value < float(last[name]) - ROUNDING
    ]
    if worse:
        raise WorseThanRecordedError(f"worse than recorded in {path}: {'; '.join(worse)}")


def _scored(result: Validation) -> Score:
    if result.paper_out is None:
        raise UsageError("no case was selected: there is no score")
    return result.paper_out
