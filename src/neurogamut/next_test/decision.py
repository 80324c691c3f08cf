"""What it is worth to know more before acting: utilities of actions, burdens of tests."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..knowledge.base import KnowledgeBase
from .battery import Burden
from .outcomes import Outcomes

#: A test that is itself a treatment, and the action that it tries out.
TRIALS = {"corticosteroid_trial": "steroids"}


@dataclass(frozen=True, eq=False)
class Stakes:
    """`utility` (actions, diseases) from priors/actions.csv, 0 worst and 1 best, and what a unit
    of cost, a serious harm and a day of delay take off it. `exposure` is the share of a wrong
    treatment's loss that a trial of it brings on."""

    actions: tuple[str, ...]
    utility: np.ndarray
    per_cost: float
    per_harm: float
    per_day: float
    exposure: float

    @classmethod
    def of(cls, base: KnowledgeBase) -> Stakes:
        """The stakes of a knowledge base."""
        values = {(row.action, row.disease): row.utility for row in base.utilities}
        actions = tuple(dict.fromkeys(action for action, _ in values))
        utility = [[values[action, disease.key] for disease in base.diseases] for action in actions]
        names = ("utility_per_cost", "utility_per_harm", "utility_per_day", "trial_exposure")
        return cls(actions, np.array(utility), *map(base.constant, names))

    def best(self, posterior: np.ndarray) -> tuple[str, float]:
        """The action of highest expected utility, and that utility."""
        expected = self.utility @ posterior
        return self.actions[int(expected.argmax())], float(expected.max())

    def best_actions(self, posteriors: np.ndarray) -> np.ndarray:
        """Position of the best action for each row of (rows, diseases)."""
        return (posteriors @ self.utility.T).argmax(axis=1)

    def value_of_information(self, outcomes: Outcomes) -> tuple[float, float]:
        """Expected value of sample information (Raiffa and Schlaifer 1961): the expected gain in
        utility of acting after the test rather than now, and its standard error. Never negative:
        every outcome is compared with the action that is best now."""
        expected = outcomes.posterior @ self.utility.T
        now = int((self.utility @ outcomes.prior).argmax())
        gained = expected.max(axis=1) - expected[:, now]
        return float(outcomes.mean(gained)), outcomes.standard_error(gained)

    def value_of_certainty(self, posterior: np.ndarray) -> float:
        """Expected value of perfect information: an upper bound for all tests together."""
        return float(self.utility.max(axis=0) @ posterior - (self.utility @ posterior).max())

    def loss(self, burden: Burden) -> float:
        """What a burden takes off the utility."""
        return (
            burden.cost * self.per_cost + burden.harm * self.per_harm + burden.days * self.per_day
        )

    def trial_loss(self, test: str, posterior: np.ndarray) -> float:
        """What trying a treatment loses where another is right, as steroids in an infection."""
        if test not in TRIALS:
            return 0.0
        tried = self.utility[self.actions.index(TRIALS[test])]
        return self.exposure * float((self.utility.max(axis=0) - tried) @ posterior)
