"""UAI, the format of the UAI inference competitions, for Bayesian networks (`BAYES`).

Variables and states are numbers. The last variable of a scope is the child, and runs fastest.
Names that are not these numbers follow the tables as comments, which readers leave out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NoReturn, TextIO

import numpy as np

from .draft import Draft, NetworkContent
from .identifiers import kept, own_names
from .number_text import NotANumber, floats, rows, written
from .places import Text, blanked

COMMENT = re.compile(r"#[^\n]*")
NAMED = re.compile(r"^# (\d+) (\[.*\])$", re.MULTILINE)
#: pyAgrum (3.3.1) writes the child's name behind each scope, and lets the first parent run faster
#: than the last.
BY_AGRUM = re.compile(r"^\s*\d[\d ]*# ", re.MULTILINE)


def read(lines: Iterable[str], file: str) -> NetworkContent:
    """The network of a UAI file. Raises NetworkError with line and column."""
    return _Reader("".join(lines), Draft(file)).content()


def write(content: NetworkContent, comments: Iterable[str], out: TextIO) -> None:
    """Write UAI to full double precision."""
    number = {name: str(i) for i, name in enumerate(content.states)}
    sizes = " ".join(str(len(states)) for states in content.states.values())
    out.write(f"BAYES\n{len(number)}\n{sizes}\n{len(number)}\n")
    for name, table in content.tables.items():
        scope = [number[n] for n in (*table.parents, name)]
        out.write(f"{len(scope)} {' '.join(scope)}\n")
    for table in content.tables.values():
        out.write(f"\n{table.values.size}\n")
        out.writelines(f" {written(column)}\n" for column in rows(table.values))
    for name, states in content.states.items():
        if name != number[name] or states != _numbered(len(states)):
            out.write(f"# {number[name]} {kept(name, states)}\n")
    out.writelines(f"# {line}\n" for line in comments)


class _Reader:
    """The file as one row of words, read from the first to the last."""

    def __init__(self, text: str, draft: Draft):
        self.draft = draft
        self.source = Text(blanked(text, COMMENT))
        self.words = self.source.text.split()
        self.at = 0
        self._found = re.finditer(r"\S+", self.source.text)
        self._offsets: list[int] = []
        self.names = {i: own_names(named) for i, named in NAMED.findall(text)}
        self.named_scopes = len(BY_AGRUM.findall(text))

    def content(self) -> NetworkContent:
        """All that the file says."""
        kind = self.words[0] if self.words else ""
        if kind != "BAYES":
            self._fail(
                0,
                f"a {kind} network: expected BAYES"
                if kind == "MARKOV"
                else f"expected BAYES; got {kind!r}",
            )
        self.at = 1
        sizes = [self._number(1) for _ in range(self._number(0))]
        names = [self._add_variable(i, size) for i, size in enumerate(sizes)]
        scopes = [self._scope(names) for _ in range(self._number(0))]
        by_agrum = self.named_scopes == len(scopes)
        for start, scope in scopes:
            self._table(start, scope[-2::-1] if by_agrum else scope[:-1], scope[-1])
        if self.at < len(self.words):
            self._fail(self.at, f"expected the end; got {self.words[self.at]!r}")
        return self.draft.content()

    def _add_variable(self, i: int, size: int) -> str:
        name, states = self.names.get(str(i)) or (str(i), _numbered(size))
        if len(states) != size:
            self._fail(2 + i, f"variable {name}: {size} states; expected {len(states)}, as named")
        self.draft.add_variable(name, states, self.source.place(self._offset(2 + i)))
        return name

    def _scope(self, names: list[str]) -> tuple[int, list[str]]:
        start = self.at
        scope = [self._number(0) for _ in range(self._number(1))]
        if unknown := [i for i in scope if i >= len(names)]:
            self._fail(start, f"a scope with variable {unknown[0]}; expected 0 to {len(names) - 1}")
        return start, [names[i] for i in scope]

    def _table(self, start: int, parents: list[str], name: str) -> None:
        count = self._number(1)
        words = self.words[self.at : self.at + count]
        if len(words) < count:
            self._fail(len(self.words) - 1, f"the file ends; expected {count} numbers")
        try:
            numbers = np.array(floats(" ".join(words)))
        except NotANumber:
            wrong = next(i for i, word in enumerate(words) if not _is_number(word))
            self._fail(self.at + wrong, f"{words[wrong]!r} is no number")
        self.at += count
        place = self.source.place(self._offset(start))
        self.draft.add_table(name, parents, numbers, place)

    def _number(self, least: int) -> int:
        if self.at >= len(self.words):
            self._fail(max(len(self.words) - 1, 0), "the file ends; expected a whole number")
        word = self.words[self.at]
        is_number = word.isascii() and word.isdigit() and len(word) < 10
        if not is_number or int(word) < least:
            self._fail(self.at, f"{word[:40]!r}: expected a whole number from {least}")
        self.at += 1
        return int(word)

    def _offset(self, word: int) -> int:
        while len(self._offsets) <= word and (match := next(self._found, None)):
            self._offsets.append(match.start())
        return self._offsets[word] if word < len(self._offsets) else 0

    def _fail(self, word: int, message: str) -> NoReturn:
        self.draft.fail(self.source.place(self._offset(word)), message)


def _numbered(size: int) -> tuple[str, ...]:
    return tuple(map(str, range(size)))


def _is_number(word: str) -> bool:
    try:
        floats(word)
    except NotANumber:
        return False
    return True
