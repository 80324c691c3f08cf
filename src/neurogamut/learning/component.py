"""Findings that hang together, and what patients with a known disease show of them.

Given the disease and the immune status, findings of different components have nothing to do with
each other: each component is counted by itself, and patients who agree in its findings are counted
together. Where the immune status is not known, it is weighed by all that depends on it (`seen.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ..inference.elimination.engine import Engine
from ..inference.elimination.plan import Pattern
from ..inference.query import EvidenceBatch
from ..knowledge.build import DIAGNOSIS, Blueprint, Structure
from ..knowledge.reporting import said
from .patients import UNKNOWN

Tables = Mapping[str, np.ndarray]

#: Rows that are worked on at once. Sums run in the same order whatever the number of threads.
CHUNK_ROWS = 2**13


@dataclass(frozen=True, eq=False)
class Kinds:
    """The kinds of patients that a component tells apart: `diseases` (kinds,) in order, and
    `codes` (kinds, findings of the component)."""

    diseases: np.ndarray
    codes: np.ndarray

    def __len__(self) -> int:
        return len(self.diseases)

    def some(self, rows: slice) -> Kinds:
        """Some of the kinds."""
        return Kinds(self.diseases[rows], self.codes[rows])

    def chunks(self) -> Iterator[slice]:
        """The kinds in pieces."""
        return (slice(i, i + CHUNK_ROWS) for i in range(0, len(self), CHUNK_ROWS))


@dataclass(frozen=True, eq=False)
class Expected:
    """`counts` of families by variable, shaped as CPTs (diseases, [parents,] states), of what is
    told also of those told of, by what they are said to be (diseases, states), and
    `squares`, the sums of squared P(variable | patient), shape (diseases, [2,] states); a patient
    counts for a variable where it, or what depends on it, was seen. `log_likelihood` (diseases,) is
    of all that was seen."""

    counts: Tables
    squares: Tables
    log_likelihood: np.ndarray


class Component:
    """Findings `names` that hang together by dependencies. `by_status` is whether any of them
    depends on the immune status, which is then given too."""

    def __init__(self, blueprint: Blueprint, names: tuple[str, ...]):
        self.names = names
        self.shape: Structure = blueprint.structure
        self.diseases = len(self.shape.states[DIAGNOSIS])
        self.dependent = [name for name in names if self.shape.context in self.shape.parents(name)]
        self.by_status = bool(self.dependent)
        given = (DIAGNOSIS, self.shape.context) if self.by_status else (DIAGNOSIS,)
        self.statuses = (0, 1) if self.by_status else (0,)
        self.engine = Engine(blueprint.narrowed({*names, *given[1:]}).network())
        self.pattern = Pattern((), frozenset(given), weighted=frozenset(names))

    def log_likelihood(self, cpts: Tables, readings: Tables, kinds: Kinds) -> np.ndarray:
        """ln P(kind | disease, immune status), shape (kinds, statuses)."""
        tables = self._tables(cpts)
        found = [
            self.engine.batch((), self._evidence(cpts, readings, kinds, s), tables, self.pattern)
            for s in self.statuses
        ]
        return np.stack([batch.log_evidence for batch in found], axis=1)

    def counts(
        self,
        cpts: Tables,
        readings: Tables,
        kinds: Kinds,
        weights: np.ndarray,
        pairs: np.ndarray | None,
    ) -> tuple[Tables, Tables]:
        """Counts of a chunk, and with `pairs` squares too. `weights` (kinds, statuses) are how many
        patients there are of a kind, with a status; `pairs` (kinds, statuses, statuses) the sums of
        products of their statuses' probabilities."""
        tables = self._tables(cpts)
        found = [
            self.engine.families(self._evidence(cpts, readings, kinds, s), tables, self.pattern)
            for s in self.statuses
        ]
        known = self._counting(kinds)
        counts, squares = {}, {}
        for name in self.names:
            families = [family.posteriors[name] for family in found]
            seen = known[name]
            parts = [f * np.where(seen, weights[:, s], 0) for s, f in enumerate(families)]
            counts[name] = self._joined(name, name in self.dependent, parts, kinds)
            alone = [f.reshape(-1, *f.shape[-2:]).sum(axis=0) for f in families]
            if said(name) in cpts:
                heard = kinds.codes[:, self.names.index(name)] != UNKNOWN
                told = [a * np.where(heard, weights[:, s], 0) for s, a in enumerate(alone)]
                counts[said(name)] = self._joined(name, False, told, kinds)
            if pairs is None:
                continue
            squares[name] = self._squares(
                name, alone, np.where(seen[:, None, None], pairs, 0), kinds
            )
        return counts, squares

    def touched(self, kinds: Kinds) -> np.ndarray:
        """Which kinds (kinds,) tell of the immune status."""
        known = self._counting(kinds)
        return np.logical_or.reduce([known[name] for name in self.dependent])

    def _tables(self, cpts: Tables) -> dict[str, np.ndarray]:
        """The tables of the findings, and ones for what is given."""
        given = self.pattern.sliced
        ones = {name: np.ones((1, *self.engine.network.cpts[name].table.shape)) for name in given}
        return {name: cpts[name][None] for name in self.names} | ones

    def _evidence(self, cpts: Tables, readings: Tables, kinds: Kinds, status: int) -> EvidenceBatch:
        given = {DIAGNOSIS: kinds.diseases}
        if self.by_status:
            given[self.shape.context] = np.full(len(kinds), status)
        seen = zip(self.names, kinds.codes.T, strict=True)
        return EvidenceBatch(
            given, {n: as_told(cpts, readings, n, codes, kinds.diseases) for n, codes in seen}
        )

    def _joined(
        self, name: str, split: bool, parts: Sequence[np.ndarray], kinds: Kinds
    ) -> np.ndarray:
        """By disease, and by immune status where a table has that axis."""
        sums = [self._by_disease(part, kinds.diseases) for part in parts]
        return np.stack(sums, axis=1) if split else np.sum(sums, axis=0)

    def _squares(
        self, name: str, alone: Sequence[np.ndarray], pairs: np.ndarray, kinds: Kinds
    ) -> np.ndarray:
        if name in self.shape.split:
            parts = [a**2 * pairs[:, s, s] for s, a in enumerate(alone)]
            return self._joined(name, True, parts, kinds)
        products = [
            alone[s] * alone[t] * pairs[:, s, t] for s in self.statuses for t in self.statuses
        ]
        return self._joined(name, False, products, kinds)

    def _counting(self, kinds: Kinds) -> dict[str, np.ndarray]:
        """Of which kinds (kinds,) each variable, or what depends on it, was seen: of the others it
        says nothing."""
        known = {n: codes != UNKNOWN for n, codes in zip(self.names, kinds.codes.T, strict=True)}
        for name in self._children_first:
            edge = self.shape.edges.get(name)
            if edge and edge.parent in known:
                known[edge.parent] = known[edge.parent] | known[name]
        return known

    @cached_property
    def _children_first(self) -> list[str]:
        order: list[str] = []
        waiting = list(self.names)
        while waiting:
            above = {self.shape.edges[n].parent for n in waiting if n in self.shape.edges}
            order += [name for name in waiting if name not in above]
            waiting = [name for name in waiting if name in above]
        return order

    def _by_disease(self, array: np.ndarray, diseases: np.ndarray) -> np.ndarray:
        """Sums over the kinds of each disease: the last axis becomes the first."""
        starts = np.flatnonzero(np.diff(diseases, prepend=-1))
        sums = np.zeros((self.diseases, *array.shape[:-1]))
        sums[diseases[starts]] = np.moveaxis(np.add.reduceat(array, starts, axis=-1), -1, 0)
        return sums


def as_told(
    cpts: Tables, readings: Tables, name: str, codes: np.ndarray, diseases: np.ndarray
) -> np.ndarray:
    """What was read of a finding as likelihoods (rows, states), of one that is told times how
    readily it is."""
    reading = readings[name][codes]
    if said(name) not in cpts:
        return reading
    ready = np.diagonal(cpts[said(name)][:, :, :2], axis1=1, axis2=2)
    return np.where((codes != UNKNOWN)[:, None], reading * ready[diseases], reading)


def components(blueprint: Blueprint) -> list[Component]:
    """The findings of a blueprint but the immune status, in those that hang together."""
    shape = blueprint.structure
    names = [name for name in shape.findings if name != shape.context]
    root = {name: name for name in names}

    def find(name: str) -> str:
        while root[name] != name:
            name = root[name]
        return name

    for name in names:
        edge = shape.edges.get(name)
        if edge and edge.parent != shape.context:
            root[find(name)] = find(edge.parent)
    groups: dict[str, list[str]] = {}
    for name in names:
        groups.setdefault(find(name), []).append(name)
    return [Component(blueprint, tuple(group)) for group in groups.values()]
