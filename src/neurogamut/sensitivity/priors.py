"""What the prior decides: settings, ten-fold changes, and the prior odds at which the answer flips.

The likelihood of each disease stays as it is, so that every answer here is Bayes' rule by hand."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from ..knowledge.reporting import Reporting
from ..render import charts
from ..render.sheet import Sheet
from ..render.wording import percent, share
from .sensitivity_answer import DRAWN, SHOWN, TargetAnswer
from .subject import Subject

FOLD = 10.0


@dataclass(frozen=True)
class SettingAnswer:
    """The answer with the priors of one setting."""

    setting: str
    leading: str
    leading_posterior: float
    target_posterior: float


@dataclass(frozen=True, kw_only=True)
class PriorAnswer:
    """One disease's prior moved: P(target | case) and the leading diagnosis with its odds ten times
    lower and higher, and the factor and prior odds (against all others) at which the order of
    diagnoses changes; None where no factor does."""

    disease: str
    prior: float
    odds: float
    posterior: float
    target_if_lower: float
    leading_if_lower: str
    target_if_higher: float
    leading_if_higher: str
    flip_factor: float | None
    flip_odds: float | None

    @property
    def flips(self) -> bool:
        """Whether a ten-fold change is enough."""
        return self.flip_factor is not None and 1 / FOLD <= self.flip_factor <= FOLD


@dataclass(frozen=True, repr=False, kw_only=True)
class PriorsSensitivity(TargetAnswer):
    """The answer over settings and over changes of every prior, the most easily flipped first."""

    settings: tuple[SettingAnswer, ...]
    diseases: tuple[PriorAnswer, ...]

    def records(self) -> list[dict[str, Any]]:
        """One row per disease."""
        return [{**asdict(disease), "flips": disease.flips} for disease in self.diseases]

    def to_dict(self) -> dict[str, Any]:
        """What `neurogamut sensitivity priors --json` gives."""
        return self._document(
            settings=[asdict(setting) for setting in self.settings], diseases=self.records()
        )

    def sheet(self, count: int = SHOWN) -> Sheet:
        """What is shown, with at most `count` rows."""
        rows = [
            (
                self.labels[d.disease],
                share(d.prior),
                "never" if d.flip_factor is None else f"x {d.flip_factor:.3g}",
                "" if d.flip_odds is None else f"{d.flip_odds:.2g}",
                percent(d.target_if_lower),
                percent(d.target_if_higher),
            )
            for d in self.diseases[:count]
        ]
        return self._digest(
            f"{self._now}. What the priors decide.",
            ("prior of", "now", "flips at", "odds then", "odds / 10", "odds x 10"),
            rows,
            ("now", "flips at", "odds then", "odds / 10", "odds x 10"),
            (
                "flips at: factor on the prior odds. odds / 10, odds x 10: P(disease in question).",
                "First in each setting:",
                *(_first_in(s, self) for s in self.settings),
            ),
        )

    def plot(self, count: int = DRAWN) -> Any:
        """A picture with at most `count` rows (an altair chart)."""
        rows = [
            charts.interval(
                self.labels[d.disease],
                d.target_if_lower,
                d.target_if_higher,
                d.target_if_higher,
                d.flips,
            )
            for d in self.diseases[:count]
        ]
        axis = f"P({self.labels[self.target]}); dot: odds ten times higher, orange: flips"
        chart = charts.ranges(rows, "prior odds / 10 to x 10", axis, self.posterior)
        return charts.captioned(chart, "What do the priors decide?", self.model)


def _first_in(answer: SettingAnswer, result: PriorsSensitivity) -> str:
    first = f"{answer.setting}: {result.labels[answer.leading]} {percent(answer.leading_posterior)}"
    if answer.leading == result.target:
        return first
    return f"{first} ({result.labels[result.target]} {percent(answer.target_posterior)})"


def priors(subject: Subject) -> PriorsSensitivity:
    """Settings, ten-fold changes of each prior, and the prior odds that flip the answer."""
    diseases = [_disease(subject, i) for i in range(len(subject.diseases))]
    diseases.sort(key=lambda d: abs(np.log(d.flip_factor)) if d.flip_factor else np.inf)
    return PriorsSensitivity.about(
        subject,
        settings=tuple(_setting(subject, name) for name in subject.base.settings),
        diseases=tuple(diseases),
    )


def _setting(subject: Subject, name: str) -> SettingAnswer:
    weights = {w.disease: w.weight for w in subject.base.weights(name)}
    prior = np.array([weights[disease] for disease in subject.diseases])
    prior = prior / prior.sum()
    if subject.telling:
        prior = Reporting.of(subject.base).prior(prior, subject.structure.unlisted)
    posterior = _reweighted(subject, prior / subject.prior)
    best = int(posterior.argmax())
    return SettingAnswer(
        name, subject.diseases[best], float(posterior[best]), float(posterior[subject.target])
    )


def _reweighted(subject: Subject, factors: np.ndarray) -> np.ndarray:
    """The posterior with every disease's prior multiplied by a factor."""
    joint = subject.posterior * factors
    return joint / joint.sum()


def _disease(subject: Subject, disease: int) -> PriorAnswer:
    prior = float(subject.prior[disease])
    odds = prior / (1 - prior)
    lower, higher = (_with_odds_times(subject, disease, fold) for fold in (1 / FOLD, FOLD))
    factor = flip_factor(subject, disease)
    return PriorAnswer(
        disease=subject.diseases[disease],
        prior=prior,
        odds=odds,
        posterior=float(subject.posterior[disease]),
        target_if_lower=float(lower[subject.target]),
        leading_if_lower=subject.diseases[lower.argmax()],
        target_if_higher=float(higher[subject.target]),
        leading_if_higher=subject.diseases[higher.argmax()],
        flip_factor=factor,
        flip_odds=None if factor is None else factor * odds,
    )


def _with_odds_times(subject: Subject, disease: int, fold: float) -> np.ndarray:
    factors = np.ones(len(subject.diseases))
    factors[disease] = fold
    return _reweighted(subject, factors)


def flip_factor(subject: Subject, disease: int) -> float | None:
    """The factor on a disease's prior odds at which the order changes: if the disease in question
    leads, at which it no longer does; else at which it overtakes the leader. None where no factor
    does."""
    now, target, leading = subject.posterior, subject.target, subject.leading
    if target == leading:
        rival = float(np.delete(now, leading).max(initial=0.0))
    elif disease in (target, leading):
        rival = float(now[target])
    else:
        return None
    pair = (rival, now[leading]) if disease == leading else (now[leading], now[disease])
    return float(pair[0] / pair[1]) if min(pair) > 0 else None
