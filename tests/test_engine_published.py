"""The engine against pgmpy and pyAgrum, on ten published networks and on our own model."""

import numpy as np
import pytest

from neurogamut.inference.elimination.engine import Engine
from neurogamut.inference.query import EvidenceBatch
from neurogamut.network import Network
from support.enumeration import PUBLISHED, published, sample, to_agrum

pytestmark = pytest.mark.slow

SAME = 1e-9
CASES = dict.fromkeys(PUBLISHED, 60) | {"munin1": 4, "pathfinder": 20}


def evidence_sets(network: Network, count: int, share: float):
    """A share of the variables of sampled cases, by name."""
    rng = np.random.default_rng(20240229)
    names = np.array(list(network.variables))
    for _ in range(count):
        case = sample(rng, network)
        observed = names[rng.random(len(names)) < share]
        yield {str(name): network.variables[name].states[case[name]] for name in observed}


@pytest.fixture(scope="module", params=PUBLISHED)
def network(request) -> Network:
    return published(request.param)


def test_marginals_and_evidence_equal_pyagrum(network, request):
    import pyagrum

    other = pyagrum.LazyPropagation(to_agrum(network))
    engine = Engine(network)
    for evidence in evidence_sets(network, CASES[request.node.callspec.params["network"]], 0.2):
        other.setEvidence(evidence)
        found = engine.marginals(evidence)
        for name in network.variables:
            np.testing.assert_allclose(found[name], other.posterior(name).toarray(), atol=SAME)
        expected = np.log(other.evidenceProbability())
        assert engine.log_evidence(evidence) == pytest.approx(expected, abs=1e-8)


def test_queries_equal_pgmpy(network, request):
    from pgmpy.inference import VariableElimination

    other = VariableElimination(network.to_pgmpy())
    engine = Engine(network)
    rng = np.random.default_rng(1)
    count = CASES[request.node.callspec.params["network"]]
    for evidence in evidence_sets(network, count, 0.2):
        open_names = [name for name in network.variables if name not in evidence]
        targets = [str(name) for name in rng.permutation(open_names)[:2]]
        expected = other.query(targets, evidence=evidence, show_progress=False)
        order = [expected.variables.index(name) for name in targets]
        np.testing.assert_allclose(
            engine.query(targets, evidence).table, expected.values.transpose(order), atol=SAME
        )


def test_our_model_equals_pyagrum_over_a_thousand_cases(model):
    import pyagrum

    network = model.network
    other = pyagrum.LazyPropagation(to_agrum(network))
    other.addTarget("diagnosis")
    engine = Engine(network)
    cases = list(evidence_sets(network, 1000, 0.1))
    rows = {name: np.full(len(cases), -1) for name in network.variables if name != "diagnosis"}
    for number, case in enumerate(cases):
        case.pop("diagnosis", None)
        other.setEvidence(case)
        expected = other.posterior("diagnosis").toarray()
        np.testing.assert_allclose(engine.query("diagnosis", case).table, expected, atol=SAME)
        for name, state in case.items():
            rows[name][number] = network.variables[name].index(state)
    batch = engine.batch("diagnosis", EvidenceBatch(rows))
    for number, case in enumerate(cases):
        one = engine.query("diagnosis", case)
        np.testing.assert_allclose(batch.table[number], one.table, atol=1e-12)
        assert batch.log_evidence[number] == pytest.approx(one.log_evidence, abs=1e-11)


def test_our_model_equals_pgmpy(model):
    from pgmpy.inference import VariableElimination

    network = model.network
    other = VariableElimination(network.to_pgmpy())
    engine = Engine(network)
    for case in evidence_sets(network, 150, 0.1):
        case.pop("diagnosis", None)
        expected = other.query(["diagnosis"], evidence=case, show_progress=False)
        np.testing.assert_allclose(
            engine.query("diagnosis", case).table, expected.values, atol=SAME
        )
