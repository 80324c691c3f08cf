"""The engine beside pgmpy and pyAgrum: ratios of medians over the same cases, plans warm."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import numpy as np
import pyagrum
from tests.support.enumeration import published, to_agrum
from threadpoolctl import threadpool_limits

import neurogamut
from neurogamut.inference.elimination.batch import BLOCK_ROWS
from neurogamut.inference.elimination.block import BlockPlan
from neurogamut.inference.elimination.contraction import LINEAR
from neurogamut.inference.elimination.engine import Engine
from neurogamut.inference.elimination.plan import make_plan
from neurogamut.inference.elimination.prepared import batch_pattern
from neurogamut.inference.query import EvidenceBatch
from neurogamut.knowledge.reporting import REPORTINGS
from neurogamut.network import Cpt, Network

from .rivals import UNSEEN, agrum_marginals, agrum_posterior, cases, pgmpy_posterior
from .timing import median_seconds

DIAGNOSIS = "diagnosis"
FINDINGS, OBSERVED = 12, 0.2
CASES, ROWS, DRAWS, REBUILDS = 30, 100_000, 10_000, 5

Progress = Callable[[str], object]
Add = Callable[..., None]


@threadpool_limits.wrap(limits=1)
def run(progress: Progress) -> list[dict[str, object]]:
    """Every row of the engine, on one core."""
    model = neurogamut.load()
    ours = model.network
    rows: list[dict[str, object]] = []

    def add(work: str, value: float, unit: str, reach: float | None = None) -> None:
        rows.append({"work": work, "value": value, "unit": unit, "reach": reach})
        progress(work)

    _one_target(add, "our model, 12 findings", ours, DIAGNOSIS, FINDINGS, (40, 20))
    _whole_answer(add, model)
    for name, target in (("hepar2", "Cirrhosis"), ("pathfinder", "Fault")):
        network = published(name)
        observed = round(OBSERVED * len(network.variables))
        _one_target(add, f"{name}, 20 % observed", network, target, observed, (20, 8))
    for name in ("hepar2", "pathfinder", "munin1"):
        _all_marginals(add, name)
    _draws(add, ours)
    _batch(add, ours)
    cold, numpy_alone = _from_cold(ours), _processor([sys.executable, "-c", "import numpy"])
    add("neurogamut posterior CASE --json, from cold", cold, "s", 0.6)
    add("the same v. importing numpy, processor time", cold / numpy_alone, "× numpy", 4.5)
    return rows


def _one_target(
    add: Add, work: str, network: Network, target: str, observed: int, reach: tuple[int, int]
) -> None:
    """One posterior: ours in microseconds, and how much slower the others are."""
    asked = cases(network, CASES, observed, never=(target, *UNSEEN))
    engine = Engine(network)
    own = median_seconds(lambda case: engine.query(target, case), asked, rounds=20)
    add(f"posterior, {work}", own * 1e6, "µs")
    rivals = {"pgmpy": pgmpy_posterior, "pyAgrum": agrum_posterior}
    for (name, rival), least in zip(rivals.items(), reach, strict=True):
        ask = rival(network, target)
        _same(engine.query(target, asked[0]).table, ask(asked[0]))
        add(f"posterior, {work}, v. {name}", median_seconds(ask, asked) / own, "×", least)


def _all_marginals(add: Add, name: str) -> None:
    """All marginals with 20 % observed: ours, and the best of pyAgrum's engines."""
    network = published(name)
    some = next(iter(network.variables))
    asked = cases(network, 8, round(OBSERVED * len(network.variables)), never=(some,))
    engine = Engine(network)
    own = median_seconds(engine.marginals, asked)
    _same(engine.marginals(asked[0])[some], next(agrum_marginals(network))(asked[0])[some])
    best = min(median_seconds(ask, asked, rounds=1) for ask in agrum_marginals(network))
    add(f"all marginals, {name}", own * 1e3, "ms")
    add(f"all marginals, {name}, v. pyAgrum's best", best / own, "×", 1)


