"""The engine against full enumeration, closed forms and finite differences."""

import pickle
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from neurogamut.errors import CaseError, ImpossibleEvidenceError, QueryTooLargeError, UsageError
from neurogamut.inference.elimination.engine import Engine
from neurogamut.inference.elimination.plan import Pattern
from neurogamut.network import Cpt, Evidence, Network, Variable
from support.enumeration import joint, marginal, random_evidence, random_network

EXACT = 1e-12
YES_NO = ("yes", "no")


def chain(count: int) -> Network:
    """A hidden cause and `count` findings of it, each present at 2 % or 3 %."""
    variables = [Variable(name, YES_NO) for name in ("d", *(f"f{i}" for i in range(count)))]
    leaves = [Cpt(f"f{i}", ("d",), [[0.02, 0.98], [0.03, 0.97]]) for i in range(count)]
    return Network.of(variables, [Cpt("d", (), [0.5, 0.5]), *leaves])


def copies() -> Network:
    """b repeats a, c depends on a."""
    variables = [Variable(name, YES_NO) for name in "abc"]
    return Network.of(
        variables,
        [
            Cpt("a", (), [0.3, 0.7]),
            Cpt("b", ("a",), [[1, 0], [0, 1]]),
            Cpt("c", ("a",), [[0.9, 0.1], [0.2, 0.8]]),
        ],
    )


@pytest.mark.parametrize("seed", range(500))
def test_equals_enumeration(seed):
    rng = np.random.default_rng(seed)
    network = random_network(rng, nodes=int(rng.integers(1, 13)), states=3 if seed % 2 else 4)
    evidence = random_evidence(rng, network)
    targets = tuple(str(t) for t in rng.permutation(list(network.variables))[: rng.integers(0, 4)])
    table = joint(network, evidence)
    expected = marginal(table, network, targets) / table.sum()
    engine = Engine(network)

    found = engine.query(targets, evidence)
    assert found.targets == targets
    np.testing.assert_allclose(found.table, expected, atol=EXACT, rtol=0)
    assert found.log_evidence == pytest.approx(np.log(table.sum()), abs=EXACT)

    for name, probabilities in engine.marginals(evidence).items():
        expected = marginal(table, network, (name,)) / table.sum()
        np.testing.assert_allclose(probabilities, expected, atol=EXACT, rtol=0)

    states, log_probability = engine.most_probable_explanation(evidence)
    place = tuple(v.index(states[name]) for name, v in network.variables.items())
    assert table[place] == pytest.approx(table.max(), rel=EXACT)
    assert log_probability == pytest.approx(np.log(table.max()), abs=1e-11)


@pytest.mark.parametrize("seed", range(60))
def test_derivatives_equal_finite_differences(seed):
    rng = np.random.default_rng(seed)
    network = random_network(rng, nodes=int(rng.integers(2, 7)), states=3)
    evidence = random_evidence(rng, network)
    target = str(rng.choice(list(network.variables)))
    engine = Engine(network)
    probability = np.exp(engine.log_evidence(evidence))
    of_evidence = engine.derivatives(evidence)
    of_target = engine.target_derivatives(target, evidence)
    for name, cpt in network.cpts.items():
        if cpt.table.shape[-1] == 1:
            continue
        place = tuple(rng.integers(size) for size in cpt.table.shape[:-1])
        # Move weight between two states of one column: P(e) is linear in it.
        step = np.zeros(cpt.table.shape)
        step[(*place, 0)], step[(*place, 1)] = 1.0, -1.0
        change = joint(network, evidence, {name: cpt.table + step}) - joint(network, evidence)
        np.testing.assert_allclose(
            (of_evidence[name] * step).sum() * probability, change.sum(), atol=EXACT
        )
        np.testing.assert_allclose(
            (of_target[name] * step).reshape(len(of_target[name]), -1).sum(axis=1) * probability,
            marginal(change, network, (target,)),
            atol=EXACT,
        )


def test_derivatives_in_closed_form():
    """P(c = yes) = sum over a of P(a) P(c = yes | a): by hand."""
    engine = Engine(copies())
    derivatives = engine.derivatives({"c": "yes"})
    probability = 0.3 * 0.9 + 0.7 * 0.2
    np.testing.assert_allclose(derivatives["a"], np.array([0.9, 0.2]) / probability, rtol=EXACT)
    np.testing.assert_allclose(
        derivatives["c"], np.array([[0.3, 0], [0.7, 0]]) / probability, rtol=EXACT
    )
    assert not derivatives["b"].any()


def test_posterior_by_hand():
    found = Engine(copies()).query("a", {"c": "yes"})
    np.testing.assert_allclose(found.table, [0.27 / 0.41, 0.14 / 0.41], rtol=EXACT)
    assert found.log_evidence == pytest.approx(np.log(0.41))


def test_virtual_evidence_of_several_readers_multiplies():
    engine = Engine(copies())
    twice = engine.query("a", {"c": [{"yes": 0.8, "no": 0.2}, {"yes": 0.6, "no": 0.4}]})
    once = engine.query("a", {"c": {"yes": 0.48, "no": 0.08}})
    np.testing.assert_allclose(twice.table, once.table, rtol=EXACT)
    assert twice.log_evidence == pytest.approx(once.log_evidence)


