"""What a test would tell: equal to brute force, never negative, and honest where it is sampled."""

import json
from dataclasses import replace

import numpy as np
import pyagrum
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

import neurogamut as ng
from neurogamut.cli.main import cli
from neurogamut.inference.elimination.engine import Engine
from neurogamut.inference.forest import Forest
from neurogamut.knowledge.build import DIAGNOSIS
from neurogamut.next_test.battery import Battery, Burden, SoFar
from neurogamut.next_test.decision import Stakes
from neurogamut.next_test.gain import edges_cut, entropy, information_gain, pairwise, single_gains
from neurogamut.next_test.outcomes import Outcomes, drawn, listed, survey
from neurogamut.next_test.workup import Workup
from neurogamut.wilson import interval
from support.enumeration import to_agrum

CASE = {
    "age": 27,
    "sex": "female",
    "corpus_callosum_lesions": "present",
    "hearing_loss": "present",
    "diplopia": "absent",
    "pvs_pattern": {"present": 0.2, "absent": 0.8},
}
PUNCTURE = ("csf_pleocytosis", "csf_high_protein", "csf_low_glucose", "csf_oligoclonal_bands")


def random_network(seed: int, findings: int = 5) -> ng.Network:
    """A diagnosis, a context, and findings that depend on both and on at most one another."""
    rng = np.random.default_rng(seed)
    sizes = {"d": 3, "c": 2} | {f"f{i}": int(rng.integers(2, 4)) for i in range(findings)}
    parents = {"d": (), "c": ("d",)}
    for i in range(findings):
        above = (f"f{rng.integers(i)}",) if i and rng.random() < 0.7 else ()
        parents[f"f{i}"] = (*above, "d", "c") if rng.random() < 0.5 else ("d", *above)
    return ng.Network.of(
        [ng.Variable(name, tuple(f"s{i}" for i in range(n))) for name, n in sizes.items()],
        [
            ng.Cpt(name, above, rng.dirichlet(np.ones(sizes[name]), [sizes[p] for p in above]))
            for name, above in parents.items()
        ],
    )


def brute_force(engine: Engine, findings: list[str], evidence: dict) -> float:
    """H(D|e) - E[H(D|e,o)] with one query for every outcome."""
    before = entropy(engine.query("d", evidence).table)
    chances = engine.query(tuple(findings), evidence).table
    states = [engine.network.variables[name].states for name in findings]
    after = 0.0
    for outcome in np.ndindex(*chances.shape):
        seen = {f: states[i][s] for i, (f, s) in enumerate(zip(findings, outcome, strict=True))}
        after += chances[outcome] * entropy(engine.query("d", evidence | seen).table)
    return float(before - after)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_gain_is_that_of_brute_force_and_never_negative(seed, choice):
    network = random_network(seed)
    rng = np.random.default_rng(choice)
    order = rng.permutation(["c", *(f"f{i}" for i in range(5))]).tolist()
    known, asked = order[: rng.integers(3)], order[3:]
    evidence = {name: f"s{rng.integers(2)}" for name in known}
    forest = Forest.of(network, "d", ("c",)).given(network.encode(evidence))
    bits, error = information_gain(listed(forest, asked))
    assert bits == pytest.approx(brute_force(Engine(network), asked, evidence), abs=1e-9)
    assert bits >= 0 and error == 0


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6))
def test_forest_gives_the_posterior_of_the_engine(seed):
    network = random_network(seed)
    unsure = {
        name: dict.fromkeys(network.variables[name].states, 0.2) | {"s0": 0.3, "s1": 0.9}
        for name in ("f0", "c")
    }
    evidence = unsure | {"f4": "s1", "f2": "s0"}
    forest = Forest.of(network, "d", ("c",))
    at_once = forest.given(network.encode(evidence))
    for name, said in reversed(evidence.items()):
        forest = forest.given(network.encode({name: said}))
    expected = Engine(network).query("d", evidence).table
    assert at_once.posterior == pytest.approx(expected, abs=1e-12)
    assert forest.posterior == pytest.approx(expected, abs=1e-12)


