"""What is said is chosen: the reporting model is exact, consistent, and sensible at the bedside."""

from itertools import combinations
from math import lgamma, log

import numpy as np
import pytest

import neurogamut as ng
from neurogamut.errors import UsageError
from neurogamut.knowledge.build import DIAGNOSIS
from neurogamut.knowledge.reporting import TOLD, Reporting, said, ways_to_tell
from neurogamut.validation.simulate import ALWAYS, consistency, draw, simulate
from neurogamut.validation.told import tell
from support.enumeration import to_agrum

SAME = 1e-9
TOLD_SOMEHOW = {"present": 1, "absent": 1, "not_said": 0}


@pytest.fixture(scope="module")
def view(model):
    return model.pertinent


def told_cases(view, count):
    """Cases of two to twelve findings told of patients drawn from the network, by finding."""
    rng = np.random.default_rng(7)
    names = [name for name in view.blueprint.structure.states if name != DIAGNOSIS]
    patients = draw(view.network, count, rng)
    for i in range(count):
        chosen = rng.choice(names, rng.integers(2, 13), replace=False)
        yield {str(name): view.network.variables[name].states[patients[name][i]] for name in chosen}


def as_told(view, case):
    """A case as evidence on the exported network."""
    evidence = {said(f) if f in view.telling.said else f: state for f, state in case.items()}
    number = sum(f in view.telling.said for f in case)
    return evidence | {TOLD: str(number)}


@pytest.mark.slow
def test_equals_pyagrum_over_a_thousand_cases(view):
    import pyagrum

    other = pyagrum.LazyPropagation(to_agrum(view.network))
    other.addTarget(DIAGNOSIS)
    for case in told_cases(view, 1000):
        other.setEvidence(as_told(view, case))
        expected = other.posterior(DIAGNOSIS).toarray()
        np.testing.assert_allclose(view.queries.query(DIAGNOSIS, case).table, expected, atol=SAME)


def test_equals_pgmpy_on_the_exported_network(model, view):
    from pgmpy.inference import VariableElimination

    network = model.to_pgmpy(reporting="pertinent")
    assert network.check_model()
    other = VariableElimination(network)
    for case in told_cases(view, 60):
        evidence = as_told(view, case)
        expected = other.query([DIAGNOSIS], evidence=evidence, show_progress=False)
        states = expected.state_names[DIAGNOSIS]
        order = [states.index(disease) for disease in model.labels]
        found = view.queries.query(DIAGNOSIS, case).table
        np.testing.assert_allclose(found, expected.values[order], atol=SAME)


def test_the_reference_engine_answers_alike(model):
    case = {
        "age": 45,
        "ataxia": "present",
        "anaemia": "absent",
        "fever": {"present": 0.2, "absent": 0.8},
    }
    other = ng.Model(model.blueprint, "reference").posterior(case)
    found = model.posterior(case)
    assert found.probabilities == pytest.approx(other.probabilities, abs=SAME)
    assert found.log_evidence == pytest.approx(other.log_evidence, abs=1e-8)
    assert found.conflict == pytest.approx(other.conflict, abs=1e-8)


def test_ways_to_tell_are_the_sum_over_all_sets(view):
    """Against a sum over every set of two findings, each worked out by inference."""
    findings = list(view.telling.said)
    chosen = findings[:25]
    shape, cpts = view.blueprint.structure, {n: c.table for n, c in view.network.cpts.items()}
    some = {f: view.telling.said[f] for f in chosen}
    found = ways_to_tell(shape, cpts, some, 2)
    engine, prior = view.engine, view.network.cpts[DIAGNOSIS].table @ view.shares
    total = np.zeros(len(prior))
    for pair in combinations(chosen, 2):
        answer = engine.query(view.cause, {said(f): TOLD_SOMEHOW for f in pair})
        total += answer.table * np.exp(answer.log_evidence) / prior
    np.testing.assert_allclose(found[:, 2], total, rtol=1e-10)
    np.testing.assert_allclose(found[:, 0], 1, rtol=1e-12)


