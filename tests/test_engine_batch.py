"""Many cases in one run equal the same cases one by one."""

import numpy as np
import pytest

from neurogamut.errors import CaseError, UsageError
from neurogamut.inference.elimination import batch
from neurogamut.inference.elimination.engine import Engine
from neurogamut.inference.query import EvidenceBatch
from neurogamut.network import Cpt, Evidence, Network, Variable
from support.enumeration import random_network

EXACT = 1e-12
ROWS = 9


def random_batch(rng: np.random.Generator, network: Network) -> EvidenceBatch:
    """Some variables observed in some rows, some in all, some by likelihoods."""
    states, likelihoods = {}, {}
    for name, variable in network.variables.items():
        kind = rng.choice(["missing", "some", "all", "likelihood"])
        if kind in ("some", "all"):
            lowest = -1 if kind == "some" else 0
            states[name] = rng.integers(lowest, len(variable), size=ROWS)
        elif kind == "likelihood":
            likelihoods[name] = rng.uniform(0, 2, size=(ROWS, len(variable)))
    return EvidenceBatch(states, likelihoods)


def row(evidence: EvidenceBatch, number: int) -> Evidence:
    states = {k: int(v[number % len(v)]) for k, v in evidence.states.items()}
    return Evidence(
        {name: state for name, state in states.items() if state >= 0},
        {name: array[number % len(array)] for name, array in evidence.likelihoods.items()},
    )


def random_draws(rng: np.random.Generator, network: Network, rows: int) -> dict[str, np.ndarray]:
    return {
        name: rng.dirichlet(np.ones(cpt.table.shape[-1]), size=(rows, *cpt.table.shape[:-1]))
        for name, cpt in network.cpts.items()
        if rng.random() < 0.6
    }


def redrawn(network: Network, draws: dict[str, np.ndarray], number: int) -> Network:
    new = {
        name: Cpt(name, network.cpts[name].parents, array[number % len(array)])
        for name, array in draws.items()
    }
    return Network(network.variables, {**network.cpts, **new})


def agrees(found, number: int, engine: Engine, targets, evidence: Evidence) -> None:
    """One row of a batch is the answer to one query, or is flagged where there is none."""
    if found.impossible[number]:
        assert not found.table[number].any()
        with pytest.raises(CaseError):
            engine.query(targets, evidence)
        return
    one = engine.query(targets, evidence)
    np.testing.assert_allclose(found.table[number], one.table, atol=EXACT)
    assert found.log_evidence[number] == pytest.approx(one.log_evidence, abs=EXACT)


@pytest.mark.parametrize("seed", range(80))
def test_rows_equal_single_queries(seed, monkeypatch):
    monkeypatch.setattr(batch, "CHUNK_BYTES", 2048)  # several chunks
    rng = np.random.default_rng(seed)
    network = random_network(rng, nodes=int(rng.integers(1, 10)))
    evidence = random_batch(rng, network)
    targets = tuple(str(t) for t in rng.permutation(list(network.variables))[: rng.integers(0, 3)])
    engine = Engine(network)
    found = engine.batch(targets, evidence)
    assert not np.isnan(found.table).any()
    for number in range(len(evidence)):
        agrees(found, number, engine, targets, row(evidence, number))


@pytest.mark.parametrize("seed", range(40))
@pytest.mark.parametrize("one_case", [True, False])
def test_draws_equal_rebuilt_networks(seed, one_case):
    rng = np.random.default_rng(seed)
    network = random_network(rng, nodes=int(rng.integers(2, 8)))
    evidence = random_batch(rng, network)
    if one_case:
        evidence = EvidenceBatch(
            {k: v[:1] for k, v in evidence.states.items()},
            {k: v[:1] for k, v in evidence.likelihoods.items()},
        )
    draws = random_draws(rng, network, ROWS)
    found = Engine(network).batch("v0", evidence, draws)
    for number in range(len(found.log_evidence)):
        engine = Engine(redrawn(network, draws, number))
        agrees(found, number, engine, "v0", row(evidence, number))


def test_one_draw_serves_many_cases():
    rng = np.random.default_rng(0)
    network = random_network(rng, nodes=5)
    draws = random_draws(rng, network, 1)
    evidence = EvidenceBatch({"v4": np.zeros(ROWS, dtype=int)})
    expected = Engine(redrawn(network, draws, 0)).batch("v0", evidence)
    found = Engine(network).batch("v0", evidence, draws)
    np.testing.assert_allclose(found.table, expected.table, atol=EXACT)


def test_a_likelihood_that_all_rows_share_is_that_of_each(monkeypatch):
    monkeypatch.setattr(batch, "CHUNK_BYTES", 1)  # each row on its own
    network = random_network(np.random.default_rng(5), nodes=5)
    shared = np.random.default_rng(5).uniform(0, 2, size=(1, len(network.variable("v1"))))
    states = {"v2": np.arange(ROWS) % 2}
    found = Engine(network).batch("v0", EvidenceBatch(states, {"v1": shared}))
    every = EvidenceBatch(states, {"v1": np.repeat(shared, ROWS, axis=0)})
    np.testing.assert_allclose(found.table, Engine(network).batch("v0", every).table, atol=EXACT)


def test_rows_too_improbable_for_plain_numbers_are_exact():
    """Of two rows one has ln P(e) near -3,000; the other is not affected."""
    names = [f"f{i}" for i in range(1000)]
    variables = [Variable(name, ("yes", "no")) for name in ("d", *names)]
    leaves = [Cpt(name, ("d",), [[0.05, 0.95], [0.06, 0.94]]) for name in names]
    network = Network.of(variables, [Cpt("d", (), [0.5, 0.5]), *leaves])
    evidence = EvidenceBatch({name: np.array([0, -1 if i else 0]) for i, name in enumerate(names)})
    found = Engine(network).batch("d", evidence)
    expected = np.logaddexp(1000 * np.log(0.05), 1000 * np.log(0.06)) + np.log(0.5)
    assert found.log_evidence[0] == pytest.approx(expected, rel=EXACT)
    assert found.log_evidence[1] == pytest.approx(np.log(0.055), rel=EXACT)
    assert found.table[0, 0] == pytest.approx((5 / 6) ** 1000 / (1 + (5 / 6) ** 1000), rel=1e-9)


@pytest.mark.parametrize(
    ("evidence", "words"),
    [
        (EvidenceBatch({"v0": np.array([0, 9])}), "row 1: v0=9: expected 0 to"),
        (EvidenceBatch({"v0": np.zeros(2, int), "v1": np.zeros(3, int)}), r"v0: shape \(2,\)"),
        (EvidenceBatch({}, {"v0": np.full((2, 4), np.nan)}), "v0: "),
        (EvidenceBatch({"v": np.zeros(2, int)}), "'v': unknown variable"),
    ],
)
def test_mistakes_name_the_row_and_the_variable(evidence, words):
    network = random_network(np.random.default_rng(1), nodes=4)
    with pytest.raises(CaseError, match=words):
        Engine(network).batch("v0", evidence)


def test_draws_of_the_wrong_shape_are_refused():
    network = random_network(np.random.default_rng(1), nodes=4)
    with pytest.raises(UsageError, match="draws of v0: shape"):
        Engine(network).batch("v1", EvidenceBatch(), {"v0": np.ones((5, 7, 7))})
