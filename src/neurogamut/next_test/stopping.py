"""When to stop: would all remaining tests change the diagnosis, or what is done about it?"""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt

import numpy as np

from .answers import RankedTest, Stop
from .outcomes import survey
from .workup import Workup

#: Patients drawn where the outcomes of all tests together are too many to list.
SAMPLES = 4000
#: Standard normal quantile of a two-sided 95 % interval.
Z95 = 1.959964


def stop(workup: Workup, diseases: Sequence[str], tests: Sequence[RankedTest], seed: int) -> Stop:
    """The same-decision probability (Choi, Xue and Darwiche 2012) of diagnosis and action after
    all remaining tests, and a recommendation: stop where no test is worth its cost and harm."""
    posterior, stakes = workup.forest.posterior, workup.stakes
    findings = tuple(f for found in workup.remaining.values() for f in found)
    after = survey(workup.forest, {"all": findings}, np.random.default_rng(seed), SAMPLES)["all"]
    leading = int(posterior.argmax())
    action, expected = stakes.best(posterior)
    same_diagnosis = float(after.mean(after.posterior.argmax(axis=1) == leading))
    same_action = float(
        after.mean(stakes.best_actions(after.posterior) == stakes.actions.index(action))
    )
    recommended, reason = _recommendation(tests)
    draws = None if after.exact else len(after.states)
    return Stop(
        recommended=recommended,
        reason=reason,
        leading=diseases[leading],
        probability=float(posterior[leading]),
        best_action=action,
        expected_utility=expected,
        same_diagnosis=same_diagnosis,
        same_diagnosis_interval=interval(same_diagnosis, draws),
        same_action=same_action,
        same_action_interval=interval(same_action, draws),
        value_of_all_tests=stakes.value_of_information(after)[0],
        value_of_certainty=stakes.value_of_certainty(posterior),
        exact=after.exact,
    )


def interval(share: float, draws: int | None) -> tuple[float, float]:
    """95 % interval of a share of independent draws (Wilson, J Am Stat Assoc 1927;22:209); the
    share itself where it is exact."""
    if draws is None:
        return share, share
    centre = share + Z95**2 / (2 * draws)
    spread = Z95 * sqrt(share * (1 - share) / draws + (Z95 / (2 * draws)) ** 2)
    scale = 1 + Z95**2 / draws
    return max((centre - spread) / scale, 0.0), min((centre + spread) / scale, 1.0)


def _recommendation(tests: Sequence[RankedTest]) -> tuple[bool, str]:
    if not tests:
        return True, "every test has been done"
    best = max(tests, key=lambda test: test.net_utility)
    if best.net_utility > 0:
        return False, f"{best.test} is worth more than its cost, harm and delay"
    return True, "no single test is worth its cost, harm and delay"
