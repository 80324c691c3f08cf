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

from ..inference.noisy_or.noisy_or import NoisyOr, links_from_rates
from ..inference.noisy_or.subset_engine import CoexistingEngine, DiseaseSet, Summary
from ..inference.query import Queries
from ..knowledge.base import OTHER
from ..knowledge.build import DIAGNOSIS
from ..network import Finding, Network, Variable
from ..progress import Progress, silent

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

    @property
    def log_evidence(self) -> float:
        """ln P(context) + ln P(findings | context, at least one disease)."""
        return self._log_evidence(self.engine.log_any(self.findings))

    def _log_evidence(self, log_any: float) -> float:
        log_any_prior = np.log(-np.expm1(np.log1p(-self.network.prior).sum()))
        return float(self.log_context + log_any - log_any_prior)

    def summary(self, most: int, leading: int, sets: int, progress: Progress = silent) -> Summary:
        """P(disease), P(n diseases) from 1 to `most` or more, pairs of the `leading` diseases, the
        most probable `sets`, and ln P(evidence) as above."""
        found = self.engine.summary(self.findings, most, leading, sets + 1, progress)
        some = float(found.number_present[1:].sum())
        return Summary(
            marginals=found.marginals / some,
            log_evidence=self._log_evidence(found.log_evidence + np.log(some)),
            number_present=found.number_present[1:] / some,
            leading=found.leading,
            pairs=found.pairs / some,
            sets=[DiseaseSet(s.diseases, s.probability / some) for s in found.sets if s.diseases][
                :sets
            ],
        )


def coexisting_case(
    engine: Queries, context: Mapping[str, Finding], findings: Mapping[str, Finding], scale: float
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
    engine: Queries, context: Mapping[str, Finding], findings: Mapping[str, Finding]
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
    order = _rising(variable, network.encode({name: said}).vectors(network.variables)[name])
    rising = Variable(name, tuple(variable.states[state] for state in order))
    return rising, *links_from_rates(rates[:, order], rates[other, order])


def _rising(variable: Variable, likelihood: np.ndarray) -> list[int]:
    """The states in the order in which a higher one hides a lower one.

    Above the lowest, states such as biopsy results have no order of their own. Where two diseases
    would show different ones, the one that fits the case better is taken to be what was reported;
    any fixed order would favour diseases by their place in a list."""
    lowest = variable.states.index(LOWEST) if LOWEST in variable.states else 0
    return sorted(range(len(variable)), key=lambda state: (state != lowest, likelihood[state]))
