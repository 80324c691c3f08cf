"""What requests may say, drawn from the knowledge base: one property per finding, enumerated."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
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

from ..cases.case import ABOUT, NOT_ASSESSED, OLDEST, is_assessed, read_case, read_finding
from ..cases.presets import presets
from ..cases.tests_said import DONE, REFUSED, RESULTS, UNAVAILABLE
from ..errors import CaseError, ImpossibleEvidenceError, UsageError, nearest
from ..knowledge.base import KnowledgeBase
from ..knowledge.estimate import AGE, states_of
from ..knowledge.names import Names
from ..knowledge.records import FindingRecord
from ..knowledge.stated_priors import read_priors

YES_OR_NO = ("present", "absent")
#: What the members of a case hold that name tests.
OF_TESTS = {
    DONE: "Tests that were done: what they reveal and is not named was not seen.",
    REFUSED: "Tests that the patient does not want: they are not proposed.",
    UNAVAILABLE: "Tests that are not to be had: they are not proposed.",
}
#: So many words a message lists; of more it names the nearest.
FEW = 10
#: Questions that one request may put.
MOST_ASKED = 12
#: So many mistakes of one request are told: to find the nearest words takes milliseconds each.
LISTED = 20


def one_of(known: Iterable[str], names: Names | None = None) -> Any:
    """A text that is one of a few, or one of its `names`; the message of a refusal names the
    nearest."""
    known = tuple(known)
    expected = f"expected one of {', '.join(known)}" if len(known) <= FEW else "unknown"

    def check(said: str) -> str:
        if said in known:
            return said
        if names and (key := names.find(said)):
            return key
        hint = names.nearest(said) if names else nearest(said, known)
        raise _refusal(f"{said!r}: {expected}{hint}")

    return Annotated[
        str, AfterValidator(check), WithJsonSchema({"type": "string", "enum": list(known)})
    ]


def stated_prior(base: KnowledgeBase) -> Any:
    """A text that states the prior of a disease, `susac=0.05`."""

    def check(text: str) -> str:
        try:
            for name in read_priors([text]):
                base.disease(name)
        except UsageError as error:
            raise _refusal(str(error)) from None
        return text

    keys = "|".join(disease.key for disease in base.diseases)
    pattern = rf"^({keys})=0\.[0-9]{{0,6}}[1-9]$"
    return Annotated[
        str, AfterValidator(check), WithJsonSchema({"type": "string", "pattern": pattern})
    ]


def case_type(base: KnowledgeBase) -> Any:
    """A case: an optional property per finding, and once validated a mapping as it was sent. A
    finding that is not named is not assessed."""
    fields = {finding.key: _property(finding) for finding in base.findings}
    fields |= {name: (Any, Field(None, description="Not looked at.")) for name in ABOUT}
    test: Any = one_of((t.test for t in base.tests), base.names_of_tests)
    tests: Any = list[test]
    fields |= {name: (tests | None, Field(None, description=OF_TESTS[name])) for name in OF_TESTS}
    finding: Any = one_of((f.key for f in base.findings), base.names_of_findings)
    about = (
        "Findings of this case that were told because they were looked for, as results of a test."
    )
    fields[RESULTS] = (list[finding] | None, Field(None, description=about))
    unknown = partial(_unknown_finding, base)
    examples = {"examples": [entry["case"] for entry in presets(base.root)[:1]]}
    model = closed_model("Case", fields, unknown, examples)
    return Annotated[model, WrapValidator(partial(_as_sent, base.names_of_findings))]


def _as_sent(names: Names, document: Any, handler: ValidatorFunctionWrapHandler) -> dict[str, Any]:
    """A case as it was sent, but for findings that go by another name than their key."""
    if isinstance(document, Mapping):
        document = _by_key(names, document)
    handler(document)
    return dict(document)


def _by_key(names: Names, document: Mapping[str, Any]) -> dict[str, Any]:
    """A name that nobody knows, or whose finding stands there already, is left for the refusal."""
    found: dict[str, Any] = {}
    for name, said in document.items():
        key = names.find(name) or name
        found[name if key in document or key in found else key] = said
    return found


def asking_type(case: Any, questions: Iterable[str]) -> Any:
    """A case and what is asked about it: questions by their names, each with its options as in an
    address, `explain?disease=susac`."""
    known = tuple(questions)
    named = one_of(known)
    adapter = TypeAdapter(named)

    def check(said: str) -> str:
        adapter.validate_python(said.partition("?")[0])
        return said

    pattern = rf"^({'|'.join(known)})(\?.*)?$"
    question = Annotated[
        str, AfterValidator(check), WithJsonSchema({"type": "string", "pattern": pattern})
    ]
    several = (list[question], Field(min_length=1, max_length=MOST_ASKED))
    fields = {"case": (case, ...), "ask": several}
    unknown = "{!r}: unknown; expected case and ask".format
    example = {"case": {"age": 27, "sex": "female"}, "ask": ["posterior", "explain"]}
    return closed_model("Asking", fields, unknown, {"examples": [example]})


def validate_case(case: TypeAdapter[dict[str, Any]], document: Any) -> dict[str, Any]:
    """A case that is not the body of a request. Raises RequestValidationError."""
    try:
        return case.validate_python(document)
    except ValidationError as error:
        found = [detail | {"loc": ("body", *detail["loc"])} for detail in error.errors()]
        raise RequestValidationError(found) from None


def closed_model(
    name: str,
    fields: dict[str, Any],
    unknown: Callable[[str], str],
    schema_extra: dict[str, Any] | None = None,
) -> type[BaseModel]:
    """A model of these fields and no others; `unknown` words the refusal of another, and
    `schema_extra` goes into its JSON schema."""

    def check(document: Any, handler: ModelWrapValidatorHandler[BaseModel]) -> BaseModel:
        try:
            return handler(document)
        except ValidationError as error:
            mistakes = error.errors()
            found = [_worded(detail, unknown) for detail in mistakes[:LISTED]]
            if len(mistakes) > LISTED:
                more = _refusal(f"and {len(mistakes) - LISTED} more mistakes")
                found.append({"type": more, "loc": ("...",), "input": None})
            raise ValidationError.from_exception_data(name, found) from None

    around: Callable[..., Any] = model_validator(mode="wrap")
    return create_model(
        name,
        __config__=ConfigDict(extra="forbid", json_schema_extra=schema_extra),
        __validators__={"check": around(check)},
        **fields,
    )


def _worded(detail: ErrorDetails, unknown: Callable[[str], str]) -> InitErrorDetails:
    is_unknown = detail["type"] == "extra_forbidden"
    message = unknown(str(detail["loc"][-1])) if is_unknown else detail["msg"]
    return {"type": _refusal(message), "loc": detail["loc"], "input": None}


def _unknown_finding(base: KnowledgeBase, key: str) -> str:
    try:
        (finding,) = read_case(base, {key: None}).ignored
    except CaseError as error:
        return str(error)
    return f"{finding}: stands twice, once as {key!r}"


def _property(finding: FindingRecord) -> tuple[Any, Any]:
    read = AfterValidator(_reader(finding))
    kind = Annotated[Any, read, WithJsonSchema(_schema(finding))]
    synonyms = f"Also called {', '.join(finding.synonyms)}." if finding.synonyms else None
    return kind, Field(default=None, title=finding.label, description=synonyms)


def _reader(finding: FindingRecord) -> Callable[[Any], Any]:
    """Reads a finding as the model will, so that a refusal here is what it would refuse."""
    states = states_of(finding)

    def read(said: Any) -> Any:
        if not is_assessed(said):
            return said
        if finding.key == AGE and isinstance(said, str) and said not in states:
            raise _refusal(f"age={said!r}: expected a number of years from 0 to {OLDEST}")
        try:
            read_finding(finding.key, said, states)
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
        return {"anyOf": [years, {"enum": [*NOT_ASSESSED, *states_of(finding)]}]}
    states = states_of(finding)
    words = [*states, *((True, False) if states == YES_OR_NO else ())]
    reading = {"anyOf": [{"enum": words}, _likelihood(states)]}
    readings = {"type": "array", "items": reading, "minItems": 1}
    return {"anyOf": [{"enum": [*words, *NOT_ASSESSED]}, _likelihood(states), readings]}


def _likelihood(states: Iterable[str]) -> dict[str, Any]:
    """Virtual evidence: P(what was seen | state) up to a factor, not zero for every state."""
    states = list(states)
    above = {"type": "number", "exclusiveMinimum": 0}
    return {
        "type": "object",
        "properties": {state: {"type": "number", "minimum": 0} for state in states},
        "additionalProperties": False,
        "required": states,
        "anyOf": [{"properties": {state: above}} for state in states],
    }
