"""BIF, the Interchange Format for Bayesian Networks 0.15 (Cozman 1998).

    variable wet { type discrete [ 2 ] { yes, no }; }
    probability ( wet | rain ) { (yes) 0.9, 0.1; (no) 0.3, 0.7; }

In a `table` the variable itself runs slowest; a `default` fills the rows that are not named.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import product
from typing import NoReturn, TextIO

import numpy as np

from .bif_blocks import QUOTED, BifBlock, blocks
from .draft import Draft, DraftTable, NetworkContent, Place
from .number_text import NotANumber, floats, rows, written
from .places import after_blanks


def _unmarked(marks: str, name: str = "") -> str:
    """A group of anything up to one of these marks, but for what is quoted."""
    mark = f"?P<{name}>" if name else ""
    other = f'[^{re.escape(marks)}"]*'
    return f"({mark}{other}(?:{QUOTED}{other})*)"


ITEM = re.compile(rf"\s*(?:({QUOTED})|([^,|\"]+))\s*")
WORD = re.compile(rf"{QUOTED}|[^\s,|\"]+")
HEAD = re.compile(r"\s*(\w+)\b\s*")
NAME = re.compile(_unmarked("{") + r"\{")
FAMILY = re.compile(rf"\({_unmarked('()')}\)\s*\{{")
STATES = re.compile(rf"type\s+discrete\s*\[\s*(\d{{1,9}})\s*\]\s*\{{{_unmarked('{}')}\}}\s*;")
STATEMENT = re.compile(
    rf"\s*(?:\({_unmarked('()', 'row')}\)|(?P<word>table|default|property)\b)"
    rf"{_unmarked(';', 'rest')};"
)
#: Names that every reader takes as they stand.
PLAIN = re.compile(r"[A-Za-z0-9_.-]+")


def read(lines: Iterable[str], file: str) -> NetworkContent:
    """The network of a BIF file, block by block. Raises NetworkError with line and column."""
    draft = Draft(file)
    waiting = []
    for block in blocks(lines, draft):
        keyword = HEAD.match(block.text)
        kind, at = (keyword.group(1), keyword.end()) if keyword else ("", 0)
        if kind == "variable":
            _read_variable(block, at, draft)
        elif kind == "probability":
            waiting += _Probabilities(block, at, draft).read(later=True)
        elif kind != "network":
            start = after_blanks(block.text)
            found = block.text[start:].split("\n")[0].strip()[:40]
            draft.fail(
                block.place(start),
                f"expected network, variable or probability; got {found!r}",
            )
    for probabilities in waiting:
        probabilities.read(later=False)
    return draft.content()


def write(content: NetworkContent, comments: Iterable[str], out: TextIO) -> None:
    """Write BIF to full double precision. Names with other signs than letters, digits and _ - .
    are quoted."""
    out.write("network unknown {\n}\n")
    for name, states in content.states.items():
        listed = ", ".join(map(_quoted, states))
        out.write(f"variable {_quoted(name)} {{\n")
        out.write(f"  type discrete [ {len(states)} ] {{ {listed} }};\n}}\n")
    for name, table in content.tables.items():
        _write_table(name, table, content, out)
    for line in comments:
        out.write(f"\n// {line}")
    out.write("\n")


# -- reading ------------------------------------------------------------------------------------


def _read_variable(block: BifBlock, at: int, draft: Draft) -> None:
    head = NAME.match(block.text, at)
    if head is None:
        draft.fail(block.place(at), "expected 'variable name {'")
    name = _plain(head.group(1).strip())
    body = STATES.search(block.text, head.end())
    if body is None:
        draft.fail(
            block.place(at), f"variable {name}: expected 'type discrete [ n ] {{ states }};'"
        )
    count, listed = int(body.group(1)), body.group(2)
    states = _items(listed)
    if len(states) != count:
        states = [_plain(word) for word in WORD.findall(listed)]
    if len(states) != count:
        place = block.place(body.start(2))
        draft.fail(place, f"variable {name}: {len(states)} states; expected {count}, as in [ ]")
    draft.add_variable(name, states, block.place(at))


class _Probabilities:
    """A probability block, read as soon as its variables are known."""

    def __init__(self, block: BifBlock, at: int, draft: Draft):
        self.block, self.draft = block, draft
        family = FAMILY.match(block.text, at)
        if family is None:
            draft.fail(block.place(at), "expected '( variable | parents ) {'")
        self.head, self.body = family.group(1), family.end()
        self.at = after_blanks(block.text, family.start(1))

    def read(self, later: bool) -> list[_Probabilities]:
        """Add the table to the draft; with `later` put it off where a variable is unknown."""
        family = self._family()
        if not family:
            self.draft.fail(self.block.place(self.at), "expected '( variable | parents ) {'")
        name, *parents = family
        known = self.draft.states
        if later and not all(n in known for n in (name, *parents)):
            return [self]
        place = self.block.place(self.at)
        shape = self.draft.size(name, parents, place)
        self.lookups = [{s: i for i, s in enumerate(known[parent])} for parent in parents]
        self.parents, self.name, self.shape = parents, name, shape
        self.default: list[float] | None = None
        self.table: list[float] | None = None
        self.rows: dict[int, int] = {}
        self.numbers: list[float] = []
        self._statements()
        self._add(place)
        return []

    def _family(self) -> list[str]:
        """The variable and its parents; commas and the bar may be missing, names have blanks."""
        items = _items(self.head)
        if all(name in self.draft.states for name in items):
            return items
        words = [_plain(word) for word in WORD.findall(self.head)]
        known = all(name in self.draft.states for name in words)
        return words if known or not items else items

    def _statements(self) -> None:
        text, end = self.block.text, len(self.block.text) - 1
        at = self.body
        while after_blanks(text, at) < end:
            statement = STATEMENT.match(text, at, end)
            if statement is None:
                start = after_blanks(text, at)
                found = text[start:end].split("\n")[0].strip()[:40]
                self._fail(
                    start,
                    f"the probabilities of {self.name}: expected '(states) numbers;', "
                    f"'table numbers;' or 'default numbers;'; got {found!r}",
                )
            if statement["row"] is not None:
                self._row(statement)
            elif statement["word"] != "property":
                self._whole(statement)
            at = statement.end()

    def _row(self, statement: re.Match[str]) -> None:
        row = self._position(statement)
        if row in self.rows:
            first = self.block.place(self.rows[row]).line
            self._fail(
                statement.start("row"),
                f"the row ({statement['row'].strip()}) of {self.name} stands twice, "
                f"first in line {first}",
            )
        self.rows[row] = statement.start("row")
        self.numbers += self._floats(statement, self.shape[-1])

    def _position(self, statement: re.Match[str]) -> int:
        """The number of the row that belongs to these states of the parents."""
        text = statement["row"]
        states = [word.strip() for word in text.split(",")]
        row = 0
        try:
            for state, lookup in zip(states, self.lookups, strict=True):
                row = row * len(lookup) + lookup[state]
        except (KeyError, ValueError):
            return self._position_of(statement, text)
        return row

    def _position_of(self, statement: re.Match[str], text: str) -> int:
        """The same, of states that are quoted, or apart by blanks, or wrong."""
        states = _items(text)
        if len(states) != len(self.parents):
            states = [_plain(word) for word in WORD.findall(text)]
        if len(states) != len(self.parents):
            self._fail(
                statement.start("row"),
                f"the row ({text.strip()}) of {self.name}: {len(states)} states; expected "
                f"{len(self.parents)}, of {', '.join(self.parents) or 'no parent'}",
            )
        row = 0
        for parent, state, lookup in zip(self.parents, states, self.lookups, strict=True):
            if state not in lookup:
                self._fail(
                    statement.start("row"),
                    f"the row ({text.strip()}) of {self.name}: {parent} has no state {state!r}; "
                    f"expected one of {', '.join(lookup)}",
                )
            row = row * len(lookup) + lookup[state]
        return row

    def _whole(self, statement: re.Match[str]) -> None:
        """`table` or `default`."""
        word = statement["word"]
        if getattr(self, word) is not None:
            self._fail(statement.start("word"), f"{word} of {self.name} stands twice")
        expected = None if word == "table" else self.shape[-1]
        setattr(self, word, self._floats(statement, expected))

    def _floats(self, statement: re.Match[str], expected: int | None) -> list[float]:
        try:
            found = floats(statement["rest"])
        except NotANumber as error:
            self._fail(
                statement.start("rest") + error.offset,
                f"the probabilities of {self.name}: {error}",
            )
        if expected is not None and len(found) != expected:
            self._fail(
                statement.start("rest"),
                f"the probabilities of {self.name}: {len(found)} numbers; expected {expected}",
            )
        return found

    def _add(self, place: Place) -> None:
        add = self.draft.add_table
        if self.table is not None:
            if self.rows or self.default is not None:
                self._fail(self.body, f"the probabilities of {self.name}: both table and rows")
            add(self.name, self.parents, np.array(self.table), place, child_first=True)
            return
        columns = int(np.prod(self.shape[:-1], dtype=np.int64))
        values = np.full((columns, self.shape[-1]), self.default or np.nan)
        if self.rows:
            values[list(self.rows)] = np.reshape(self.numbers, (-1, self.shape[-1]))
        if self.default is None and len(self.rows) < columns:
            self._fail_missing(columns, place)

        def column_place(column: int) -> Place:
            return self.block.place(self.rows[column]) if column in self.rows else place

        add(self.name, self.parents, values.reshape(-1), place, column_place=column_place)

    def _fail_missing(self, columns: int, place: Place) -> NoReturn:
        missing = next(row for row in range(columns) if row not in self.rows)
        index = np.unravel_index(missing, self.shape[:-1]) if self.parents else ()
        states = [list(lookup)[i] for lookup, i in zip(self.lookups, index, strict=True)]
        wanted = f"the row ({', '.join(states)})" if states else "a table"
        self.draft.fail(place, f"the probabilities of {self.name}: {wanted} is missing")

    def _fail(self, offset: int, message: str) -> NoReturn:
        self.draft.fail(self.block.place(offset), message)


def _items(text: str) -> list[str]:
    """Names between commas or a bar; blanks within a name stay."""
    found = ITEM.findall(text)
    return [
        _plain(quoted) if quoted else plain.strip()
        for quoted, plain in found
        if quoted or plain.strip()
    ]


def _plain(word: str) -> str:
    """A word without its quotes."""
    if word.startswith('"'):
        return re.sub(r"\\(.)", r"\1", word[1:-1])
    return word


# -- writing ------------------------------------------------------------------------------------


def _write_table(name: str, table: DraftTable, content: NetworkContent, out: TextIO) -> None:
    if not table.parents:
        numbers = written(table.values.tolist()).replace(" ", ", ")
        out.write(f"probability ( {_quoted(name)} ) {{\n  table {numbers};\n}}\n")
        return
    parents = ", ".join(map(_quoted, table.parents))
    out.write(f"probability ( {_quoted(name)} | {parents} ) {{\n")
    states = _combinations([list(map(_quoted, content.states[p])) for p in table.parents])
    for combination, column in zip(states, rows(table.values), strict=True):
        out.write(f"  ({combination}) {', '.join(map(repr, column))};\n")
    out.write("}\n")


def _combinations(states: Sequence[Sequence[str]]) -> Iterator[str]:
    """All combinations of the parents' states, the last parent's running fastest."""
    return map(", ".join, product(*states))


def _quoted(word: str) -> str:
    if PLAIN.fullmatch(word):
        return word
    return '"' + re.sub(r'(["\\])', r"\\\1", word) + '"'
