"""Does it help? 2,000 simulated patients, followed under each policy from one presenting finding.

All policies see the same patients and stop when one diagnosis passes 0.9 or the budget ends. The
whole table is written to results/next_test_patients.json. Takes some ten minutes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

import neurogamut
from neurogamut.knowledge.base import KnowledgeBase
from neurogamut.knowledge.build import DIAGNOSIS, SPLIT
from neurogamut.next_test import policies
from neurogamut.next_test.paper_tree import paper_tree
from neurogamut.next_test.policies import CERTAINTY, Policy
from neurogamut.next_test.simulate import Course, draw, follow
from neurogamut.next_test.stopping import Z95, interval
from neurogamut.next_test.workup import Workup

RESULTS = Path(__file__).parent / "results"
PATIENTS, SEED = 2000, 1
#: Enough for all but the dearest few tests together.
BUDGET = {"cost": 600.0}
POLICIES: Mapping[str, Policy] = {
    "utility": policies.utility,
    "utility, while worth it": policies.worthwhile,
    "bits": policies.bits,
    "bits per cost": policies.bits_per_cost,
    "bits to certainty per cost": policies.until_certain,
    "EC2 per cost": policies.edge_cutting,
    "published tree": paper_tree,
    "cheapest first": policies.cheapest,
    "random": policies.at_random,
}
#: Whose cost is held against cheapest first and random.
OURS = "bits to certainty per cost"


@threadpool_limits.wrap(limits=1)
def run(progress: Callable[[str], object]) -> list[dict[str, object]]:
    """Cost and biopsies of our policies against the others', read rightly and misread."""
    model = neurogamut.load()
    start = Workup.of(model.base, model.network, DIAGNOSIS, SPLIT)
    table = {
        reading: _table(start, model.base, misread, progress)
        for reading, misread in (("read rightly", False), ("misread", True))
    }
    _write(table, str(model.info))
    return [row for reading, found in table.items() for row in _rows(reading, found)]


def _table(
    start: Workup, base: KnowledgeBase, misread: bool, progress: Callable[[str], object]
) -> dict[str, Any]:
    patients = draw(start, base, PATIENTS, SEED, misread)
    found = {}
    for name, policy in POLICIES.items():
        progress(f"{name}{', misread' * misread}")
        found[name] = _summary(list(follow(patients, start, policy, BUDGET, CERTAINTY, SEED)))
    return found


def _summary(courses: Sequence[Course]) -> dict[str, Any]:
    """Means and shares with 95 % intervals."""
    return {
        "cost": _mean([course.burden.cost for course in courses]),
        "median_cost": median(course.burden.cost for course in courses),
        "harm": _mean([course.burden.harm for course in courses]),
        "days": _mean([course.burden.days for course in courses]),
        "tests": _mean([len(course.tests) for course in courses]),
        "brain_biopsies": _share([course.biopsied for course in courses]),
        "correct": _share([course.correct for course in courses]),
        "certain": _share([course.certainty >= CERTAINTY for course in courses]),
    }


def _mean(values: Sequence[float]) -> list[float]:
    """Mean and its 95 % interval."""
    mean, half = np.mean(values), Z95 * np.std(values, ddof=1) / np.sqrt(len(values))
    return [float(mean), float(mean - half), float(mean + half)]


def _share(values: Sequence[bool]) -> list[float]:
    share = float(np.mean(values))
    return [share, *interval(share, len(values))]


def _rows(reading: str, found: Mapping[str, Any]) -> list[dict[str, object]]:
    """How much dearer the others are than OURS, and brain biopsies saved against the paper's."""
    ours = found[OURS]
    rows = [
        {"work": f"cost of {other} v. {OURS}, {reading}", "unit": "×", "reach": 2,
         "value": found[other]["cost"][0] / ours["cost"][0]}
        for other in ("cheapest first", "random")
    ]  # fmt: skip
    paper = 100 * found["published tree"]["brain_biopsies"][0]
    rows += [
        {"work": f"brain biopsies, {name}, {reading}", "unit": "%", "reach": paper,
         "value": 100 * found[name]["brain_biopsies"][0]}
        for name in ("utility", OURS)
    ]  # fmt: skip
    rows += [
        {"work": f"right diagnosis, {name}, {reading}", "unit": "%", "reach": None,
         "value": 100 * summary["correct"][0]}
        for name, summary in found.items()
    ]  # fmt: skip
    return rows


def _write(table: Mapping[str, Any], model: str) -> None:
    document = {"patients": PATIENTS, "seed": SEED, "budget": BUDGET, "certainty": CERTAINTY,
                "model": model, "policies": table}  # fmt: skip
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / "next_test_patients.json"
    path.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
