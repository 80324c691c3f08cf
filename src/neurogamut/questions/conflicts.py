"""Whether findings go together: less probable together than apart points at a mistake, or at what
the network does not know (Jensen et al., UAI 1990:318)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from itertools import combinations
from math import log
from typing import Any

import numpy as np

from ..inference.elimination.engine import Engine
from ..network import Evidence, Finding
from ..render.sheet import Sheet
from .network_answer import SHOWN, NetworkAnswer


@dataclass(frozen=True)
class PairConflict:
    """ln P(first) P(second) / P(first, second): above 0 the two are less probable together."""

    first: str
    second: str
    conflict: float


@dataclass(frozen=True, repr=False, kw_only=True)
class Conflict(NetworkAnswer):
    """ln of the product of all P(finding), less ln P(evidence), and the same of every pair, the
    worst first."""

    conflict: float
    pairs: tuple[PairConflict, ...]

    def records(self) -> list[dict[str, Any]]:
        """One row per pair."""
        return [asdict(pair) for pair in self.pairs]

    def sheet(self, count: int = SHOWN) -> Sheet:
        """What is shown, with at most `count` pairs."""
        rows = [(p.first, p.second, f"{p.conflict:+.3f}") for p in self.pairs[:count]]
        word = "less" if self.conflict > 0 else "no less"
        return self._table(
            f"conflict {self.conflict:+.3f}: the findings are {word} probable together than apart",
            ("finding", "and", "conflict"),
            rows,
            ("conflict",),
        )


def conflicts(
    engine: Engine, evidence: Evidence, findings: Mapping[str, Finding]
) -> tuple[float, tuple[PairConflict, ...]]:
    """The conflict of all findings and of every pair."""
    whole = engine.log_evidence(evidence)
    single = {name: engine.log_evidence(_only(evidence, name)) for name in findings}
    pairs = sorted(_pairs(engine, evidence, single), key=lambda pair: -pair.conflict)
    return sum(single.values()) - whole + 0.0, tuple(pairs)


def _pairs(
    engine: Engine, evidence: Evidence, single: Mapping[str, float]
) -> Iterator[PairConflict]:
    """Every pair, from one pair of sweeps for each finding."""
    given = {name: engine.marginals(_only(evidence, name)) for name in single}
    for first, second in combinations(single, 2):
        together = _probability(evidence, second, given[first][second])
        alone = np.exp(single[second])
        yield PairConflict(first, second, log(alone / together) if together > 0 else np.inf)


def _probability(evidence: Evidence, name: str, marginal: np.ndarray) -> float:
    """P(what is said of a variable) by its marginal."""
    if name in evidence.states:
        return float(marginal[evidence.states[name]])
    return float(marginal @ evidence.likelihoods[name])


def _only(evidence: Evidence, name: str) -> Evidence:
    if name in evidence.states:
        return Evidence({name: evidence.states[name]})
    return Evidence({}, {name: evidence.likelihoods[name]})
