"""Published patients from a JSON Lines file: what was known beforehand, and the diagnosis."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from ..errors import CaseError
from .strict_text import read_text

CONFIDENCES = ("high", "moderate", "low")


class PublishedCase(BaseModel):
    """One line of the file. `findings` is all that was reported, `known_before_diagnosis` names
    those that were there before the definitive test; `neighbour`, of a patient with `other`, the
    disease that it was, by the key of its outline."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    id: str
    source: str
    diagnosis: str
    neighbour: str = ""
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
        stated = {key: said for key, said in who.items() if said is not None}
        return stated | {key: self.findings[key] for key in keys}


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
