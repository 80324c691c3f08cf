"""Noisy-OR networks: tables in, published rates back out."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurogamut.errors import CaseError, NetworkError
from neurogamut.inference.noisy_or.noisy_or import NoisyOr, links_from_rates
from neurogamut.inference.noisy_or.subset_engine import CoexistingEngine
from neurogamut.network import Variable
from support.coexisting_reference import LEVELS


def test_a_table_of_links():
    links = pd.DataFrame(
        [("pml", "ataxia", 0.8), ("crypto", "headache", 0.5)],
        columns=["disease", "finding", "link"],
    )
    network = NoisyOr.from_table(
        links, prior={"crypto": 0.1, "pml": 0.2}, leak={"headache": 0.1, "ataxia": 0.0}
    )
    np.testing.assert_array_equal(network.link, [[0.5, 0], [0, 0.8]])
    np.testing.assert_array_equal(network.prior, [0.1, 0.2])
    np.testing.assert_allclose(network.distribution("headache", ["crypto"]), [0.45, 0.55])


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (("plm", "ataxia", 0.1), "unknown disease 'plm'; nearest: pml"),
        (("pml", "ataxai", 0.1), "unknown finding 'ataxai'; nearest: ataxia"),
        (("pml", "ataxia", 0.1), "pml -> ataxia is stated twice"),
    ],
)
def test_a_wrong_row_is_refused(row, message):
    links = pd.DataFrame([("pml", "ataxia", 0.8), row], columns=["disease", "finding", "link"])
    with pytest.raises(NetworkError, match=message):
        NoisyOr.from_table(links, prior={"pml": 0.2}, leak={"ataxia": 0.0})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"link": np.zeros((2, 1))}, r"link: shape \(2, 1\), expected \(1, 2\)"),
        ({"leak": [0.1, 1.5]}, r"leak\[1\]=1.5: expected a probability"),
        ({"prior": [np.nan]}, r"prior\[0\]=nan: expected a probability"),
        ({"findings": "xx"}, "finding 'x' is named twice"),
    ],
)
def test_arrays_that_are_no_network_are_refused(change, message):
    arguments = {
        "diseases": "a",
        "findings": "xy",
        "prior": [0.1],
        "link": [[0.5, 0.5]],
        "leak": [0.1, 0.1],
    }
    with pytest.raises(NetworkError, match=message):
        NoisyOr.binary(**(arguments | change))


def test_an_unknown_disease_is_refused():
    network = NoisyOr.binary(["pml"], ["ataxia"], [0.1], [[0.5]], [0.1])
    with pytest.raises(CaseError, match="nearest: pml"):
        network.distribution("ataxia", ["plm"])


def test_the_highest_triggered_state_is_seen():
    network = NoisyOr(("a",), (Variable("f", LEVELS),), [0.1], [[0.5, 0.4]], [0.2, 0.1])
    expected = [0.8 * 0.5 * 0.9 * 0.6, (1 - 0.8 * 0.5) * 0.9 * 0.6, 1 - 0.9 * 0.6]
    np.testing.assert_allclose(network.distribution("f", ["a"]), expected, rtol=1e-14)


@pytest.mark.slow
def test_the_synthetic_network_of_qmr_size_comes_back_from_its_tables(tmp_path):
    root = Path(__file__).parents[1]
    command = [sys.executable, "-m", "benchmarks.synthetic_qmr", str(tmp_path), "--seed", "1"]
    subprocess.run(command, cwd=root, check=True)
    links, priors, leaks = (
        pd.read_csv(tmp_path / f"{n}.csv") for n in ("links", "priors", "leaks")
    )
    prior = dict(zip(priors["disease"], priors["prior"], strict=True))
    leak = dict(zip(leaks["finding"], leaks["leak"], strict=True))
    network = NoisyOr.from_table(links, prior, leak)
    assert network.link.shape == (570, 4000)
    assert np.count_nonzero(network.link) == pytest.approx(45_000, rel=0.02)
    commonest = (network.link > 0).sum(axis=0).argsort()[-12:]
    evidence = {network.findings[column].name: "present" for column in commonest}
    marginals = CoexistingEngine(network).posterior(evidence).marginals
    assert (marginals >= network.prior * (1 - 1e-9)).all()  # by Harris: nothing speaks against it
    assert marginals.max() > 0.1


# -- published rates ------------------------------------------------------------------------


def network_from_rates(rates: np.ndarray, background: np.ndarray) -> NoisyOr:
    link, leak = links_from_rates(rates, background)
    diseases = tuple(f"d{i}" for i in range(len(rates)))
    finding = Variable("f", tuple(f"s{i}" for i in range(rates.shape[1])))
    return NoisyOr(diseases, (finding,), np.full(len(rates), 0.1), link, leak)


@given(st.integers(0, 2**32 - 1), st.integers(2, 5))
@pytest.mark.slow
def test_with_one_disease_present_every_rate_comes_back(seed, states):
    rng = np.random.default_rng(seed)
    rates = rng.dirichlet(np.full(states, 0.5), size=6)
    network = network_from_rates(rates, rng.dirichlet(np.full(states, 0.5)))
    for disease, expected in zip(network.diseases, rates, strict=True):
        np.testing.assert_allclose(network.distribution("f", [disease]), expected, atol=1e-12)


@given(st.integers(0, 2**32 - 1))
@pytest.mark.slow
def test_the_engine_agrees_on_the_rates(seed):
    rng = np.random.default_rng(seed)
    network = network_from_rates(rng.dirichlet(np.ones(3), size=4), rng.dirichlet(np.ones(3)))
    network = NoisyOr(network.diseases, network.findings, [1, 0, 0, 0], network.link, network.leak)
    engine = CoexistingEngine(network)
    probabilities = [np.exp(engine.log_evidence({"f": state})) for state in ("s0", "s1", "s2")]
    np.testing.assert_allclose(probabilities, network.distribution("f", ["d0"]), rtol=1e-12)


def test_the_leak_is_the_background_unless_a_disease_makes_the_finding_rarer():
    background = np.array([0.9, 0.1])
    link, leak = links_from_rates(np.array([[0.2, 0.8], [0.9, 0.1]]), background)
    np.testing.assert_allclose(leak, [0.1])
    np.testing.assert_allclose(link, [[1 - 0.2 / 0.9], [0]], atol=1e-15)
    _, leak = links_from_rates(np.array([[0.2, 0.8], [0.96, 0.04]]), background)
    np.testing.assert_allclose(leak, [0.04])


@pytest.mark.parametrize("rate", [0.0, 1.0])
def test_rates_of_zero_and_one_come_back(rate):
    rates = np.array([[1 - rate, rate], [0.5, 0.5]])
    network = network_from_rates(rates, np.array([0.9, 0.1]))
    np.testing.assert_allclose(network.distribution("f", ["d0"]), rates[0], atol=1e-15)
    np.testing.assert_allclose(network.distribution("f", ["d1"]), rates[1], atol=1e-15)
