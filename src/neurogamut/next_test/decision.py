"""What it is worth to know more before acting: utilities of actions, burdens of tests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from ..knowledge.base import KnowledgeBase
from ..knowledge.records import Utility
from .battery import Burden
from .outcomes import Outcomes

DAYS_OF_A_YEAR = 365.25


@dataclass(frozen=True, eq=False)
class Stakes:
    """`utility` (actions, diseases) from priors/actions.csv, 0 worst and 1 best, what a unit of
    cost and a serious harm take off it, and a day by which a better treatment is late. `exposure`
    is the share of a wrong treatment's loss that a trial of it brings on; `trials` are the tests
    that try out an action. The range of utility stands for so many `days` in full health; a test is
    worth it from `least` utility on. `rows` say where each utility is from, by action and
    disease."""

    actions: tuple[str, ...]
    utility: np.ndarray
    per_cost: float
    per_harm: float
    per_day: float
    exposure: float
    days: float
    least: float
    rows: Mapping[tuple[str, str], Utility] = field(default_factory=dict)
    trials: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, base: KnowledgeBase) -> Stakes:
        """The stakes of a knowledge base. Raises UsageError where it has no managements."""
        utilities = base.managements()
        days = DAYS_OF_A_YEAR * base.constant("utility_years")
        return cls(
            actions=tuple(utilities),
            utility=np.array(list(utilities.values())),
            per_cost=base.constant("utility_per_cost"),
            per_harm=base.constant("utility_per_harm"),
            per_day=base.constant("utility_per_day"),
            exposure=base.constant("trial_exposure"),
            days=days,
            least=base.constant("least_worth_days") / days,
            rows={(row.action, row.disease): row for row in base.utilities},
            trials=base.gamut.trials,
        )

    def best(self, posterior: np.ndarray) -> tuple[str, float]:
        """The action of highest expected utility, and that utility."""
        now = self.now(posterior)
        return self.actions[now], float(self.utility[now] @ posterior)

    def best_actions(self, posteriors: np.ndarray) -> np.ndarray:
        """Position of the best action for each row of (rows, diseases)."""
        return (posteriors @ self.utility.T).argmax(axis=1)

    def value_of_information(self, outcomes: Outcomes, days: float = 0.0) -> tuple[float, float]:
        """Expected value of sample information (Raiffa and Schlaifer 1961): the expected gain in
        utility of acting after the test, which takes so many days, rather than now, and its
        standard error. Never negative: every outcome is compared with the action that is best
        now."""
        gained = self.gain(self.now(outcomes.prior), outcomes.posterior, days)
        return float(outcomes.mean(gained)), outcomes.standard_error(gained)

    def now(self, posterior: np.ndarray) -> int:
        """The position of the action of highest expected utility."""
        return int((self.utility @ posterior).argmax())

    def gain(self, now: int, after: np.ndarray, days: float = 0.0) -> np.ndarray:
        """What acting on each posterior in `after` (..., diseases) adds to the action (by position)
        that is given until then: shape (...,). A better treatment that comes so many days late adds
        less, but never harms."""
        expected = after @ self.utility.T
        late = expected.max(axis=-1) - expected[..., now] - days * self.per_day
        return np.maximum(late, 0.0)

    def value_of_certainty(self, posterior: np.ndarray) -> float:
        """Expected value of perfect information: an upper bound for all tests together."""
        return float(self.utility.max(axis=0) @ posterior - (self.utility @ posterior).max())

    def in_days(self, utility: float) -> float:
        """A utility as days in full health."""
        return utility * self.days

    def loss(self, burden: Burden) -> float:
        """What the cost and the harm of a burden take off the utility."""
        return burden.cost * self.per_cost + burden.harm * self.per_harm

    def trial_loss(self, test: str, posterior: np.ndarray) -> float:
        """What trying a treatment loses where another is right, as steroids in an infection."""
        if test not in self.trials:
            return 0.0
        tried = self.utility[self.actions.index(self.trials[test])]
        return self.exposure * float((self.utility.max(axis=0) - tried) @ posterior)
