"""Patients drawn from the network itself: is it consistent, and how does accuracy decay when
findings are missing or misread?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from ..diagnosis.pertinent import PertinentDisease
from ..diagnosis.single import SingleDisease
from ..inference.elimination.engine import Engine
from ..inference.query import MISSING, EvidenceBatch
from ..knowledge.base import FORM
from ..knowledge.build import DIAGNOSIS
from ..knowledge.estimate import AGE
from ..knowledge.reporting import PERTINENT, SYSTEMATIC
from ..model import Model
from ..network import Network
from ..render.answer import Answer, ModelInfo
from ..render.sheet import Lines, Picture, Sheet, Table
from ..render.wording import percent
from . import metrics, pictures
from .metrics import BINS, Score
from .told import Posed, tell

#: Which share of the findings is assessed, beside age and sex, which always are. A published
#: case names about one finding in ten.
ASSESSED = (1.0, 0.5, 0.25, 0.1, 0.05)
#: How many findings are told, where what is said is chosen.
TOLD = (2, 4, 6, 8, 12)
#: Of these the self-consistency is measured, where the posterior is neither prior nor certainty.
CONSISTENCY_AT = {SYSTEMATIC: 0.1, PERTINENT: 6}
ALWAYS = (AGE, "sex")

#: States of the variables, by position: name -> shape (patients,).
Patients = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Condition:
    """How the model did where a share of the findings was assessed, or under pertinent reporting a
    number of them told, read rightly or misread."""

    assessed: float
    misread: bool
    score: Score


@dataclass(frozen=True, repr=False, kw_only=True)
class Simulation(Answer):
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
            "patients": self.patients,
            "seed": self.seed,
            "worst_z": self.worst_z,
            "z_disease": self.z_disease,
            "z_decile": self.z_decile,
            "conditions": conditions,
            "model": asdict(self.model),
        }

    def sheet(self, count: int = 0) -> Sheet:
        """Self-consistency, and how accuracy decays."""
        headers = ("top 1", "top 3", "top 5", "log", "ECE")
        return self._sheet(
            f"{self.patients} patients drawn from the network, seed {self.seed}",
            Picture(lambda: pictures.decay(self)),
            Lines(
                [
                    f"Self-consistency: largest |z| {self.worst_z:.2f} over {len(self.z_disease)} "
                    f"diseases and {len(self.z_decile)} tenths of the probability"
                ]
            ),
            Table((f"findings {self.known}", "tests read", *headers), self._decay(), headers),
        )

    @property
    def known(self) -> str:
        """What is done with findings: some are `told`, or `assessed`."""
        return "told" if self.model.reporting == PERTINENT else "assessed"

    def _decay(self) -> list[tuple[str, ...]]:
        unit = "{:g}" if self.known == "told" else "{:.0%}"
        return [
            (
                unit.format(c.assessed),
                "with errors" if c.misread else "rightly",
                *(percent(s.value) for s in (c.score.top1, c.score.top3, c.score.top5)),
                f"{c.score.log_score:.2f}",
                f"{c.score.ece:.3f}",
            )
            for c in self.conditions
        ]


def simulate(model: Model, patients: int, seed: int, reporting: str = SYSTEMATIC) -> Simulation:
    """Draw patients, hide and misread their findings, or have some told, and pose them. Always the
    compiled engine, as only it takes batches."""
    view = model.read_as(reporting)
    engine = Engine(view.network)
    rng = np.random.default_rng(seed)
    drawn = draw(view.network, patients, rng)
    read = misread(drawn, model, rng)
    conditions, always = [], tuple(name for name in ALWAYS if name in drawn)
    levels = _levels(view)
    middle = CONSISTENCY_AT[reporting] if CONSISTENCY_AT[reporting] in levels else levels[-1]
    for known in levels:
        if reporting == SYSTEMATIC:
            seen = _assess(drawn, known, rng)
        for wrongly, source in ((False, drawn), (True, read)):
            if isinstance(view, PertinentDisease):
                posed = tell(view, source, always, int(known), rng)
            else:
                posed = Posed(_seen(source, seen), drawn[DIAGNOSIS], np.ones(patients))
            forecast = engine.batch(DIAGNOSIS, posed.evidence).table
            conditions.append(Condition(known, wrongly, _score(forecast, posed, rng)))
            if (known, wrongly) == (middle, False):
                z_disease, z_decile = consistency(forecast, posed.truth, posed.weight)
    return Simulation(
        patients=patients,
        seed=seed,
        z_disease=dict(zip(model.labels, z_disease, strict=True)),
        z_decile=z_decile,
        conditions=tuple(conditions),
        labels=model.labels,
        model=replace(view.info, engine=engine.name),
    )


def _levels(view: SingleDisease) -> tuple[float, ...]:
    """Which shares of the findings are assessed, or how many are told, of those that may be."""
    if not isinstance(view, PertinentDisease):
        return ASSESSED
    most = len(view.telling.said)
    return tuple(number for number in TOLD if number <= most) or (most,)


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


def consistency(
    forecast: np.ndarray, truth: np.ndarray, weight: np.ndarray | None = None
) -> tuple[list[float], dict[str, float]]:
    """z per disease, and per tenth of the forecast probability by its lower bound. Patients may
    have a weight (patients,)."""
    weights = np.ones((len(truth), 1)) if weight is None else weight[:, None]
    miss = weights * (np.eye(forecast.shape[1])[truth] - forecast)
    variance = weights**2 * forecast * (1 - forecast)
    by_disease = miss.sum(axis=0) / np.sqrt(variance.sum(axis=0))
    tenth = np.minimum((forecast * BINS).astype(int), BINS - 1)
    by_decile = {}
    for i in np.unique(tenth):
        here = tenth == i
        z = miss[here].sum() / np.sqrt(variance[here].sum())
        by_decile[f"{i / BINS:g}"] = float(z)
    return [float(z) for z in by_disease], by_decile


def _read_by(model: Model, test: str, finding: str) -> Iterable[str]:
    """The present-or-absent findings that an accuracy row is about."""
    wanted = [f for f in model.base.findings if finding in ("*", f.key) and f.revealed_by == test]
    return [f.key for f in wanted if f.states == ("present", "absent")]


def _assess(patients: Patients, share: float, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Which findings of which patient are assessed, boolean (patients,) by finding."""
    count = len(patients[DIAGNOSIS])
    findings = [name for name in patients if name not in (DIAGNOSIS, FORM)]
    return {n: np.full(count, n in ALWAYS) | (rng.random(count) < share) for n in findings}


def _seen(patients: Patients, seen: Patients) -> EvidenceBatch:
    """What was assessed of the patients, as evidence."""
    return EvidenceBatch({n: np.where(seen[n], patients[n], MISSING) for n in seen})


def _score(forecast: np.ndarray, posed: Posed, rng: np.random.Generator) -> Score:
    """The score where patients enter in proportion to their weight."""
    rows = np.arange(len(posed.truth))
    if not (posed.weight == 1).all():
        rows = rng.choice(rows, len(rows), p=posed.weight / posed.weight.sum())
    return metrics.score(forecast[rows], posed.truth[rows])
