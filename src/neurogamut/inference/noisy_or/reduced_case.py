"""Evidence on a noisy-OR network, reduced to what the subset recursion needs.

An effect that is known not to have been triggered is one factor per disease (and a finding of
several states at state x says this of every state above x). What remains are the active effects:
those of findings that are, or may be, positive.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ...errors import ImpossibleEvidenceError
from ...network import Finding, encode
from .noisy_or import NoisyOr
from .subset_sweep import SubsetSweep


@dataclass(frozen=True, eq=False)
class ActiveFinding:
    """The columns of a finding's active effects, and the likelihood (2**columns,) of each subset
    of them being triggered."""

    name: str
    columns: slice
    likelihood: np.ndarray


@dataclass(frozen=True, eq=False)
class ReducedCase:
    """P(evidence) = exp(log_factor) * a sum over diseases and active effects, where `log_absent`
    and `log_present` (diseases,) are the log weights of a disease's two states."""

    network: NoisyOr
    log_factor: float
    log_absent: np.ndarray
    log_present: np.ndarray
    active: tuple[ActiveFinding, ...]

    @property
    def effects(self) -> list[int]:
        """Columns of the active effects, bit by bit; those with the most links stand last."""
        effects = range(len(self.network.leak))
        return [effect for finding in self.active for effect in effects[finding.columns]]

    def sweep(self) -> tuple[SubsetSweep, float]:
        """The recursion over all diseases, their weights scaled to sum to 1, and the log scale.

        Raises ImpossibleEvidenceError where a disease can be neither present nor absent."""
        log_weight = np.logaddexp(self.log_absent, self.log_present)
        if np.isneginf(log_weight).any() or np.isneginf(self.log_factor):
            raise ImpossibleEvidenceError("P(evidence) = 0")
        sweep = SubsetSweep(
            absent=np.exp(self.log_absent - log_weight),
            present=np.exp(self.log_present - log_weight),
            link=self.network.link[:, self.effects],
            leak=self.network.leak[self.effects],
            final=self._likelihood(),
        )
        return sweep, self.log_factor + float(log_weight.sum())

    def _likelihood(self) -> np.ndarray:
        """Likelihood of every subset of triggered effects, shape (2**m,)."""
        product = np.ones(1)
        for finding in self.active:
            product = np.multiply.outer(finding.likelihood, product).reshape(-1)
        return product


def reduce_case(
    network: NoisyOr, log_untriggered: np.ndarray, evidence: Mapping[str, Finding]
) -> ReducedCase:
    """Reduce a case. `log_untriggered` (1 + diseases, effects) is ln(1 - leak) over ln(1 - link).

    Raises CaseError for an unknown finding or state, or a likelihood that is none."""
    likelihoods = encode(network.variables, evidence).vectors(network.variables)
    negative: list[int] = []
    active = []
    for name, likelihood in likelihoods.items():
        effects, highest = network.effects[name], int(np.flatnonzero(likelihood)[-1])
        negative.extend(range(effects.start + highest, effects.stop))
        if finding := _active(name, effects, likelihood[: highest + 1] / likelihood.max()):
            active.append(finding)
    active.sort(key=lambda finding: np.count_nonzero(network.link[:, finding.columns]))
    log_leak, *log_links = log_untriggered[:, negative].sum(axis=1)
    log_scale = sum(np.log(likelihood.max()) for likelihood in likelihoods.values())
    with np.errstate(divide="ignore"):
        log_absent, log_present = np.log1p(-network.prior), np.log(network.prior) + log_links
    return ReducedCase(network, float(log_scale + log_leak), log_absent, log_present, tuple(active))


def log_possible(total: float) -> float:
    """ln of a sum that must not be 0, nor so small that a double holds no digits of it.

    Raises ImpossibleEvidenceError."""
    if total < np.finfo(float).tiny:
        raise ImpossibleEvidenceError("P(evidence) = 0")
    return float(np.log(total))


def _active(name: str, effects: slice, likelihood: np.ndarray) -> ActiveFinding | None:
    """The effects that tell states of unlike likelihood apart; none for the lowest alike ones."""
    unlike = np.flatnonzero(likelihood != likelihood[0])
    if not unlike.size:
        return None
    first = int(unlike[0])
    subsets = likelihood[:1]
    for value in likelihood[first:]:
        subsets = np.append(subsets, np.full(len(subsets), value))
    columns = slice(effects.start + first - 1, effects.start + len(likelihood) - 1)
    return ActiveFinding(name, columns, subsets)
