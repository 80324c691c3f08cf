"""Many numbers out of a text, fast, and where the one stands that is none."""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np


class NotANumber(ValueError):
    """`word` is no number, at `offset` of the text."""

    def __init__(self, word: str, offset: int):
        super().__init__(f"{word!r} is no number")
        self.offset = offset


def floats(text: str) -> list[float]:
    """The numbers of a text, apart by blanks or commas. Raises NotANumber."""
    if "," in text:
        text = text.replace(",", " ")
    try:
        found = list(map(float, text.split()))
    except ValueError:
        raise _first_wrong(text) from None
    if "_" in text:
        raise _first_wrong(text)
    return found


def written(values: Iterable[float]) -> str:
    """Numbers as text that reads back as the same doubles."""
    return " ".join(map(repr, values))


def rows(values: np.ndarray) -> list[list[float]]:
    """A table (..., states) as a list of its columns, the last axis in each."""
    return values.reshape(-1, values.shape[-1]).tolist()


def _first_wrong(text: str) -> NotANumber:
    for word in re.finditer(r"\S+", text):
        try:
            float(word.group().replace("_", "?"))
        except ValueError:
            return NotANumber(word.group(), word.start())
    raise AssertionError("every word is a number")
