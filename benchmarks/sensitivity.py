"""Sensitivity of one patient: all one-way functions beside single posteriors, and joint draws of
all figures beside a network built again in pyAgrum for each draw."""

from __future__ import annotations

import numpy as np
import pyagrum
from tests.support.enumeration import to_agrum

import neurogamut as ng
from neurogamut.inference.sensitivity_functions import sensitivity_functions
from neurogamut.knowledge import build
from neurogamut.knowledge.build import DIAGNOSIS
from neurogamut.sensitivity.focus import focus
from neurogamut.sensitivity.subject import Subject

from .timing import median_seconds, seconds

#: Twelve findings of one patient.
CASE = {
    "age": 27,
    "sex": "female",
    "corpus_callosum_lesions": "present",
    "hearing_loss": "present",
    "headache": "present",
    "visual_loss": "present",
    "encephalopathy": "present",
    "csf_pleocytosis": "present",
    "leptomeningeal_enhancement": "absent",
    "spinal_cord_lesions": "absent",
    "pvs_pattern": "absent",
    "miliary_enhancement": "present",
}
DRAWS, REBUILT = 10_000, 5


def run(progress) -> list[dict[str, object]]:
    """One row per comparison."""
    model = ng.load()
    asked = model.sensitivity(CASE)
    subject = asked.subject
    rows = [_oneway(subject)]
    progress("one-way functions")
    drawing = median_seconds(lambda seed: asked.uncertainty(DRAWS, seed), [1, 2, 3], rounds=1)
    rows.append(_row(f"{DRAWS:,} draws, 12 findings", drawing, "s", 2))
    progress("draws")
    again = np.median([seconds(lambda: _built_again(subject)) for _ in range(REBUILT)])
    rows.append(_row("draw and posterior, v. pyAgrum built again", again * DRAWS / drawing, "×"))
    part = focus(subject)
    tables = part.tables(part.columns.draws(DRAWS, np.random.default_rng(1)))
    inferring = median_seconds(
        lambda _: part.engine.batch(DIAGNOSIS, part.rows, tables), [None], rounds=3
    )
    again = np.median(
        [seconds(lambda: _asked_again(subject.engine.network, subject)) for _ in range(REBUILT)]
    )
    ratio = again * DRAWS / inferring
    rows.append(_row("posterior of a draw, v. pyAgrum built again", ratio, "×", 1000))
    progress("networks built again")
    for name, ask in (("tornado", asked.tornado), ("flip", asked.flip), ("sources", asked.sources)):
        rows.append(_row(name, median_seconds(lambda _, ask=ask: ask(), [None], rounds=1), "s"))
        progress(name)
    return rows


def _row(work: str, value: float, unit: str, reach: float | None = None) -> dict[str, object]:
    return {"work": work, "value": float(value), "unit": unit, "reach": reach}


def _oneway(subject: Subject) -> dict[str, object]:
    engine, evidence = subject.engine, subject.encoded
    single = median_seconds(lambda _: engine.query(DIAGNOSIS, evidence), list(range(200)))
    every = median_seconds(
        lambda _: sensitivity_functions(engine, DIAGNOSIS, "susac", evidence), list(range(20))
    )
    return _row("all one-way functions, in single posteriors", every / single, "posteriors", 50)


def _built_again(subject: Subject) -> np.ndarray:
    """One draw of all figures, and its posterior by pyAgrum."""
    draws = subject.columns.draws(1, np.random.default_rng(0))
    marginals = {name: array[0] for name, array in draws.items()}
    tables = build.cpts(subject.structure, marginals)
    return _asked_again(build.network(subject.structure, tables), subject)


def _asked_again(network: ng.Network, subject: Subject) -> np.ndarray:
    """The posterior of a network that pyAgrum has to build first."""
    engine = pyagrum.LazyPropagation(to_agrum(network))
    engine.addTarget(DIAGNOSIS)
    engine.setEvidence(dict(subject.evidence.network))
    return engine.posterior(DIAGNOSIS).toarray()