def test_the_probability_of_what_is_told_sums_to_one(model, view):
    """One finding told: over all findings and both states."""
    total = 0.0
    for finding in view.telling.said:
        for state in ("present", "absent"):
            total += np.exp(view.queries.query(DIAGNOSIS, {finding: state}).log_evidence)
    assert total == pytest.approx(1, abs=1e-10)


@pytest.mark.slow
@pytest.mark.parametrize("number", [1, 5])
def test_drawn_patients_are_self_consistent(view, number):
    rng = np.random.default_rng(number)
    posed = tell(view, draw(view.network, 20_000, rng), ALWAYS, number, rng)
    forecast = view.engine.batch(DIAGNOSIS, posed.evidence).table
    by_disease, by_decile = consistency(forecast, posed.truth, posed.weight)
    assert max(map(abs, (*by_disease, *by_decile.values()))) < 5
    assert posed.weight.mean() == pytest.approx(1, abs=0.02)


@pytest.mark.slow
def test_simulation_says_how_it_was_read(model):
    found = simulate(model, 500, 0, "pertinent")
    assert found.model.reporting == "pertinent"
    assert "findings told" in str(found)
    assert {c.assessed for c in found.conditions} == {2, 4, 6, 8, 12}


def test_one_finding_by_hand(model, view):
    """Prior times P(said) over all that could have been told."""
    constants = Reporting.of(model.base)
    rate = model.single.rates_by_cause("seizures")[:, 0]
    *listed, other = model.prior.values()
    flat = np.array(listed) ** constants.prior_power
    prior = np.append((1 - other) * flat / flat.sum(), other) @ view.shares
    readiness = constants.told_absent * (constants.told_absent_floor + rate)
    told = readiness * (1 - rate)
    every = view.telling.ways[:, 1]
    expected = view.of_diseases(prior * told / every)
    found = model.posterior({"seizures": "absent"})
    assert list(found.probabilities.values()) == pytest.approx(expected / expected.sum(), abs=SAME)


def test_systematic_reporting_is_the_network_itself(model):
    case = {"age": 27, "fever": "absent", "corpus_callosum_lesions": "present"}
    found = model.posterior(case, reporting="systematic")
    expected = model.engine.query(DIAGNOSIS, {**case, "age": "from_25_to_29"}).table
    assert list(found.probabilities.values()) == pytest.approx(expected, abs=1e-12)
    assert found.model.reporting == "systematic"
    assert model.posterior(case).model.reporting == "pertinent"


def test_readers_multiply_and_an_even_reading_says_nothing(model):
    one = {"fever": [{"present": 0.8, "absent": 0.2}, {"present": 0.5, "absent": 0.5}]}
    assert model.posterior(one).probabilities == pytest.approx(
        model.posterior({"fever": {"present": 0.8, "absent": 0.2}}).probabilities
    )
    even = model.posterior({"fever": {"present": 0.5, "absent": 0.5}, "headache": "present"})
    assert even.probabilities == pytest.approx(
        model.posterior({"headache": "present"}).probabilities
    )
    certain = model.posterior({"fever": {"present": 1.0, "absent": 0.0}})
    assert certain.probabilities == pytest.approx(model.posterior({"fever": True}).probabilities)


def test_conflict_of_a_single_finding_is_none(model):
    assert model.posterior({"fever": "present"}).conflict == pytest.approx(0, abs=1e-10)
    assert model.posterior({}).log_evidence == pytest.approx(0, abs=1e-10)


def test_conflict_is_of_findings_told_one_after_the_other(model):
    case = {"fever": "present", "headache": "absent"}
    alone = sum(model.posterior({f: s}).log_evidence for f, s in case.items())
    found = model.posterior(case)
    assert found.conflict == pytest.approx(alone - found.log_evidence + lgamma(3))


