"""What patients moved: cells, priors and odds ratios; where they contradict the literature."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from ..errors import needs
from ..knowledge.build import DIAGNOSIS, Blueprint
from ..knowledge.estimate import Cell
from .expectation_maximisation import NOBODY, Fit, local_counts

#: The share of false alarms among the contradictions that are shown (Benjamini and Hochberg, J R
#: Stat Soc B 1995;57:289).
FALSE_ALARMS = 0.05


@dataclass(frozen=True)
class MovedCell:
    """P(state | disease) before and after, and the `k` of `n` patients of one's own between.
    `surprise` is the probability of a count as far off, were the tables right."""

    disease: str
    finding: str
    condition: str
    state: str
    before: float
    after: float
    k: float
    n: float
    basis: str
    surprise: float
    contradicts: bool = False

    @property
    def change(self) -> float:
        """By how much it rose."""
        return self.after - self.before


@dataclass(frozen=True)
class MovedPrior:
    """P(disease) before and after, and how many patients had it."""

    disease: str
    before: float
    after: float
    patients: float


@dataclass(frozen=True)
class MovedRatio:
    """An odds ratio before and after."""

    child: str
    parent: str
    before: float
    after: float


def moved_cells(blueprint: Blueprint, fit: Fit, weight: float) -> list[MovedCell]:
    """Every cell of which patients were seen, the most moved first."""
    found = list(_cells(blueprint, fit, weight))
    alarms = _false_alarms([cell.surprise for cell in found if _published(cell)])
    found = [
        MovedCell(**{**vars(cell), "contradicts": cell.surprise <= alarms and _published(cell)})
        for cell in found
    ]
    return sorted(found, key=lambda c: (-abs(c.change), c.disease, c.finding, c.condition, c.state))


def moved_priors(blueprint: Blueprint, fit: Fit, patients: np.ndarray) -> list[MovedPrior]:
    """The prior of every disease; `patients` (diseases,) had it."""
    before, after = (means[DIAGNOSIS] for means in (blueprint.columns.means(), fit.rates.means))
    diseases = blueprint.structure.states[DIAGNOSIS]
    rows = zip(diseases, before.tolist(), after.tolist(), patients.tolist(), strict=True)
    return [MovedPrior(*row) for row in rows]


def moved_ratios(blueprint: Blueprint, fit: Fit) -> list[MovedRatio]:
    """The odds ratios that moved, the furthest first."""
    after = fit.rates.shape.edges
    found = [
        MovedRatio(child, edge.parent, edge.odds_ratio, after[child].odds_ratio)
        for child, edge in blueprint.structure.edges.items()
        if after[child].odds_ratio != edge.odds_ratio
    ]
    return sorted(found, key=lambda r: (-abs(np.log(r.after / r.before)), r.child))


def _cells(blueprint: Blueprint, fit: Fit, weight: float) -> Iterator[MovedCell]:
    shape, means = blueprint.structure, fit.rates.means
    for finding, alpha in blueprint.columns.findings.items():
        counts = local_counts(fit, finding, alpha, weight)
        for place in np.ndindex(alpha.shape[:-1]):
            disease = shape.states[DIAGNOSIS][place[0]]
            cell = blueprint.cells_of(disease, finding)[place[1] if len(place) > 1 else 0]
            if counts[place].sum() > NOBODY:
                yield from _states(
                    cell, shape.states[finding], counts[place], means[finding][place]
                )


def _states(
    cell: Cell, states: Sequence[str], counts: np.ndarray, after: np.ndarray
) -> Iterator[MovedCell]:
    """The states of a cell; of two the first."""
    n = float(counts.sum())
    shown = [0] if len(states) == 2 else np.flatnonzero(counts).tolist()
    for i in shown:
        a, k = cell.alpha[i], float(counts[i])
        yield MovedCell(
            cell.disease,
            cell.finding,
            cell.condition,
            states[i],
            float(cell.mean[i]),
            float(after[i]),
            k,
            n,
            cell.basis,
            surprise(round(k), max(round(n), round(k)), float(a), float(cell.alpha.sum() - a)),
        )


def surprise(k: int, n: int, a: float, b: float) -> float:
    """P(a count no more probable than k of n), were the rate Beta(a, b): the two-sided tail of the
    beta-binomial distribution.

    >>> round(surprise(0, 9, 18.8, 12.2), 3)
    0.002
    """
    with needs("cohort"):
        from scipy.special import betaln

    counts = np.arange(n + 1)
    logs = betaln(a + counts, b + n - counts) - betaln(a, b)
    logs = logs - betaln(counts + 1, n - counts + 1) - np.log(n + 1)
    return float(min(np.exp(logs[logs <= logs[k] + NOBODY]).sum(), 1.0))


def _published(cell: MovedCell) -> bool:
    return cell.basis in ("reported", "worded")


def _false_alarms(surprises: Sequence[float]) -> float:
    """The largest surprise that is no false alarm; -1 where there is none."""
    ordered = np.sort(surprises)
    allowed = FALSE_ALARMS * np.arange(1, len(ordered) + 1) / max(len(ordered), 1)
    below = ordered[ordered <= allowed]
    return float(below.max()) if len(below) else -1.0
