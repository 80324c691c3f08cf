"""At which value of one published figure another diagnosis comes first."""

from __future__ import annotations

import numpy as np

from .figures import SMALLEST, Panel
from .subject import Subject

#: Points of the search, and of each of the rounds that narrow it down to within CLOSE.
COARSE, FINE, ROUNDS = 121, 17, 12
CLOSE = 1e-13
#: The points of a round stand the closer, the nearer to where a straight line crosses 0.
CLOSER = 8.0 ** -np.arange(FINE // 2)


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


def grid() -> np.ndarray:
    """The values at which `thresholds` needs the response, shape (points, 1): evenly spaced in log
    odds."""
    return _sigmoid(np.linspace(_logit(SMALLEST), _logit(1 - SMALLEST), COARSE))[:, None]


def thresholds(
    subject: Subject, panel: Panel, response: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The nearest values below and above at which the order changes, each of shape (diseases,);
    NaN where it never does. `response` is the panel's on the grid: a curve that leaves and comes
    back between two of its points goes unseen."""
    now = panel.values(subject)
    changed = margin(subject, response) < 0
    points = grid()
    brackets = np.stack([_nearest(points, changed, now, side) for side in (-1, 1)])
    if not np.isnan(brackets).all():
        brackets = _refine(subject, panel, now, brackets)
    return brackets[0], brackets[1]


def _nearest(grid: np.ndarray, changed: np.ndarray, now: np.ndarray, side: int) -> np.ndarray:
    """The nearest grid point on one side at which the order has changed, or NaN."""
    beyond = changed & (side * (grid - now) > 0)
    distance = np.where(beyond, np.abs(grid - now), np.inf)
    nearest = distance.argmin(axis=0)
    return np.where(beyond.any(axis=0), grid[nearest, 0], np.nan)


def _refine(subject: Subject, panel: Panel, now: np.ndarray, outside: np.ndarray) -> np.ndarray:
    """Narrow between where the order stands and where it has changed; shape (2, diseases)."""
    lost = np.isnan(outside)
    changed = np.where(lost, now, outside)
    kept = _last_kept(now, changed)
    shares = np.linspace(0, 1, FINE)[:, None, None]
    for _ in range(ROUNDS):
        values = kept + (changed - kept) * shares
        flat = values.reshape(FINE * 2, -1)
        margins = margin(subject, panel.response(subject, flat)).reshape(values.shape)
        over = margins < 0
        over[-1] = True
        first = over.argmax(axis=0)[None]
        before = np.maximum(first - 1, 0)
        changed, kept = (np.take_along_axis(values, at, axis=0)[0] for at in (first, before))
        if (np.abs(changed - kept) <= CLOSE).all():
            break
        beyond, within = (np.take_along_axis(margins, at, axis=0) for at in (first, before))
        shares = _around(within / np.maximum(within - beyond, np.finfo(float).tiny))
    return np.where(lost, np.nan, changed)


def _around(root: np.ndarray) -> np.ndarray:
    """Points from 0 to 1, the closer the nearer to the root, (1, sides, diseases), within."""
    root, closer = np.clip(root, 0, 1), CLOSER[:, None, None]
    return np.concatenate([root * (1 - closer), root, root + (1 - root) * closer[::-1]])


def _last_kept(now: np.ndarray, changed: np.ndarray) -> np.ndarray:
    """The grid point before the one that changed, or the value itself if that is nearer."""
    step = (_logit(1 - SMALLEST) - _logit(SMALLEST)) / (COARSE - 1)
    side = np.sign(changed - now)
    before = _sigmoid(_logit(np.clip(changed, SMALLEST, 1 - SMALLEST)) - side * step)
    return np.where(side > 0, np.maximum(before, now), np.minimum(before, now))


def _logit(p: float | np.ndarray) -> np.ndarray:
    return np.log(p) - np.log1p(-p)


def _sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))
