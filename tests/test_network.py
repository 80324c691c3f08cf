"""A network refuses what is none, and comes back from files and other programs unchanged."""

import copy
import pickle

import numpy as np
import pytest

from neurogamut.errors import CaseError, NetworkError
from neurogamut.inference.elimination.engine import Engine
from neurogamut.network import Cpt, Network, Variable
from support.enumeration import random_network, to_agrum

YES_NO = ("yes", "no")
RAIN = Variable("rain", YES_NO)
WET = Variable("wet", YES_NO)
PRIOR = Cpt("rain", (), [0.2, 0.8])
GIVEN = Cpt("wet", ("rain",), [[0.9, 0.1], [0.3, 0.7]])


@pytest.mark.parametrize(
    ("variables", "cpts", "words"),
    [
        ([RAIN], [Cpt("rain", ("rain",), np.eye(2))], "cycle: rain -> rain"),
        ([RAIN, WET], [PRIOR], "without a CPT: wet"),
        ([RAIN, WET], [PRIOR, Cpt("wet", ("rian",), np.eye(2))], "'rian'; nearest: rain"),
        ([RAIN], [Cpt("rain", (), [0.2, 0.3, 0.5])], r"CPT of rain: shape \(3,\)"),
        ([RAIN], [Cpt("rain", (), [0.2, 0.795])], "CPT of rain: a column sums to 1 only within"),
        ([RAIN], [Cpt("rain", (), [-0.2, 1.2])], "CPT of rain: entries"),
        ([RAIN], [Cpt("rain", (), [np.nan, 1])], "CPT of rain: entries"),
    ],
)
def test_what_is_no_network_is_refused(variables, cpts, words):
    with pytest.raises(NetworkError, match=words):
        Network.of(variables, cpts)


def test_variables_are_kept_parents_first():
    assert list(Network.of([WET, RAIN], [GIVEN, PRIOR]).variables) == ["rain", "wet"]


def test_tables_cannot_be_changed():
    with pytest.raises(ValueError, match="read-only"):
        PRIOR.table[0] = 0.5


def test_evidence_is_encoded_by_position():
    network = Network.of([RAIN, WET], [PRIOR, GIVEN])
    evidence = network.encode({"rain": "no", "wet": [{"yes": 0.2, "no": 1}, {"yes": 0.5, "no": 4}]})
    assert evidence.states == {"rain": 1}
    np.testing.assert_allclose(evidence.likelihoods["wet"], [0.2 * 0.5 / 4, 1])


@pytest.mark.parametrize("said", [["yes", {"yes": 0.5, "no": 0.4}], {"yes": 7, "no": 0}])
def test_a_likelihood_that_excludes_all_states_but_one_is_that_state(said):
    evidence = Network.of([RAIN, WET], [PRIOR, GIVEN]).encode({"wet": said})
    assert (evidence.states, evidence.likelihoods) == ({"wet": 0}, {})


def test_only_the_ratios_of_a_likelihood_count():
    engine = Engine(Network.of([RAIN, WET], [PRIOR, GIVEN]))
    for scale in (1e-300, 0.1, 1, 9, 1e300):
        found = engine.query("rain", {"wet": {"yes": 1 * scale, "no": 0.25 * scale}})
        expected = PRIOR.table * (GIVEN.table @ [1, 0.25])
        np.testing.assert_allclose(found.table, expected / expected.sum(), rtol=1e-12)
        assert found.log_evidence == pytest.approx(np.log(expected.sum()), abs=1e-12)


def test_numbers_of_numpy_are_weights():
    network = Network.of([RAIN, WET], [PRIOR, GIVEN])
    half = {"yes": np.float32(0.5), "no": np.int64(1)}
    np.testing.assert_array_equal(network.encode({"rain": half}).likelihoods["rain"], [0.5, 1])


def test_copies_cannot_be_changed_either():
    network = Network.of([RAIN, WET], [PRIOR, GIVEN])
    for other in (copy.deepcopy(network), pickle.loads(pickle.dumps(network))):
        same(other, network, 0)
        with pytest.raises(ValueError, match="read-only"):
            other.cpts["rain"].table[0] = 0.5


