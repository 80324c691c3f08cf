"""Tests that were done, refused or are not to be had: what is read of them, at every door."""

import json

import numpy as np
import pytest
from click.testing import CliRunner

import neurogamut as ng
from neurogamut.cases.case import read_case
from neurogamut.cli.main import cli
from neurogamut.network import Evidence

SUSAC = {
    "age": 31,
    "sex": "female",
    "encephalopathy": "present",
    "corpus_callosum_lesions": "present",
    "hearing_loss": "present",
}
READINGS = ("pertinent", "systematic")


def with_done(*tests: str, **more) -> dict:
    return SUSAC | {"tests_done": list(tests)} | more


@pytest.mark.parametrize("reporting", READINGS)
def test_a_done_test_is_not_proposed(model, reporting):
    case = with_done("lumbar_puncture", "mri_brain_with_contrast")
    tests = {test.test: test for test in model.next_tests(case, reporting=reporting).tests}
    assert not {"lumbar_puncture", "mri_brain_with_contrast"} & tests.keys()
    assert tests["csf_cytology"].requires == (), "the puncture was done"


@pytest.mark.parametrize("reporting", READINGS)
def test_what_a_done_test_did_not_show_speaks_against_who_would_show_it(model, reporting):
    def susac(*tests):
        return model.posterior(with_done(*tests), reporting=reporting)["susac"]

    assert susac("audiometry") < susac()
    assert susac("audiometry", "fluorescein_angiography") < susac("audiometry")


def test_of_a_test_that_reveals_one_finding_it_is_said_to_be_absent(model):
    done = model.posterior(with_done("audiometry"), reporting="systematic")
    said = SUSAC | {"sensorineural_hearing_loss": "absent"}
    expected = model.posterior(said, reporting="systematic")
    assert done.probabilities == pytest.approx(expected.probabilities, abs=1e-12)


def test_a_report_of_many_findings_may_miss_one(model):
    """Each finding of a scan that is not named is absent, or there and missed."""
    missed = model.base.constant("missed_in_reports")
    said = read_case(model.base, with_done("mri_spine"))
    unsure = {f: {"present": missed, "absent": 1.0} for f in said.tests.not_shown}
    assert len(unsure) == 5
    done = model.posterior(with_done("mri_spine"), reporting="systematic")
    expected = model.posterior(SUSAC | unsure, reporting="systematic")
    assert done.probabilities == pytest.approx(expected.probabilities, abs=1e-12)


def test_what_a_test_did_not_show_is_no_pertinent_negative(model):
    """It is reported because the test was done, and not because somebody chose to say it."""
    view = model.pertinent
    done = model.posterior(with_done("audiometry"))
    evidence = view.encode(read_case(model.base, SUSAC))
    direct = evidence.states | {"sensorineural_hearing_loss": 1}
    expected = view.engine.query("diagnosis", Evidence(direct, evidence.likelihoods)).table
    assert list(done.probabilities.values()) == pytest.approx(expected.tolist(), abs=1e-12)
    chosen = model.posterior(SUSAC | {"sensorineural_hearing_loss": "absent"})
    assert chosen["susac"] > done["susac"]


def test_a_result_is_no_pertinent_negative_either(model):
    """That it was looked for says nothing; only what it showed does."""
    said = SUSAC | {"retinal_artery_occlusion": "absent"}
    chosen, looked_for = (
        model.posterior(said),
        model.posterior(said | {"results": ["retinal_artery_occlusion"]}),
    )
    assert looked_for["susac"] < chosen["susac"]
    evidence = model.pertinent.encode(read_case(model.base, SUSAC))
    direct = evidence.states | {"retinal_artery_occlusion": 1}
    expected = model.pertinent.engine.query("diagnosis", Evidence(direct, evidence.likelihoods))
    found = list(looked_for.probabilities.values())
    assert found == pytest.approx(expected.table.tolist(), abs=1e-12)
    systematic = model.posterior(said, reporting="systematic").probabilities
    again = model.posterior(
        said | {"results": ["retinal_artery_occlusion"]}, reporting="systematic"
    )
    assert again.probabilities == systematic


def test_a_test_with_a_result_was_ordered_and_is_not_proposed(model):
    case = SUSAC | {
        "ring_enhancement": "absent",
        "results": ["Ring enhancement (of the rim alone)"],
    }
    tests = {test.test for test in model.next_tests(case).tests}
    assert "mri_brain_with_contrast" not in tests and "audiometry" in tests
    del case["results"]
    assert "mri_brain_with_contrast" in {test.test for test in model.next_tests(case).tests}


def test_what_is_named_stands_and_what_belongs_to_it_is_left_open(model):
    case = with_done("mri_brain_with_contrast", "ct_head", basal_ganglia_calcification="present")
    read = read_case(model.base, case)
    absent = read.tests.not_shown
    assert "corpus_callosum_lesions" not in absent and "miliary_enhancement" in absent
    assert "intracerebral_calcification" not in absent, "a part of it is there"
    assert "brain_mri_abnormal" not in absent, "lesions are abnormal"
    assert "lesion_location" not in absent, "no state of it says that nothing was seen"
    assert (
        "brain_mri_abnormal"
        in read_case(model.base, {"tests_done": ["mri_brain_with_contrast"]}).tests.not_shown
    )
    left = read_case(model.base, with_done("audiometry", sensorineural_hearing_loss="unknown"))
    assert left.tests.not_shown == {}, "named as not assessed"


