"""How good what patients were told is: before learning and after."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from .. import wilson
from .cross_validation import Forecast

TENTHS = 10
FIRST = 3


@dataclass(frozen=True)
class TenthOfForecasts:
    """Patients whose leading disease had about the same probability, and how often it was right."""

    patients: int
    forecast: float
    right: float
    interval: tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class ForecastScore:
    """`log_score` is the mean of ln P(diagnosis), `first` and `top3` how often it was first and
    among the first three; each with a 95 % interval. `calibration` is by tenth of the leading
    probability. An uncertain diagnosis counts in parts."""

    patients: int
    log_score: float
    log_score_interval: tuple[float, float]
    first: float
    first_interval: tuple[float, float]
    top3: float
    top3_interval: tuple[float, float]
    calibration: tuple[TenthOfForecasts, ...]

    def to_dict(self) -> dict[str, Any]:
        """As a JSON document."""
        return asdict(self)


def scored(forecast: Forecast) -> ForecastScore:
    """The scores of a forecast."""
    logs, order = forecast.log_scores, np.argsort(-forecast.posterior, axis=1)
    among = np.take_along_axis(forecast.shares, order[:, :FIRST], axis=1)
    first, top3, count = float(among[:, 0].mean()), float(among.sum(axis=1).mean()), len(logs)
    return ForecastScore(
        patients=count,
        log_score=float(logs.mean()),
        log_score_interval=mean_interval(logs, forecast.groups),
        first=first,
        first_interval=wilson.interval(first, count),
        top3=top3,
        top3_interval=wilson.interval(top3, count),
        calibration=_calibration(forecast.posterior.max(axis=1), among[:, 0]),
    )


def gained(before: Forecast, after: Forecast) -> tuple[float, tuple[float, float]]:
    """By how much the log score rose, with its 95 % interval."""
    change = after.log_scores - before.log_scores
    return float(change.mean()), mean_interval(change, before.groups)


def mean_interval(values: np.ndarray, groups: np.ndarray) -> tuple[float, float]:
    """The 95 % interval of a mean; values of one group are no independent witnesses."""
    _, which = np.unique(groups, return_inverse=True)
    sums = np.bincount(which.ravel(), values - values.mean())
    half = wilson.Z95 * float(np.sqrt((sums**2).sum())) / len(values)
    return float(values.mean()) - half, float(values.mean()) + half


def _calibration(leading: np.ndarray, right: np.ndarray) -> tuple[TenthOfForecasts, ...]:
    tenth = np.minimum((leading * TENTHS).astype(int), TENTHS - 1)
    found = []
    for here in (tenth == i for i in np.unique(tenth)):
        count, share = int(here.sum()), float(right[here].mean())
        interval = wilson.interval(share, count)
        found.append(TenthOfForecasts(count, float(leading[here].mean()), share, interval))
    return tuple(found)
