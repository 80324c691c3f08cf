"""Does it help? 2,000 simulated patients, followed under each policy from one presenting finding.

Once for each reading: what they come with was chosen by who tells it (pertinent), or not
(systematic); each with findings read rightly and misread. All policies see the same patients and
stop when one diagnosis passes 0.9 or the budget ends. The policies that are held against each other
are followed under smaller budgets too, so that costs are compared at the same accuracy. All is
written to results/next_test_patients.json. Takes three quarters of an hour.

    python -m benchmarks.next_test_patients --patients 20        tries it out and writes nothing
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

import neurogamut
from neurogamut.knowledge.build import DIAGNOSIS
from neurogamut.knowledge.reporting import REPORTINGS, Telling
from neurogamut.next_test.paper_tree import paper_tree
from neurogamut.next_test.policies import CERTAINTY, Policy
from neurogamut.next_test.workup import Workup
from neurogamut.wilson import Z95, interval

from .patients import (
    Course,
    Patients,
    at_random,
    bits,
    bits_per_cost,
    cheapest,
    draw,
    edge_cutting,
    follow,
    until_certain,
    utility,
    worthwhile,
)

HERE = Path(__file__).parent
RESULTS, DOCUMENT = HERE / "results", HERE.parent / "docs" / "next_test_patients.md"
HEADER = (
    "| policy | cost (95 % interval) | median cost | serious harm % | days | tests "
    "| brain biopsies % | right diagnosis % | certain % |",
    "|---|---|---|---|---|---|---|---|---|",
)
PATIENTS, SEED = 2000, 1
#: The last is enough for all but the dearest few tests together.
BUDGETS = (50, 100, 150, 250, 600)
POLICIES: Mapping[str, Policy] = {
    "utility": utility,
    "utility, while worth it": worthwhile,
    "bits": bits,
    "bits per cost": bits_per_cost,
    "bits to certainty per cost": until_certain,
    "EC2 per cost": edge_cutting,
    "published tree": paper_tree,
    "cheapest first": cheapest,
    "random": at_random(SEED),
}
#: Whose cost is held against that of the rivals.
OURS, RIVALS = "bits to certainty per cost", ("cheapest first", "random")

#: Summaries by budget and policy.
Table = dict[int, dict[str, dict[str, Any]]]


@threadpool_limits.wrap(limits=1)
def run(progress: Callable[[str], object]) -> list[dict[str, object]]:
    """Cost and biopsies of our policies against the others', in both readings, read rightly and
    misread."""
    model = neurogamut.load()
    tables = measured(model, PATIENTS, progress)
    _write(tables, str(model.info))
    return [row for reading, table in tables.items() for row in _rows(reading, table)]


def measured(
    model: neurogamut.Model, count: int, progress: Callable[[str], object]
) -> dict[str, Table]:
    """Tables of so many patients by reading; misread ones have the largest budget only."""
    tables = {}
    for reporting in REPORTINGS:
        view = model.read_as(reporting)
        start = Workup.of(model.base, view.network, DIAGNOSIS)
        for reading, budgets in (("read rightly", BUDGETS), ("misread", BUDGETS[-1:])):
            name = f"{reading}, {reporting} reporting"
            misread = reading == "misread"
            patients = draw(start, model.base, count, SEED, misread, view.telling)
            tables[name] = _table(
                patients, start, view.telling, budgets, lambda w, n=name: progress(f"{w}, {n}")
            )
    return tables


def _table(
    patients: Patients,
    start: Workup,
    telling: Telling | None,
    budgets: Sequence[int],
    progress: Callable[[str], object],
) -> Table:
    table: Table = {budget: {} for budget in budgets}
    for budget in budgets:
        for name in POLICIES if budget == BUDGETS[-1] else (OURS, *RIVALS):
            progress(f"{name}, budget {budget}")
            limit = {"cost": float(budget)}
            courses = follow(patients, start, POLICIES[name], limit, CERTAINTY, telling)
            table[budget][name] = _summary(list(courses))
    return table


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


def _rows(reading: str, table: Table) -> list[dict[str, object]]:
    """How much dearer rivals are at the same accuracy, brain biopsies against those of the
    published tree, and who is right how often."""
    whole = table[BUDGETS[-1]]
    rows = [_ratio(reading, table, rival, budget) for rival in RIVALS for budget in table]
    paper = 100 * whole["published tree"]["brain_biopsies"][0]
    for name in ("utility", OURS):
        share = 100 * whole[name]["brain_biopsies"][0]
        work = f"brain biopsies, {name}, {reading}"
        rows.append({"work": work, "unit": "%", "reach": paper, "value": share})
    for name, summary in whole.items():
        work, share = f"right diagnosis, {name}, {reading}", 100 * summary["correct"][0]
        rows.append({"work": work, "unit": "%", "reach": None, "value": share})
    return [row for row in rows if row]


def _ratio(reading: str, table: Table, rival: str, budget: int) -> dict[str, object] | None:
    """Cost of a rival within a budget against the least of OURS that is right as often; None
    where OURS never is."""
    theirs = table[budget][rival]
    costs = [
        table[b][OURS]["cost"][0]
        for b in table
        if table[b][OURS]["correct"][0] >= theirs["correct"][0]
    ]
    if not costs:
        return None
    right = f"right in {100 * theirs['correct'][0]:.1f} %"
    work = f"cost of {rival} v. {OURS}, both {right}, {reading}"
    return {"work": work, "unit": "×", "reach": 2, "value": theirs["cost"][0] / min(costs)}


def _write(tables: Mapping[str, Table], model: str) -> None:
    document = {
        "patients": PATIENTS,
        "seed": SEED,
        "certainty": CERTAINTY,
        "model": model,
        "by reading, budget and policy": tables,
    }
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / "next_test_patients.json"
    path.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    DOCUMENT.write_text(_markdown(tables, model), encoding="utf-8")


def _markdown(tables: Mapping[str, Table], model: str) -> str:
    """The tables for docs/, so that no number there is typed."""
    lines = [
        "# Simulated patients: the figures",
        "",
        f"Written by `python -m benchmarks next_test_patients`; {PATIENTS} patients, seed {SEED}, "
        f"{model}. What they mean: [what_next.md](what_next.md).",
    ]
    for reading, table in tables.items():
        for budget in reversed(table):
            lines += ["", f"## Findings {reading}, budget {budget}", "", *HEADER]
            lines += [_line(name, summary) for name, summary in table[budget].items()]
    return "\n".join(lines) + "\n"


def _line(name: str, summary: Mapping[str, Any]) -> str:
    shares = (
        f"{100 * v:.1f} ({100 * low:.1f} to {100 * high:.1f})"
        for v, low, high in (summary[key] for key in ("brain_biopsies", "correct", "certain"))
    )
    cost, low, high = summary["cost"]
    cells = [
        name,
        f"{cost:.1f} ({low:.1f} to {high:.1f})",
        f"{summary['median_cost']:g}",
        f"{100 * summary['harm'][0]:.2f}",
        f"{summary['days'][0]:.1f}",
        f"{summary['tests'][0]:.1f}",
        *shares,
    ]
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--patients", type=int, default=20)
    for shown, found in measured(neurogamut.load(), parser.parse_args().patients, print).items():
        print(shown, *(_line(name, row) for name, row in found[BUDGETS[-1]].items()), sep="\n")
