"""A part is never commoner than its whole.

Figures of different papers need not agree on that. Where the rate of a finding exceeds that of the
finding it is a part of, the cell that rests on less gives way (of two equals, the whole), keeps its
width, and says so. Two published numbers that contradict each other beyond chance are a problem
(see check.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from .estimate import COUNTS, RANKS, Cell
from .records import Dependency

#: Rates that should be equal may differ by rounding.
ROUNDING = 1e-9
NUMBERS = (*COUNTS, "range")

Cells = dict[tuple[str, str, str], Cell]


def cohere(cells: Cells, dependencies: Iterable[Dependency]) -> Cells:
    """The same cells, with the weaker of every contradicting pair moved to the other's rate."""
    cells = dict(cells)
    edges = [edge for edge in dependencies if edge.is_subset]
    # A changed cell may now contradict its own part or whole: one pass per level of the hierarchy.
    for _ in range(len(edges)):
        found = list(contradictions(cells, edges))
        if not found:
            break
        for part, whole in found:
            rests_on_less = RANKS.index(part.rank) > RANKS.index(whole.rank)
            weaker, other = (part, whole) if rests_on_less else (whole, part)
            cells[weaker.disease, weaker.finding, weaker.condition] = moved(weaker, other)
    return cells


def contradictions(cells: Cells, edges: Iterable[Dependency]) -> Iterator[tuple[Cell, Cell]]:
    """Every (part, whole) in which the part is commoner."""
    by_finding: dict[tuple[str, str], list[Cell]] = {}
    for cell in cells.values():
        by_finding.setdefault((cell.disease, cell.finding), []).append(cell)
    diseases = dict.fromkeys(disease for disease, _ in by_finding)
    for edge in edges:
        for disease in diseases:
            for part in by_finding[disease, edge.child]:
                for whole in by_finding[disease, edge.parent]:
                    same = (
                        not part.condition
                        or not whole.condition
                        or part.condition == whole.condition
                    )
                    if same and part.mean[0] > whole.mean[0] + ROUNDING:
                        yield part, whole


def moved(cell: Cell, other: Cell) -> Cell:
    """The cell at the other's rate, as wide as before."""
    alpha = cell.alpha.sum() * other.mean
    return replace(cell, alpha=alpha, moved_to=other.finding)
