"""Cases as Phenopackets and back; FHIR bundles as cases."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from conftest import REPOSITORY
from neurogamut.cases.files import read_case_file
from neurogamut.cases.packet_writer import duration, write_phenopacket
from neurogamut.cases.phenopacket import read_phenopacket, translate
from neurogamut.cli.main import cli
from neurogamut.errors import CaseError
from neurogamut.server.app import create_app

CASE = {
    "age": 34.5,
    "sex": "female",
    "headache": "present",
    "seizures": "absent",
    "lesion_location": "infratentorial",
    "miliary_enhancement": "absent",
    "hearing_loss": {"present": 0.8, "absent": 0.2},
    "fever": [{"present": 0.7, "absent": 0.3}, "present"],
}


def read_back(packet: dict) -> dict:
    return translate(read_phenopacket(packet), REPOSITORY).case


def test_a_case_comes_back(base):
    assert read_back(write_phenopacket(base, CASE)) == CASE


def test_a_finding_goes_by_its_hpo_term_and_nobody_is_identified(base):
    created = datetime(2026, 1, 2, tzinfo=UTC)
    packet = write_phenopacket(base, {"headache": True, "sex": "male"}, created=created)
    assert packet["subject"] == {"id": "patient", "sex": "MALE"}
    term = {"id": "HP:0002315", "label": "Headache"}
    assert packet["phenotypicFeatures"] == [{"type": term, "excluded": False}]
    assert packet["metaData"]["created"] == "2026-01-02T00:00:00Z"
    assert packet["metaData"]["phenopacketSchemaVersion"] == "2.0"


def test_what_is_not_certain_is_no_hpo_term(base):
    packet = write_phenopacket(base, {"hearing_loss": {"present": 0.8, "absent": 0.2}})
    [feature] = packet["phenotypicFeatures"]
    assert feature["type"]["id"] == "neurogamut:hearing_loss"
    assert [m["id"] for m in feature["modifiers"]] == [
        "neurogamut:present=0.8",
        "neurogamut:absent=0.2",
    ]


def test_a_likelihood_that_is_none_is_refused(base):
    packet = write_phenopacket(base, {"hearing_loss": {"present": 0.8, "absent": 0.2}})
    packet["phenotypicFeatures"][0]["modifiers"][0]["id"] = "neurogamut:present=much"
    with pytest.raises(CaseError, match="present=much: expected a likelihood"):
        read_back(packet)


def test_a_wrong_case_is_refused(base):
    with pytest.raises(CaseError, match="headach"):
        write_phenopacket(base, {"headach": "present"})


@pytest.mark.parametrize(
    ("years", "text"),
    [(0, "P0D"), (34, "P34Y"), (0.5, "P6M"), (34.5, "P34Y6M"), (0.06, "P22D"), (120, "P120Y")],
)
def test_ages_as_durations(years, text):
    assert duration(years) == text


@settings(max_examples=60, deadline=None)
@given(st.floats(0, 120))
def test_an_age_comes_back_to_a_few_days(base, years):
    back = read_back(write_phenopacket(base, {"age": years, "sex": "male"}))
    assert back["age"] == pytest.approx(years, abs=0.02)


def test_every_finding_in_every_state_comes_back(base):
    for finding in base.findings:
        for state in () if finding.key == "age" else finding.states:
            back = read_back(write_phenopacket(base, {finding.key: state}))
            assert back[finding.key] == state


@pytest.mark.slow
def test_the_command_and_the_route_write_the_same(base, model, tmp_path: Path):
    out = tmp_path / "packet.json"
    done = CliRunner().invoke(cli, ["export-case", "-", "--out", str(out)], input=json.dumps(CASE))
    assert done.exit_code == 0 and done.stdout == ""
    assert read_case_file(out) == CASE
    posted = TestClient(create_app(model, names=("testserver",))).post(
        "/v1/phenopacket/out", json=CASE
    )
    written = json.loads(out.read_text(encoding="utf-8"))
    assert posted.json()["phenotypicFeatures"] == written["phenotypicFeatures"]


# -- FHIR ---------------------------------------------------------------------------------------

HPO = "http://human-phenotype-ontology.org"


def bundle(*resources: dict) -> dict:
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"resource": r} for r in resources],
    }


def condition(code: str, **members) -> dict:
    return {
        "resourceType": "Condition",
        "code": {"coding": [{"system": HPO, "code": code}]},
        **members,
    }


PATIENT = {"resourceType": "Patient", "gender": "female", "birthDate": "1990-07-01"}


def case_of(tmp_path: Path, document: dict) -> dict:
    path = tmp_path / "bundle.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    return read_case_file(path)


def test_a_bundle_is_a_case(tmp_path):
    refuted = {"coding": [{"code": "refuted"}]}
    found = case_of(
        tmp_path,
        bundle(
            PATIENT,
            condition("HP:0002315", recordedDate="2024-07-01"),
            condition("HP:0001250", verificationStatus=refuted),
            {
                "resourceType": "Observation",
                "code": {"coding": [{"system": HPO, "code": "HP:0001945"}]},
                "valueBoolean": False,
                "effectiveDateTime": "2024-06-30T10:00:00Z",
            },
        ),
    )
    assert found.pop("age") == pytest.approx(34, abs=0.02)
    assert found == {
         "sex": "female", "headache": "present", "seizures": "absent", "fever": "absent",
    }  # fmt: skip


def test_what_no_finding_stands_for_is_told(tmp_path, caplog):
    loinc = {"coding": [{"system": "http://loinc.org", "code": "2823-3", "display": "Potassium"}]}
    found = case_of(tmp_path, bundle(PATIENT, {"resourceType": "Observation", "code": loinc}))
    assert found == {"sex": "female"}
    assert "2823-3 Potassium" in caplog.text


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (bundle(), "expected a Patient, Conditions or Observations"),
        (bundle(PATIENT, PATIENT), "holds 2 Patients; expected the bundle of one"),
        (bundle({"resourceType": "Condition", "code": "x"}), r"entry\.0\.resource\.code: no valid"),
        (
            bundle(PATIENT | {"birthDate": "1.7.1990"}, condition("HP:1", recordedDate="2024")),
            "'1.7.1990': expected a date",
        ),
    ],
)
def test_a_bundle_of_nobody_or_of_several_is_refused(tmp_path, document, message):
    with pytest.raises(CaseError, match=message):
        case_of(tmp_path, document)
