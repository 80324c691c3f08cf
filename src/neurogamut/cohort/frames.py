"""A cohort in memory: a pandas or Arrow table in, a table of the same kind out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from ..cases.case import Case
from ..errors import CaseError, needs
from ..knowledge.age import in_words
from ..knowledge.estimate import AGE
from .columns import bad_rows
from .row_settings import SettingsScorer
from .scorer import Scorer
from .workers import in_order, local

if TYPE_CHECKING:
    import pandas as pd

AnyScorer = Scorer | SettingsScorer

#: Rows that one worker takes at a time.
BLOCK_ROWS = 2**14


def posteriors(
    scorer_for: Callable[[Iterable[str]], AnyScorer],
    table: pd.DataFrame | pa.Table | Sequence[Case],
    jobs: int,
) -> pd.DataFrame | pa.Table:
    """The answers to a table or a list of cases, row by row. Raises CaseError naming the rows that
    have none, and for what is no table."""
    if isinstance(table, pa.Table):
        return _posteriors(scorer_for(table.column_names), table, jobs)
    table = _frame(table)
    arrow = to_arrow(table)
    answers = _posteriors(scorer_for(arrow.column_names), arrow, jobs).to_pandas()
    return answers.set_index(table.index)


def _posteriors(scorer: AnyScorer, table: pa.Table, jobs: int) -> pa.Table:
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


def _frame(cases: pd.DataFrame | Sequence[Case]) -> pd.DataFrame:
    """A table of cases that are listed; a likelihood becomes a column for each state."""
    if not isinstance(cases, (list, tuple)) or not all(isinstance(c, Mapping) for c in cases):
        return cases
    with needs("cohort"):
        import pandas as pd

    return pd.DataFrame([dict(_cells(case)) for case in cases])


def _cells(case: Case) -> Iterator[tuple[str, object]]:
    for key, said in case.items():
        if isinstance(said, Mapping):
            yield from ((f"{key}:{state}", share) for state, share in said.items())
        elif key == AGE and isinstance(said, str):
            yield key, in_words(said)
        else:
            yield key, said


def to_arrow(frame: pd.DataFrame | pa.Table) -> pa.Table:
    """A table as Arrow has it. Raises CaseError for what is no table."""
    if isinstance(frame, pa.Table):
        return frame
    with needs("cohort"):
        import pandas as pd

    if not isinstance(frame, pd.DataFrame):
        got = type(frame).__name__
        raise CaseError(f"cases are a pandas or an Arrow table, one row a case; got {got}")
    try:
        return pa.Table.from_pandas(frame, preserve_index=False)
    except (ValueError, pa.ArrowTypeError) as error:
        raise CaseError(f"the table cannot be read: {error}") from None
