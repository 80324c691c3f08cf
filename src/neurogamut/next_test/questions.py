"""The two questions put to a case: which test next, and what plan?"""

from __future__ import annotations

from collections.abc import Mapping

from ..evidence import CaseEvidence
from ..network import Network
from ..results import ModelInfo
from .answers import NextTests, Plan
from .gain import entropy
from .plans import search
from .ranking import rank
from .stopping import stop
from .workup import Workup

#: Limits per measure (cost, harm, days); a number alone limits the cost; None is no limit.
Budget = Mapping[str, float] | float | None


def next_tests(
    workup: Workup,
    network: Network,
    evidence: CaseEvidence,
    labels: Mapping[str, str],
    info: ModelInfo,
    by: str,
    seed: int,
) -> NextTests:
    """Every remaining test, ranked, and whether to stop."""
    now = workup.given(network.encode(evidence.network))
    tests = rank(now, network, by, seed)
    return NextTests(
        entropy_bits=float(entropy(now.forest.posterior)),
        tests=tests,
        stop=stop(now, tuple(labels), tests, seed),
        by=by,
        seed=seed,
        evidence=evidence.understood,
        labels=labels,
        model=info,
    )


def plan(
    workup: Workup,
    network: Network,
    evidence: CaseEvidence,
    labels: Mapping[str, str],
    info: ModelInfo,
    budget: Budget,
    by: str,
    seed: int,
) -> Plan:
    """A decision tree within a budget."""
    limits = {"cost": budget} if isinstance(budget, (int, float)) else dict(budget or {})
    now = workup.given(network.encode(evidence.network))
    root, expected = search(now, network, tuple(labels), by, limits, seed)
    return Plan(by, limits, root, expected, seed, evidence.understood, labels, info)
