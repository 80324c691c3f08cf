"""Twelve patients worked up: what guidelines and textbooks do first comes first in the ranking.

Each names tests that should come before others, and why. Nothing in the tables was set for them.
"""

from dataclasses import dataclass

import pytest


@dataclass(frozen=True)
class Patient:
    """`first` tests are ranked before each of `later`, because of `reason`."""

    case: dict
    first: tuple[str, ...]
    later: tuple[str, ...]
    reason: str


PATIENTS = {
    "susac": Patient(
        {
            "age": 31,
            "sex": "female",
            "encephalopathy": "present",
            "headache": "present",
            "corpus_callosum_lesions": "present",
            "tests_done": ["neurological_examination"],
        },
        ("fluorescein_angiography", "audiometry"),
        ("brain_biopsy", "dsa"),
        "criteria (Kleffner 2016) ask for retinal branch occlusions and hearing loss: two tests "
        "without risk; its vessels are too small for angiography",
    ),
    "hiv_meningitis": Patient(
        {
            "age": 38,
            "sex": "male",
            "hiv_positive": "present",
            "headache": "present",
            "fever": "present",
            "csf_pleocytosis": "present",
        },
        ("csf_tb_studies", "csf_fungal_studies"),
        ("brain_biopsy", "corticosteroid_trial"),
        "with HIV cryptococcal antigen and tuberculosis PCR of the CSF tell within days what "
        "a biopsy would; steroids feed either",
    ),
    "basal_ganglia_calcification": Patient(
        {"age": 45, "basal_ganglia_calcification": "present", "movement_disorder": "present"},
        ("serum_calcium_pth",),
        ("genetic_panel", "lumbar_puncture", "brain_biopsy"),
        "a treatable cause first: familial calcification is diagnosed with calcium and "
        "parathyroid hormone normal",
    ),
    "cord_and_nerves": Patient(
        {
            "age": 60,
            "sex": "male",
            "myelopathy": "present",
            "ataxia": "present",
            "peripheral_neuropathy": "present",
            "spinal_cord_lesions": "present",
        },
        ("serum_b12",),
        ("lumbar_puncture", "aqp4_igg", "brain_biopsy"),
        "vitamin B12 is measured in every myelopathy: a cheap test, and the loss is for good",
    ),
    "long_myelitis": Patient(
        {
            "age": 40,
            "sex": "female",
            "myelopathy": "present",
            "longitudinally_extensive_myelitis": "present",
        },
        ("aqp4_igg",),
        ("corticosteroid_trial", "brain_biopsy"),
        "criteria of neuromyelitis optica (2015) rest on the antibody, which a biopsy never needs "
        "to replace",
    ),
    "radial_enhancement": Patient(
        {
            "age": 45,
            "pvs_pattern": "present",
            "fever": "present",
            "headache": "present",
            "encephalopathy": "present",
            "csf_pleocytosis": "present",
            "optic_disc_oedema": "present",
        },
        ("gfap_igg", "csf_fungal_studies"),
        ("brain_biopsy", "corticosteroid_trial"),
        "the antibody in CSF is the test for radial perivascular enhancement, and fungi are looked "
        "for before steroids are given",
    ),
    "natalizumab": Patient(
        {
            "age": 40,
            "sex": "female",
            "natalizumab_or_known_pml": "present",
            "miliary_enhancement": "present",
        },
        ("csf_jcv_pcr",),
        ("brain_biopsy",),
        "criteria of PML (Berger 2013) take JC virus in CSF in the place of a biopsy",
    ),
    "facial_palsy": Patient(
        {
            "age": 50,
            "facial_palsy": "present",
            "headache": "present",
            "csf_pleocytosis": "present",
        },
        ("borrelia_serology",),
        ("extracranial_biopsy", "brain_biopsy", "corticosteroid_trial"),
        "serology is the first test of a facial palsy with cells in the CSF, and cures",
    ),
    "basal_meningitis": Patient(
        {
            "age": 30,
            "tb_exposure_or_endemic": "present",
            "fever": "present",
            "meningism": "present",
            "csf_low_glucose": "present",
            "csf_pleocytosis": "present",
        },
        ("csf_fungal_studies", "csf_tb_studies"),
        ("brain_biopsy", "corticosteroid_trial"),
        "the drugs against tuberculosis and fungi differ, so which it is has to be known; both "
        "can be told from the CSF that is there",
    ),
    "mass": Patient(
        {
            "age": 68,
            "mass_or_ring_enhancing_lesion": "present",
            "restricted_diffusion": "present",
            "cognitive_decline": "present",
            "csf_high_protein": "present",
        },
        ("csf_cytology", "brain_biopsy"),
        ("corticosteroid_trial",),
        "steroids before the biopsy of a lymphoma make it non-diagnostic; cells in the CSF may "
        "spare it",
    ),
    "leptomeninges_and_chest": Patient(
        {
            "age": 40,
            "facial_palsy": "present",
            "leptomeningeal_enhancement": "present",
            "csf_pleocytosis": "present",
            "chest_ct_abnormal": "present",
            "hypothalamic_pituitary_involvement": "present",
        },
        ("extracranial_biopsy",),
        ("brain_biopsy",),
        "consensus on neurosarcoidosis (Stern 2018): granulomas outside the brain make it probable "
        "without a biopsy of the brain",
    ),
    "infantile_seizures": Patient(
        {"age": 3, "seizures": "present", "intracerebral_calcification": "present"},
        ("dermatological_examination",),
        ("genetic_panel",),
        "the skin tells tuberous sclerosis and Sturge-Weber syndrome apart in an hour",
    ),
}


