"""Seconds of a piece of work, so that programs can be compared in one run."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from statistics import median
from typing import TypeVar

Case = TypeVar("Case")


def median_seconds(work: Callable[[Case], object], cases: Sequence[Case], rounds: int = 3) -> float:
    """Median over cases and rounds, after one round that is not counted (plans, caches).

    Cases alternate, so that no program is asked the same thing twice in a row."""
    taken = [seconds(lambda case=case: work(case)) for _ in range(rounds + 1) for case in cases]
    return median(taken[len(cases) :])


def seconds(work: Callable[[], object]) -> float:
    """Wall-clock seconds of one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
