"""The most probable states of several variables together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..render.sheet import Sheet
from ..render.wording import percent
from .network_answer import SHOWN, NetworkAnswer


@dataclass(frozen=True)
class Assignment:
    """States of all variables asked for, P(states | evidence), and ln P(states, evidence)."""

    states: dict[str, str]
    probability: float
    log_probability: float


@dataclass(frozen=True, repr=False, kw_only=True)
class Assignments(NetworkAnswer):
    """The most probable assignments, the best first. All variables together are the MPE; some of
    them, with the others summed out, are MAP."""

    variables: tuple[str, ...]
    assignments: tuple[Assignment, ...]

    @property
    def best(self) -> dict[str, str]:
        """The most probable states."""
        return self.assignments[0].states

    def records(self) -> list[dict[str, Any]]:
        """One row per assignment."""
        return [{"probability": a.probability, **a.states} for a in self.assignments]

    def sheet(self, count: int = SHOWN) -> Sheet:
        """The best, with at most `count` variables, and how the others differ from it."""
        open_names = [name for name in self.variables if name not in self.evidence]
        rows = [(name, self.best[name]) for name in open_names[:count]]
        more = len(open_names) - len(rows)
        notes = [f"{more} more variables; --json and --top show them"] if more else []
        for number, other in enumerate(self.assignments[1:], start=2):
            changed = [
                f"{name}: {state}"
                for name, state in other.states.items()
                if state != self.best[name]
            ]
            notes.append(f"{number}. {_probability(other.probability)}  {', '.join(changed)}")
        return self._table(
            f"most probable states of {len(self.variables)} variables together: "
            f"{_probability(self.assignments[0].probability)}",
            ("variable", "state"),
            rows,
            notes=notes,
        )


def _probability(p: float) -> str:
    return percent(p) if p >= 0.0005 else f"{p:.3g}"