@pytest.mark.parametrize(
    ("evidence", "words"),
    [
        ({"rian": "yes"}, "nearest: rain"),
        ({"rain": "yess"}, "nearest: yes"),
        ({"rain": {"yes": -1.0}}, "rain.yes=-1.0"),
        ({"rain": {"yes": float("nan")}}, "rain.yes=nan"),
        ({"rain": {"yes": 10**400}}, "rain.yes=1000"),
        ({"rain": {"yes": 0.0, "no": 0.0}}, "zero for every state"),
        ({"rain": {"yes": 0.8}}, "says nothing of no; name every state, such as yes: 0.8, no: 0.2"),
        (
            {"rain": {"yes": 1}},
            "yes: 1, no: 0 .0 excludes a state.; if it is certain, just yes",
        ),
        ({"rain": ["no", {"no": 3}]}, "such as no: 3, yes: 1"),
        ({"rain": {}}, "zero for every state"),
        ({"rain": ["yes", "no"]}, "readings of rain contradict each other"),
        ({"rain": [3]}, "neither a state nor a likelihood"),
    ],
)
def test_evidence_that_cannot_be_read_is_named(evidence, words):
    with pytest.raises(CaseError, match=words):
        Network.of([RAIN, WET], [PRIOR, GIVEN]).encode(evidence)


def same(one: Network, other: Network, tolerance: float) -> None:
    assert one.variables == other.variables
    for name, cpt in one.cpts.items():
        assert cpt.parents == other.cpts[name].parents
        np.testing.assert_allclose(cpt.table, other.cpts[name].table, atol=tolerance, rtol=0)


@pytest.fixture
def network() -> Network:
    rng = np.random.default_rng(5)
    while True:
        network = random_network(rng, nodes=8)
        if all(len(variable) > 1 for variable in network.variables.values()):
            return network


def test_pgmpy_and_back(network):
    same(Network.from_pgmpy(network.to_pgmpy()), network, 1e-15)


def test_rounded_columns_are_renormalised_and_worse_ones_refused(network):
    model = network.to_pgmpy()
    cpd = model.get_cpds("v0")
    cpd.values = cpd.values * 0.995
    same(Network.from_pgmpy(model), network, 1e-15)
    cpd.values = cpd.values * 0.9
    with pytest.raises(NetworkError, match="CPT of v0"):
        Network.from_pgmpy(model)


def test_to_networkx_has_the_edges_and_states(network):
    graph = network.to_networkx()
    edges = {(parent, name) for name, cpt in network.cpts.items() for parent in cpt.parents}
    assert set(graph.edges) == edges
    assert graph.nodes["v0"]["states"] == network.variables["v0"].states


@pytest.mark.parametrize("suffix", ["bif", "xml", "xmlbif", "bifxml"])
def test_files_come_back_at_full_precision(network, suffix, tmp_path):
    path = tmp_path / f"network.{suffix}"
    network.write(path)
    same(Network.read(path), network, 1e-15)


@pytest.mark.parametrize(("suffix", "tolerance"), [("bif", 1e-6), ("bifxml", 1e-9)])
def test_pyagrum_reads_our_files(network, suffix, tolerance, tmp_path):
    import pyagrum

    path = tmp_path / f"network.{suffix}"
    network.write(path)
    posteriors = pyagrum.LazyPropagation(pyagrum.loadBN(str(path)))
    evidence = {"v7": network.variables["v7"].states[0]}
    posteriors.setEvidence(evidence)
    for name, expected in Engine(network).marginals(evidence).items():
        found = posteriors.posterior(name)
        assert found.variable(0).labels() == network.variables[name].states
        np.testing.assert_allclose(found.toarray(), expected, atol=tolerance)


def test_tables_reach_pyagrum_unpermuted(network):
    import pyagrum

    posteriors = pyagrum.LazyPropagation(to_agrum(network))
    for name, expected in Engine(network).marginals().items():
        np.testing.assert_allclose(posteriors.posterior(name).toarray(), expected, atol=1e-12)
