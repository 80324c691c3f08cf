"""The reference engine answers what the default engine answers, and what pgmpy alone does not."""

import numpy as np
import pytest

from neurogamut.errors import ImpossibleEvidenceError
from neurogamut.inference.reference import ReferenceEngine
from neurogamut.network import Cpt, Network, Variable
from support.enumeration import joint, marginal, random_evidence, random_network

YES_NO = ("yes", "no")


@pytest.mark.parametrize("seed", range(25))
def test_equals_enumeration(seed):
    rng = np.random.default_rng(seed)
    network = random_network(rng, nodes=int(rng.integers(1, 9)))
    evidence = random_evidence(rng, network)
    targets = tuple(str(t) for t in rng.permutation(list(network.variables))[: rng.integers(0, 3)])
    table = joint(network, evidence)
    found = ReferenceEngine(network).query(targets, evidence)
    expected = marginal(table, network, targets) / table.sum()
    np.testing.assert_allclose(found.table, expected, atol=1e-12)
    assert found.log_evidence == pytest.approx(np.log(table.sum()), abs=1e-11)


def copies() -> Network:
    return Network.of(
        [Variable("a", YES_NO), Variable("b", YES_NO)],
        [Cpt("a", (), [0.3, 0.7]), Cpt("b", ("a",), [[1, 0], [0, 1]])],
    )


def test_impossible_evidence_raises_where_pgmpy_gives_nan():
    with pytest.raises(ImpossibleEvidenceError) as error:
        ReferenceEngine(copies()).query("a", {"a": "yes", "b": "no"})
    assert error.value.conflict == ("a", "b")


def test_readings_of_one_node_multiply():
    readings = [{"yes": 0.8, "no": 0.2}, {"yes": 0.6, "no": 0.4}]
    found = ReferenceEngine(copies()).query("a", {"b": readings})
    expected = np.array([0.3 * 1, 0.7 * 0.08 / 0.48])
    np.testing.assert_allclose(found.table, expected / expected.sum(), rtol=1e-12)
    assert found.log_evidence == pytest.approx(np.log(expected.sum()))
