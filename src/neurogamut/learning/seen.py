"""Patients as the components count them, and what is expected of them: the E step."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from ..cohort.workers import Workers, in_order
from ..knowledge.reporting import said
from .component import Component, Expected, Kinds, Tables, as_told
from .patients import UNKNOWN, Patients

#: Chunks under way for each worker.
AHEAD = 2


@dataclass(frozen=True, eq=False)
class Seen:
    """`kinds` and how many there are of each, `numbers`, by component. Of those that depend on the
    immune status patients who agree in all of them are one row: `diseases`, `weights` (rows,),
    `status` (rows,), the code of what was seen of it, `tells` (rows,), whether anything tells of
    it, and `which` (rows, components), each row's kinds, -1 where nothing was seen. `by_disease`
    (diseases,) counts all patients, `told` (diseases, numbers) those of whom so many findings were
    told."""

    components: Sequence[Component]
    by_disease: np.ndarray
    told: np.ndarray
    readings: Tables
    kinds: tuple[Kinds, ...]
    numbers: tuple[np.ndarray, ...]
    diseases: np.ndarray
    weights: np.ndarray
    status: np.ndarray
    tells: np.ndarray
    which: np.ndarray

    @classmethod
    def by(
        cls, components: Sequence[Component], patients: Patients, told: Collection[str] = ()
    ) -> Seen:
        """What each component has to count; the findings in `told` are told or not."""
        rows, diseases = np.nonzero(patients.shares)
        weights = patients.shares[rows, diseases]
        codes = patients.heard(told)[rows]
        number = (codes[:, np.isin(patients.findings, list(told))] != UNKNOWN).sum(axis=1)
        numbers_told = np.zeros((patients.shares.shape[1], number.max(initial=0) + 1))
        np.add.at(numbers_told, (diseases, number), weights)
        kinds, numbers, columns, tells = [], [], [], np.zeros(len(rows), dtype=bool)
        for component in components:
            own = codes[:, [patients.findings.index(name) for name in component.names]]
            found, which, number = _kinds(diseases, own, weights)
            kinds.append(found)
            numbers.append(number)
            if component.by_status:
                columns.append(which)
                tells |= np.append(component.touched(found), False)[which]
        status = codes[:, patients.findings.index(components[0].shape.context)]
        tells |= status != UNKNOWN
        keys = np.column_stack([diseases, status, tells, *columns])
        joint, which = np.unique(keys, axis=0, return_inverse=True)
        return cls(
            components,
            patients.by_disease(),
            numbers_told,
            patients.readings,
            tuple(kinds),
            tuple(numbers),
            joint[:, 0],
            np.bincount(which.ravel(), weights, minlength=len(joint)),
            joint[:, 1],
            joint[:, 2].astype(bool),
            joint[:, 3:],
        )

    def expected(self, cpts: Tables, workers: Workers, with_squares: bool = False) -> Expected:
        """What these tables expect of the patients; sums run in the same order whoever works.
        Squares are zeros unless asked for."""
        logs = self._log_likelihoods(cpts, workers)
        share, total = self._statuses(cpts, logs)
        weights, pairs = {}, {}
        for i, which in zip(self._by_status, self.which.T, strict=True):
            weights[i] = self._of_kinds(i, which, share.T)
            if with_squares:
                products = [self._of_kinds(i, which, share.T * one) for one in share.T]
                pairs[i] = np.stack(products, axis=1)
        for i in self._apart:
            weights[i] = self.numbers[i][:, None]
            if with_squares:
                pairs[i] = self.numbers[i][:, None, None]
        counts, squares = self._counts(cpts, weights, pairs, workers)
        tells = (self.weights * self.tells)[:, None]
        counts[self._context] = self._summed(tells * share)
        squares[self._context] = self._summed(tells * share**2)
        if said(self._context) in cpts:
            heard = (self.weights * (self.status != UNKNOWN))[:, None]
            counts[said(self._context)] = self._summed(heard * share)
        return Expected(counts, squares, self._likelihood(logs, total))

    def log_likelihood(self, cpts: Tables, workers: Workers) -> np.ndarray:
        """ln P(findings | disease) of all patients, by disease (diseases,)."""
        logs = self._log_likelihoods(cpts, workers)
        return self._likelihood(logs, self._statuses(cpts, logs)[1])

    def _likelihood(self, logs: Sequence[np.ndarray], total: np.ndarray) -> np.ndarray:
        found = np.bincount(self.diseases, self.weights * total, minlength=len(self.by_disease))
        for i in self._apart:
            values = self.numbers[i] * logs[i][:, 0]
            found = found + np.bincount(self.kinds[i].diseases, values, minlength=len(found))
        return found

    @property
    def _context(self) -> str:
        return self.components[0].shape.context

    @property
    def _by_status(self) -> list[int]:
        return [i for i, component in enumerate(self.components) if component.by_status]

    @property
    def _apart(self) -> list[int]:
        return [i for i, component in enumerate(self.components) if not component.by_status]

    def _log_likelihoods(self, cpts: Tables, workers: Workers) -> list[np.ndarray]:
        """ln P(kind | disease, status) by component, each (kinds, statuses)."""

        def calls() -> Iterator[tuple[Component, Kinds]]:
            for component, kinds in zip(self.components, self.kinds, strict=True):
                for chunk in kinds.chunks():
                    yield component, kinds.some(chunk)

        def work(component: Component, kinds: Kinds) -> np.ndarray:
            return component.log_likelihood(cpts, self.readings, kinds)

        found = in_order(workers, AHEAD * workers.count, work, calls())
        joined = []
        for component, kinds in zip(self.components, self.kinds, strict=True):
            parts = [next(found) for _ in kinds.chunks()]
            joined.append(np.concatenate([np.zeros((0, len(component.statuses))), *parts]))
        return joined

    def _statuses(self, cpts: Tables, logs: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        """P(immune status | row), shape (rows, 2), and ln P(row | disease), shape (rows,)."""
        readings = as_told(cpts, self.readings, self._context, self.status, self.diseases)
        with np.errstate(divide="ignore"):
            joint = np.log(cpts[self._context][self.diseases] * readings)
        for i, which in zip(self._by_status, self.which.T, strict=True):
            joint = joint + np.vstack([logs[i], np.zeros((1, 2))])[which]
        total = np.logaddexp.reduce(joint, axis=1)
        return np.exp(joint - total[:, None]), total

    def _of_kinds(self, component: int, which: np.ndarray, shares: np.ndarray) -> np.ndarray:
        """Sums of shares (columns, rows) of the patients of each kind (kinds, columns)."""
        seen, count = which >= 0, len(self.kinds[component])
        weighed = (self.weights * shares)[:, seen]
        sums = [np.bincount(which[seen], column, minlength=count) for column in weighed]
        return np.stack(sums, axis=1)

    def _counts(
        self,
        cpts: Tables,
        weights: dict[int, np.ndarray],
        pairs: dict[int, np.ndarray],
        workers: Workers,
    ) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
        shape = self.components[0].shape
        counts = {name: np.zeros(cpts[name].shape) for name in shape.findings}
        told = [said(name) for name in shape.findings if said(name) in cpts]
        counts |= {name: np.zeros(cpts[name].shape[:2]) for name in told}
        squares = {
            name: np.zeros(
                (*cpts[name].shape[: 1 + (name in shape.split)], len(shape.states[name]))
            )
            for name in shape.findings
        }

        def calls() -> Iterator[tuple[Component, Kinds, np.ndarray, np.ndarray | None]]:
            for i, (component, kinds) in enumerate(zip(self.components, self.kinds, strict=True)):
                for chunk in kinds.chunks():
                    products = pairs[i][chunk] if pairs else None
                    yield component, kinds.some(chunk), weights[i][chunk], products

        def work(
            component: Component, kinds: Kinds, weights: np.ndarray, pairs: np.ndarray | None
        ) -> tuple[Tables, Tables]:
            return component.counts(cpts, self.readings, kinds, weights, pairs)

        for part, squared in in_order(workers, AHEAD * workers.count, work, calls()):
            for name, found in part.items():
                counts[name] += found
            for name, found in squared.items():
                squares[name] += found
        return counts, squares

    def _summed(self, values: np.ndarray) -> np.ndarray:
        """Sums over the rows of each disease (diseases, columns)."""
        count = len(self.by_disease)
        return np.stack([np.bincount(self.diseases, c, minlength=count) for c in values.T], axis=1)


def _kinds(
    diseases: np.ndarray, codes: np.ndarray, weights: np.ndarray
) -> tuple[Kinds, np.ndarray, np.ndarray]:
    """The kinds that rows are of, each row's, -1 where nothing was seen, and their numbers."""
    which = np.full(len(codes), -1)
    seen = (codes != UNKNOWN).any(axis=1)
    told = np.column_stack([diseases[seen], codes[seen]])
    kinds, places = np.unique(told, axis=0, return_inverse=True)
    which[seen] = places.ravel()
    number = np.bincount(places.ravel(), weights[seen], minlength=len(kinds))
    return Kinds(kinds[:, 0], kinds[:, 1:]), which, number
