"""Exact inference with coexisting diseases against brute force, other programs and by hand."""

from __future__ import annotations

from decimal import Decimal, getcontext

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurogamut.errors import CaseError, ImpossibleEvidenceError, QueryTooLargeError
from neurogamut.inference.noisy_or.noisy_or import NoisyOr
from neurogamut.inference.noisy_or.subset_engine import CoexistingEngine
from support.coexisting_reference import Enumeration, random_evidence, random_network

seeds = st.integers(0, 2**32 - 1)


def two_diseases() -> CoexistingEngine:
    return CoexistingEngine(
        NoisyOr.binary(
            ["crypto", "pml"],
            ["headache", "ataxia"],
            prior=[0.1, 0.2],
            link=[[0.5, 0.0], [0.4, 0.8]],
            leak=[0.1, 0.0],
        )
    )


def test_by_hand():
    # ataxia can only come from PML; headache then from the leak, PML or cryptococcosis
    posterior = two_diseases().posterior({"ataxia": "present", "headache": "present"})
    without, both = 1 - 0.9 * 0.6, 1 - 0.9 * 0.6 * 0.5
    crypto = 0.1 * both / (0.1 * both + 0.9 * without)
    np.testing.assert_allclose(posterior.marginals, [crypto, 1.0], rtol=1e-14)
    expected = 0.2 * 0.8 * (0.1 * both + 0.9 * without)
    assert posterior.log_evidence == pytest.approx(np.log(expected), abs=1e-14)


def test_no_evidence_returns_the_priors():
    posterior = two_diseases().posterior({})
    np.testing.assert_allclose(posterior.marginals, [0.1, 0.2], rtol=1e-15)
    assert posterior.log_evidence == pytest.approx(0, abs=1e-15)


@pytest.mark.parametrize("seed", range(60))
def test_all_answers_equal_enumeration(seed):
    rng = np.random.default_rng(seed)
    diseases = int(rng.integers(1, 11))
    network = random_network(rng, diseases, int(rng.integers(1, 12)))
    evidence = random_evidence(rng, network)
    engine, expected = CoexistingEngine(network), Enumeration(network, evidence)
    posterior = engine.posterior(evidence)
    np.testing.assert_allclose(posterior.marginals, expected.marginals(), rtol=1e-11, atol=1e-15)
    assert posterior.log_evidence == pytest.approx(np.log(expected.evidence), abs=1e-12)
    assert engine.log_evidence(evidence) == pytest.approx(posterior.log_evidence, abs=1e-12)
    pairs = engine.pairs(evidence, network.diseases)
    np.testing.assert_allclose(pairs, expected.pairs(), rtol=1e-11, atol=1e-15)
    for most in (1, 3, diseases):
        number = engine.number_present(evidence, most)
        np.testing.assert_allclose(number, expected.number_present(most), rtol=1e-11, atol=1e-15)
    summary = engine.summary(evidence, most=3, leading=4, sets=12)
    np.testing.assert_allclose(summary.marginals, expected.marginals(), rtol=1e-11, atol=1e-15)
    assert summary.log_evidence == pytest.approx(posterior.log_evidence, abs=1e-12)
    np.testing.assert_allclose(
        summary.number_present, expected.number_present(3), rtol=1e-11, atol=1e-15
    )
    some = [network.diseases.index(name) for name in summary.leading]
    assert list(summary.marginals[some]) == sorted(summary.marginals, reverse=True)[:4]
    np.testing.assert_allclose(
        summary.pairs, expected.pairs()[np.ix_(some, some)], rtol=1e-11, atol=1e-15
    )
    any_of = np.log(expected.evidence * expected.number_present(1)[1])
    assert engine.log_any(evidence) == pytest.approx(any_of, abs=1e-10)
    best = engine.most_probable_sets(evidence, 12)
    assert [s.diseases for s in summary.sets] == [s.diseases for s in best]
    np.testing.assert_allclose(
        [s.probability for s in summary.sets], [s.probability for s in best], rtol=1e-12
    )
    assert [s.diseases for s in best] == [names for names, _ in expected.best(12)]
    np.testing.assert_allclose([s.probability for s in best], [p for _, p in expected.best(12)])


