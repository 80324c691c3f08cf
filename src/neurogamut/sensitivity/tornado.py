"""Which published figure moves the answer most when each runs over its own 95 % interval."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from ..results import ModelInfo
from .figures import Figure, Panel, figures, panels, prior_figures
from .flip_figure import thresholds
from .focus import focus
from .priors import flip_factor
from .result import SensitivityResult
from .subject import Subject

#: Points of the interval, both ends included: dependent findings need not move it monotonically.
POINTS = 21


@dataclass(frozen=True)
class Swing:
    """P(disease in question | case) while one figure runs over its interval: `at_lower` and
    `at_upper` its ends, `low` and `high` the extremes. `below` and `above` are the values beyond
    which the order of diagnoses changes, None where it never does."""

    figure: Figure
    at_lower: float
    at_upper: float
    low: float
    high: float
    below: float | None
    above: float | None

    @property
    def swing(self) -> float:
        """High less low."""
        return self.high - self.low

    @property
    def flips(self) -> bool:
        """Whether the order changes within the figure's interval."""
        low = self.below is not None and self.below >= self.figure.lower
        return low or (self.above is not None and self.above <= self.figure.upper)

    def to_dict(self) -> dict[str, Any]:
        """The figure with what it does."""
        numbers = ("at_lower", "at_upper", "low", "high", "below", "above")
        own = {name: getattr(self, name) for name in numbers}
        return {**self.figure.to_dict(), "swing": self.swing, **own, "flips": self.flips}


@dataclass(frozen=True, repr=False)
class Tornado(SensitivityResult):
    """All figures that bear on the case, by swing in P(`target` | case), now `posterior`."""

    target: str
    leading: str
    posterior: float
    swings: tuple[Swing, ...]
    labels: dict[str, str]
    model: ModelInfo

    def records(self) -> list[dict[str, Any]]:
        """One row per figure."""
        return [swing.to_dict() for swing in self.swings]

    def to_dict(self) -> dict[str, Any]:
        """What `neurogamut sensitivity tornado --json` gives."""
        return {
            "target": self.target,
            "leading": self.leading,
            "posterior": self.posterior,
            "figures": self.records(),
            "model": asdict(self.model),
        }


def tornado(subject: Subject) -> Tornado:
    """Every published figure and prior, moved over its 95 % interval, the rest at its mean."""
    small = focus(subject)
    found = [s for panel in panels(small) for s in _swings(small, panel)]
    found += _prior_swings(subject)
    return Tornado(
        subject.diseases[subject.target],
        subject.diseases[subject.leading],
        float(subject.posterior[subject.target]),
        tuple(sorted(found, key=lambda swing: -swing.swing)),
        subject.labels,
        subject.info,
    )


def _swings(subject: Subject, panel: Panel) -> Iterator[Swing]:
    low, high = panel.interval(subject)
    values = low + (high - low) * np.linspace(0, 1, POINTS)[:, None]
    target = posterior_of_target(subject, panel.response(subject, values))
    below, above = thresholds(subject, panel)
    for i, figure in figures(subject, panel).items():
        yield _swing(figure, target[:, i], below[i], above[i])


def posterior_of_target(subject: Subject, response: np.ndarray) -> np.ndarray:
    """P'(target | case) for each disease whose figure alone was moved; shape of `response`."""
    now, target = subject.posterior, subject.target
    total = 1 - now + response
    mine = np.full_like(response, now[target])
    mine[:, target] = response[:, target]
    return mine / total


def _prior_swings(subject: Subject) -> Iterator[Swing]:
    """Priors in closed form: with P(disease) at t the others share 1 - t as before."""
    now, prior = subject.posterior, subject.prior
    for i, figure in enumerate(prior_figures(subject)):
        t = figure.lower + (figure.upper - figure.lower) * np.linspace(0, 1, POINTS)
        joint = np.outer((1 - t) / (1 - prior[i]), now)
        joint[:, i] = now[i] * t / prior[i]
        curve = joint[:, subject.target] / joint.sum(axis=1)
        yield _swing(figure, curve, *_prior_thresholds(subject, i))


def _prior_thresholds(subject: Subject, disease: int) -> tuple[float, float]:
    """The prior probabilities below and above which the order changes; NaN where it never does."""
    factor = flip_factor(subject, disease)
    if factor is None:
        return np.nan, np.nan
    odds = factor * subject.prior[disease] / (1 - subject.prior[disease])
    threshold = odds / (1 + odds)
    return (threshold, np.nan) if factor < 1 else (np.nan, threshold)


def _swing(figure: Figure, curve: np.ndarray, below: float, above: float) -> Swing:
    numbers = map(float, (curve[0], curve[-1], curve.min(), curve.max()))
    return Swing(figure, *numbers, _known(below), _known(above))


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
