"""What changed between two knowledge bases, row by row and in words."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from .base import TABLES, KnowledgeBase, file_of, split_owner
from .records import Record, Statement
from .tables import GAMUT

#: By what a row of each table is told from the others.
KEYS = {
    "diseases": ("key",),
    "disease_names": ("name",),
    "disease_cards": ("disease",),
    "forms": ("disease", "form"),
    "findings": ("key",),
    "definitions": ("finding",),
    "dependencies": ("child",),
    "tests": ("test",),
    "accuracies": ("test", "finding"),
    "utilities": ("action", "disease"),
    "parameters": ("parameter",),
    "verbal_scale": ("term",),
    "age_words": ("word",),
    "sources": ("key",),
}
#: What says a row in short where it is added or removed, the first that it has: words, else a
#: figure.
TELLING = ("label", "citation", "name", "definition", "about")
FIGURES = ("weight", "utility", "value", "parent", "a", "low", "sensitivity")

Change = Literal["added", "removed", "changed"]
Cells = Mapping[str, str]


@dataclass(frozen=True)
class Edit:
    """A row of a file, or all rows of a disease on a finding: whether they were added, removed or
    changed, and `words` for what they say or said."""

    file: str
    key: str
    change: Change
    words: str


def edits(before: KnowledgeBase, after: KnowledgeBase) -> tuple[Edit, ...]:
    """Everything that changed, tables in the order of KEYS, then settings and statements."""
    found: list[Edit] = []
    for table, columns in KEYS.items():
        sides = (_by_key(getattr(base, table), columns) for base in (before, after))
        found += _rows(TABLES[table][0], *sides)
    for name in dict.fromkeys((*before.settings, *after.settings)):
        sides = (_by_key(base.settings.get(name, ()), ("disease",)) for base in (before, after))
        found += _rows(f"priors/settings/{name}.csv", *sides)
    found += _said_of_itself(before, after)
    return (*found, *_statements(before, after))


def _by_key(records: Iterable[Record], columns: tuple[str, ...]) -> dict[str, Cells]:
    return {
        " ".join(record.row.cells[column] for column in columns): record.row.cells
        for record in records
    }


def _rows(file: str, before: Mapping[str, Cells], after: Mapping[str, Cells]) -> Iterator[Edit]:
    for key in dict.fromkeys((*before, *after)):
        old, new = before.get(key), after.get(key)
        if old is None or new is None:
            said = new or old or {}
            words = next((f"{c} {said[c]}" for c in (*TELLING, *FIGURES) if said.get(c)), "")
            yield Edit(file, key, "added" if old is None else "removed", words)
        elif differing := [c for c in new if old.get(c, "") != new[c]]:
            words = "; ".join(f"{c} {old.get(c) or '-'} -> {new[c] or '-'}" for c in differing)
            yield Edit(file, key, "changed", words)


def _said_of_itself(before: KnowledgeBase, after: KnowledgeBase) -> Iterator[Edit]:
    old, new = before.gamut.model_dump(), after.gamut.model_dump()
    for entry in new:
        if old[entry] != new[entry]:
            yield Edit(GAMUT, entry, "changed", f"{old[entry] or '-'} -> {new[entry] or '-'}")


# -- statements ---------------------------------------------------------------------------------


def _statements(before: KnowledgeBase, after: KnowledgeBase) -> Iterator[Edit]:
    """Of a disease that only one has, one line; else one line for each finding."""
    old, new = _by_cell(before), _by_cell(after)
    common = {d.key for d in before.diseases} & {d.key for d in after.diseases}
    whole: Counter[tuple[str, Change]] = Counter()
    for owner, finding in dict.fromkeys((*old, *new)):
        gone = old[owner, finding] - new[owner, finding]
        fresh = new[owner, finding] - old[owner, finding]
        if split_owner(owner)[0] not in common:
            change: Change = "removed" if gone else "added"
            whole[owner, change] += gone.total() + fresh.total()
        elif gone or fresh:
            change = "changed" if gone and fresh else "removed" if gone else "added"
            words = " -> ".join(filter(None, (", ".join(gone), ", ".join(fresh))))
            yield Edit(file_of(owner), finding, change, words)
    for (owner, change), count in whole.items():
        yield Edit(file_of(owner), "all", change, f"{count} rows")


def _by_cell(base: KnowledgeBase) -> defaultdict[tuple[str, str], Counter[str]]:
    found: defaultdict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for statement in base.statements:
        found[statement.owner, statement.finding][_stated(statement)] += 1
    return found


def _stated(statement: Statement) -> str:
    """What a row states, where, and on what basis."""
    cells = statement.row.cells
    count = f"{cells['k'] or '?'}/{cells['n']}" if cells["n"] else ""
    figure = (count, f"{cells['percent']} %" if cells["percent"] else "", statement.term)
    said = (cells["state"], cells["given"], *figure, f"({statement.basis}, {statement.source})")
    return " ".join(filter(None, said))
