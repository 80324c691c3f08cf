"""One-way sensitivity of every CPT parameter for a case, with the sources behind it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any, TypeVar

import numpy as np

from ..inference.sensitivity_functions import ParameterFunctions, parameters, sensitivity_functions
from ..knowledge.base import FORM, split_owner
from ..knowledge.build import DIAGNOSIS
from ..knowledge.forms import owner_of, state_of
from ..render import charts
from ..render.sheet import Sheet
from ..render.wording import share
from .sensitivity_answer import SHOWN, TargetAnswer
from .subject import Subject

#: Curves drawn, one parameter each.
CURVES = 6

Number = TypeVar("Number", float, np.ndarray)


@dataclass(frozen=True)
class CptParameter:
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

    def at(self, t: Number) -> Number:
        """P(target | case) with the parameter at t."""
        a, b, c, d = self.coefficients
        return (a * t + b) / (c * t + d)


@dataclass(frozen=True, repr=False, kw_only=True)
class OneWay(TargetAnswer):
    """Every parameter that bears on the case. `functions` holds them as arrays by variable."""

    functions: Mapping[str, ParameterFunctions]
    subject: Subject

    @cached_property
    def parameters(self) -> tuple[CptParameter, ...]:
        """All parameters, the most sensitive first."""
        found = [
            _parameter(self.subject, self.functions[name], name, index, state, given)
            for name, index, state, given in parameters(self.subject.engine.network, self.functions)
            if name != FORM or self.functions[name].value[index] > 0
        ]
        return tuple(sorted(found, key=lambda p: -p.sensitivity))

    @cached_property
    def distinct(self) -> tuple[CptParameter, ...]:
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
        return self._document(parameters=[_document(parameter) for parameter in self.parameters])

    def sheet(self, count: int = SHOWN) -> Sheet:
        """What is shown, with at most `count` rows."""
        rows = [
            (
                _in_words(p),
                share(p.value),
                f"{p.sensitivity:.3g}",
                f"{share(p.admissible[0])}-{share(p.admissible[1])}",
            )
            for p in self.distinct[:count]
        ]
        hang = sum(p.admissible != (0.0, 1.0) for p in self.distinct)
        return self._digest(
            f"{self._now}. The {len(self.distinct)} CPT parameters that bear on the case.",
            ("parameter", "now", "sensitivity", "admissible"),
            rows,
            ("now", "sensitivity", "admissible"),
            (
                "sensitivity: |dP/dt|. admissible: where the leading diagnosis stays first.",
                f"{hang} of the parameters could change it alone, between 0 and 1.",
            ),
        )

    def plot(self, count: int = CURVES) -> Any:
        """A picture with at most `count` rows (an altair chart)."""
        alt = charts.altair()
        shown = self.distinct[:count]
        grid = np.linspace(0, 1, 101)
        rows = [
            {"parameter": _said(p), "t": t, "posterior": y}
            for p in shown
            for t, y in zip(grid.tolist(), p.at(grid).tolist(), strict=True)
        ]
        name = self.labels[self.target]
        legend = alt.Legend(labelLimit=500, orient="bottom", columns=1)
        colour = alt.Color("parameter:N", sort=None, legend=legend)
        lines = (
            charts.chart(rows)
            .mark_line()
            .encode(
                x=alt.X("t:Q", title="value of the parameter"),
                y=alt.Y("posterior:Q", title=f"P({name})", scale=alt.Scale(domain=[0, 1])),
                color=colour,
            )
        )
        now = [{"parameter": _said(p), "t": p.value, "posterior": self.posterior} for p in shown]
        dots = charts.chart(now).mark_point(filled=True, size=60)
        dots = dots.encode(x="t:Q", y="posterior:Q", color=colour)
        chart = (lines + dots).properties(width=charts.WIDTH, height=280)
        title = "The most sensitive parameters; dots: where they stand"
        return charts.captioned(chart, title, self.model)


def _in_words(p: CptParameter) -> str:
    given = ", ".join(f"{name}={state}" for name, state in p.given.items())
    return f"P({p.variable}={p.state}{' | ' if given else ''}{given})"


def _said(parameter: CptParameter) -> str:
    given = ", ".join(parameter.given.values())
    return f"P({parameter.variable}={parameter.state}{' | ' if given else ''}{given})"


def oneway(subject: Subject) -> OneWay:
    """Every CPT parameter: its sensitivity function, and how far it may move.

    P(t) = (a t + b) / (c t + d), exactly; the rest of the column scales in proportion."""
    target = subject.diseases[subject.target]
    return OneWay.about(
        subject,
        functions={
            name: functions
            for name, functions in sensitivity_functions(
                subject.engine, DIAGNOSIS, target, subject.encoded
            ).items()
            if name in (*subject.structure.states, FORM)
        },
        subject=subject,
    )


def _parameter(
    subject: Subject,
    functions: ParameterFunctions,
    name: str,
    index: tuple[int, ...],
    state: str,
    given: dict[str, str],
) -> CptParameter:
    f = functions
    proximity = float(f.vertex_proximity[index])
    return CptParameter(
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
    if variable == FORM:
        return tuple(f.source for f in subject.base.forms if state_of(f.owner) == state)
    found = _cell_sources(subject, variable, given)
    if edge := subject.structure.edges.get(variable):
        found += _cell_sources(subject, edge.parent, given)
        found += [row.source for row in subject.base.dependencies if row.child == variable]
    return tuple(dict.fromkeys(found))


def _cell_sources(subject: Subject, finding: str, given: Mapping[str, str]) -> list[str]:
    """Of the cell under the given state of the context, or of all where none is given; of a form
    with figures of its own these, else those of its disease."""
    owner = given.get(DIAGNOSIS) or owner_of(given[FORM])
    cells = subject.blueprint.cells_of_form(owner, finding)
    cells = cells or subject.blueprint.cells_of(split_owner(owner)[0], finding)
    context = subject.structure.context
    if finding in subject.structure.split and context in given:
        cells = [cell for cell in cells if cell.condition == f"{context}={given[context]}"]
    return [statement.source for cell in cells for statement in cell.used]


def _document(parameter: CptParameter) -> dict[str, Any]:
    found = asdict(parameter)
    lists = {name: list(found[name]) for name in ("coefficients", "admissible", "sources")}
    return found | lists


def _flat(parameter: CptParameter) -> dict[str, Any]:
    found = _document(parameter)
    found["given"] = ", ".join(f"{name}={state}" for name, state in parameter.given.items())
    a, b, c, d = found.pop("coefficients")
    lower, upper = found.pop("admissible")
    return found | {"a": a, "b": b, "c": c, "d": d, "lower": lower, "upper": upper}
