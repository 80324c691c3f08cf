"""How the answer depends on each single number of the tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from ..inference.sensitivity_functions import ParameterFunctions
from ..network import Network
from ..render.sheet import Sheet
from ..render.wording import percent, share
from .network_answer import SHOWN, NetworkAnswer


@dataclass(frozen=True)
class NetworkParameter:
    """P(variable = state | given), now `value`."""

    variable: str
    state: str
    given: dict[str, str]
    value: float

    def __str__(self) -> str:
        condition = ", ".join(f"{name}={state}" for name, state in self.given.items())
        return f"P({self.variable}={self.state}{' | ' if condition else ''}{condition})"


@dataclass(frozen=True)
class ParameterSensitivity:
    """|d P(target) / d parameter|, the distance to the function's vertex (infinite where it is
    linear), and between what the leading state of the target stays first."""

    parameter: NetworkParameter
    sensitivity: float
    vertex_proximity: float
    lower: float
    upper: float


@dataclass(frozen=True)
class ParameterSwing:
    """P(target = state | evidence) where the parameter's odds are divided and multiplied by the
    factor."""

    parameter: NetworkParameter
    at_lower: float
    at_upper: float

    @property
    def swing(self) -> float:
        """How far the answer moves."""
        return abs(self.at_upper - self.at_lower)


@dataclass(frozen=True, repr=False, kw_only=True)
class NetworkOneWay(NetworkAnswer):
    """Every parameter that bears on the answer, the most sensitive first."""

    target: str
    state: str
    probability: float
    parameters: tuple[ParameterSensitivity, ...]

    def records(self) -> list[dict[str, Any]]:
        """One row per parameter."""
        return [{**asdict(p), "parameter": str(p.parameter)} for p in self.parameters]

    def sheet(self, count: int = SHOWN) -> Sheet:
        """What is shown, with at most `count` parameters."""
        rows = [
            (
                str(p.parameter),
                share(p.parameter.value),
                f"{p.sensitivity:.3g}",
                f"{share(p.lower)} to {share(p.upper)}",
            )
            for p in self.parameters[:count]
        ]
        return self._table(
            f"{self.target}={self.state}: {percent(self.probability)}",
            ("parameter", "now", "sensitivity", "order holds from"),
            rows,
            ("now", "sensitivity"),
        )


@dataclass(frozen=True, repr=False, kw_only=True)
class NetworkTornado(NetworkAnswer):
    """Every parameter moved to its odds divided and multiplied by `factor`, by swing."""

    target: str
    state: str
    probability: float
    factor: float
    parameters: tuple[ParameterSwing, ...]

    def records(self) -> list[dict[str, Any]]:
        """One row per parameter."""
        return [
            {**asdict(p), "parameter": str(p.parameter), "swing": p.swing} for p in self.parameters
        ]

    def sheet(self, count: int = SHOWN) -> Sheet:
        """What is shown, with at most `count` parameters."""
        rows = [
            (
                str(p.parameter),
                share(p.parameter.value),
                percent(p.at_lower),
                percent(p.at_upper),
                percent(p.swing),
            )
            for p in self.parameters[:count]
        ]
        return self._table(
            f"{self.target}={self.state}: {percent(self.probability)}. "
            f"Each number's odds divided and multiplied by {self.factor:g}, the others kept.",
            ("parameter", "now", "at lower", "at upper", "swing"),
            rows,
            ("now", "at lower", "at upper", "swing"),
        )


def sensitivities(
    network: Network, functions: Mapping[str, ParameterFunctions]
) -> tuple[ParameterSensitivity, ...]:
    """The parameters with an effect, the most sensitive first."""
    found = [
        ParameterSensitivity(
            parameter,
            float(functions[name].sensitivity[index]),
            float(functions[name].vertex_proximity[index]),
            float(functions[name].lower[index]),
            float(functions[name].upper[index]),
        )
        for name, index, parameter in _effective(network, functions)
    ]
    return tuple(sorted(found, key=lambda p: -p.sensitivity))


def swings(
    network: Network, functions: Mapping[str, ParameterFunctions], factor: float
) -> tuple[ParameterSwing, ...]:
    """The parameters with an effect, the widest swing first."""
    found = []
    for name, index, parameter in _effective(network, functions):
        at = [
            float(functions[name].at(index, _moved(parameter.value, by)))
            for by in (1 / factor, factor)
        ]
        found.append(ParameterSwing(parameter, *at))
    return tuple(sorted(found, key=lambda p: -p.swing))


def _moved(value: float, factor: float) -> float:
    """A probability whose odds are multiplied by a factor."""
    return value * factor / (1 - value + value * factor)


def _effective(
    network: Network, functions: Mapping[str, ParameterFunctions]
) -> Iterator[tuple[str, tuple[int, ...], NetworkParameter]]:
    """The parameters whose change moves the answer."""
    for name, function in functions.items():
        for place in np.argwhere(function.sensitivity > 0):
            index = tuple(place.tolist())
            yield name, index, parameter_at(network, name, index, float(function.value[index]))


def parameter_at(
    network: Network, name: str, index: tuple[int, ...], value: float
) -> NetworkParameter:
    """The parameter at a place of a table."""
    *given, state = index
    parents = [network.variables[parent] for parent in network.cpts[name].parents]
    condition = {p.name: p.states[i] for p, i in zip(parents, given, strict=True)}
    return NetworkParameter(name, network.variables[name].states[state], condition, value)
