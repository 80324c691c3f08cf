"""Cases drawn from a network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..render.sheet import Sheet
from .network_answer import SHOWN, NetworkAnswer


@dataclass(frozen=True, repr=False, kw_only=True)
class Draws(NetworkAnswer):
    """Exact draws from P(all variables | evidence), one a row."""

    seed: int
    draws: tuple[dict[str, str], ...]

    def records(self) -> list[dict[str, Any]]:
        """One row per draw."""
        return list(self.draws)

    def sheet(self, count: int = SHOWN) -> Sheet:
        """The first draws."""
        rows = [
            (str(number), ", ".join(f"{name}={state}" for name, state in draw.items()))
            for number, draw in enumerate(self.draws[:count], start=1)
        ]
        return self._table(
            f"{len(self.draws):,} draws, seed {self.seed}", ("draw", "states"), rows, ("draw",)
        )
