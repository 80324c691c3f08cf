"""Evidence sorted by what it does to a plan, the same way for one case and for many."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from ..network import Evidence
from .plan import Pattern
from .query import MISSING, EvidenceBatch
from .tables import Chosen


@dataclass(frozen=True, eq=False)
class Prepared:
    """Evidence ready for the plan of its `pattern`.

    `chosen` indexes the evidence axes, `likelihoods` (states, rows) have maximum 1, and
    `log_scale` is the ln of what was divided out of them, a number or (rows,).
    """

    pattern: Pattern
    chosen: Chosen
    likelihoods: Mapping[str, np.ndarray]
    log_scale: float | np.ndarray

    def take(self, rows: slice | np.ndarray, count: int) -> Prepared:
        """Some of `count` rows."""

        def taken(array: np.ndarray) -> np.ndarray:
            return np.broadcast_to(array, (*array.shape[:-1], count))[..., rows]

        return Prepared(
            self.pattern,
            {name: taken(array) for name, array in self.chosen.items()},
            {name: taken(array) for name, array in self.likelihoods.items()},
            taken(np.atleast_1d(self.log_scale)),
        )


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


def prepare_batch(targets: tuple[str, ...], evidence: EvidenceBatch) -> Prepared:
    """Many cases. Columns that are nowhere observed are dropped, and those observed everywhere
    are sliced; the others are selected, their index 0 where they are missing."""
    chosen, selected = {}, set()
    for name, states in _observed_somewhere(evidence):
        chosen[name] = states
        if name in targets or (states == MISSING).any():
            selected.add(name)
            chosen[name] = states + 1
    pattern = Pattern(
        targets,
        frozenset(chosen) - selected,
        frozenset(selected),
        frozenset(evidence.likelihoods),
    )
    likelihoods = {name: array.T for name, array in evidence.likelihoods.items()}
    return Prepared(pattern, chosen, *_normalised(likelihoods))


def _observed_somewhere(evidence: EvidenceBatch) -> Iterator[tuple[str, np.ndarray]]:
    for name, states in evidence.states.items():
        if (states != MISSING).any():
            yield name, states


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
