"""A cohort in memory: a pandas or Arrow table in, a table of the same kind out."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from ..errors import CaseError
from .columns import bad_rows
from .scorer import Scorer
from .workers import in_order, local

if TYPE_CHECKING:
    import pandas as pd

#: Rows that one worker takes at a time.
BLOCK_ROWS = 2**14


def posteriors(
    scorer_for: Callable[[Iterable[str]], Scorer], table: pd.DataFrame | pa.Table, jobs: int
) -> pd.DataFrame | pa.Table:
    """The answers to a table, row by row. Raises CaseError naming the rows that have none, and for
    what is no table."""
    if isinstance(table, pa.Table):
        return _posteriors(scorer_for(table.column_names), table, jobs)
    arrow = _to_arrow(table)
    answers = _posteriors(scorer_for(arrow.column_names), arrow, jobs).to_pandas()
    return answers.set_index(table.index)


def _posteriors(scorer: Scorer, table: pa.Table, jobs: int) -> pa.Table:
    starts = range(0, max(len(table), 1), BLOCK_ROWS)
    numbers = np.arange(1, len(table) + 1)
    blocks = (
        (table.slice(start, BLOCK_ROWS), numbers[start : start + BLOCK_ROWS]) for start in starts
    )
    with local(jobs) as workers:
        found = list(in_order(workers, len(starts), scorer.score, blocks))
    if bad := [row for scored in found for row in scored.bad]:
        raise bad_rows(bad)
    return pa.concat_tables([scored.answers for scored in found])


def _to_arrow(frame: pd.DataFrame) -> pa.Table:
    import pandas as pd

    if not isinstance(frame, pd.DataFrame):
        got = type(frame).__name__
        raise CaseError(f"cases are a pandas or an Arrow table, one row a case; got {got}")
    try:
        return pa.Table.from_pandas(frame, preserve_index=False)
    except (ValueError, pa.ArrowTypeError) as error:
        raise CaseError(f"the table cannot be read: {error}") from None