def test_two_parents_besides_the_context_are_refused():
    states = [ng.Variable(name, ("a", "b")) for name in "dxyz"]
    half = np.full((2, 2), 0.5)
    cpts = [
        ng.Cpt("d", (), [0.5, 0.5]),
        ng.Cpt("x", ("d",), half),
        ng.Cpt("y", ("d",), half),
        ng.Cpt("z", ("x", "y"), np.full((2, 2, 2), 0.5)),
    ]
    with pytest.raises(ng.NetworkError, match="z: parents x, y besides d"):
        Forest.of(ng.Network.of(states, cpts), "d")


@pytest.fixture(scope="module")
def workup(model) -> Workup:
    """The default model's work-up of CASE."""
    evidence = model.network.encode(CASE | {"age": "from_25_to_29"})
    return Workup.of(model.base, model.network, DIAGNOSIS).given(evidence)


def test_gain_of_a_puncture_is_that_of_joint_queries(model, workup):
    evidence = CASE | {"age": "from_25_to_29"}
    joint = model.engine.query((*PUNCTURE, DIAGNOSIS), evidence).table.reshape(16, -1)
    outcome, disease = joint.sum(axis=1), joint.sum(axis=0)
    expected = entropy(disease) + entropy(outcome) - entropy(joint.reshape(-1))
    bits, _ = information_gain(listed(workup.forest, PUNCTURE))
    assert bits == pytest.approx(float(expected), abs=1e-9)
    alone = single_gains(workup.forest, PUNCTURE)
    assert max(alone.values()) < bits < sum(alone.values()), "findings of one test are dependent"


def test_single_findings_have_the_mutual_information_of_pyagrum(model, workup):
    inference = pyagrum.LazyPropagation(to_agrum(model.network))
    evidence = CASE | {"age": "from_25_to_29"}
    pair = evidence["pvs_pattern"]
    inference.setEvidence(evidence | {"pvs_pattern": [pair["present"], pair["absent"]]})
    unseen = ["ataxia", "lesion_location", "immune_status", "meningism", "brain_biopsy_diagnostic"]
    for finding, bits in single_gains(workup.forest, unseen).items():
        inference.addJointTarget({DIAGNOSIS, finding})
        joint = inference.jointPosterior({DIAGNOSIS, finding}).toarray()
        expected = entropy(joint.sum(0)) + entropy(joint.sum(1)) - entropy(joint.reshape(-1))
        assert bits == pytest.approx(float(expected), abs=1e-9)


def test_sampled_gain_is_within_its_standard_error_of_the_exact_one(workup):
    findings = workup.remaining["ct_head"]
    exact, _ = information_gain(listed(workup.forest, findings))
    rows = workup.forest.sample(4000, np.random.default_rng(3), findings)
    estimate, error = information_gain(drawn(workup.forest, findings, rows))
    assert 0 < error < 0.05
    assert abs(estimate - exact) < 4 * error


def test_what_reveals_nothing_new_gains_nothing(workup):
    outcomes = listed(workup.forest, ())
    assert information_gain(outcomes) == pytest.approx((0, 0), abs=1e-12)
    assert workup.stakes.value_of_information(outcomes) == pytest.approx((0, 0), abs=1e-12)
    assert edges_cut(outcomes) == pytest.approx(0, abs=1e-12)


def test_pairwise_bits_and_edges_by_hand():
    """Two diseases that a finding tells apart for certain, a third that it does not touch."""
    table = np.array([[1.0, 0.0], [0.0, 1.0], [0.5, 0.5]])
    network = ng.Network.of(
        [ng.Variable("d", ("a", "b", "c")), ng.Variable("f", ("yes", "no"))],
        [ng.Cpt("d", (), [0.25, 0.25, 0.5]), ng.Cpt("f", ("d",), table)],
    )
    outcomes = listed(Forest.of(network, "d"), ("f",))
    bits = pairwise(outcomes, [0, 1, 2])
    assert bits[0, 1] == pytest.approx(1)
    # P(yes | a or c) = 2/3, after it a : c = 1 : 1; after no it is c.
    assert bits[0, 2] == pytest.approx(float(entropy(np.array([1 / 3, 2 / 3]))) - 2 / 3)
    # Edges before: 1 - (1/16 + 1/16 + 1/4) = 5/8. Each outcome (1/2) leaves 1/4 * 1/2 of them.
    assert edges_cut(outcomes) == pytest.approx(1 - 2 * 0.5 * (0.25 * 0.5) / (5 / 8))


