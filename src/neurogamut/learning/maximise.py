"""The M step: rates and odds ratios that make what is expected of the patients more probable.

A cell that no dependency touches has the conjugate answer, (alpha + count) / (sum of both): the
most probable value in log odds, and the mean that the tables use. Of the others each in turn is
moved along its log odds by a step of Newton that is halved until it is no step back (a generalised
EM: Dempster, Laird and Rubin, J R Stat Soc B 1977;39:1).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from ..knowledge.build import Columns, Structure, cpts, plackett

Tables = Mapping[str, np.ndarray]

#: The change of log odds by which slopes are measured, and the largest step.
NUDGE, LARGEST_STEP = 1e-3, 2.0
#: Parts of a step that are tried, the last of them none.
PARTS = np.array([1, 1 / 2, 1 / 4, 1 / 8, 1 / 16, 0])
SMALLEST = 1e-300
#: ln of the smallest rate that is tried.
LEAST_LOG = -40.0


@dataclass(frozen=True, eq=False)
class Rates:
    """Where learning is: the `shape` with its odds ratios, and `means`, the published marginals by
    variable, shaped as `Columns`. `free` are the edges, by child, whose odds ratio is an
    estimate."""

    shape: Structure
    means: Tables
    free: tuple[str, ...]

    def cpts(self) -> dict[str, np.ndarray]:
        """The tables of the network."""
        return cpts(self.shape, self.means)

    def with_means(self, means: Tables) -> Rates:
        """With other rates of some variables."""
        return replace(self, means={**self.means, **means})

    def with_ratios(self, ratios: Mapping[str, float]) -> Rates:
        """With other odds ratios of the edges to some children."""
        edges = dict(self.shape.edges)
        for child, ratio in ratios.items():
            edges[child] = replace(edges[child], odds_ratio=ratio)
        return replace(self, shape=replace(self.shape, edges=edges))

    def vector(self) -> np.ndarray:
        """All logarithms of rates and free odds ratios, flat."""
        ratios = [self.shape.edges[child].odds_ratio for child in self.free]
        return np.log(np.concatenate([*(mean.ravel() for mean in self.means.values()), ratios]))

    def at(self, vector: np.ndarray) -> Rates:
        """Rates and odds ratios from such a vector; rates are made to add up."""
        *parts, ratios = np.split(vector, np.cumsum([mean.size for mean in self.means.values()]))
        means = {
            name: _mean(np.exp(np.maximum(part, LEAST_LOG)).reshape(mean.shape))
            for (name, mean), part in zip(self.means.items(), parts, strict=True)
        }
        found = dict(zip(self.free, np.exp(ratios).tolist(), strict=True))
        return self.with_means(means).with_ratios(found)


@dataclass(frozen=True, eq=False)
class Prior:
    """What is known without the patients: `columns` of Dirichlet weights, and dependencies that
    weigh as `edge_size` patients each, half of them with the parent and half with the child;
    `ratios` has those that are estimates."""

    columns: Columns
    ratios: Mapping[str, float]
    edge_size: float

    def of_ratio(self, child: str, ratio: float) -> float:
        """ln of the prior of an odds ratio, up to a constant."""
        joint, expected = _halves(ratio), _halves(self.ratios[child])
        return float(self.edge_size * (expected * np.log(joint)).sum())

    def of(self, rates: Rates) -> float:
        """ln of the prior density, in log odds, up to a constant."""
        edges = rates.shape.edges
        total = sum(self.of_ratio(child, edges[child].odds_ratio) for child in self.ratios)
        for name, alpha in self.columns.findings.items():
            total += float((alpha * np.log(rates.means[name])).sum())
        return total


class MStep:
    """Raises what is expected of the log likelihood, plus the prior's."""

    def __init__(self, shape: Structure, prior: Prior):
        self.shape, self.prior = shape, prior

    def __call__(self, rates: Rates, counts: Tables) -> Rates:
        rates = rates.with_means(self._counted(counts))
        for name in self._climbing:
            rates = self._moved(rates, counts, name)
        for child in rates.free:
            rates = self._turned(rates, counts, child)
        return rates

    def information(self, rates: Rates, counts: Tables) -> Tables:
        """How many patients what is not counted tells as much as, by finding: none."""
        return {}

    def _counted(self, counts: Tables) -> Tables:
        """The rates that no other table depends on."""
        alphas = self.prior.columns.findings
        names = [name for name in self.shape.findings if name not in self._climbing]
        return {name: _mean(alphas[name] + counts[name]) for name in names}

    @cached_property
    def _climbing(self) -> list[str]:
        """Findings with a parent finding, and all that other findings' tables depend on."""
        linked = set(self.shape.edges).union(*(_uses(self.shape, n) for n in self.shape.edges))
        return [name for name in self.shape.findings if name in linked]

    # -- rates ------------------------------------------------------------------------------

    def _moved(self, rates: Rates, counts: Tables, name: str) -> Rates:
        """One finding's rates, state by state and column by column."""
        states = len(self.shape.states[name])
        columns: list[int | None] = [0, 1] if name in self.shape.split else [None]
        for state in range(states if states > 2 else 1):
            for column in columns:
                rates = self._climbed(rates, counts, name, state, column)
        return rates

    def _climbed(
        self, rates: Rates, counts: Tables, name: str, state: int, column: int | None
    ) -> Rates:
        """The log odds of one state, in all diseases at once."""
        now = rates.means[name]

        def at(steps: np.ndarray) -> np.ndarray:
            return shifted(now, steps, state, column)

        nudges = np.array([-NUDGE, 0, NUDGE])[:, None] * np.ones(len(now))
        low, here, high = self._expected(rates.with_means({name: at(nudges)}), counts, name)
        slope, bend = (high - low) / (2 * NUDGE), (high - 2 * here + low) / NUDGE**2
        step = slope / np.where(bend < 0, -bend, np.abs(slope) + SMALLEST)
        steps = PARTS[:, None] * np.clip(step, -LARGEST_STEP, LARGEST_STEP)
        tried = at(steps)
        gained = self._expected(rates.with_means({name: tried}), counts, name)
        best = gained.argmax(axis=0)
        return rates.with_means({name: tried[best, np.arange(len(now))]})

    def _expected(self, rates: Rates, counts: Tables, name: str) -> np.ndarray:
        """What of the expected log posterior depends on a finding's rates, (steps, diseases)."""
        alpha = self.prior.columns.findings[name]
        total = _over_all(alpha * np.log(np.maximum(rates.means[name], SMALLEST)), alpha.ndim)
        total = total + self._fit(rates, counts, self._touched[name])
        return total + self._chosen(rates, counts, name)

    def _chosen(self, rates: Rates, counts: Tables, name: str) -> np.ndarray:
        """What else of it depends on a finding's rates or on the edge to it, (..., diseases)."""
        return np.zeros(1)

    def _fit(self, rates: Rates, counts: Tables, names: list[str]) -> np.ndarray:
        """The expected log likelihood of some families, (..., diseases)."""
        tables = cpts(rates.shape, rates.means, names)
        total = np.zeros(1)
        for name, table in tables.items():
            logs = np.log(np.maximum(table, SMALLEST))
            total = total + _over_all(counts[name] * logs, counts[name].ndim)
        return total

    @cached_property
    def _touched(self) -> dict[str, list[str]]:
        """The findings whose tables depend on a finding's rates."""
        uses = {name: _uses(self.shape, name) for name in self.shape.findings}
        return {
            name: [other for other, used in uses.items() if name in used] for name in self._climbing
        }

    # -- odds ratios ------------------------------------------------------------------------

    def _turned(self, rates: Rates, counts: Tables, child: str) -> Rates:
        """One odds ratio, by a step along its logarithm."""
        now = rates.shape.edges[child].odds_ratio
        names = self._by_edge[child]

        def gained(step: float) -> float:
            ratio = now * np.exp(step)
            tried = rates.with_ratios({child: ratio})
            fit = self._fit(tried, counts, names) + self._chosen(tried, counts, child)
            return float(fit.sum()) + self.prior.of_ratio(child, ratio)

        low, here, high = (gained(step) for step in (-NUDGE, 0.0, NUDGE))
        slope, bend = (high - low) / (2 * NUDGE), (high - 2 * here + low) / NUDGE**2
        step = slope / (-bend if bend < 0 else abs(slope) + SMALLEST)
        step = float(np.clip(step, -LARGEST_STEP, LARGEST_STEP))
        for part in PARTS:
            if gained(part * step) >= here:
                return rates.with_ratios({child: float(now * np.exp(part * step))})
        return rates

    @cached_property
    def _by_edge(self) -> dict[str, list[str]]:
        """The findings whose tables depend on the odds ratio of the edge to a finding."""
        tables = {name: _tables_used(self.shape, name) for name in self.shape.findings}
        return {
            child: [name for name, used in tables.items() if child in used]
            for child in self.shape.edges
        }


