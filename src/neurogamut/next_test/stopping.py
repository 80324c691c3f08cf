"""When to stop: would all remaining tests change the diagnosis, or what is done about it?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .. import wilson
from .outcomes import survey
from .ranked import ActionWorth, RankedTest, Stop
from .workup import Workup

#: Patients drawn where the outcomes of all tests together are too many to list.
SAMPLES = 4000
#: Actions that are told.
ACTIONS = 3


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
    recommended, reason = _recommendation(workup, tests)
    value_of_all, _ = stakes.value_of_information(after)
    certainty = stakes.value_of_certainty(posterior)

    def interval(share: float) -> tuple[float, float]:
        return (share, share) if after.exact else wilson.interval(share, len(after.states))

    return Stop(
        recommended=recommended,
        reason=reason,
        leading=diseases[leading],
        probability=float(posterior[leading]),
        best_action=action,
        expected_utility=expected,
        same_diagnosis=same_diagnosis,
        same_diagnosis_interval=interval(same_diagnosis),
        same_action=same_action,
        same_action_interval=interval(same_action),
        value_of_all_tests=value_of_all,
        value_of_certainty=certainty,
        all_tests_days=stakes.in_days(value_of_all),
        certainty_days=stakes.in_days(certainty),
        actions=_actions(workup, diseases[leading]),
        exact=after.exact,
    )


def _actions(workup: Workup, leading: str) -> tuple[ActionWorth, ...]:
    """The actions of highest expected utility, with what they are worth in the leading disease."""
    stakes = workup.stakes
    expected = stakes.utility @ workup.forest.posterior
    rows = [(float(expected[i]), stakes.actions[i]) for i in np.argsort(-expected, kind="stable")]
    return tuple(
        ActionWorth(
            action=action,
            expected=worth,
            utility=row.utility,
            basis=row.basis,
            source=row.source,
            locator=row.locator,
            note=row.note,
        )
        for worth, action in rows[:ACTIONS]
        for row in (stakes.rows[action, leading],)
    )


def _recommendation(workup: Workup, tests: Sequence[RankedTest]) -> tuple[bool, str]:
    """A test that is worth it is worth a day in full health at least, beyond its own error."""
    if not tests:
        return True, "no test is left"
    least = workup.stakes.in_days(workup.stakes.least)
    worthy = [t for t in tests if t.worth_days > max(least, wilson.Z95 * t.worth_days_error)]
    if worthy:
        best = max(worthy, key=lambda test: test.net_utility)
        return (
            False,
            f"{best.test} is worth {_days(best.worth_days)}, cost, harm and delay subtracted",
        )
    return True, (
        f"no single test is worth {_days(least)}, cost, harm and delay subtracted, beyond its error"
    )


def _days(days: float) -> str:
    return f"{days:.0f} day{'s' * (round(days) != 1)} in full health"
