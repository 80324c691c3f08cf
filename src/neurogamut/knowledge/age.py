"""Age: what a printed age statement says of the distribution over bands."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

import numpy as np

#: Lower edges of the bands in years; the last is open. The first year of life stands alone.
EDGES = (0, 1, *range(5, 90, 5))
BANDS = tuple(
    f"from_{low}" if high is None else f"from_{low}_to_{high - 1}"
    for low, high in zip(EDGES, (*EDGES[1:], None), strict=True)
)
OLDEST = 120.0
#: How many of each make a year, and to how many decimals of a year they count.
UNITS = {"y": (1, 3), "m": (12, 3), "w": (365.25 / 7, 2), "d": (365.25, 2)}
_COUNT = r"(\d+(?:[.,]\d+)?)"
#: Years, months, weeks and days of an ISO 8601 duration, the smallest with decimals if need be;
#: times of day do not matter to an age.
DURATION = rf"^P(?=[\dT])(?:{_COUNT}Y)?(?:{_COUNT}M)?(?:{_COUNT}W)?(?:{_COUNT}D)?(?:T.+)?$"
#: One number and its unit, as people write it.
_WORDS = re.compile(
    rf"{_COUNT}[ -]?(y|m|w|d)(?:|rs?|ears?|o|ths?|onths?|ks?|eeks?|ays?)(?:[ -]old)?"
)

#: Standard normal quantiles: a printed range is read as the middle 80 %, the extremes of a series
#: as the middle 95 %, and `over 50` as 80 % of patients.
_Q80_TWO_SIDED, _Q95_TWO_SIDED, _Q80_ONE_SIDED = 1.2816, 1.9600, 0.8416

_NUMBER = r"([0-9]+(?:\.[0-9]+)?)"
_CENTRE = re.compile(
    rf"(?:mean|median) {_NUMBER}(?: sd {_NUMBER})?(?: range {_NUMBER} to {_NUMBER})?"
)
_RANGE = re.compile(rf"(?:range )?{_NUMBER} to {_NUMBER}")
_BOUND = re.compile(rf"(over|under) {_NUMBER}")


def band(age: float) -> str:
    """The band that an age in years falls in."""
    return BANDS[int(np.searchsorted(EDGES, age, side="right")) - 1]


def of_duration(duration: str) -> float:
    """The years in an ISO 8601 duration that fits DURATION.

    >>> of_duration("P1Y6M")
    1.5
    """
    (parts,) = re.findall(DURATION, duration)
    counts = {unit: count for unit, count in zip(UNITS, parts, strict=True) if count}
    return round(sum(_in_years(count, unit) for unit, count in counts.items()), 3)


def in_words(text: str) -> float | str:
    """The years in `45 years`, `18 months`, `3w` or `P45Y`; any other text as it is.

    >>> in_words("18 months")
    1.5
    """
    if re.fullmatch(DURATION, text):
        return of_duration(text)
    match = _WORDS.fullmatch(text.strip().lower())
    return _in_years(*match.groups()) if match else text


def _in_years(count: str, unit: str) -> float:
    per_year, places = UNITS[unit]
    return round(float(count.replace(",", ".")) / per_year, places)


def distribution(term: str, words: Mapping[str, tuple[float, float]], sd: float) -> np.ndarray:
    """P(band), shape (bands,), from an age expression (see cpts/README.md).

    `words` names age groups, `sd` (years) stands in where none was printed.
    Raises ValueError where the expression cannot be read or is no age."""
    if match := _CENTRE.fullmatch(term):
        mean, own_sd, low, high = match.groups()
        if high:
            sd = _spread(float(low), float(high), _Q95_TWO_SIDED)
        elif own_sd:
            sd = float(own_sd)
        return _normal(_years(float(mean)), sd)
    if match := _BOUND.fullmatch(term):
        side = 1 if match[1] == "over" else -1
        return _normal(_years(float(match[2])) + side * _Q80_ONE_SIDED * sd, sd)
    parts = [_part(part, words) for part in term.removeprefix("peaks ").split(" and ")]
    return np.mean(parts, axis=0)


def _part(text: str, words: Mapping[str, tuple[float, float]]) -> np.ndarray:
    if match := _RANGE.fullmatch(text):
        low, high = float(match[1]), float(match[2])
    elif text in words:
        low, high = words[text]
    else:
        raise ValueError(text)
    return _normal((low + high) / 2, _spread(low, high, _Q80_TWO_SIDED))


def _years(age: float) -> float:
    if not 0 <= age < OLDEST:
        raise ValueError(f"{age:g} years")
    return age


def _spread(low: float, high: float, quantile: float) -> float:
    """The standard deviation of a printed range, at least a year."""
    if not 0 <= low <= high <= OLDEST:
        raise ValueError(f"{low:g} to {high:g} years")
    return max((high - low) / (2 * quantile), 1.0)


def _normal(mean: float, sd: float) -> np.ndarray:
    """A normal distribution, cut off at 0 and at the oldest age, over the bands."""
    if sd <= 0:
        raise ValueError(f"sd {sd:g}")
    edges = (*EDGES, OLDEST)
    cdf = [0.5 * (1 + math.erf((edge - mean) / (sd * math.sqrt(2)))) for edge in edges]
    mass = np.diff(cdf)
    return mass / mass.sum()
