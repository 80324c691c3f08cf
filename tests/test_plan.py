"""Plans stay within their budget and account for every patient; policies do what they say."""

import json
from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner

import neurogamut as ng
from neurogamut.cli.main import cli
from neurogamut.knowledge.build import DIAGNOSIS
from neurogamut.next_test import policies
from neurogamut.next_test.paper_tree import paper_tree, sequence
from neurogamut.next_test.plans import SEARCHES, search
from neurogamut.next_test.result_classes import results
from neurogamut.next_test.tree import FORK
from neurogamut.next_test.workup import Workup
from neurogamut.wilson import Z95

pytestmark = pytest.mark.slow

CASE = {"age": 60, "sex": "male", "miliary_enhancement": "present", "csf_pleocytosis": "present"}


@pytest.fixture(scope="module")
def start(model) -> Workup:
    """A patient of whom nothing is known."""
    return Workup.of(model.base, model.network, DIAGNOSIS)


@pytest.fixture(scope="module")
def workup(model, start) -> Workup:
    """The work-up of CASE."""
    return start.given(model.network.encode(CASE | {"age": "from_60_to_64"}))


def steps(step):
    yield step
    for branch in step.branches:
        yield from steps(branch)


def ways(step, shown=None):
    """Every node with all that was shown on the way to it."""
    shown = {**(shown or {}), **step.shows}
    yield step, shown
    for branch in step.branches:
        yield from ways(branch, shown)


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
    assert plan.expected["correct"] >= model.posterior(CASE).top(1)[0][1] - 1e-9


@pytest.mark.parametrize("reporting", ["systematic", "pertinent"])
@pytest.mark.parametrize("by", ["greedy", "two-step"])
def test_every_branch_is_what_the_case_would_be_with_these_results(model, by, reporting):
    """The posterior of each node is that of a case with these results; so the mean over the
    branches is what was known before."""
    plan = model.plan(CASE, budget=40, by=by, reporting=reporting)
    before = model.posterior(CASE, reporting=reporting)
    after = dict.fromkeys(before.probabilities, 0.0)
    for node, shown in ways(plan.root):
        posterior = model.posterior(CASE | shown | {"results": list(shown)}, reporting=reporting)
        assert node.posterior == pytest.approx(posterior[node.leading], abs=1e-9)
        assert node.leading == posterior.leading
        chance = np.exp(posterior.log_evidence - before.log_evidence)
        assert node.probability == pytest.approx(chance, abs=1e-9)
        if not node.branches:
            for disease in after:
                after[disease] += node.probability * posterior[disease]
    assert after == pytest.approx(before.probabilities, abs=1e-9)


def test_branches_are_results_of_the_test_that_a_report_tells_apart(model):
    reveals = {f.key: f.revealed_by for f in model.base.findings}
    for step in steps(model.plan(CASE).root):
        if step.test:
            assert 2 <= len(step.branches) <= 4
            for branch in step.branches:
                assert branch.shows, "a branch says how to recognise it"
                assert {reveals[finding] for finding in branch.shows} == {step.test}


def test_no_test_is_done_twice(model):
    def check(step, done):
        assert step.test not in done
        for branch in step.branches:
            check(branch, {*done, step.test})

    for by in SEARCHES:
        check(model.plan(CASE, by=by).root, set())


def test_a_plan_does_not_hang_on_its_seed(model):
    """The first test is the same, or named as one that is as good; what was drawn agrees."""
    plans = [model.plan(CASE, budget=20, seed=seed) for seed in range(6)]
    good = [{plan.root.test, *plan.root.as_good} for plan in plans]
    assert all(plan.root.test in others for plan in plans for others in good)
    for name in ("correct_by_reports", "correct_at_most"):
        values = [plan.expected[name] for plan in plans]
        error = plans[0].expected[f"{name}_error"]
        assert 0 < error < 0.005
        assert max(values) - min(values) < 0.02


@pytest.mark.parametrize("reporting", ["pertinent", "systematic"])
def test_no_plan_exceeds_the_bound(model, reporting):
    for by in SEARCHES:
        mean = model.plan(CASE, by=by, reporting=reporting).expected
        assert mean["correct"] <= mean["correct_by_reports"] + 4 * mean["correct_by_reports_error"]
        assert mean["correct_by_reports"] <= mean["correct_at_most"] + 0.01
        error = mean["worth_days_by_reports_error"]
        assert mean["worth_days"] <= mean["worth_days_by_reports"] + 4 * error + 1e-9
        assert mean["worth_days_by_reports"] <= mean["worth_days_at_most"] + 4 * error + 1e-9


