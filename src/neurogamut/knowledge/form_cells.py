"""From the rows that name a form to what forms have of their own."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import numpy as np

from .base import OTHER, KnowledgeBase, split_owner
from .coherence import ROUNDING, Cells
from .estimate import RANKS, Cell, Estimator
from .forms import FormRates, Forms
from .records import Dependency, Form

#: The patients that a form weighs as where nobody spoke of it.
FREE = 1.0
#: Figures of forms with this share of the patients can stand for the whole.
MOST = 0.5

Conditions = Mapping[str, Collection[str]]


def form_cells(base: KnowledgeBase, estimator: Estimator, conditions: Conditions) -> Cells:
    """Every cell that rows name a form for, by (disease/form, finding, condition). `conditions` has
    those of each finding, "" where it has none."""
    named = dict.fromkeys((s.owner, s.finding) for s in base.statements if s.form)
    return {
        (owner, finding, condition): cell
        for owner, finding in named
        for condition in conditions[finding]
        if (cell := estimator.cell(owner, base.finding(finding), condition)).used
    }


def with_better_forms(cells: Cells, forms: Cells, of: Forms) -> Cells:
    """The cells of diseases, each given the mixture of its forms where these rest on better figures
    than the disease has, in forms that hold most of its patients: their counts outrank a word on
    the whole."""
    shares = dict(zip(of.owners, of.shares.tolist(), strict=True))
    cells = dict(cells)
    for key, own in _by_whole(forms, of).items():
        if key[0] == OTHER or key not in cells:
            continue
        rank = _rank_of_most(own, shares)
        if RANKS.index(rank) < RANKS.index(cells[key].rank):
            cells[key] = _mixture(cells[key], own, rank, shares)
    return cells


def _by_whole(forms: Cells, of: Forms) -> dict[tuple[str, str, str], dict[str, Cell]]:
    """The cells of forms by that of their disease, in the order of the forms."""
    place = {owner: position for position, owner in enumerate(of.owners)}
    found: dict[tuple[str, str, str], dict[str, Cell]] = defaultdict(dict)
    for owner, finding, condition in sorted(forms, key=lambda key: place[key[0]]):
        disease, _ = split_owner(owner)
        found[disease, finding, condition][owner] = forms[owner, finding, condition]
    return found


def _rank_of_most(own: Mapping[str, Cell], shares: Mapping[str, float]) -> str:
    """The rank that the figures of forms with half of the patients have, or a better one."""
    covered = 0.0
    for owner, cell in sorted(own.items(), key=lambda item: RANKS.index(item[1].rank)):
        covered += shares[owner]
        if covered >= MOST:
            return cell.rank
    return RANKS[-1]


def _mixture(whole: Cell, own: Mapping[str, Cell], rank: str, shares: Mapping[str, float]) -> Cell:
    """A cell with the mean of the forms' mixture; those without figures are as the whole was."""
    mean = sum(shares[owner] * cell.mean for owner, cell in own.items())
    mean = mean + (1 - sum(shares[owner] for owner in own)) * whole.mean
    size = sum(shares[owner] * cell.alpha.sum() for owner, cell in own.items())
    return Cell(
        whole.disease,
        whole.finding,
        whole.condition,
        max(size, FREE) * mean,
        rank,
        tuple(s for cell in own.values() for s in cell.used),
        (*whole.used, *whole.outranked),
    )


def forms_of(base: KnowledgeBase) -> Forms:
    """The forms of all diseases and their shares, with nothing of their own yet."""
    by_disease: dict[str, list[Form]] = {disease.key: [] for disease in base.diseases}
    for form in base.forms:
        by_disease[form.disease].append(form)
    owners: list[str] = []
    member: list[int] = []
    shares: list[float] = []
    for position, (disease, several) in enumerate(by_disease.items()):
        stated = [form.share for form in several]
        names = [form.owner for form in several]
        if disease == OTHER or not several:
            names.append(disease)
            stated.append(1 - sum(stated))
        owners += names
        member += [position] * len(names)
        shares += [share / sum(stated) for share in stated]
    return Forms(tuple(owners), np.array(member), np.array(shares), {}, base.split)