@pytest.mark.slow
def test_two_thousand_findings_do_not_underflow():
    network = chain(2000)
    engine = Engine(network)
    evidence = {f"f{i}": "yes" for i in range(2000)}
    expected = 2000 * np.log(0.03) + np.log(0.5)
    assert engine.query("d", evidence).log_evidence == pytest.approx(expected, rel=EXACT)
    ratio = 2000 * np.log(0.02 / 0.03)
    evidence["d"] = "yes"
    assert engine.log_evidence(evidence) == pytest.approx(expected + ratio, rel=EXACT)


@pytest.mark.slow
def test_all_results_agree_where_logarithms_are_needed():
    """900 findings put P(e) at 1e-1400; the ratio of the two causes stays within range."""
    engine = Engine(chain(900))
    evidence = {f"f{i}": "yes" for i in range(900)}
    posterior = engine.query("d", evidence).table
    expected = 1 / (1 + (0.03 / 0.02) ** 900)
    assert posterior[0] == pytest.approx(expected, rel=1e-9)
    assert engine.marginals(evidence)["d"][0] == pytest.approx(expected, rel=1e-9)
    derivative = engine.derivatives(evidence)["f7"]
    assert derivative[1, 0] == pytest.approx(posterior[1] / 0.03, rel=1e-9)


def test_impossible_evidence_names_a_smallest_conflict():
    engine = Engine(copies())
    evidence = {"c": "yes", "a": "yes", "b": "no"}
    for ask in (engine.log_evidence, engine.marginals, engine.most_probable_explanation):
        with pytest.raises(ImpossibleEvidenceError) as error:
            ask(evidence)
        assert error.value.conflict == ("a", "b")


def test_a_target_may_be_observed():
    engine = Engine(copies())
    np.testing.assert_allclose(engine.query("c", {"c": "no"}).table, [0, 1])
    joint_table = engine.query(["c", "a"], {"c": "no"}).table
    np.testing.assert_allclose(joint_table, [[0, 0], [0.03 / 0.59, 0.56 / 0.59]])


@pytest.mark.parametrize(
    ("ask", "error", "words"),
    [
        (lambda e: e.query("aa"), CaseError, "'aa': unknown variable"),
        (lambda e: e.query("a", {"c": "yess"}), CaseError, "nearest: yes"),
        (lambda e: e.query(["a", "a"]), UsageError, "named twice"),
        (lambda e: e.query("a", Evidence({"c": 0}, {"c": np.ones(2)})), CaseError, "c: both"),
    ],
)
def test_mistakes_are_named(ask, error, words):
    with pytest.raises(error, match=words):
        ask(Engine(copies()))


def test_memory_limit_names_size_and_variables():
    """A node with 12 parents, all open, is a joint table of 2^13 entries."""
    variables = [Variable(f"p{i}", YES_NO) for i in range(12)]
    roots = [Cpt(v.name, (), [0.5, 0.5]) for v in variables]
    child = Cpt("c", tuple(v.name for v in variables), np.full((2,) * 13, 0.5))
    network = Network.of([*variables, Variable("c", YES_NO)], [*roots, child])
    engine = Engine(network, memory_limit=2**10)
    with pytest.raises(QueryTooLargeError, match=r"GiB over 1\d variables.*p\d"):
        engine.query("p0", {"c": "yes"})
    assert engine.query("p0").table.sum() == pytest.approx(1)  # c is barren: no joint table


def test_barren_variables_are_dropped():
    plan = Engine(chain(50)).plan(Pattern(("d",), frozenset({"f3"})))
    assert [leaf.variable for leaf in plan.leaves] == ["d", "f3"]


def test_plans_are_kept_by_pattern():
    engine = Engine(chain(3))
    for state in YES_NO:
        engine.query("d", {"f0": state, "f1": "no"})
        engine.query("d", {"f1": state, "f0": "no"})
    assert engine.plan.cache_info().misses == 1


def test_a_plan_prints_its_costs():
    lines = str(Engine(copies()).plan(Pattern(("c",)))).splitlines()
    assert lines[0].split() == ["eliminate", "entries", "product", "of"]
    assert lines[1].split() == ["a", "4", "P(a)", "P(c)"]
    assert lines[-1].split() == ["total", "6"]


def test_threads_share_an_engine():
    rng = np.random.default_rng(0)
    network = random_network(rng, nodes=12)
    cases = [random_evidence(rng, network) for _ in range(40)] * 5
    alone = [Engine(network).query("v0", case).table for case in cases]
    engine = Engine(network)
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda case: engine.query("v0", case).table, cases))
    for one, other in zip(alone, together, strict=True):
        np.testing.assert_array_equal(one, other)


def test_an_engine_survives_pickling():
    engine = Engine(copies(), memory_limit=2**20)
    engine.query("a", {"c": "yes"})
    again = pickle.loads(pickle.dumps(engine))
    assert again.memory_limit == 2**20
    np.testing.assert_array_equal(
        again.query("a", {"c": "yes"}).table, engine.query("a", {"c": "yes"}).table
    )


def test_the_engine_loads_numpy_and_little_else():
    code = (
        "import sys; import neurogamut.inference.elimination.engine; "
        "print(sorted({'pandas', 'scipy', 'pgmpy', 'networkx', 'matplotlib'} & sys.modules.keys()))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
