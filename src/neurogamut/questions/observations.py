"""What to observe next: how much each variable is expected to tell of the target, for its cost."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from ..render.sheet import Sheet
from .network_answer import SHOWN, NetworkAnswer


@dataclass(frozen=True)
class Observation:
    """The expected gain in bits, I(target; variable | evidence), the cost, and their ratio."""

    variable: str
    gain: float
    cost: float
    gain_per_cost: float


@dataclass(frozen=True, repr=False, kw_only=True)
class NextObservations(NetworkAnswer):
    """Candidates by gain per cost; `uncertainty` is the target's entropy in bits."""

    target: str
    uncertainty: float
    observations: tuple[Observation, ...]

    def records(self) -> list[dict[str, Any]]:
        """One row per candidate."""
        return [asdict(observation) for observation in self.observations]

    def sheet(self, count: int = SHOWN) -> Sheet:
        """What is shown, with at most `count` candidates."""
        rows = [
            (o.variable, f"{o.gain:.4f}", f"{o.cost:g}", f"{o.gain_per_cost:.4f}")
            for o in self.observations[:count]
        ]
        return self._table(
            f"{self.target} is uncertain by {self.uncertainty:.3f} bits",
            ("observe", "gain (bits)", "cost", "gain per cost"),
            rows,
            ("gain (bits)", "cost", "gain per cost"),
        )