def test_of_a_whole_without_a_named_part_the_parts_are_left_open(model):
    kinds = {"csf_lymphocytic_predominance", "csf_neutrophilic_predominance", "csf_eosinophilia"}
    case = with_done("lumbar_puncture", csf_pleocytosis="present")
    absent = read_case(model.base, case).tests.not_shown.keys()
    assert not kinds & absent, "cells are of some kind, and nobody says of which"
    case["csf_eosinophilia"] = "present"
    absent = read_case(model.base, case).tests.not_shown.keys()
    assert kinds - absent == {"csf_eosinophilia"}
    case = with_done("lumbar_puncture", csf_high_protein="present")
    assert kinds <= read_case(model.base, case).tests.not_shown.keys()


def test_of_a_feature_that_is_not_named_it_was_not_seen(model):
    seen = {"corpus_callosum_lesions": "present", "spinal_cord_lesions": "present"}
    case = with_done("mri_brain_with_contrast", "mri_spine", **seen)
    absent = read_case(model.base, case).tests.not_shown.keys()
    assert {"central_callosal_lesions", "longitudinally_extensive_myelitis"} <= absent
    case = with_done("ct_head", intracerebral_calcification="present")
    assert not {f for f in read_case(model.base, case).tests.not_shown if "calcification" in f}


def test_refused_and_unavailable_tests_are_not_proposed_nor_what_needs_them(model):
    case = SUSAC | {"tests_refused": "lumbar_puncture", "tests_unavailable": ["PET_CT"]}
    answer = model.next_tests(case)
    tests = {test.test for test in answer.tests}
    assert not {"lumbar_puncture", "csf_cytology", "brain_biopsy", "pet_ct"} & tests
    assert "Refused: Lumbar puncture with routine CSF." in str(answer)
    assert model.posterior(case).probabilities == model.posterior(SUSAC).probabilities


@pytest.mark.parametrize("by", ["greedy", "paper"])
@pytest.mark.slow
def test_plans_leave_them_out(model, by):
    case = {
        "age": 60,
        "miliary_enhancement": "present",
        "tests_done": ["history", "neurological_examination"],
        "tests_refused": ["brain_biopsy"],
    }

    def tests(node):
        return {node.test}.union(*(tests(branch) for branch in node.branches))

    found = tests(model.plan(case, by=by).root)
    assert len(found) > 2
    assert not found & {"history", "neurological_examination", "brain_biopsy"}


def test_an_answer_tells_and_repeats_what_was_said_of_tests(model):
    case = with_done("audiometry", tests_refused=["brain_biopsy"])
    answer = model.posterior(case)
    document = answer.to_dict()
    assert document["evidence"]["tests_done"] == ["audiometry"]
    assert model.posterior(document["evidence"]).probabilities == answer.probabilities
    weights = {weight.finding: weight for weight in model.explain(case).weights}
    assert weights["sensorineural_hearing_loss"].state == "absent"


def test_sensitivity_and_coexisting_read_it_too(model):
    case = with_done("audiometry")
    for reporting in READINGS:
        asked = model.sensitivity(case, reporting=reporting).subject
        expected = list(model.posterior(case, reporting=reporting).probabilities.values())
        assert asked.posterior == pytest.approx(np.array(expected), abs=1e-12)
    both = [model.posterior(c, "coexisting")["susac"] for c in (SUSAC, case)]
    assert both[1] < both[0]
    # Each uncertain finding doubles the work: what a scan may have missed is left out.
    assert model.posterior(with_done("mri_brain_with_contrast"), "coexisting")["susac"] == both[0]


def test_how_sure_is_answered_where_tests_were_done(model):
    case = with_done("mri_brain_with_contrast")
    found = model.sensitivity(case).uncertainty(draws=40)
    assert found.diseases[0].lower < model.posterior(case)["susac"] < 1


@pytest.mark.parametrize(
    ("case", "message"),
    [
        ({"tests_done": ["audiometri"]}, "tests_done: 'audiometri'.*nearest: audiometry"),
        ({"tests_done": 3}, "tests_done=3: expected a list of tests"),
        (
            {"tests_done": ["ct_head"], "tests_refused": ["ct_head"]},
            "ct_head: stands in tests_done",
        ),
        ({"results": ["fever"]}, "results: nothing is said of fever; name it beside"),
        ({"fever": "absent", "results": ["fevr"]}, "results: 'fevr'.*nearest: fever"),
        ({"results": 3}, "results=3: expected a list of findings"),
    ],
)
def test_what_cannot_be_read_is_refused(model, case, message):
    with pytest.raises(ng.CaseError, match=message):
        model.posterior(case)


@pytest.mark.slow
def test_the_command_line_and_python_agree(model, tmp_path):
    file = tmp_path / "case.yaml"
    file.write_text("hearing_loss: present\ntests_done: [audiometry]\n")
    more = ["--done", "CT of the head without contrast", "--refused", "brain_biopsy"]
    more += ["--result", "ring_enhancement=absent"]
    result = CliRunner().invoke(cli, ["next-tests", str(file), *more, "--json"])
    assert result.exit_code == 0, result.output
    case = {
        "hearing_loss": "present",
        "ring_enhancement": "absent",
        "results": ["ring_enhancement"],
        "tests_done": ["audiometry", "ct_head"],
        "tests_refused": ["brain_biopsy"],
    }
    assert json.loads(result.stdout) == json.loads(json.dumps(model.next_tests(case).to_dict()))