def test_aquaporin_antibodies_separate_neuromyelitis_from_others(model, workup):
    susac, nmosd, behcet = (list(model.labels).index(d) for d in ("susac", "nmosd", "neuro_behcet"))
    bits = pairwise(listed(workup.forest, ("aqp4_igg_positive",)), [susac, nmosd, behcet])
    assert min(bits[susac, nmosd], bits[nmosd, behcet]) > 10 * bits[susac, behcet]


def by_hand() -> tuple[Stakes, Outcomes]:
    """Treating is right in `a` only; a perfect test of two equally likely diseases."""
    network = ng.Network.of(
        [ng.Variable("d", ("a", "b")), ng.Variable("f", ("yes", "no"))],
        [ng.Cpt("d", (), [0.5, 0.5]), ng.Cpt("f", ("d",), np.eye(2))],
    )
    stakes = Stakes(
        actions=("treat", "wait"),
        utility=np.array([[1.0, 0.2], [0.4, 0.8]]),
        per_cost=0.001,
        per_harm=0.5,
        per_day=0.01,
        exposure=0.1,
        days=3652.5,
        least=0.0,
    )
    return stakes, listed(Forest.of(network, "d"), ("f",))


def test_value_of_information_by_hand():
    stakes, outcomes = by_hand()
    assert stakes.value_of_information(outcomes) == (pytest.approx(0.3), 0)
    assert stakes.value_of_certainty(np.array([0.5, 0.5])) == pytest.approx(0.3)
    assert stakes.loss(Burden(cost=10, harm=0.02, days=3)) == pytest.approx(0.01 + 0.01)


def test_a_late_result_is_worth_less_where_it_changes_the_treatment():
    """Where `b` is found waiting is better by 0.6, less 0.01 a day, and never harms."""
    stakes, outcomes = by_hand()
    assert stakes.value_of_information(outcomes, days=3)[0] == pytest.approx(0.5 * 0.57)
    assert stakes.value_of_information(outcomes, days=100)[0] == 0


def test_value_of_information_is_never_negative(workup):
    surveyed = survey(workup.forest, workup.remaining, np.random.default_rng(0), 200)
    for outcomes in surveyed.values():
        assert workup.stakes.value_of_information(outcomes)[0] >= -1e-15


def test_a_trial_of_steroids_loses_most_in_infection(workup, model):
    def loss(disease):
        return workup.stakes.trial_loss("corticosteroid_trial", one_hot(model, disease))

    assert loss("neurosarcoidosis") == 0
    assert loss("cns_candidiasis") > 0.05 > loss("primary_familial_brain_calcification") > 0
    assert workup.stakes.trial_loss("lumbar_puncture", one_hot(model, "cns_candidiasis")) == 0


def one_hot(model, disease: str) -> np.ndarray:
    return np.array([float(key == disease) for key in model.labels])


def test_prerequisites_count_until_they_are_done(base):
    battery = Battery.of(base)
    assert battery.outstanding("brain_biopsy", SoFar()) == (
        "mri_brain_with_contrast",
        "lumbar_puncture",
    )
    seen = SoFar(seen=frozenset({"miliary_enhancement", "csf_pleocytosis"}))
    done = SoFar(done=frozenset({"mri_brain_with_contrast", "lumbar_puncture"}))
    assert battery.outstanding("brain_biopsy", seen) == ()
    assert battery.outstanding("brain_biopsy", done) == ()
    alone, all_of_it = battery.burden("brain_biopsy", seen), battery.burden("brain_biopsy")
    assert all_of_it.cost == alone.cost + battery.burden("lumbar_puncture").cost
    assert all_of_it.harm > alone.harm and all_of_it.days > alone.days


def test_blood_is_drawn_once(base):
    battery = Battery.of(base)
    drawn = SoFar(done=frozenset({"hiv_test"}))
    record = battery.tests["serum_b12"]
    assert battery.burden("serum_b12").cost == record.cost
    assert battery.burden("serum_b12", drawn).cost == pytest.approx(record.cost - record.sampling)
    assert "serum_calcium_pth" in battery.together("serum_b12", SoFar())
    assert "csf_cytology" in battery.together("lumbar_puncture", SoFar())
    assert battery.together("ct_head", SoFar()) == ()


