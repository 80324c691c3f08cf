"""The 95 % interval of the leading disease's probability, all figures being uncertain."""

from __future__ import annotations

import numpy as np

from ..cases.case import CaseEvidence
from ..inference.elimination.engine import Engine
from ..inference.query import EvidenceBatch
from ..knowledge.build import DIAGNOSIS
from .single import SingleDisease

#: Draws of all figures, the same for every case.
DRAWS, SEED = 200, 0
MIDDLE = (0.025, 0.975)


class LeadingInterval:
    """Answers cases under the same draws of all figures; how findings are told stays as it is."""

    def __init__(self, view: SingleDisease, engine: Engine):
        self._view, self._engine = view, engine
        self._tables = view.blueprint.drawn_tables(DRAWS, np.random.default_rng(SEED))

    def of(self, evidence: CaseEvidence) -> tuple[float, float]:
        """Between which bounds the middle 95 % of P(leading disease | case) are."""
        encoded = self._view.encode(evidence)
        leading = self._engine.query(DIAGNOSIS, encoded).table.argmax()
        batch = EvidenceBatch.of(encoded)
        drawn = self._engine.batch(DIAGNOSIS, batch, self._tables).table[:, leading]
        low, high = np.quantile(drawn, MIDDLE)
        return float(low), float(high)