def test_fourteen_diseases_with_many_positive_findings_equal_enumeration():
    rng = np.random.default_rng(14)
    network = random_network(rng, 14, 16)
    evidence = {finding.name: finding.states[-1] for finding in network.findings[:12]}
    evidence |= {finding.name: finding.states[0] for finding in network.findings[12:]}
    expected = Enumeration(network, evidence)
    posterior = CoexistingEngine(network).posterior(evidence)
    np.testing.assert_allclose(posterior.marginals, expected.marginals(), rtol=1e-12)


def test_all_sets_sum_to_one():
    rng = np.random.default_rng(3)
    network = random_network(rng, 6, 6)
    sets = CoexistingEngine(network).most_probable_sets(random_evidence(rng, network), 10_000)
    assert len(sets) == 2**6
    assert sum(s.probability for s in sets) == pytest.approx(1, abs=1e-12)
    assert sets == sorted(sets, key=lambda s: -s.probability)


def divorced(network: NoisyOr):
    """The same network for pgmpy: each finding a chain of ORs with one disease each."""
    from pgmpy.factors.discrete import TabularCPD
    from pgmpy.models import DiscreteBayesianNetwork

    model = DiscreteBayesianNetwork()
    for disease, prior in zip(network.diseases, network.prior, strict=True):
        model.add_node(disease)
        model.add_cpds(TabularCPD(disease, 2, [[1 - prior], [prior]]))
    for column, finding in enumerate(network.findings):
        leak = network.leak[column]
        before = f"{finding.name}_leak"
        model.add_node(before)
        model.add_cpds(TabularCPD(before, 2, [[1 - leak], [leak]]))
        for row, disease in enumerate(network.diseases):
            last = row == len(network.diseases) - 1
            node = finding.name if last else f"{finding.name}_{disease}"
            model.add_edges_from([(before, node), (disease, node)])
            link = network.link[row, column]
            table = [[1, 1 - link, 0, 0], [0, link, 1, 1]]
            model.add_cpds(TabularCPD(node, 2, table, [before, disease], [2, 2]))
            before = node
    return model


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_equals_pgmpy_with_divorced_or_nodes(seed):
    from pgmpy.inference import VariableElimination

    rng = np.random.default_rng(seed)
    names = [f"d{i}" for i in range(6)], [f"f{i}" for i in range(6)]
    link, leak = rng.random((6, 6)), rng.uniform(0.01, 0.2, 6)
    network = NoisyOr.binary(*names, rng.uniform(0.01, 0.2, 6), link, leak)
    observed = {f"f{i}": int(rng.random() < 0.6) for i in range(6)}
    reference = VariableElimination(divorced(network))
    evidence = {name: ("absent", "present")[state] for name, state in observed.items()}
    marginals = CoexistingEngine(network).posterior(evidence).marginals
    for disease, marginal in zip(names[0], marginals, strict=True):
        expected = reference.query([disease], evidence=observed, show_progress=False).values[1]
        assert marginal == pytest.approx(expected, abs=1e-12)


def test_equals_pyagrum_noisy_or():
    gum = pytest.importorskip("pyagrum", reason="pyAgrum comes with the test extra")
    rng = np.random.default_rng(5)
    link, leak, prior = rng.random((8, 5)), rng.uniform(0.01, 0.2, 5), rng.uniform(0.01, 0.2, 8)
    network = NoisyOr.binary(
        [f"d{i}" for i in range(8)], [f"f{i}" for i in range(5)], prior, link, leak
    )
    model = gum.BayesNet()
    for disease, p in zip(network.diseases, prior, strict=True):
        model.add(gum.LabelizedVariable(disease, disease, 2))
        model.cpt(disease).fillWith([1 - p, p])
    for column, finding in enumerate(network.findings):
        variable = gum.LabelizedVariable(finding.name, finding.name, 2)
        model.addNoisyORNet(variable, float(leak[column]))
        for row, disease in enumerate(network.diseases):
            model.addWeightedArc(disease, finding.name, float(link[row, column]))
    reference = gum.LazyPropagation(model)
    reference.setEvidence({"f0": 1, "f1": 1, "f2": 1, "f3": 0})
    evidence = {"f0": "present", "f1": "present", "f2": "present", "f3": "absent"}
    marginals = CoexistingEngine(network).posterior(evidence).marginals
    expected = [reference.posterior(disease).tolist()[1] for disease in network.diseases]
    np.testing.assert_allclose(marginals, expected, rtol=1e-9)


