"""Does a case fit any disease of the network, or is it one that the network does not know?

The disease that leads may still be a poor explanation. A finding's typicality in a disease is
judged by its log-likelihood: person-fit statistics do the same with the answers of one person to
a test. Knows nothing of medicine; takes arrays.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

#: P(finding | disease), shape (diseases, states), and the position of the state observed.
Observed = tuple[np.ndarray, int]


def typicality(findings: Iterable[Observed]) -> np.ndarray:
    """P(T(E) <= T(e) | disease), shape (diseases,): how often a patient with the disease would
    show findings no more probable than these. T is the sum of ln P(finding | disease).

    The standardised log-likelihood l_z of Drasgow, Levine and Williams (Br J Math Stat Psychol
    1985;38:67) on a normal scale; covariances between findings are left out. 1 for no finding."""
    findings = list(findings)
    if not findings:
        return np.ones(1)
    seen = expected = variance = 0.0
    for rates, state in findings:
        logs = np.log(rates)
        mean = (rates * logs).sum(axis=1)
        seen, expected = seen + logs[:, state], expected + mean
        variance = variance + (rates * logs**2).sum(axis=1) - mean**2
    return np.array([_normal_cdf(z) for z in (seen - expected) / np.sqrt(variance)])


def fit(posterior: np.ndarray, typical: np.ndarray) -> float:
    """Posterior predictive p-value of a case (Meng, Ann Stat 1994;22:1142): its typicality,
    averaged over what it may be. Near 0 where no probable disease explains it."""
    return float((posterior * typical).sum())


def _normal_cdf(z: float) -> float:
    return 0.5 * (1 + math.erf(z / math.sqrt(2)))
