"""Published patients from a JSON Lines file: what was known beforehand, and the diagnosis."""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from ..case_files import read_text
from ..errors import CaseError
from ..evidence import CaseEvidence, read_case
from ..knowledge.base import KnowledgeBase

CONFIDENCES = ("high", "moderate", "low")


class PublishedCase(BaseModel):
    """One line of the file. `findings` is all that was reported, `known_before_diagnosis` names
    those that were there before the definitive test."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    id: str
    source: str
    diagnosis: str
    presentation: str = "other"
    confidence: Literal["high", "moderate", "low"]
    age: float | None = None
    sex: str | None = None
    findings: dict[str, Any]
    known_before_diagnosis: tuple[str, ...]

    @model_validator(mode="after")
    def _known_were_reported(self) -> PublishedCase:
        if stray := [key for key in self.known_before_diagnosis if key not in self.findings]:
            raise ValueError(f"known_before_diagnosis names {stray[0]!r}, which is not in findings")
        return self

    def posed(self, everything: bool = False) -> dict[str, Any]:
        """The case as it is put to a model: age, sex and what was known before the diagnosis, or
        with `everything` all that was reported."""
        keys = self.findings if everything else self.known_before_diagnosis
        who = {"age": self.age, "sex": self.sex}
        return who | {key: self.findings[key] for key in keys}


@dataclass(frozen=True)
class Skipped:
    """A case that was not posed, and why: as asked for, or by a `mistake` in its record."""

    id: str
    reason: str
    mistake: bool = False


@dataclass(frozen=True)
class PosedCase:
    """A case, and its evidence as the network reads it."""

    case: PublishedCase
    evidence: CaseEvidence


def read_cases(path: str | Path) -> list[PublishedCase]:
    """Every case of a file, or of standard input (`-`). Raises UsageError where it cannot be read,
    and CaseError with file and line for a line that is no case or an id that stands twice."""
    name, text = read_text(path)
    cases: dict[str, PublishedCase] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            case = published_case(line, f"{name}:{number}")
            if case.id in cases:
                raise CaseError(f"{name}:{number}: id={case.id!r} stands twice")
            cases[case.id] = case
    return list(cases.values())


def published_case(line: str, place: str) -> PublishedCase:
    """The case of one line. Raises CaseError, with the place, for a line that is none."""
    try:
        return PublishedCase.model_validate_json(line)
    except ValidationError as error:
        detail = error.errors()[0]
        field = ".".join(map(str, detail["loc"]))
        message = detail["msg"].removeprefix("Value error, ")
        raise CaseError(f"{place}: {field}{': ' if field else ''}{message}") from None


def select(
    cases: Iterable[PublishedCase],
    base: KnowledgeBase,
    min_known: int = 0,
    confidence: Container[str] = CONFIDENCES,
) -> tuple[list[PosedCase], list[Skipped]]:
    """The cases to pose, and those to skip: too little known, too little confidence, or a
    diagnosis or finding that is not the network's."""
    diseases = {disease.key for disease in base.diseases}
    posed, skipped = [], []
    for case in cases:
        known = len(case.known_before_diagnosis)
        if case.confidence not in confidence:
            skipped.append(Skipped(case.id, f"confidence {case.confidence}"))
        elif known < min_known:
            skipped.append(Skipped(case.id, f"{known} known finding(s), fewer than {min_known}"))
        elif case.diagnosis not in diseases:
            skipped.append(
                Skipped(
                    case.id, f"diagnosis={case.diagnosis!r} is not of the network", mistake=True
                )
            )
        else:
            try:
                posed.append(PosedCase(case, read_case(base, case.posed())))
            except CaseError as error:
                skipped.append(Skipped(case.id, str(error), mistake=True))
    return posed, skipped
