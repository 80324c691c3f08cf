"""Where a number comes from: cells, rows and sources of the knowledge base as people see them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from .knowledge.base import KnowledgeBase
from .knowledge.estimate import Cell, states_of
from .knowledge.records import Record, Statement
from .results import CellView, ModelInfo

if TYPE_CHECKING:
    import pandas as pd


def cell_view(base: KnowledgeBase, cell: Cell, info: ModelInfo) -> CellView:
    """A cell with its distribution, every row behind it and their sources."""
    finding, disease = base.finding(cell.finding), base.disease(cell.disease)
    used = tuple(row(statement, used=True) for statement in cell.used)
    outranked = tuple(row(statement, used=False) for statement in cell.outranked)
    return CellView(
        cell.disease,
        cell.finding,
        cell.condition,
        cell.basis,
        {state: _beta(cell.alpha, i) for i, state in enumerate(states_of(finding))},
        cell.moved_to,
        used,
        outranked,
        sources(base, (*used, *outranked)),
        {disease.key: disease.label, finding.key: finding.label},
        info,
    )


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


def frame(records: Iterable[Record]) -> pd.DataFrame:
    """Records as a table, one row each."""
    import pandas as pd

    return pd.DataFrame([record.model_dump(exclude={"row"}) for record in records])


def _beta(alpha: np.ndarray, state: int) -> dict[str, float]:
    """The Beta distribution of one state's probability: parameters, mean and 95 % interval."""
    from scipy.stats import beta

    a, b = float(alpha[state]), float(alpha.sum() - alpha[state])
    low, high = beta.ppf((0.025, 0.975), a, b)
    return {"a": a, "b": b, "mean": a / (a + b), "lower": float(low), "upper": float(high)}