def test_what_needs_a_refused_test_cannot_be_done(base):
    battery = Battery.of(base)
    refused = SoFar(barred=frozenset({"lumbar_puncture"}))
    left = battery.remaining(refused)
    assert not {"lumbar_puncture", "csf_cytology", "brain_biopsy"} & left.keys()
    again = SoFar(barred=frozenset({"lumbar_puncture"}), done=frozenset({"lumbar_puncture"}))
    assert "csf_cytology" in battery.remaining(again), "it was done once"


def test_every_test_reveals_something_and_requires_known_tests(base):
    battery = Battery.of(base)
    assert all(battery.reveals.values())
    assert all(set(test.requires) <= set(battery.tests) for test in base.tests)


def test_answer_has_the_documented_form(model):
    answer = model.next_tests(CASE)
    document = json.loads(json.dumps(answer.to_dict(), allow_nan=False))
    assert document["entropy_bits"] == pytest.approx(answer.entropy_bits)
    expected = {
        "test",
        "information_gain_bits",
        "exact",
        "standard_error",
        "cost",
        "harm",
        "days",
        "net_utility",
        "separates",
    }
    for test in document["tests"]:
        assert expected <= set(test)
        assert 0 <= test["information_gain_bits"] <= document["entropy_bits"] + 1e-9
        assert test["exact"] == (test["standard_error"] == 0)
    by_name = {test["test"]: test for test in document["tests"]}
    assert not by_name["mri_brain_with_contrast"]["exact"], "its findings are too many to list"
    assert by_name["ct_head"]["exact"]
    assert document["model"]["hash"] == model.info.hash


@pytest.mark.parametrize(
    ("by", "key"),
    [
        ("utility", "net_utility"),
        ("bits", "information_gain_bits"),
        ("bits-per-cost", "bits_per_cost"),
    ],
)
def test_orders(model, by, key):
    tests = model.next_tests(CASE, by=by).to_dict()["tests"]
    values = [np.inf if test[key] is None else test[key] for test in tests]
    assert values == sorted(values, reverse=True)


@pytest.mark.slow
def test_seeded(model):
    one, same, other = (model.next_tests(CASE, seed=seed).to_dict() for seed in (0, 0, 1))
    assert one == same != other


def test_outcomes_of_a_single_finding_are_posteriors(model):
    ranked = model.next_tests(CASE, reporting="systematic")
    test = next(t for t in ranked.tests if t.test == "aqp4_igg")
    assert sum(outcome.probability for outcome in test.outcomes) == pytest.approx(1, abs=1e-9)
    for outcome in test.outcomes:
        posterior = model.posterior(CASE | outcome.findings, reporting="systematic")
        for disease, probability in outcome.posterior.items():
            assert probability == pytest.approx(posterior[disease], abs=1e-9)


def test_assessed_tests_are_not_ranked(model):
    tests = {test.test for test in model.next_tests(CASE | {"hiv_positive": "absent"}).tests}
    assert "hiv_test" not in tests and "mri_brain_with_contrast" in tests


def test_everything_known_is_time_to_stop(model):
    case = {f.key: f.states[-1] for f in model.base.findings if f.key != "age"} | {"age": 40}
    answer = model.next_tests(case)
    assert answer.tests == ()
    assert answer.stop.recommended and answer.stop.exact
    assert answer.stop.same_diagnosis == pytest.approx(1, abs=1e-12)
    assert answer.stop.same_action == pytest.approx(1, abs=1e-12)


def test_same_decision_probability_where_all_outcomes_can_be_listed(model):
    """Two findings are left: four queries say how often the diagnosis stays."""
    left = ("raised_serum_ace", "chest_ct_abnormal")
    case = {f.key: "absent" for f in model.base.findings if f.states == ("present", "absent")}
    case |= CASE | {"sensorineural_hearing_loss": "present", "encephalopathy": "present"}
    case |= {"lesion_location": "both", "immune_status": "competent", "pathogenic_variant": "none"}
    case |= {"brain_mri_abnormal": "present", "white_matter_hyperintensities": "present"}
    biopsies = ("extracranial_biopsy_diagnostic", "brain_biopsy_diagnostic")
    case |= dict.fromkeys(biopsies, "not_diagnostic")
    case = {key: said for key, said in case.items() if key not in left}
    stop = model.next_tests(case, reporting="systematic").stop
    encoded = case | {"age": "from_25_to_29"}
    same = 0.0
    for states in np.ndindex(2, 2):
        seen = {f: ("present", "absent")[s] for f, s in zip(left, states, strict=True)}
        chance = model.engine.log_evidence(encoded | seen) - model.engine.log_evidence(encoded)
        then = model.posterior(case | seen, reporting="systematic")
        same += np.exp(chance) * (then.leading == stop.leading)
    assert stop.exact
    assert stop.same_diagnosis == pytest.approx(same, abs=1e-9)


