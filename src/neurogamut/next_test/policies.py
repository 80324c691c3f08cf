"""Policies: each says which affordable test to do next, by its own idea of what is best.

Where a policy is told how many outcomes of a test to list, it looks at the findings that tell most
and is exact for a reader who does the same; else it takes what the work-up has surveyed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np

from .gain import edges_cut, single_gains
from .outcomes import Outcomes, listed
from .result_classes import results
from .workup import Workup

#: A diagnosis this probable ends the search.
CERTAINTY = 0.9
#: Two-step look-ahead: tests that are followed up, and outcomes listed there.
FOLLOWED, LISTED_THEN = 4, 2**6

#: Scores of affordable tests, higher is better.
Scores = dict[str, float]
Policy = Callable[[Workup, Sequence[str]], Scores]


def utility(workup: Workup, tests: Sequence[str], most: int | None = None) -> Scores:
    """Expected gain in utility, late as it comes, minus cost and harm."""
    return {test: workup.net(test, seen) for test, seen in outcomes_of(workup, tests, most).items()}


def edge_cutting(workup: Workup, tests: Sequence[str], most: int | None = None) -> Scores:
    """EC2: edges between patients of different diagnoses cut, per unit of cost."""
    surveyed = outcomes_of(workup, tests, most)
    return per_cost(workup, {test: edges_cut(seen) for test, seen in surveyed.items()})


def two_step(workup: Workup, tests: Sequence[str]) -> Scores:
    """Expected net utility of acting after a test's result, as far as its class tells it, or after
    the best test that follows. Only the tests that are best alone are followed up."""
    alone = utility(workup, tests)
    followed = sorted(tests, key=lambda test: -alone[test])[:FOLLOWED]
    return {test: _with_next(workup, tests, test) - workup.loss(test) for test in followed}


def affordable(workup: Workup, budget: Mapping[str, float]) -> list[str]:
    """Remaining tests that fit the budget with all that has to come first."""
    return [test for test in workup.remaining if workup.burdens[test].fits(budget)]


def first_step(workup: Workup, test: str) -> str:
    """The test, or what has to come first."""
    return (*workup.battery.outstanding(test, workup.so_far), test)[0]


def error_of(workup: Workup, tests: Iterable[str]) -> float:
    """The largest standard error of what these tests are worth, in utility."""
    stakes, surveyed = workup.stakes, workup.surveyed
    return max((stakes.value_of_information(surveyed[test])[1] for test in tests), default=0.0)


def outcomes_of(
    workup: Workup, tests: Sequence[str], most: int | None = None
) -> dict[str, Outcomes]:
    """What each test would show; listed, by the findings that tell most, where `most` says how many
    outcomes may be."""
    if most is None:
        return {test: workup.surveyed[test] for test in tests}
    alone = single_gains(workup.forest, [f for test in tests for f in workup.remaining[test]])
    return {test: listed(workup.forest, _telling(workup, test, alone, most)) for test in tests}


def _telling(workup: Workup, test: str, alone: Mapping[str, float], most: int) -> tuple[str, ...]:
    """The findings of a test that tell most alone, as many as have so few outcomes; one at
    least."""
    chosen: list[str] = []
    outcomes = 1
    for finding in sorted(workup.remaining[test], key=lambda finding: -alone[finding]):
        outcomes *= workup.forest.shape.sizes[finding]
        if chosen and outcomes > most:
            break
        chosen.append(finding)
    return tuple(chosen)


def per_cost(workup: Workup, scores: Scores) -> Scores:
    """A test that costs nothing and tells something precedes all others."""
    costs = {test: workup.burdens[test].cost for test in scores}
    return {
        test: score / costs[test] if costs[test] else (np.inf if score > 0 else 0.0)
        for test, score in scores.items()
    }


def _with_next(workup: Workup, tests: Sequence[str], test: str) -> float:
    """Gain in utility of acting after each class of a test's results, or after what is best to do
    next there, over acting now."""
    total = 0.0
    for result in results(workup, test):
        left = [other for other in tests if other in result.workup.remaining]
        scores = utility(result.workup, left, LISTED_THEN)
        total += result.probability * (
            workup.gain(test, result.workup) + max([0, *scores.values()])
        )
    return total
