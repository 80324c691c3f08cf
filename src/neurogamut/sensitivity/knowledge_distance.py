"""How far two knowledge bases, say before and after an edit, are apart: what that allows any query
to change, and what changes most on a file of cases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from ..network import Network
from ..results import ModelInfo
from .distance import distance, largest_change, log_ratio_range, ratio_factors
from .result import SensitivityResult
from .subject import Subject


@dataclass(frozen=True)
class VariableDistance:
    """The distance that the CPT of one variable alone would make, by its log ratios."""

    variable: str
    distance: float


@dataclass(frozen=True)
class CaseChange:
    """The largest change of any disease's probability in one case, and of its log odds."""

    case: str
    disease: str
    before: float
    after: float
    log_odds_change: float
    leading_before: str
    leading_after: str

    @property
    def change(self) -> float:
        """After less before."""
        return self.after - self.before


@dataclass(frozen=True, repr=False)
class KnowledgeDistance(SensitivityResult):
    """The Chan-Darwiche distance of two models. No probability of any event in any circumstance
    changes by more than `largest_allowed`, nor its odds by more than a factor of exp(distance).
    `variables` are the CPTs that differ; `cases` those that were compared, by largest change."""

    distance: float
    largest_allowed: float
    variables: tuple[VariableDistance, ...]
    cases: tuple[CaseChange, ...]
    labels: dict[str, str]
    model: ModelInfo
    after: ModelInfo

    def records(self) -> list[dict[str, Any]]:
        """One row per case, or without cases one per CPT that differs."""
        if self.cases:
            return [{**asdict(case), "change": case.change} for case in self.cases]
        return [asdict(variable) for variable in self.variables]

    def to_dict(self) -> dict[str, Any]:
        """What `neurogamut sensitivity cd --json` gives; an infinite distance is null."""
        return {
            "distance": _finite(self.distance),
            "odds_factor": _finite(float(np.exp(self.distance))),
            "largest_allowed": self.largest_allowed,
            "largest_observed": max((abs(case.change) for case in self.cases), default=None),
            "variables": [asdict(variable) for variable in self.variables],
            "cases": [{**asdict(case), "change": case.change} for case in self.cases],
            "model": asdict(self.model),
            "after": asdict(self.after),
        }


def knowledge_distance(
    before: Network,
    after: Network,
    cases: Sequence[tuple[str, Subject, Subject]],
    labels: dict[str, str],
    models: tuple[ModelInfo, ModelInfo],
) -> KnowledgeDistance:
    """Compares two networks, and the answers to named cases put to both.

    Raises UsageError where the networks differ in variables or states."""
    total = distance(before, after)
    variables = [
        VariableDistance(scope[-1], _spread((scope, array)))
        for scope, array in ratio_factors(before, after)
    ]
    variables.sort(key=lambda variable: -variable.distance)
    changes = sorted((_compare(*case) for case in cases), key=lambda case: -abs(case.change))
    return KnowledgeDistance(
        total, largest_change(total), tuple(variables), tuple(changes), labels, *models
    )


def _spread(factor) -> float:
    low, high = log_ratio_range([factor], ())
    return float(max(high[0], 0.0) - min(low[0], 0.0))


def _compare(name: str, before: Subject, after: Subject) -> CaseChange:
    """The disease that changes most: the one asked about, else any."""
    old, new = before.posterior, after.posterior
    most = int(np.abs(new - old).argmax()) if before.named_target is None else before.target
    return CaseChange(
        name,
        before.diseases[most],
        float(old[most]),
        float(new[most]),
        float(_log_odds(new[most]) - _log_odds(old[most])),
        before.diseases[before.leading],
        after.diseases[after.leading],
    )


def _log_odds(p: float) -> float:
    return np.log(p) - np.log1p(-p)


def _finite(value: float) -> float | None:
    return value if np.isfinite(value) else None
