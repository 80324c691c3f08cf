"""Plans stay within their budget and account for every patient; policies do what they say."""

import json

import numpy as np
import pytest
from click.testing import CliRunner

import neurogamut as ng
from neurogamut.cli.main import cli
from neurogamut.knowledge.build import DIAGNOSIS, SPLIT
from neurogamut.next_test import policies
from neurogamut.next_test.paper_tree import paper_tree, sequence
from neurogamut.next_test.plans import SEARCHES
from neurogamut.next_test.simulate import draw, follow
from neurogamut.next_test.workup import Workup
from neurogamut.plots_next import FORK

CASE = {"age": 60, "sex": "male", "miliary_enhancement": "present", "csf_pleocytosis": "present"}


@pytest.fixture(scope="module")
def start(model) -> Workup:
    """A patient of whom nothing is known."""
    return Workup.of(model.base, model.network, DIAGNOSIS, SPLIT)


@pytest.fixture(scope="module")
def workup(model, start) -> Workup:
    """The work-up of CASE."""
    return start.given(model.network.encode(CASE | {"age": "from_60_to_64"}))


def steps(step):
    yield step
    for branch in step.branches:
        yield from steps(branch)


@pytest.mark.parametrize("by", SEARCHES)
def test_a_plan_keeps_its_budget_and_loses_no_patient(model, by):
    plan = model.plan(CASE, budget={"cost": 60, "days": 15}, by=by)
    for step in steps(plan.root):
        assert step.spent["cost"] <= 60 and step.spent["days"] <= 15
        assert bool(step.branches) == bool(step.test) != bool(step.ends)
        if step.branches:
            below = sum(branch.probability for branch in step.branches)
            assert below == pytest.approx(step.probability, abs=1e-9)
    leaves = plan.root.leaves()
    assert sum(leaf.probability for leaf in leaves) == pytest.approx(1, abs=1e-9)
    cost = sum(leaf.probability * leaf.spent["cost"] for leaf in leaves)
    assert plan.expected["cost"] == pytest.approx(cost)
    assert plan.expected["correct"] >= model.posterior(CASE).top(1)[0][1] - 0.05


def test_a_branch_ends_for_a_reason(model):
    ends = {leaf.ends for leaf in model.plan(CASE, budget=20).root.leaves()}
    assert ends <= {"certain enough", "rare", "no test worth it", "budget spent", "every test done"}
    assert model.plan(CASE, budget=0.4, by="paper").root.test == "history", "history is free"
    spent = model.plan(CASE | history(model), budget=0.4, by="ec2").root
    assert (spent.test, spent.ends) == (None, "budget spent")


def history(model) -> dict:
    """All of the history as unremarkable."""
    return {f.key: f.states[-1] for f in model.base.findings
            if f.revealed_by == "history" and f.key not in CASE}  # fmt: skip


def test_no_budget_for_harm_is_a_plan_without_risk(model):
    plan = model.plan(CASE, budget={"harm": 0.0})
    assert all(step.spent["harm"] == 0 for step in steps(plan.root))


def test_first_test_of_a_greedy_plan_is_the_best_ranked(model):
    ranked = model.next_tests(CASE).tests
    assert model.plan(CASE).root.test in {test.test for test in ranked[:2]}


def test_seeded(model):
    one, same = (model.plan(CASE, budget=30, seed=5).to_dict() for _ in range(2))
    assert one == same
    json.dumps(one, allow_nan=False)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"by": "gready"}, "by='gready'.*nearest: greedy"),
        ({"budget": {"costs": 3}}, "budget 'costs'.*nearest: cost"),
        ({"budget": -1}, "budget cost=-1: expected a number, 0 or above"),
        ({"budget": float("nan")}, "expected a number"),
    ],
)
def test_what_cannot_be_planned_is_refused(model, arguments, message):
    with pytest.raises(ng.UsageError, match=message):
        model.plan(CASE, **arguments)


def test_two_steps_are_worth_at_least_one(workup):
    tests = policies.affordable(workup, {"cost": 20})
    rng = np.random.default_rng
    one, two = policies.utility(workup, tests, rng(0)), policies.two_step(workup, tests, rng(0))
    assert all(two[test] >= one[test] - 1e-12 for test in tests)
    assert any(two[test] > one[test] for test in tests)


