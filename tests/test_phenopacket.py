"""Phenopackets as cases: terms by the hierarchy, in the direction that logic allows."""

from __future__ import annotations

import csv
import json

import pytest

from conftest import REPOSITORY
from neurogamut.cases.files import read_case_file
from neurogamut.cases.phenopacket import is_phenopacket, read_phenopacket, translate
from neurogamut.errors import CaseError

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
        ("NCIT:C3262", "present"),
        ("LOINC:1", "measured"),
    ]


@pytest.mark.parametrize(
    ("duration", "years"),
    [
        ("P27Y", 27),
        ("P27Y6M", 27.5),
        ("P6M", 0.5),
        ("P10D", 0.03),
        ("P2W", 0.04),
        ("PT5H", 0),
        ("P0.5Y", 0.5),
        ("P1.5M", 0.125),
        ("P1Y1,5M", 1.125),
    ],
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
        "headache": "present",
        "sex": "male",
    }


def test_contradictory_terms_are_refused_by_name():
    with pytest.raises(CaseError, match=f"headache: {MIGRAINE}.*{HEADACHE}.*excludes"):
        translated(feature(MIGRAINE), feature(HEADACHE, excluded=True))


def test_a_broken_packet_names_the_place():
    with pytest.raises(CaseError, match=r"phenotypicFeatures\.0\.excluded"):
        translated(feature(HEADACHE, excluded="yes"))


def test_a_case_is_no_phenopacket(model):
    assert not any(is_phenopacket({finding.key: "present"}) for finding in model.base.findings)
    assert is_phenopacket({"phenotypicFeatures": []})


