"""The path from prior odds to posterior odds, one finding after the other, to be drawn."""

from __future__ import annotations

from dataclasses import dataclass

from .results import Explanation, Weight
from .wording import said

#: Below this many bans, what findings say together is not shown as a step of its own.
NEGLIGIBLE = 0.005


@dataclass(frozen=True)
class Step:
    """One move of the log10 odds, from `start` to `end` bans. `weight` is None where it is no
    finding's."""

    name: str
    start: float
    end: float
    weight: Weight | None = None

    @property
    def bans(self) -> float:
        """How far the odds move."""
        return self.end - self.start


def steps(explanation: Explanation) -> list[Step]:
    """The prior, each finding in order of its weight, and what findings say only together."""
    moves = [("prior odds", explanation.prior, None)]
    moves += [(f"{w.finding}: {said(w.state)}", w.bans, w) for w in explanation.weights]
    if abs(explanation.shared) >= NEGLIGIBLE:
        moves.append(("findings taken together", explanation.shared, None))
    found, reached = [], 0.0
    for name, bans, weight in moves:
        found.append(Step(name, reached, reached + bans, weight))
        reached += bans
    return found


def span(path: list[Step]) -> tuple[float, float]:
    """The lowest and the highest odds on the path, in bans; they differ."""
    reached = [0.0, *(step.end for step in path)]
    low, high = min(reached), max(reached)
    return (low, high) if high > low else (low, low + 1)
