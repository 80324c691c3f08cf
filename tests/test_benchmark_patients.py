"""The patients and policies of the benchmark do what they say."""

from dataclasses import replace

import numpy as np
import pytest
from benchmarks import patients as simulated
from benchmarks.patients import draw, follow

from neurogamut.knowledge.build import DIAGNOSIS
from neurogamut.next_test import policies
from neurogamut.next_test.workup import Workup


@pytest.fixture(scope="module")
def start(model) -> Workup:
    """A patient of whom nothing is known."""
    return Workup.of(model.base, model.network, DIAGNOSIS)


def test_free_information_precedes_all(start):
    tests = policies.affordable(start, {})
    scores = simulated.bits_per_cost(start, tests)
    assert max(scores, key=scores.__getitem__) == "history"


def test_cheapest_is_cheapest(start):
    assert simulated.choose(simulated.cheapest, start, {}) == "history"
    assert simulated.choose(simulated.cheapest, start, {"cost": -1}) is None


@pytest.mark.slow
def test_simulated_patients_are_followed_to_certainty_or_the_end(model, start):
    patients = draw(start, model.base, 30, seed=2, misread=False)
    assert len(patients) == 30
    for i, presenting in enumerate(patients.presenting):
        assert model.base.finding(presenting).group == "clinical"
        assert patients.read[presenting][i] == 0, "the presenting finding is present"
    for course in follow(patients, start, simulated.bits_per_cost, {"cost": 100}, 0.9):
        assert course.burden.cost <= 100
        assert len(set(course.tests)) == len(course.tests)
        assert course.certainty >= 0.9 or course.burden.cost > 50


def test_what_is_told_is_told_as_it_is_expected(model):
    """Under pertinent reporting patients come with what they would tell, and it is read so."""
    view = model.pertinent
    start = Workup.of(model.base, view.network, DIAGNOSIS)
    patients = draw(start, model.base, 2000, 3, misread=False, telling=view.telling)
    even = draw(start, model.base, 2000, 3, misread=False)
    diagnosis = patients.truth[DIAGNOSIS]

    def expected(group):
        rates = [view.rates(f)[d, 0] for f, d in zip(group.presenting, diagnosis, strict=True)]
        return np.mean(rates)

    assert expected(patients) > expected(even)
    (course,) = follow(one_of(patients), start, lambda *_: {}, {}, 0.9, view.telling)
    case = {
        finding: model.network.variables[finding].states[patients.read[finding][0]]
        for finding in ("age", "sex", patients.presenting[0])
    }
    assert course.tests == ()
    assert course.certainty == pytest.approx(max(model.posterior(case).probabilities.values()))


def one_of(patients):
    """The first of them."""
    return replace(patients, presenting=patients.presenting[:1])


def test_misreading_touches_only_tests_with_an_accuracy(model, start):
    patients = draw(start, model.base, 4000, seed=1, misread=True)
    accuracy = next(row for row in model.base.accuracies)
    imperfect = {name for row in model.base.accuracies for name in start.battery.reveals[row.test]}
    for finding in model.base.findings:
        same = patients.truth[finding.key] == patients.read[finding.key]
        assert same.all() == (finding.key not in imperfect) or finding.key == "lesion_location"
    # A finding that is no whole of a part: its rates are those of the table.
    truth, read = (rows["cortical_tubers"] for rows in (patients.truth, patients.read))
    assert (read[truth == 1] == 1).mean() == pytest.approx(accuracy.specificity, abs=0.02)
    part, whole = patients.read["ring_enhancement"], patients.read["mass_or_ring_enhancing_lesion"]
    assert not ((part == 0) & (whole == 1)).any(), "who reports a part reports the whole"


def test_who_is_worked_up_is_mostly_diagnosed_rightly(model, start):
    patients = draw(start, model.base, 40, seed=4, misread=False)
    courses = list(follow(patients, start, simulated.cheapest, {"cost": 600}, 0.9))
    assert np.mean([course.correct for course in courses]) > 0.75
    assert np.mean([course.certainty > 0.9 for course in courses]) > 0.75


@pytest.mark.slow
def test_information_gets_there_for_less_than_chance(model, start):
    # A few biopsies decide it: with 60 patients, half the cost was within the noise.
    patients = draw(start, model.base, 150, seed=4, misread=False)

    def spent(policy):
        courses = follow(patients, start, policy, {"cost": 600}, 0.9)
        return np.mean([course.burden.cost for course in courses])

    assert spent(simulated.bits_per_cost) < 0.5 * spent(simulated.at_random(0))