# -- properties -----------------------------------------------------------------------------


@given(seeds)
@pytest.mark.slow
def test_order_of_evidence_is_irrelevant(seed):
    rng = np.random.default_rng(seed)
    network = random_network(rng, 6, 7)
    evidence = random_evidence(rng, network)
    engine = CoexistingEngine(network)
    shuffled = dict(reversed(evidence.items()))
    first, second = engine.posterior(evidence), engine.posterior(shuffled)
    np.testing.assert_allclose(first.marginals, second.marginals, rtol=1e-12)


@given(seeds)
@pytest.mark.slow
def test_evidence_sums_over_the_states_of_a_finding(seed):
    rng = np.random.default_rng(seed)
    network = random_network(rng, 6, 7)
    evidence = random_evidence(rng, network)
    asked = network.findings[0]
    evidence.pop(asked.name, None)
    engine = CoexistingEngine(network)
    parts = [engine.log_evidence(evidence | {asked.name: state}) for state in asked.states]
    assert np.exp(parts).sum() == pytest.approx(np.exp(engine.log_evidence(evidence)), rel=1e-12)


@given(seeds)
@pytest.mark.slow
def test_uninformative_and_certain_likelihoods(seed):
    rng = np.random.default_rng(seed)
    network = random_network(rng, 5, 6)
    evidence = random_evidence(rng, network)
    name, states = network.findings[0].name, network.findings[0].states
    engine = CoexistingEngine(network)
    evidence.pop(name, None)
    plain = engine.posterior(evidence)
    vacuous = engine.posterior(evidence | {name: dict.fromkeys(states, 0.3)})
    np.testing.assert_allclose(vacuous.marginals, plain.marginals, rtol=1e-12)
    assert vacuous.log_evidence == pytest.approx(plain.log_evidence, abs=1e-12)
    for state in states:
        certain = engine.posterior(evidence | {name: dict.fromkeys(states, 0) | {state: 0.5}})
        hard = engine.posterior(evidence | {name: state})
        np.testing.assert_allclose(certain.marginals, hard.marginals, rtol=1e-12)


@given(seeds)
@pytest.mark.slow
def test_several_readers_multiply(seed):
    rng = np.random.default_rng(seed)
    network = NoisyOr.binary("ab", ["f"], rng.random(2), rng.random((2, 1)), rng.random(1))
    engine = CoexistingEngine(network)
    twice = engine.posterior(
        {"f": [{"present": 0.8, "absent": 0.2}, {"present": 0.5, "absent": 1}]}
    )
    once = engine.posterior({"f": {"present": 0.4, "absent": 0.2}})
    np.testing.assert_allclose(twice.marginals, once.marginals, rtol=1e-12)


@given(seeds)
@pytest.mark.slow
def test_with_one_effect_per_state_an_unlinked_disease_keeps_its_prior(seed):
    rng = np.random.default_rng(seed)
    network = random_network(rng, 5, 6)
    link = network.link.copy()
    link[2] = 0
    network = NoisyOr(network.diseases, network.findings, network.prior, link, network.leak)
    marginals = CoexistingEngine(network).posterior(random_evidence(rng, network)).marginals
    assert marginals[2] == pytest.approx(network.prior[2], rel=1e-12)


# -- digits ---------------------------------------------------------------------------------


def hard_case() -> tuple[NoisyOr, dict]:
    """Sixteen positive findings, none of them likely."""
    rng = np.random.default_rng(16)
    link = rng.uniform(0.001, 0.05, (12, 16))
    names = [f"d{i}" for i in range(12)], [f"f{i}" for i in range(16)]
    network = NoisyOr.binary(
        *names, rng.uniform(0.001, 0.05, 12), link, rng.uniform(0.001, 0.01, 16)
    )
    return network, dict.fromkeys(names[1], "present")


