"""Rates by form that mix to the rate of the whole: from rates that do not, by a least move.

Rates of two states move on the scale of log odds, rates of more in relative entropy. Both are
solved by Newton's method for all rows (a disease, a finding, a draw) at once.
"""

from __future__ import annotations

import numpy as np

#: The rates mix to that of the whole to within this.
TOLERANCE = 1e-14
#: The same of more than two states.
CLOSE = 1e-12
STEPS = 200
#: Rates stay so far from 0 and 1 (2e-12).
MOST_ODDS = 27.0
#: Newton's steps into the unknown grow by this factor at most.
FARTHEST = 4.0
#: Such a step on the logarithm of a form's scale is not to be trusted.
TOO_FAR = 8.0


def mixed(
    whole: np.ndarray, start: np.ndarray, pull: np.ndarray, weights: np.ndarray
) -> np.ndarray:
    """Rates (..., groups, forms, layers, states) that mix to `whole` (..., groups, layers, states),
    from those at the start; `pull` and `weights` are (..., groups, forms, layers)."""
    lead = np.broadcast_shapes(whole.shape[:-3], start.shape[:-4], weights.shape[:-3])
    shape = (*lead, *start.shape[-4:])
    groups, forms, layers, states = shape[-4:]

    def by_form(array: np.ndarray) -> np.ndarray:
        """The forms first, then a row for each group and layer: numpy sums long rows fast."""
        full = np.broadcast_to(array, (*shape[:-1], *array.shape[len(array.shape) - 1 :]))
        return np.moveaxis(full, -3, 0).reshape(forms, -1, full.shape[-1])

    start, share = by_form(start), by_form(weights[..., None])[..., 0]
    whole = np.broadcast_to(whole, (*lead, *whole.shape[-3:])).reshape(-1, states)
    if states == 2:
        found = _by_odds(whole, start, by_form(pull[..., None])[..., 0], share)
    else:
        joint = (start * share[..., None]).swapaxes(0, 1)
        found = _by_shares(whole, np.ascontiguousarray(joint), share.T).swapaxes(0, 1)
    return np.moveaxis(found.reshape(forms, *lead, groups, layers, states), 0, -3)


def _by_odds(
    whole: np.ndarray, start: np.ndarray, pull: np.ndarray, weights: np.ndarray
) -> np.ndarray:
    """Rates (forms, rows, 2) that mix to `whole` (rows, 2), by Newton's method on the log odds of
    the mixture, kept within what is known to hold the root; rows that fit are done with."""
    odds, goal = np.log(start[..., 0] / start[..., 1]), np.log(whole[:, 0] / whole[:, 1])
    whole, step = whole[:, 0], np.zeros(len(whole))
    low, high = np.full_like(step, -np.inf), np.full_like(step, np.inf)
    found, left = np.empty_like(odds), np.arange(len(whole))
    for _ in range(STEPS):
        logs = np.clip(odds + pull * step, -MOST_ODDS, MOST_ODDS)
        without = 1 / (1 + np.exp(logs))
        missing, part = weights * without, weights * (1 - without)
        there = part.sum(axis=0)
        found[:, left] = logs
        off = np.abs(there - whole) > TOLERANCE
        if not off.any():
            break
        absent = missing.sum(axis=0)
        error = np.log(there / absent) - goal
        slope = (pull * part * without).sum(axis=0) / (there * absent)
        low, high = np.where(error < 0, step, low), np.where(error > 0, step, high)
        step = _within(step - error / slope, step, low, high)
        left, whole, goal, step, low, high = (a[off] for a in (left, whole, goal, step, low, high))
        odds, pull, weights = odds[:, off], pull[:, off], weights[:, off]
    return np.stack([1 / (1 + np.exp(-found)), 1 / (1 + np.exp(found))], axis=-1)


def _within(newton: np.ndarray, now: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Newton's next step, the middle where it leaves what holds the root, and not too far where
    one side of that is not known yet."""
    open_ended = np.isinf(low) | np.isinf(high)
    far = FARTHEST * np.maximum(np.abs(now), 1)
    short = np.clip(newton, now - far, now + far)
    middle = (np.where(open_ended, now, low) + np.where(open_ended, now, high)) / 2
    inside = (newton >= low) & (newton <= high)
    return np.where(open_ended, short, np.where(inside, newton, middle))


def _by_shares(whole: np.ndarray, joint: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Rates (rows, forms, states) whose joint distribution with the forms has the margins `whole`
    (rows, states) and `share` (rows, forms): the nearest to `joint` in relative entropy, which is
    `joint` with its forms and states scaled (Deming and Stephan, Ann Math Stat 1940;11:427). Their
    iterative fitting takes one step, Newton's method on the logarithms of the forms' scales the
    next where it comes nearer; rows that fit are done with."""
    found, left = np.empty_like(joint), np.arange(len(joint))
    scaled, now = _to_whole(joint, whole)
    for _ in range(STEPS):
        found[left] = scaled
        off = (np.abs(now - share) > CLOSE).any(axis=1)
        if not off.any():
            break
        left, scaled, now, share, whole = (a[off] for a in (left, scaled, now, share, whole))
        fitted = scaled * np.divide(share, now, out=np.ones_like(now), where=now > 0)[..., None]
        scaled, now = _to_whole(fitted, whole)
        step = _newton(scaled, now, share, whole)
        leapt, then = _to_whole(scaled * np.exp(step)[..., None], whole)
        nearer = np.abs(then - share).max(axis=1) < np.abs(now - share).max(axis=1)
        scaled = np.where(nearer[:, None, None], leapt, scaled)
        now = np.where(nearer[:, None], then, now)
    total = found.sum(axis=2, keepdims=True)
    return np.divide(found, total, out=np.full_like(found, 1 / found.shape[2]), where=total > 0)


def _to_whole(joint: np.ndarray, whole: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The joint distribution with its states scaled to the whole, and its margin of the forms."""
    scaled = joint * (whole / joint.sum(axis=1))[:, None]
    return scaled, scaled.sum(axis=2)


def _newton(joint: np.ndarray, now: np.ndarray, share: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """How far the logarithms of the forms' scales have to go, (rows, forms), to first order."""
    forms = np.arange(joint.shape[1])
    slopes = -np.matmul(joint / whole[:, None], joint.swapaxes(1, 2))
    slopes[:, forms, forms] += np.where(now > 0, now, 1)
    slopes += 1.0  # one scale is free: fixed by their sum
    step = np.linalg.solve(slopes, (share - now)[..., None])[..., 0]
    return np.where((np.abs(step) < TOO_FAR).all(axis=1, keepdims=True), step, 0)
