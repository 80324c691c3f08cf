"""Many cases, or many draws of the parameters, through one plan in chunks of flat memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from .contraction import LINEAR, LOGARITHMIC, Semiring
from .plan import BYTES, Plan
from .query import QueryBatch
from .scale import SMALLEST_LINEAR, normalised_logarithms

#: What a joint table of one chunk takes: about what stays in a core's cache.
CHUNK_BYTES = 2**20

#: Runs some of the rows and gives P(targets, evidence) of shape (*states, rows).
Run = Callable[["slice | np.ndarray", Semiring], np.ndarray]


def run_batch(plan: Plan, rows: int, run: Run) -> QueryBatch:
    """Posterior and ln P(evidence) of every row, worked out chunk by chunk."""
    targets = plan.pattern.targets
    table = np.empty((rows, *(plan.sizes[name] for name in targets)))
    log_evidence = np.empty(rows)
    for chunk in _chunks(rows, plan):
        table[chunk], log_evidence[chunk] = _run_rows(chunk, run)
        underflown = chunk.start + np.flatnonzero(np.isneginf(log_evidence[chunk]))
        if underflown.size:
            again, totals = normalised_logarithms(run(underflown, LOGARITHMIC))
            table[underflown] = np.moveaxis(again, -1, 0)
            log_evidence[underflown] = totals
    return QueryBatch(targets, table, log_evidence)


def _run_rows(rows: slice, run: Run) -> tuple[np.ndarray, np.ndarray]:
    """In plain probabilities; where P(evidence) is too small for them its ln is -inf."""
    joint = run(rows, LINEAR)
    total = joint.reshape(-1, joint.shape[-1]).sum(axis=0)
    enough = total > SMALLEST_LINEAR
    total = np.where(enough, total, 1)
    return np.moveaxis(joint / total, -1, 0), np.where(enough, np.log(total), -np.inf)


def _chunks(rows: int, plan: Plan) -> Iterator[slice]:
    size = max(1, CHUNK_BYTES // (BYTES * plan.size(plan.largest.scope)))
    for start in range(0, rows, size):
        yield slice(start, min(start + size, rows))
