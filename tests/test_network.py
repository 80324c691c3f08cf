"""A network refuses what is none, and comes back from files and other programs unchanged."""

import numpy as np
import pytest

from enumeration import random_network, to_agrum
from neurogamut.errors import CaseError, NetworkError, UsageError
from neurogamut.inference.engine import Engine
from neurogamut.network import Cpt, Network, Variable

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
    evidence = network.encode({"rain": "no", "wet": ["yes", {"yes": 0.5, "no": 0.4}]})
    assert evidence.states == {"rain": 1}
    np.testing.assert_array_equal(evidence.likelihoods["wet"], [0.5, 0])


@pytest.mark.parametrize(
    ("evidence", "words"),
    [
        ({"rian": "yes"}, "nearest: rain"),
        ({"rain": "yess"}, "nearest: yes"),
        ({"rain": {"yes": -1.0}}, "rain.yes=-1.0"),
        ({"rain": {"yes": float("nan")}}, "rain.yes=nan"),
        ({"rain": {"yes": 0.0, "no": 0.0}}, "zero for every state"),
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


@pytest.mark.parametrize("ask", [Network.read, lambda path: Network.of([], []).write(path)])
def test_an_unknown_format_is_refused(ask, tmp_path):
    path = tmp_path / "network.net"
    path.touch()
    with pytest.raises(UsageError, match="unknown format '.net'; expected .bif"):
        ask(path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(UsageError, match="no such file"):
        Network.read(tmp_path / "none.bif")


def test_names_that_the_formats_would_change_are_refused(tmp_path):
    wet = Variable("wet", ("yes, very", "no"))
    network = Network.of([wet], [Cpt("wet", (), [0.5, 0.5])])
    with pytest.raises(UsageError, match="'yes, very' cannot be written"):
        network.write(tmp_path / "network.xml")
