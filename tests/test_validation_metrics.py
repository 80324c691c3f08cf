"""Scores against values worked by hand and against scipy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest, mannwhitneyu

from neurogamut.validation import metrics
from neurogamut.validation.metrics import Share

#: Four cases over four diseases.
FORECAST = np.array(
    [[0.7, 0.1, 0.1, 0.1], [0.4, 0.3, 0.2, 0.1], [0.25, 0.25, 0.25, 0.25], [0.05, 0.05, 0.1, 0.8]]
)
TRUTH = np.array([0, 1, 2, 0])


def test_ranks_count_equals_against_the_case():
    assert metrics.ranks(FORECAST, TRUTH).tolist() == [1, 2, 4, 4]


def test_score_by_hand():
    score = metrics.score(FORECAST, TRUTH)
    assert (score.top1.count, score.top3.count, score.top5.count) == (1, 2, 4)
    assert score.mrr == pytest.approx((1 + 1 / 2 + 1 / 4 + 1 / 4) / 4)
    assert score.log_score == pytest.approx(np.log([0.7, 0.3, 0.25, 0.05]).mean())
    assert score.mean_posterior == pytest.approx(1.3 / 4)
    squares = [0.09 + 0.03, 0.16 + 0.49 + 0.04 + 0.01, 3 * 0.0625 + 0.5625, 0.9025 + 0.0025 + 0.65]
    assert score.brier == pytest.approx(np.mean(squares))
    assert score.expected == pytest.approx((2.15 / 4, (0.9 + 0.9 + 0.75 + 0.95) / 4, 1))


def test_calibration_error_by_hand():
    bins = metrics.reliability(FORECAST, TRUTH)
    assert [(b.forecast, b.hits.count, b.hits.of) for b in bins] == [
        (0.25, 0, 1),
        (0.4, 0, 1),
        (0.7, 1, 1),
        (0.8, 0, 1),
    ]
    assert metrics.score(FORECAST, TRUTH).ece == pytest.approx((0.25 + 0.4 + 0.3 + 0.8) / 4)


def test_certain_and_right_is_perfect():
    score = metrics.score(np.eye(3), np.arange(3))
    assert (score.ece, score.brier, score.log_score, score.mrr) == (0, 0, 0, 1)


def test_no_case_no_score():
    assert metrics.score_if_any(np.empty((0, 4)), np.empty(0, dtype=int)) is None


@given(st.integers(1, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
@pytest.mark.slow
def test_wilson_interval_is_scipys(counts):
    reference = binomtest(*counts).proportion_ci(method="wilson")
    assert Share(*counts).interval == pytest.approx(tuple(reference), abs=1e-12)


@given(*[st.lists(st.integers(0, 5), min_size=1, max_size=20)] * 2)
@pytest.mark.slow
def test_auc_is_mann_whitney(cases, controls):
    statistic = mannwhitneyu(cases, controls).statistic
    found = metrics.auc(np.array(cases, dtype=float), np.array(controls, dtype=float))
    assert found == pytest.approx(statistic / len(cases) / len(controls))


def test_credible_set_by_hand():
    assert metrics.credible_set_size(FORECAST, 0.7).tolist() == [1, 2, 3, 1]
    assert metrics.credible_set_size(FORECAST, 1.0).tolist() == [4, 4, 4, 4]


def test_chance_calibration_error_falls_with_the_number_of_cases():
    rng = np.random.default_rng(1)
    many = rng.dirichlet(np.ones(5), size=4000)
    few = metrics.chance_calibration_error(many[:50])
    assert metrics.chance_calibration_error(many) < 0.03 < few
