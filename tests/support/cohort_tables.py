"""Cohorts drawn from a model, with findings left out at random."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa

import neurogamut as ng
from neurogamut.knowledge.age import EDGES


def table_of_cases(model: ng.Model, rows: int, known: float = 0.1, seed: int = 1) -> pa.Table:
    """Patients drawn from the network, each finding known with probability `known`."""
    rng = np.random.default_rng(seed)
    columns = {"id": pa.array([f"P{row:07}" for row in range(rows)])}
    for name, states in _draw(model.network, rng, rows).items():
        unknown = rng.random(rows) >= known
        if name == "age":
            columns[name] = pa.array(np.array(EDGES)[states] + 0.5, mask=unknown)
        elif name not in ("diagnosis", "form"):
            names = list(model.network.variables[name].states)
            columns[name] = pa.DictionaryArray.from_arrays(pa.array(states, mask=unknown), names)
    return pa.table(columns)


def frame_of_cases(model: ng.Model, rows: int) -> pd.DataFrame:
    """The same in pandas."""
    return table_of_cases(model, rows).to_pandas()


def _draw(network: ng.Network, rng: np.random.Generator, rows: int) -> dict[str, np.ndarray]:
    """States of every variable (rows,), parents first."""
    drawn: dict[str, np.ndarray] = {}
    for name, cpt in network.cpts.items():
        rates = cpt.table[tuple(drawn[parent] for parent in cpt.parents)]
        below = rates.cumsum(axis=-1)[..., :-1] < rng.random(rows)[:, None]
        drawn[name] = below.sum(axis=1)
    return drawn
