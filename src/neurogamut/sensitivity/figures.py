"""Published figures as parameters: P(finding = state | disease), each with its interval and rows.

A figure speaks of one disease only, so that moving it changes P(case | that disease) and nothing
else. The same figure of every disease can therefore be moved in one run, each to its own value.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import needs
from ..knowledge.build import DIAGNOSIS
from ..knowledge.estimate import Cell
from ..render.wording import condition, share
from ..render.wording import figure as printed
from .subject import Marginals, Subject

INTERVAL = (0.025, 0.975)
#: A figure is moved between this and 1 less this: closer to 0 or 1 the joint tables of dependent
#: findings lose digits.
#: Sources named of a figure that has many.
NAMED = 3
SMALLEST = 1e-6


@dataclass(frozen=True)
class Figure:
    """P(finding = state | disease, condition): its mean, 95 % interval and the rows it is from.

    The finding `diagnosis` is the prior probability of the disease."""

    finding: str
    state: str
    disease: str
    condition: str
    value: float
    lower: float
    upper: float
    basis: str
    rows: tuple[Mapping[str, Any], ...]

    @property
    def sources(self) -> tuple[str, ...]:
        """Keys of the sources, each once."""
        return tuple(dict.fromkeys(row["source"] for row in self.rows))

    def to_dict(self) -> dict[str, Any]:
        """Flat but for the sources."""
        return {
            "finding": self.finding,
            "state": self.state,
            "disease": self.disease,
            "condition": self.condition,
            "value": self.value,
            "lower": self.lower,
            "upper": self.upper,
            "basis": self.basis,
            "sources": list(self.sources),
        }


@dataclass(frozen=True, eq=False)
class Panel:
    """One figure in every disease: the share of one state of one finding.

    `layers` are the states of the context that it speaks of (none: the finding is not split).
    Where no source of a disease splits the finding, one figure stands behind all layers and
    moves them together; `holds` (diseases,) says for which diseases this panel is a figure."""

    finding: str
    state: int
    layers: tuple[int, ...]
    holds: np.ndarray

    def column(self, table: np.ndarray) -> np.ndarray:
        """A table of the finding by disease and state, (diseases, states)."""
        return table[:, self.layers[0]] if self.layers else table

    def values(self, subject: Subject) -> np.ndarray:
        """Where the figure stands, shape (diseases,)."""
        return self.column(subject.means[self.finding])[:, self.state]

    def beta(self, subject: Subject) -> tuple[np.ndarray, np.ndarray]:
        """Parameters of the Beta distribution of the figure, each of shape (diseases,)."""
        alpha = self.column(subject.columns.findings[self.finding])
        mine = alpha[:, self.state]
        return mine, alpha.sum(axis=-1) - mine

    def interval(self, subject: Subject) -> np.ndarray:
        """Its 95 % interval, cut off at SMALLEST, shape (2, diseases)."""
        return np.clip(_quantiles(*self.beta(subject)), SMALLEST, 1 - SMALLEST)

    def moved(self, marginals: np.ndarray, values: np.ndarray) -> np.ndarray:
        """The finding's marginals with the figure at `values` (rows, diseases), the other states
        scaled in proportion; a leading axis of rows."""
        own_shape = marginals.shape[-3:] if self.layers else marginals.shape[-2:]
        table = np.array(np.broadcast_to(marginals, (len(values), *own_shape)))
        for layer in self.layers or (slice(None),):
            part = table[:, :, layer] if self.layers else table
            part *= ((1 - values) / (1 - part[..., self.state]))[..., None]
            part[..., self.state] = values
        return table

    def response(self, subject: Subject, values: np.ndarray) -> np.ndarray:
        """P'(disease, case) / P(case) with that disease's figure at `values` (rows, diseases)."""
        return subject.joint(self.marginals(subject, values))

    def marginals(self, subject: Subject, values: np.ndarray) -> Marginals:
        """The finding's marginals by name, moved from their means."""
        return {self.finding: self.moved(subject.means[self.finding], values)}


def panels(subject: Subject) -> list[Panel]:
    """Every published figure that bears on the case, in panels: of two states one, of more the
    observed state, or all where none was observed for certain."""
    found = []
    for finding in subject.relevant[1:]:
        for layers, holds in _layers(subject, finding):
            for state in _states(subject, finding):
                found.append(Panel(finding, state, layers, holds))
    return found


