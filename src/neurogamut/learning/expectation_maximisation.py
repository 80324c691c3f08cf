"""Exact expectation-maximisation with the tables as prior.

Maximises weight * ln P(findings, diagnoses of the patients) + ln prior, the prior being that of
each cell in log odds. Every round raises it; it ends where nothing moves. From two rounds the way
ahead is foreseen, and taken where it is no way down. Where what is told was chosen (choice.py), P
is that of what was told, of all that could have been of the same number of findings.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from ..cohort.workers import Workers
from ..knowledge.build import DIAGNOSIS, Blueprint, Columns
from .choice import Choice, ChoiceStep
from .component import Expected, Tables
from .maximise import MStep, Prior, Rates
from .seen import Seen

#: By how much less than this, in natural logarithms a patient, the last round raised it.
GAINED = 1e-7
MOST_ROUNDS = 500
#: Fewer expected patients than this are none but for rounding.
NOBODY = 1e-6
#: Where nobody was seen a rate that moved by less than this did not move.
HARDLY = 1e-5
#: Decimals of an expected number of patients.
DECIMALS = 6

Tell = Callable[[str], None]


@dataclass(frozen=True, eq=False)
class Fit:
    """What was learned: the rates, what they expect of the patients, and by round the sum that is
    maximised. `information` is what the choice of what was told adds, by finding, in patients."""

    rates: Rates
    expected: Expected
    trace: tuple[float, ...]
    information: Tables = field(default_factory=dict)


class Learner:
    """Learns from patients on top of a blueprint. A stated odds ratio is a judgement and weighs as
    many patients as one; without `with_ratios` it stays as it is. `choice` is of what was told,
    None where findings were asked for one by one."""

    def __init__(
        self,
        blueprint: Blueprint,
        workers: Workers,
        with_ratios: bool = True,
        choice: Choice | None = None,
    ):
        base, shape = blueprint.base, blueprint.structure
        self.workers, self.choice = workers, choice
        free = tuple(row.child for row in base.dependencies if not row.is_subset)
        ratios = {child: shape.edges[child].odds_ratio for child in free}
        self.prior = Prior(blueprint.columns, ratios, base.constant("expert_size"))
        self.start = Rates(shape, blueprint.columns.means(), free if with_ratios else ())

    def fit(
        self,
        seen: Seen,
        weight: float,
        *,
        start: Rates | None = None,
        gained: float = GAINED,
        tell: Tell = lambda what: None,
    ) -> Fit:
        """The most probable rates, where a patient weighs as `weight` patients of the tables."""
        step = self._step(seen, weight)
        trace: list[float] = []

        def look(rates: Rates) -> tuple[Expected, float]:
            tell(f"round {len(trace) + 1}")
            expected = seen.expected(self._tables(rates), self.workers)
            return expected, self._aim(rates, seen, expected, weight)

        def improved(rates: Rates, expected: Expected, aim: float) -> Rates:
            trace.append(aim)
            return step(rates, _weighed(expected, weight))

        rates, patients = self._with_prior(start or self.start, seen, weight), seen.by_disease.sum()
        here = look(rates)
        while True:
            first = improved(rates, *here)
            there = look(first)
            if there[1] - here[1] < gained * patients or len(trace) > MOST_ROUNDS:
                expected = seen.expected(self._tables(first), self.workers, with_squares=True)
                told = step.information(first, _weighed(expected, weight))
                added = {name: found / weight for name, found in told.items()}
                return Fit(first, expected, (*trace, there[1]), added)
            second = improved(first, *there)
            ahead = extrapolated(rates, first, second)
            rates, here = ahead, look(ahead)
            if here[1] < there[1]:
                rates, here = second, look(second)

    def _with_prior(self, rates: Rates, seen: Seen, weight: float) -> Rates:
        """The shares of the diseases: patients with a known one are simply counted."""
        alpha = self.prior.columns.prior + weight * seen.by_disease
        return rates.with_means({DIAGNOSIS: alpha / alpha.sum()})

    def _step(self, seen: Seen, weight: float) -> MStep:
        if self.choice is None:
            return MStep(self.start.shape, self.prior)
        told = weight * seen.told
        return ChoiceStep(self.start.shape, self.prior, self.choice, seen.components, told)

    def _tables(self, rates: Rates) -> Tables:
        """The tables of the network, with those of what is said."""
        return rates.cpts() | (self.choice.nodes(rates) if self.choice else {})

    def _aim(self, rates: Rates, seen: Seen, expected: Expected, weight: float) -> float:
        found = float(expected.log_likelihood.sum())
        if self.choice:
            found -= float(self.choice.log_choices(rates, seen.told).sum())
        return weight * found + self.prior.of(rates)


def _weighed(expected: Expected, weight: float) -> Tables:
    return {name: weight * found for name, found in expected.counts.items()}


def learned_blueprint(blueprint: Blueprint, fit: Fit, weight: float, seen: Seen) -> Blueprint:
    """The blueprint with what was learned; a cell weighs as before and by what was seen."""
    prior = blueprint.columns.prior + weight * seen.by_disease
    alphas = {}
    for name, alpha in blueprint.columns.findings.items():
        k = local_counts(fit, name, alpha, weight)
        alphas[name] = alpha + weight * k
    shape = fit.rates.shape
    return replace(blueprint, structure=shape, columns=Columns(prior, alphas))


def local_counts(fit: Fit, name: str, alpha: np.ndarray, weight: float) -> np.ndarray:
    """How many patients have each state of a finding, as counts that lead from the cells `alpha`
    to the rates that were learned: shape of `alpha`.

    Their number is that of complete patients who would tell as much: who was not looked at adds
    nothing, who tells in part counts in part (observed information: Louis, J R Stat Soc B
    1982;44:226)."""
    rate, size = fit.rates.means[name], alpha.sum(axis=-1)
    count = fit.expected.counts[name]
    while count.ndim > alpha.ndim:
        count = count.sum(axis=-2)
    number = count.sum(axis=-1)
    unsure = number - fit.expected.squares[name].sum(axis=-1)
    told = number - unsure / (1 - (rate**2).sum(axis=-1)) + fit.information.get(name, 0)
    least = ((alpha / rate).max(axis=-1) - size) / weight
    told = np.maximum(np.maximum(told, least), 0)
    found = ((size + weight * told)[..., None] * rate - alpha) / weight
    still = np.abs(rate - alpha / size[..., None]).max(axis=-1) < HARDLY
    unseen = (number <= NOBODY) & still
    return np.where(unseen[..., None], 0, np.maximum(found, 0).round(DECIMALS))


def extrapolated(start: Rates, first: Rates, second: Rates) -> Rates:
    """Where two rounds of EM lead if they go on as they began (SQUAREM: Varadhan and Roland, Scand
    J Stat 2008;35:335, scheme S3), in logarithms."""
    a, b, c = (rates.vector() for rates in (start, first, second))
    step, bend = b - a, c - 2 * b + a
    bent = float(np.linalg.norm(bend))
    length = max(float(np.linalg.norm(step)) / bent, 1.0) if bent > 0 else 1.0
    return second.at(a + 2 * length * step + length**2 * bend)
