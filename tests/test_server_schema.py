"""The whole HTTP schema against the server: what it allows is answered, what it forbids refused."""

from __future__ import annotations

import json
from collections import Counter

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance

import neurogamut as ng
from neurogamut.server.app import create_app

pytestmark = pytest.mark.slow

#: Cases for each operation and mode; answers that take long get fewer.
CASES = 90
SLOW = {"/v1/next-tests": 8, "/v1/plan": 6, "/v1/sensitivity/{kind}": 6, "/v1/answers": 6}
#: What JSON Schema has no words for: readings that contradict each other, a disease weighed against
#: itself, a duration that is no age, priors that come to more than 1.
UNSAYABLE = (
    "zero for every state",
    "more than a number can hold",
    "weighed against itself",
    "years from 0 to 120",
    "one implies it and the other excludes it",
    "coexisting diseases are answered under systematic reporting only",
    "no Phenopacket: expected one of",
    "entry: expected a Patient, Conditions or Observations",
    "Patients; expected the bundle of one",
    "expected a date as 1990-07-01",
    "nothing is left for the other diseases",
    "stands twice",
    "name it beside",
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
    """A line for each item; schemathesis knows no NDJSON."""
    return "\n".join(map(json.dumps, value)).encode()


def put_to_the_server(operation, mode: GenerationMode, count: int) -> None:
    """Every check of schemathesis, on `count` requests."""

    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(
        max_examples=count,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def check(case):
        ran[operation.path] += 1
        response = case.call(timeout=120)
        case.validate_response(response, excluded_checks=[positive_data_acceptance])
        if mode.is_positive and case.path == BATCH:
            assert_each_line_is_answered(case, response)
        if mode.is_positive and response.status_code != 200:
            assert unsayable(response.json()), response.text

    check()


def assert_each_line_is_answered(case, response) -> None:
    lines = [json.loads(line) for line in response.text.splitlines()]
    assert [line["line"] for line in lines] == list(range(1, len(case.body) + 1))
    for line, asked in zip(lines, case.body, strict=True):
        assert line.get("id") == asked.get("id")
        assert "posterior" in line or unsayable(line["problem"]), line


def unsayable(problem: dict) -> bool:
    """Refused for nothing that the schema could have told, or impossible."""
    if problem["status"] == 409:
        return bool(problem["conflict"])
    details = [error["detail"] for error in problem.get("errors", [problem])]
    told = (any(words in detail for words in UNSAYABLE) for detail in details)
    return problem["status"] == 422 and all(told)


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