def _states(subject: Subject, finding: str) -> tuple[int, ...]:
    count = len(subject.structure.states[finding])
    if count == 2:
        return (0,)
    seen = subject.findings.states.get(finding)
    return tuple(range(count)) if seen is None else (seen,)


def _layers(subject: Subject, finding: str) -> Iterator[tuple[tuple[int, ...], np.ndarray]]:
    everywhere = np.ones(len(subject.diseases), dtype=bool)
    if finding not in subject.structure.split:
        yield (), everywhere
        return
    cells = [subject.blueprint.cells_of(disease, finding) for disease in subject.diseases]
    shared = np.array([all(cell.used == first.used for cell in rest) for first, *rest in cells])
    layers = tuple(range(len(cells[0])))
    for some, holds in ((layers, shared), *(((layer,), ~shared) for layer in layers)):
        if holds.any():
            yield some, holds


def figures(subject: Subject, panel: Panel) -> dict[int, Figure]:
    """The figures of a panel by position of their disease."""
    values, (low, high) = panel.values(subject), panel.interval(subject)
    found = {}
    for i in np.flatnonzero(panel.holds).tolist():
        cell = cell_of(subject, panel, i)
        condition = cell.condition if len(panel.layers) == 1 else ""
        state = subject.structure.states[panel.finding][panel.state]
        numbers = float(values[i]), float(low[i]), float(high[i])
        found[i] = Figure(
            panel.finding, state, cell.disease, condition, *numbers, cell.basis, cell_rows(cell)
        )
    return found


def prior_figures(subject: Subject) -> list[Figure]:
    """The prior probability of every disease as a figure; its Dirichlet's marginal is a Beta."""
    alpha = subject.columns.prior
    low, high = _quantiles(alpha, alpha.sum() - alpha)
    weights = {w.disease: w for w in subject.base.weights(subject.info.setting)}
    return [
        Figure(
            DIAGNOSIS,
            disease,
            disease,
            "",
            float(subject.prior[i]),
            float(low[i]),
            float(high[i]),
            weights[disease].basis,
            (row_of(weights[disease]),),
        )
        for i, disease in enumerate(subject.diseases)
    ]


def _quantiles(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The ends of the 95 % interval of Beta distributions, shape (2, *a.shape)."""
    with needs("sensitivity"):
        from scipy.special import betaincinv

    return betaincinv(a, b, np.array(INTERVAL)[:, None])


def cell_of(subject: Subject, panel: Panel, disease: int) -> Cell:
    """The cell of the knowledge base that a figure is from."""
    cells = subject.blueprint.cells_of(subject.diseases[disease], panel.finding)
    return cells[panel.layers[0] if panel.layers else 0]


def cell_rows(cell: Cell) -> tuple[dict[str, Any], ...]:
    """The rows that a cell rests on, with the places where they stand."""
    return tuple(row_of(statement) for statement in cell.used)


def row_of(record: Any) -> dict[str, Any]:
    """A record's row as a flat mapping, with its place."""
    return {**record.row.cells, "file": record.row.file, "line": record.row.line}


# -- in words -----------------------------------------------------------------------------------


def named(figure: Figure, labels: Mapping[str, str]) -> str:
    """`leptomeningeal enhancement in neurosarcoidosis`, or the prior of a disease."""
    disease = labels[figure.disease]
    if figure.finding == DIAGNOSIS:
        return f"the prior of {disease}"
    state = "" if figure.state == "present" else f" = {figure.state}".replace("_", " ")
    given = f" if {condition(figure.condition)}" if figure.condition else ""
    return f"{labels[figure.finding]}{state} in {disease}{given}"


def origin(figure: Figure) -> str:
    """What the rows state and where: `31/80, some_2019`."""
    said = [f"{_stated(row)}, {row['source']}" for row in figure.rows[:NAMED]]
    more = len(figure.rows) - len(said)
    return "; ".join([*said, *([f"{more} more"] if more else [])]) or "no source (background rate)"


def _stated(row: Mapping[str, Any]) -> str:
    return f"weight {row['weight']}" if "weight" in row else printed(row)


def standing(figure: Figure) -> str:
    """Where a figure stands: value, interval and origin."""
    interval = f"{share(figure.lower)}-{share(figure.upper)}"
    return f"now {share(figure.value)} ({interval}), from {origin(figure)}"
