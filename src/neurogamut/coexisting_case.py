"""One case as a noisy-OR network: any number of the diseases may be present.

Everything is derived from the single-disease network, case by case.

Context (age, sex, exposures) is no effect of a disease. It sets the diseases' prior odds:

    odds(d | context) = scale * P(d) * P(context | d) / P(context | none of the diseases)

A finding is a noisy-OR. Its rates are P(finding | d, context, findings before it in the network's
order), so that with exactly one disease present the chain rule gives the probability that the
single-disease network gives, dependencies included. As the scale goes to 0 a second disease
becomes impossible, and the posterior that of the single-disease network.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from .inference.coexisting import CoexistingEngine, DiseaseSet
from .inference.noisy_or import NoisyOr, links_from_rates
from .knowledge.base import OTHER
from .knowledge.build import DIAGNOSIS
from .network import Finding, Network, Variable

#: The state in which nothing was triggered; of findings without it, the one listed first.
LOWEST = "absent"


@dataclass(frozen=True, eq=False)
class CoexistingCase:
    """One case, its diseases and findings a noisy-OR network. Probabilities are conditional on at
    least one disease being present: without any a patient would not be in question.

    `log_context` is ln P(context) in the single-disease network."""

    network: NoisyOr
    findings: Mapping[str, Finding]
    log_context: float

    @cached_property
    def engine(self) -> CoexistingEngine:
        """Exact inference on the case's network."""
        return CoexistingEngine(self.network)

    @cached_property
    def log_evidence(self) -> float:
        """ln P(context) + ln P(findings | context, at least one disease)."""
        log_any_prior = np.log(-np.expm1(np.log1p(-self.network.prior).sum()))
        log_findings = self.engine.log_evidence(self.findings) + np.log(self._any)
        return float(self.log_context + log_findings - log_any_prior)

    def marginals(self) -> np.ndarray:
        """P(disease present), shape (diseases,)."""
        return self.engine.posterior(self.findings).marginals / self._any

    def number_present(self, most: int) -> np.ndarray:
        """P(n diseases present) for n from 1 to `most`, which stands for that or more."""
        return self.engine.number_present(self.findings, most)[1:] / self._any

    def pairs(self, diseases: list[str]) -> np.ndarray:
        """P(both present) for each pair of these, marginals on the diagonal."""
        return self.engine.pairs(self.findings, diseases) / self._any

    def sets(self, count: int) -> list[DiseaseSet]:
        """The most probable sets of diseases, best first."""
        found = self.engine.most_probable_sets(self.findings, count + 1)
        some = [DiseaseSet(s.diseases, s.probability / self._any) for s in found if s.diseases]
        return some[:count]

    @cached_property
    def _any(self) -> float:
        """P(at least one disease | findings) before that is presumed."""
        return float(self.engine.number_present(self.findings, 1)[1])


def coexisting_case(
    engine, context: Mapping[str, Finding], findings: Mapping[str, Finding], scale: float
) -> CoexistingCase:
    """The noisy-OR network of a case. `engine` answers `query(targets, evidence)` for the
    single-disease network; `scale` is the odds of any disease beside another before context.

    Raises CaseError and ImpossibleEvidenceError as the engine does."""
    known = engine.query(DIAGNOSIS, context)
    prior = engine.query(DIAGNOSIS).table
    diseases = engine.network.variables[DIAGNOSIS].states
    other = diseases.index(OTHER)
    odds = scale * prior[other] * known.table / known.table[other]
    families = [
        _family(engine.network, name, findings[name], rates, other)
        for name, rates in _rates(engine, context, findings).items()
    ]
    variables, links, leaks = zip(*families, strict=True) if families else ((), (), ())
    network = NoisyOr(
        diseases,
        tuple(variables),
        odds / (1 + odds),
        np.hstack([np.empty((len(diseases), 0)), *links]),
        np.hstack([np.empty(0), *leaks]),
    )
    return CoexistingCase(network, findings, known.log_evidence)


def _rates(
    engine, context: Mapping[str, Finding], findings: Mapping[str, Finding]
) -> dict[str, np.ndarray]:
    """P(finding | disease, context, findings before it), shape (diseases, states), for each."""
    known, rates = dict(context), {}
    for name in filter(findings.__contains__, engine.network.variables):
        joint = engine.query((DIAGNOSIS, name), known).table
        rates[name] = joint / joint.sum(axis=1, keepdims=True)
        known[name] = findings[name]
    return rates


def _family(
    network: Network, name: str, said: Finding, rates: np.ndarray, other: int
) -> tuple[Variable, np.ndarray, np.ndarray]:
    """A finding with its states in rising order, its links and its leak."""
    variable = network.variables[name]
    order = _rising(variable, _likelihood(network, name, said))
    rising = Variable(name, tuple(variable.states[state] for state in order))
    return rising, *links_from_rates(rates[:, order], rates[other, order])


def _rising(variable: Variable, likelihood: np.ndarray) -> list[int]:
    """The states in the order in which a higher one hides a lower one.

    Above the lowest, states such as biopsy results have no order of their own. Where two diseases
    would show different ones, the one that fits the case better is taken to be what was reported;
    any fixed order would favour diseases by their place in a list."""
    lowest = variable.states.index(LOWEST) if LOWEST in variable.states else 0
    return sorted(range(len(variable)), key=lambda state: (state != lowest, likelihood[state]))


def _likelihood(network: Network, name: str, said: Finding) -> np.ndarray:
    encoded = network.encode({name: said})
    if name in encoded.likelihoods:
        return encoded.likelihoods[name]
    return np.eye(len(network.variables[name]))[encoded.states[name]]
