"""Best assignments, d-separation, information and draws of any network, against enumeration."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurogamut.errors import QueryTooLargeError
from neurogamut.inference.best_assignments import best_assignments
from neurogamut.inference.d_separation import connected
from neurogamut.inference.elimination.engine import Engine
from neurogamut.inference.information import entropy, information_gains, mutual_information
from neurogamut.network import Cpt, Evidence, Network, Variable
from support.enumeration import joint, marginal, published, random_evidence, random_network


def possible(rng: np.random.Generator, nodes: int):
    """A random network and evidence that it allows."""
    while True:
        network = random_network(rng, nodes)
        evidence = random_evidence(rng, network)
        if joint(network, evidence).sum() > 0:
            return network, evidence


def ranked(network: Network, evidence: Evidence, names: list[str]) -> np.ndarray:
    """P(names, evidence) of all assignments, the greatest first."""
    return np.sort(marginal(joint(network, evidence), network, tuple(names)).ravel())[::-1]


@pytest.mark.parametrize("seed", range(30))
def test_the_best_assignments_are_those_of_the_joint_table(seed):
    rng = np.random.default_rng(seed)
    network, evidence = possible(rng, nodes=7)
    names = list(network.variables)
    some = [str(n) for n in rng.permutation(names)[: rng.integers(1, len(names) + 1)]]
    for asked in (names, some):
        count = int(rng.integers(1, 9))
        found = best_assignments(network, evidence, count, asked)
        expected = ranked(network, evidence, asked)
        expected = expected[expected > 0][:count]
        np.testing.assert_allclose(np.exp([score for _, score in found]), expected, rtol=1e-12)
        table = marginal(joint(network, evidence), network, tuple(asked))
        assert len({tuple(states.items()) for states, _ in found}) == len(found)
        for states, score in found:
            assert table[tuple(states[name] for name in asked)] == pytest.approx(np.exp(score))


def test_all_assignments_are_found_where_more_are_asked_for():
    network = random_network(np.random.default_rng(4), nodes=4, states=3)
    found = best_assignments(network, Evidence(), 1000)
    expected = ranked(network, Evidence(), list(network.variables))
    assert len(found) == (expected > 0).sum()


def test_map_is_not_the_marginals_side_by_side_nor_the_mpe():
    """By hand: P(a) = (.4, .6), b as good as fixed under a0, even under a1. The best of all
    is a0 b0 (.4 * 1), the best a is a1 (.6)."""
    a, b = Variable("a", ("a0", "a1")), Variable("b", ("b0", "b1"))
    network = Network.of([a, b], [Cpt("a", (), [0.4, 0.6]), Cpt("b", ("a",), [[1, 0], [0.5, 0.5]])])
    assert best_assignments(network, Evidence())[0][0] == {"a": 0, "b": 0}
    assert best_assignments(network, Evidence(), 1, ["a"])[0] == (
        {"a": 1},
        pytest.approx(np.log(0.6)),
    )


@pytest.mark.parametrize("name", ["alarm", "hepar2", "hailfinder"])
def test_the_best_of_a_published_network_is_its_most_probable_explanation(name):
    network = published(name)
    engine = Engine(network)
    first, second = best_assignments(network, Evidence(), 2)
    _, expected = engine.most_probable_explanation()
    assert first[1] == pytest.approx(expected, abs=1e-9) and second[1] <= first[1]
    for states, score in (first, second):
        terms = [
            cpt.table[tuple(states[v] for v in (*cpt.parents, cpt.variable))]
            for cpt in network.cpts.values()
        ]
        assert np.log(terms).sum() == pytest.approx(score, abs=1e-9)


def test_map_of_some_is_what_pgmpy_finds():
    from pgmpy.inference import VariableElimination

    network = published("asia")
    names = ["lung", "bronc", "tub"]
    evidence = {"dysp": "yes", "xray": "yes"}
    expected = VariableElimination(network.to_pgmpy()).map_query(
        names, evidence=evidence, show_progress=False
    )
    (states, _), *_ = best_assignments(network, network.encode(evidence), 1, names)
    assert {n: network.variables[n].states[s] for n, s in states.items()} == expected


def test_a_table_over_the_limit_is_refused():
    with pytest.raises(QueryTooLargeError, match="GiB"):
        best_assignments(published("munin1"), Evidence(), 3, memory=10**6)


# -- d-separation ------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(12))
def test_what_is_separated_is_independent_and_the_rest_is_in_general_not(seed):
    """Tables of two states without zeros and ties, so that independence is the graph's alone."""
    rng = np.random.default_rng(seed)
    variables = [Variable(f"v{i}", ("a", "b")) for i in range(5)]
    cpts = []
    for i in range(5):
        parents = [f"v{p}" for p in rng.permutation(i)[: rng.integers(0, 3)]]
        table = rng.dirichlet([1, 1], size=2 ** len(parents)).reshape(*[2] * len(parents), 2)
        cpts.append(Cpt(f"v{i}", tuple(parents), table))
    network = Network.of(variables, cpts)
    names = list(network.variables)
    table = joint(network)
    for size in (0, 1, 2):
        for known in combinations(names, size):
            for start in names:
                if start in known:
                    continue
                reached = connected(network, start, known)
                for other in set(names).difference((start, *known)):
                    apart = independent(table, network, start, other, known)
                    assert apart == (other not in reached), (start, other, known)


