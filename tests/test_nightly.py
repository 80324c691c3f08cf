"""What takes minutes; scripts/nightly.sh runs it."""

from __future__ import annotations

import pytest

from neurogamut.knowledge.reporting import REPORTINGS
from neurogamut.validation.simulate import simulate

pytestmark = [pytest.mark.nightly, pytest.mark.slow]


@pytest.mark.parametrize("reporting", REPORTINGS)
def test_a_hundred_thousand_simulated_patients_are_calibrated(model, reporting):
    """|z| < 5 in each disease and each tenth of the probability."""
    found = simulate(model, 100_000, seed=11, reporting=reporting)
    assert found.worst_z < 5, (found.z_disease, found.z_decile)
    assert all(c.score.ece < 0.01 for c in found.conditions if not c.misread)
