"""Measurements: an analyte, a number and a unit, held against the limits of the tables."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..knowledge.spelling import Token
from ..knowledge.wordings import Limit
from .parsed import Occurrence, Parsed

NUMBER = re.compile(r"\d+(?:[.,]\d+)*$")
#: Words between an analyte and the number after it, or before it.
AFTER, BEFORE = 4, 3
#: Words in which the value of the serum follows that of the CSF.
SERUM_WITHIN = 8
LONGEST_UNIT = 5
SERUM = {"serum", "blood", "plasma"}
PERCENT = {"%", "percent"}
STOPS = {",", ";", "."}
LEVELS = re.compile(
    r"\b(?P<a>[CTDL])(?P<m>\d{1,2})\s*(?:to|through|down to|until|[-–])\s*"
    r"(?P<b>[CTDL])?(?P<n>\d{1,2})\b"
)
REGIONS = {"C": 0, "T": 7, "D": 7, "L": 19}
SEGMENTS, GLUCOSE, RATIO = "analyte segment", "csf_low_glucose", "analyte ratio"
BEYOND = {"at_least": "present from", "at_most": "present up to", "below": "present below"}


@dataclass(frozen=True)
class Measured:
    """A measurement that says whether a finding is there: in words `first` to `last`."""

    finding: str
    state: str
    first: int
    last: int
    why: str


class Measurements:
    """The measurements of a sentence; `in_csf` says that it is about the cerebrospinal fluid."""

    def __init__(self, parsed: Parsed, text: str, tokens: Sequence[Token], in_csf: bool):
        self._parsed = parsed
        self._text = text
        self._tokens = tokens
        self._in_csf = in_csf
        self._limits = parsed.lexicon.limits
        self._taken: set[int] = set()

    def read(self) -> Iterator[Measured]:
        """Every analyte that has a number in a unit that the tables know, and lesions that extend
        over so many vertebrae."""
        analytes = [one for one in self._parsed.found if self._limits_of(one)]
        for one in analytes:
            if not any(other.holds(one) for other in analytes):
                yield from self._measured(one, {a.start for a in analytes if a.start >= one.end})
        yield from self._levels()

    def _limits_of(self, one: Occurrence) -> list[Limit]:
        return [limit for name in one.meanings for limit in self._limits.get(name, ())]

    def _measured(self, one: Occurrence, others: set[int]) -> Iterator[Measured]:
        limits, number = self._limits_of(one), self._number_of(one, others)
        if number is None or not self._fits_fluid(limits, one):
            return
        self._taken.add(number)
        value, (unit, end) = parse_number(self._tokens[number].text), self._unit(number + 1)
        if limits[0].finding == GLUCOSE and (serum := self._of_serum(number)):
            limits, value, unit = self._limits[RATIO], value / serum, ""
        if limit := _fitting(limits, value, unit):
            first, last = min(one.start, number), max(one.end, end)
            why = f"{value:.3g} {limit.unit}".strip() + _against(limit)
            yield Measured(limit.finding, state_of(limit, value), first, last, why)

    def _number_of(self, one: Occurrence, others: set[int]) -> int | None:
        """The number that follows an analyte within a few words, or stands right before it."""
        for place in range(one.end, min(one.end + AFTER + 1, len(self._tokens))):
            if place in others or self._tokens[place].norm in STOPS:
                break
            if self._is_value(place):
                return place
        for place in range(one.start - 1, max(one.start - 1 - BEFORE, -1), -1):
            if self._is_value(place):
                return place
            if self._tokens[place].norm in STOPS:
                break
        return None

    def _is_value(self, place: int) -> bool:
        """A number that is nobody else's; a percentage is a share of the cells and no count."""
        is_share = self._norms(place + 1, 1) and self._norms(place + 1, 1)[0] in PERCENT
        is_number = NUMBER.match(self._tokens[place].text) is not None
        return is_number and place not in self._taken and not is_share

    def _norms(self, start: int, count: int) -> tuple[str, ...]:
        return tuple(token.norm for token in self._tokens[start : start + count])

    def _unit(self, start: int) -> tuple[str, int]:
        """The unit that begins at a word, and where it ends."""
        for length in range(LONGEST_UNIT, 0, -1):
            unit = self._parsed.lexicon.units.get(self._norms(start, length))
            if unit:
                return unit, min(start + length, len(self._tokens))
        return "", start

    def _fits_fluid(self, limits: Sequence[Limit], one: Occurrence) -> bool:
        """Cells, protein and glucose count where they are of the CSF: not `serum protein`."""
        if limits[0].fluid != "csf":
            return True
        before = set(self._norms(max(0, one.start - 2), min(2, one.start)))
        return self._in_csf and ("csf" in before or not before & SERUM)

    def _of_serum(self, number: int) -> float:
        """The value of the serum beside that of the CSF, `2.1 (serum 5.9)`, or 0."""
        after = self._tokens[number + 1 : number + 1 + SERUM_WITHIN]
        place = next((n for n, token in enumerate(after) if token.norm in SERUM), None)
        values = [t.text for t in after[place + 1 :] if NUMBER.match(t.text)] if place else []
        return parse_number(values[0]) if values else 0

    def _levels(self) -> Iterator[Measured]:
        """A lesion over so many vertebral segments, `C2 to C6`; fewer say nothing, as they may be
        those of a disc."""
        limit = next(iter(self._limits.get(SEGMENTS, ())), None)
        if not limit or not self._parsed.of_kind("sign"):
            return
        for match in LEVELS.finditer(self._text, self._tokens[0].start, self._tokens[-1].end):
            count = (
                _level(match["b"] or match["a"], match["n"]) - _level(match["a"], match["m"]) + 1
            )
            if count >= limit.limit:
                low, high = match.span()
                places = [n for n, t in enumerate(self._tokens) if low <= t.start < high]
                why = f"{count} segments{_against(limit)}"
                yield Measured(limit.finding, "present", places[0], places[-1] + 1, why)


def _level(region: str, number: str) -> int:
    """The number of a vertebra, counted from the first cervical one."""
    return REGIONS[region] + int(number)


def parse_number(text: str) -> float:
    """A number with a decimal point or comma; a comma before three digits groups thousands."""
    if re.fullmatch(r"[1-9]\d{0,2}(,\d{3})+", text):
        return float(text.replace(",", ""))
    whole, _, rest = text.replace(",", ".").partition(".")
    return float(f"{whole}.{rest.replace('.', '') or 0}")


def _fitting(limits: Sequence[Limit], value: float, unit: str) -> Limit | None:
    """The limit in the unit of a value; without a unit, one of those in which it can be, if all say
    the same."""
    possible = [limit for limit in limits if limit.low <= value <= limit.high]
    exact = [limit for limit in possible if limit.unit == unit]
    fits = exact or ([] if unit else possible)
    return fits[0] if len({state_of(limit, value) for limit in fits}) == 1 else None


def state_of(limit: Limit, value: float) -> str:
    """Present or absent by one limit."""
    beyond = {
        "at_least": value >= limit.limit,
        "at_most": value <= limit.limit,
        "below": value < limit.limit,
    }
    return "present" if beyond[limit.side] else "absent"


def _against(limit: Limit) -> str:
    return f"; {BEYOND[limit.side]} {limit.limit:g} ({limit.source})"