def test_the_table_of_terms_follows_the_findings(base):
    with (REPOSITORY / "priors" / "hpo_terms.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    same = {row["finding"]: row["hpo_id"] for row in rows if row["relation"] == "same"}
    assert same == {f.key: f.hpo_id for f in base.findings if f.hpo_id}, "run scripts/hpo_terms.py"
    assert {row["finding"] for row in rows} - same.keys() <= {
        f.key for f in base.findings if not f.hpo_id
    }


def test_a_file_is_read_as_a_case_and_what_is_not_mapped_is_told(tmp_path, caplog):
    file = tmp_path / "patient.phenopacket.json"
    packet = {"id": "a", "phenotypicFeatures": [feature(SEIZURE), feature("HP:0000001")]}
    file.write_text(json.dumps(packet), encoding="utf-8")
    assert read_case_file(file) == {"seizures": "present"}
    assert "not mapped: HP:0000001" in caplog.text


# -- version 1, families, cohorts, JSON as protobuf writes it -----------------------------------


def test_version_1_says_negated_and_has_the_age_elsewhere():
    found = translated(
        feature(SEIZURE, negated=True),
        subject={"sex": "FEMALE", "ageAtCollection": {"age": "P45Y"}},
    )
    assert found.case == {"seizures": "absent", "age": 45, "sex": "female"}
    ranged = translated(subject={"ageAtCollection": {"ageRange": {}}})
    assert ranged.unmapped == ({"id": "ageAtCollection", "label": "ageRange", "said": "present"},)


def test_of_a_family_the_proband_is_read():
    proband = {"subject": {"sex": "MALE"}, "phenotypicFeatures": [feature("HP:0009717")]}
    family = {"id": "f", "proband": proband, "relatives": [], "pedigree": {}, "metaData": {}}
    found = translate(read_phenopacket(family), REPOSITORY)
    assert found.case == {"sex": "male", "cortical_tubers": "present"}


def test_a_cohort_is_refused_with_its_members():
    cohort = {"id": "c", "members": [{"id": "a"}, {"id": "b"}], "metaData": {}}
    with pytest.raises(CaseError, match=r"a Cohort of 2 members \(a, b\); expected .* of one"):
        read_phenopacket(cohort)


def test_features_inside_the_subject_are_refused():
    with pytest.raises(CaseError, match="subject: .*phenotypicFeatures stands in the subject"):
        translated(subject={"phenotypicFeatures": [feature(SEIZURE)]})


def test_null_is_not_set_and_enumerations_may_be_numbers():
    found = translated(
        {"type": {"id": SEIZURE, "label": None}, "excluded": None, "onset": None},
        subject={"sex": 1, "timeAtLastEncounter": None},
        measurements=None,
    )
    assert found.case == {"seizures": "present", "sex": "female"}
    with pytest.raises(CaseError, match="subject.sex"):
        translated(subject={"sex": 9})


@pytest.mark.parametrize(
    "term", ["hp:0001250", "HP_0001250", "http://purl.obolibrary.org/obo/HP_0001250", "HP:0002125"]
)
def test_ids_in_other_spellings_and_of_older_releases_are_known(term):
    assert translated(feature(term)).case == {"seizures": "present"}


def test_every_alternative_id_stands_for_a_term_of_the_table():
    terms, old = (
        list(csv.DictReader((REPOSITORY / "priors" / name).read_text("utf-8").splitlines()))
        for name in ("hpo_terms.csv", "hpo_alternative_ids.csv")
    )
    known = {row["hpo_id"] for row in terms}
    assert {row["replaced_by"] for row in old} <= known
    assert known.isdisjoint(row["hpo_id"] for row in old)
    assert len({row["hpo_id"] for row in old}) == len(old) > 561


def test_what_has_resolved_is_listed_and_not_present():
    found = translated(feature(SEIZURE, resolution={"age": {"iso8601duration": "P9Y"}}))
    assert found.case == {}
    assert found.unmapped[0]["said"] == "resolved"


#: Terms that are a finding by its own label or synonym, though they stand elsewhere in HPO.
BY_NAME = {
    "HP:0001300": "movement_disorder",
    "HP:0002063": "movement_disorder",
    "HP:0002067": "movement_disorder",
    "HP:0001257": "pyramidal_signs",
    "HP:0002061": "pyramidal_signs",
    "HP:0030890": "white_matter_hyperintensities",
    "HP:0030892": "white_matter_hyperintensities",
    "HP:0025041": "thalamic_calcification",
    "HP:0031627": "basal_ganglia_calcification",
    "HP:0430048": "intracerebral_calcification",
    "HP:0001249": "cognitive_decline",
    "HP:0000829": "hypocalcaemia",
    "HP:0031817": "hypocalcaemia",
    "HP:0000518": "congenital_eye_disease",
    "HP:0000501": "congenital_eye_disease",
    "HP:0001269": "focal_deficit",
    "HP:0002381": "focal_deficit",
    "HP:0000716": "behavioural_change",
    "HP:0000709": "behavioural_change",
    "HP:0000988": "skin_lesions",
    "HP:0010615": "facial_angiofibroma",
    "HP:0009719": "facial_angiofibroma",
    "HP:0001289": "encephalopathy",
    "HP:0031180": "erythema_migrans",
    "HP:0025258": "meningism",
}


@pytest.mark.parametrize(("term", "finding"), BY_NAME.items())
def test_a_term_with_the_name_of_a_finding_is_that_finding(term, finding):
    assert translated(feature(term)).case == {finding: "present"}


@pytest.mark.parametrize(
    ("term", "case"),
    [
        ("HP:0033725", {"callosal_thinning": "present"}),  # Thin corpus callosum
        ("HP:0000613", {}),  # Photophobia
        ("HP:0001959", {}),  # Polydipsia
        ("HP:0007018", {}),  # Attention deficit hyperactivity disorder
        ("HP:0001655", {}),  # Patent foramen ovale
        ("HP:0001631", {}),  # Atrial septal defect
        ("HP:0002066", {"ataxia": "present"}),  # Gait ataxia
        ("HP:0002515", {}),  # Waddling gait
        ("HP:0002540", {}),  # Inability to walk
    ],
)
def test_a_term_says_no_more_than_it_means(term, case):
    assert translated(feature(term)).case == case


def test_calcium_in_the_cerebellum_is_no_lesion_of_another_kind():
    case = translated(feature("HP:0007352")).case
    assert case["cerebellar_calcification"] == "present" and "cerebellar_lesions" not in case
