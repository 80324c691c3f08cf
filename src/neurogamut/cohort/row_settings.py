"""A setting per row: each row is answered with the priors of the population that it is of."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from ..errors import nearest
from .columns import ID, BadRow, ColumnReader
from .scorer import Scored, Scorer

#: The column that names the setting.
SETTING = "setting"


class SettingsScorer:
    """Answers tables whose column `setting` names one of the `scorers`; an empty one is `usual`."""

    def __init__(self, scorers: Mapping[str, Scorer], usual: str):
        self.scorers, self.usual = scorers, usual

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the answers."""
        return self.scorers[self.usual].columns

    @property
    def reader(self) -> ColumnReader:
        """What reads the columns."""
        return self.scorers[self.usual].reader

    def score(self, table: pa.Table, numbers: np.ndarray) -> Scored:
        """The answers to a table whose rows have these numbers (rows,), in order."""
        said = [name or self.usual for name in table.column(SETTING).to_pylist()]
        named = np.array(said, dtype=object)
        answers, places, bad = [], [], []
        for name in sorted(set(said)):
            rows = np.flatnonzero(named == name)
            if name not in self.scorers:
                bad += [self._unknown(table, int(row), int(numbers[row]), name) for row in rows]
                continue
            found = self.scorers[name].score(table.take(rows), numbers[rows])
            gone = {row.number for row in found.bad}
            answers.append(found.answers)
            places += [number for number in numbers[rows].tolist() if number not in gone]
            bad += found.bad
        joined = pa.concat_tables(answers) if answers else self._none(table)
        order = np.argsort(places)
        return Scored(joined.take(order), tuple(sorted(bad, key=lambda row: row.number)))

    def _none(self, table: pa.Table) -> pa.Table:
        return self.scorers[self.usual].score(table.slice(0, 0), np.arange(0)).answers

    def _unknown(self, table: pa.Table, row: int, number: int, name: str) -> BadRow:
        known = ", ".join(self.scorers)
        message = f"setting={name!r}: expected one of {known}{nearest(name, self.scorers)}"
        whose = str(table.column(ID)[row].as_py()) if ID in table.column_names else ""
        return BadRow(number, whose, (message,))
