"""The patient's age and sex, in the ways that reports give them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from .understood import Mention

OLDEST = 120
#: Within so many letters before an age a relative is who has it.
NEAR = 50
UNITS = [
    "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
    "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
]  # fmt: skip
TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
NUMBERS = {word: n for n, word in enumerate(UNITS, 1)} | {w: 10 * n for n, w in enumerate(TENS, 2)}
DECADES = {word.replace("y", "ies"): NUMBERS[word] for word in TENS}
PARTS = {"early": 2, "mid": 5, "": 5, "late": 8}
IN_WORDS = rf"(?:{'|'.join(TENS)})(?:[- ](?:{'|'.join(UNITS[:9])}))?|{'|'.join(reversed(UNITS))}"
N = rf"(?P<n>\d{{1,3}}(?:[.,]\d{{1,2}})?|{IN_WORDS})"
UNIT = r"(?P<unit>years?|yrs?|y|months?|mths?|mo|weeks?|wks?|days?)"
WOMAN = "woman|female|lady|girl|schoolgirl"
MAN = "man|male|gentleman|boy|schoolboy"
#: Of somebody who writes about a relative.
WIFE, HUSBAND = "my (?:wife|daughter|mother|sister)", "my (?:husband|son|father|brother)"
SOMEBODY = rf"{WOMAN}|{MAN}|patient|pt|infant|baby|child|teenager|student"
END = r"(?=[\s,.;)]|$)"
#: The forms of an age, the most explicit first; the last are a letter for the sex and a number.
AGES = [
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"\b{N}[- ]?{UNIT}[- ./]{{0,4}}(?:old|o\b|of age)",
        rf"\bage(?:d)?\s{{0,3}}[:=]?\s{{0,3}}(?:of\s{{1,3}})?{N}\s{{0,3}}(?:{UNIT}\b)?",
        rf"\b{N}\s{{0,3}}(?:yo|y/o|y\.o\.)",
        rf"\b{N}\s{{0,3}}(?:{UNIT}\.?)?[,/ -]{{0,4}}(?:(?!pregnan)\w+[- ]){{0,2}}?(?:{SOMEBODY})\b",
        rf"\b(?:she|he|patient|pt|who|I) (?:is|was|am)(?: now| currently)? {N}(?:\s{{0,3}}{UNIT})?"
        r"(?=[\s,.;]{0,4}(?:$|[,.;(]|and\b))",
        rf"\b(?:{SOMEBODY})[ ,(:]+(?:of )?{N}\s{{0,3}}(?:{UNIT}\b)?{END}",
        rf"\b(?:{WIFE}|{HUSBAND}) (?:is|was)(?: now)? {N}\b",
        rf"\b(?-i:Mrs?|Ms|Miss)\.? (?-i:[A-Z][\w-]+)[ ,(]+(?:aged )?{N}{END}",
    )
] + [
    re.compile(pattern, re.MULTILINE)
    for pattern in (
        rf"\b{N}\s{{0,3}}(?:{UNIT})?[,/ -]{{0,4}}[FMfm♀♂](?![\w/'’^]|[.-]\w)",
        rf"(?:^[fm]|(?:^|[\s(])(?:[FM]|♀|♂))[.,/ -]{{0,4}}{N}\s{{0,3}}(?:{UNIT}\b)?{END}",
        rf"^\W{{0,4}}[A-Z]\w+, {N}(?= ?[,.])",
        rf"(?:^|[.,;\n(]\s{{0,3}})(?:of\s{{1,3}})?{N}\s{{0,3}}(?:years|yrs|y)(?=\s{{0,3}}[,.;)]|\s{{0,3}}$)",
    )
]
DECADE = re.compile(
    r"\bin (?:her|his|their|the) (?P<part>early|mid|late)?[- ]?"
    rf"(?P<d>{'|'.join(DECADES)}|[2-9]0['’]?s)\b",
    re.IGNORECASE,
)
NEWBORN = re.compile(r"\b(?:newborn|neonate)\b", re.IGNORECASE)
#: Words around an age that make it somebody else's, or of another time.
KIN = (
    "mother|father|brother|sister|aunt|uncle|cousin|son|daughter|wife|husband|parents?|siblings?"
    "|grandmother|grandfather|relatives?|niece|nephew|twin"
)
BEFORE = re.compile(rf"\b(?<!my )(?:{KIN}|since|until|from|at)\b[^.;\n]{{0,25}}$", re.IGNORECASE)
AFTER = re.compile(rf"\W{{0,4}}(?:{KIN}|pregnan|gestation)", re.IGNORECASE)
RELATIVES = re.compile(rf"(?<!my )\b(?:{KIN})\b(?! of\b)[^.;\n]{{0,40}}", re.IGNORECASE)
LETTER = re.compile(
    r"\d[- ]?(?:yo|y/o|(?:yrs?|years?)(?:[- ]old)?|y|mo|months?)?[,/ -]{0,4}"
    r"(?P<s>[FMfm♀♂])(?![\w/'’^]|[.-]\w)"
    r"|(?:^(?P<u>[fm])|(?:^|[\s(])(?P<t>[FM]|♀|♂))[.,/ -]{0,4}\d{1,3}(?=[\s,.;)y]|$)",
    re.MULTILINE,
)
#: The patient by name of the sex, and where nothing else tells, by pronoun.
WORDS = [
    {"female": rf"\b(?:{WOMAN}|{WIFE}|(?-i:Mrs|Ms|Miss)|sex ?: ?f(?:emale)?)\b|♀",
     "male": rf"\b(?:{MAN}|{HUSBAND}|(?-i:Mr)|sex ?: ?m(?:ale)?)\b|♂"},
    {"female": r"\b(?:she|her|hers|herself|pregnant)\b", "male": r"\b(?:he|him|his|himself)\b"},
]  # fmt: skip


@dataclass(frozen=True)
class _Found:
    value: float | str
    start: int
    end: int
    why: str = ""


def stated(text: str) -> Iterator[Mention]:
    """The age and the sex that a text states; where it states two, both, to be settled."""
    for key, found in (("age", _ages(text)), ("sex", _sexes(text))):
        for one in found:
            yield Mention(
                finding=key,
                state=one.value,
                start=one.start,
                end=one.end,
                entered=True,
                why=one.why,
            )


def _ages(text: str) -> list[_Found]:
    """Those of the most explicit form that the text has."""
    for pattern in AGES:
        found = [_age(match) for match in pattern.finditer(text) if not _is_others(text, match)]
        if values := {one.value: one for one in reversed(found) if one}:
            return list(values.values())
    decades = [
        _Found(_decade(match), *match.span(), "the middle of the years named")
        for match in DECADE.finditer(text)
        if not _is_others(text, match)
    ]
    return decades[:1] or [_Found(0, *match.span()) for match in NEWBORN.finditer(text)][:1]


def _is_others(text: str, match: re.Match[str]) -> bool:
    before = text[max(0, match.start() - NEAR) : match.start()]
    return bool(BEFORE.search(before) or AFTER.match(text, match.end()))


def _age(match: re.Match[str]) -> _Found | None:
    said, unit = match["n"].lower(), (match.groupdict().get("unit") or "y").lower()
    years = _number(said) / {"y": 1, "m": 12, "w": 52.18, "d": 365.25}[unit[0]]
    whole = int(years) if years == int(years) else round(years, 2)
    return _Found(whole, *match.span()) if years <= OLDEST else None


def _number(said: str) -> float:
    if said[0].isdigit():
        return float(said.replace(",", "."))
    return sum(NUMBERS[part] for part in re.split("[- ]", said))


def _decade(match: re.Match[str]) -> int:
    said = match["d"].lower()
    start = DECADES.get(said) or int(said[:2])
    return start + PARTS[(match["part"] or "").lower()]


def _sexes(text: str) -> list[_Found]:
    """A letter beside the age, else a word for the patient, else the pronoun that is used most."""
    for match in LETTER.finditer(text):
        place = match.start(match.lastgroup or 0)
        letter = text[place]
        return [_Found("female" if letter in "Ff♀" else "male", place, place + 1)]
    own = RELATIVES.sub(lambda match: " " * len(match[0]), text)
    for words in WORDS:
        found = {
            sex: [_Found(sex, *m.span()) for m in re.finditer(pattern, own, re.IGNORECASE)]
            for sex, pattern in words.items()
        }
        best = max(found, key=lambda sex: len(found[sex]))
        if found[best]:
            return found[best][:1]
    return []
