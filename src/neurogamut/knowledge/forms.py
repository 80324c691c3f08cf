"""A disease comes in forms, and `other` too: its forms are the neighbours.

A row of cpts/ speaks of the whole disease, or of the form that it names. The figure of the whole is
kept: the rates of the forms mix to it, P(finding | d) = sum_f P(f | d) P(finding | f). To that end
the logarithm of the odds in each form is moved by pull_f lambda, with one lambda for the disease.
The pull is the share of the form over the number of patients that its figure weighs as: so the sum
of squares of these movements, in standard deviations, is least (Lagrange, to first order). A form
that nobody spoke of weighs as one patient, and starts at the rate of the whole.

A neighbour is no part of a published whole: its figures stand as they are, and where it has none it
is like `other`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from .base import OTHER
from .dirichlet import draw
from .mixture import mixed

#: No form is held so firmly that the whole could not be reached.
LEAST_PULL = 0.01

Marginals = Mapping[str, np.ndarray]


def state_of(owner: str) -> str:
    """The state of the variable `form` for `disease` or `disease/form`."""
    return owner.replace("/", "__")


def owner_of(state: str) -> str:
    """`disease` or `disease/form` for a state of the variable `form`."""
    return state.replace("__", "/")


def own_key(finding: str) -> str:
    """What draws of the figures that forms have of their own of a finding are called beside those
    of diseases."""
    return f"{finding} by form"


@dataclass(frozen=True, eq=False)
class FormRates:
    """What forms have of their own of one finding: `rates` (forms, layers, states) is nan where
    nobody spoke of the form, `sizes` (forms, layers) are patients. Layers are immune statuses, or
    one for all."""

    rates: np.ndarray
    sizes: np.ndarray

    @property
    def stated(self) -> np.ndarray:
        """Which forms have a figure, shape (forms,)."""
        return ~np.isnan(self.rates[:, 0, 0])

    def draws(self, count: int, rng: np.random.Generator) -> np.ndarray:
        """Draws of the rates, with a leading axis."""
        drawn = np.full((count, *self.rates.shape), np.nan)
        alpha = (self.rates * self.sizes[..., None])[self.stated]
        drawn[:, self.stated] = draw(alpha, count, rng)
        return drawn


@dataclass(frozen=True, eq=False)
class Forms:
    """The forms of all diseases, in the order of these. `owners` are `disease/form`, or `disease`
    where it has none and for what is left of `other`; `member` (forms,) is the position of the
    disease, `shares` (forms,) is P(form | disease). `split` is the immune status."""

    owners: tuple[str, ...]
    member: np.ndarray
    shares: np.ndarray
    own: Mapping[str, FormRates]
    split: str

    @property
    def states(self) -> tuple[str, ...]:
        """The states of the variable `form`."""
        return tuple(map(state_of, self.owners))

    @cached_property
    def table(self) -> np.ndarray:
        """P(form | diagnosis), shape (diseases, forms)."""
        table = np.zeros((int(self.member.max()) + 1, len(self.member)))
        table[self.member, np.arange(len(self.member))] = self.shares
        return table

    def only(self, diseases: Sequence[int]) -> Forms:
        """Those of these diseases (by position) alone."""
        kept = [np.flatnonzero(self.member == disease) for disease in diseases]
        index = np.concatenate(kept)
        return replace(
            self,
            owners=tuple(self.owners[i] for i in index),
            member=np.repeat(np.arange(len(kept)), [len(k) for k in kept]),
            shares=self.shares[index],
            own={n: FormRates(o.rates[index], o.sizes[index]) for n, o in self.own.items()},
        )

    def narrowed(self, findings: Collection[str]) -> Forms:
        """With what is known of these findings."""
        return replace(self, own={n: rates for n, rates in self.own.items() if n in findings})

    def draws(self, count: int, rng: np.random.Generator) -> dict[str, np.ndarray]:
        """Draws of what forms have of their own, by `own_key` of the finding."""
        return {own_key(name): own.draws(count, rng) for name, own in self.own.items()}

    def spread(
        self, marginals: Marginals, split: Collection[str], statuses: np.ndarray | None = None
    ) -> dict[str, np.ndarray]:
        """P(finding | form), shape (..., forms, [layers], states), from P(finding | disease) of the
        same form. `split` are the findings with layers; they need the immune status too: among
        `marginals`, or by form in `statuses`. What forms have of their own is as drawn, where
        `marginals` hold that, else as it is."""
        own = {name: marginals.get(own_key(name), own.rates) for name, own in self.own.items()}
        drawn = set(map(own_key, own))
        layered = {
            name: table if name in split else table[..., None, :]
            for name, table in marginals.items()
            if name not in drawn
        }
        found = {name: self._like_the_disease(t, name, own) for name, t in layered.items()}
        if statuses is not None:
            found[self.split] = statuses[..., None, :]
        alike: dict[tuple[object, ...], list[str]] = defaultdict(list)
        for name in self._groups.keys() & layered.keys():
            *lead, _, layers, states = layered[name].shape
            alike[layers, states, name != self.split, *lead].append(name)
        # What is split is mixed by the forms' shares of an immune status, whose turn is first.
        for _, names in sorted(alike.items()):
            self._mix(sorted(names), layered, own, found)
        return {n: t if n in split else t[..., 0, :] for n, t in found.items()}

    def _like_the_disease(self, table: np.ndarray, name: str, own: Marginals) -> np.ndarray:
        rates = np.take(table, self.member, axis=-3)
        if name in own:
            fixed = np.flatnonzero(self.own[name].stated & self._neighbours)
            rates[..., fixed, :, :] = own[name][..., fixed, :, :]
        return rates

    @cached_property
    def _neighbours(self) -> np.ndarray:
        return np.array([owner.startswith(f"{OTHER}/") for owner in self.owners])

    @cached_property
    def _groups(self) -> dict[str, np.ndarray]:
        """The forms of the diseases that have figures by form, by finding: (diseases, most forms),
        -1 where a disease has fewer."""
        found = {}
        for name, own in self.own.items():
            diseases = np.unique(self.member[own.stated & ~self._neighbours])
            if len(diseases):
                forms = [np.flatnonzero(self.member == disease) for disease in diseases]
                group = np.full((len(forms), self._most), -1)
                for row, several in zip(group, forms, strict=True):
                    row[: len(several)] = several
                found[name] = group
        return found

    @cached_property
    def _most(self) -> int:
        """The largest number of forms of a disease; neighbours are not mixed."""
        return int(np.bincount(self.member[~self._neighbours]).max())

    def _mix(
        self,
        names: Sequence[str],
        layered: Marginals,
        own: Marginals,
        found: dict[str, np.ndarray],
    ) -> None:
        """Moves the forms' rates of findings of one shape, all at once."""
        groups = [self._groups[name] for name in names]
        named = list(zip(names, groups, strict=True))
        whole = np.concatenate(
            [layered[n][..., self.member[g[:, 0]], :, :] for n, g in named], axis=-3
        )
        starts = np.concatenate([own[n][..., g, :, :] for n, g in named], axis=-4)
        sizes = np.concatenate([self.own[n].sizes[g] for n, g in named])
        group = np.concatenate(groups)
        weights = self._weights(group, whole.shape[-2], found)
        pull = np.where(group >= 0, self.shares[group], 0)[..., None] / sizes
        pull = np.maximum(pull / pull.max(axis=1, keepdims=True), LEAST_PULL)
        start = np.where(np.isnan(starts), whole[..., None, :, :], starts)
        rates = mixed(whole, start, pull, weights)
        ends = np.cumsum([len(g) for g in groups])[:-1]
        for (name, forms), part in zip(named, np.split(rates, ends, axis=-4), strict=True):
            shape = (*part.shape[:-4], *found[name].shape[-3:])
            found[name] = np.broadcast_to(found[name], shape).copy()
            found[name][..., forms[forms >= 0], :, :] = part[..., forms >= 0, :, :]

    def _weights(
        self, group: np.ndarray, layers: int, found: Mapping[str, np.ndarray]
    ) -> np.ndarray:
        """P(form | disease), or of each immune status, shape (..., groups, forms, layers)."""
        weights = np.where(group >= 0, self.shares[group], 0)[..., None]
        if layers == 1:
            return weights
        joint = weights * found[self.split][..., group, 0, :]
        return joint / joint.sum(axis=-2, keepdims=True)
