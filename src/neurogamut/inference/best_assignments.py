"""The k most probable assignments of all variables, or of some with the others summed out.

Variable elimination, in logarithms, in which every number is a list of the k best and remembers
how it came about (Seroussi and Golmard 1994; Dechter, Flerova and Marinescu, AAAI 2012:
elim-m-opt). With k = 1 that is the most probable explanation, or MAP where some variables are
summed out first (Park and Darwiche, J Artif Intell Res 2004;21:101).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from math import inf, prod

import numpy as np

from ..network import Evidence, Network
from .elimination.ordering import check_table, elimination_order

#: Names of axes, and an array with one axis for each.
Factor = tuple[tuple[str, ...], np.ndarray]


def best_assignments(
    network: Network,
    evidence: Evidence,
    count: int = 1,
    names: Collection[str] | None = None,
    memory: float = inf,
) -> list[tuple[dict[str, int], float]]:
    """Up to `count` assignments of the named variables (all, if None), with ln P(assignment,
    evidence), the most probable first; those of probability 0 are left out.

    Raises QueryTooLargeError where a table would exceed `memory` bytes."""
    sizes = {name: len(variable) for name, variable in network.variables.items()}
    wanted = list(network.variables) if names is None else list(names)
    factors = _factors(network, evidence, wanted)
    hidden = {n for scope, _ in factors for n in scope}.difference(wanted)
    factors = _summed_out(factors, hidden, sizes, memory)
    lists = _maximised(factors, sizes, count, memory)
    found = []
    for rank, score in enumerate(lists.values.tolist()):
        if score > -inf:
            states = {name: evidence.states[name] for name in wanted if name in evidence.states}
            _trace(lists, rank, states)
            found.append(({name: states[name] for name in wanted}, score))
    return found


def _factors(network: Network, evidence: Evidence, wanted: Iterable[str]) -> list[Factor]:
    """ln of the CPTs that bear on the question, cut at the evidence, and of likelihoods."""
    relevant = network.ancestors((*wanted, *evidence.variables()))
    factors: list[Factor] = []
    with np.errstate(divide="ignore"):
        for name in network.variables:
            if name in relevant:
                family = (*network.cpts[name].parents, name)
                cut = tuple(evidence.states.get(v, slice(None)) for v in family)
                scope = tuple(v for v in family if v not in evidence.states)
                factors.append((scope, np.log(network.cpts[name].table[cut])))
        factors += [((name,), np.log(array)) for name, array in evidence.likelihoods.items()]
    return factors


def _summed_out(
    factors: list[Factor], hidden: Collection[str], sizes: Mapping[str, int], memory: float
) -> list[Factor]:
    """Factors without the hidden variables, whose product is the sum over them."""
    scopes = [scope for scope, _ in factors]
    keep = {n for scope in scopes for n in scope}.difference(hidden)
    for name in elimination_order(scopes, sizes, sorted(keep), memory) if hidden else ():
        inside = [factor for factor in factors if name in factor[0]]
        factors = [factor for factor in factors if name not in factor[0]]
        scope = _joint(inside, name)
        total = _log_product(inside, scope)
        factors.append((scope[:-1], np.logaddexp.reduce(total, axis=-1)))
    return factors


def _joint(inside: Sequence[Factor], name: str) -> tuple[str, ...]:
    """The variables of some factors, `name` last."""
    return (*dict.fromkeys(n for scope, _ in inside for n in scope if n != name), name)


def _log_product(factors: Sequence[Factor], scope: tuple[str, ...]) -> np.ndarray:
    return reduce(np.add, (_aligned(*factor, scope) for factor in factors), np.zeros(()))


def _aligned(names: tuple[str, ...], array: np.ndarray, scope: tuple[str, ...]) -> np.ndarray:
    """An array with the axes of `scope`, of length 1 where it has none; further axes stay last."""
    rest = range(len(names), array.ndim)
    turned = array.transpose([*(names.index(n) for n in scope if n in names), *rest])
    shape = iter(turned.shape)
    return turned.reshape([next(shape) if n in names else 1 for n in scope] + [*shape])


# -- the k best ---------------------------------------------------------------------------------


@dataclass(eq=False)
class Lists:
    """The best scores over a scope, best first, (*sizes, k), and where each came from: `choices`
    holds its state of `variable` and its place in the list of each of the `parts`."""

    scope: tuple[str, ...]
    values: np.ndarray
    variable: str | None = None
    parts: Sequence[Lists] = ()
    choices: Sequence[np.ndarray] = field(default_factory=list)


def _maximised(
    factors: Sequence[Factor], sizes: Mapping[str, int], count: int, memory: float
) -> Lists:
    """The list over no variable."""
    scopes = [scope for scope, _ in factors]
    plain = list(factors)
    lists: list[Lists] = []
    for name in elimination_order(scopes, sizes, (), memory):
        inside = [factor for factor in plain if name in factor[0]]
        parts = [part for part in lists if name in part.scope]
        plain = [factor for factor in plain if name not in factor[0]]
        lists = [part for part in lists if name not in part.scope]
        scope = _joint([*inside, *((part.scope, part.values) for part in parts)], name)
        check_table(scope, prod(sizes[n] for n in scope) * count, memory)
        lists.append(_best_of(inside, parts, scope, sizes, count, name))
    return _best_of(plain, lists, (), sizes, count, None)


def _best_of(
    plain: Sequence[Factor],
    parts: Sequence[Lists],
    scope: tuple[str, ...],
    sizes: Mapping[str, int],
    count: int,
    name: str | None,
) -> Lists:
    """The best of a product over a joint scope whose last variable, if named, is decided on."""
    shape = tuple(sizes[n] for n in scope)
    values = np.broadcast_to(_log_product(plain, scope), shape)[..., None]
    ranks: list[np.ndarray] = []
    for part in parts:
        values, kept = _merged(values, _aligned(part.scope, part.values, scope), count)
        size = part.values.shape[-1]
        ranks = [np.take_along_axis(rank, kept // size, axis=-1) for rank in ranks]
        ranks.append(kept % size)
    if name is None:
        return Lists(scope, values, None, parts, ranks)
    flat = values.reshape(*shape[:-1], -1)
    best = _first(flat, count)
    width = values.shape[-1]
    ranks = [np.take_along_axis(rank.reshape(flat.shape), best, axis=-1) for rank in ranks]
    chosen = np.take_along_axis(flat, best, axis=-1)
    return Lists(scope[:-1], chosen, name, parts, [best // width, *ranks])


def _merged(a: np.ndarray, b: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """The best sums of one entry of each list (..., k), and their places, b's running fastest."""
    sums = a[..., :, None] + b[..., None, :]
    flat = sums.reshape(*sums.shape[:-2], -1)
    best = _first(flat, count)
    return np.take_along_axis(flat, best, axis=-1), best


def _first(values: np.ndarray, count: int) -> np.ndarray:
    """Places of the greatest along the last axis, the greatest first; ties go to the first."""
    if count == 1:
        return values.argmax(axis=-1)[..., None]
    return np.argsort(-values, axis=-1, kind="stable")[..., :count]


def _trace(lists: Lists, rank: int, states: dict[str, int]) -> None:
    """Read the states behind one entry, from the last decision to the first."""
    waiting = [(lists, rank)]
    while waiting:
        part, rank = waiting.pop()
        place = (*(states[name] for name in part.scope), rank)
        choices = [int(choice[place]) for choice in part.choices]
        if part.variable is not None:
            states[part.variable] = choices.pop(0)
        waiting += zip(part.parts, choices, strict=True)
