"""Names for formats that take only letters, digits and _: each name gets one of its own, and the
name itself is kept beside it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence


def is_identifier(name: str) -> bool:
    """Whether a name may stand as it is."""
    return re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name) is not None


def identifiers(names: Iterable[str]) -> dict[str, str]:
    """An identifier for each name: itself where it is one, else like it and taken by no other."""
    names = list(names)
    found = {name: name for name in names if is_identifier(name)}
    taken = set(found)
    for name in names:
        if name not in found:
            found[name] = _free(re.sub(r"[^A-Za-z0-9_]", "_", name), taken)
            taken.add(found[name])
    return found


def _free(like: str, taken: set[str]) -> str:
    like = like if is_identifier(like) else f"x{like}"
    number, found = 1, like
    while found in taken:
        number += 1
        found = f"{like}_{number}"
    return found


def kept(name: str, states: Sequence[str]) -> str:
    """A variable's own names as text, to stand where the format has room for remarks."""
    return json.dumps([name, *states], ensure_ascii=False)


def own_names(text: str) -> tuple[str, tuple[str, ...]] | None:
    """The name and the states in such a text; None where it is another's remark."""
    try:
        words = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(words, list) or not words or not all(isinstance(w, str) for w in words):
        return None
    return words[0], tuple(words[1:])
