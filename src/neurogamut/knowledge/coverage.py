"""What the numbers rest on: cells of the knowledge base by basis, per disease and finding group."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from .base import OTHER
from .build import estimates
from .estimate import BASES, Estimator


@dataclass(frozen=True)
class Coverage:
    """Counts of cells by basis: all, per disease, per group of findings.

    A cell is a finding in a disease; one that is split by a condition counts once, at its best.
    `other` is left out, as its rates are the background itself."""

    total: Mapping[str, int]
    by_disease: Mapping[str, Mapping[str, int]]
    by_group: Mapping[str, Mapping[str, int]]
    statements: int
    sources: int


def coverage(estimator: Estimator) -> Coverage:
    """The coverage of a valid knowledge base."""
    base, basis = estimator.base, _basis(estimator)
    groups = {finding.key: finding.group for finding in base.findings}
    by_disease: dict[str, Counter[str]] = {
        disease.key: Counter() for disease in base.diseases if disease.key != OTHER
    }
    by_group: dict[str, Counter[str]] = {group: Counter() for group in groups.values()}
    for (disease, finding), found in basis.items():
        by_disease[disease][found] += 1
        by_group[groups[finding]][found] += 1
    return Coverage(
        _ordered(Counter(basis.values())),
        {disease: _ordered(counts) for disease, counts in by_disease.items()},
        {group: _ordered(counts) for group, counts in by_group.items()},
        len(base.statements),
        len(base.sources),
    )


def _basis(estimator: Estimator) -> dict[tuple[str, str], str]:
    """The best basis of each (disease, finding)."""
    best: dict[tuple[str, str], str] = {}
    for cell in estimates(estimator.base, estimator).values():
        if cell.disease != OTHER:
            known = best.get((cell.disease, cell.finding), BASES[-1])
            best[cell.disease, cell.finding] = min(known, cell.basis, key=BASES.index)
    return best


def _ordered(counts: Counter[str]) -> dict[str, int]:
    return {basis: counts[basis] for basis in BASES}
