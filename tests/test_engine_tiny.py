"""Networks whose entries come near the smallest number: nothing underflows, one case or many."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import logsumexp

from neurogamut import ImpossibleEvidenceError
from neurogamut.inference.elimination.engine import Engine
from neurogamut.inference.query import EvidenceBatch
from neurogamut.network import Cpt, Evidence, Network, Variable
from support.enumeration import random_network


def tiny_network(rng: np.random.Generator, nodes: int) -> Network:
    """A random network in which a third of the entries are 10^-x, x up to 323; some are zero."""
    network = random_network(rng, nodes, states=3)
    cpts = []
    for name, cpt in network.cpts.items():
        table = cpt.table.copy()
        small = rng.random(table.shape) < 0.35
        small[..., 0] = False
        table[small] = 10.0 ** -rng.uniform(100, 323, small.sum())
        table[..., 0] += table[..., 0] == 0  # so that no column is all tiny
        cpts.append(Cpt(name, cpt.parents, table / table.sum(axis=-1, keepdims=True)))
    return Network.of(network.variables.values(), cpts)


def log_joint(network: Network, evidence: Evidence) -> np.ndarray:
    """ln P(all variables, evidence), one axis per variable."""
    names = list(network.variables)
    sizes = [len(variable) for variable in network.variables.values()]
    total = np.zeros(sizes)
    with np.errstate(divide="ignore"):
        for name, cpt in network.cpts.items():
            total = total + _aligned(np.log(cpt.table), (*cpt.parents, name), names)
        for name, state in evidence.states.items():
            total = total + _aligned(
                np.log(np.eye(len(network.variables[name]))[state]), (name,), names
            )
        for name, array in evidence.likelihoods.items():
            total = total + _aligned(np.log(array), (name,), names)
    return total


def _aligned(table: np.ndarray, axes: tuple[str, ...], names: list[str]) -> np.ndarray:
    order = sorted(range(len(axes)), key=lambda i: names.index(axes[i]))
    shape = [1] * len(names)
    for axis, size in zip(axes, table.shape, strict=True):
        shape[names.index(axis)] = size
    return table.transpose(order).reshape(shape)


def unlikely_evidence(rng: np.random.Generator, network: Network) -> Evidence:
    """Any states of about half of the variables, and likelihoods that are tiny too."""
    states, likelihoods = {}, {}
    for name, variable in network.variables.items():
        draw = rng.random()
        if draw < 0.5:
            states[name] = int(rng.integers(len(variable)))
        elif draw < 0.6:
            likelihoods[name] = 10.0 ** -rng.uniform(0, 300, len(variable))
    return Evidence(states, likelihoods)


@pytest.mark.parametrize("seed", range(150))
def test_single_and_batch_equal_enumeration_in_logarithms(seed):
    rng = np.random.default_rng(seed)
    network = tiny_network(rng, int(rng.integers(2, 8)))
    engine, target = Engine(network), str(rng.choice(list(network.variables)))
    axis = list(network.variables).index(target)
    for _ in range(5):
        evidence = unlikely_evidence(rng, network)
        joint = log_joint(network, evidence)
        expected = logsumexp(joint)
        batch = engine.batch(
            target,
            EvidenceBatch(
                {name: np.array([state]) for name, state in evidence.states.items()},
                {name: array[None] for name, array in evidence.likelihoods.items()},
            ),
        )
        if expected == -np.inf:
            assert batch.impossible.all()
            with pytest.raises(ImpossibleEvidenceError):
                engine.query(target, evidence)
            continue
        others = tuple(i for i in range(joint.ndim) if i != axis)
        posterior = np.exp(logsumexp(joint, axis=others) - expected)
        found = engine.query(target, evidence)
        assert found.log_evidence == pytest.approx(expected, rel=1e-12, abs=1e-12)
        assert batch.log_evidence[0] == pytest.approx(expected, rel=1e-12, abs=1e-12)
        np.testing.assert_allclose(found.table, posterior, rtol=0, atol=1e-12)
        np.testing.assert_allclose(batch.table[0], posterior, rtol=0, atol=1e-12)
        np.testing.assert_allclose(
            engine.marginals(evidence)[target], posterior, rtol=0, atol=1e-12
        )


def test_the_product_of_two_entries_may_be_below_every_number():
    """P(e) = 1e-300 * 1e-300, by hand; worked ahead in plain numbers it would be 0."""
    states = ("yes", "no")
    rare = np.array([1e-300, 1.0])
    chain = np.array([[1e-300, 1.0], [0.0, 1.0]])
    network = Network.of(
        [Variable(name, states) for name in "abc"],
        [Cpt("a", (), rare), Cpt("b", ("a",), chain), Cpt("c", ("b",), np.eye(2))],
    )
    engine = Engine(network)
    assert engine.log_evidence({"c": "yes"}) == pytest.approx(2 * np.log(1e-300), rel=1e-14)
    rows = engine.batch("a", EvidenceBatch({"c": np.array([0, 1, -1])}))
    np.testing.assert_allclose(rows.log_evidence, [2 * np.log(1e-300), 0, 0], rtol=1e-14)
    assert not rows.impossible.any()
    np.testing.assert_array_equal(rows.table[0], [1, 0])
