"""Which published figure moves the answer most when each runs over its own 95 % interval."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..render import charts
from ..render.sheet import Sheet
from ..render.wording import percent, share
from .figures import Figure, Panel, figures, named, panels, prior_figures, standing
from .flip_figure import grid, thresholds
from .focus import focus
from .priors import flip_factor
from .sensitivity_answer import DRAWN, SHOWN, TargetAnswer
from .subject import Subject

#: Points of the interval, both ends included: dependent findings need not move it monotonically.
POINTS = 21
#: Sentences on what would change the order.
SENTENCES = 5


@dataclass(frozen=True, kw_only=True)
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


@dataclass(frozen=True, repr=False, kw_only=True)
class Tornado(TargetAnswer):
    """All figures that bear on the case, by swing in P(`target` | case), now `posterior`."""

    swings: tuple[Swing, ...]

    def records(self) -> list[dict[str, Any]]:
        """One row per figure."""
        return [swing.to_dict() for swing in self.swings]

    def to_dict(self) -> dict[str, Any]:
        """What `neurogamut sensitivity tornado --json` gives."""
        return self._document(figures=self.records())

    def sheet(self, count: int = SHOWN) -> Sheet:
        """What is shown, with at most `count` rows."""
        rows = [
            (
                named(s.figure, self.labels),
                share(s.figure.value),
                percent(s.at_lower),
                percent(s.at_upper),
                percent(s.swing),
            )
            for s in self.swings[:count]
        ]
        limited = [s for s in self.swings if (s.below, s.above) != (None, None)]
        limited.sort(key=lambda s: (not s.flips, -s.swing))
        sentences = [f"{self._stays} {_limits(s, self.labels)}" for s in limited[:SENTENCES]]
        within = sum(s.flips for s in limited)
        summary = (
            f"{within} of {len(self.swings)} figures could change the order within their own 95 % "
            f"interval, {len(limited) - within} only beyond it."
        )
        return self._digest(
            f"{self._now}. Each figure over its own 95 % interval, the others at their means.",
            ("figure", "now", "at lower", "at upper", "swing"),
            rows,
            ("now", "at lower", "at upper", "swing"),
            (*sentences, summary),
        )

    def plot(self, count: int = DRAWN) -> Any:
        """A picture with at most `count` rows (an altair chart)."""
        rows = [
            charts.interval(named(s.figure, self.labels), s.low, s.high, s.at_upper, s.flips)
            for s in self.swings[:count]
        ]
        name = self.labels[self.target]
        axis = f"P({name}); dot: figure at its upper end, orange: the order changes"
        chart = charts.ranges(rows, "figure over its 95 % interval", axis, self.posterior)
        return charts.captioned(chart, f"Which figure moves P({name}) most?", self.model)


def _limits(swing: Swing, labels: Mapping[str, str]) -> str:
    limits = [f"below {share(swing.below)}"] if swing.below is not None else []
    limits += [f"above {share(swing.above)}"] if swing.above is not None else []
    name = named(swing.figure, labels)
    place = " This is within its interval." if swing.flips else ""
    return f"{name} is {' or '.join(limits)}; {standing(swing.figure)}.{place}"


def tornado(subject: Subject) -> Tornado:
    """Published figures by how much they move the answer within their 95 % interval.

    One figure or prior moves at a time, the rest at its mean."""
    small = focus(subject)
    found = [s for panel in panels(small) for s in _swings(small, panel)]
    found += _prior_swings(subject)
    return Tornado.about(subject, swings=tuple(sorted(found, key=lambda swing: -swing.swing)))


def _swings(subject: Subject, panel: Panel) -> Iterator[Swing]:
    low, high = panel.interval(subject)
    interval = low + (high - low) * np.linspace(0, 1, POINTS)[:, None]
    points = grid()
    values = np.concatenate([interval, np.broadcast_to(points, (len(points), len(low)))])
    response = panel.response(subject, values)
    target = posterior_of_target(subject, response[:POINTS])
    below, above = thresholds(subject, panel, response[POINTS:])
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
    return Swing(
        figure=figure,
        at_lower=float(curve[0]),
        at_upper=float(curve[-1]),
        low=float(curve.min()),
        high=float(curve.max()),
        below=_known(below),
        above=_known(above),
    )


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
