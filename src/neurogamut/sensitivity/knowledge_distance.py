"""How far two knowledge bases, say before and after an edit, are apart: what that allows any query
to change, and what changes most on a file of cases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from ..inference.chan_darwiche import (
    Factor,
    distance,
    largest_change,
    log_ratio_range,
    ratio_factors,
)
from ..render import charts
from ..render.answer import ModelInfo
from ..render.sheet import Sheet
from ..render.wording import percent
from .common_ground import Apart, CommonGround
from .figures import NAMED
from .sensitivity_answer import DRAWN, SHOWN, SensitivityAnswer
from .subject import Subject


@dataclass(frozen=True)
class VariableDistance:
    """The distance that the CPT of one variable alone would make, by its log ratios."""

    variable: str
    distance: float


@dataclass(frozen=True)
class CaseChange:
    """What changes in one case: the probability of the disease in question and its log odds;
    `largest` is the largest change of any disease's probability."""

    case: str
    disease: str
    before: float
    after: float
    log_odds_change: float
    largest: float
    leading_before: str
    leading_after: str

    @property
    def change(self) -> float:
        """After less before."""
        return self.after - self.before


@dataclass(frozen=True, repr=False, kw_only=True)
class KnowledgeDistance(SensitivityAnswer):
    """The Chan-Darwiche distance of two models. No probability of any event in any circumstance
    changes by more than `largest_allowed`, nor its odds by more than a factor of exp(distance).
    `variables` are the CPTs that differ; `cases` those that were compared, each by the change of
    the disease in question (else the leading one), largest first. Of two gamuts, it is the distance
    of what both have (`apart` names the rest): no probability given that the disease is one of
    both changes by more."""

    distance: float
    largest_allowed: float
    variables: tuple[VariableDistance, ...]
    cases: tuple[CaseChange, ...]
    after: ModelInfo
    apart: Apart

    def records(self) -> list[dict[str, Any]]:
        """One row per case, or without cases one per CPT that differs."""
        if self.cases:
            return [{**asdict(case), "change": case.change} for case in self.cases]
        return [asdict(variable) for variable in self.variables]

    def to_dict(self) -> dict[str, Any]:
        """What `neurogamut sensitivity distance --json` gives; an infinite distance is null."""
        return {
            "distance": _finite(self.distance),
            "odds_factor": _finite(float(np.exp(self.distance))),
            "largest_allowed": self.largest_allowed,
            "largest_observed": max((case.largest for case in self.cases), default=None),
            "variables": [asdict(variable) for variable in self.variables],
            "cases": [{**asdict(case), "change": case.change} for case in self.cases],
            "apart": asdict(self.apart),
            "model": asdict(self.model),
            "after": asdict(self.after),
        }

    def sheet(self, count: int = SHOWN) -> Sheet:
        """What is shown, with at most `count` rows."""
        rows = [
            (
                c.case,
                self.labels[c.disease],
                percent(c.before),
                percent(c.after),
                f"{c.log_odds_change:+z.2f}",
            )
            for c in self.cases[:count]
        ]
        differ = ", ".join(f"{v.variable} ({v.distance:.2f})" for v in self.variables[:NAMED])
        more = len(self.variables) - NAMED
        other = self.apart.added_diseases or self.apart.removed_diseases
        given = ", given one of the diseases that both know," if other else ""
        return self._digest(
            f"Chan-Darwiche distance {self.distance:.3f}: no probability of anything{given} "
            f"changes by more than {percent(self.largest_allowed)}.",
            ("case", "disease", "before", "after", "ln odds"),
            rows,
            ("before", "after", "ln odds"),
            (
                f"CPTs that differ: {differ or 'none'}{f' and {more} more' if more > 0 else ''}.",
                *self.apart.lines(),
                f"After: {self.after}",
            ),
        )

    def plot(self, count: int = DRAWN) -> Any:
        """A picture with at most `count` rows (an altair chart)."""
        rows = [
            charts.interval(
                f"{c.case}: {self.labels[c.disease]}",
                c.before,
                c.after,
                c.after,
                c.leading_before != c.leading_after,
            )
            for c in self.cases[:count]
        ]
        axis = "probability before and after (dot); orange: another diagnosis is first"
        title = f"Chan-Darwiche distance {self.distance:.3f}"
        return charts.captioned(charts.ranges(rows, "case", axis), title, self.model)


def knowledge_distance(
    ground: CommonGround,
    cases: Sequence[tuple[str, Subject, Subject]],
    labels: dict[str, str],
    models: tuple[ModelInfo, ModelInfo],
) -> KnowledgeDistance:
    """Compares two networks, and the answers to named cases put to both."""
    before, after = ground.before.network(), ground.after.network()
    total = distance(before, after)
    variables = [
        VariableDistance(scope[-1], _spread((scope, array)))
        for scope, array in ratio_factors(before, after)
    ]
    variables.sort(key=lambda variable: -variable.distance)
    changes = sorted((_compare(*case) for case in cases), key=lambda case: -abs(case.change))
    return KnowledgeDistance(
        distance=total,
        largest_allowed=largest_change(total),
        variables=tuple(variables),
        cases=tuple(changes),
        labels=labels,
        model=models[0],
        after=models[1],
        apart=ground.apart,
    )


def _spread(factor: Factor) -> float:
    low, high = log_ratio_range([factor], ())
    return float(max(high[0], 0.0) - min(low[0], 0.0))


def _compare(name: str, before: Subject, after: Subject) -> CaseChange:
    """The disease in question before and after, and how much any disease changes."""
    old, new, asked = before.posterior, after.posterior, before.target
    return CaseChange(
        name,
        before.diseases[asked],
        float(old[asked]),
        float(new[asked]),
        float(_log_odds(new[asked]) - _log_odds(old[asked])),
        float(np.abs(new - old).max()),
        before.diseases[before.leading],
        after.diseases[after.leading],
    )


def _log_odds(p: float) -> float:
    return np.log(p) - np.log1p(-p)


def _finite(value: float) -> float | None:
    return value if np.isfinite(value) else None
