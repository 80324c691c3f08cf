"""Do the credible intervals cover? Posteriors under draws of every probability of the model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..inference.engine import Engine
from ..inference.query import EvidenceBatch
from ..knowledge import build
from ..knowledge.build import DIAGNOSIS
from ..model import Model
from .cases import PosedCase
from .metrics import BINS

DRAWS = 400


@dataclass(frozen=True)
class Coverage:
    """Cases whose leading disease has about the same probability: how often it was the true one,
    and the 95 % interval in which the model, unsure of its probabilities, expects that number."""

    forecast: float
    cases: int
    hits: int
    lower: int
    upper: int

    @property
    def covered(self) -> bool:
        """True where the number is within the interval."""
        return self.lower <= self.hits <= self.upper


def coverage(
    model: Model, posed: Sequence[PosedCase], forecast: np.ndarray, truth: np.ndarray,
    seed: int,
) -> list[Coverage]:  # fmt: skip
    """The posterior predictive check of the hits, by tenth of the leading probability."""
    if not posed:
        return []
    rng = np.random.default_rng(seed)
    leading = forecast.argmax(axis=1)
    drawn = draw_posteriors(model, posed, DRAWS, rng)[np.arange(len(posed)), :, leading]
    predicted = rng.random(drawn.shape) < drawn
    right, top = leading == truth, forecast.max(axis=1)
    tenth = np.minimum((top * BINS).astype(int), BINS - 1)
    found = []
    for here in (tenth == i for i in np.unique(tenth)):
        # Inverted CDF: a number of hits is whole.
        bounds = np.quantile(predicted[here].sum(axis=0), (0.025, 0.975), method="inverted_cdf")
        mean = float(top[here].mean())
        found.append(Coverage(mean, int(here.sum()), int(right[here].sum()), *map(int, bounds)))
    return found


def draw_posteriors(
    model: Model, posed: Sequence[PosedCase], draws: int, rng: np.random.Generator
) -> np.ndarray:
    """P(disease | case) under draws of all parameters, shape (cases, draws, diseases). A draw is
    the same model for every case. Always the compiled engine, as only it takes batches."""
    engine = Engine(model.network)
    marginals = model.columns.draws(draws, rng)
    tables = build.cpts(model.structure, marginals)
    return np.array([_posteriors(engine, p, tables) for p in posed])


def _posteriors(engine: Engine, posed: PosedCase, tables: dict[str, np.ndarray]) -> np.ndarray:
    evidence = engine.network.encode(posed.evidence.network)
    batch = EvidenceBatch(
        {name: np.array([state]) for name, state in evidence.states.items()},
        {name: array[None] for name, array in evidence.likelihoods.items()},
    )
    return engine.batch(DIAGNOSIS, batch, tables).table