def test_prerequisites_come_first(start):
    assert policies.first_step(start, "brain_biopsy") == "mri_brain_with_contrast"
    known = {"cost": 30}
    assert "brain_biopsy" not in policies.affordable(start, known)


def test_free_information_precedes_all(workup):
    tests = policies.affordable(workup, {})
    scores = policies.bits_per_cost(workup, tests, np.random.default_rng(0))
    assert max(scores, key=scores.__getitem__) == "history"


def test_cheapest_is_cheapest(workup):
    rng = np.random.default_rng(0)
    assert policies.choose(policies.cheapest, workup, {}, rng) == "history"
    assert policies.choose(policies.cheapest, workup, {"cost": -1}, rng) is None


def test_published_tree_asks_by_age_pattern_and_response(model, start):
    def order(**case):
        return sequence(start.given(model.network.encode(case)))

    child, older = order(age="from_5_to_9"), order(age="from_70_to_74")
    assert "serum_b12" in child and "chest_ct" in older[:5]
    seen, not_seen = order(pvs_pattern="present"), order(pvs_pattern="absent")
    assert not_seen.index("audiometry") < not_seen.index("corticosteroid_trial")
    assert seen.index("mri_spine") < seen.index("corticosteroid_trial")
    responds, fails = (order(corticosteroid_response=s) for s in ("present", "absent"))
    assert "long_bone_xray" in fails and "long_bone_xray" not in responds
    assert child[-1] == older[-1] == "brain_biopsy"
    tests = set(start.battery.tests)
    assert all(set(found) <= tests for found in (child, older, seen, not_seen, responds, fails))
    assert paper_tree(start, list(tests), None).keys() <= tests


def test_simulated_patients_are_followed_to_certainty_or_the_end(model, start):
    patients = draw(start, model.base, 30, seed=2, misread=False)
    assert len(patients) == 30
    for i, presenting in enumerate(patients.presenting):
        assert model.base.finding(presenting).group == "clinical"
        assert patients.read[presenting][i] == 0, "the presenting finding is present"
    for course in follow(patients, start, policies.bits_per_cost, {"cost": 100}, 0.9, seed=0):
        assert course.burden.cost <= 100
        assert len(set(course.tests)) == len(course.tests)
        assert course.certainty >= 0.9 or course.burden.cost > 50


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


def test_information_gets_there_for_less_than_chance(model, start):
    patients = draw(start, model.base, 60, seed=4, misread=False)

    def spent(policy):
        courses = follow(patients, start, policy, {"cost": 600}, 0.9, seed=0)
        return np.mean([course.burden.cost for course in courses])

    assert spent(policies.bits_per_cost) < 0.5 * spent(policies.at_random)


def test_command_line_gives_the_same_as_python(model, tmp_path):
    file = tmp_path / "case.json"
    file.write_text(json.dumps(CASE))
    arguments = ["plan", str(file), "--by", "ec2", "--cost", "25", "--json"]
    result = CliRunner().invoke(cli, arguments)
    assert result.exit_code == 0, result.output
    expected = model.plan(CASE, budget={"cost": 25}, by="ec2").to_dict()
    assert json.loads(result.stdout) == json.loads(json.dumps(expected))


def test_rendered_for_people(model):
    plan = model.plan(CASE, budget=30)
    text, html = str(plan), plan.to_html()
    assert all(len(line) <= 80 for line in text.splitlines())
    for shown in (text, html):
        assert f"TEST {plan.root.test}" in shown and "On average: cost" in shown
    assert "├──" in text and html.count("<li>") == len(list(steps(plan.root)))


def test_no_line_of_the_picture_crosses_words(model):
    """To the right of a node there are its words; slanted lines begin after them."""
    lines, *_ = model.plan(CASE, budget=30).plot().to_dict()["layer"]
    for line in lines["data"]["values"]:
        assert line["y"] == line["y2"] or line["x"] % 1 == pytest.approx(FORK)
