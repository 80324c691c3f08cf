"""What is it, where a single disease explains the case?"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping
from functools import cached_property

import numpy as np

from ..cases.case import CaseEvidence
from ..inference.conflict import conflicting
from ..inference.query import Queries
from ..knowledge.base import split_owner
from ..knowledge.build import DIAGNOSIS, Blueprint, marginal
from ..knowledge.reporting import Telling
from ..network import Evidence, Finding
from ..render.answer import ModelInfo
from ..render.wording import percent
from . import fit
from .differential import FITS_NOTHING, MAY_BE_NONE, Posterior, conflict_words
from .told_together import PairTables, SaidOf, ToldTogether


class SingleDisease:
    """The network whose root is the diagnosis, and what it says of a case: `queries` are put to it
    in findings, and answered by `engine`, here the same."""

    #: How findings are told, where that is chosen.
    telling: Telling | None = None

    def __init__(self, blueprint: Blueprint, engine: Queries, info: ModelInfo):
        base = blueprint.base
        self.blueprint = blueprint
        self.engine = self.queries = engine
        self.network = engine.network
        self.info = info
        self._labels = {disease.key: disease.label for disease in base.diseases}
        self._form_labels = {form.owner: form.label for form in base.forms}
        self._names = {finding.key: finding.label for finding in base.findings}
        self.cause = blueprint.structure.cause
        self.shares = blueprint.structure.shares
        #: Which causes are of which disease, shape (causes, diseases).
        self.members = (self.shares > 0).T.astype(float)
        self._prior = engine.network.cpts[DIAGNOSIS].table
        self._cause_prior = self._prior @ self.shares
        self._terms: dict[str, np.ndarray] = {}
        self._pairs = PairTables(engine, self.cause)
        self.fit_rule = fit.FitRule.of(base, engine.network)

    @cached_property
    def _forms_of(self) -> dict[str, dict[str, int]]:
        """The forms of each disease that comes in some, with their places among the causes."""
        forms = self.blueprint.structure.forms
        found: dict[str, dict[str, int]] = defaultdict(dict)
        for cause, owner in enumerate(forms.owners if forms else ()):
            disease, form = split_owner(owner)
            if form:
                found[disease][form] = cause
        return found

    @cached_property
    def prior(self) -> dict[str, float]:
        """P(disease) in this setting."""
        return dict(zip(self._labels, self._prior.tolist(), strict=True))

    def posterior(self, evidence: CaseEvidence) -> Posterior:
        """P(disease | case), how well the case fits, and whether its findings fit together.

        Raises CaseError and ImpossibleEvidenceError as the engine does."""
        answer = self.queries.query(self.cause, evidence.encoded)
        posterior = self.of_diseases(answer.table)
        sums = self._sums(evidence.encoded.states)
        fits = fit.fit(answer.table, self._tail(sums)) if evidence.encoded.states else None
        unsure = evidence.encoded.likelihoods
        alone = sums[-1] + sum(self._log_alone(name, weights) for name, weights in unsure.items())
        conflict = float(alone) - answer.log_evidence + self._log_orders(evidence.encoded)
        names = self._conflicting(evidence.encoded, conflict)
        return Posterior(
            probabilities=dict(zip(self._labels, posterior.tolist(), strict=True)),
            forms=self._forms(answer.table),
            form_labels=self._form_labels,
            prior=self.prior,
            labels=self._labels,
            log_evidence=answer.log_evidence,
            conflict=conflict,
            conflicting=names,
            fit=fits,
            evidence=evidence.understood,
            ignored=evidence.ignored,
            warnings=self._warnings(posterior, fits, names, evidence.said),
            model=self.info,
        )

    def of_diseases(self, causes: np.ndarray) -> np.ndarray:
        """P(disease) from P(cause), shape (..., diseases) from (..., causes)."""
        return causes @ self.members

    def _forms(self, causes: np.ndarray) -> dict[str, dict[str, float]]:
        """P(form, disease | case) of the diseases that come in forms, by disease and form."""
        values = causes.tolist()
        return {
            disease: {form: values[cause] for form, cause in forms.items()}
            for disease, forms in self._forms_of.items()
        }

    def of_case(self, evidence: CaseEvidence) -> SingleDisease:
        """The view that a case is read in."""
        return self

    def encode(self, evidence: CaseEvidence) -> Evidence:
        """The evidence that the engine is given."""
        return evidence.encoded

    def log_together(self, evidence: CaseEvidence) -> np.ndarray:
        """ln of what P(case | disease) is more than the product over its findings, were these
        independent, shape (diseases,)."""
        return np.zeros(len(self._labels))

    def saying(self, finding: str, state: Finding) -> np.ndarray:
        """log10 P(finding told | finding in this state, disease), shape (diseases,), up to what is
        the same for all."""
        return np.zeros(len(self._labels))

    def rates(self, finding: str) -> np.ndarray:
        """P(finding | disease), shape (diseases, states)."""
        return self.shares @ self.rates_by_cause(finding)

    def rates_by_cause(self, finding: str) -> np.ndarray:
        """P(finding | cause), shape (causes, states). The cause is the form of a disease, or the
        disease where no disease comes in forms."""
        return marginal(self.blueprint.structure, self.blueprint.rates, finding)

    def all_rates(self) -> dict[str, np.ndarray]:
        """The same of every finding."""
        return {finding: self.rates(finding) for finding in self._names}

    def typicality(self, evidence: CaseEvidence) -> np.ndarray:
        """P(findings no more probable than these | disease), shape (diseases,); findings that are
        only likelihoods are left out. Of a disease with forms the mean over these, as probable as
        the case makes them."""
        causes = self.queries.query(self.cause, evidence.encoded).table
        typical = causes * self._tail(self._sums(evidence.encoded.states))
        return self.of_diseases(typical) / self.of_diseases(causes)

    def _tail(self, sums: np.ndarray) -> np.ndarray:
        return fit.tail(*sums[:-1].reshape(2, -1))

    def _sums(self, states: Mapping[str, int]) -> np.ndarray:
        """The terms of all findings that are sure, shape (2 * causes + 1,)."""
        if not states:
            return np.zeros(2 * len(self._cause_prior) + 1)
        return np.add.reduce([self.terms(name)[state] for name, state in states.items()])

    def terms(self, finding: str) -> np.ndarray:
        """What a finding adds, shape (states, 2 * causes + 1); see `fit.terms`."""
        if finding not in self._terms:
            self._terms[finding] = fit.terms(self.rates_by_cause(finding), self._cause_prior)
        return self._terms[finding]

    # -- conflict -----------------------------------------------------------------------------

    def _log_orders(self, evidence: Evidence) -> float:
        """ln of in how many orders the findings may have come, where that matters."""
        return 0.0

    def _conflicting(self, evidence: Evidence, conflict: float) -> tuple[str, ...]:
        """The findings that conflict most, where all together do."""
        if not fit.conflicting(conflict, self.fit_rule.factor):
            return ()
        vectors = evidence.vectors(self.network.variables)
        said = {name: self._said(name, likelihood) for name, likelihood in vectors.items()}
        told = ToldTogether(said, self._pairs, self.queries, self._priors)
        return conflicting(tuple(said), told.log_conflict, math.log(self.fit_rule.factor))

    def _said(self, finding: str, likelihood: np.ndarray) -> SaidOf:
        """What was said of a finding."""
        by_cause = self.rates_by_cause(finding) @ likelihood
        alone = self._log_alone(finding, likelihood)
        return SaidOf(likelihood, likelihood[None, :], by_cause, alone, counts=False)

    @property
    def _priors(self) -> np.ndarray:
        """See `ToldTogether`: nothing is chosen."""
        return self._cause_prior[None, :]

    def log_alone(self, finding: str, likelihoods: np.ndarray) -> np.ndarray:
        """ln P(what was said of a finding), were it all that is known, from likelihoods (rows,
        states)."""
        return np.asarray(np.log(self._prior @ (self.rates(finding) @ likelihoods.T)))

    def _log_alone(self, finding: str, likelihood: np.ndarray) -> float:
        """ln P(what was said of a finding), were it all that is known."""
        return float(np.log(self._cause_prior @ (self.rates_by_cause(finding) @ likelihood)))

    def _warnings(
        self,
        posterior: np.ndarray,
        fits: float | None,
        names: tuple[str, ...],
        understood: Mapping[str, object],
    ) -> tuple[str, ...]:
        """When the case fits no disease of the network, or its findings do not fit together."""
        rule, warnings = self.fit_rule, []
        here = float(posterior[rule.other])
        if rule.unlisted_leads(posterior):
            reason = "none explains the findings better than their background rates"
            warnings.append(f"{FITS_NOTHING}: {reason}")
        elif fits is not None and rule.nothing_fits(posterior, fits):
            reason = (
                f"fewer than one patient in {round(1 / rule.level)} with its probable diseases "
                "shows findings as unusual as these"
            )
            warnings.append(f"{FITS_NOTHING}: {reason}")
        elif rule.may_be_unlisted(posterior):
            listed = len(posterior) - 1
            warnings.append(f"{MAY_BE_NONE} {listed} diseases of the network: {percent(here)}")
        if names:
            which = conflict_words(names, understood, self._names)
            warnings.append(
                f"the findings conflict: {which} are together at least {rule.factor:g} times "
                "less probable than if they had nothing to do with each other"
            )
        return tuple(warnings)
