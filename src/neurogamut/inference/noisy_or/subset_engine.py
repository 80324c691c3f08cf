"""Exact posteriors where several diseases may be present at once: noisy-OR networks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from time import perf_counter
from typing import TypeVar

import numpy as np

from ...errors import ImpossibleEvidenceError, QueryTooLargeError
from ...network import Finding
from ...progress import Progress, silent
from .best_sets import best_sets
from .noisy_or import NoisyOr
from .reduced_case import ReducedCase, log_possible, reduce_case
from .subset_sweep import SubsetSweep

Findings = Mapping[str, Finding]
#: Steps that are timed for an estimate.
TIMED = 4
Result = TypeVar("Result")


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


@dataclass(frozen=True, eq=False, kw_only=True)
class Summary:
    """P(disease | evidence) (diseases,), ln P(evidence), P(n diseases | evidence) (most + 1,), the
    `leading` diseases with P(both | evidence) of their `pairs`, and the most probable sets."""

    marginals: np.ndarray
    log_evidence: float
    number_present: np.ndarray
    leading: tuple[str, ...]
    pairs: np.ndarray
    sets: list[DiseaseSet]


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

    def posterior(self, evidence: Findings) -> CoexistingPosterior:
        """P(disease | evidence) for every disease, and ln P(evidence)."""
        marginals, log_evidence = self._answer(evidence, self._joint_arrays, _posterior)
        return CoexistingPosterior(self.network.diseases, marginals, log_evidence)

    def log_evidence(self, evidence: Findings) -> float:
        """ln P(evidence)."""
        return self._answer(evidence, 6, _log_evidence)

    def log_any(self, evidence: Findings) -> float:
        """ln P(evidence, at least one disease is present)."""
        return self._answer(evidence, 8, _log_any)

    def pairs(self, evidence: Findings, diseases: Sequence[str]) -> np.ndarray:
        """P(both present | evidence) for each pair of these diseases, shape (n, n), marginals on
        the diagonal. A dozen at most: each doubles the work."""
        chosen = [self.network.disease(name) for name in diseases]
        return self._answer(evidence, 8, lambda case: _pairs(case.sweep()[0], chosen))

    def number_present(self, evidence: Findings, most: int) -> np.ndarray:
        """P(n diseases are present | evidence) for n from 0 to `most`, shape (most + 1,); the last
        entry stands for `most` or more."""
        return self._answer(evidence, 4 * most + 6, lambda case: _number(case.sweep()[0], most))

    def most_probable_sets(self, evidence: Findings, k: int = 1) -> list[DiseaseSet]:
        """The k most probable sets of diseases, the most probable explanation first."""
        return self._answer(evidence, self._tail_arrays, lambda case: _sets(case, k))

    def summary(
        self,
        evidence: Findings,
        most: int,
        leading: int,
        sets: int,
        progress: Progress = silent,
    ) -> Summary:
        """All of that from one sweep back and one there: numbers up to `most`, pairs of the
        `leading` diseases, and so many `sets`."""
        arrays = self._tail_arrays + 4 * most
        return self._answer(
            evidence, arrays, lambda case: _summary(case, most, leading, sets, progress)
        )

    def seconds(self, evidence: Findings, most: int) -> float:
        """About how long a summary will take here and now: one step of the recursion is timed."""
        return self._answer(
            evidence, self._tail_arrays + 4 * most, lambda case: _seconds(case, most)
        )

    def _answer(
        self, evidence: Findings, arrays: int, solve: Callable[[ReducedCase], Result]
    ) -> Result:
        case = self._reduce(evidence)
        self._check_memory(len(case.effects), arrays)
        try:
            return solve(case)
        except ImpossibleEvidenceError:
            conflict = self._conflict(evidence)
            raise ImpossibleEvidenceError(
                f"these findings cannot hold together: {', '.join(conflict)}", conflict
            ) from None

    def _conflict(self, evidence: Findings) -> tuple[str, ...]:
        """Findings that cannot hold together, none of them dispensable."""
        kept = dict(evidence)
        for name in evidence:
            rest = {other: said for other, said in kept.items() if other != name}
            try:
                _log_evidence(self._reduce(rest))
            except ImpossibleEvidenceError:
                kept = rest
        return tuple(kept)

    def _reduce(self, evidence: Findings) -> ReducedCase:
        return reduce_case(self.network, self._log_untriggered, evidence)

    @property
    def _tail_arrays(self) -> int:
        return len(self.network.diseases) + 6

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
                f"{_gibibytes(size)}; at most {room} fit into the memory limit of "
                f"{_gibibytes(self.memory_limit / 2**30)}: leave out those that say least"
            )


def _gibibytes(size: float) -> str:
    return f"{size:,.1f} GiB" if size < 1e6 else f"{size:.0e} GiB"


def _posterior(case: ReducedCase) -> tuple[np.ndarray, float]:
    sweep, log_scale = case.sweep()
    return _conditional(sweep.joint(), log_scale)


def _conditional(joint: np.ndarray, log_scale: float) -> tuple[np.ndarray, float]:
    """P(present | evidence) and ln P(evidence) from P(absent or present, evidence)."""
    totals = joint.sum(axis=1)
    log_evidence = log_possible(float(totals[0])) + log_scale
    return joint[:, 1] / totals, log_evidence


def _log_evidence(case: ReducedCase) -> float:
    sweep, log_scale = case.sweep()
    return log_possible(sweep.total()) + log_scale


def _log_any(case: ReducedCase) -> float:
    sweep, log_scale = case.sweep()
    return log_possible(float(sweep.counts(1)[1])) + log_scale


def _pairs(sweep: SubsetSweep, chosen: Sequence[int]) -> np.ndarray:
    subsets = sweep.subsets(chosen)
    log_possible(float(subsets.sum()))
    present = np.arange(len(subsets))[:, None] >> np.arange(len(chosen)) & 1
    return present.T @ (subsets[:, None] / subsets.sum() * present)


def _number(sweep: SubsetSweep, most: int) -> np.ndarray:
    counts = sweep.counts(most)
    log_possible(float(counts.sum()))
    return counts / counts.sum()


def _sets(case: ReducedCase, k: int) -> list[DiseaseSet]:
    sweep, _ = case.sweep()
    return _best(sweep, case.network.diseases, sweep.total(), k)


def _best(sweep: SubsetSweep, names: tuple[str, ...], total: float, k: int) -> list[DiseaseSet]:
    log_possible(total)
    return [
        DiseaseSet(tuple(names[cause] for cause in causes), worth / total)
        for causes, worth in islice(best_sets(sweep), k)
    ]


def _summary(case: ReducedCase, most: int, leading: int, sets: int, progress: Progress) -> Summary:
    sweep, log_scale = case.sweep()
    joint = sweep.joint_by_tails()
    progress(0.35)
    marginals, log_evidence = _conditional(joint, log_scale)
    first = np.argsort(-marginals, kind="stable")[:leading].tolist()
    names = case.network.diseases
    number = _number(sweep, most)
    progress(0.75)
    pairs = _pairs(sweep, first)
    progress(0.9)
    return Summary(
        marginals=marginals,
        log_evidence=log_evidence,
        number_present=number,
        leading=tuple(names[cause] for cause in first),
        pairs=pairs,
        sets=_best(sweep, names, float(joint[0].sum()), sets),
    )


def _seconds(case: ReducedCase, most: int) -> float:
    """A cause is taken once back and once there, once for the pairs, and for all but one of the
    numbers; all else takes as long again."""
    sweep, _ = case.sweep()
    if not sweep.linked:
        return 0.0
    weights, took = sweep.start, []
    for cause in sweep.linked[:TIMED]:
        began = perf_counter()
        sweep.trigger(weights, cause)
        took.append(perf_counter() - began)
    return 2 * min(took) * len(sweep.linked) * (most + 2)
