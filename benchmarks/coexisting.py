"""Coexisting diseases: 28 diseases linked to every finding, and a network of QMR-DT's size.

Times are medians over patients on one core. pgmpy and pyAgrum get the first network as tables,
with as many of its diseases as they manage before 4 GiB or a minute run out.
"""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable
from statistics import median

import numpy as np
from threadpoolctl import threadpool_limits

import neurogamut
from neurogamut.inference.noisy_or.subset_engine import CoexistingEngine

from .coexisting_tables import PROGRAMS, dense_network, seconds
from .synthetic_qmr import patient, synthetic_qmr

DISEASES, POSITIVE, NEGATIVE = 28, 12, 40
PATIENTS = 5
PRESENT = ("present", "absent")


def ours(engine: CoexistingEngine, cases: list[dict[str, str]]) -> float:
    """Median seconds of a posterior over cases."""
    engine.posterior(cases[0])
    return median(_timed(lambda case=case: engine.posterior(case)) for case in cases)


def dense_seconds(diseases: int, positive: int = POSITIVE) -> float:
    """All marginals of the dense network with so many positive findings."""
    network = dense_network(diseases, positive)
    case = {finding.name: "present" for finding in network.findings}
    return ours(CoexistingEngine(network), [case] * PATIENTS)


def whole_seconds(positive: int) -> float:
    """Posterior, pairs, numbers, sets and conflict of a case with so many findings present."""
    model = neurogamut.load()
    rng = np.random.default_rng(1)
    names = [f.key for f in model.base.findings if f.states == PRESENT and f.group != "context"]
    case = dict.fromkeys(rng.permutation(names)[:positive].tolist(), "present")
    model.posterior(dict(list(case.items())[:2]), "coexisting")
    return _timed(lambda: model.posterior(case, "coexisting"))


def qmr_seconds(engine: CoexistingEngine, positive: int, seed: int = 1) -> float:
    """All 570 marginals, for patients with three diseases and so many positive findings."""
    return ours(engine, _patients(engine, positive, seed))


def qmr_memory(engine: CoexistingEngine, positive: int, seed: int = 1) -> int:
    """Most bytes that one posterior holds."""
    case = _patients(engine, positive, seed)[0]
    tracemalloc.start()
    engine.posterior(case)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak


def most_diseases(program: str, positive: int = POSITIVE) -> tuple[int, float]:
    """The most diseases, in steps of two, that a program takes as tables, and its seconds."""
    done = (0, 0.0)
    for diseases in range(16, DISEASES + 1, 2):
        taken = seconds(program, diseases, positive)
        if taken is None:
            break
        done = diseases, taken
    return done


def _patients(engine: CoexistingEngine, positive: int, seed: int) -> list[dict[str, str]]:
    rng = np.random.default_rng(seed)
    return [patient(engine.network, rng, positive, NEGATIVE) for _ in range(PATIENTS)]


def _timed(run: Callable[[], object]) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


@threadpool_limits.wrap(limits=1)
def run(progress: Callable[[str], object]) -> list[dict[str, object]]:
    """One row per measurement: what, the value and its unit, and the value to stay under."""
    rows = []

    def add(work: str, value: float, unit: str, reach: float | None = None) -> None:
        rows.append({"work": work, "value": value, "unit": unit, "reach": reach})
        progress(work)

    add(f"{DISEASES} diseases, {POSITIVE} positive", dense_seconds(DISEASES) * 1e3, "ms", 20)
    for positive, reach in ((16, 1), (20, 10)):
        work = f"whole answer of our model, {positive} positive"
        add(work, whole_seconds(positive), "s", reach)
    engine = CoexistingEngine(synthetic_qmr(seed=1))
    add("QMR-sized, 12 positive", qmr_seconds(engine, 12), "s", 0.3)
    add("QMR-sized, 16 positive", qmr_seconds(engine, 16), "s", 3)
    add("QMR-sized, 20 positive, memory", qmr_memory(engine, 20) / 2**30, "GiB", 1)
    for program in PROGRAMS:
        diseases, taken = most_diseases(program)
        add(f"{program}, tables of {diseases} diseases at most", taken * 1e3, "ms")
        add(f"the same {diseases} diseases, subset recursion", dense_seconds(diseases) * 1e3, "ms")
    return rows


if __name__ == "__main__":
    for row in run(lambda work: None):
        print(f"{row['work']:50} {row['value']:10.3g} {row['unit']:4} reach {row['reach']}")
