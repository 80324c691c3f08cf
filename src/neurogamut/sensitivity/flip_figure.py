"""At which value of one published figure another diagnosis comes first."""

from __future__ import annotations

import numpy as np

from .figures import SMALLEST, Panel
from .subject import Subject

#: Points of the search, and of each of the rounds that narrow it down.
COARSE, FINE, ROUNDS = 121, 17, 9


def margin(subject: Subject, response: np.ndarray) -> np.ndarray:
    """What keeps the order as it is, in joint probability: below 0 it has changed. (rows, diseases)

    `response` holds P'(disease, case) with only that disease's figure moved. If the disease in
    question leads, the order has changed when it does not; else when it is before the leader."""
    now, leading = subject.posterior, subject.leading
    if subject.target == leading:
        standing = now[leading] - response
        standing[:, leading] = response[:, leading] - np.delete(now, leading).max(initial=0.0)
        return standing
    standing = np.full_like(response, now[leading] - now[subject.target])
    standing[:, leading] = response[:, leading] - now[subject.target]
    standing[:, subject.target] = now[leading] - response[:, subject.target]
    return standing


def thresholds(subject: Subject, panel: Panel) -> tuple[np.ndarray, np.ndarray]:
    """The nearest values below and above at which the order changes, each of shape (diseases,);
    NaN where it never does. A curve that leaves and comes back between two of 121 points of an
    even grid of log odds goes unseen."""
    grid = _sigmoid(np.linspace(_logit(SMALLEST), _logit(1 - SMALLEST), COARSE))
    now = panel.values(subject)
    changed = margin(subject, panel.response(subject, _wide(grid, now))) < 0
    below = _nearest(grid, changed, now, side=-1)
    above = _nearest(grid, changed, now, side=1)
    brackets = np.stack([below, above])
    if np.isnan(brackets).all():
        return brackets[0], brackets[1]
    lower, upper = _refine(subject, panel, now, brackets)
    return lower, upper


def _nearest(grid: np.ndarray, changed: np.ndarray, now: np.ndarray, side: int) -> np.ndarray:
    """The nearest grid point on one side at which the order has changed, or NaN."""
    beyond = changed & (side * (grid[:, None] - now) > 0)
    distance = np.where(beyond, np.abs(grid[:, None] - now), np.inf)
    nearest = distance.argmin(axis=0)
    return np.where(beyond.any(axis=0), grid[nearest], np.nan)


def _refine(subject: Subject, panel: Panel, now: np.ndarray, outside: np.ndarray) -> np.ndarray:
    """Narrow between where the order stands and where it has changed; shape (2, diseases)."""
    lost = np.isnan(outside)
    changed = np.where(lost, now, outside)
    kept = _last_kept(now, changed)
    share = np.linspace(0, 1, FINE)[:, None, None]
    for _ in range(ROUNDS):
        values = kept + (changed - kept) * share
        flat = values.reshape(FINE * 2, -1)
        over = (margin(subject, panel.response(subject, flat)) < 0).reshape(values.shape)
        over[-1] = True
        first = over.argmax(axis=0)
        changed = np.take_along_axis(values, first[None], axis=0)[0]
        kept = np.take_along_axis(values, np.maximum(first - 1, 0)[None], axis=0)[0]
    return np.where(lost, np.nan, changed)


def _last_kept(now: np.ndarray, changed: np.ndarray) -> np.ndarray:
    """The grid point before the one that changed, or the value itself if that is nearer."""
    step = (_logit(1 - SMALLEST) - _logit(SMALLEST)) / (COARSE - 1)
    side = np.sign(changed - now)
    before = _sigmoid(_logit(np.clip(changed, SMALLEST, 1 - SMALLEST)) - side * step)
    return np.where(side > 0, np.maximum(before, now), np.minimum(before, now))


def _wide(grid: np.ndarray, now: np.ndarray) -> np.ndarray:
    return np.broadcast_to(grid[:, None], (len(grid), len(now)))


def _logit(p: float | np.ndarray) -> np.ndarray:
    return np.log(p) - np.log1p(-p)


def _sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))
