"""Many cases, or many draws of the parameters, through one plan in blocks of flat memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from ..query import EvidenceBatch, QueryBatch
from .block import BlockPlan
from .contraction import LINEAR, LOGARITHMIC, Semiring
from .ordering import BYTES
from .plan import EliminationPlan
from .prepared import prepare_rows, scaled
from .scale import SMALLEST_LINEAR, normalised_logarithms
from .sweep import Draws, Sweep

#: Rows of evidence in a block: the more, the more of them agree in some findings.
BLOCK_ROWS = 2**14
#: What the largest joint table of one chunk takes.
CHUNK_BYTES = 2**21

#: Runs some rows of a block: P(targets, evidence) of shape (*states, rows).
Run = Callable[[slice], np.ndarray]
#: Makes a block of some rows, and gives the ln of the scale that was divided out (rows,).
MakeBlock = Callable[[slice | np.ndarray, Semiring], tuple[Run, np.ndarray]]


def run_cases(plan: BlockPlan, evidence: EvidenceBatch) -> QueryBatch:
    """Posterior and ln P(evidence) of every row of evidence."""

    def make_block(rows: slice | np.ndarray, semiring: Semiring) -> tuple[Run, np.ndarray]:
        some = evidence.some(rows)
        likelihoods, log_scale = scaled(some.likelihoods)
        chosen = plan.for_logarithms if semiring.logarithmic else plan
        return chosen.block(some.states, likelihoods, semiring).run, log_scale

    def chunk_rows(semiring: Semiring) -> int:
        return _chunk_rows((plan.for_logarithms if semiring.logarithmic else plan).largest)

    return _run_blocks(plan.plan, len(evidence), BLOCK_ROWS, chunk_rows, make_block)


def run_draws(sweep: Sweep, evidence: EvidenceBatch, cpts: Draws, rows: int) -> QueryBatch:
    """Posterior and ln P(evidence) of every row of evidence and of tables (rows, *table.shape)."""

    def make_block(rows: slice | np.ndarray, semiring: Semiring) -> tuple[Run, np.ndarray]:
        case = prepare_rows(sweep.plan.pattern, evidence.some(rows))
        drawn = {name: draws if len(draws) == 1 else draws[rows] for name, draws in cpts.items()}
        leaves = sweep.leaves(case.chosen, case.likelihoods, drawn)
        joint = sweep.forward(leaves, semiring)[sweep.root]
        return lambda chunk: joint[..., chunk], case.log_scale

    chunk_rows = _chunk_rows(sweep.largest)
    return _run_blocks(sweep.plan, rows, chunk_rows, lambda _: chunk_rows, make_block)


def _run_blocks(
    plan: EliminationPlan,
    rows: int,
    block_rows: int,
    chunk_rows: Callable[[Semiring], int],
    make_block: MakeBlock,
) -> QueryBatch:
    """All rows block by block, and a block chunk by chunk, so that a chunk stays in the cache."""
    targets = plan.pattern.targets
    # In memory the rows run fastest, as in the plan.
    table = np.empty((*(plan.sizes[name] for name in targets), rows))
    log_evidence = np.empty(rows)
    for block in _slices(rows, block_rows):
        posterior, log_total = table[..., block], log_evidence[block]
        run, log_scale = make_block(block, LINEAR)
        for chunk in _slices(len(log_total), chunk_rows(LINEAR)):
            log_total[chunk] = _normalise(run(chunk), posterior[..., chunk])
        log_total += log_scale
        tiny = np.flatnonzero(np.isneginf(log_total))
        step = chunk_rows(LOGARITHMIC) if len(tiny) else 1
        for some in (tiny[chunk] for chunk in _slices(len(tiny), step)):
            run, log_scale = make_block(block.start + some, LOGARITHMIC)
            posterior[..., some], total = normalised_logarithms(run(slice(None)))
            log_total[some] = total + log_scale
    return QueryBatch(targets, np.moveaxis(table, -1, 0), log_evidence)


def _normalise(joint: np.ndarray, table: np.ndarray) -> np.ndarray:
    """Write P(targets | evidence) to `table`. Gives ln P(evidence) (rows,), which is -inf where
    P(evidence) is too small for plain probabilities."""
    total = joint.reshape(-1, joint.shape[-1]).sum(axis=0)
    enough = total > SMALLEST_LINEAR
    total = np.where(enough, total, 1)
    np.divide(joint, total, out=table)
    return np.where(enough, np.log(total), -np.inf)


def _slices(rows: int, size: int) -> Iterator[slice]:
    return (slice(start, min(start + size, rows)) for start in range(0, rows, size))


def _chunk_rows(largest: int) -> int:
    """Rows of a chunk, where a row needs tables of up to `largest` entries."""
    return max(1, CHUNK_BYTES // (BYTES * largest))