def _draws(add: Add, network: Network) -> None:
    """Posteriors of one case under draws of every table, v. pyAgrum rebuilt for each draw."""
    rng = np.random.default_rng(1)
    draws = {
        name: rng.dirichlet(np.ones(cpt.table.shape[-1]), size=(DRAWS, *cpt.table.shape[:-1]))
        for name, cpt in network.cpts.items()
    }
    case = cases(network, 1, FINDINGS)[0]
    evidence = EvidenceBatch({n: np.array([s]) for n, s in network.encode(case).states.items()})
    engine = Engine(network)
    own = median_seconds(lambda cpts: engine.batch(DIAGNOSIS, evidence, cpts), [draws]) / DRAWS

    def rebuild(draw: int) -> np.ndarray:
        tables = [Cpt(n, c.parents, draws[n][draw]) for n, c in network.cpts.items()]
        other = pyagrum.LazyPropagation(to_agrum(Network.of(network.variables.values(), tables)))
        other.addTarget(DIAGNOSIS)
        other.setEvidence(case)
        return other.posterior(DIAGNOSIS).toarray()

    _same(engine.batch(DIAGNOSIS, evidence, draws).table[0], rebuild(0))
    add(f"{DRAWS:,} draws of the parameters, each", own * 1e6, "µs")
    rebuilt = median_seconds(rebuild, range(REBUILDS))
    add("parameter draw, v. pyAgrum rebuilt", rebuilt / own, "×", 1000)


def _batch(add: Add, network: Network) -> None:
    """Rows of random missingness through one plan, and how near to what numpy can do."""
    rng = np.random.default_rng(1)
    evidence = EvidenceBatch(
        {
            name: np.where(rng.random(ROWS) < 0.9, -1, rng.integers(len(variable), size=ROWS))
            for name, variable in network.variables.items()
            if name != DIAGNOSIS
        }
    )
    engine = Engine(network)
    own = median_seconds(lambda rows: engine.batch(DIAGNOSIS, rows), [evidence])
    add(f"batch of {ROWS:,}, one core", ROWS / own, "cases/s", 120_000)
    done = ROWS * _operations(network, evidence) / own
    add("batch, share of numpy's rate of products in cache", 100 * done / _product_rate(), "%")
    add("batch, share of the matrix-product rate", 100 * done / _matrix_rate(), "%")


def _operations(network: Network, evidence: EvidenceBatch) -> int:
    """Multiplications and additions for one row, beside what rows of a block share: factors looked
    up, aligned and summed."""
    plan = BlockPlan(make_plan(network, batch_pattern((DIAGNOSIS,), evidence)), network)
    block = plan.block(evidence.some(slice(BLOCK_ROWS)).states, {}, LINEAR)
    return sum(
        sum(factor.array[0].size for factor in factors) + (1 + len(step.messages)) * step.entries
        for step, factors in block.steps
    )


def _product_rate() -> float:
    """Products a second of two arrays that stay in cache."""
    a, b, out = np.ones((3, 2**14))
    return a.size / median_seconds(lambda _: np.multiply(a, b, out=out), range(1000))


def _matrix_rate() -> float:
    """Multiplications and additions a second of a large matrix product."""
    a = np.ones((2000, 2000))
    return 2 * 2000**3 / median_seconds(lambda _: a @ a, range(3))


def _whole_answer(add: Add, model: neurogamut.Model) -> None:
    """From a case as a person states it to probabilities, fit, conflict and warnings, beside the
    posterior alone of pyAgrum."""
    asked = cases(model.network, CASES, FINDINGS)
    rival = median_seconds(agrum_posterior(model.network, DIAGNOSIS), asked)
    for reporting in REPORTINGS:
        answer = partial(model.posterior, reporting=reporting)
        whole = median_seconds(answer, asked, rounds=20)
        add(f"model.posterior, whole answer, {reporting}", whole * 1e6, "µs")
        add(f"the same v. pyAgrum's posterior alone, {reporting}", rival / whole, "×", 6)


def _from_cold(network: Network) -> float:
    """Processor seconds of the whole process."""
    with TemporaryDirectory() as folder:
        path = Path(folder, "case.json")
        case = cases(network, 1, FINDINGS)[0]
        case.pop("age", None)  # a number in a case
        path.write_text(json.dumps(case))
        command = [Path(sys.executable).with_name("neurogamut"), "posterior", path, "--json"]
        return _processor(command)


def _processor(command: list[str | Path]) -> float:
    """Median seconds of processor time of a process, which other work disturbs least."""
    taken = []
    for _ in range(7):
        before = _children()
        subprocess.run(command, check=True, capture_output=True)
        taken.append(_children() - before)
    return median(taken)


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _same(ours: np.ndarray, theirs: np.ndarray) -> None:
    """A comparison counts only between equal answers."""
    np.testing.assert_allclose(ours, theirs, atol=1e-9)
