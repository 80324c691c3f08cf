"""Every refusal as an RFC 9457 problem document: what, which field, what would have been valid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from traceback import extract_tb
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from ..errors import ImpossibleEvidenceError, MissingExtraError, NeurogamutError

MEDIA_TYPE = "application/problem+json"
#: How `errors.nearest` ends a message.
HINT = "; nearest: "


class FieldError(BaseModel):
    """One mistake. `field` is a finding, a parameter, or a path into a Phenopacket."""

    field: str
    detail: str
    nearest: list[str]


class ProblemDocument(BaseModel):
    """RFC 9457. `errors` are mistakes field by field; `conflict` a smallest set of findings that
    cannot hold together."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[FieldError] = []
    conflict: list[str] = []


class Refusal(HTTPException):
    """A refusal that becomes a problem document."""

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        errors: Sequence[FieldError] = (),
        conflict: Sequence[str] = (),
        headers: Mapping[str, str] | None = None,
    ):
        super().__init__(status, detail, dict(headers or {}))
        self.errors = list(errors)
        self.conflict = list(conflict)

    def document(self) -> dict[str, Any]:
        """The body; members that say nothing are left out."""
        title = HTTPStatus(self.status_code).phrase
        made = ProblemDocument(
            type="about:blank",
            title=title,
            status=self.status_code,
            detail=self.detail,
            errors=self.errors,
            conflict=self.conflict,
        )
        return made.model_dump(exclude_defaults=True)

    def response(self) -> JSONResponse:
        """The answer to a request that is refused."""
        return JSONResponse(self.document(), self.status_code, self.headers, media_type=MEDIA_TYPE)


def of_error(error: NeurogamutError) -> Refusal:
    """What the model refuses: 409 where findings cannot hold together, 501 where the server lacks a
    library, else 422."""
    if isinstance(error, ImpossibleEvidenceError):
        return Refusal(409, str(error), conflict=error.conflict)
    status = 501 if isinstance(error, MissingExtraError) else 422
    return Refusal(status, str(error))


def of_validation(error: RequestValidationError) -> Refusal:
    """Every mistake of a request, field by field."""
    found = [_field_error(detail) for detail in error.errors()]
    return Refusal(422, "; ".join(e.detail for e in found), errors=found)


def failed() -> Refusal:
    """An error that is ours."""
    return Refusal(500, "the server failed; the failure is logged without the case")


def place(error: Exception) -> str:
    """Kind and place of an error; its message may quote a finding."""
    frames = reversed(extract_tb(error.__traceback__))
    places = " < ".join(f"{frame.filename}:{frame.lineno}" for frame in frames)
    return f"{type(error).__name__} at {places}"


def _field_error(detail: Mapping[str, Any]) -> FieldError:
    field = ".".join(map(str, detail["loc"][1:])) or str(detail["loc"][0])
    return field_error(field, detail["msg"])


def field_error(field: str, message: str) -> FieldError:
    """A mistake with its hint taken apart."""
    _, _, hint = message.partition(HINT)
    return FieldError(field=field, detail=message, nearest=hint.split(", ") if hint else [])


def answer_problems(app: FastAPI) -> None:
    """Let every error of an app become a problem document."""

    @app.exception_handler(NeurogamutError)
    async def refused(_: Request, error: NeurogamutError) -> JSONResponse:
        return of_error(error).response()

    @app.exception_handler(RequestValidationError)
    async def invalid(_: Request, error: RequestValidationError) -> JSONResponse:
        return of_validation(error).response()

    @app.exception_handler(HTTPException)
    async def http(_: Request, error: HTTPException) -> JSONResponse:
        if not isinstance(error, Refusal):
            error = Refusal(error.status_code, str(error.detail), headers=error.headers)
        return error.response()


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The problems that a route may answer with, for OpenAPI."""
    schema = {"$ref": "#/components/schemas/ProblemDocument"}
    return {
        status: {
            "description": HTTPStatus(status).phrase,
            "content": {MEDIA_TYPE: {"schema": schema}},
        }
        for status in statuses
    }
