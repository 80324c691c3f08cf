"""How the cost of a posterior grows: findings observed, diseases, treewidth, size of the batch.

    python -m benchmarks engine_growth

draws results/engine_growth.svg from synthetic networks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import matplotlib
import numpy as np
from threadpoolctl import threadpool_limits

from neurogamut.inference.elimination.engine import Engine
from neurogamut.inference.query import EvidenceBatch
from neurogamut.network import Cpt, Network, Variable

from .timing import median_seconds

matplotlib.use("Agg")
PICTURE = Path(__file__).parent / "results" / "engine_growth.svg"
STATES = ("present", "absent")
ROUNDS = range(30)


def diagnostic(diseases: int, findings: int) -> Network:
    """A root with so many states, and findings of it, every third with another as parent."""
    rng = np.random.default_rng(1)
    root = Variable("d", tuple(f"d{i}" for i in range(diseases)))
    variables = [root, *(Variable(f"f{i}", STATES) for i in range(findings))]
    cpts = [Cpt("d", (), rng.dirichlet(np.ones(diseases)))]
    for i in range(findings):
        parents = ("d", f"f{i - 1}") if i % 3 == 2 else ("d",)
        rate = rng.uniform(0.05, 0.95, size=(diseases, 2)[: len(parents)])
        cpts.append(Cpt(f"f{i}", parents, np.stack([rate, 1 - rate], axis=-1)))
    return Network.of(variables, cpts)


def band(width: int, length: int = 40) -> Network:
    """A chain in which each node has the `width` nodes before it as parents."""
    rng = np.random.default_rng(1)
    cpts = []
    for i in range(length):
        parents = tuple(f"x{j}" for j in range(max(0, i - width), i))
        rate = rng.uniform(0.05, 0.95, size=(2,) * len(parents))
        cpts.append(Cpt(f"x{i}", parents, np.stack([rate, 1 - rate], axis=-1)))
    return Network.of([Variable(c.variable, STATES) for c in cpts], cpts)


def by_findings(observed: int) -> float:
    engine = Engine(diagnostic(30, 2000))
    case = {f"f{i}": STATES[i % 2] for i in range(observed)}
    return median_seconds(lambda _: engine.query("d", case), ROUNDS)


def by_diseases(diseases: int) -> float:
    engine = Engine(diagnostic(diseases, 100))
    case = {f"f{8 * i}": STATES[i % 2] for i in range(12)}
    return median_seconds(lambda _: engine.query("d", case), ROUNDS)


def by_treewidth(width: int) -> float:
    engine = Engine(band(width))
    return median_seconds(lambda _: engine.marginals({"x39": "present"}), range(3), rounds=1)


def by_batch(rows: int) -> float:
    engine = Engine(diagnostic(30, 100))
    rng = np.random.default_rng(1)
    evidence = EvidenceBatch({f"f{i}": rng.integers(-1, 2, size=rows) for i in range(100)})
    return median_seconds(lambda _: engine.batch("d", evidence), range(3), rounds=1) / rows


PANELS: dict[str, tuple[Callable[[int], float], Iterable[int], str]] = {
    "findings observed": (by_findings, (1, 3, 10, 30, 100, 300, 1000, 2000), "µs a posterior"),
    "diseases": (by_diseases, (30, 100, 300, 1000, 3000), "µs a posterior"),
    "treewidth": (by_treewidth, (2, 4, 6, 8, 10, 12, 14, 16), "µs all marginals of 40 nodes"),
    "rows of a batch": (by_batch, (1, 10, 100, 1000, 10_000, 100_000), "µs a row"),
}


@threadpool_limits.wrap(limits=1)
def run(progress: Callable[[str], object]) -> list[dict[str, object]]:
    """One row per point, and the picture."""
    rows, curves = [], {}
    for title, (measure, sizes, unit) in PANELS.items():
        curves[title] = [(size, measure(size) * 1e6) for size in sizes]
        progress(title)
        rows += [
            {"work": f"{size:,} {title}", "value": value, "unit": unit, "reach": None}
            for size, value in curves[title]
        ]
    _draw(curves)
    return rows


def _draw(curves: dict[str, list[tuple[int, float]]]) -> None:
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(1, len(curves), figsize=(4 * len(curves), 3.2))
    for axis, (title, points) in zip(axes, curves.items(), strict=True):
        axis.plot(*zip(*points, strict=True), marker="o")
        axis.set(xlabel=title, ylabel=PANELS[title][2], yscale="log")
        if title != "treewidth":
            axis.set_xscale("log")
        axis.grid(alpha=0.3)
    figure.tight_layout()
    PICTURE.parent.mkdir(exist_ok=True)
    figure.savefig(PICTURE)
    pyplot.close(figure)
