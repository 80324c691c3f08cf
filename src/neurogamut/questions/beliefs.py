"""How probable the states of a variable are, of one or of all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..render.sheet import Bar, Sheet
from ..render.wording import percent
from .network_answer import SHOWN, NetworkAnswer


@dataclass(frozen=True, repr=False, kw_only=True)
class Belief(NetworkAnswer):
    """P(target | evidence) beside P(target), and ln P(evidence)."""

    target: str
    probabilities: dict[str, float]
    prior: dict[str, float]
    log_evidence: float

    @property
    def leading(self) -> str:
        """The most probable state."""
        return max(self.probabilities, key=self.probabilities.__getitem__)

    def records(self) -> list[dict[str, Any]]:
        """One row per state."""
        return [
            {"state": state, "probability": p, "prior": self.prior[state]}
            for state, p in self.probabilities.items()
        ]

    def sheet(self, count: int = SHOWN) -> Sheet:
        """What is shown, with at most `count` states."""
        ranked = sorted(self.probabilities.items(), key=lambda item: -item[1])
        rows = [(s, percent(p), Bar(0, p), percent(self.prior[s])) for s, p in ranked[:count]]
        return self._table(
            f"{self.target}: {self.leading} {percent(self.probabilities[self.leading])}",
            (self.target, "probability", "", "prior"),
            rows,
            ("probability", "prior"),
            (f"ln P(evidence) {self.log_evidence:.2f}",),
        )


@dataclass(frozen=True, repr=False, kw_only=True)
class Marginals(NetworkAnswer):
    """P(variable | evidence) of every variable."""

    probabilities: dict[str, dict[str, float]]
    log_evidence: float

    def records(self) -> list[dict[str, Any]]:
        """One row per state of each variable."""
        return [
            {"variable": name, "state": state, "probability": p}
            for name, states in self.probabilities.items()
            for state, p in states.items()
        ]

    def sheet(self, count: int = SHOWN) -> Sheet:
        """What is shown, with at most `count` variables."""
        rows = [(name, _listed(p)) for name, p in list(self.probabilities.items())[:count]]
        return self._table(
            f"{len(self.probabilities)} variables",
            ("variable", "states"),
            rows,
            notes=(f"ln P(evidence) {self.log_evidence:.2f}",),
        )


def _listed(states: Mapping[str, float]) -> str:
    ranked = sorted(states.items(), key=lambda item: -item[1])
    more = f", {len(ranked) - 4} others" if len(ranked) > 4 else ""
    return ", ".join(f"{state} {percent(p)}" for state, p in ranked[:4]) + more
