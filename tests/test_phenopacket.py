"""Phenopackets as cases: terms by the hierarchy, in the direction that logic allows."""

from __future__ import annotations

import csv
import json
import re

import pytest

from conftest import REPOSITORY
from neurogamut.case_files import read_case_file
from neurogamut.errors import CaseError
from neurogamut.phenopacket import MEMBERS, is_phenopacket, read_phenopacket, translate
from neurogamut.server.page import PAGE

MIGRAINE, HEADACHE, SEIZURE = "HP:0002076", "HP:0002315", "HP:0001250"
FOCAL_SEIZURE, NERVOUS_SYSTEM = "HP:0007359", "HP:0000707"


def feature(term: str, **members) -> dict:
    return {"type": {"id": term, "label": term.lower()}, **members}


def translated(*features: dict, **members):
    packet = read_phenopacket({"id": "a", "phenotypicFeatures": list(features), **members})
    return translate(packet, REPOSITORY)


def test_a_term_below_a_finding_implies_it():
    found = translated(feature(MIGRAINE))
    assert found.case == {"headache": "present"}
    assert [(m.id, m.finding, m.state) for m in found.mapped] == [(MIGRAINE, "headache", "present")]
    assert found.unmapped == ()


def test_excluded_becomes_absent():
    assert translated(feature(SEIZURE, excluded=True)).case == {"seizures": "absent"}


def test_excluding_one_kind_does_not_exclude_the_finding():
    found = translated(feature(FOCAL_SEIZURE, excluded=True))
    assert found.case == {}
    assert found.unmapped == (
        {"id": FOCAL_SEIZURE, "label": FOCAL_SEIZURE.lower(), "said": "excluded"},
    )


def test_a_term_above_a_finding_excludes_it_but_does_not_imply_it():
    assert "seizures" not in translated(feature(NERVOUS_SYSTEM)).case
    assert translated(feature(NERVOUS_SYSTEM, excluded=True)).case["seizures"] == "absent"


def test_one_term_may_be_several_findings():
    both = translated(feature("HP:0430025")).case
    assert both.keys() == {"bilateral_facial_palsy", "facial_palsy", "cranial_nerve_palsy"}


@pytest.mark.parametrize("malformation", ["HP:0001274", "HP:0001320"])
def test_a_malformation_is_no_lesion(malformation):
    case = translated(feature(malformation)).case
    assert "corpus_callosum_lesions" not in case and "cerebellar_lesions" not in case


def test_a_tuber_is_no_malignancy_and_a_stroke_no_heart_disease():
    assert translated(feature("HP:0009717")).case == {"cortical_tubers": "present"}
    assert "cardiac_involvement" not in translated(feature("HP:0020161")).case


def test_terms_of_other_ontologies_and_measurements_are_listed():
    found = translated(
        feature("NCIT:C3262"), measurements=[{"assay": {"id": "LOINC:1", "label": "ACE"}}]
    )
    assert found.case == {}
    assert [(entry["id"], entry["said"]) for entry in found.unmapped] == [
        ("NCIT:C3262", "present"), ("LOINC:1", "measured"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("duration", "years"),
    [("P27Y", 27), ("P27Y6M", 27.5), ("P6M", 0.5), ("P10D", 0.03), ("P2W", 0.04), ("PT5H", 0)],
)
def test_age_and_sex_of_the_subject(duration, years):
    subject = {
        "sex": "FEMALE",
        "timeAtLastEncounter": {"age": {"iso8601duration": duration}},
    }
    assert translated(subject=subject).case == {"age": years, "sex": "female"}


def test_an_age_that_is_no_number_is_listed():
    subject = {"timeAtLastEncounter": {"ontologyClass": {"id": "HP:0003581", "label": "Adult"}}}
    found = translated(subject=subject)
    assert found.case == {}
    assert found.unmapped[0]["label"] == "ontologyClass"


def test_both_spellings_of_members_are_read():
    packet = {"phenotypic_features": [feature(HEADACHE)], "subject": {"sex": "MALE"}}
    assert translate(read_phenopacket(packet), REPOSITORY).case == {
        "headache": "present", "sex": "male",
    }  # fmt: skip


def test_contradictory_terms_are_refused_by_name():
    with pytest.raises(CaseError, match=f"headache: {MIGRAINE}.*{HEADACHE}.*excludes"):
        translated(feature(MIGRAINE), feature(HEADACHE, excluded=True))


def test_a_broken_packet_names_the_place():
    with pytest.raises(CaseError, match=r"phenotypicFeatures\.0\.excluded"):
        translated(feature(HEADACHE, excluded="yes"))


def test_a_case_is_no_phenopacket(model):
    assert not any(is_phenopacket({finding.key: "present"}) for finding in model.base.findings)
    assert is_phenopacket({"phenotypicFeatures": []})


def test_the_page_knows_a_phenopacket_by_the_same_members():
    script = (PAGE / "main.js").read_text(encoding="utf-8")
    listed = re.search(r"const PHENOPACKET = (\[.*\]);", script)[1]
    assert set(json.loads(listed)) == set(MEMBERS)


def test_the_table_of_terms_follows_the_findings(base):
    with (REPOSITORY / "priors" / "hpo_terms.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    same = {row["finding"]: row["hpo_id"] for row in rows if row["relation"] == "same"}
    assert same == {f.key: f.hpo_id for f in base.findings if f.hpo_id}, "run scripts/hpo_terms.py"
    assert {row["finding"] for row in rows} == same.keys()


def test_a_file_is_read_as_a_case_and_what_is_not_mapped_is_told(tmp_path, caplog):
    file = tmp_path / "patient.phenopacket.json"
    packet = {"id": "a", "phenotypicFeatures": [feature(SEIZURE), feature("HP:0000001")]}
    file.write_text(json.dumps(packet), encoding="utf-8")
    assert read_case_file(file) == {"seizures": "present"}
    assert "not mapped: HP:0000001" in caplog.text
