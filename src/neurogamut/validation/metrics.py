"""How good probabilistic diagnoses are. Knows nothing of the model that made them.

Everywhere `forecast` is P(disease | case), shape (cases, diseases), and `truth` the position of
the true disease, shape (cases,).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .. import wilson

BINS = 10
REPEATS = 200
#: Among the first so many diseases.
FIRST = (1, 3, 5)


@dataclass(frozen=True)
class Share:
    """A share `count` of `of`, with its 95 % Wilson interval."""

    count: int
    of: int

    @property
    def value(self) -> float:
        """The share itself."""
        return self.count / self.of

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's score interval."""
        return wilson.interval(self.value, self.of)


@dataclass(frozen=True)
class Bin:
    """Cases whose leading disease had about the same probability: the mean of it, and how often
    the leading disease was the true one."""

    forecast: float
    hits: Share


@dataclass(frozen=True, kw_only=True)
class Score:
    """How good a forecast is over a set of cases.

    `mrr`: mean reciprocal rank. `log_score`: mean ln P(true disease), above is better; `brier`:
    mean squared distance to the truth over all diseases (0 best, 2 worst; Brier 1950).
    `ece`: expected calibration error of the leading disease in ten equal bins (Naeini, AAAI 2015).
    `expected`: the shares within the first 1, 3 and 5 that the forecast itself expected.
    """

    cases: int
    top1: Share
    top3: Share
    top5: Share
    mrr: float
    log_score: float
    brier: float
    ece: float
    mean_posterior: float
    expected: tuple[float, ...]

    def to_dict(self) -> dict[str, Any]:
        """Flat: every share as its value and its interval."""
        shares: dict[str, Any] = {}
        for name in ("top1", "top3", "top5"):
            share = getattr(self, name)
            shares |= {name: share.value, f"{name}_interval": list(share.interval)}
        rest = ("mrr", "log_score", "brier", "ece", "mean_posterior")
        numbers = {name: getattr(self, name) for name in rest}
        return {"cases": self.cases, **shares, **numbers, "expected": list(self.expected)}


def score_if_any(forecast: np.ndarray, truth: np.ndarray) -> Score | None:
    """All measures at once; None where there is no case to measure."""
    return score(forecast, truth) if len(truth) else None


def score(forecast: np.ndarray, truth: np.ndarray) -> Score:
    """All measures at once, of one case or more."""
    rank = ranks(forecast, truth)
    of_truth = true_probability(forecast, truth)
    top1, top3, top5 = (Share(int((rank <= k).sum()), len(rank)) for k in FIRST)
    mass = np.sort(forecast, axis=1)[:, ::-1].cumsum(axis=1).mean(axis=0)
    return Score(
        cases=len(truth),
        top1=top1,
        top3=top3,
        top5=top5,
        mrr=float((1 / rank).mean()),
        log_score=float(np.log(of_truth).mean()),
        brier=brier(forecast, truth),
        ece=calibration_error(reliability(forecast, truth)),
        mean_posterior=float(of_truth.mean()),
        expected=tuple(float(mass[min(k, len(mass)) - 1]) for k in FIRST),
    )


def true_probability(forecast: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """P(true disease | case), shape (cases,)."""
    return forecast[np.arange(len(truth)), truth]


def ranks(forecast: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """The rank of the true disease, from 1; of equals it counts as the last."""
    return (forecast >= true_probability(forecast, truth)[:, None]).sum(axis=1)


def brier(forecast: np.ndarray, truth: np.ndarray) -> float:
    """Brier's score (Monthly Weather Review 1950;78:1) over all diseases."""
    hit = np.eye(forecast.shape[1])[truth]
    return float(((forecast - hit) ** 2).sum(axis=1).mean())


def reliability(forecast: np.ndarray, truth: np.ndarray) -> list[Bin]:
    """The leading disease's probability against how often it was right, in ten equal bins."""
    return _bins(forecast.max(axis=1), forecast.argmax(axis=1) == truth)


def _bins(probability: np.ndarray, right: np.ndarray) -> list[Bin]:
    place = np.minimum((probability * BINS).astype(int), BINS - 1)
    return [
        Bin(float(probability[here].mean()), Share(int(right[here].sum()), int(here.sum())))
        for here in (place == i for i in np.unique(place))
    ]


def calibration_error(bins: Sequence[Bin]) -> float:
    """Mean distance of forecast and frequency, weighted by cases."""
    total = sum(b.hits.of for b in bins)
    return sum(b.hits.of * abs(b.forecast - b.hits.value) for b in bins) / total


def chance_calibration_error(forecast: np.ndarray) -> float:
    """The calibration error that a perfectly calibrated forecast would show on so few cases: the
    mean where every leading disease is true with the probability that it was given."""
    leading, rng = forecast.max(axis=1), np.random.default_rng(0)
    right = rng.random((REPEATS, len(leading))) < leading
    return float(np.mean([calibration_error(_bins(leading, drawn)) for drawn in right]))


def credible_set_size(forecast: np.ndarray, level: float) -> np.ndarray:
    """How many of the most probable diseases hold `level` of the posterior, shape (cases,)."""
    mass = np.sort(forecast, axis=1)[:, ::-1].cumsum(axis=1)
    return 1 + (mass < level - 1e-12).sum(axis=1)


def auc(cases: np.ndarray, controls: np.ndarray) -> float:
    """P(a case's value exceeds a control's), ties counting half (Mann-Whitney)."""
    difference = np.sign(cases[:, None] - controls[None, :])
    return float((difference.mean() + 1) / 2)
