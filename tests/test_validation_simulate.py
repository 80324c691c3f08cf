"""Patients drawn from the network, and whether a case fits any of its diseases."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from neurogamut.diagnosis import fit as open_world
from neurogamut.knowledge.build import DIAGNOSIS
from neurogamut.validation.simulate import draw, misread, simulate

pytestmark = pytest.mark.slow  # thousands of cases, or the model several times over


@pytest.fixture(scope="module")
def simulation(model):
    """Twenty thousand patients."""
    return simulate(model, 20_000, seed=7)


def test_the_model_is_consistent_with_itself(simulation, model):
    assert simulation.worst_z < 5
    assert simulation.z_disease.keys() == model.labels.keys()


def test_accuracy_decays(simulation):
    rightly = [c.score for c in simulation.conditions if not c.misread]
    wrongly = [c.score for c in simulation.conditions if c.misread]
    for better, worse in zip(rightly, rightly[1:], strict=False):
        assert better.top3.value > worse.top3.value
        assert better.log_score > worse.log_score
    for better, worse in zip(rightly, wrongly, strict=True):
        assert better.log_score > worse.log_score
        assert better.ece < 0.02


def test_the_same_seed_gives_the_same_patients(model):
    first, second = (simulate(model, 500, seed=3).to_dict() for _ in range(2))
    assert first == second != simulate(model, 500, seed=4).to_dict()


def test_drawn_patients_have_the_networks_marginals(model):
    patients = draw(model.network, 50_000, np.random.default_rng(1))
    for name in (DIAGNOSIS, "age", "csf_pleocytosis", "lesion_location"):
        expected = model.engine.query(name).table
        found = np.bincount(patients[name], minlength=len(expected)) / 50_000
        assert np.abs(found - expected).max() < 0.012


def test_misreading_follows_the_table(model):
    (accuracy,) = model.base.accuracies
    patients = draw(model.network, 20_000, np.random.default_rng(2))
    read = misread(patients, model, np.random.default_rng(3))
    truly = patients["leptomeningeal_enhancement"] == 0
    seen = read["leptomeningeal_enhancement"] == 0
    assert seen[truly].mean() == pytest.approx(accuracy.sensitivity, abs=0.03)
    assert (~seen)[~truly].mean() == pytest.approx(accuracy.specificity, abs=0.02)
    assert (read["fever"] == patients["fever"]).all()


# -- open world ---------------------------------------------------------------------------------


def test_typicality_by_hand():
    """Two findings, one disease: T = ln 0.9 + ln 0.2."""
    rates = [np.array([[0.9, 0.1]]), np.array([[0.2, 0.8]])]
    mean = sum((p * np.log(p)).sum() for p in rates)
    variance = sum((p * np.log(p) ** 2).sum() - (p * np.log(p)).sum() ** 2 for p in rates)
    z = (np.log(0.9) + np.log(0.2) - mean) / np.sqrt(variance)
    found = open_world.typicality([(open_world.Spread.of(each), 0) for each in rates])
    assert found == pytest.approx([norm.cdf(z)])


def test_where_nothing_is_known_there_is_no_fit(model):
    answer = model.posterior({})
    assert answer.fit is None
    assert answer.fits


def test_the_networks_own_patients_fit(model):
    """At most a few in a hundred are called strangers."""
    patients = draw(model.network, 300, np.random.default_rng(5))
    names = list(model.blueprint.structure.findings)
    alarms = 0
    for row in range(300):
        chosen = np.random.default_rng(row).choice(names, 12, replace=False)
        states = model.blueprint.structure.states
        case = {n: states[n][patients[n][row]] for n in chosen if n != "age"}
        alarms += not model.posterior(case, reporting="systematic").fits
    assert alarms / 300 < 0.05


def test_a_chimera_fits_nothing(model):
    """The marks of four unrelated diseases in one patient."""
    case = {
        "port_wine_stain": "present",
        "erythema_migrans": "present",
        "oral_ulcers": "present",
        "long_bone_sclerosis": "present",
        "hypocalcaemia": "present",
    }
    known = {k: v for k, v in case.items() if k in model.blueprint.structure.states}
    answer = model.posterior(known)
    assert not answer.fits
    assert any("fits no disease" in warning for warning in answer.warnings)


@pytest.mark.parametrize("assume", ["single", "coexisting"])
def test_a_conflict_is_named_where_findings_are_thrice_less_probable_together(model, assume):
    def warned(case):
        answer = model.posterior(case, assume=assume)
        return any("findings conflict" in w for w in answer.warnings), np.exp(answer.conflict)

    textbook = {
        "age": 20,
        "sex": "female",
        "miliary_enhancement": "present",
        "pvs_pattern": "absent",
        "corpus_callosum_lesions": "present",
    }
    named, factor = warned(textbook)
    assert not named and factor < 3
    named, factor = warned({"csf_tb_positive": "present", "aqp4_igg_positive": "present"})
    assert named and factor > 3


def test_an_uncertain_finding_does_not_count_against_the_fit(model):
    sure = {"age": 27, "corpus_callosum_lesions": "present"}
    unsure = sure | {"port_wine_stain": {"present": 0.5, "absent": 0.5}}
    assert model.posterior(unsure).fit == pytest.approx(model.posterior(sure).fit)
