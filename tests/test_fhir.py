"""An answer as a FHIR RiskAssessment: valid as published, complete, and nobody's."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner
from fhir.resources.R4B.riskassessment import RiskAssessment as RiskAssessmentR4
from fhir.resources.riskassessment import RiskAssessment as RiskAssessmentR5
from starlette.testclient import TestClient

from neurogamut.cli.main import cli
from neurogamut.diagnosis.fhir import MEDIA_TYPE, risk_assessment
from neurogamut.server.app import create_app

CASE = {
    "age": 20,
    "sex": "female",
    "headache": "absent",
    "seizures": [True, {"present": 0.8, "absent": 0.2}],
    "corpus_callosum_lesions": {"present": 0.9, "absent": 0.1},
}


@pytest.fixture(scope="module")
def client(model) -> TestClient:
    return TestClient(create_app(model), base_url="http://localhost")


@pytest.mark.parametrize("published", [RiskAssessmentR4, RiskAssessmentR5])
@pytest.mark.parametrize("assume", ["single", "coexisting"])
@pytest.mark.parametrize("case", [{}, CASE], ids=["nothing known", "a case"])
def test_it_has_the_published_structure(model, published, assume, case):
    made = json.loads(json.dumps(risk_assessment(model.posterior(case, assume), model.base)))
    read = published.model_validate(made)
    assert json.loads(read.model_dump_json()) == made


def test_every_disease_is_a_prediction_in_percent(model):
    answer = model.posterior(CASE)
    predictions = risk_assessment(answer, model.base)["prediction"]
    assert [p["outcome"]["text"] for p in predictions] == [
        answer.labels[disease] for disease, _ in answer.top(len(answer.probabilities))
    ]
    assert sum(p["probabilityDecimal"] for p in predictions) == pytest.approx(100)
    susac = next(p for p in predictions if p["outcome"]["text"] == "Susac syndrome")
    assert susac["outcome"]["coding"] == [{"system": "http://www.orpha.net", "code": "838"}]
    assert susac["probabilityDecimal"] == 100 * answer["susac"]
    assert susac["relativeRisk"] == answer["susac"] / answer.prior["susac"]


def test_every_finding_is_an_observation_that_the_answer_refers_to(model):
    made = risk_assessment(model.posterior(CASE), model.base)
    found = {observation["id"]: observation for observation in made["contained"]}
    assert [b["reference"] for b in made["basis"]] == [f"#{name}" for name in found]
    assert list(found) == [
        "age",
        "sex",
        "headache",
        "seizures-1",
        "seizures-2",
        "corpus-callosum-lesions",
    ]
    assert found["age"]["valueQuantity"]["value"] == 20
    assert found["headache"]["valueCodeableConcept"] == {"text": "absent"}
    (coding,) = found["headache"]["code"]["coding"]
    assert coding["system"] == "http://human-phenotype-ontology.org"
    assert (coding["code"], coding["display"]) == ("HP:0002315", "Headache")
    likelihood = [part["valueQuantity"]["value"] for part in found["seizures-2"]["component"]]
    assert likelihood == [0.8, 0.2]


def test_it_names_the_model_and_no_patient(model):
    made = risk_assessment(model.posterior(CASE), model.base)
    (coding,) = made["method"]["coding"]
    assert (coding["version"], coding["code"]) == (model.info.version, model.info.hash)
    assert made["subject"].keys() == {"display"}
    assert not any("subject" in observation for observation in made["contained"])
    assert made["note"][-1]["text"].startswith("For research use only")


def test_warnings_are_notes(model):
    findings = ("port_wine_stain", "cardiac_vegetation", "dorsal_column_lesions")
    answer = model.posterior(dict.fromkeys(findings, "present"), reporting="systematic")
    assert not answer.fits
    notes = [note["text"] for note in risk_assessment(answer, model.base)["note"]]
    assert notes[:-1] == list(answer.warnings)


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        (MEDIA_TYPE, MEDIA_TYPE),
        (f"{MEDIA_TYPE}, application/json", MEDIA_TYPE),
        (f"{MEDIA_TYPE}; fhirVersion=4.0, */*;q=0.1", MEDIA_TYPE),
        (f"{MEDIA_TYPE};q=0.5, application/json", "application/json"),
        (f"{MEDIA_TYPE};q=0", "application/json"),
        (f"{MEDIA_TYPE};q=much;q*=a'b'c", MEDIA_TYPE),
        (f"{MEDIA_TYPE}, application/json;q=0.5, {MEDIA_TYPE};q=0.1", MEDIA_TYPE),
        ("*/*", "application/json"),
        ("", "application/json"),
    ],
)
def test_the_server_gives_it_to_those_who_ask(client, model, accept, kind):
    response = client.post("/v1/posterior", json=CASE, headers={"accept": accept})
    assert response.headers["content-type"] == kind
    if kind == MEDIA_TYPE:
        expected = risk_assessment(model.posterior(CASE), model.base)
        assert response.json() == json.loads(json.dumps(expected))


def test_what_is_accepted_may_stand_in_several_headers(client):
    for kind, liking in [(MEDIA_TYPE, "application/json;q=0.5"), ("application/json", "*/*;q=0.5")]:
        headers = [("accept", liking), ("accept", kind)]
        response = client.post("/v1/posterior", json=CASE, headers=headers)
        assert response.headers["content-type"] == kind


def test_refusals_stay_problem_documents(client):
    response = client.post("/v1/posterior", json={"age": 200}, headers={"accept": MEDIA_TYPE})
    assert response.headers["content-type"] == "application/problem+json"


@pytest.mark.slow
def test_the_command_gives_it(model):
    case = ("--set", "age=20", "--set", "seizures=present")
    result = CliRunner().invoke(cli, ["posterior", *case, "--fhir"])
    assert result.exit_code == 0, result.output
    expected = risk_assessment(model.posterior({"age": 20, "seizures": "present"}), model.base)
    assert json.loads(result.stdout) == json.loads(json.dumps(expected))
