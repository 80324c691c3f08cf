"""What two variables have to do with each other: in numbers, and by the graph."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..render.sheet import Lines, Sheet
from .network_answer import SHOWN, NetworkAnswer


@dataclass(frozen=True, repr=False, kw_only=True)
class Information(NetworkAnswer):
    """I(first; second | evidence) in bits, and the entropy of each."""

    first: str
    second: str
    bits: float
    entropies: dict[str, float]

    def records(self) -> list[dict[str, Any]]:
        """One row."""
        return [{"first": self.first, "second": self.second, "bits": self.bits}]

    def sheet(self, count: int = SHOWN) -> Sheet:
        """What is shown."""
        rows = [
            (name, f"{bits:.4f}", f"{100 * self.bits / bits:.1f} %" if bits else "0.0 %")
            for name, bits in self.entropies.items()
        ]
        headers = ("variable", "entropy (bits)", "told by the other")
        return self._table(
            f"{self.first} and {self.second} share {self.bits:.4f} bits",
            headers,
            rows,
            headers[1:],
        )


@dataclass(frozen=True, repr=False, kw_only=True)
class DSeparation(NetworkAnswer):
    """Whether two variables are d-separated by what is `given`; if not, a shortest active trail."""

    first: str
    second: str
    given: tuple[str, ...]
    separated: bool
    trail: tuple[str, ...]

    def records(self) -> list[dict[str, Any]]:
        """One row."""
        return [{"first": self.first, "second": self.second, "separated": self.separated}]

    def sheet(self, count: int = SHOWN) -> Sheet:
        """What is shown."""
        known = f" given {', '.join(self.given)}" if self.given else ""
        word = "are d-separated" if self.separated else "are d-connected"
        notes = () if self.separated else (f"active trail: {' - '.join(self.trail)}",)
        return self._sheet(f"{self.first} and {self.second} {word}{known}", Lines(notes))
