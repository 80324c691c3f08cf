"""A saved answer as a case: what was asked, and what answered it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from ..errors import CaseError


class Made(BaseModel):
    """What made an answer, as its `model` says."""

    model_config = ConfigDict(frozen=True, strict=True)
    version: str
    hash: str
    setting: str
    assume: str = "single"
    #: Answers that do not say so were made when all cases were read as systematic.
    reporting: str = "systematic"
    priors: str = ""


class SavedAnswer(BaseModel):
    """What counts of an answer of `neurogamut ... --json` or of the HTTP interface."""

    model_config = ConfigDict(strict=True)
    evidence: dict[str, Any]
    ignored: list[str] = []
    model: Made


class AnsweredCase(dict[str, Any]):
    """The case of an answer, and what `made` that answer."""

    made: Made


def is_answer(document: Mapping[str, Any]) -> bool:
    """Whether a document is an answer; no case has these members."""
    return {"evidence", "model"} <= document.keys()


def answered_case(document: Mapping[str, Any], name: str) -> AnsweredCase:
    """The case that an answer answers. Raises CaseError, with file and field, where it tells not
    all of what was asked."""
    try:
        answer = SavedAnswer.model_validate(document)
    except ValidationError as error:
        detail = error.errors()[0]
        field = ".".join(map(str, detail["loc"]))
        raise CaseError(f"{name}: {field}: {detail['msg']} (read as an answer)") from None
    case = AnsweredCase(answer.evidence | dict.fromkeys(answer.ignored))
    case.made = answer.model
    return case
