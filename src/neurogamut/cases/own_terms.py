"""Terms of our own in a Phenopacket: findings that HPO has not, states and likelihoods."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol

from ..errors import CaseError

OWN = "neurogamut:"


class Feature(Protocol):
    """What is looked at of a phenotypic feature."""

    type: Any
    excluded: bool
    modifiers: list[Any]


def is_own(feature: Feature) -> bool:
    """Whether a feature is named by a term of our own."""
    return str(feature.type.id).startswith(OWN)


def own_findings(features: Iterable[Feature]) -> dict[str, Any]:
    """What features by terms of our own say; several of one finding are several readers."""
    said: dict[str, list[Any]] = {}
    for feature in filter(is_own, features):
        said.setdefault(feature.type.id.removeprefix(OWN), []).append(_reading(feature))
    return {key: readings if len(readings) > 1 else readings[0] for key, readings in said.items()}


def _reading(feature: Feature) -> str | dict[str, float]:
    weights = {}
    for modifier in feature.modifiers:
        state, equals, weight = modifier.id.removeprefix(OWN).partition("=")
        if modifier.id.startswith(OWN) and equals:
            weights[state] = _weight(modifier.id, weight)
    if not weights:
        return "absent" if feature.excluded else "present"
    return weights if len(weights) > 1 else next(iter(weights))


def _weight(term: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise CaseError(f"{term}: expected a likelihood, as in {OWN}present=0.8") from None
