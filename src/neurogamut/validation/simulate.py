"""Patients drawn from the network itself: is it consistent, and how does accuracy decay when
findings are missing or misread?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from ..inference.engine import Engine
from ..inference.query import MISSING, EvidenceBatch
from ..knowledge.build import DIAGNOSIS
from ..knowledge.estimate import AGE
from ..model import Model
from ..network import Network
from ..results import ModelInfo, Rendered
from . import metrics
from .metrics import BINS, Score

#: Which share of the findings is assessed, beside age and sex, which always are. A published
#: case names about one finding in ten.
ASSESSED = (1.0, 0.5, 0.25, 0.1, 0.05)
#: Of these the self-consistency is measured, where the posterior is neither prior nor certainty.
CONSISTENCY_AT = 0.1
ALWAYS = (AGE, "sex")

#: States of the variables, by position: name -> shape (patients,).
Patients = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Condition:
    """How the model did where a share of the findings was assessed, read rightly or misread."""

    assessed: float
    misread: bool
    score: Score


@dataclass(frozen=True, repr=False)
class Simulation(Rendered):
    """`z_disease`: (diseases observed - expected) / standard deviation, per disease; `z_decile`:
    the same per tenth of the forecast probability, over all diseases. Both are standard normal
    where the answers are exact."""

    patients: int
    seed: int
    z_disease: dict[str, float]
    z_decile: dict[str, float]
    conditions: tuple[Condition, ...]
    labels: Mapping[str, str]
    model: ModelInfo

    @property
    def worst_z(self) -> float:
        """The largest |z|."""
        return max(map(abs, (*self.z_disease.values(), *self.z_decile.values())))

    def to_dict(self) -> dict[str, Any]:
        """What `neurogamut validate --simulate N --json` gives."""
        conditions = [
            {"assessed": c.assessed, "misread": c.misread, **c.score.to_dict()}
            for c in self.conditions
        ]
        return {
            "patients": self.patients, "seed": self.seed, "worst_z": self.worst_z,
            "z_disease": self.z_disease, "z_decile": self.z_decile,
            "conditions": conditions, "model": asdict(self.model),
        }  # fmt: skip


def simulate(model: Model, patients: int, seed: int) -> Simulation:
    """Draw patients, hide and misread their findings, and pose them. Always the compiled engine,
    as only it takes batches."""
    engine = Engine(model.network)
    rng = np.random.default_rng(seed)
    drawn = draw(model.network, patients, rng)
    read = misread(drawn, model, rng)
    truth = drawn[DIAGNOSIS]
    conditions = []
    for assessed in ASSESSED:
        seen = _assess(drawn, assessed, rng)
        for wrongly, source in ((False, drawn), (True, read)):
            forecast = _pose(engine, source, seen)
            conditions.append(Condition(assessed, wrongly, metrics.score(forecast, truth)))
            if (assessed, wrongly) == (CONSISTENCY_AT, False):
                z_disease, z_decile = consistency(forecast, truth)
    return Simulation(
        patients, seed, dict(zip(model.labels, z_disease, strict=True)), z_decile,
        tuple(conditions), model.labels, replace(model.info, engine=engine.name),
    )  # fmt: skip


def draw(network: Network, count: int, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """States of all variables of `count` patients, parents before children."""
    states: dict[str, np.ndarray] = {}
    for name, cpt in network.cpts.items():
        rows = cpt.table[tuple(states[parent] for parent in cpt.parents)]
        cumulative = np.broadcast_to(rows, (count, rows.shape[-1])).cumsum(axis=1)
        # The last bound is left out: it may fall short of 1 by rounding.
        passed = cumulative[:, :-1] < rng.random(count)[:, None]
        states[name] = passed.sum(axis=1, dtype=np.int8)
    return states


def misread(patients: Patients, model: Model, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """The same patients as seen by a reader with the sensitivity and specificity of
    priors/test_findings.csv; a present finding is missed, an absent one seen."""
    read = dict(patients)
    for accuracy in model.base.accuracies:
        for finding in _read_by(model, accuracy.test, accuracy.finding):
            truly = patients[finding] == 0
            error = np.where(truly, 1 - accuracy.sensitivity, 1 - accuracy.specificity)
            wrong = rng.random(len(truly)) < error
            read[finding] = np.where(wrong, 1 - patients[finding], patients[finding])
    return read


def consistency(forecast: np.ndarray, truth: np.ndarray) -> tuple[list[float], dict[str, float]]:
    """z per disease, and per tenth of the forecast probability by its lower bound."""
    hit = np.eye(forecast.shape[1])[truth]
    variance = forecast * (1 - forecast)
    by_disease = (hit - forecast).sum(axis=0) / np.sqrt(variance.sum(axis=0))
    tenth = np.minimum((forecast * BINS).astype(int), BINS - 1)
    by_decile = {}
    for i in np.unique(tenth):
        here = tenth == i
        z = (hit - forecast)[here].sum() / np.sqrt(variance[here].sum())
        by_decile[f"{i / BINS:g}"] = float(z)
    return [float(z) for z in by_disease], by_decile


def _read_by(model: Model, test: str, finding: str) -> Iterable[str]:
    """The present-or-absent findings that an accuracy row is about."""
    wanted = [f for f in model.base.findings if finding in ("*", f.key) and f.revealed_by == test]
    return [f.key for f in wanted if f.states == ("present", "absent")]


def _assess(patients: Patients, share: float, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Which findings of which patient are assessed, boolean (patients,) by finding."""
    count = len(patients[DIAGNOSIS])
    findings = [name for name in patients if name != DIAGNOSIS]
    return {n: np.full(count, n in ALWAYS) | (rng.random(count) < share) for n in findings}


def _pose(engine: Engine, patients: Patients, seen: Patients) -> np.ndarray:
    """P(disease | what was seen), shape (patients, diseases)."""
    states = {name: np.where(seen[name], patients[name], MISSING) for name in seen}
    return engine.batch(DIAGNOSIS, EvidenceBatch(states)).table
