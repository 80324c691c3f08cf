"""Do the credible intervals cover? Posteriors under draws of every probability of the model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..diagnosis.single import SingleDisease
from ..inference.elimination.engine import Engine
from ..inference.query import EvidenceBatch
from ..knowledge.build import DIAGNOSIS
from .metrics import BINS
from .posed import PosedCase

DRAWS = 400


@dataclass(frozen=True)
class HitInterval:
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
    view: SingleDisease,
    posed: Sequence[PosedCase],
    forecast: np.ndarray,
    truth: np.ndarray,
    seed: int,
) -> list[HitInterval]:
    """The posterior predictive check of the hits, by tenth of the leading probability."""
    if not posed:
        return []
    rng = np.random.default_rng(seed)
    leading = forecast.argmax(axis=1)
    drawn = draw_posteriors(view, posed, DRAWS, rng)[np.arange(len(posed)), :, leading]
    predicted = rng.random(drawn.shape) < drawn
    right, top = leading == truth, forecast.max(axis=1)
    tenth = np.minimum((top * BINS).astype(int), BINS - 1)
    found = []
    for here in (tenth == i for i in np.unique(tenth)):
        # Inverted CDF: a number of hits is whole.
        bounds = np.quantile(predicted[here].sum(axis=0), (0.025, 0.975), method="inverted_cdf")
        mean = float(top[here].mean())
        found.append(HitInterval(mean, int(here.sum()), int(right[here].sum()), *map(int, bounds)))
    return found


def draw_posteriors(
    view: SingleDisease, posed: Sequence[PosedCase], draws: int, rng: np.random.Generator
) -> np.ndarray:
    """P(disease | case) under draws of all parameters, shape (cases, draws, diseases). A draw is
    the same model for every case; how findings are told stays as it is. Always the compiled
    engine, as only it takes batches."""
    engine = Engine(view.network)
    tables = view.blueprint.drawn_tables(draws, rng)
    batches = [EvidenceBatch.of(view.encode(p.evidence)) for p in posed]
    return np.array([engine.batch(DIAGNOSIS, batch, tables).table for batch in batches])
