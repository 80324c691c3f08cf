"""Rows and sources of the knowledge base as people see them: flat, with the place they stand at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from ..errors import needs
from .base import KnowledgeBase
from .estimate import Cell
from .records import Record, Statement

if TYPE_CHECKING:
    import pandas as pd


def row(statement: Statement, *, used: bool) -> dict[str, Any]:
    """A statement as a flat mapping, as in its file, with the place where it stands."""
    place = {"file": statement.row.file, "line": statement.row.line, "used": used}
    return {"disease": statement.disease, **statement.row.cells, **place}


def sources(base: KnowledgeBase, rows: Iterable[Mapping[str, Any]]) -> tuple[dict[str, str], ...]:
    """The bibliography entries that rows name, each once."""
    named = dict.fromkeys(row["source"] for row in rows)
    entries = {source.key: source.row.cells for source in base.sources}
    fields = ("key", "citation", "doi", "pmid")
    return tuple({field: entries[key][field] for field in fields} for key in named)


def lines(cells: Iterable[Cell]) -> Iterator[str]:
    """A line for every row that a cell rests on: what it says, the distribution, the place."""
    for cell in cells:
        a, b = cell.alpha[0], cell.alpha[1:].sum()
        condition = f", {cell.condition}" if cell.condition else ""
        for statement in cell.used:
            count = "{}/{}".format(*statement.count) if statement.count else ""
            figure = count or statement.row.cells["percent"] or statement.term
            yield (
                f"P({cell.finding} | {cell.disease}{condition}): {statement.state} {figure} -> "
                f"Beta({a:g}, {b:g}); {statement.source}; {statement.locator}"
            )


def frame(records: Iterable[Record], index: str) -> pd.DataFrame:
    """Records as a table, one row each."""
    with needs("tables"):
        import pandas as pd

    rows = [record.model_dump(exclude={"row"}) for record in records]
    return pd.DataFrame(rows).set_index(index)


def statements(base: KnowledgeBase, cells: Iterable[Cell]) -> pd.DataFrame:
    """All of cpts/ as a table, and what of it the cells use."""
    with needs("tables"):
        import pandas as pd

    used = {id(statement) for cell in cells for statement in cell.used}
    return pd.DataFrame([row(s, used=id(s) in used) for s in base.statements])
