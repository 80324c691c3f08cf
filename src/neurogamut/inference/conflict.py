"""Which findings cannot hold together, or hardly: a smallest set of them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
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


def conflicting(
    names: Sequence[str], log_conflict: Callable[[tuple[str, ...]], float], least: float
) -> tuple[str, ...]:
    """A small set of observations whose conflict, ln(prod P(e_i) / P(e)), is at least `least`, as
    that of all `names` is: the two that conflict most and, as long as they do not reach it, each
    time the one that adds most. Of equals the first."""
    chosen: tuple[str, ...] = max(combinations(names, 2), key=log_conflict)
    while len(chosen) < len(names) and log_conflict(chosen) < least:
        others = (name for name in names if name not in chosen)
        chosen = max(((*chosen, name) for name in others), key=log_conflict)
    return tuple(name for name in names if name in chosen)


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
