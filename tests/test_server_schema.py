"""The whole HTTP schema against the server: what it allows is answered, what it forbids refused."""

from __future__ import annotations

from collections import Counter

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance

import neurogamut as ng
from neurogamut.server.app import create_app

#: Cases for each operation and mode; answers that take long get fewer.
CASES = 90
SLOW = {"/v1/next-tests": 8, "/v1/plan": 6, "/v1/sensitivity/{kind}": 6}
#: What JSON Schema has no words for: readings that contradict each other, a disease weighed against
#: itself, a duration that is no age.
UNSAYABLE = (
    "zero for every state",
    "more than a number can hold",
    "weighed against itself",
    "years from 0 to 120",
    "one implies it and the other excludes it",
)
#: A line of a batch that cannot be read is refused in its own answer, not with a status.
BATCH = "/v1/posteriors"

ran: Counter[str] = Counter()
schema = schemathesis.openapi.from_asgi(
    "/v1/openapi.json", create_app(ng.load(), names=("testserver", "localhost"))
)
OPERATIONS = [found.ok() for found in schema.get_all_operations()]
REFUSABLE = [o for o in OPERATIONS if (o.body or o.path_parameters) and o.path != BATCH]


@schemathesis.serializer("application/x-ndjson")
def as_lines(_, value):
    """Text as it is; schemathesis knows no NDJSON."""
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")


def put_to_the_server(operation, mode: GenerationMode, count: int) -> None:
    """Every check of schemathesis, on `count` requests."""

    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(
        max_examples=count, deadline=None, derandomize=True, database=None,
        phases=[Phase.generate], suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    def check(case):
        ran[operation.path] += 1
        response = case.call()
        case.validate_response(response, excluded_checks=[positive_data_acceptance])
        if mode.is_positive and response.status_code != 200:
            assert unsayable(response), (response.status_code, response.text)

    check()


def unsayable(response) -> bool:
    """Refused for nothing that the schema could have told, or impossible."""
    problem = response.json()
    if response.status_code == 409:
        return bool(problem["conflict"])
    details = [error["detail"] for error in problem.get("errors", [problem])]
    told = (any(words in detail for words in UNSAYABLE) for detail in details)
    return response.status_code == 422 and all(told)


def name(operation) -> str:
    return f"{operation.method.upper()} {operation.path}"


@pytest.mark.parametrize("operation", OPERATIONS, ids=name)
def test_what_the_schema_allows_is_answered(operation):
    put_to_the_server(operation, GenerationMode.POSITIVE, SLOW.get(operation.path, CASES))


@pytest.mark.parametrize("operation", REFUSABLE, ids=name)
def test_what_the_schema_forbids_is_refused(operation):
    put_to_the_server(operation, GenerationMode.NEGATIVE, CASES)


def test_the_schema_was_put_to_a_thousand_cases():
    assert sum(ran.values()) >= 1000, ran
    assert set(ran) == {operation.path for operation in OPERATIONS}