def test_stops_when_no_test_is_worth_it(model):
    stop = model.next_tests(
        CASE
        | {
            "retinal_artery_occlusion": "present",
            "headache": "present",
            "encephalopathy": "present",
        }
    ).stop
    assert stop.leading == "susac" and stop.best_action == "steroids"
    assert stop.same_action > 0.95
    assert stop.value_of_all_tests <= stop.value_of_certainty + 0.01


@pytest.mark.parametrize("reporting", ["pertinent", "systematic"])
@pytest.mark.slow
def test_what_is_worth_it_is_worth_a_day_at_least(model, reporting):
    """Going on is never advised beside a worth that is shown as nothing, or that may be chance."""
    least = model.base.constant("least_worth_days")
    cases = [CASE, {"age": 38, "hiv_positive": "present"}, CASE | {"headache": "present"}]
    for case in cases:
        answer = model.next_tests(case, reporting=reporting)
        best = max(answer.tests, key=lambda test: test.worth_days)
        worth_it = best.worth_days > max(least, 1.96 * best.worth_days_error)
        assert answer.stop.recommended != worth_it
        days = 365.25 * model.base.constant("utility_years")
        for test in answer.tests:
            assert test.worth_days == pytest.approx(days * test.net_utility)
        if worth_it:
            assert f"{best.test} is worth {best.worth_days:.0f} day" in answer.stop.reason


def test_an_action_says_where_its_utility_comes_from(model):
    answer = model.next_tests(CASE)
    first, second, *_ = answer.stop.actions
    assert first.action == answer.stop.best_action and first.expected >= second.expected
    assert first.expected == pytest.approx(answer.stop.expected_utility)
    assert first.source == "bot_2020" and "Therapy of choice is corticosteroids" in first.note
    assert "Therapy of choice is corticosteroids" in " ".join(str(answer).split())


@pytest.mark.slow
def test_tests_and_figures_stand_side_by_side_in_one_unit(model):
    answer = model.next_tests(CASE, literature=True, reporting="systematic")
    figures = model.sensitivity(CASE, reporting="systematic").evppi(seed=0).figures
    days = 365.25 * model.base.constant("utility_years")
    assert [f.worth_days for f in answer.literature] == pytest.approx(
        [days * figure.value for figure in figures]
    )
    assert figures and "measure a figure better" in str(answer)
    assert model.next_tests(CASE).literature is None
    nothing = replace(answer, literature=())
    assert "none would change what is best" in " ".join(str(nothing).split())


def test_wilson_interval_by_hand():
    low, high = interval(0.5, 100)
    assert (low, high) == (pytest.approx(0.4038, abs=1e-4), pytest.approx(0.5962, abs=1e-4))
    assert interval(1.0, 1000)[1] == 1.0


def test_impossible_and_unknown_are_refused(model):
    with pytest.raises(ng.UsageError, match="by='bit'.*nearest: bits"):
        model.next_tests(CASE, by="bit")
    with pytest.raises(ng.CaseError, match="unknown finding"):
        model.next_tests({"no_such_thing": "present"})


@pytest.mark.slow
def test_command_line_gives_the_same_as_python(model, tmp_path):
    file = tmp_path / "case.json"
    file.write_text(json.dumps(CASE))
    result = CliRunner().invoke(cli, ["next-tests", str(file), "--by", "bits", "--json"])
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout) == json.loads(
        json.dumps(model.next_tests(CASE, by="bits").to_dict())
    )


@pytest.mark.slow
def test_rendered_for_people(model):
    answer = model.next_tests(CASE)
    text, html = str(answer), answer.to_html()
    assert all(len(line) <= 80 for line in text.splitlines())
    for shown in (text, html):
        assert "days in full health" in shown and "estimated" in shown
        assert "would still lead" in shown
    assert answer.plot().to_dict()["hconcat"]
    assert answer.to_frame().index[0] == answer.tests[0].test
