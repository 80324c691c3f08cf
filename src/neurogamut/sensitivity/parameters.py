"""One-way sensitivity of every CPT parameter for a case, with the sources behind it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import numpy as np

from ..knowledge.build import DIAGNOSIS, SPLIT
from ..results import ModelInfo
from .oneway import ParameterFunctions, parameters, sensitivity_functions
from .result import SensitivityResult
from .subject import Subject


@dataclass(frozen=True)
class Parameter:
    """P(variable = state | given) as a parameter t: P(target | case)(t) = (a t + b) / (c t + d)
    with the `coefficients` a, b, c, d. Within `admissible` the leading diagnosis stays first.
    `vertex_proximity` is None where the function is linear."""

    variable: str
    state: str
    given: Mapping[str, str]
    value: float
    coefficients: tuple[float, float, float, float]
    sensitivity: float
    vertex_proximity: float | None
    admissible: tuple[float, float]
    sources: tuple[str, ...]

    def at(self, t: float | np.ndarray) -> float | np.ndarray:
        """P(target | case) with the parameter at t."""
        a, b, c, d = self.coefficients
        return (a * t + b) / (c * t + d)


@dataclass(frozen=True, repr=False)
class OneWay(SensitivityResult):
    """Every parameter that bears on the case. `functions` holds them as arrays by variable."""

    target: str
    leading: str
    posterior: float
    functions: Mapping[str, ParameterFunctions]
    subject: Subject
    labels: dict[str, str]
    model: ModelInfo

    @cached_property
    def parameters(self) -> tuple[Parameter, ...]:
        """All parameters, the most sensitive first."""
        found = [
            _parameter(self.subject, self.functions[name], name, index, state, given)
            for name, index, state, given in parameters(self.subject.engine.network, self.functions)
        ]
        return tuple(sorted(found, key=lambda p: -p.sensitivity))

    @cached_property
    def distinct(self) -> tuple[Parameter, ...]:
        """All parameters but those of the second of two states, which mirror the first."""
        variables = self.subject.engine.network.variables
        states = {name: variables[name].states for name in self.functions}
        mirrored = {(name, both[1]) for name, both in states.items() if len(both) == 2}
        return tuple(p for p in self.parameters if (p.variable, p.state) not in mirrored)

    def records(self) -> list[dict[str, Any]]:
        """One row per parameter, the coefficients and the interval in columns of their own."""
        return [_flat(parameter) for parameter in self.parameters]

    def to_dict(self) -> dict[str, Any]:
        """What `neurogamut sensitivity oneway --json` gives."""
        return {
            "target": self.target,
            "leading": self.leading,
            "posterior": self.posterior,
            "parameters": [_document(parameter) for parameter in self.parameters],
            "model": asdict(self.model),
        }


def oneway(subject: Subject) -> OneWay:
    """The sensitivity functions of P(target | case) in every parameter that bears on the case."""
    target = subject.diseases[subject.target]
    return OneWay(
        target,
        subject.diseases[subject.leading],
        float(subject.posterior[subject.target]),
        sensitivity_functions(subject.engine, DIAGNOSIS, target, subject.encoded),
        subject,
        subject.labels,
        subject.info,
    )


def _parameter(
    subject: Subject, functions: ParameterFunctions, name: str, index: tuple[int, ...], state: str,
    given: dict[str, str],
) -> Parameter:  # fmt: skip
    f = functions
    proximity = float(f.vertex_proximity[index])
    return Parameter(
        name,
        state,
        given,
        float(f.value[index]),
        (float(f.a[index]), float(f.b[index]), float(f.c[index]), float(f.d[index])),
        float(f.sensitivity[index]),
        proximity if np.isfinite(proximity) else None,
        (float(f.lower[index]), float(f.upper[index])),
        sources_of(subject, name, given, state),
    )


def sources_of(
    subject: Subject, variable: str, given: Mapping[str, str], state: str
) -> tuple[str, ...]:
    """Keys of the sources of a CPT parameter: of its own figure, and where it depends on another
    finding, of that finding's figure and of the dependency."""
    if variable == DIAGNOSIS:
        weights = subject.base.weights(subject.info.setting)
        return tuple(weight.source for weight in weights if weight.disease == state)
    found = _cell_sources(subject, variable, given)
    if edge := subject.structure.edges.get(variable):
        found += _cell_sources(subject, edge.parent, given)
        found += [row.source for row in subject.base.dependencies if row.child == variable]
    return tuple(dict.fromkeys(found))


def _cell_sources(subject: Subject, finding: str, given: Mapping[str, str]) -> list[str]:
    """Of the cell under the given immune status, or of both where none is given."""
    statuses = [given[SPLIT]] if SPLIT in given else list(subject.structure.states[SPLIT])
    split = finding in subject.structure.split
    conditions = [f"{SPLIT}={status}" for status in statuses] if split else [""]
    cells = [subject.cells[given[DIAGNOSIS], finding, condition] for condition in conditions]
    return [statement.source for cell in cells for statement in cell.used]


def _document(parameter: Parameter) -> dict[str, Any]:
    found = asdict(parameter)
    lists = {name: list(found[name]) for name in ("coefficients", "admissible", "sources")}
    return found | lists


def _flat(parameter: Parameter) -> dict[str, Any]:
    found = _document(parameter)
    found["given"] = ", ".join(f"{name}={state}" for name, state in parameter.given.items())
    a, b, c, d = found.pop("coefficients")
    lower, upper = found.pop("admissible")
    return found | {"a": a, "b": b, "c": c, "d": d, "lower": lower, "upper": upper}
