"""Constants of priors/estimation.csv that were measured on the tables still agree with them."""

import numpy as np
import pytest
from scipy.special import betaln

from neurogamut.knowledge.estimate import COUNTS


@pytest.fixture(scope="module")
def cells(model):
    """Statements with a count of every cell of two states: ((k, n) pooled, (k, n) upper bounds)."""
    found = []
    for finding in model.base.findings:
        if len(finding.states) != 2:
            continue
        for disease in model.labels:
            for cell in model.blueprint.cells_of(disease, finding.key):
                counted = [s for s in (*cell.used, *cell.outranked) if s.count]
                same = [s for s in counted if s.state == finding.states[0]]
                series = [s.count for s in same if s in cell.used and cell.rank in COUNTS]
                bounds = [s.count for s in same if s.basis == "upper_bound"]
                found.append((series, bounds))
    return found


def log_odds(k, n):
    return np.log((k + 0.5) / (n - k + 0.5))


def test_upper_bounds_exceed_counts_by_the_odds_ratio(model, cells):
    """The mean difference in log odds of cells that have both, within two standard errors."""
    differences = [
        log_odds(*np.sum(series, axis=0)) - log_odds(*bound)
        for series, bounds in cells
        if series
        for bound in bounds
    ]
    assert len(differences) > 30
    error = np.std(differences) / len(differences) ** 0.5
    recorded = np.log(model.base.constant("upper_bound_odds_ratio"))
    assert abs(np.mean(differences) - recorded) < 2 * error


def test_another_series_is_foretold_better_under_the_cap_than_above_it(model, cells):
    """Beta-binomial log likelihood of each series given the others of its cell: the cap is
    better than its double and its half is better still; so it is not too low."""
    cap = model.base.constant("effective_size_cap")
    half, chosen, double = (_foretold(cells, size) for size in (cap / 2, cap, 2 * cap))
    assert double < chosen < half


def _foretold(cells, cap):
    total = 0.0
    for series, _ in cells:
        for j, (k, n) in enumerate(series if len(series) > 1 else []):
            others, size = np.sum(series[:j] + series[j + 1 :], axis=0)
            weight = min(1, cap / size)
            a, b = others * weight + 0.5, (size - others) * weight + 0.5
            total += betaln(k + a, n - k + b) - betaln(a, b)
    return total
