"""The default engine: exact inference by compiled variable elimination.

A plan is made once for a pattern of evidence and kept; a query only runs it. Arithmetic is in
plain probabilities, and repeated in logarithms where P(evidence) is so small that an
intermediate number might have underflowed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from math import log

import numpy as np

from ..errors import ImpossibleEvidenceError, UsageError
from ..network import Evidence, Finding, Network
from .contraction import LINEAR, LOGARITHMIC
from .lookup import LookupPlan
from .plan import Pattern, Plan, make_plan
from .query import Query

#: Every factor is at most 1, so what underflows (below 1e-308) is negligible beside this.
SMALLEST_LINEAR = 1e-200
PLANS_KEPT = 512

AnyEvidence = Mapping[str, Finding] | Evidence | None


class Engine:
    """Exact posteriors of any discrete Bayesian network. Safe to use from several threads.

    `memory_limit` is the largest intermediate array allowed, in bytes; a query beyond it raises
    QueryTooLargeError.
    """

    name = "compiled"

    def __init__(self, network: Network, *, memory_limit: int = 2**30):
        self.network = network
        self.memory_limit = memory_limit
        self.plan = lru_cache(PLANS_KEPT)(self._plan)
        self._lookup_plan = lru_cache(PLANS_KEPT)(self._make_lookup_plan)

    def query(self, targets: str | Sequence[str], evidence: AnyEvidence = None) -> Query:
        """P(targets | evidence), the targets' states in a joint table.

        Raises CaseError for unknown names and states, ImpossibleEvidenceError where
        P(evidence) = 0, and QueryTooLargeError beyond the memory limit."""
        targets = self._targets(targets)
        evidence = self._encode(evidence)
        table, log_evidence = self._run(targets, evidence)
        if log_evidence == -np.inf:
            raise self._impossible(evidence)
        return Query(targets, table, log_evidence)

    def log_evidence(self, evidence: AnyEvidence) -> float:
        """ln P(evidence). Raises ImpossibleEvidenceError where it is minus infinity."""
        return self.query((), evidence).log_evidence

    # -- how it is done -----------------------------------------------------------------------

    def _plan(self, pattern: Pattern) -> Plan:
        """The plan for a pattern of evidence; kept for next time."""
        plan = make_plan(self.network, pattern)
        plan.check_memory(self.memory_limit)
        return plan

    def _make_lookup_plan(self, pattern: Pattern) -> LookupPlan:
        return LookupPlan(self.plan(pattern), self.network)

    def _targets(self, targets: str | Sequence[str]) -> tuple[str, ...]:
        targets = (targets,) if isinstance(targets, str) else tuple(targets)
        for name in targets:
            self.network.variable(name)
        if len(set(targets)) < len(targets):
            raise UsageError(f"a target is named twice: {', '.join(targets)}")
        return targets

    def _encode(self, evidence: AnyEvidence) -> Evidence:
        if isinstance(evidence, Evidence):
            return evidence
        return self.network.encode(evidence or {})

    def _run(self, targets: tuple[str, ...], evidence: Evidence) -> tuple[np.ndarray, float]:
        """P(targets | evidence) and ln P(evidence)."""
        chosen = dict(evidence.states)
        selected = [name for name in targets if name in chosen]
        for name in selected:
            chosen[name] += 1
        pattern = Pattern(
            targets,
            frozenset(chosen).difference(selected),
            frozenset(selected),
            frozenset(evidence.likelihoods),
        )
        likelihoods, log_scale = normalised_likelihoods(evidence)
        plan = self._lookup_plan(pattern)
        table = plan.run(chosen, likelihoods, LINEAR)[..., 0]
        total = table.sum().item()
        if total > SMALLEST_LINEAR:
            return table / total, log(total) + log_scale
        with np.errstate(divide="ignore"):
            logarithms = {name: np.log(array) for name, array in likelihoods.items()}
        table, total = normalised_logarithms(plan.run(chosen, logarithms, LOGARITHMIC))
        return table[..., 0], total.item() + log_scale

    def _impossible(self, evidence: Evidence) -> ImpossibleEvidenceError:
        """The error, with a smallest set of observations that cannot hold together: none of
        them can be spared."""
        for name in evidence.variables():
            fewer = without(evidence, name)
            if self._run((), fewer)[1] == -np.inf:
                evidence = fewer
        conflict = evidence.variables()
        return ImpossibleEvidenceError(
            f"the evidence is impossible: {', '.join(conflict)} cannot hold together", conflict
        )


def normalised_likelihoods(evidence: Evidence) -> tuple[dict[str, np.ndarray], float]:
    """Likelihoods of shape (states, 1) with maximum 1, and the ln of what was divided out."""
    peaks = {name: array.max() for name, array in evidence.likelihoods.items()}
    scaled = {name: evidence.likelihoods[name][:, None] / peak for name, peak in peaks.items()}
    return scaled, sum(map(log, peaks.values()))


def normalised_logarithms(table: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities from ln P(targets, evidence) (..., rows), and ln P(evidence) (rows,).

    Rows whose evidence is impossible become zeros."""
    flat = table.reshape(-1, table.shape[-1])
    total = np.logaddexp.reduce(flat, axis=0)
    return np.exp(table - np.where(np.isneginf(total), 0, total)), total


def without(evidence: Evidence, name: str) -> Evidence:
    """The evidence less what is known of one variable."""
    states = {other: state for other, state in evidence.states.items() if other != name}
    likelihoods = {k: array for k, array in evidence.likelihoods.items() if k != name}
    return Evidence(states, likelihoods)