def test_whole_reports_are_worth_as_much_as_can_be_listed(model):
    """A plan of one test of one finding: its report says what the branch says."""
    case = {"age": 45, "basal_ganglia_calcification": "present", "movement_disorder": "present"}
    plan = model.plan(case)
    assert plan.root.test == "serum_calcium_pth" and len(plan.root.leaves()) == 2
    mean = plan.expected
    error = mean["correct_by_reports_error"]
    assert mean["correct_by_reports"] == pytest.approx(mean["correct"], abs=4 * error + 1e-3)


def test_a_tie_is_said(model, workup):
    """Tests that are no further from the best than a day, or than chance, are named beside it."""
    tests = policies.affordable(workup, {"cost": 20})
    scores = sorted(policies.utility(workup, tests).items(), key=lambda item: -item[1])
    (best, first), (next_best, second), *_ = scores
    chance = Z95 * policies.error_of(workup, tests)
    assert 0 < chance < first - second

    def root(least):
        coarse = replace(workup, stakes=replace(workup.stakes, least=least))
        return search(coarse, model.network, tuple(model.labels), "greedy", {"cost": 20})

    apart, tied = root(0.99 * (first - second)), root(1.01 * (first - second))
    assert (apart.test, apart.as_good) == (best, ())
    assert tied.test == best and next_best in tied.as_good


def test_a_branch_ends_for_a_reason(model):
    ends = {leaf.ends for leaf in model.plan(CASE, budget=20).root.leaves()}
    assert ends <= {"certain enough", "rare", "no test worth it", "budget spent", "no test left"}
    assert model.plan(CASE, budget=0.4, by="paper").root.test == "history", "history is free"
    spent = model.plan(CASE | history(model), budget=0.4, by="ec2").root
    assert (spent.test, spent.ends) == (None, "budget spent")


def history(model) -> dict:
    """All of the history as unremarkable."""
    return {
        f.key: f.states[-1]
        for f in model.base.findings
        if f.revealed_by == "history" and f.key not in CASE
    }


def test_no_budget_for_harm_is_a_plan_without_risk(model):
    plan = model.plan(CASE, budget={"harm": 0.0})
    assert all(step.spent["harm"] == 0 for step in steps(plan.root))


def test_first_test_of_a_greedy_plan_is_the_best_ranked(model):
    ranked = model.next_tests(CASE).tests
    assert model.plan(CASE).root.test == ranked[0].test


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


def test_two_steps_are_worth_at_least_the_first(workup):
    """Acting after the class of a result, or after what is best to do then, against acting then."""
    tests = policies.affordable(workup, {"cost": 20})
    two = policies.two_step(workup, tests)
    assert len(two) == policies.FOLLOWED
    for test, worth in two.items():
        after = results(workup, test)
        acting = sum(r.probability * workup.gain(test, r.workup) for r in after)
        assert worth >= acting - workup.loss(test) - 1e-12


def test_listed_findings_are_worth_no_more_than_all(workup):
    """A scan by its findings that tell most, against the estimate by all of them."""
    scan = "mri_brain_with_contrast"
    part = policies.outcomes_of(workup, [scan], most=2**10)[scan]
    assert part.exact and len(part.findings) < len(workup.remaining[scan])
    value, error = workup.stakes.value_of_information(workup.surveyed[scan])
    assert 0 < workup.stakes.value_of_information(part)[0] <= value + 3 * error


def test_results_of_a_test_are_all_that_can_happen(workup):
    for test in ("mri_brain_with_contrast", "brain_biopsy", "history", "csf_fungal_studies"):
        found = results(workup, test)
        assert sum(result.probability for result in found) == pytest.approx(1, abs=1e-9)
        mean = sum(result.probability * result.workup.forest.posterior for result in found)
        assert mean == pytest.approx(workup.forest.posterior, abs=1e-9)
        assert all(test not in result.workup.remaining for result in found)


def test_prerequisites_come_first(start):
    assert policies.first_step(start, "brain_biopsy") == "mri_brain_with_contrast"
    known = {"cost": 30}
    assert "brain_biopsy" not in policies.affordable(start, known)


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
    assert paper_tree(start, list(tests)).keys() <= tests


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
        assert f"TEST {plan.labels[plan.root.test]}" in shown and "On average" in shown
    assert "├──" in text and html.count("<li>") == len(list(steps(plan.root)))


def test_no_line_of_the_picture_crosses_words(model):
    """To the right of a node there are its words; slanted lines begin after them."""
    lines, *_ = model.plan(CASE, budget=30).plot().to_dict()["layer"]
    for line in lines["data"]["values"]:
        assert line["y"] == line["y2"] or line["x"] % 1 == pytest.approx(FORK)