def independent(table, network, a: str, b: str, known: tuple[str, ...]) -> bool:
    """P(a, b | known) = P(a | known) P(b | known) for all states."""
    array = marginal(table, network, (*known, a, b)).reshape(
        -1, len(network.variables[a]), len(network.variables[b])
    )
    array = array / array.sum(axis=(1, 2), keepdims=True)
    apart = array.sum(axis=2)[:, :, None] * array.sum(axis=1)[:, None, :]
    return bool(np.allclose(array, apart, atol=1e-12))


def test_trails_go_through_colliders_only_where_something_below_is_known():
    asia = published("asia")
    assert "smoke" not in connected(asia, "asia", ())
    assert connected(asia, "tub", ("xray",))["lung"] == ("tub", "either", "lung")
    assert connected(asia, "bronc", ())["xray"] == ("bronc", "smoke", "lung", "either", "xray")


def test_pgmpy_separates_the_same():
    alarm = published("alarm")
    model = alarm.to_pgmpy()
    rng = np.random.default_rng(0)
    names = list(alarm.variables)
    for _ in range(60):
        start, *known = (str(n) for n in rng.permutation(names)[: rng.integers(1, 8)])
        expected = model.active_trail_nodes(start, observed=known)[start]
        assert {start, *connected(alarm, start, known)} == expected


# -- information and draws ---------------------------------------------------------------------


def test_mutual_information_by_hand():
    assert mutual_information(np.array([[0.5, 0], [0, 0.5]])) == 1
    assert mutual_information(np.full((2, 4), 1 / 8)) == 0
    assert entropy(np.array([0.25, 0.25, 0.5, 0])) == 1.5


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32))
def test_information_gains_are_those_of_the_joint_tables(seed):
    rng = np.random.default_rng(seed)
    network, evidence = possible(rng, nodes=6)
    engine = Engine(network)
    target = str(rng.choice(list(network.variables)))
    candidates = [n for n in network.variables if n != target]
    found = information_gains(engine, target, evidence, candidates)
    for name in candidates:
        table = marginal(joint(network, evidence), network, (target, name))
        expected = mutual_information(table / table.sum())
        assert found[name] == pytest.approx(expected, abs=1e-10)
        assert found[name] <= entropy(engine.query(target, evidence).table) + 1e-10


def test_draws_follow_the_posterior():
    network = published("asia")
    evidence = {"dysp": "yes", "xray": {"yes": 0.9, "no": 0.2}}
    engine = Engine(network)
    drawn = engine.sample(40_000, evidence, seed=3)
    table = engine.query(["lung", "bronc"], evidence).table
    share = np.bincount(drawn["lung"] * 2 + drawn["bronc"], minlength=4) / 40_000
    np.testing.assert_allclose(share, table.ravel(), atol=4 * np.sqrt(0.25 / 40_000))
    assert (drawn["dysp"] == network.variables["dysp"].index("yes")).all()
    again = engine.sample(40_000, evidence, seed=3)
    assert all((drawn[name] == again[name]).all() for name in drawn)


@pytest.mark.parametrize("seed", range(20))
def test_no_draw_is_impossible(seed):
    rng = np.random.default_rng(seed)
    network, evidence = possible(rng, nodes=7)
    drawn = Engine(network).sample(200, evidence, seed)
    table = joint(network, evidence)
    assert (table[tuple(drawn[name] for name in network.variables)] > 0).all()
