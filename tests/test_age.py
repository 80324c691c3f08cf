"""Ages: bands, and what printed statements say of them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import truncnorm

from neurogamut.knowledge import age

WORDS = {"adults": (18, 90), "neonates": (0, 0.08)}


def test_bands_cover_every_age_once():
    assert len(age.BANDS) == 19
    assert age.band(0) == "from_0_to_0"
    assert age.band(0.99) == "from_0_to_0"
    assert age.band(1) == "from_1_to_4"
    assert age.band(27) == "from_25_to_29"
    assert age.band(84.9) == "from_80_to_84"
    assert age.band(103) == "from_85"


def test_mean_and_sd_agree_with_scipy():
    mean, sd = 43.2, 11.6
    expected = truncnorm((0 - mean) / sd, (age.OLDEST - mean) / sd, mean, sd)
    edges = np.array([*age.EDGES, age.OLDEST])
    found = age.distribution("mean 43.2 sd 11.6", {}, sd=15)
    assert found == pytest.approx(np.diff(expected.cdf(edges)), abs=1e-12)


def test_a_range_holds_four_fifths_of_the_patients():
    found = age.distribution("range 20 to 40", {}, sd=15)
    inside = sum(p for name, p in zip(age.BANDS, found, strict=True) if name in BANDS_20_TO_40)
    assert inside == pytest.approx(0.8, abs=0.01)


BANDS_20_TO_40 = {"from_20_to_24", "from_25_to_29", "from_30_to_34", "from_35_to_39"}


def test_over_fifty_is_no_hard_cut():
    found = dict(zip(age.BANDS, age.distribution("over 50", {}, sd=15), strict=True))
    older = sum(p for band, p in found.items() if int(band.split("_")[1]) >= 50)
    assert older == pytest.approx(0.8, abs=0.01)
    assert found["from_45_to_49"] > 0.05


def test_two_peaks_have_a_valley_between_them():
    found = dict(
        zip(age.BANDS, age.distribution("peaks 2 to 15 and 30 to 55", {}, 15), strict=True)
    )
    assert found["from_5_to_9"] > found["from_20_to_24"] < found["from_40_to_44"]


def test_words_and_unknown_words():
    assert age.distribution("neonates and adults", WORDS, 15)[0] > 0.3
    with pytest.raises(ValueError, match="toddlers"):
        age.distribution("toddlers", WORDS, 15)


def test_the_oldest_age_is_none():
    with pytest.raises(ValueError, match="120 years"):
        age.distribution("mean 120 sd 3", {}, sd=15)


@given(st.floats(0, 110), st.floats(0.5, 40))
def test_every_distribution_sums_to_one(mean, sd):
    found = age.distribution(f"mean {mean:.3f} sd {sd:.3f}", {}, 15)
    assert found.sum() == pytest.approx(1, abs=1e-12)
    assert (found >= 0).all()
