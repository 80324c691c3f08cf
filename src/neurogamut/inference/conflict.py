"""Which findings cannot hold together: a smallest set of them."""

from __future__ import annotations

from collections.abc import Callable, Collection
from itertools import combinations
from math import comb

from ..errors import ImpossibleEvidenceError
from ..network import Evidence

MOST_SETS = 10_000


def impossible(
    evidence: Evidence, is_possible: Callable[[Evidence], bool]
) -> ImpossibleEvidenceError:
    """The error for evidence of probability zero, with a smallest conflicting set."""
    conflict = _smallest(evidence, is_possible)
    return ImpossibleEvidenceError(
        f"the evidence is impossible: {', '.join(conflict)} cannot hold together", conflict
    )


def _smallest(evidence: Evidence, is_possible: Callable[[Evidence], bool]) -> tuple[str, ...]:
    """Observations are left out one by one as long as the rest stays impossible. That leaves a set
    of which none can be spared; then smaller sets are tried, smallest first, as long as there are
    not too many of a size."""
    kept = list(evidence.variables())
    for name in evidence.variables():
        fewer = [other for other in kept if other != name]
        if not is_possible(_only(evidence, fewer)):
            kept = fewer
    for size in range(1, len(kept)):
        if comb(len(evidence.variables()), size) > MOST_SETS:
            break
        for names in combinations(evidence.variables(), size):
            if not is_possible(_only(evidence, names)):
                return names
    return tuple(kept)


def _only(evidence: Evidence, names: Collection[str]) -> Evidence:
    """What the evidence says of some variables."""
    return Evidence(
        {name: state for name, state in evidence.states.items() if name in names},
        {name: array for name, array in evidence.likelihoods.items() if name in names},
    )
