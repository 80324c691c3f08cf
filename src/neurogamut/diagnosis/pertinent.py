"""What is it, where what is said of the patient was chosen? See knowledge/reporting.py."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import cached_property
from math import lgamma

import numpy as np

from ..cases.case import CaseEvidence
from ..errors import UsageError
from ..inference.query import MISSING, EvidenceBatch, Queries, Query
from ..knowledge.build import Blueprint
from ..knowledge.records import PRESENCE
from ..knowledge.reporting import TOLD, Telling, said
from ..network import Evidence, Finding
from ..render.answer import ModelInfo
from .single import SingleDisease
from .told_together import SaidOf


class PertinentQueries:
    """Answers what is asked about findings from what was said of them.

    An uncertain reading is a likelihood over what is said; one that is the same for every state
    says nothing. `log_evidence` is ln of the probability that just these findings are told, of all
    sets of so many, and told so."""

    def __init__(self, engine: Queries, telling: Telling):
        self._engine = engine
        self._telling = telling
        self.network = engine.network
        self.name = engine.name

    def query(
        self, targets: str | Sequence[str], evidence: Mapping[str, Finding] | Evidence | None = None
    ) -> Query:
        """P(targets | what was said), jointly. Raises as the engine does."""
        told = self.encode(evidence or {})
        answer = self._engine.query(targets, told)
        shares = self._telling.log_shares[told.states[TOLD]]
        return Query(answer.targets, answer.table, answer.log_evidence - float(shares))

    def encode(self, evidence: Mapping[str, Finding] | Evidence) -> Evidence:
        """Evidence on findings as evidence on what is said, with the number of findings told.

        Raises UsageError where more are told than any network holds a number for."""
        if not isinstance(evidence, Evidence):
            evidence = self.network.encode(evidence)
        found, most = told(evidence, self._telling.said), self._telling.ways.shape[-1] - 1
        if found.states[TOLD] > most:
            advice = "pose a checklist with reporting=systematic"
            raise UsageError(f"{found.states[TOLD]} findings told, at most {most}: {advice}")
        return found


def is_even(likelihood: np.ndarray) -> bool:
    """Whether a reading is the same for every state, and so says nothing."""
    return bool((likelihood == likelihood[0]).all())


def told(evidence: Evidence, pertinent: Collection[str]) -> Evidence:
    """Evidence on findings, of which the `pertinent` ones were told, as evidence on what was said
    and on how many findings were told."""
    states = {said(f) if f in pertinent else f: state for f, state in evidence.states.items()}
    likelihoods = {
        said(f) if f in pertinent else f: np.append(weights, 0.0) if f in pertinent else weights
        for f, weights in evidence.likelihoods.items()
        if f not in pertinent or not is_even(weights)
    }
    spoken = sum(name not in evidence.states for name in states)
    spoken += sum(name not in evidence.likelihoods for name in likelihoods)
    return Evidence(states | {TOLD: spoken}, likelihoods)


def told_rows(rows: EvidenceBatch, pertinent: Collection[str]) -> EvidenceBatch:
    """The same for many rows."""
    states = {said(f) if f in pertinent else f: codes for f, codes in rows.states.items()}
    likelihoods = dict(rows.likelihoods)
    spoken = np.zeros(len(rows), dtype=int)
    for finding in pertinent & rows.states.keys():
        spoken += rows.states[finding] != MISSING
    for finding in pertinent & rows.likelihoods.keys():
        weights = likelihoods.pop(finding)
        speaks = weights[:, :1] != weights[:, 1:]
        likelihoods[said(finding)] = np.hstack([weights, np.where(speaks, 0.0, weights[:, :1])])
        spoken += speaks[:, 0]
    return EvidenceBatch(states | {TOLD: spoken}, likelihoods)


class PertinentDisease(SingleDisease):
    """As SingleDisease, of a case in which what is said was chosen.

    How well a case fits is judged by what is told: whether findings like these would be drawn from
    all that may be told of a patient with the disease."""

    telling: Telling

    def __init__(self, blueprint: Blueprint, engine: Queries, telling: Telling, info: ModelInfo):
        super().__init__(blueprint, engine, info)
        self.queries = self._told = PertinentQueries(engine, telling)
        self.telling = telling

    def of_case(self, evidence: CaseEvidence) -> PertinentDisease:
        """The same; what tests that were done did not show, and results, are no choice of who tells
        the case."""
        reported = self.telling.said.keys() & evidence.tests.reported
        if not reported:
            return self
        telling = self.telling.but_for(reported)
        return PertinentDisease(self.blueprint, self.engine, telling, self.info)

    def encode(self, evidence: CaseEvidence) -> Evidence:
        """The evidence that the engine is given: what is said, and of how many findings."""
        return self._told.encode(evidence.encoded)

    def log_together(self, evidence: CaseEvidence) -> np.ndarray:
        """As in SingleDisease: n findings are told together, not n times one."""
        number, ways = self.encode(evidence).states[TOLD], np.log(self.telling.ways)
        return np.log(self.shares @ np.exp(number * ways[:, 1] - ways[:, number]))

    def saying(self, finding: str, state: Finding) -> np.ndarray:
        """As in SingleDisease."""
        if finding not in self._draws or state not in PRESENCE:
            return super().saying(finding, state)
        position = PRESENCE.index(state)
        drawn = self.shares @ self._draws[finding][:, position]
        return np.log10(drawn / self.rates(finding)[:, position])

    def terms(self, finding: str) -> np.ndarray:
        """As in SingleDisease; a finding that was told is one draw of all that could be."""
        if finding not in self._draws:
            return super().terms(finding)
        if finding not in self._terms:
            drawn, (expected, variance) = self._draws[finding], self._telling
            deviations = np.log(drawn).T - expected
            variances = np.broadcast_to(variance, deviations.shape)
            alone = np.log(self._cause_prior @ drawn)
            self._terms[finding] = np.column_stack([deviations, variances, alone])
        return self._terms[finding]

    @cached_property
    def _draws(self) -> dict[str, np.ndarray]:
        """P(a finding is the one that is told, and in this state | cause), by finding."""
        ready = {
            finding: np.einsum("cs,cst->ct", self.rates_by_cause(finding), table)[:, :2]
            for finding, table in self.telling.said.items()
        }
        total = sum(table.sum(axis=1, keepdims=True) for table in ready.values())
        return {finding: table / total for finding, table in ready.items()}

    @cached_property
    def _telling(self) -> tuple[np.ndarray, np.ndarray]:
        """Mean and variance of ln P(what is told | cause) over what is told, each (causes,)."""
        drawn = np.concatenate(list(self._draws.values()), axis=1)
        logs = np.log(drawn)
        expected = (drawn * logs).sum(axis=1)
        return expected, (drawn * (logs - expected[:, None]) ** 2).sum(axis=1)

    def log_alone(self, finding: str, likelihoods: np.ndarray) -> np.ndarray:
        """As in SingleDisease."""
        if finding not in self._draws:
            return super().log_alone(finding, likelihoods)
        even = (likelihoods == likelihoods[:, :1]).all(axis=1)
        said = np.log(self._cause_prior @ (self._draws[finding] @ likelihoods.T))
        return np.where(even, 0.0, said)

    def _log_alone(self, finding: str, likelihood: np.ndarray) -> float:
        if finding not in self._draws:
            return super()._log_alone(finding, likelihood)
        if is_even(likelihood):
            return 0.0
        return float(np.log(self._cause_prior @ (self._draws[finding] @ likelihood)))

    def _said(self, finding: str, likelihood: np.ndarray) -> SaidOf:
        if finding not in self.telling.said:
            return super()._said(finding, likelihood)
        rates = self.rates_by_cause(finding)
        if is_even(likelihood):
            return SaidOf(likelihood, np.ones((1, 2)), np.ones(len(rates)), 0.0, counts=False)
        by_state = self.telling.said[finding][:, :, :2] @ likelihood
        alone = self._log_alone(finding, likelihood)
        return SaidOf(likelihood, by_state, (rates * by_state).sum(axis=1), alone, counts=True)

    @cached_property
    def _priors(self) -> np.ndarray:
        return self._cause_prior / self.telling.ways.T

    def _log_orders(self, evidence: Evidence) -> float:
        # P(e) is of a set, the product of single findings of one order of telling it.
        return lgamma(self._told.encode(evidence).states[TOLD] + 1)
