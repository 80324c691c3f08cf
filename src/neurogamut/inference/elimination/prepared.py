"""Evidence sorted by what it does to a plan, the same way for one case and for many."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ...network import Evidence
from ..query import MISSING, EvidenceBatch
from .plan import Pattern


@dataclass(frozen=True, eq=False)
class Prepared:
    """The evidence of one case, ready for the plan of its `pattern`.

    `chosen` indexes the evidence axes, `likelihoods` (states, 1) have maximum 1, and
    `log_scale` is the ln of what was divided out of them.
    """

    pattern: Pattern
    chosen: Mapping[str, int]
    likelihoods: Mapping[str, np.ndarray]
    log_scale: float


@dataclass(frozen=True, eq=False)
class PreparedRows:
    """The same for many cases: `chosen` (rows,), `likelihoods` (states, rows), `log_scale`
    (rows,)."""

    chosen: Mapping[str, np.ndarray]
    likelihoods: Mapping[str, np.ndarray]
    log_scale: np.ndarray


def prepare(targets: tuple[str, ...], evidence: Evidence, everything: bool = False) -> Prepared:
    """One case. An observed target stays a variable, so that its table can be given."""
    chosen = dict(evidence.states)
    selected = [name for name in targets if name in chosen]
    for name in selected:
        chosen[name] += 1
    pattern = Pattern(
        targets,
        frozenset(chosen).difference(selected),
        frozenset(selected),
        frozenset(evidence.likelihoods),
        everything,
    )
    if not evidence.likelihoods:
        return Prepared(pattern, chosen, {}, 0.0)
    likelihoods = {name: array[:, None] for name, array in evidence.likelihoods.items()}
    likelihoods, log_scale = _normalised(likelihoods)
    return Prepared(pattern, chosen, likelihoods, log_scale.item())


def batch_pattern(targets: tuple[str, ...], evidence: EvidenceBatch) -> Pattern:
    """The pattern of all rows together: a variable that is nowhere observed is left out, one that
    is observed in every row is sliced, the others are selected."""
    observed = {name for name, states in evidence.states.items() if (states != MISSING).any()}
    partly = {name for name in observed if (evidence.states[name] == MISSING).any()}
    selected = partly | observed.intersection(targets)
    return Pattern(
        targets,
        frozenset(observed - selected),
        frozenset(selected),
        frozenset(evidence.likelihoods),
    )


def prepare_rows(pattern: Pattern, evidence: EvidenceBatch) -> PreparedRows:
    """Rows of a batch with that pattern."""
    chosen = {}
    for name in pattern.sliced | pattern.selected:
        first = 1 if name in pattern.selected else 0
        chosen[name] = np.add(evidence.states[name], first, dtype=np.intp)
    return PreparedRows(chosen, *scaled(evidence.likelihoods))


def scaled(likelihoods: Mapping[str, np.ndarray]) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Likelihoods (rows, states) by state and with maximum 1: see Prepared."""
    return _normalised({name: array.T for name, array in likelihoods.items()})


def _normalised(
    likelihoods: Mapping[str, np.ndarray],
) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Divide each likelihood (states, rows) by its maximum; also the ln of all divisors (rows,)."""
    scaled, log_scale = {}, np.zeros(1)
    for name, array in likelihoods.items():
        peak = array.max(axis=0)
        peak = np.where(peak > 0, peak, 1)
        scaled[name] = array / peak
        log_scale = log_scale + np.log(peak)
    return scaled, log_scale
