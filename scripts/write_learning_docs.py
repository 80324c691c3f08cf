"""Write the figures of docs/learning.md: `python scripts/write_learning_docs.py`, some ten minutes.

What learning from the published patients gives the others, left out by paper, and what it finds in
patients that were drawn from known rates."""

from __future__ import annotations

import re
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

import neurogamut as ng
from neurogamut.cohort.workers import local
from neurogamut.knowledge import build
from neurogamut.knowledge.build import DIAGNOSIS, Blueprint
from neurogamut.learning.component import components
from neurogamut.learning.expectation_maximisation import Learner, learned_blueprint
from neurogamut.learning.learned import LearnedTables
from neurogamut.learning.patients import Patients
from neurogamut.learning.score import ForecastScore
from neurogamut.learning.seen import Seen
from neurogamut.render import markdown
from neurogamut.wilson import Z95

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "learning.md"
NUMBERS, MISSING = (50, 200, 1000), (0.3, 0.6, 0.95)
PUBLISHED = ("development.jsonl", "development_2.jsonl")


def published(model: ng.Model) -> str:
    """What the published patients teach of each other."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "published.jsonl"
        path.write_text("".join((ROOT / "validation" / name).read_text() for name in PUBLISHED))
        rows = []
        for reporting in ("systematic", "pertinent"):
            rows += _rows(reporting, model.learn(path, reporting=reporting, jobs=2))
    headers = ("read as", "tables", "first", "in the first 3", "log score", "gain of the log score")
    return markdown.table(headers, rows, headers[2:])


def _rows(reporting: str, learned: LearnedTables) -> list[tuple[str, ...]]:
    assert learned.before and learned.after and learned.gain
    gain, (low, high) = learned.gain
    weights = f"weight {learned.weight:g}"
    return [
        (reporting, "as they are", *_scores(learned.before), ""),
        (
            "",
            f"learned, {weights}",
            *_scores(learned.after),
            f"{gain:+.3f} ({low:+.3f} to {high:+.3f})",
        ),
    ]


def _scores(score: ForecastScore) -> tuple[str, str, str]:
    return (f"{100 * score.first:.0f} %", f"{100 * score.top3:.0f} %", f"{score.log_score:.3f}")


def simulated(model: ng.Model) -> str:
    """What is found of rates that were drawn from the tables' own distributions."""
    wholes = model.blueprint.as_wholes()  # as learning sees them
    rows = [
        (str(count), f"{100 * share:.0f} %", *_recovered(wholes, count, share))
        for count in NUMBERS
        for share in MISSING
    ]
    headers = ("patients", "missing", "bias", "error before", "error after", "covered")
    return markdown.table(headers, rows, headers)


def _recovered(blueprint: Blueprint, count: int, missing: float) -> tuple[str, ...]:
    """Bias, root mean squared errors before and after, and how often the 95 % intervals cover, over
    the cells of which patients were seen."""
    rng = np.random.default_rng(count)
    truth = {name: found[0] for name, found in blueprint.columns.draws(1, rng).items()}
    with local(2) as workers:
        seen = Seen.by(components(blueprint), _drawn(blueprint, truth, count, missing, rng))
        fit = Learner(blueprint, workers).fit(seen, 1.0)
    after = learned_blueprint(blueprint, fit, 1.0, seen).columns.findings
    errors, before, covered = [], [], []
    for name, alpha in after.items():
        if alpha.shape[-1] == 2:
            a, size, was = alpha[..., 0], alpha.sum(axis=-1), blueprint.columns.findings[name]
            counted = size > was.sum(axis=-1)
            mean, right = a / size, truth[name][..., 0]
            spread = np.sqrt(mean * (1 - mean) / (size + 1))
            errors.append((mean - right)[counted])
            before.append((was[..., 0] / was.sum(axis=-1) - right)[counted])
            covered.append((np.abs(mean - right) < Z95 * spread)[counted])
    left, was, inside = (np.concatenate(found) for found in (errors, before, covered))
    squared = (np.sqrt((was**2).mean()), np.sqrt((left**2).mean()))
    return (f"{left.mean():+.4f}", *(f"{x:.3f}" for x in squared), f"{100 * inside.mean():.1f} %")


def _drawn(
    blueprint: Blueprint,
    truth: dict[str, np.ndarray],
    count: int,
    missing: float,
    rng: np.random.Generator,
) -> Patients:
    shape = blueprint.structure
    # Rates that are drawn next to 0 or 1 leave tables that are negative by rounding.
    tables = {name: np.maximum(table, 0) for name, table in build.cpts(shape, truth).items()}
    sums = {name: table.sum(axis=-1, keepdims=True) for name, table in tables.items()}
    network = build.network(shape, {name: table / sums[name] for name, table in tables.items()})
    rows = ng.Engine(network).sample(count, {}, seed=count)
    shares = np.eye(len(shape.states[DIAGNOSIS]))[rows.pop(DIAGNOSIS)]
    told = {name: np.where(rng.random(count) < missing, -1, s) for name, s in rows.items()}
    return Patients.of({name: len(shape.states[name]) for name in shape.findings}, told, shares)


def page(model: ng.Model) -> str:
    """The page with the present figures."""
    text = PAGE.read_text("utf-8")
    for name, table in (("published", published(model)), ("simulated", simulated(model))):
        block = re.compile(rf"(<!-- begin {name} -->\n).*?(<!-- end {name} -->)", re.DOTALL)
        text = block.sub(lambda found, table=table: f"{found[1]}{table}\n{found[2]}", text)
    return text


if __name__ == "__main__":
    PAGE.write_text(page(ng.load()), encoding="utf-8")
