"""What must hold of any exact engine, whatever the network and the evidence."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurogamut.inference.elimination.engine import Engine
from neurogamut.network import Evidence
from support.enumeration import random_evidence, random_network

EXACT = 1e-12


@st.composite
def cases(draw):
    """A random engine, evidence that is possible, and a target."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    network = random_network(rng, nodes=draw(st.integers(2, 14)))
    target = draw(st.sampled_from(list(network.variables)))
    return Engine(network), random_evidence(rng, network), target


@given(cases())
@pytest.mark.slow
def test_posteriors_sum_to_one(case):
    engine, evidence, target = case
    table = engine.query(target, evidence).table
    assert table.sum() == pytest.approx(1, abs=EXACT)
    assert (table >= 0).all()


@given(cases(), st.randoms())
@pytest.mark.slow
def test_the_order_of_evidence_is_irrelevant(case, random):
    engine, evidence, target = case
    states, likelihoods = list(evidence.states.items()), list(evidence.likelihoods.items())
    random.shuffle(states)
    random.shuffle(likelihoods)
    shuffled = engine.query(target, Evidence(dict(states), dict(likelihoods)))
    found = engine.query(target, evidence)
    np.testing.assert_allclose(shuffled.table, found.table, atol=EXACT)
    assert shuffled.log_evidence == pytest.approx(found.log_evidence, abs=EXACT)


@given(cases(), st.data())
@pytest.mark.slow
def test_the_law_of_total_probability(case, data):
    """Sum over o of P(target | o) P(o) = P(target), all given the evidence."""
    engine, evidence, target = case
    other = data.draw(st.sampled_from(list(engine.network.variables)))
    outcomes = engine.query(other, evidence).table
    total = sum(
        probability * engine.query(target, _with(evidence, other, state)).table
        for state, probability in enumerate(outcomes)
        if probability > 0
    )
    np.testing.assert_allclose(total, engine.query(target, evidence).table, atol=1e-11)


def _with(evidence: Evidence, name: str, state: int) -> Evidence:
    """The evidence with one more observation; an observed state stays what it is."""
    rest = {k: v for k, v in evidence.likelihoods.items() if k != name}
    return Evidence({**evidence.states, name: state}, rest)


@given(cases(), st.data())
@pytest.mark.slow
def test_a_likelihood_ratio_of_one_changes_nothing_but_the_scale(case, data):
    engine, evidence, target = case
    scale = data.draw(st.floats(1e-3, 1e3))
    known = set(evidence.variables())
    unknown = [name for name in engine.network.variables if name not in known]
    flat = {name: np.full(len(engine.network.variables[name]), scale) for name in unknown[:2]}
    found = engine.query(target, evidence)
    again = engine.query(target, Evidence(evidence.states, {**evidence.likelihoods, **flat}))
    np.testing.assert_allclose(again.table, found.table, atol=EXACT)
    expected = found.log_evidence + len(flat) * np.log(scale)
    assert again.log_evidence == pytest.approx(expected, abs=1e-11)


@given(cases())
@pytest.mark.slow
def test_certain_virtual_evidence_equals_hard_evidence(case):
    engine, evidence, target = case
    certain = {
        name: np.eye(len(engine.network.variables[name]))[state]
        for name, state in evidence.states.items()
    }
    found = engine.query(target, evidence)
    virtual = engine.query(target, Evidence({}, {**evidence.likelihoods, **certain}))
    np.testing.assert_allclose(virtual.table, found.table, atol=EXACT)
    assert virtual.log_evidence == pytest.approx(found.log_evidence, abs=EXACT)


@given(cases())
@pytest.mark.slow
def test_marginals_queries_and_joint_queries_agree(case):
    engine, evidence, target = case
    other = next(iter(engine.network.variables))
    marginals = engine.marginals(evidence)
    np.testing.assert_allclose(marginals[target], engine.query(target, evidence).table, atol=EXACT)
    if other != target:
        pair = engine.query([other, target], evidence).table
        np.testing.assert_allclose(pair.sum(axis=0), marginals[target], atol=EXACT)
        np.testing.assert_allclose(pair.sum(axis=1), marginals[other], atol=EXACT)


@given(cases())
@pytest.mark.slow
def test_derivatives_weighted_by_the_parameters_give_back_the_evidence(case):
    """P(e) is homogeneous of degree one in each table that bears on the evidence."""
    engine, evidence, _ = case
    for name, derivative in engine.derivatives(evidence).items():
        total = (derivative * engine.network.cpts[name].table).sum()
        assert total == pytest.approx(1, abs=1e-11) or not derivative.any()
