"""Many cases, or many draws of the parameters, through one plan in chunks of flat memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from .contraction import LINEAR, LOGARITHMIC, Semiring
from .lookup import LookupPlan
from .plan import BYTES, Plan
from .prepared import prepare_rows
from .query import EvidenceBatch, QueryBatch
from .scale import SMALLEST_LINEAR, normalised_logarithms
from .sweep import Draws, Sweep

#: What the largest joint table of one chunk takes.
CHUNK_BYTES = 2**21

#: Runs some of the rows: P(targets, evidence) of shape (*states, rows), and the ln of the scale
#: that was divided out.
Run = Callable[["slice | np.ndarray", Semiring], "tuple[np.ndarray, np.ndarray]"]


def run_cases(
    plan: LookupPlan, evidence: EvidenceBatch, rows: slice | np.ndarray, semiring: Semiring
) -> tuple[np.ndarray, np.ndarray]:
    """Rows of evidence, their tables looked up."""
    case = prepare_rows(plan.plan.pattern, evidence, rows)
    return plan.run(case.chosen, case.likelihoods, semiring), case.log_scale


def run_draws(
    sweep: Sweep,
    evidence: EvidenceBatch,
    cpts: Draws,
    rows: slice | np.ndarray,
    semiring: Semiring,
) -> tuple[np.ndarray, np.ndarray]:
    """Rows of evidence and of tables (rows, *table.shape)."""
    case = prepare_rows(sweep.plan.pattern, evidence, rows)
    drawn = {name: draws if len(draws) == 1 else draws[rows] for name, draws in cpts.items()}
    leaves = sweep.leaves(case.chosen, case.likelihoods, drawn)
    return sweep.forward(leaves, semiring)[sweep.root], case.log_scale


def run_batch(plan: Plan, largest: int, rows: int, run: Run) -> QueryBatch:
    """Posterior and ln P(evidence) of every row, chunk by chunk; a row needs tables of up to
    `largest` entries."""
    targets = plan.pattern.targets
    # In memory the rows run fastest, as in the plan.
    table = np.moveaxis(np.empty((*(plan.sizes[name] for name in targets), rows)), -1, 0)
    log_evidence = np.empty(rows)
    for chunk in _chunks(rows, largest):
        table[chunk], log_evidence[chunk] = _normalised(*run(chunk, LINEAR))
        again = chunk.start + np.flatnonzero(np.isneginf(log_evidence[chunk]))
        if again.size:
            joint, log_scale = run(again, LOGARITHMIC)
            probabilities, log_total = normalised_logarithms(joint)
            table[again] = np.moveaxis(probabilities, -1, 0)
            log_evidence[again] = log_total + log_scale
    return QueryBatch(targets, table, log_evidence)


def _normalised(joint: np.ndarray, log_scale: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """P(targets | evidence) (rows, *states) and ln P(evidence), which is -inf where P(evidence)
    is too small for plain probabilities."""
    total = joint.reshape(-1, joint.shape[-1]).sum(axis=0)
    enough = total > SMALLEST_LINEAR
    total = np.where(enough, total, 1)
    log_evidence = np.where(enough, np.log(total) + log_scale, -np.inf)
    return np.moveaxis(joint / total, -1, 0), log_evidence


def _chunks(rows: int, largest: int) -> Iterator[slice]:
    size = max(1, CHUNK_BYTES // (BYTES * largest))
    for start in range(0, rows, size):
        yield slice(start, min(start + size, rows))
