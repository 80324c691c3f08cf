"""Plans: the decision tree that a policy implies, within a budget.

A branch is a class of results that a person can tell from the report (`result_classes.py`), and
the next test is chosen by what the class says. So every number of the tree is exact. Only which of
two tests is worth more may rest on patients that were drawn, where one has too many outcomes to
list; tests that are no further apart than that allows are said to be as good.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import starmap

import numpy as np

from ..errors import UsageError, nearest, require_known
from ..network import Network
from ..wilson import Z95
from .battery import MEASURES, Burden
from .paper_tree import paper_tree
from .policies import (
    CERTAINTY,
    Policy,
    Scores,
    affordable,
    edge_cutting,
    error_of,
    first_step,
    two_step,
    utility,
)
from .result_classes import Result, results
from .tree import Node
from .workup import Workup

#: What a plan can be searched by; `paper` follows the published tree instead.
SEARCHES: dict[str, Policy] = {
    "greedy": utility,
    "two-step": two_step,
    "ec2": edge_cutting,
    "paper": paper_tree,
}
#: The searches whose scores are utilities: a test has to be worth something.
WEIGHED = ("greedy", "two-step")
#: Scores of other searches that differ by less than this share of the best are as good.
AS_GOOD = 0.01
#: A branch that fewer patients come to is not followed further.
RARE = 0.03
#: Diseases named at a node.
NAMED = 3


@dataclass(frozen=True)
class Way:
    """What was spent on the way to a node, in measures and in utility, and gained by acting on each
    result; `probability` of it."""

    probability: float = 1.0
    burden: Burden = Burden()
    loss: float = 0.0
    gain: float = 0.0


@dataclass(frozen=True, eq=False)
class Search:
    """What stays the same all over a tree."""

    network: Network
    diseases: Sequence[str]
    by: str
    budget: Mapping[str, float]

    def step(self, workup: Workup, way: Way, shows: Mapping[str, tuple[int, ...]]) -> Node:
        """The node that is come to when a test `shows` this, with all that follows."""
        here = self._leaf(workup, way, shows)
        if here.ends:
            return here
        left = {m: limit - getattr(way.burden, m) for m, limit in self.budget.items()}
        tests, ends = self._choose(workup, left)
        if not tests:
            return replace(here, ends=ends)
        burden = workup.battery.burden(tests[0], workup.so_far)
        after = replace(way, burden=way.burden + burden, loss=way.loss + workup.loss(tests[0]))
        branches = (
            self._branch(result, after, workup.gain(tests[0], result.workup))
            for result in results(workup, tests[0])
        )
        return replace(here, test=tests[0], as_good=tests[1:], branches=tuple(branches))

    def _branch(self, result: Result, way: Way, gain: float) -> Node:
        probability = way.probability * result.probability
        way = replace(way, probability=probability, gain=way.gain + gain)
        return self.step(result.workup, way, result.shows)

    def _leaf(self, workup: Workup, way: Way, shows: Mapping[str, tuple[int, ...]]) -> Node:
        posterior = workup.forest.posterior
        order = np.argsort(-posterior, kind="stable")[:NAMED].tolist()
        action, expected = workup.stakes.best(posterior)
        ends = "certain enough" if posterior[order[0]] >= CERTAINTY else ""
        if not ends and way.probability < RARE:
            ends = "rare"
        return Node(
            shows=dict(starmap(self._said, shows.items())),
            probability=way.probability,
            leading=self.diseases[order[0]],
            posterior=float(posterior[order[0]]),
            differential={self.diseases[d]: float(posterior[d]) for d in order},
            action=action,
            utility=expected,
            gain=way.gain,
            loss=way.loss,
            spent={measure: getattr(way.burden, measure) for measure in MEASURES},
            ends=ends,
        )

    def _said(self, finding: str, states: tuple[int, ...]) -> tuple[str, str | dict[str, float]]:
        """A class of one finding's states, as a case says it."""
        names = self.network.variables[finding].states
        if len(states) == 1:
            return finding, names[states[0]]
        return finding, {name: float(place in states) for place, name in enumerate(names)}

    def _choose(self, workup: Workup, left: Mapping[str, float]) -> tuple[tuple[str, ...], str]:
        """The next test with those that are as good, or none and why there is none."""
        if not workup.remaining:
            return (), "no test left"
        tests = affordable(workup, left)
        if not tests:
            return (), "budget spent"
        scores = SEARCHES[self.by](workup, tests)
        best = max(scores.values(), default=0.0)
        if best <= (workup.stakes.least if self.by in WEIGHED else 0.0):
            return (), "no test worth it"
        within = self._as_good(workup, scores, best)
        order = sorted(scores, key=lambda test: -scores[test])
        good = [first_step(workup, test) for test in order if scores[test] >= within]
        return tuple(dict.fromkeys(good)), ""

    def _as_good(self, workup: Workup, scores: Scores, best: float) -> float:
        """The score from which a test is as good as the best: what it lacks is worth nothing, or
        may be chance."""
        if self.by not in WEIGHED:
            return best * (1 - AS_GOOD)
        return best - max(workup.stakes.least, Z95 * error_of(workup, scores))


def search(
    workup: Workup,
    network: Network,
    diseases: Sequence[str],
    by: str,
    budget: Mapping[str, float],
) -> Node:
    """The decision tree of a policy.

    Raises UsageError for an unknown search or measure, or a budget that is no number above 0."""
    require_known("by", by, SEARCHES)
    for measure, limit in budget.items():
        if measure not in MEASURES:
            hint = nearest(measure, MEASURES)
            raise UsageError(f"budget {measure!r}: expected one of {', '.join(MEASURES)}{hint}")
        if not limit >= 0:
            raise UsageError(f"budget {measure}={limit!r}: expected a number, 0 or above")
    return Search(network, diseases, by, budget).step(workup, Way(), {})
