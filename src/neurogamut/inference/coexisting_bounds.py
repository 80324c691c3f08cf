"""Bounds on a posterior where too many findings are positive for the exact sum.

The strongest positive findings are summed exactly. Each other one has
ln P(positive | diseases) = f(x), f(x) = ln(1 - exp(-x)), where x adds up -ln(1 - link) of the
diseases present and -ln(1 - leak). f is concave: its tangent bounds it from above, Jensen's
inequality from below, and both are linear in the diseases, one factor each (Jaakkola and
Jordan 1999).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from .reduced_case import ActiveFinding, ReducedCase, log_possible

#: A link of 1 has an infinite exponent; this one is as large as double precision can tell from it.
LARGEST_LINK = 1 - 2.0**-53
#: A tangent holds wherever it touches; at an exponent of 0 it would be vertical.
SMALLEST_EXPONENT = 1e-6
REFINEMENTS = 3
#: Shares stay above 0, where they would be stuck.
SMALLEST_SHARE = 1e-6


@dataclass(frozen=True, eq=False)
class CoexistingBounds:
    """Bounds, not estimates: P(disease | evidence) lies from `lower` to `upper` (diseases,) and
    ln P(evidence) within `log_evidence`. `exact` names the positive findings that were summed
    exactly, `bounded` those that were not."""

    diseases: tuple[str, ...]
    lower: np.ndarray
    upper: np.ndarray
    log_evidence: tuple[float, float]
    exact: tuple[str, ...]
    bounded: tuple[str, ...]


def bounds(case: ReducedCase, bounded: tuple[ActiveFinding, ...]) -> CoexistingBounds:
    """Bounds from the exact sum over `case`, and from bounds on further certain positive findings.

    Raises ImpossibleEvidenceError where the case alone is impossible."""
    columns = [finding.columns.start for finding in bounded]
    leak = -np.log1p(-np.minimum(case.network.leak[columns], LARGEST_LINK))
    links = -np.log1p(-np.minimum(case.network.link[:, columns], LARGEST_LINK))
    upper = _log_joint(case)
    for _ in range(REFINEMENTS):
        upper = np.minimum(upper, _log_joint(_tangent(case, leak, links, _marginals(upper))))
    lower = np.full_like(upper, -np.inf)
    marginals, share = _marginals(upper), np.ones_like(links)
    for _ in range(REFINEMENTS if leak.all() else 0):
        share = _shared_out(leak, links, marginals, share)
        lower = np.maximum(lower, _log_joint(_jensen(case, leak, links, share)))
        marginals = _marginals(lower)
    return _between(case, bounded, lower, upper)


def split(case: ReducedCase, room: int) -> tuple[ReducedCase, tuple[ActiveFinding, ...]]:
    """The case with no more active effects than there is room for, and the findings taken out.

    Those are the certain positive findings that the diseases make least more likely than the leak
    does. Uncertain findings cannot be bounded this way and stay, room or not."""
    certain = [finding for finding in case.active if finding.likelihood.tolist() == [0, 1]]
    excess = max(len(case.effects) - room, 0)
    bounded = tuple(sorted(certain, key=lambda finding: _lift(case, finding))[:excess])
    return replace(case, active=tuple(f for f in case.active if f not in bounded)), bounded


def _lift(case: ReducedCase, finding: ActiveFinding) -> float:
    """How many times more likely than the leak alone the likeliest disease makes the finding."""
    leak = float(case.network.leak[finding.columns].item())
    link = float(case.network.link[:, finding.columns].max(initial=0))
    return (leak + (1 - leak) * link) / leak if leak else np.inf


def _tangent(
    case: ReducedCase, leak: np.ndarray, links: np.ndarray, marginals: np.ndarray
) -> ReducedCase:
    """The case with an upper bound for the findings: tangents at the expected exponents."""
    at = np.maximum(leak + marginals @ links, SMALLEST_EXPONENT)
    slope = _slope(at)
    constant = _log_positive(at) + slope * (leak - at)
    return _with_factors(case, float(constant.sum()), links @ slope)


def _shared_out(
    leak: np.ndarray, links: np.ndarray, marginals: np.ndarray, share: np.ndarray
) -> np.ndarray:
    """The shares (diseases, findings) of each exponent that tighten Jensen's inequality where the
    diseases are present with these marginals: one step of Jaakkola and Jordan's fixed point."""
    exponent = leak + links / share
    gain = _log_positive(exponent) - _log_positive(leak)
    weight = marginals[:, None] * share * (gain - (exponent - leak) * _slope(exponent))
    weight = np.maximum(weight, SMALLEST_SHARE * weight.sum(axis=0) + np.finfo(float).tiny)
    return weight / weight.sum(axis=0)


def _jensen(
    case: ReducedCase, leak: np.ndarray, links: np.ndarray, share: np.ndarray
) -> ReducedCase:
    """The case with a lower bound for the findings: each exponent shared out over the diseases."""
    gain = share * (_log_positive(leak + links / share) - _log_positive(leak))
    return _with_factors(case, float(_log_positive(leak).sum()), gain.sum(axis=1))


def _with_factors(case: ReducedCase, constant: float, log_factors: np.ndarray) -> ReducedCase:
    return replace(
        case,
        log_factor=case.log_factor + constant,
        log_present=case.log_present + log_factors,
    )


def _log_positive(exponent: np.ndarray) -> np.ndarray:
    """ln(1 - exp(-x))."""
    with np.errstate(divide="ignore"):
        return np.log(-np.expm1(-exponent))


def _slope(exponent: np.ndarray) -> np.ndarray:
    """The derivative of ln(1 - exp(-x))."""
    return np.exp(-exponent) / -np.expm1(-exponent)


def _log_joint(case: ReducedCase) -> np.ndarray:
    """ln P(disease absent or present, evidence), shape (diseases, 2)."""
    sweep, log_scale = case.sweep()
    joint = sweep.joint()
    log_possible(float(joint[0].sum()))
    with np.errstate(divide="ignore"):
        return np.log(joint) + log_scale


def _marginals(log_joint: np.ndarray) -> np.ndarray:
    return _share(log_joint[:, 1], log_joint[:, 0])


def _share(log_part: np.ndarray, log_rest: np.ndarray) -> np.ndarray:
    """part / (part + rest), and 0 where the part is."""
    possible = ~np.isneginf(log_part)
    log_total = np.logaddexp(log_part, log_rest)
    return np.exp(np.subtract(log_part, log_total, out=log_part.copy(), where=possible))


def _between(
    case: ReducedCase, bounded: tuple[ActiveFinding, ...], lower: np.ndarray, upper: np.ndarray
) -> CoexistingBounds:
    totals = np.logaddexp(*lower.T).max(), np.logaddexp(*upper.T).min()
    return CoexistingBounds(
        diseases=case.network.diseases,
        lower=_share(lower[:, 1], upper[:, 0]),
        upper=_share(upper[:, 1], lower[:, 0]),
        log_evidence=(float(totals[0]), float(totals[1])),
        exact=tuple(finding.name for finding in case.active),
        bounded=tuple(finding.name for finding in bounded),
    )