@pytest.mark.parametrize("name", PATIENTS)
@pytest.mark.slow
def test_what_comes_first_in_practice_comes_first(model, name):
    patient = PATIENTS[name]
    ranked = [test.test for test in model.next_tests(patient.case).tests]
    for first in patient.first:
        for later in patient.later:
            assert ranked.index(first) < ranked.index(later), (first, later, patient.reason)


def test_drugs_that_differ_are_worth_telling_apart(model):
    """Tuberculosis or cryptococcosis: the tests that tell are worth weeks in full health."""
    case = PATIENTS["basal_meningitis"].case
    answer = model.next_tests(case)
    worth = {test.test: test.worth_days for test in answer.tests}
    assert answer.stop.best_action == "antituberculous"
    assert worth["csf_fungal_studies"] > 100
    assert answer.tests[0].test == "csf_fungal_studies"


def test_every_disease_has_a_best_action_that_is_its_treatment(base):
    """No disease is best treated by a drug for another."""
    best = {}
    for row in base.utilities:
        if row.utility > best.get(row.disease, ("", -1.0))[1]:
            best[row.disease] = row.action, row.utility
    actions = {disease: action for disease, (action, _) in best.items()}
    assert actions["neurotuberculosis"] == "antituberculous"
    assert actions["neuroborreliosis"] == "antibacterial"
    assert actions["neurocysticercosis"] == "antiparasitic_with_steroids"
    assert actions["vitamin_b12_deficiency"] == "vitamin_b12"
    assert actions["hypoparathyroidism"] == "calcium_and_vitamin_d"
    fungal = ("cns_candidiasis", "cns_cryptococcosis", "cns_histoplasmosis")
    assert {actions[disease] for disease in fungal} == {"antifungal"}
    assert {actions[d] for d in actions if best[d][1] <= 0.5} == {"supportive"}


def test_steroids_alone_are_worse_than_nothing_in_infections_that_they_feed(base):
    value = {(row.action, row.disease): row.utility for row in base.utilities}
    for disease in ("cns_candidiasis", "cns_cryptococcosis", "neurotuberculosis"):
        assert value["immunosuppression", disease] < value["steroids", disease]
        assert value["steroids", disease] < value["supportive", disease]


def test_each_utility_has_a_source_or_a_reason(base):
    for row in base.utilities:
        assert row.note and (row.basis == "expert") == (row.source == "expert"), row
