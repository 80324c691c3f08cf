"""Exact posteriors where several diseases may be present at once: noisy-OR networks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

import numpy as np

from ..errors import ImpossibleEvidenceError, QueryTooLargeError
from ..network import Finding
from .best_sets import best_sets
from .coexisting_bounds import CoexistingBounds, bounds, split
from .noisy_or import NoisyOr
from .reduced_case import ActiveFinding, ReducedCase, log_possible, reduce_case
from .subset_sweep import SubsetSweep

Evidence = Mapping[str, Finding]
Answer = TypeVar("Answer")


@dataclass(frozen=True, eq=False)
class CoexistingPosterior:
    """`marginals` (diseases,) is P(disease present | evidence); `log_evidence` is ln P(evidence),
    under virtual evidence ln of the likelihood-weighted mass."""

    diseases: tuple[str, ...]
    marginals: np.ndarray
    log_evidence: float


@dataclass(frozen=True)
class DiseaseSet:
    """`probability` is P(exactly these diseases are present | evidence)."""

    diseases: tuple[str, ...]
    probability: float


class CoexistingEngine:
    """Exact inference on a noisy-OR network, exponential only in the effects that may be positive.

    Every method raises CaseError for evidence that cannot be read, ImpossibleEvidenceError where
    P(evidence) = 0, and QueryTooLargeError where its arrays would exceed `memory_limit` bytes.
    """

    name = "subset recursion"

    def __init__(self, network: NoisyOr, *, memory_limit: int = 2**30):
        self.network = network
        self.memory_limit = memory_limit
        with np.errstate(divide="ignore"):
            self._log_untriggered = np.log1p(-np.vstack([network.leak, network.link]))

    def posterior(self, evidence: Evidence) -> CoexistingPosterior:
        """P(disease | evidence) for every disease, and ln P(evidence)."""
        marginals, log_evidence = self._answer(evidence, self._joint_arrays, _posterior)
        return CoexistingPosterior(self.network.diseases, marginals, log_evidence)

    def log_evidence(self, evidence: Evidence) -> float:
        """ln P(evidence)."""
        return self._answer(evidence, 6, _log_evidence)

    def pairs(self, evidence: Evidence, diseases: Sequence[str]) -> np.ndarray:
        """P(both present | evidence) for each pair of these diseases, shape (n, n), marginals on
        the diagonal. One sweep per disease."""
        chosen = [self.network.disease(name) for name in diseases]
        return self._answer(evidence, self._joint_arrays, lambda case: _pairs(case, chosen))

    def number_present(self, evidence: Evidence, most: int) -> np.ndarray:
        """P(n diseases are present | evidence) for n from 0 to `most`, shape (most + 1,); the last
        entry stands for `most` or more."""
        return self._answer(evidence, 4 * (most + 1) + 2, lambda case: _number(case, most))

    def most_probable_sets(self, evidence: Evidence, k: int = 1) -> list[DiseaseSet]:
        """The k most probable sets of diseases, the most probable explanation first."""
        arrays = len(self.network.diseases) + 6
        return self._answer(evidence, arrays, lambda case: _sets(case, k))

    def bounds(self, evidence: Evidence) -> CoexistingBounds:
        """Bounds on the posterior, from as many of the strongest positive findings as fit into
        memory; they meet where all fit. Not estimates: nothing says where between them it lies."""
        exact, bounded = self._split(evidence)
        return self._solve(evidence, exact, self._joint_arrays, lambda case: bounds(case, bounded))

    def _answer(
        self, evidence: Evidence, arrays: int, solve: Callable[[ReducedCase], Answer]
    ) -> Answer:
        return self._solve(evidence, self._reduce(evidence), arrays, solve)

    def _solve(
        self,
        evidence: Evidence,
        case: ReducedCase,
        arrays: int,
        solve: Callable[[ReducedCase], Answer],
    ) -> Answer:
        self._check_memory(len(case.effects), arrays)
        try:
            return solve(case)
        except ImpossibleEvidenceError:
            conflict = self._conflict(evidence)
            raise ImpossibleEvidenceError(
                f"these findings cannot hold together: {', '.join(conflict)}", conflict
            ) from None

    def _conflict(self, evidence: Evidence) -> tuple[str, ...]:
        """Findings that cannot hold together, none of them dispensable."""
        kept = dict(evidence)
        for name in evidence:
            rest = {other: said for other, said in kept.items() if other != name}
            try:
                _log_evidence(self._split(rest)[0])
            except ImpossibleEvidenceError:
                kept = rest
        return tuple(kept)

    def _reduce(self, evidence: Evidence) -> ReducedCase:
        return reduce_case(self.network, self._log_untriggered, evidence)

    def _split(self, evidence: Evidence) -> tuple[ReducedCase, tuple[ActiveFinding, ...]]:
        return split(self._reduce(evidence), self._room(self._joint_arrays))

    @property
    def _joint_arrays(self) -> int:
        return SubsetSweep.joint_arrays(len(self.network.diseases))

    def _room(self, arrays: int) -> int:
        """How many active effects fit into the memory limit."""
        return max(int(self.memory_limit // (8 * arrays)).bit_length() - 1, 0)

    def _check_memory(self, effects: int, arrays: int) -> None:
        if effects > (room := self._room(arrays)):
            size = arrays * 8 * 2**effects / 2**30
            raise QueryTooLargeError(
                f"{effects} findings are positive or uncertain, each doubling the work: "
                f"{size:,.1f} GiB; at most {room} fit into the memory limit of "
                f"{self.memory_limit / 2**30:,.1f} GiB. bounds() gives lower and upper bounds "
                f"from the strongest of them"
            )


def _posterior(case: ReducedCase) -> tuple[np.ndarray, float]:
    sweep, log_scale = case.sweep()
    joint = sweep.joint()
    totals = joint.sum(axis=1)
    log_evidence = log_possible(float(totals[0])) + log_scale
    return joint[:, 1] / totals, log_evidence


def _log_evidence(case: ReducedCase) -> float:
    sweep, log_scale = case.sweep()
    return log_possible(sweep.total()) + log_scale


def _pairs(case: ReducedCase, chosen: Sequence[int]) -> np.ndarray:
    marginals, _ = _posterior(case)
    pairs = np.zeros((len(chosen), len(chosen)))
    for row, disease in enumerate(chosen):
        if marginals[disease] > 0:
            given, _ = _posterior(case.given(disease))
            pairs[row] = marginals[disease] * given[chosen]
    return pairs


def _number(case: ReducedCase, most: int) -> np.ndarray:
    sweep, _ = case.sweep()
    counts = sweep.counts(most)
    log_possible(float(counts.sum()))
    return counts / counts.sum()


def _sets(case: ReducedCase, k: int) -> list[DiseaseSet]:
    sweep, _ = case.sweep()
    total = sweep.total()
    log_possible(total)
    names = case.network.diseases
    return [
        DiseaseSet(tuple(names[cause] for cause in causes), worth / total)
        for causes, worth in islice(best_sets(sweep), k)
    ]
