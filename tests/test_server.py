"""The HTTP interface: answers as in Python, and every refusal."""

from __future__ import annotations

import json
import sys

import pytest
from starlette.testclient import TestClient

import neurogamut as ng
from neurogamut.cases.phenopacket import is_phenopacket
from neurogamut.cases.tests_said import OF_TESTS
from neurogamut.server.app import create_app
from neurogamut.server.limits import Limits

CASE = {"age": 20, "sex": "female", "corpus_callosum_lesions": "present"}
MILIARY = {"age": 60, "sex": "male", "miliary_enhancement": "present", "csf_pleocytosis": "present"}
JSON = {"content-type": "application/json"}
NDJSON = {"content-type": "application/x-ndjson"}
KEY, OTHER_KEY = "k" * 32, "o" * 32


@pytest.fixture(scope="module")
def client(model) -> TestClient:
    return TestClient(create_app(model), base_url="http://localhost")


def post(client: TestClient, body: bytes | str, path: str = "/v1/posterior", headers=JSON):
    return client.post(path, content=body, headers=headers)


def problem(response, status: int) -> dict:
    """The problem document of a refusal, which has to have that status."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    document = response.json()
    assert document["status"] == status and document["title"] and document["detail"]
    return document


# -- the same answers as in Python ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "ask"),
    [
        ("posterior", lambda m: m.posterior(CASE)),
        ("posterior?setting=tb_endemic", lambda m: m.in_setting("tb_endemic").posterior(CASE)),
        ("posterior?assume=coexisting", lambda m: m.posterior(CASE, "coexisting")),
        ("explain?disease=nmosd", lambda m: m.explain(CASE, "nmosd")),
        ("next-tests?by=bits", lambda m: m.next_tests(CASE, "bits")),
        ("plan?cost=20", lambda m: m.plan(CASE, 20)),
        ("sensitivity/findings", lambda m: m.sensitivity(CASE).findings()),
        (
            "sensitivity/uncertainty?draws=50&seed=3",
            lambda m: m.sensitivity(CASE).uncertainty(50, 3),
        ),
    ],
)
@pytest.mark.slow
def test_answers_are_those_of_python(client, model, path, ask):
    response = client.post(f"/v1/{path}", json=CASE)
    assert response.status_code == 200
    assert response.json() == json.loads(json.dumps(ask(model).to_dict()))


def test_an_answer_that_needs_a_library_says_how_to_get_it(client, monkeypatch):
    monkeypatch.setitem(sys.modules, "SALib.analyze", None)
    found = problem(client.post("/v1/sensitivity/sobol?samples=2", json=CASE), 501)
    assert "the extra `global`" in found["detail"]


@pytest.mark.parametrize(
    ("kind", "first"),
    [("diseases", "neurosarcoidosis"), ("findings", "age"), ("sources", "bot_2020")],
)
def test_lists_are_those_of_the_knowledge_base(client, base, kind, first):
    found = client.get(f"/v1/{kind}").json()
    assert len(found) == len(getattr(base, kind))
    assert found[0]["key"] == first


def test_findings_tell_the_page_how_to_show_them(client):
    finding = next(f for f in client.get("/v1/findings").json() if f["key"] == "seizures")
    assert finding.keys() >= {"key", "label", "synonyms", "states", "group", "revealed_by"}


def test_a_cell_is_that_of_python(client, model):
    found = client.get("/v1/cell/seizures/susac").json()
    assert found == json.loads(json.dumps([c.to_dict() for c in model.show("seizures", "susac")]))
    assert (
        problem(client.get("/v1/cell/seizur/susac"), 422)["errors"][0]["nearest"][0] == "seizures"
    )


def test_other_names_of_findings_and_diseases_are_understood(client, model):
    case = {"id": "a7", "note": "x", "HP:0000365": "present", "age": "from_25_to_29"}
    found = client.post("/v1/explain?disease=ORPHA:838&against=neuro-behcet disease", json=case)
    assert (found.json()["disease"], found.json()["against"]) == ("susac", "neuro_behcet")
    assert found.json()["evidence"] == {"hearing_loss": "present", "age": "from_25_to_29"}
    cell = client.get("/v1/cell/hearing loss or tinnitus/Susac syndrome").json()
    assert cell == client.get("/v1/cell/hearing_loss/susac").json()


def test_presets_are_cases_of_the_model(client, model):
    presets = client.get("/v1/presets").json()
    assert len(presets) == 13
    assert {preset["source"] for preset in presets} == {"bot_2020"}
    # What is seen in a figure is described feature by feature.
    found = [model.posterior(preset["case"], reporting="systematic") for preset in presets]
    top = [[d for d, _ in answer.top(3)] for answer in found]
    missed = [
        p["patient"] for p, first in zip(presets, top, strict=True) if p["diagnosis"] not in first
    ]
    # Fig. 2d is a vasculitis that angiography did not show.
    assert missed in ([], ["fig_2d"])
    susac = next(preset for preset in presets if preset["diagnosis"] == "susac")
    assert model.posterior(susac["case"], reporting="systematic").leading == "susac"


def test_the_model_says_what_it_is(client, model):
    about = client.get("/v1/model").json()
    assert about["model"]["hash"] == model.info.hash
    assert "tb_endemic" in about["settings"] and "flip" in about["sensitivity"]
    assert all(is_phenopacket({member: {}}) for member in about["phenopacket"])
    assert client.get("/healthz").json() == {"status": "ok"}


@pytest.mark.slow
def test_the_schema_has_an_enumerated_property_for_every_finding(client, base):
    schema = client.get("/v1/openapi.json").json()
    case = schema["components"]["schemas"]["Case"]
    assert schema["openapi"].startswith("3.1")
    findings = {finding.key for finding in base.findings}
    assert case["properties"].keys() == findings | {"id", "note", "date", "results", *OF_TESTS}
    assert case["additionalProperties"] is False and "required" not in case
    words = case["properties"]["lesion_location"]["anyOf"][0]["enum"]
    assert words[:3] == ["supratentorial", "infratentorial", "both"]


@pytest.mark.slow
def test_tests_done_are_part_of_a_case(client, model):
    """Its answers are those of Python, and a branch of a plan can be entered as it stands."""
    case = CASE | {"tests_done": ["audiometry"], "tests_refused": ["brain_biopsy"]}
    found = client.post("/v1/next-tests?literature=true", json=case).json()
    expected = model.next_tests(case, literature=True).to_dict()
    assert found == json.loads(json.dumps(expected))
    assert found["evidence"]["tests_done"] == ["audiometry"] and found["literature"]
    assert "audiometry" not in {test["test"] for test in found["tests"]}
    tree = client.post("/v1/plan?cost=60", json=MILIARY).json()["tree"]
    assert tree["branches"]
    for branch in tree["branches"]:
        entered = client.post("/v1/posterior", json=MILIARY | branch["shows"])
        assert entered.status_code == 200 and branch["shows"]


@pytest.mark.parametrize("said", [["audiometri"], "audiometry", [3]])
def test_tests_that_nobody_knows_are_refused(client, said):
    found = problem(client.post("/v1/posterior", json=CASE | {"tests_done": said}), 422)
    assert "tests_done" in str(found["errors"])


def test_a_phenopacket_is_answered_with_what_became_of_it(client, model, phenopacket):
    found = client.post("/v1/phenopacket", json=phenopacket).json()
    case = {"age": 20, "sex": "female", "headache": "present", "seizures": "absent"}
    assert found["case"] == case
    assert found["posterior"] == model.posterior(case).to_dict()["posterior"]
    assert [term["id"] for term in found["unmapped"]] == ["HP:9999999"]


@pytest.mark.parametrize("document", [{}, CASE])
def test_what_is_no_phenopacket_is_refused(client, document):
    found = problem(client.post("/v1/phenopacket", json=document), 422)
    assert "expected one of phenotypicFeatures, metaData, subject" in found["detail"]


def test_a_fhir_bundle_is_answered_as_a_phenopacket_is(client):
    patient = {"resourceType": "Patient", "gender": "female"}
    found = client.post(
        "/v1/fhir", json={"resourceType": "Bundle", "entry": [{"resource": patient}]}
    ).json()
    assert (found["case"], found["unmapped"]) == ({"sex": "female"}, [])
    several = {"resourceType": "Bundle", "entry": [{"resource": patient}] * 2}
    assert "2 Patients" in problem(client.post("/v1/fhir", json=several), 422)["detail"]


# -- reports --------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_report_is_read_as_in_python(client, model):
    text = "20F, deafness. No fever. Lesions of the splenium. Possible 😀 hydrocephalus."
    found = client.post("/v1/read", json={"text": text}).json()
    assert found == json.loads(json.dumps(ng.read_report(text).to_dict()))
    assert found["model"]["hash"] == model.info.hash
    answer = client.post("/v1/posterior", json=found["case"])
    assert answer.status_code == 200 and answer.json()["evidence"] == found["case"]


@pytest.mark.parametrize("body", [{}, {"text": 3}, {"text": "a", "txt": "b"}, ["a"]])
def test_what_is_no_report_is_refused(client, body):
    problem(client.post("/v1/read", json=body), 422)


def test_an_option_of_reading_is_refused(client):
    found = problem(client.post("/v1/read?setting=tb_endemic", json={"text": "a"}), 422)
    assert "unknown option" in found["detail"]


# -- batches --------------------------------------------------------------------------------------


def test_a_batch_answers_line_by_line_and_goes_on_after_a_mistake(client, model):
    lines = [json.dumps({"id": "a", **CASE}), "", '{"age": "old"}', "{", '{"seizures": true}']
    response = post(client, "\n".join(lines), "/v1/posteriors", NDJSON)
    first, wrong, broken, last = map(json.loads, response.text.splitlines())
    expected = json.loads(json.dumps(model.posterior(CASE).to_dict()))
    assert first == {"line": 1, "id": "a", **expected}
    assert (wrong["line"], wrong["problem"]["status"]) == (3, 422)
    assert wrong["problem"]["errors"][0]["field"] == "age"
    assert (broken["line"], broken["problem"]["status"]) == (4, 400)
    assert last["line"] == 5 and last["evidence"] == {"seizures": "present"}


@pytest.mark.slow
def test_a_batch_may_be_longer_than_a_body_and_a_line_may_not(client):
    many = b'{"age": 30}\n' * 7000
    assert len(many) > Limits().body
    assert post(client, many, "/v1/posteriors", NDJSON).text.count("\n") == 7000
    long = b'{"age": 30}\n{"age": ' + b" " * 70_000 + b"30}\n"
    *_, last = post(client, long, "/v1/posteriors", NDJSON).text.splitlines()
    assert json.loads(last)["problem"]["status"] == 413


# -- refusals -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"age": 1, "age": 2}', "'age' stands twice"),
        (b'{"seizures": {"present": 1, "present": 0}}', "'present' stands twice"),
        (b'{"age": NaN}', "finite"),
        (b'{"age": -Infinity}', "finite"),
        (b'{"age": 1e999}', "finite"),
        (b'{"age": ' + b"9" * 400 + b"}", "finite"),
        (b"[" * 25 + b"]" * 25, "deeper"),
        (b"[" * 30_000, "deeper"),
        (b'{"age": 1', "no valid JSON"),
        (b'{"age": \xff}', "UTF-8"),
        (rb'{"\ud800": 1}', "surrogate"),
    ],
)
def test_what_a_parser_would_settle_silently_is_refused(client, body, words):
    assert words in problem(post(client, body), 400)["detail"]


@pytest.mark.parametrize(
    ("case", "field", "nearest"),
    [
        ({"seizur": "present"}, "seizur", "seizures"),
        ({"seizures": {"present": 0.8}}, "seizures", None),
        ({"seizures": "absent", "Seizure": "present"}, "Seizure", None),
        ({"epilepsy": "present"}, "epilepsy", "seizures"),
        ({"seizures": "presnt"}, "seizures", "present"),
        ({"seizures": {"presnt": 1}}, "seizures", "present"),
        ({"age": 150}, "age", None),
        ({"age": "27"}, "age", None),
        ({"seizures": 1}, "seizures", None),
        ({"seizures": {"present": -1}}, "seizures", None),
    ],
)
def test_wrong_evidence_is_refused_with_its_field_and_the_nearest_key(client, case, field, nearest):
    (error,) = problem(client.post("/v1/posterior", json=case), 422)["errors"]
    assert error["field"] == field
    assert (error["nearest"] or [None])[0] == nearest


def test_every_mistake_is_told_at_once(client):
    case = {"age": "old", "seizures": "presnt", "hedache": "present"}
    errors = problem(client.post("/v1/posterior", json=case), 422)["errors"]
    assert {error["field"] for error in errors} == set(case)


@pytest.mark.parametrize("query", ["setting=adult", "diseas=susac", "assume=both"])
def test_wrong_options_are_refused(client, query):
    problem(client.post(f"/v1/posterior?{query}", json=CASE), 422)


def test_impossible_evidence_is_a_conflict(client, monkeypatch):
    def impossible(*_):
        raise ng.ImpossibleEvidenceError("cannot hold together", ["seizures", "headache"])

    monkeypatch.setattr(ng.Model, "posterior", impossible)
    found = problem(client.post("/v1/posterior", json=CASE), 409)
    assert found["conflict"] == ["seizures", "headache"]


@pytest.mark.parametrize(
    "kind",
    ["text/plain", "application/x-www-form-urlencoded", "application/json; charset=latin-1", ""],
)
def test_other_media_types_are_refused(client, kind):
    problem(post(client, b"{}", headers={"content-type": kind}), 415)
    problem(post(client, b"{}", "/v1/posteriors", headers={"content-type": kind}), 415)


def test_a_body_over_64_kib_is_refused(client):
    assert post(client, b"{" + b" " * (64 * 1024 - 2) + b"}").status_code == 200
    problem(post(client, b"{" + b" " * (64 * 1024 - 1) + b"}"), 413)


def test_a_chunked_body_over_64_kib_is_refused(client):
    chunks = (b" " * 1024 for _ in range(100))
    problem(client.post("/v1/posterior", content=chunks, headers=JSON), 413)


def test_unknown_addresses_and_methods_are_problems(client):
    problem(client.get("/v1/nothing"), 404)
    assert problem(client.get("/v1/posterior"), 405)
    assert client.get("/v1/posterior").headers["allow"] == "POST"


def test_nothing_beside_the_page_is_served(client):
    for path in ("/app.py", "/../app.py", "/%2e%2e/app.py", "/docs", "/redoc", "/.git/config"):
        problem(client.get(path), 404)