def quickscore(network: NoisyOr, one: float | Decimal) -> list:
    """P(all findings present), then jointly with each disease, by inclusion and exclusion over the
    subsets of positive findings (Heckerman 1989), in the arithmetic of `one`."""
    number = type(one)
    prior = [number(float(p)) for p in network.prior]
    link = [[number(float(q)) for q in row] for row in network.link]
    leak = [number(float(q)) for q in network.leak]
    sums = [0 * one] * (len(prior) + 1)

    def walk(effect: int, term, absent: list) -> None:
        if effect < len(leak):
            walk(effect + 1, term, absent)
            fewer = [a * (one - row[effect]) for a, row in zip(absent, link, strict=True)]
            walk(effect + 1, -term * (one - leak[effect]), fewer)
            return
        factors = [one - p + p * a for p, a in zip(prior, absent, strict=True)]
        for factor in factors:
            term *= factor
        sums[0] += term
        for disease, (p, a, factor) in enumerate(zip(prior, absent, factors, strict=True), 1):
            sums[disease] += term * p * a / factor

    walk(0, one, [one] * len(prior))
    return sums


@pytest.mark.slow
def test_no_digit_is_lost_at_sixteen_positive_findings():
    network, evidence = hard_case()
    getcontext().prec = 60
    total, *joint = quickscore(network, Decimal(1))
    exact = np.array([float(part / total) for part in joint])
    posterior = CoexistingEngine(network).posterior(evidence)
    np.testing.assert_allclose(posterior.marginals, exact, rtol=1e-10)
    assert posterior.log_evidence == pytest.approx(float(total.ln()), abs=1e-10)
    total, *joint = quickscore(network, 1.0)
    assert np.abs(np.array(joint) / total / exact - 1).max() > 1e-3


def test_thousands_of_negative_findings_do_not_underflow():
    findings = [f"f{i}" for i in range(5000)]
    network = NoisyOr.binary(
        "ab", findings, [0.1, 0.1], np.full((2, 5000), 0.5), np.full(5000, 0.3)
    )
    engine = CoexistingEngine(network)
    posterior = engine.posterior(dict.fromkeys(findings[1:], "absent") | {"f0": "present"})
    assert posterior.log_evidence == pytest.approx(
        4999 * np.log(0.7) + np.log(0.81 * 0.3), abs=1e-9
    )
    assert posterior.marginals.max() < 1e-300


# -- refusals -------------------------------------------------------------------------------


def test_unknown_names_are_refused_with_the_nearest():
    engine = two_diseases()
    with pytest.raises(CaseError, match="headake.*nearest: headache"):
        engine.posterior({"headake": "present"})
    with pytest.raises(CaseError, match="headache='presnt'.*nearest: present"):
        engine.posterior({"headache": "presnt"})
    with pytest.raises(CaseError, match="cryptoo.*nearest: crypto"):
        engine.pairs({}, ["cryptoo"])


def test_impossible_evidence_names_the_conflict():
    network = NoisyOr.binary(
        ["a", "b"], ["x", "y", "z"], [0.1, 0.1], [[0.9, 1.0, 0.2], [0.0, 0.0, 0.5]], [0.0, 0.1, 0.1]
    )
    engine = CoexistingEngine(network)
    evidence = {"z": "present", "x": "present", "y": "absent"}
    for ask in (engine.posterior, engine.log_evidence, engine.most_probable_sets):
        with pytest.raises(ImpossibleEvidenceError, match="x, y") as refusal:
            ask(evidence)
        assert refusal.value.conflict == ("x", "y")


def test_too_many_positive_findings_are_refused_with_the_number_that_fits():
    network = random_network(np.random.default_rng(0), 9, 40)
    evidence = {finding.name: finding.states[-1] for finding in network.findings}
    with pytest.raises(QueryTooLargeError, match=r"40 findings .* at most \d+ fit .* leave out"):
        CoexistingEngine(network).posterior(evidence)
