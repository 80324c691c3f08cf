"""Why this diagnosis: each finding's weight of evidence.

Good's weight of evidence (Good, Probability and the Weighing of Evidence, 1950) of finding e_i
for disease d against d', given the other findings: log10 P(e_i | e_-i, d) / P(e_i | e_-i, d').
For findings that are independent given the disease these add up; what dependent findings say
together beyond that is the `shared` part.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from .network import Finding


@dataclass(frozen=True, eq=False)
class Likelihoods:
    """`full`: ln P(e | d), shape (diseases,). `single`: ln P(e_i | e_-i, d) per finding.
    `prior`: ln P(d)."""

    full: np.ndarray
    single: Mapping[str, np.ndarray]
    prior: np.ndarray

    def weight(self, finding: str, disease: int, against: int) -> float:
        """Bans that a finding gives to one disease against another."""
        values = self.single[finding]
        return float(values[disease] - values[against]) / np.log(10)

    def shared(self, disease: int, against: int) -> float:
        """Bans that the findings give together and none alone."""
        total = float(self.full[disease] - self.full[against]) / np.log(10)
        return total - sum(self.weight(f, disease, against) for f in self.single)

    def odds(self, disease: int) -> float:
        """log10 posterior odds of a disease against all others together."""
        return _log_odds(self.prior + self.full, disease)

    def weight_against_rest(self, finding: str, disease: int) -> float:
        """By how many bans a finding moves the odds of a disease against all others."""
        without = self.prior + self.full - self.single[finding]
        return self.odds(disease) - _log_odds(without, disease)


def likelihoods(engine, target: str, evidence: Mapping[str, Finding]) -> Likelihoods:
    """Leave-one-out likelihoods of every observed finding, for each state of `target`.

    `engine` answers `query(target, evidence)`. Raises ImpossibleEvidenceError as it does."""
    prior = np.log(engine.query(target, {}).table)
    full = _log_likelihood(engine, target, evidence, prior)
    single = {}
    for finding in evidence:
        rest = {name: said for name, said in evidence.items() if name != finding}
        single[finding] = full - _log_likelihood(engine, target, rest, prior)
    return Likelihoods(full, single, prior)


def basis_share(
    weights: Mapping[str, float], basis: Mapping[str, tuple[str, ...]]
) -> dict[str, float]:
    """The share of all absolute weight that rests on each basis; each finding's weight is divided
    equally among the cells behind it."""
    total = sum(abs(weight) for weight in weights.values())
    shares = dict.fromkeys(("reported", "worded", "expert", "background"), 0.0)
    for finding, weight in weights.items():
        for name in basis[finding]:
            shares[name] += abs(weight) / total / len(basis[finding]) if total else 0.0
    return shares


def _log_likelihood(engine, target, evidence, prior: np.ndarray) -> np.ndarray:
    answer = engine.query(target, evidence)
    with np.errstate(divide="ignore"):
        return np.log(answer.table) + answer.log_evidence - prior


def _log_odds(log_joint: np.ndarray, disease: int) -> float:
    others = np.delete(log_joint, disease)
    return float(log_joint[disease] - np.logaddexp.reduce(others)) / np.log(10)