def test_unknown_reporting_and_coexisting_are_refused(model):
    with pytest.raises(UsageError, match="nearest: pertinent"):
        model.posterior({}, reporting="pertinant")
    with pytest.raises(UsageError, match="systematic"):
        model.posterior({"fever": True}, "coexisting", "pertinent")
    assert model.posterior({"fever": True}, "coexisting").model.reporting == "systematic"


def test_explanation_adds_up_and_says_what_the_saying_adds(model):
    case = {"age": 45, "sex": "female", "ataxia": "present", "spinal_cord_lesions": "absent"}
    found = model.explain(case, "vitamin_b12_deficiency", "other")
    assert found.posterior.model.reporting == "pertinent"
    odds = log(found.posterior["vitamin_b12_deficiency"] / found.posterior["other"], 10)
    assert found.total == pytest.approx(odds)
    absent = next(w for w in found.weights if w.finding == "spinal_cord_lesions")
    assert absent.saying > 0.15
    assert "spinal_cord_lesions, said absent: that it is told at all speaks for" in str(found)
    plain = model.explain(case, "vitamin_b12_deficiency", "other", "systematic")
    assert all(weight.saying == 0 for weight in plain.weights)


def test_a_test_reveals_systematically(model):
    """What was said stays said; what a test will reveal is reported whatever it shows."""
    case = {"age": 30, "visual_loss": "present", "fever": "absent"}
    ranked = model.next_tests(case)
    assert ranked.model.reporting == "pertinent"
    test = next(t for t in ranked.tests if t.test == "aqp4_igg")
    engine, evidence = (
        model.pertinent.engine,
        as_told(
            model.pertinent, {"age": "from_30_to_34", "visual_loss": "present", "fever": "absent"}
        ),
    )
    joint = engine.query((DIAGNOSIS, "aqp4_igg_positive"), evidence).table
    mine, other = joint.sum(axis=1), joint.sum(axis=0)
    bits = (joint * np.log2(joint / np.outer(mine, other))).sum()
    assert test.information_gain_bits == pytest.approx(bits, abs=1e-9)


@pytest.mark.slow
def test_uncertainty_draws_the_constants_too(model):
    case = {"age": 45, "ataxia": "present", "spinal_cord_lesions": "absent", "anaemia": "absent"}
    found = model.sensitivity(case).uncertainty(400, seed=1)
    assert np.isfinite(found.samples).all()
    assert found.samples.sum(axis=1) == pytest.approx(np.ones(400))
    leading = model.posterior(case).leading
    assert found[leading].lower < model.posterior(case)[leading] < found[leading].upper
    constants = Reporting.draws(model.base, 20_000, np.random.default_rng(0))
    low, high = np.quantile(constants.told_absent, [0.025, 0.975])
    row = next(p for p in model.base.parameters if p.parameter == "told_absent")
    assert (low, high) == pytest.approx(row.interval, rel=0.05)


def test_figures_moved_are_figures_of_the_network(model):
    """A tornado's ends are the posteriors with that figure, how findings are told kept."""
    case = {"age": 45, "ataxia": "present", "spinal_cord_lesions": "absent"}
    ask = model.sensitivity(case, target="vitamin_b12_deficiency")
    assert ask.tornado().posterior == pytest.approx(
        model.posterior(case)["vitamin_b12_deficiency"], abs=1e-12
    )
    left_out = {
        r.changes[0]: r.target_posterior for r in ask.findings().readings if len(r.changes) == 1
    }
    fewer = {k: v for k, v in case.items() if k != "ataxia"}
    expected = model.posterior(fewer)["vitamin_b12_deficiency"]
    assert left_out["ataxia", "unknown"] == pytest.approx(expected, abs=1e-12)


# -- cases that a doctor would laugh at ----------------------------------------------------------


def first(model, **case):
    return model.posterior(case).leading


