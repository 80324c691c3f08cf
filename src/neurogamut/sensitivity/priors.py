"""What the prior decides: settings, ten-fold changes, and the prior odds at which the answer flips.

The likelihood of each disease stays as it is, so that every answer here is Bayes' rule by hand."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from ..results import ModelInfo
from .result import SensitivityResult
from .subject import Subject

FOLD = 10.0


@dataclass(frozen=True)
class SettingAnswer:
    """The answer with the priors of one setting."""

    setting: str
    leading: str
    leading_posterior: float
    target_posterior: float


@dataclass(frozen=True)
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


@dataclass(frozen=True, repr=False)
class PriorsSensitivity(SensitivityResult):
    """The answer over settings and over changes of every prior, the most easily flipped first."""

    target: str
    leading: str
    posterior: float
    settings: tuple[SettingAnswer, ...]
    diseases: tuple[PriorAnswer, ...]
    labels: dict[str, str]
    model: ModelInfo

    def records(self) -> list[dict[str, Any]]:
        """One row per disease."""
        return [{**asdict(disease), "flips": disease.flips} for disease in self.diseases]

    def to_dict(self) -> dict[str, Any]:
        """What `neurogamut sensitivity priors --json` gives."""
        return {
            "target": self.target,
            "leading": self.leading,
            "posterior": self.posterior,
            "settings": [asdict(setting) for setting in self.settings],
            "diseases": self.records(),
            "model": asdict(self.model),
        }


def priors(subject: Subject) -> PriorsSensitivity:
    """The answer over all settings, a ten-fold change of each prior, and the flipping odds."""
    diseases = [_disease(subject, i) for i in range(len(subject.diseases))]
    diseases.sort(key=lambda d: abs(np.log(d.flip_factor)) if d.flip_factor else np.inf)
    return PriorsSensitivity(
        subject.diseases[subject.target],
        subject.diseases[subject.leading],
        float(subject.posterior[subject.target]),
        tuple(_setting(subject, name) for name in subject.base.settings),
        tuple(diseases),
        subject.labels,
        subject.info,
    )


def _setting(subject: Subject, name: str) -> SettingAnswer:
    weights = {w.disease: w.weight for w in subject.base.weights(name)}
    prior = np.array([weights[disease] for disease in subject.diseases])
    posterior = _reweighted(subject, prior / prior.sum() / subject.prior)
    best = int(posterior.argmax())
    return SettingAnswer(
        name, subject.diseases[best], float(posterior[best]), float(posterior[subject.target])
    )


def _reweighted(subject: Subject, factors: np.ndarray) -> np.ndarray:
    """The posterior with every disease's prior multiplied by a factor."""
    joint = subject.posterior * factors
    return joint / joint.sum()


def _disease(subject: Subject, disease: int) -> PriorAnswer:
    prior, odds = subject.prior[disease], subject.prior[disease] / (1 - subject.prior[disease])
    answers = []
    for fold in (1 / FOLD, FOLD):
        factors = np.ones(len(subject.diseases))
        factors[disease] = fold
        moved = _reweighted(subject, factors)
        answers += [float(moved[subject.target]), subject.diseases[moved.argmax()]]
    factor = flip_factor(subject, disease)
    return PriorAnswer(
        subject.diseases[disease], float(prior), float(odds), float(subject.posterior[disease]),
        *answers, factor, None if factor is None else float(factor * odds),
    )  # fmt: skip


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
