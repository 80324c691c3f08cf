"""Estimate the constants of the reporting model (knowledge/reporting.py) from published patients.

    python scripts/estimate_reporting.py CASES.jsonl [CASES.jsonl ...]

How findings are told is estimated from what was told of patients whose diagnosis is known, by
maximum likelihood: P(told | diagnosis). Who is asked about cannot be, as the patients were
collected for every disease; `prior_power` is that under which the diagnoses are most probable given
what was told. Each patient is read without the rows of the patient's own paper; 95 % intervals are
from the curvature of the likelihoods. What a new paper may expect is estimated by ten-fold
cross-validation over papers.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import logsumexp

import neurogamut as ng
from neurogamut.cases.published import PublishedCase, read_cases
from neurogamut.diagnosis.pertinent import told
from neurogamut.knowledge.build import DIAGNOSIS
from neurogamut.knowledge.citations import identifiers
from neurogamut.knowledge.reporting import (
    TOLD,
    Reporting,
    said,
    said_tables,
    summed_out,
    ways_to_tell,
)
from neurogamut.validation.leakage import shared_sources
from neurogamut.validation.posed import select

FOLDS, SEED = 10, 0
NAMES = tuple(Reporting.__dataclass_fields__)
#: What is varied first, from what was told, on a scale of logarithms; then the first of NAMES.
TELLING = slice(1, None)


@dataclass(frozen=True, eq=False)
class Patients:
    """Patients of one model: `said` maps a node to what was said (patients,), -1 for nothing."""

    model: ng.Model
    rows: np.ndarray
    said: dict[str, np.ndarray]
    number: np.ndarray

    @classmethod
    def of(cls, model: ng.Model, rows: Sequence[int], posed: Sequence) -> Patients:
        pertinent = said_tables(Reporting.of(model.base), model.blueprint)
        encoded = [told(model.network.encode(p.evidence.network), pertinent) for p in posed]
        names = {name for evidence in encoded for name in evidence.states} - {TOLD}
        codes = {n: np.array([e.states.get(n, -1) for e in encoded]) for n in sorted(names)}
        return cls(model, np.array(rows), codes, np.array([e.states[TOLD] for e in encoded]))

    def log_joint(self, reporting: Reporting) -> np.ndarray:
        """ln P(disease, what was said), shape (patients, diseases)."""
        shape = self.model.blueprint.structure
        cpts = {name: cpt.table for name, cpt in self.model.network.cpts.items()}
        tables = said_tables(reporting, self.model.blueprint)
        ways = ways_to_tell(shape, cpts, tables, int(self.number.max()))
        factors = {
            f: _factor(self.said[said(f)], tables[f]) for f in tables if said(f) in self.said
        }
        for name in self.said.keys() & cpts.keys():
            factors[name] = _factor(self.said[name], np.eye(cpts[name].shape[-1])[None])
        likelihood = summed_out(shape, cpts, factors)[..., 0]
        prior = reporting.prior(cpts[DIAGNOSIS], shape.unlisted)
        return np.log(prior) + np.log(likelihood / ways[:, self.number].T @ shape.shares.T)


def _factor(codes: np.ndarray, table: np.ndarray) -> np.ndarray:
    """P(said | disease, finding) by patient, shape (patients, diseases, states, 1)."""
    padded = np.concatenate([table, np.ones_like(table[..., :1])], axis=-1)
    return np.moveaxis(padded[..., codes], -1, 0)[..., None]


class Fit:
    """The likelihoods of what was told and of the diagnoses, and what maximises them. A point has
    the logarithms of the constants."""

    def __init__(self, groups: Sequence[Patients], truth: np.ndarray):
        self.groups, self.truth = groups, truth
        self._rows = np.arange(len(truth))

    def log_joint(self, point: np.ndarray) -> np.ndarray:
        """ln P(disease, what was told), shape (patients, diseases)."""
        found = np.empty((len(self.truth), len(self.groups[0].model.labels)))
        for group in self.groups:
            found[group.rows] = group.log_joint(Reporting(*np.exp(point).tolist()))
        return found

    def log_posterior(self, point: np.ndarray) -> np.ndarray:
        """ln P(disease | what was told), shape (patients, diseases)."""
        found = self.log_joint(point)
        return found - logsumexp(found, axis=1, keepdims=True)

    def untold(self, point: np.ndarray, weights: np.ndarray) -> float:
        """Less ln P(told | diagnosis), up to what does not depend on the constants of telling."""
        return -float(weights @ self.log_joint(point)[self._rows, self.truth])

    def missed(self, point: np.ndarray, weights: np.ndarray) -> float:
        """Less ln P(diagnosis | told)."""
        return -float(weights @ self.log_posterior(point)[self._rows, self.truth])

    def best(self, weights: np.ndarray, start: np.ndarray) -> np.ndarray:
        """The point of greatest likelihood."""
        told = _minimum(lambda x: self.untold(np.append(start[:1], x), weights), start[TELLING])
        power = _minimum(lambda x: self.missed(np.append(x, told), weights), start[:1])
        return np.append(power, told)

    def deviations(self, point: np.ndarray) -> np.ndarray:
        """Standard deviations of the point, from the curvature of the likelihoods."""
        weights = np.ones(len(self.truth))
        told = _curvature(lambda x: self.untold(np.append(point[:1], x), weights), point[TELLING])
        power = _curvature(lambda x: self.missed(np.append(x, point[TELLING]), weights), point[:1])
        return np.sqrt(np.append(1 / power, np.diag(np.linalg.inv(told))))


def _minimum(loss: Callable[[np.ndarray], float], start: np.ndarray) -> np.ndarray:
    return minimize(loss, start, method="L-BFGS-B", options={"eps": 1e-5}).x


def _curvature(loss: Callable[[np.ndarray], float], point: np.ndarray, step: float = 0.05):
    """The matrix of second derivatives."""
    moves = step * np.eye(len(point))
    signs = [(a, b) for a in (1, -1) for b in (1, -1)]
    rows = [
        [sum(a * b * loss(point + a * i + b * j) for a, b in signs) for j in moves] for i in moves
    ]
    return np.array(rows) / (4 * step**2)


def papers(cases: Sequence[PublishedCase]) -> np.ndarray:
    """The number of each case's paper; cases that cite a common identifier share theirs."""
    found = [identifiers(case.source) or {case.source} for case in cases]
    number = np.arange(len(cases))
    for i, own in enumerate(found):
        for j in range(i):
            if own & found[j]:
                number[number == number[i]] = number[j]
    return number


