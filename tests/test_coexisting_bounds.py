"""Bounds where too many findings are positive: they hold, they tighten, they say what they are."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coexisting_reference import random_evidence, random_network
from neurogamut.errors import QueryTooLargeError
from neurogamut.inference.coexisting import CoexistingEngine
from neurogamut.inference.noisy_or import NoisyOr
from neurogamut.inference.subset_sweep import SubsetSweep

TOLERANCE = 1e-12


def engine_with_room(network: NoisyOr, effects: int) -> CoexistingEngine:
    arrays = SubsetSweep.joint_arrays(len(network.diseases))
    return CoexistingEngine(network, memory_limit=8 * arrays * 2**effects)


@given(st.integers(0, 2**32 - 1), st.integers(0, 8))
def test_the_exact_answer_lies_between(seed, room):
    rng = np.random.default_rng(seed)
    network = random_network(rng, 7, 9)
    evidence = random_evidence(rng, network)
    exact = CoexistingEngine(network).posterior(evidence)
    try:
        bounds = engine_with_room(network, room).bounds(evidence)
    except QueryTooLargeError:
        return  # the uncertain findings alone do not fit
    assert (bounds.lower <= exact.marginals + TOLERANCE).all()
    assert (exact.marginals <= bounds.upper + TOLERANCE).all()
    assert bounds.log_evidence[0] - TOLERANCE <= exact.log_evidence
    assert exact.log_evidence <= bounds.log_evidence[1] + TOLERANCE


def twelve_positive() -> tuple[NoisyOr, dict]:
    rng = np.random.default_rng(2)
    findings = [f"f{i}" for i in range(12)]
    link = rng.random((10, 12)) * (rng.random((10, 12)) < 0.4)
    network = NoisyOr.binary(
        [f"d{i}" for i in range(10)], findings, np.full(10, 0.05), link, np.full(12, 0.02)
    )
    return network, dict.fromkeys(findings, "present")


def test_bounds_meet_where_everything_fits():
    network, evidence = twelve_positive()
    bounds = engine_with_room(network, 12).bounds(evidence)
    exact = CoexistingEngine(network).posterior(evidence)
    assert bounds.bounded == ()
    assert sorted(bounds.exact) == sorted(evidence)
    np.testing.assert_allclose(bounds.lower, exact.marginals, rtol=1e-12)
    np.testing.assert_allclose(bounds.upper, exact.marginals, rtol=1e-12)
    np.testing.assert_allclose(bounds.log_evidence, exact.log_evidence, rtol=1e-12)


def test_more_room_brings_ln_evidence_closer_and_the_strongest_are_exact():
    network, evidence = twelve_positive()
    widths = []
    for room in (4, 8, 11, 12):
        bounds = engine_with_room(network, room).bounds(evidence)
        assert len(bounds.exact) == room
        assert len(bounds.bounded) == 12 - room
        widths.append(bounds.log_evidence[1] - bounds.log_evidence[0])
        strength = {f: network.link[:, network.effects[f]].max() for f in evidence}
        weakest_exact = min(strength[name] for name in bounds.exact)
        assert all(strength[name] <= weakest_exact for name in bounds.bounded)
    assert widths == sorted(widths, reverse=True)


def test_certain_links_and_missing_leaks_are_bounded_too():
    network = NoisyOr.binary(
        "ab", "xyz", [0.1, 0.0], [[1.0, 0.5, 1.0], [0.3, 1.0, 0.2]], [0.0, 0.0, 0.1]
    )
    evidence = dict.fromkeys("xyz", "present")
    bounds = engine_with_room(network, 0).bounds(evidence)
    exact = CoexistingEngine(network).posterior(evidence)
    assert (bounds.lower <= exact.marginals).all()
    assert (exact.marginals <= bounds.upper).all()
    assert bounds.upper[1] == 0


def test_uncertain_findings_that_do_not_fit_are_refused():
    network, evidence = twelve_positive()
    uncertain = dict.fromkeys(evidence, {"present": 0.7, "absent": 0.3})
    with pytest.raises(QueryTooLargeError, match="at most 6 fit"):
        engine_with_room(network, 6).bounds(uncertain)
