"""Pictures of the sensitivity analyses (altair charts)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import singledispatch
from typing import TYPE_CHECKING, Any

import numpy as np

from .plots import AGAINST, FOR, NEUTRAL, ROW_HEIGHT, _altair, _captioned, _chart, _labels
from .sensitivity.evppi import Evppi
from .sensitivity.findings import FindingsSensitivity
from .sensitivity.flip import Flip
from .sensitivity.knowledge_distance import KnowledgeDistance
from .sensitivity.parameters import OneWay, Parameter
from .sensitivity.priors import PriorsSensitivity
from .sensitivity.result import SensitivityResult
from .sensitivity.sobol import Sobol
from .sensitivity.sources import SourcesSensitivity
from .sensitivity.tornado import Tornado
from .sensitivity.uncertainty import Uncertainty
from .sensitivity_views import named

if TYPE_CHECKING:
    import altair

WIDTH = 420
#: Rows drawn unless asked otherwise, and curves of one parameter each.
SHOWN, CURVES = 15, 6


@singledispatch
def draw(result: SensitivityResult, count: int = SHOWN) -> altair.TopLevelMixin:
    """The picture of a result with at most `count` rows."""
    raise TypeError(f"no picture of a {type(result).__name__}")


# -- one row per figure or disease --------------------------------------------------------------


def _ranges(rows: Sequence[dict[str, Any]], what: str, axis: str, now: float | None = None):
    """A bar from `low` to `high` per row, a dot at `dot`, and a line at `now`."""
    alt = _altair()
    base = _chart(list(rows)).encode(y=_labels("label", what))
    scale = alt.Scale(domain=[0, 1])
    bars = base.mark_bar(size=10, color=FOR, opacity=0.6).encode(
        x=alt.X("low:Q", title=axis, scale=scale), x2="high:Q"
    )
    colour = alt.condition("datum.flips", alt.value(AGAINST), alt.value(FOR))
    dots = base.mark_point(filled=True, size=60, opacity=1).encode(x="dot:Q", color=colour)
    layers = [bars, dots]
    if now is not None:
        layers.append(_chart([{"now": now}]).mark_rule(color=NEUTRAL).encode(x="now:Q"))
    return alt.layer(*layers).properties(width=WIDTH, height=ROW_HEIGHT * len(rows))


def _row(label: str, low: float, high: float, dot: float, flips: bool = False) -> dict[str, Any]:
    return {"label": label, "low": low, "high": high, "dot": dot, "flips": flips}


@draw.register
def _tornado(result: Tornado, count: int = SHOWN):
    rows = [
        _row(named(s.figure, result.labels), s.low, s.high, s.at_upper, s.flips)
        for s in result.swings[:count]
    ]
    name = result.labels[result.target]
    axis = f"P({name}); dot: figure at its upper end, orange: the order changes"
    chart = _ranges(rows, "figure over its 95 % interval", axis, result.posterior)
    return _captioned(chart, f"Which figure moves P({name}) most?", result.model)


@draw.register
def _uncertainty(result: Uncertainty, count: int = 8):
    rows = [
        _row(result.labels[d.disease], d.lower, d.upper, d.mean) for d in result.diseases[:count]
    ]
    chart = _ranges(rows, "disease", "probability, mean and 95 % credible interval")
    title = f"{result.draws:,} draws of all figures, seed {result.seed}"
    return _captioned(chart, title, result.model)


@draw.register
def _flip(result: Flip, count: int = SHOWN):
    rows = [
        _row(named(f.figure, result.labels), *sorted((f.figure.value, f.to)), f.to, True)
        for f in result.figures[:count]
    ]
    axis = "from where the figure stands to where the order changes (dot)"
    chart = _ranges(rows, "figure", axis)
    return _captioned(chart, f"What would overtake {result.labels[result.leading]}?", result.model)


@draw.register
def _findings(result: FindingsSensitivity, count: int = 30):
    rows = [
        _row(" and ".join(f"{f}: {s}" for f, s in r.changes),
             *sorted((result.posterior, r.target_posterior)), r.target_posterior, r.flips)
        for r in result.readings[:count]
        if r.target_posterior is not None
    ]  # fmt: skip
    name = result.labels[result.target]
    axis = f"P({name}); orange: another diagnosis is first"
    chart = _ranges(rows, "finding read otherwise", axis, result.posterior)
    return _captioned(chart, "Which reading matters?", result.model)


@draw.register
def _priors(result: PriorsSensitivity, count: int = SHOWN):
    rows = [
        _row(result.labels[d.disease], *sorted((d.target_if_lower, d.target_if_higher)),
             d.target_if_higher, d.flips)
        for d in result.diseases[:count]
    ]  # fmt: skip
    axis = f"P({result.labels[result.target]}); dot: odds ten times higher, orange: flips"
    chart = _ranges(rows, "prior odds / 10 to x 10", axis, result.posterior)
    return _captioned(chart, "What do the priors decide?", result.model)


@draw.register
def _sources(result: SourcesSensitivity, count: int = SHOWN):
    rows = [
        _row(f"{e.source} ({e.case})", *sorted((e.posterior, e.posterior_without)),
             e.posterior_without, e.flips)
        for e in result.effects[:count]
    ]  # fmt: skip
    axis = "P(disease in question) with and without (dot); orange: another is first"
    return _captioned(
        _ranges(rows, "without the source", axis), "Which paper matters?", result.model
    )


@draw.register
def _distance(result: KnowledgeDistance, count: int = SHOWN):
    rows = [
        _row(f"{c.case}: {result.labels[c.disease]}", *sorted((c.before, c.after)), c.after,
             c.leading_before != c.leading_after)
        for c in result.cases[:count]
    ]  # fmt: skip
    axis = "probability before and after (dot); orange: another diagnosis is first"
    title = f"Chan-Darwiche distance {result.distance:.3f}"
    return _captioned(_ranges(rows, "case", axis), title, result.model)


# -- values with errors -------------------------------------------------------------------------


def _bars(rows: Sequence[dict[str, Any]], what: str, axis: str):
    """A bar per row with an error bar from `low` to `high`."""
    alt = _altair()
    base = _chart(list(rows)).encode(y=_labels("label", what))
    bars = base.mark_bar(color=FOR, size=10).encode(x=alt.X("value:Q", title=axis))
    errors = base.mark_rule(strokeWidth=2).encode(x="low:Q", x2="high:Q")
    return (bars + errors).properties(width=WIDTH, height=ROW_HEIGHT * len(rows))


def _error(label: str, value: float, half: float) -> dict[str, Any]:
    return {"label": label, "value": value, "low": max(value - half, 0), "high": value + half}


@draw.register
def _sobol(result: Sobol, count: int = SHOWN):
    rows = [
        _error(result.labels.get(g.group, "priors"), g.total, g.total_interval)
        for g in result.groups[:count]
    ]
    name = result.labels[result.target]
    axis = "total Sobol index with 95 % interval"
    return _captioned(_bars(rows, "figures of", axis), f"Uncertainty of P({name})", result.model)


@draw.register
def _evppi(result: Evppi, count: int = SHOWN):
    rows = [
        _error(named(f.figure, result.labels), f.value, 1.96 * f.error)
        for f in result.figures[:count]
    ]
    axis = "EVPPI (utility per case) with 95 % interval"
    title = "Which figure is most worth measuring better?"
    return _captioned(_bars(rows, "figure", axis), title, result.model)


# -- curves -------------------------------------------------------------------------------------


@draw.register
def _oneway(result: OneWay, count: int = CURVES):
    alt = _altair()
    shown = result.distinct[:count]
    grid = np.linspace(0, 1, 101)
    rows = [
        {"parameter": _said(p), "t": t, "posterior": y}
        for p in shown
        for t, y in zip(grid.tolist(), p.at(grid).tolist(), strict=True)
    ]
    name = result.labels[result.target]
    legend = alt.Legend(labelLimit=500, orient="bottom", columns=1)
    colour = alt.Color("parameter:N", sort=None, legend=legend)
    lines = _chart(rows).mark_line().encode(
        x=alt.X("t:Q", title="value of the parameter"),
        y=alt.Y("posterior:Q", title=f"P({name})", scale=alt.Scale(domain=[0, 1])),
        color=colour,
    )  # fmt: skip
    dots = _chart(
        [{"parameter": _said(p), "t": p.value, "posterior": result.posterior} for p in shown]
    ).mark_point(filled=True, size=60).encode(x="t:Q", y="posterior:Q", color=colour)  # fmt: skip
    chart = (lines + dots).properties(width=WIDTH, height=280)
    return _captioned(chart, "The most sensitive parameters; dots: where they stand", result.model)


def _said(parameter: Parameter) -> str:
    given = ", ".join(parameter.given.values())
    return f"P({parameter.variable}={parameter.state}{' | ' if given else ''}{given})"
