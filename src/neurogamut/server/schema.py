"""What requests may say, drawn from the knowledge base: one property per finding, enumerated."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Annotated, Any

from fastapi.exceptions import RequestValidationError
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    TypeAdapter,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WithJsonSchema,
    WrapValidator,
    create_model,
    model_validator,
)
from pydantic_core import ErrorDetails, InitErrorDetails, PydanticCustomError

from ..errors import CaseError, ImpossibleEvidenceError, nearest
from ..evidence import NOT_ASSESSED, OLDEST, is_assessed, read_case, read_finding
from ..knowledge.base import KnowledgeBase
from ..knowledge.estimate import AGE, states_of
from ..knowledge.records import FindingRecord
from ..network import Network

YES_OR_NO = ("present", "absent")
#: So many words a message lists; of more it names the nearest.
FEW = 10


def one_of(known: Iterable[str]) -> Any:
    """A text that is one of a few; the message of a refusal names the nearest."""
    known = tuple(known)
    expected = f"expected one of {', '.join(known)}" if len(known) <= FEW else "unknown"

    def check(said: str) -> str:
        if said in known:
            return said
        raise _refusal(f"{said!r}: {expected}{nearest(said, known)}")

    return Annotated[
        str, AfterValidator(check), WithJsonSchema({"type": "string", "enum": list(known)})
    ]


def case_type(base: KnowledgeBase, network: Network) -> Any:
    """A case: an optional property per finding, and once validated a mapping as it was sent. A
    finding that is not named is not assessed."""
    fields = {finding.key: _property(finding, network) for finding in base.findings}
    example = {"age": 27, "sex": "female", "corpus_callosum_lesions": "present"}
    unknown = partial(_unknown_finding, base)
    model = closed_model("Case", fields, unknown, json_schema_extra={"examples": [example]})
    return Annotated[model, WrapValidator(_as_sent)]


def _as_sent(document: Any, handler: ValidatorFunctionWrapHandler) -> dict[str, Any]:
    handler(document)
    return dict(document)


def validate_case(case: TypeAdapter, document: Any) -> dict[str, Any]:
    """A case that is not the body of a request. Raises RequestValidationError."""
    try:
        return case.validate_python(document)
    except ValidationError as error:
        found = [detail | {"loc": ("body", *detail["loc"])} for detail in error.errors()]
        raise RequestValidationError(found) from None


def closed_model(
    name: str, fields: dict[str, Any], unknown: Callable[[str], str], **config: Any
) -> type[BaseModel]:
    """A model of these fields and no others; `unknown` words the refusal of another."""

    def check(document: Any, handler: ModelWrapValidatorHandler[BaseModel]) -> BaseModel:
        try:
            return handler(document)
        except ValidationError as error:
            found = [_worded(detail, unknown) for detail in error.errors()]
            raise ValidationError.from_exception_data(name, found) from None

    return create_model(
        name,
        __config__=ConfigDict(extra="forbid", **config),
        __validators__={"check": model_validator(mode="wrap")(check)},
        **fields,
    )


def _worded(detail: ErrorDetails, unknown: Callable[[str], str]) -> InitErrorDetails:
    is_unknown = detail["type"] == "extra_forbidden"
    message = unknown(detail["loc"][-1]) if is_unknown else detail["msg"]
    return {"type": _refusal(message), "loc": detail["loc"], "input": None}


def _unknown_finding(base: KnowledgeBase, key: str) -> str:
    try:
        read_case(base, {key: None})
    except CaseError as error:
        return str(error)
    raise AssertionError(f"{key!r} is a finding")


def _property(finding: FindingRecord, network: Network) -> tuple[Any, Any]:
    read = AfterValidator(_reader(finding, network))
    kind = Annotated[Any, read, WithJsonSchema(_schema(finding))]
    synonyms = f"Also called {', '.join(finding.synonyms)}." if finding.synonyms else None
    return kind, Field(default=None, title=finding.label, description=synonyms)


def _reader(finding: FindingRecord, network: Network) -> Callable[[Any], Any]:
    """Reads a finding as the model will, so that a refusal here is what it would refuse."""
    states = states_of(finding)

    def read(said: Any) -> Any:
        if not is_assessed(said):
            return said
        if finding.key == AGE and isinstance(said, str):
            raise _refusal(f"age={said!r}: expected a number of years from 0 to {OLDEST}")
        try:
            _, found = read_finding(finding.key, said, states)
            network.encode({finding.key: found})
        except ImpossibleEvidenceError:
            return said  # well said, and refused as impossible by the question
        except CaseError as error:
            raise _refusal(str(error)) from None
        return said

    return read


def _refusal(message: str) -> PydanticCustomError:
    # The message may hold braces, which pydantic would take for its own.
    return PydanticCustomError("not_understood", "{message}", {"message": message})


def _schema(finding: FindingRecord) -> dict[str, Any]:
    """What may be said of a finding, as JSON Schema."""
    if finding.key == AGE:
        years = {"type": "number", "minimum": 0, "maximum": OLDEST}
        return {"anyOf": [years, {"enum": list(NOT_ASSESSED)}]}
    states = states_of(finding)
    words = [*states, *((True, False) if states == YES_OR_NO else ())]
    reading = {"anyOf": [{"enum": words}, _likelihood(states)]}
    readings = {"type": "array", "items": reading, "minItems": 1}
    return {"anyOf": [{"enum": [*words, *NOT_ASSESSED]}, _likelihood(states), readings]}


def _likelihood(states: Iterable[str]) -> dict[str, Any]:
    """Virtual evidence: P(what was seen | state) up to a factor."""
    weights = {state: {"type": "number", "minimum": 0} for state in states}
    return {
        "type": "object",
        "properties": weights,
        "additionalProperties": False,
        "minProperties": 1,
    }