def folds(paper: np.ndarray) -> np.ndarray:
    """A fold for every case, the same for all of a paper."""
    unique, position = np.unique(paper, return_inverse=True)
    return (np.random.default_rng(SEED).permutation(len(unique)) % FOLDS)[position]


def grouped(model: ng.Model, posed: Sequence) -> list[Patients]:
    """The cases by the model that has not seen their paper."""
    own: dict[frozenset[str], list[int]] = {}
    for i, p in enumerate(posed):
        own.setdefault(shared_sources(model.base, p.case), []).append(i)
    return [
        Patients.of(model.without(sources) if sources else model, rows, [posed[i] for i in rows])
        for sources, rows in own.items()
    ]


def cross_validated(fit: Fit, fold: np.ndarray, start: np.ndarray) -> np.ndarray:
    """ln P(disease | what was said), each patient under constants that other papers gave."""
    found = np.empty((len(fold), len(fit.groups[0].model.labels)))
    for k in range(FOLDS):
        out = fold == k
        found[out] = fit.log_posterior(fit.best((~out).astype(float), start))[out]
    return found


def summary(log_posterior: np.ndarray, truth: np.ndarray) -> str:
    own = log_posterior[np.arange(len(truth)), truth]
    rank = (log_posterior >= own[:, None]).sum(axis=1)
    shares = " / ".join(f"{(rank <= n).mean():.1%}" for n in (1, 3, 5))
    return f"first 1 / 3 / 5: {shares}, log score {own.mean():.3f}"


def main(paths: Sequence[str]) -> None:
    model = ng.load()
    posed, _ = select([case for path in paths for case in read_cases(path)], model.base)
    keys = list(model.labels)
    truth = np.array([keys.index(p.case.diagnosis) for p in posed])
    strong = np.array(
        [p.case.confidence != "low" and len(p.case.known_before_diagnosis) > 2 for p in posed]
    )
    fit = Fit(grouped(model, posed), truth)
    constants = Reporting.of(model.base)
    start = np.log([getattr(constants, name) for name in NAMES])
    point = fit.best(np.ones(len(truth)), start)
    width = 1.96 * fit.deviations(point)
    for name, *found in zip(NAMES, *np.exp([point, point - width, point + width]), strict=True):
        print(f"{name}: {found[0]:.3g} (95 % interval {found[1]:.3g} to {found[2]:.3g})")
    print(f"in sample, strong: {summary(fit.log_posterior(point)[strong], truth[strong])}")
    crossed = cross_validated(fit, folds(papers([p.case for p in posed])), point)
    print(f"cross-validated, strong: {summary(crossed[strong], truth[strong])}")


if __name__ == "__main__":
    main(sys.argv[1:])
