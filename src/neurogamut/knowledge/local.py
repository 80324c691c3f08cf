"""What patients of one's own add to the cells (`neurogamut learn` writes their rows).

They are the very patients meant, where the literature is of others: their counts come on top of
whatever the literature says, are not capped, and weigh `local_weight` each, a constant that was
estimated from how well they foretell each other. Parts and wholes are coherent before that.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from .coherence import Cells
from .estimate import Estimator, states_of
from .records import LOCAL, FindingRecord, Statement

#: How many patients of the tables one of these weighs as, in priors/estimation.csv.
WEIGHT = "local_weight"


def with_local(cells: Cells, estimator: Estimator) -> Cells:
    """The cells, with the counts of their local rows."""
    rows: dict[tuple[str, str, str], list[Statement]] = defaultdict(list)
    for statement in estimator.local():
        rows[statement.disease, statement.finding, statement.condition].append(statement)
    cells = dict(cells)
    for key in rows.keys() & cells.keys():
        cell, finding = cells[key], estimator.base.finding(key[1])
        added = estimator.base.constant(WEIGHT) * counted(finding, rows[key])
        used = (*cell.used, *rows[key])
        cells[key] = replace(cell, alpha=cell.alpha + added, rank=LOCAL, used=used)
    return cells


def counted(finding: FindingRecord, rows: Sequence[Statement]) -> np.ndarray:
    """How many patients had each state (states,): of two states the other one too."""
    states = states_of(finding)
    total = np.zeros(len(states))
    for row in rows:
        k, n = row.count or (0, 0)
        position = states.index(row.state)
        total[position] += k
        if len(states) == 2:
            total[1 - position] += n - k
    return total
