"""The verbal scale is what its fit gives, and the fit finds what it should."""

import numpy as np
import pytest
from scripts.fit_verbal_scale import _most_probable, fit


def test_the_table_is_the_fit(base):
    """After rows with words or counts change: python scripts/fit_verbal_scale.py"""
    table = {word.term: (word.a, word.b, word.cells) for word in base.verbal_scale}
    found = {word.term: (word.a, word.b, len(word.cells)) for word in fit(base)}
    assert found.keys() == table.keys()
    for term, (a, b, cells) in table.items():
        assert found[term] == (pytest.approx(a, rel=1e-4), pytest.approx(b, rel=1e-4), cells), term


def test_words_that_always_stand_together_are_told_apart_by_their_anchors():
    means = _most_probable(np.full((30, 2), 0.5), np.full(30, 0.6), np.array([0.9, 0.3]), 0.7, 0.25)
    assert means.mean() == pytest.approx(0.6, abs=0.01)
    assert 0.28 < means[1] < means[0] < 0.92


def test_a_word_without_cells_is_its_anchor():
    means = _most_probable(np.zeros((0, 1)), np.zeros(0), np.array([0.05]), 0.7, 0.25)
    assert means[0] == pytest.approx(0.05)


def test_a_word_alone_comes_near_the_rate_of_its_cells():
    means = _most_probable(np.ones((50, 1)), np.full(50, 0.2), np.array([0.5]), 0.7, 0.25)
    assert means[0] == pytest.approx(0.2, abs=0.02)


def test_stronger_words_stand_for_higher_rates(base):
    mean = {word.term: word.a / (word.a + word.b) for word in base.verbal_scale}
    assert mean["typical"] > mean["common"] > mean["possible"] > mean["rare"] > mean["very rare"]
    assert mean["possible"] > mean["occasional"] > mean["-"]
    assert mean["+"] > mean["+/-"] > mean["-"]
    assert mean["orphanet very frequent"] > mean["orphanet frequent"] > mean["orphanet occasional"]
