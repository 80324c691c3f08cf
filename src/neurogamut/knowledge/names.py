"""What diseases and findings are called: keys, labels, ids of ontologies and other names, each
found in any case, British or American, with spaces, hyphens or underscores."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from ..errors import nearest

#: British to American, and one spelling of a prefix.
SPELLINGS = (("ae", "e"), ("oe", "e"), ("our", "or"), ("isation", "ization"), ("orphanet", "orpha"))

#: Ids whose digits are alike have nothing to do with each other.
IDENTIFIER = re.compile(r"[a-z]+ \d+")


class Names:
    """`names` and `hints` are pairs of a name and the key it leads to. A name stands for its key; a
    hint, which may be wider or narrower, only leads a search there."""

    def __init__(self, names: Iterable[tuple[str, str]], hints: Iterable[tuple[str, str]] = ()):
        self._keys = _by_name(names)
        self._all = _by_name(hints)
        for name, keys in self._keys.items():
            self._all.setdefault(name, set()).update(keys)

    def find(self, name: object) -> str | None:
        """The only key that a name stands for, if there is one."""
        keys = self._keys.get(folded(name), ())
        return next(iter(keys)) if len(keys) == 1 else None

    def nearest(self, name: object) -> str:
        """A hint for a name that is unknown: `; nearest: KEY, ...`, or nothing."""
        words = folded(name)
        if IDENTIFIER.fullmatch(words) and words not in self._all:
            return ""
        found = [words] if words in self._all else _listed(nearest(words, self._all))
        keys = dict.fromkeys(key for near in found for key in sorted(self._all.get(near, ())))
        return f"; nearest: {', '.join(keys)}" if keys else ""


@lru_cache(maxsize=4096)
def folded(name: object) -> str:
    """A name in one spelling: lower case, American, without accents or a possessive, its words by
    one space."""
    plain = re.sub(r"['’]s\b", "", unicodedata.normalize("NFKD", str(name).lower()))
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    for british, american in SPELLINGS:
        plain = plain.replace(british, american)
    return " ".join(re.findall(r"[^\W_]+", plain))


def _by_name(pairs: Iterable[tuple[str, str]]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for name, key in pairs:
        if words := folded(name):
            found.setdefault(words, set()).add(key)
    return found


def _listed(hint: str) -> list[str]:
    return hint.removeprefix("; nearest: ").split(", ")