def test_a_pathognomonic_finding_decides(model):
    negatives = dict.fromkeys(("seizures", "headache", "fever"), "absent")
    stain = model.posterior({"port_wine_stain": "present", **negatives})
    assert stain.leading == "sturge_weber"
    assert stain["sturge_weber"] > 0.9
    assert first(model, facial_angiofibroma="present", seizures="present") == "tuberous_sclerosis"
    assert first(model, erythema_migrans="present", fever="absent") == "neuroborreliosis"
    assert first(model, csf_jcv_pcr_positive="present", headache="absent") == "pml_iris"


def test_area_postrema_syndrome_with_a_long_cord_lesion_is_nmosd(model):
    case = {
        "age": 34,
        "sex": "female",
        "area_postrema_syndrome": "present",
        "longitudinally_extensive_myelitis": "present",
    }
    found = model.posterior(case)
    assert found.leading == "nmosd"
    assert found["nmosd"] > 0.7


def test_a_negative_definitive_test_counts_fully(model):
    case = {
        "age": 34,
        "sex": "female",
        "optic_neuritis": "present",
        "longitudinally_extensive_myelitis": "present",
    }
    before, after = (
        model.posterior(case | more)["nmosd"] for more in ({}, {"aqp4_igg_positive": "absent"})
    )
    odds = (before / (1 - before)) / (after / (1 - after))
    assert odds > 2.5
    weight = next(
        w
        for w in model.explain(case | {"aqp4_igg_positive": "absent"}, "nmosd").weights
        if w.finding == "aqp4_igg_positive"
    )
    assert weight.saying == 0


def test_normal_calcium_with_extensive_calcification_is_not_an_old_cancer(model):
    case = {
        "age": 58,
        "known_malignancy": "present",
        "basal_ganglia_calcification": "present",
        "intracerebral_calcification": "present",
        "cerebellar_calcification": "present",
        "hypocalcaemia": "absent",
    }
    found = model.posterior(case)
    assert found.leading == "primary_familial_brain_calcification"
    assert found["brain_metastases"] < 0.05
    low = model.posterior(case | {"hypocalcaemia": "present"})
    assert low.leading == "hypoparathyroidism"


def test_what_defines_a_disease_is_asked_for(model):
    """No transplant, no graft-versus-host disease; no calcium, no calcifying disease."""
    vasculitis = {"age": 40, "infarcts": "present", "angiographic_vasculitis_pattern": "present"}
    for reporting in ("pertinent", "systematic"):
        found = model.posterior(vasculitis | {"allogeneic_hsct": "absent"}, reporting=reporting)
        assert found["gvhd_cns_vasculitis"] < 0.01
        calcium = {
            "age": 50,
            "movement_disorder": "present",
            "intracerebral_calcification": "absent",
        }
        found = model.posterior(calcium, reporting=reporting)
        assert found["primary_familial_brain_calcification"] < 0.05


def test_facial_palsy_with_pleocytosis_thinks_of_lyme(model):
    found = model.posterior({"facial_palsy": "present", "csf_pleocytosis": "present"})
    assert "neuroborreliosis" in dict(found.top(3))
    bitten = model.posterior(
        {"facial_palsy": "present", "csf_pleocytosis": "present", "tick_exposure": "present"}
    )
    assert bitten.leading == "neuroborreliosis"


def test_naming_more_of_the_same_does_not_turn_to_the_disease_of_many_signs(model):
    """A disease of few signs is not punished for negatives that are told."""
    calcified = {
        "age": 45,
        "basal_ganglia_calcification": "present",
        "movement_disorder": "present",
    }
    negatives = dict.fromkeys(
        ("fever", "oral_ulcers", "uveitis", "lymphadenopathy", "weight_loss", "meningism"), "absent"
    )
    found = model.posterior(calcified | negatives)
    assert (
        found.leading
        == model.posterior(calcified).leading
        == "primary_familial_brain_calcification"
    )
    many_signs = ("neurosarcoidosis", "neuro_behcet", "neurotuberculosis", "brain_metastases")
    assert max(found[disease] for disease in many_signs) < 0.05
