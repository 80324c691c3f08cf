"""What is told of patients is chosen: the part of the likelihood that knows what was not told.

Where patients are told of pertinently (knowledge/reporting.py), that just the findings S are told
of a patient with the disease d, of all sets of so many, has the probability

    sum over x of P(x | d) times the product over S of P(said | d, x),  divided by E_n(d)

E_n(d) runs over all sets of n findings, so that a finding of which nobody says anything loses by
it. What is said depends on the rates as well; the constants of reporting stay as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import accumulate, islice

import numpy as np

from ..errors import UsageError
from ..knowledge.base import KnowledgeBase
from ..knowledge.build import Structure, cpts, marginal
from ..knowledge.reporting import (
    ASKED,
    LEAST_WAYS,
    SYSTEMATIC,
    Reporting,
    said,
    summed_out,
    times,
    ways_to_tell,
)
from .component import Component
from .maximise import NUDGE, SMALLEST, MStep, Prior, Rates, Tables, shifted


@dataclass(frozen=True, eq=False)
class Choice:
    """How findings are told: `asked` has those that are told or not, and whether each is asked for
    in every patient."""

    reporting: Reporting
    asked: Mapping[str, bool]

    @classmethod
    def of(cls, base: KnowledgeBase) -> Choice:
        """As the tables state it."""
        told = {f.key: f.reporting == ASKED for f in base.findings if f.reporting != SYSTEMATIC}
        return cls(Reporting.of(base), told)

    def said(self, rates: Rates, findings: Collection[str]) -> dict[str, np.ndarray]:
        """P(said | disease, finding), shape (..., diseases, 2, 3), of those of the findings that
        are told or not."""
        return {
            name: self.reporting.said(marginal(rates.shape, rates.means, name)[..., 0], asked)
            for name, asked in self.asked.items()
            if name in findings
        }

    def nodes(self, rates: Rates) -> dict[str, np.ndarray]:
        """The same for all findings, by the node that holds what is said."""
        return {said(name): table for name, table in self.said(rates, self.asked).items()}

    def log_choices(self, rates: Rates, numbers: np.ndarray) -> np.ndarray:
        """The sum of ln E_n(d), (..., diseases), where `numbers` (diseases, findings told) count
        patients. Raises UsageError where so many are told that these are too small for numbers."""
        most = numbers.shape[1] - 1
        tables = self.said(rates, self.asked)
        ways = ways_to_tell(rates.shape, rates.cpts(), tables, most)
        if (ways < LEAST_WAYS).any(where=numbers > 0):
            advice = "learn from a checklist with reporting=systematic"
            raise UsageError(f"{most} findings told of one patient are too many: {advice}")
        return _log_choices(ways, numbers)


class ChoiceStep(MStep):
    """The M step with what was told and what could have been, component by component: E_n(d) is
    the product of their polynomials, given the immune status. `numbers` as in `log_choices`."""

    def __init__(
        self,
        shape: Structure,
        prior: Prior,
        choice: Choice,
        parts: Sequence[Component],
        numbers: np.ndarray,
    ):
        super().__init__(shape, prior)
        self._choice, self._parts, self._numbers = choice, parts, numbers
        self._most = numbers.shape[1] - 1
        self._part_of = {name: part for part in parts for name in part.names}
        #: Of the findings outside the component at work: (statuses, diseases, powers).
        self._others = np.ones((1, 1, 1))

    def __call__(self, rates: Rates, counts: Tables) -> Rates:
        rates = rates.with_means(self._counted(counts))

        def moved(rates: Rates, part: Component) -> Rates:
            for name in part.names:
                if name in self._climbing:
                    rates = self._moved(rates, counts, name)
            for child in rates.free:
                if child in part.names:
                    rates = self._turned(rates, counts, child)
            return rates

        return self._moved(self._swept(rates, moved), counts, self.shape.context)

    def information(self, rates: Rates, counts: Tables) -> Tables:
        """How many patients of whom all is known would tell as much of a finding's rates as what
        was told and what was not does beyond the finding itself: its observed information, shape
        (diseases,), or (diseases, statuses) where it is split."""
        found: dict[str, np.ndarray] = {}

        def noted(rates: Rates, part: Component) -> Rates:
            names = [name for name in part.names if name in self._climbing]
            found.update({name: self._information(rates, counts, name) for name in names})
            return rates

        self._swept(rates, noted)
        context = self.shape.context
        return found | {context: self._information(rates, counts, context)}

    @cached_property
    def _climbing(self) -> list[str]:
        """Findings without a conjugate answer."""
        more = {*super()._climbing, *self._choice.asked, self.shape.context}
        return [name for name in self.shape.findings if name in more]

    def _chosen(self, rates: Rates, counts: Tables, name: str) -> np.ndarray:
        whole = name == self.shape.context
        names = self.shape.findings if whole else [name]
        told = np.zeros(1)
        for finding, table in self._choice.said(rates, names).items():
            ready = np.log(np.maximum(np.diagonal(table[..., :2], axis1=-2, axis2=-1), SMALLEST))
            told = told + (counts[said(finding)] * ready).sum(axis=-1)
        if whole:
            return told - self._choice.log_choices(rates, self._numbers)
        if not self._choice.asked.keys() & self._part_of[name].names:
            return told
        ways = times(self._others, self._ways(rates, self._part_of[name]), self._most)
        return told - _log_choices(ways.sum(axis=-3), self._numbers)

    def _swept(self, rates: Rates, work: Callable[[Rates, Component], Rates]) -> Rates:
        """Each component in turn, with what the others tell as it is by then."""
        last = self._ways_of_status(rates)
        later = [self._ways(rates, part) for part in reversed(self._parts)]
        after = list(accumulate(later, self._times, initial=np.ones((1, 1, 1))))
        for part, rest in zip(self._parts, islice(reversed(after), 1, None), strict=True):
            self._others = self._times(last, rest)
            rates = work(rates, part)
            last = self._times(last, self._ways(rates, part))
        return rates

    def _ways(self, rates: Rates, part: Component) -> np.ndarray:
        """The sums over the sets of a component's findings, ([steps,] statuses, diseases, powers),
        given the immune status."""
        context, names = self.shape.context, {*part.names, self.shape.context}
        if not self._choice.asked.keys() & part.names:
            return np.ones((1, 1, 1))
        tables = cpts(rates.shape, rates.means, part.names)
        factors = {
            name: _told_or_not(t) for name, t in self._choice.said(rates, part.names).items()
        }
        status = np.eye(len(self.shape.states[context]))
        steps = max(table.ndim - self._axes(name) for name, table in tables.items())
        factors[context] = status.reshape(len(status), *[1] * (steps + 1), len(status), 1)
        tables[context] = np.ones((1, len(status)))
        found = summed_out(_narrowed(rates.shape, names), tables, factors, self._most)
        return np.moveaxis(found, 0, -3)

    def _ways_of_status(self, rates: Rates) -> np.ndarray:
        """The same of the immune status alone, with its probability."""
        context = self.shape.context
        share = rates.means[context].T[..., None]
        for table in self._choice.said(rates, [context]).values():
            share = share * _told_or_not(table).swapaxes(0, 1)
        return share

    def _times(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return times(a, b, self._most)

    def _axes(self, name: str) -> int:
        """The axes of a table without steps."""
        return len(self.shape.parents(name)) + 1

    def _information(self, rates: Rates, counts: Tables, name: str) -> np.ndarray:
        now, nudges = rates.means[name], np.array([-NUDGE, 0, NUDGE])[:, None]
        nudges = nudges * np.ones(len(now))
        columns: list[int | None] = [0, 1] if name in self.shape.split else [None]
        found = []
        for column in columns:
            tried = rates.with_means({name: shifted(now, nudges, 0, column)})
            low, here, high = np.broadcast_to(self._chosen(tried, counts, name), nudges.shape)
            found.append((2 * here - high - low) / NUDGE**2)
        bends = np.stack(found, axis=-1).reshape(now.shape[:-1])
        return bends / (now[..., 0] * (1 - now[..., 0]))


def _told_or_not(table: np.ndarray) -> np.ndarray:
    """A polynomial for each state: 1, and how readily it is told."""
    told = table[..., :2].sum(axis=-1)
    return np.stack([np.ones_like(told), told], axis=-1)


def _log_choices(ways: np.ndarray, numbers: np.ndarray) -> np.ndarray:
    powers = min(ways.shape[-1], numbers.shape[-1])
    logs = np.log(np.maximum(ways[..., :powers], SMALLEST))
    return (numbers[:, :powers] * logs).sum(axis=-1)


def _narrowed(shape: Structure, names: Collection[str]) -> Structure:
    """Some findings, with their parents among them."""
    first = next(iter(shape.states))
    states = {name: s for name, s in shape.states.items() if name in names or name == first}
    edges = {child: edge for child, edge in shape.edges.items() if child in names}
    return replace(shape, states=states, edges=edges, split=shape.split & states.keys())
