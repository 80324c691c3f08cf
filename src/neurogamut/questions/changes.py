"""The smallest changes of the tables that change the answer, and how far two networks are apart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from ..inference.chan_darwiche import (
    column_distance,
    distance,
    largest_change,
    log_ratio_range,
    ratio_factors,
)
from ..inference.cheapest_cpt import cheapest_change
from ..inference.elimination.engine import Engine
from ..inference.sensitivity_functions import ParameterFunctions
from ..network import Evidence, Network
from ..render.sheet import Sheet, Table
from ..render.wording import percent, share
from .network_answer import SHOWN, NetworkAnswer
from .parameters import NetworkParameter, parameter_at


@dataclass(frozen=True)
class ParameterFlip:
    """A parameter, where the leading state stops to be first, and how far that is: the change of
    its log odds, which is the Chan-Darwiche distance."""

    parameter: NetworkParameter
    to: float
    distance: float


@dataclass(frozen=True)
class TableFlip:
    """The distance of the nearest whole table of a variable that puts `rival` first."""

    variable: str
    rival: str
    distance: float


@dataclass(frozen=True, repr=False, kw_only=True)
class NetworkFlip(NetworkAnswer):
    """The smallest changes after which another state of the target leads, nearest first."""

    target: str
    leading: str
    probability: float
    parameters: tuple[ParameterFlip, ...]
    tables: tuple[TableFlip, ...]

    def records(self) -> list[dict[str, Any]]:
        """One row per parameter."""
        return [{**asdict(p), "parameter": str(p.parameter)} for p in self.parameters]

    def sheet(self, count: int = SHOWN) -> Sheet:
        """What is shown, with at most `count` parameters."""
        rows = [
            (str(p.parameter), share(p.parameter.value), share(p.to), f"{p.distance:.3f}")
            for p in self.parameters[:count]
        ]
        notes = [
            f"the whole table of {t.variable}: {t.rival} first at a distance of {t.distance:.3f}"
            for t in self.tables[:3]
        ] or ["no change of one table puts another state first"]
        return self._table(
            f"{self.target}: {self.leading} {percent(self.probability)} leads unless one number "
            "goes to",
            ("parameter", "now", "to", "distance"),
            rows,
            ("now", "to", "distance"),
            notes,
        )


@dataclass(frozen=True, repr=False, kw_only=True)
class Distance(NetworkAnswer):
    """The Chan-Darwiche distance of two networks: no odds change by more than a factor of
    exp(distance), no probability by more than `largest_change`. `variables` are the tables that
    differ, with the distance that each alone would make."""

    distance: float
    largest_change: float
    variables: dict[str, float]

    def records(self) -> list[dict[str, Any]]:
        """One row per table that differs."""
        return [{"variable": name, "distance": d} for name, d in self.variables.items()]

    def sheet(self, count: int = SHOWN) -> Sheet:
        """What is shown, with at most `count` tables."""
        rows = [(name, f"{d:.4g}") for name, d in list(self.variables.items())[:count]]
        table = [Table(("table", "distance"), rows, ("distance",))] if rows else []
        return self._sheet(
            f"Chan-Darwiche distance {self.distance:.4g}: no probability changes by more than "
            f"{percent(self.largest_change)}",
            *table,
        )


def parameter_flips(
    network: Network, functions: Mapping[str, ParameterFunctions]
) -> tuple[ParameterFlip, ...]:
    """Every parameter that can change the order alone, the nearest first."""
    found = []
    for name, function in functions.items():
        for place in np.argwhere((function.lower > 0) | (function.upper < 1)):
            index = tuple(place.tolist())
            parameter = parameter_at(network, name, index, float(function.value[index]))
            found += _nearest(parameter, float(function.lower[index]), float(function.upper[index]))
    return tuple(sorted(found, key=lambda flip: flip.distance))


def _nearest(parameter: NetworkParameter, lower: float, upper: float) -> list[ParameterFlip]:
    """The nearer of the two ends at which the order changes."""
    ends = [end for end in (lower, upper) if 0 < end < 1 and 0 < parameter.value < 1]
    flips = [ParameterFlip(parameter, e, column_distance(parameter.value, e)) for e in ends]
    return sorted(flips, key=lambda flip: flip.distance)[:1]


def table_flips(engine: Engine, target: str, evidence: Evidence) -> tuple[TableFlip, ...]:
    """For each table that can change the order alone, the nearest rival, the nearest first."""
    network = engine.network
    states = network.variables[target].states
    leading = int(engine.query(target, evidence).table.argmax())
    found = []
    for name, derivatives in engine.target_derivatives(target, evidence).items():
        gains = derivatives - derivatives[leading]
        changes = list(_rivals(network.cpts[name].table, gains, leading))
        if changes:
            rival, least = min(changes, key=lambda change: change[1])
            found.append(TableFlip(name, states[rival], least))
    return tuple(sorted(found, key=lambda flip: flip.distance))


def _rivals(table: np.ndarray, gains: np.ndarray, leading: int) -> Iterator[tuple[int, float]]:
    for rival, gain in enumerate(gains):
        if rival != leading and np.abs(gain).max() > 0:
            change = cheapest_change(table, gain)
            if change is not None:
                yield rival, change.distance


def distances(before: Network, after: Network) -> tuple[float, float, dict[str, float]]:
    """The distance of two networks, the largest change it allows, and that of each table alone."""
    whole = distance(before, after)
    alone = {}
    for factor in ratio_factors(before, after):
        low, high = log_ratio_range([factor], ())
        alone[factor[0][-1]] = float(high[0] - low[0])
    ranked = dict(sorted(alone.items(), key=lambda item: -item[1]))
    return whole, largest_change(whole), ranked
