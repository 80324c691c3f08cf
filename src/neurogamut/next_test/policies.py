"""Policies: each says which affordable test to do next, by its own idea of what is best."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ..network import Evidence
from .gain import edges_cut, entropy, information_gain
from .outcomes import Outcomes, survey
from .workup import Workup

#: A diagnosis this probable ends the search.
CERTAINTY = 0.9
#: Patients drawn, and joint outcomes listed at most, where a policy weighs tests.
SAMPLES = 200
#: Two-step look-ahead: tests that are followed up, and results of each.
FOLLOWED, RESULTS = 4, 6

#: Scores of affordable tests, higher is better. The generator serves those that sample.
Scores = dict[str, float]
Policy = Callable[[Workup, Sequence[str], np.random.Generator], Scores]


def utility(workup: Workup, tests: Sequence[str], rng: np.random.Generator) -> Scores:
    """Expected gain in utility, minus cost, harm and delay."""
    return {test: _net(workup, test, seen) for test, seen in _survey(workup, tests, rng).items()}


def worthwhile(workup: Workup, tests: Sequence[str], rng: np.random.Generator) -> Scores:
    """As `utility`, but only tests that are worth their cost, harm and delay."""
    return {test: net for test, net in utility(workup, tests, rng).items() if net > 0}


def bits(workup: Workup, tests: Sequence[str], rng: np.random.Generator) -> Scores:
    """Expected information gain."""
    return {test: information_gain(seen)[0] for test, seen in _survey(workup, tests, rng).items()}


def bits_per_cost(workup: Workup, tests: Sequence[str], rng: np.random.Generator) -> Scores:
    """Expected information gain per unit of cost, with what has to come first."""
    return _per_cost(workup, bits(workup, tests, rng))


def until_certain(workup: Workup, tests: Sequence[str], rng: np.random.Generator) -> Scores:
    """Expected bits towards a certain diagnosis per unit of cost: as information gain, but where
    one diagnosis is certain enough, no bit is missing."""
    missing = float(_missing(workup.forest.posterior))
    surveyed = _survey(workup, tests, rng)
    gains = {test: missing - seen.mean(_missing(seen.posterior)) for test, seen in surveyed.items()}
    return _per_cost(workup, {test: max(float(gain), 0.0) for test, gain in gains.items()})


def edge_cutting(workup: Workup, tests: Sequence[str], rng: np.random.Generator) -> Scores:
    """EC2: edges between patients of different diagnoses cut, per unit of cost."""
    surveyed = _survey(workup, tests, rng)
    return _per_cost(workup, {test: edges_cut(seen) for test, seen in surveyed.items()})


def two_step(workup: Workup, tests: Sequence[str], rng: np.random.Generator) -> Scores:
    """Expected net utility of a test and of the best test after it, if that is worth doing. Only
    the tests that are best alone are followed up."""
    surveyed = _survey(workup, tests, rng)
    scores = {test: _net(workup, test, seen) for test, seen in surveyed.items()}
    for test in sorted(scores, key=lambda test: -scores[test])[:FOLLOWED]:
        scores[test] += _best_after(workup, tests, surveyed[test], rng)
    return scores


def cheapest(workup: Workup, tests: Sequence[str], rng: np.random.Generator) -> Scores:
    """The cheapest test first, whatever it tells."""
    return {test: -workup.burdens[test].cost for test in tests}


def at_random(workup: Workup, tests: Sequence[str], rng: np.random.Generator) -> Scores:
    """Any test."""
    return dict(zip(tests, rng.random(len(tests)).tolist(), strict=True))


@dataclass(frozen=True)
class Result:
    """A result of a test: what it adds to the evidence, and how often it is seen."""

    evidence: Evidence
    probability: float


def results(outcomes: Outcomes, count: int, rng: np.random.Generator) -> list[Result]:
    """All results of a test where there are at most `count`, else that many draws of them."""
    if len(outcomes.states) <= count and outcomes.exact:
        rows, weights = np.flatnonzero(outcomes.weight), outcomes.weight
    else:
        rows = rng.choice(len(outcomes.states), size=count, p=outcomes.weight)
        weights = np.full(len(outcomes.states), 1 / count)
    return [
        Result(
            Evidence(dict(zip(outcomes.findings, outcomes.states[row].tolist(), strict=True))),
            float(weights[row]),
        )
        for row in rows
    ]


def affordable(workup: Workup, budget: Mapping[str, float]) -> list[str]:
    """Remaining tests that fit the budget with all that has to come first."""
    return [test for test in workup.remaining if workup.burdens[test].fits(budget)]


def choose(
    policy: Policy, workup: Workup, budget: Mapping[str, float], rng: np.random.Generator
) -> str | None:
    """The test to do now: the best one, or the first of those that have to precede it. None where
    no test is affordable."""
    scores = policy(workup, affordable(workup, budget), rng)
    return first_step(workup, max(scores, key=scores.__getitem__)) if scores else None


def first_step(workup: Workup, test: str) -> str:
    """The test, or what has to come first."""
    return (*workup.battery.outstanding(test, workup.forest.seen), test)[0]


def _survey(workup: Workup, tests: Sequence[str], rng: np.random.Generator) -> dict[str, Outcomes]:
    asked = {test: workup.remaining[test] for test in tests}
    return survey(workup.forest, asked, rng, SAMPLES, most=SAMPLES)


def _missing(posterior: np.ndarray) -> np.ndarray:
    """Bits missing to a certain diagnosis."""
    return np.where(posterior.max(axis=-1) >= CERTAINTY, 0.0, entropy(posterior))


def _net(workup: Workup, test: str, outcomes: Outcomes) -> float:
    return workup.stakes.value_of_information(outcomes)[0] - workup.loss(test)


def _per_cost(workup: Workup, scores: Scores) -> Scores:
    """A test that costs nothing and tells something precedes all others."""
    costs = {test: workup.burdens[test].cost for test in scores}
    return {
        test: score / costs[test] if costs[test] else (np.inf if score > 0 else 0.0)
        for test, score in scores.items()
    }


def _best_after(
    workup: Workup, tests: Sequence[str], outcomes: Outcomes, rng: np.random.Generator
) -> float:
    """Mean over results of a test of what the best next test is worth, or 0."""
    total = 0.0
    for result in results(outcomes, RESULTS, rng):
        after = workup.given(result.evidence)
        scores = utility(after, [test for test in tests if test in after.remaining], rng)
        total += result.probability * max([0.0, *scores.values()])
    return total
