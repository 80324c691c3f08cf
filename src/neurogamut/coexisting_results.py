"""The answer where diseases may coexist, and how it becomes a dictionary, a table or a picture."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from .inference.coexisting import DiseaseSet
from .results import Differential, ModelInfo


@dataclass(frozen=True)
class Pair:
    """`probability` is P(both diseases are present | case), whatever else is."""

    diseases: tuple[str, str]
    probability: float


@dataclass(frozen=True, repr=False)
class CoexistingAnswer(Differential):
    """P(disease present | case), on the premise that at least one is; they may sum to more than 1.

    `prior` is the same before anything is known. `number_present` maps 1, 2, ... to the probability
    that so many diseases are present, its last entry standing for that many or more; `pairs` are
    those of the leading diseases and `sets` the most probable sets, both best first.
    `log_evidence` and `conflict` are as in Posterior. Drawn by `coexisting_views`."""

    probabilities: Mapping[str, float]
    prior: Mapping[str, float]
    number_present: Mapping[int, float]
    pairs: tuple[Pair, ...]
    sets: tuple[DiseaseSet, ...]
    labels: Mapping[str, str]
    log_evidence: float
    conflict: float
    evidence: Mapping[str, Any]
    ignored: tuple[str, ...]
    warnings: tuple[str, ...]
    model: ModelInfo

    @property
    def leading(self) -> tuple[str, ...]:
        """The most probable set of diseases."""
        return self.sets[0].diseases

    @property
    def several(self) -> float:
        """P(two diseases or more | case)."""
        return sum(p for count, p in self.number_present.items() if count > 1)

    def to_html(self) -> str:
        """A self-contained HTML fragment."""
        from . import coexisting_views  # noqa: F401

        return super().to_html()

    def __str__(self) -> str:
        from . import coexisting_views  # noqa: F401

        return super().__str__()

    def to_dict(self) -> dict[str, Any]:
        """What `neurogamut posterior --assume coexisting --json` gives."""
        return {
            "posterior": dict(self.top(len(self.probabilities))),
            "number_present": {str(count): p for count, p in self.number_present.items()},
            "pairs": [_listed(pair) for pair in self.pairs],
            "sets": [_listed(found) for found in self.sets],
            "log_evidence": self.log_evidence,
            "conflict": self.conflict,
            "evidence": dict(self.evidence),
            "ignored": list(self.ignored),
            "warnings": list(self.warnings),
            "model": asdict(self.model),
        }


def _listed(found: Pair | DiseaseSet) -> dict[str, Any]:
    return {"diseases": list(found.diseases), "probability": found.probability}
