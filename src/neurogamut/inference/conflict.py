"""Which findings cannot hold together."""

from __future__ import annotations

from collections.abc import Callable

from ..errors import ImpossibleEvidenceError
from ..network import Evidence


def impossible(
    evidence: Evidence, is_possible: Callable[[Evidence], bool]
) -> ImpossibleEvidenceError:
    """The error for evidence of probability zero. Observations that can be spared are left out
    one by one, so that without any one of the conflict that remains the rest is possible."""
    for name in evidence.variables():
        fewer = _without(evidence, name)
        if not is_possible(fewer):
            evidence = fewer
    conflict = evidence.variables()
    return ImpossibleEvidenceError(
        f"the evidence is impossible: {', '.join(conflict)} cannot hold together", conflict
    )


def _without(evidence: Evidence, name: str) -> Evidence:
    """The evidence less what is known of one variable."""
    states = {other: state for other, state in evidence.states.items() if other != name}
    likelihoods = {k: array for k, array in evidence.likelihoods.items() if k != name}
    return Evidence(states, likelihoods)