def own_rates(
    of: Forms, forms: Cells, cells: Cells, conditions: Conditions, edges: Sequence[Dependency]
) -> dict[str, FormRates]:
    """What the forms have of their own, by finding; in no form is a part commoner than its whole.
    `cells` are those of the diseases."""
    subsets = [edge for edge in edges if edge.is_subset]
    own = _rates(of, forms, conditions)
    diseases = list(dict.fromkeys(split_owner(owner)[0] for owner in of.owners))
    whole = {
        f: np.array([[cells[d, f, c].mean for c in conditions[f]] for d in diseases])[of.member]
        for f in {finding for edge in subsets for finding in (edge.child, edge.parent)}
    }
    for _ in subsets:
        before = {finding: rates.rates.copy() for finding, rates in own.items()}
        for edge in subsets:
            _cohere(own, whole, edge)
        now = {finding: rates.rates for finding, rates in own.items()}
        if now.keys() == before.keys() and all(
            np.array_equal(before[finding], now[finding], equal_nan=True) for finding in now
        ):
            break
    for finding in whole.keys() & own.keys():
        rates = own[finding].rates
        missing = np.isnan(rates)
        # Moved in one state of the context alone, a form is like the whole in the others.
        half = missing & ~missing.all(axis=(1, 2), keepdims=True)
        np.copyto(rates, whole[finding], where=half)
    return own


def _rates(of: Forms, forms: Cells, conditions: Conditions) -> dict[str, FormRates]:
    place = {owner: position for position, owner in enumerate(of.owners)}
    found: dict[str, FormRates] = {}
    for (owner, finding, condition), cell in forms.items():
        layers = list(conditions[finding])
        if finding not in found:
            found[finding] = _nothing(np.empty((len(place), len(layers), len(cell.alpha))))
        at = place[owner], layers.index(condition)
        found[finding].rates[at], found[finding].sizes[at] = cell.mean, cell.alpha.sum()
    for own in found.values():
        half = np.isnan(own.rates).any(axis=(1, 2)) & ~np.isnan(own.rates).all(axis=(1, 2))
        for row in np.flatnonzero(half):  # one state of the context speaks for the others
            own.rates[row] = np.nanmean(own.rates[row], axis=0)
    return found


def _cohere(own: dict[str, FormRates], whole: Mapping[str, np.ndarray], edge: Dependency) -> None:
    """Moves what rests on less wherever a part is commoner than its whole."""
    if edge.child not in own and edge.parent not in own:
        return
    for name in (edge.child, edge.parent):
        own.setdefault(name, _nothing(whole[name]))
    part, of = own[edge.child], own[edge.parent]
    now = [
        np.where(np.isnan(o.rates), whole[name], o.rates)[..., 0]
        for name, o in ((edge.child, part), (edge.parent, of))
    ]
    too_common = now[0] - now[1] > ROUNDING
    too_common &= (part.stated | of.stated)[:, None]
    weaker = part.sizes < of.sizes
    _move(part, too_common & weaker, now[1], np.min)
    _move(of, too_common & ~weaker, now[0], np.max)


def _nothing(whole: np.ndarray) -> FormRates:
    return FormRates(np.full(whole.shape, np.nan), np.full(whole.shape[:2], FREE))


def _move(own: FormRates, where: np.ndarray, to: np.ndarray, pick: Callable[..., Any]) -> None:
    """Sets rates in place; of a figure that speaks for both immune statuses the safer one."""
    if own.rates.shape[1] < where.shape[1]:
        where = np.logical_or.reduce(where, axis=1, keepdims=True)
        to = pick(to, axis=1, keepdims=True)
    to = np.broadcast_to(to, where.shape)
    own.rates[where, 0], own.rates[where, 1] = to[where], 1 - to[where]