def _mean(alpha: np.ndarray) -> np.ndarray:
    return alpha / alpha.sum(axis=-1, keepdims=True)


def _halves(ratio: float) -> np.ndarray:
    """The joint of two findings that half of the patients have, with this odds ratio."""
    inside, _ = plackett(np.array(0.5), np.array(0.5), ratio)
    return np.array([inside, 1 - inside, 1 - inside, inside]) / 2


def _over_all(array: np.ndarray, dimensions: int) -> np.ndarray:
    """Summed over all of the last axes but the first of them, the diseases."""
    return array.sum(axis=tuple(range(-dimensions + 1, 0)))


def shifted(now: np.ndarray, steps: np.ndarray, state: int, column: int | None) -> np.ndarray:
    """Rates whose odds of one state are e^step times as high, (steps, diseases, ..., states)."""
    factors = np.ones((*steps.shape, *now.shape[1:]))
    place = (..., state) if column is None else (..., column, state)
    factors[place] = np.exp(steps)
    moved = now * factors
    return moved / moved.sum(axis=-1, keepdims=True)


def _tables_used(shape: Structure, name: str) -> set[str]:
    """The edges, by child, that the table of a finding depends on."""
    edge = shape.edges.get(name)
    if edge is None:
        return set()
    by_status = name in shape.split and edge.parent not in shape.split
    return {name, *(_tables_used(shape, edge.parent) if by_status else ())}


def _uses(shape: Structure, name: str) -> set[str]:
    """The findings whose rates the table of a finding depends on."""
    edge = shape.edges.get(name)
    if edge is None:
        return {name}
    used = {name, edge.parent}
    if name in shape.split and edge.parent not in shape.split:
        return used | _uses(shape, edge.parent)
    if name not in shape.split and edge.parent in shape.split:
        used.add(shape.context)
    return used
