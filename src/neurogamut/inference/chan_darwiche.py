"""How far apart two networks are, and what that allows any query to change.

Chan and Darwiche (Int J Approx Reason 2005;38:149): D(P, P') = ln max_x P'(x)/P(x) less
ln min_x P'(x)/P(x). For any events, the odds of one given the other differ by a factor of at most
exp(D), and no smaller bound holds. The extremes over all x are found by variable elimination
with maxima in the place of sums. Knows no medicine.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from math import log, tanh

import numpy as np

from ..errors import UsageError
from ..network import Network
from .elimination.ordering import elimination_order

#: Names of axes, and an array of shape (rows, *sizes).
Factor = tuple[tuple[str, ...], np.ndarray]


def distance(before: Network, after: Network) -> float:
    """The Chan-Darwiche distance of two networks over the same variables and states, which may
    have different edges; inf where one excludes what the other allows.

    Raises UsageError where variables or states differ."""
    low, high = log_ratio_range(ratio_factors(before, after), ())
    return float(high[0] - low[0])


def ratio_factors(before: Network, after: Network) -> list[Factor]:
    """ln P'/P of every CPT that differs, over the parents of both."""
    _check_alike(before, after)
    factors = []
    for name, cpt in before.cpts.items():
        other = after.cpts[name]
        scope = (*dict.fromkeys((*cpt.parents, *other.parents)), name)
        old = aligned((*cpt.parents, name), cpt.table[None], scope)
        new = aligned((*other.parents, name), other.table[None], scope)
        if old.shape != new.shape or (old != new).any():
            factors.append((scope, log_ratio(old, new)))
    return factors


def log_ratio(old: np.ndarray, new: np.ndarray) -> np.ndarray:
    """ln new/old; NaN where both are 0 and the entry stands for nothing that can happen."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.log(new) - np.log(old)


def log_ratio_range(
    factors: Sequence[Factor], keep: tuple[str, ...]
) -> tuple[np.ndarray, np.ndarray]:
    """The least and greatest sum of the factors over all states of the variables not in `keep`,
    each of shape (rows, *sizes of keep). Without factors both are 0."""
    both = [(scope, np.concatenate([-array, array])) for scope, array in factors]
    least, greatest = np.split(maximum(both, keep), 2) if both else np.zeros((2, 1))
    return -least, greatest


def maximum(factors: Sequence[Factor], keep: tuple[str, ...]) -> np.ndarray:
    """max over all variables but `keep` of the sum of the factors, shape (rows, *sizes)."""
    live = list(factors)
    for name in _order(tuple(scope for scope, _ in factors), tuple(_sizes(factors).items()), keep):
        bucket = [factor for factor in live if name in factor[0]]
        live = [factor for factor in live if name not in factor[0]]
        scope = (*dict.fromkeys(n for s, _ in bucket for n in s if n != name), name)
        live.append((scope[:-1], _sum(bucket, scope).max(axis=-1)))
    return _sum(live, keep)


@lru_cache
def _order(
    scopes: tuple[tuple[str, ...], ...], sizes: tuple[tuple[str, int], ...], keep: tuple[str, ...]
) -> tuple[str, ...]:
    return elimination_order(scopes, dict(sizes), keep)


def _sizes(factors: Sequence[Factor]) -> dict[str, int]:
    """Length of every axis; a factor may hold an axis of length 1 that broadcasts."""
    sizes: dict[str, int] = {}
    for scope, array in factors:
        for name, size in zip(scope, array.shape[1:], strict=True):
            sizes[name] = max(size, sizes.get(name, 1))
    return sizes


def _sum(factors: Iterable[Factor], scope: tuple[str, ...]) -> np.ndarray:
    """The sum over a joint scope. What is NaN cannot happen under either table, or its zero is
    made up for by another's: it never attains a maximum."""
    total = np.zeros((1,) * (len(scope) + 1))
    with np.errstate(invalid="ignore"):
        for names, array in factors:
            total = total + aligned(names, array, scope)
    return np.where(np.isnan(total), -np.inf, total)


def aligned(names: tuple[str, ...], array: np.ndarray, scope: tuple[str, ...]) -> np.ndarray:
    """An array (rows, *names) with the axes of `scope`, of length 1 where it has none."""
    order = [names.index(name) + 1 for name in scope if name in names]
    present = iter(array.transpose(0, *order).shape[1:])
    shape = [next(present) if name in names else 1 for name in scope]
    return array.transpose(0, *order).reshape(len(array), *shape)


def largest_change(distance: float) -> float:
    """The most that any probability can change in absolute terms: tanh(D / 4), by a query that
    goes from odds exp(-D / 2) to exp(D / 2)."""
    return tanh(distance / 4)


def column_distance(before: float, after: float) -> float:
    """Distance where one parameter of a column moves and the others scale in proportion: the
    change of its log odds."""
    if before in (0, 1) or after in (0, 1):
        return 0.0 if before == after else np.inf
    return abs(log(after / before) - log((1 - after) / (1 - before)))


def _check_alike(before: Network, after: Network) -> None:
    ours = {name: variable.states for name, variable in before.variables.items()}
    theirs = {name: variable.states for name, variable in after.variables.items()}
    differing = sorted(n for n in ours.keys() | theirs.keys() if ours.get(n) != theirs.get(n))
    if differing:
        shown = ", ".join(differing[:5])
        more = f" and {len(differing) - 5} more" if len(differing) > 5 else ""
        raise UsageError(f"the networks differ in variables or states: {shown}{more}")
