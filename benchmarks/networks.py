"""Networks of others beside pyAgrum, in one run: reading, a first query with its planning, the same
pattern again, over the networks of the bnlearn repository that pgmpy ships."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import numpy as np
import pyagrum
from tests.support.enumeration import to_agrum
from threadpoolctl import threadpool_limits

import neurogamut
from neurogamut import Engine, Network
from neurogamut.exchange.examples import example_names, example_path

from .rivals import cases
from .timing import seconds

#: Cases of a network, and rounds of each; the quickest round counts, as others use the machine.
CASES, ROUNDS = 5, 7
OBSERVED = 0.2
#: pyAgrum takes no `/` in the state of a BIF file.
UNREADABLE = ("child",)

Progress = Callable[[str], object]
Row = dict[str, object]


@threadpool_limits.wrap(limits=1)
def run(progress: Progress) -> list[Row]:
    """Every row, on one core."""
    pyagrum.setNumberOfThreads(1)
    rows: list[Row] = []

    def add(work: str, value: float, unit: str, reach: float | None = None) -> None:
        rows.append({"work": work, "value": value, "unit": unit, "reach": reach})
        progress(work)

    names = example_names()
    reading = {name: _reading(name) for name in names if name not in UNREADABLE}
    slowest = min(reading, key=reading.__getitem__)
    add("reading BIF v. pyAgrum, median", median(reading.values()), "×", 1 / 8)
    add(f"reading BIF v. pyAgrum, slowest ({slowest})", reading[slowest], "×", 1 / 8)
    first, with_evidence, again = zip(*(_queries(name) for name in names), strict=True)
    for name, ratio in zip(names, first, strict=True):
        add(f"first query, {name}, v. pyAgrum", ratio, "×")
    add("first query, median of all, v. pyAgrum", median(first), "×", 1)
    work = "the same, pyAgrum asked for P(evidence) too, which a query gives"
    add(work, median(with_evidence), "×", 1)
    worst = int(np.argmin(again))
    add(f"repeated query, worst of all ({names[worst]}), v. pyAgrum", again[worst], "×", 1)
    add("export of our model as BIF", _export(), "s", 1)
    return rows


def _reading(name: str) -> float:
    """How much slower pyAgrum reads the same file."""
    with TemporaryDirectory() as folder:
        path = Path(folder, f"{name}.bif")
        path.write_bytes(gzip.decompress(example_path(name).read_bytes()))
        ours = _quickest(partial(Network.read, path))
        return _quickest(partial(pyagrum.loadBN, str(path))) / ours


def _queries(name: str) -> tuple[float, float, float]:
    """How much slower pyAgrum answers first, all planning included; first, with P(evidence); and
    again."""
    network = Network.example(name)
    other = to_agrum(network)
    target = str(np.random.default_rng(1).choice(list(network.variables)))
    first, with_evidence, again = [], [], []
    for case in cases(network, CASES, max(1, round(OBSERVED * len(network.variables))), (target,)):

        def ask_new(case=case) -> np.ndarray:
            return Engine(network).query(target, case).table

        def ask_other(case=case, both: bool = False) -> np.ndarray:
            engine = pyagrum.LazyPropagation(other)
            engine.addTarget(target)
            engine.setEvidence(case)
            found = engine.posterior(target).toarray()
            if both:
                engine.evidenceProbability()
            return found

        np.testing.assert_allclose(ask_new(), ask_other(), atol=1e-9)
        ours = _quickest(ask_new)
        first.append(_quickest(ask_other) / ours)
        with_evidence.append(_quickest(partial(ask_other, both=True)) / ours)
        again.append(_again(network, other, target, case))
    return median(first), median(with_evidence), median(again)


def _again(network: Network, other: pyagrum.BayesNet, target: str, case: dict[str, str]) -> float:
    engine, rival = Engine(network), pyagrum.LazyPropagation(other)
    rival.addTarget(target)

    def ask_other() -> None:
        rival.setEvidence(case)
        rival.posterior(target).toarray()

    ask = partial(engine.query, target, case)
    ask()
    ask_other()
    return _quickest(ask_other) / _quickest(ask)


def _export() -> float:
    model = neurogamut.load()
    with TemporaryDirectory() as folder:
        return _quickest(lambda: model.export(Path(folder, "model.bif")))


def _quickest(work: Callable[[], object]) -> float:
    return min(seconds(work) for _ in range(ROUNDS))
