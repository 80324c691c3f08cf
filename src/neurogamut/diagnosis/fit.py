"""Does a case fit any disease of the network, or is it one that the network does not know?

The disease that leads may still be a poor explanation. A finding's typicality in a disease is
judged by its log-likelihood: person-fit statistics do the same with the answers of one person to
a test. Takes arrays; when to warn is read from the knowledge base.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import reduce
from typing import NamedTuple

import numpy as np

from ..knowledge.base import OTHER, KnowledgeBase
from ..knowledge.build import DIAGNOSIS
from ..network import Network

#: A variance that is zero but for rounding.
ROUNDING = 1e-24


class Spread(NamedTuple):
    """How ln P(state | disease) of a finding varies: `deviations` (diseases, states) from its
    expectation in the disease, and its `variances` there (diseases,)."""

    deviations: np.ndarray
    variances: np.ndarray

    @classmethod
    def of(cls, rates: np.ndarray) -> Spread:
        """From P(finding | disease), shape (diseases, states)."""
        return cls(deviations(rates), variances(rates))


def typicality(findings: Iterable[tuple[Spread, int]]) -> np.ndarray:
    """P(T(E) <= T(e) | disease), shape (diseases,): how often a patient with the disease would
    show findings no more probable than these, each with the position of its state. T is the sum of
    ln P(finding | disease).

    The standardised log-likelihood l_z of Drasgow, Levine and Williams (Br J Math Stat Psychol
    1985;38:67) on a normal scale; covariances between findings are left out. 1 for no finding."""
    findings = list(findings)
    if not findings:
        return np.ones(1)
    deviation = reduce(np.add, [spread.deviations[:, state] for spread, state in findings])
    return tail(deviation, reduce(np.add, [spread.variances for spread, _ in findings]))


def tail(deviation: np.ndarray, variance: np.ndarray) -> np.ndarray:
    """The same from the sums over findings of deviations and variances, shape (diseases,) each."""
    halves = (scores(deviation, variance) / math.sqrt(2)).tolist()
    return 0.5 * (1 + np.array([*map(math.erf, halves)]))


def deviations(rates: np.ndarray) -> np.ndarray:
    """ln P(state | disease) less its expectation in the disease, shape (diseases, states)."""
    logs = np.log(rates)
    return logs - (rates * logs).sum(axis=1, keepdims=True)


def variances(rates: np.ndarray) -> np.ndarray:
    """The variance of ln P(state | disease) in the disease, shape (diseases,)."""
    return (rates * deviations(rates) ** 2).sum(axis=1)


def terms(rates: np.ndarray, prior: np.ndarray) -> np.ndarray:
    """What a finding adds where it has a state, shape (states, 2 * diseases + 1): by disease the
    deviation of ln P(state | disease), then its variance, then ln P(state)."""
    variance = np.broadcast_to(variances(rates), rates.T.shape)
    return np.column_stack([deviations(rates).T, variance, np.log(prior @ rates)])


def scores(deviation: np.ndarray, variance: np.ndarray) -> np.ndarray:
    """Sums of deviations in standard deviations; infinite where all states are equally probable,
    so that none is less so than the one observed."""
    varies = variance > ROUNDING
    return np.where(varies, deviation / np.sqrt(np.where(varies, variance, 1)), np.inf)


def fit(posterior: np.ndarray, typical: np.ndarray) -> float:
    """Posterior predictive p-value of a case (Meng, Ann Stat 1994;22:1142): its typicality,
    averaged over what it may be. Near 0 where no probable disease explains it."""
    return min(float((posterior * typical).sum()), 1.0)


class FitRule(NamedTuple):
    """When a case is said to fit no disease. `prior` is P(disease) (diseases,), `other` the
    position of the state for none of the diseases, `level` the least fit, `factor` the least
    Bayes factor and `possible` the probability from which it may be none of them. Posteriors have
    shape (..., diseases)."""

    prior: np.ndarray
    other: int
    level: float
    factor: float
    possible: float

    @classmethod
    def of(cls, base: KnowledgeBase, network: Network) -> FitRule:
        """The rule that `priors/estimation.csv` states."""
        other = network.variables[DIAGNOSIS].states.index(OTHER)
        constants = ("fit_level", "warning_bayes_factor", "unlisted_level")
        return cls(network.cpts[DIAGNOSIS].table, other, *map(base.constant, constants))

    def unlisted_leads(self, posterior: np.ndarray) -> np.ndarray:
        """Whether none of the diseases is the most probable and the findings raised its odds by at
        least the Bayes factor."""
        here, before = posterior[..., self.other], self.prior[self.other]
        raised = here * (1 - before) >= self.factor * before * (1 - here)
        return (posterior.argmax(axis=-1) == self.other) & raised

    def may_be_unlisted(self, posterior: np.ndarray) -> np.ndarray:
        """Whether none of the diseases is so probable that it must be thought of."""
        return posterior[..., self.other] >= self.possible

    def warns(self, posterior: np.ndarray, fit: np.ndarray | float) -> np.ndarray:
        """Whether the case is said to fit no disease, or that it may be none of them."""
        return self.nothing_fits(posterior, fit) | self.may_be_unlisted(posterior)

    def nothing_fits(self, posterior: np.ndarray, fit: np.ndarray | float) -> np.ndarray:
        """Whether none of the diseases leads, or those that are probable explain too little."""
        return self.unlisted_leads(posterior) | (fit < self.level)


def conflicting(conflict: np.ndarray | float, factor: float) -> np.ndarray | bool:
    """Whether findings conflict: prod P(e_i) / P(e), whose ln is `conflict`, is at least the Bayes
    `factor`. Above 0 the measure points to a conflict (Jensen et al., UAI 1990), but most
    patients have one finding or other that is rare in their disease."""
    return conflict >= math.log(factor)
