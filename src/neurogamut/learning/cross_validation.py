"""How well patients foretell each other: how much one of them should weigh, and what it helps."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ..cohort.row_fit import RowFit
from ..cohort.workers import Workers
from ..diagnosis.pertinent import told_rows
from ..diagnosis.single import SingleDisease
from ..inference.elimination.engine import Engine
from ..knowledge.build import DIAGNOSIS, Blueprint
from .choice import Choice
from .component import components
from .expectation_maximisation import Learner, Tell, learned_blueprint
from .patients import Patients
from .seen import Seen

FOLDS = 5
#: How many patients of the tables one of these may weigh as.
WEIGHTS = (0.25, 0.5, 1.0, 2.0, 4.0)
#: Rounds that gain less than this a patient tell folds apart no more.
ROUGHLY = 5e-3
#: Cross-validation looks at so many patients at most, chosen by the hash of what they show.
LARGEST_SAMPLE = 2_000
#: With fewer patients nothing is cross-validated.
FEWEST = 20

View = Callable[[Blueprint], SingleDisease]


@dataclass(frozen=True, eq=False)
class Forecast:
    """What patients were told to have: `posterior` (patients, diseases), whether no disease fits
    (patients,), and what they have, `shares` (patients, diseases)."""

    posterior: np.ndarray
    unfit: np.ndarray
    shares: np.ndarray
    groups: np.ndarray
    names: np.ndarray

    @classmethod
    def of(cls, view: SingleDisease, patients: Patients) -> Forecast:
        """What a view says of patients, posed with what was known before the diagnosis."""
        batch = patients.batch()
        told = told_rows(batch, view.telling.said) if view.telling else batch
        posterior = Engine(view.network).batch(DIAGNOSIS, told).table
        diseases = posterior.shape[1]
        terms = RowFit({name: view.terms(name) for name in batch.states}, diseases)
        _, fit = terms.measures(batch.states, posterior.T, np.zeros(len(posterior)))
        unfit = view.fit_rule.nothing_fits(posterior, fit)
        return cls(posterior, unfit, patients.shares, patients.groups, patients.names)

    @classmethod
    def joined(cls, parts: Sequence[Forecast]) -> Forecast:
        """Of several folds together."""
        names = ("posterior", "unfit", "shares", "groups", "names")
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))

    @property
    def log_scores(self) -> np.ndarray:
        """ln P(diagnosis) of each patient; of an uncertain one the mean."""
        logs = np.log(np.maximum(self.posterior, np.finfo(float).tiny))
        return (self.shares * logs).sum(axis=1)


@dataclass(frozen=True, eq=False)
class Weighing:
    """What patients were told who were left out in turn: `before` by the tables as they are,
    `after`, by weight, by what the others taught too."""

    before: Forecast
    after: Mapping[float, Forecast]

    @property
    def gains(self) -> dict[float, float]:
        """By how much the log score rose, by weight."""
        base = self.before.log_scores.mean()
        return {weight: float(f.log_scores.mean() - base) for weight, f in self.after.items()}

    @property
    def best(self) -> float:
        """The weight that gains most."""
        return max(self.gains, key=self.gains.__getitem__)


def may_be_divided(patients: Patients) -> bool:
    """Whether there are enough patients, in enough groups, to leave some out in turn."""
    return len(patients) >= FEWEST and len(set(patients.groups % FOLDS)) == FOLDS


def weigh(
    blueprint: Blueprint,
    workers: Workers,
    patients: Patients,
    weights: Sequence[float],
    view_of: View,
    choice: Choice | None,
    tell: Tell,
) -> Weighing:
    """Learn without each fold in turn, and foretell it. The odds ratios stay as they are."""
    parts = components(blueprint)
    learner = Learner(blueprint, workers, with_ratios=False, choice=choice)
    before: list[Forecast] = []
    after: dict[float, list[Forecast]] = {weight: [] for weight in weights}
    for number in range(FOLDS):
        left_out = patients.groups % FOLDS == number
        out = patients.some(left_out)
        rest = Seen.by(parts, patients.some(~left_out), choice.asked if choice else ())
        before.append(Forecast.of(view_of(blueprint), out))
        start = None
        for weight in weights:
            tell(f"weight {weight:g} without part {number + 1} of {FOLDS}")
            fit = learner.fit(rest, weight, start=start, gained=ROUGHLY)
            start = fit.rates
            taught = view_of(learned_blueprint(blueprint, fit, weight, rest))
            after[weight].append(Forecast.of(taught, out))
    joined = {weight: Forecast.joined(found) for weight, found in after.items()}
    return Weighing(Forecast.joined(before), joined)
