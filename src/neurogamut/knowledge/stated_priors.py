"""Priors of a few diseases stated for the occasion, in the place of those of the setting."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np

from ..errors import UsageError
from .build import DIAGNOSIS, Blueprint

#: By how much probabilities that are stated of all diseases may miss 1.
ROUNDING = 1e-6
BETWEEN = ", "


def read_priors(texts: Iterable[str]) -> dict[str, float]:
    """`susac=0.05` texts by disease, as they were typed. Raises UsageError for what is none."""
    found: dict[str, float] = {}
    for text in texts:
        name, equals, share = text.rpartition("=")
        if name.strip() in found:
            raise UsageError(f"prior {text!r}: stands twice")
        try:
            found[name.strip()] = float(share) if equals else math.nan
        except ValueError:
            found[name.strip()] = math.nan
        if not 0 < found[name.strip()] < 1:
            expected = "expected disease=probability, above 0 and below 1, such as susac=0.05"
            raise UsageError(f"prior {text!r}: {expected}")
    return found


def with_priors(blueprint: Blueprint, priors: Mapping[str, float]) -> Blueprint:
    """With these prior probabilities, the others in proportion to what they were; all of them
    together weigh as before.

    Raises UsageError for an unknown disease, for one that stands twice under two names, for what is
    no probability, and for some that leave nothing to the others."""
    diseases = blueprint.structure.states[DIAGNOSIS]
    stated = _by_position(blueprint, priors)
    total = sum(stated.values())
    if len(stated) == len(diseases) and abs(total - 1) > ROUNDING:
        raise UsageError(f"priors of all diseases come to {total:g}; expected 1")
    if len(stated) < len(diseases) and total >= 1:
        raise UsageError(f"priors come to {total:g}: nothing is left for the other diseases")
    weights = blueprint.columns.prior
    chosen = np.isin(np.arange(len(diseases)), list(stated))
    rest = weights[~chosen].sum()
    moved = weights * ((1 - total) * weights.sum() / rest if rest else 1.0)
    moved[list(stated)] = np.array(list(stated.values())) * weights.sum() / max(total, 1.0)
    text = BETWEEN.join(f"{diseases[i]}={share:.12g}" for i, share in stated.items())
    return replace(blueprint, columns=replace(blueprint.columns, prior=moved), priors=text)


def _by_position(blueprint: Blueprint, priors: Mapping[str, float]) -> dict[int, float]:
    diseases, found = blueprint.structure.states[DIAGNOSIS], {}
    for name, share in priors.items():
        position = diseases.index(blueprint.base.disease(name).key)
        if position in found:
            raise UsageError(f"prior of {diseases[position]}: stands twice, once as {name!r}")
        if not 0 < share < 1:
            raise UsageError(f"prior {name}={share!r}: expected a probability above 0 and below 1")
        found[position] = float(share)
    return found
