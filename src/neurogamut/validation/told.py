"""Patients of whom a person tells some findings: drawn from the reporting model.

A set of n findings is told in proportion to how readily each is (conditional Bernoulli sampling:
Chen, Dempster and Liu, Biometrika 1994;81:457), and a patient of whom more could be told enters
more often: drawn patients carry that as a weight, whose mean is 1 in every disease.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ..diagnosis.pertinent import PertinentDisease, told_rows
from ..inference.query import MISSING, EvidenceBatch
from ..knowledge.build import DIAGNOSIS
from ..knowledge.reporting import said

#: Patients drawn at a time: the ways to tell of them stay within memory.
CHUNK = 2_000


@dataclass(frozen=True, eq=False)
class Posed:
    """What is known of patients, as `evidence` for the engine, with the true diagnosis and the
    weight of each, both (patients,)."""

    evidence: EvidenceBatch
    truth: np.ndarray
    weight: np.ndarray


def tell(
    view: PertinentDisease,
    patients: Mapping[str, np.ndarray],
    always: tuple[str, ...],
    number: int,
    rng: np.random.Generator,
) -> Posed:
    """Tell `number` findings of each of the patients drawn from the network, beside those that are
    always known."""
    truth, cause = patients[DIAGNOSIS], patients[view.cause]
    findings = list(view.telling.said)
    tables = np.stack([view.network.cpts[said(f)].table for f in findings], axis=1)
    states = np.stack([patients[f] for f in findings], axis=1)
    spoken = np.empty(states.shape, dtype=np.int8)
    weight = np.empty(len(truth))
    for start in range(0, len(truth), CHUNK):
        rows = slice(start, start + CHUNK)
        chances = tables[cause[rows, None], np.arange(len(findings)), states[rows]][..., :2]
        told, ways = _some_of(chances.sum(axis=-1), number, rng)
        share = chances[..., 0] / chances.sum(axis=-1)
        as_present = rng.random(share.shape) < share
        spoken[rows] = np.where(told, np.where(as_present, 0, 1), MISSING)
        weight[rows] = ways / view.telling.ways[cause[rows], number]
    known = {name: patients[name] for name in always}
    known |= {finding: spoken[:, i] for i, finding in enumerate(findings)}
    return Posed(told_rows(EvidenceBatch(known), view.telling.said), truth, weight)


def _some_of(
    chances: np.ndarray, number: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Sets of `number` columns drawn in proportion to the product of their `chances` (rows,
    columns), as a mask, and the sum of these products over all sets (rows,)."""
    rows, columns = chances.shape
    # sums[i]: over all sets of columns from i on, by their number.
    sums = np.zeros((columns + 1, rows, number + 1))
    sums[-1, :, 0] = 1
    for i in reversed(range(columns)):
        sums[i] = sums[i + 1]
        sums[i, :, 1:] += chances[:, i, None] * sums[i + 1, :, :-1]
    left, every = np.full(rows, number), np.arange(rows)
    told = np.zeros(chances.shape, dtype=bool)
    for i in range(columns):
        fewer = np.where(left > 0, sums[i + 1, every, left - 1], 0.0)
        told[:, i] = rng.random(rows) * sums[i, every, left] < chances[:, i] * fewer
        left -= told[:, i]
    return told, sums[0, :, number]
