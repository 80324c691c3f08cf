"""A text as words in one spelling: British or American, singular or plural, with or without accents
and hyphens. A table's words and a report's are compared in this form."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

TOKEN = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]\w*(?:['’]\w+)?|[^\w\s]")
SIGNS = {"+": "positive", "&": "and"}
HYPHENS = "-‐‑–—−"
#: What follows a sign that stands for a word: `fever -, rash +`.
ENDS = re.compile(r"\s{0,3}([,;.)]|$)", re.MULTILINE)
#: British to American; a lone `our` (four, hour) stays.
SPELLINGS = [
    ("ae", "e"), ("oe", "e"), ("leuc", "leuk"), ("grey", "gray"), ("isation", "ization"),
    ("ised", "ized"), ("ising", "izing"), ("ographie", "ography"),
]  # fmt: skip
OUR = re.compile(r"(?<=\w{3})our(?=$|s|al|ed|ing|less)")


@dataclass(frozen=True)
class Token:
    """A word, number or sign: where it stands in the text, and its one spelling."""

    start: int
    end: int
    text: str
    norm: str


def tokens(text: str) -> list[Token]:
    """The words, numbers and signs of a text; hyphens inside words only divide them."""
    found = []
    for match in TOKEN.finditer(text):
        norm = _sign(text, match) if len(match[0]) == 1 else normal(match[0])
        if norm:
            found.append(Token(match.start(), match.end(), match[0], norm))
    return found


def words(text: str) -> tuple[str, ...]:
    """The same as bare words."""
    return tuple(token.norm for token in tokens(text))


@lru_cache(maxsize=65536)
def normal(word: str) -> str:
    """The one spelling of a word."""
    plain = unicodedata.normalize("NFKD", word.lower().replace("’", "'"))
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    if plain.endswith("n't"):
        return "not"
    plain = plain.removesuffix("'s").replace("'", "")
    for british, american in SPELLINGS:
        plain = plain.replace(british, american)
    return _singular(OUR.sub("or", plain))


def _singular(word: str) -> str:
    if len(word) < 4 or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies"):
        return f"{word[:-3]}y"
    if word.endswith(("sses", "shes", "ches", "xes")):
        return word[:-2]
    if word.endswith("s"):
        return word[:-1]
    return f"{word[:-1]}us" if word.endswith("i") and len(word) > 4 else word


def _sign(text: str, match: re.Match[str]) -> str:
    """A single character. A minus or plus that begins or ends an item is a word, a question mark
    tells what it stands before or after, a hyphen inside a word is nothing."""
    sign, before = match[0], text[match.start() - 1 : match.start()]
    if sign in HYPHENS and text[: match.start()].rstrip()[-1:] in (",", ";"):
        return "no"
    if sign in HYPHENS:
        is_word = not before.isalnum() and ENDS.match(text, match.end())
        return "negative" if is_word else "" if before.isalnum() else "-"
    if sign in SIGNS:
        return SIGNS[sign]
    if sign == "?":
        ends_text = text[: match.start()].strip() and not text[match.end() :].strip()
        return "question" if before.strip() or ends_text else "?"
    return sign.lower()
