"""Results as altair charts, and charts as files. Needs the extra `plots`.

Every chart says in its caption which version, knowledge base and setting it is of.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .errors import MissingExtraError, UsageError, nearest
from .results import CellView, Explanation, ModelInfo, Posterior
from .waterfall import Step, steps
from .wording import RESEARCH_USE, figure, line, place

if TYPE_CHECKING:
    import altair

WIDTH = 420
ROW_HEIGHT = 24
#: Blue and orange, which most colour-blind people tell apart; grey is neither for nor against.
FOR, AGAINST, NEUTRAL = "#2f74b5", "#c8691c", "#8a8a8a"
#: A cell of more states than these (an age) is drawn as intervals instead of densities.
STATES = (FOR, AGAINST, NEUTRAL, "#4f9d69")
FORMATS = {".svg": {}, ".png": {"scale_factor": 2}, ".html": {"inline": True}}
GRID = np.linspace(0.001, 0.999, 400)


def posterior(result: Posterior, count: int = 8) -> altair.LayerChart:
    """Bars of the `count` leading diseases, with a tick at each prior."""
    alt = _altair()
    rows = [
        {"disease": result.labels[disease], "posterior": p, "prior": result.prior[disease]}
        for disease, p in result.top(count)
    ]
    shown = ["disease:N", "posterior:Q", "prior:Q"]
    base = _chart(rows).encode(y=_labels("disease", "disease"), tooltip=shown)
    probability = _percentage("posterior", "probability (%), tick: before the findings")
    bars = base.mark_bar(color=FOR).encode(x=probability)
    ticks = base.mark_tick(color="black", thickness=2, size=16).encode(x="prior:Q")
    numbers = base.mark_text(align="left", dx=4).encode(
        x="larger:Q", text=alt.Text("posterior:Q", format=".1%")
    ).transform_calculate(larger="max(datum.posterior, datum.prior)")  # fmt: skip
    chart = (bars + ticks + numbers).properties(width=WIDTH, height=ROW_HEIGHT * len(rows))
    return _captioned(chart, "Probability of each disease", result.model)


def waterfall(result: Explanation) -> altair.LayerChart:
    """From the prior odds to the posterior odds, one finding after the other."""
    alt = _altair()
    rows = [_drawn(step, _side(step)) for step in steps(result)]
    rows.append(_drawn(Step("posterior odds", 0.0, result.total), "odds"))
    base = _chart(rows).encode(y=_labels("step", "finding"), tooltip=["step:N", "bans:Q"])
    colours = alt.Scale(domain=["for", "against", "odds"], range=[FOR, AGAINST, NEUTRAL])
    bars = base.mark_bar(size=14).encode(
        x=alt.X("start:Q", title="log10 odds (bans)"),
        x2="end:Q",
        color=alt.Color("side:N", scale=colours, legend=None),
    )
    numbers = base.mark_text(align="left", dx=4).encode(
        x="larger:Q", text=alt.Text("bans:Q", format="+.2f")
    ).transform_calculate(larger="max(datum.start, datum.end)")  # fmt: skip
    zero = _chart([{"zero": 0}]).mark_rule(color=NEUTRAL).encode(x="zero:Q")
    chart = (zero + bars + numbers).properties(width=WIDTH, height=ROW_HEIGHT * len(rows))
    title = f"{result.labels[result.disease]} against {result.labels[result.against]}"
    return _captioned(chart, title, result.model)


def cell(result: CellView) -> altair.VConcatChart:
    """The distribution of a cell's probability above the figures of its rows."""
    condition = f", {result.condition}" if result.condition else ""
    finding, disease = result.labels[result.finding], result.labels[result.disease]
    if len(result.distribution) > len(STATES):
        parts = [_intervals(result)]
    else:
        parts = [_densities(result), *_figures(result)]
    chart = _altair().vconcat(*parts)
    return _captioned(chart, f"P({finding} | {disease}{condition})", result.model)


def picture_format(path: str | Path) -> str:
    """The suffix that says how to draw. Raises UsageError for one that nobody can."""
    suffix = Path(path).suffix
    if suffix not in FORMATS:
        hint = nearest(suffix, FORMATS)
        raise UsageError(f"{path}: no picture format; expected {', '.join(FORMATS)}{hint}")
    return suffix


def save(chart: altair.TopLevelMixin, path: str | Path) -> None:
    """Write a chart as .svg, .png (at twice a screen's density) or self-contained .html.

    Raises UsageError for another suffix or a file that cannot be written."""
    suffix = picture_format(path)
    try:
        chart.save(str(path), **FORMATS[suffix])
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror}") from None


# -- parts of a waterfall and of a cell ---------------------------------------------------------


def _side(step: Step) -> str:
    if step.weight is None:
        return "odds"
    return "for" if step.bans >= 0 else "against"


def _drawn(step: Step, side: str) -> dict[str, Any]:
    numbers = {"start": step.start, "end": step.end, "bans": step.bans}
    return {"step": step.name, "side": side, **numbers}


def _densities(result: CellView) -> altair.Chart:
    """The Beta density of each state; of two states of the first, as the other mirrors it."""
    from scipy.stats import beta

    alt, states = _altair(), _states(result)
    rows = []
    for state in states:
        shape = result.distribution[state]
        density = beta.pdf(GRID, shape["a"], shape["b"])
        rows += [
            {"state": state, "p": p, "density": value}
            for p, value in zip(GRID.tolist(), density.tolist(), strict=True)
        ]
    area = _chart(rows).mark_area(opacity=0.4, line=True)
    colours = alt.Scale(domain=states, range=STATES[: len(states)])
    return area.encode(
        x=_percentage("p", f"probability of {'each state' if states[1:] else states[0]} (%)"),
        y=alt.Y("density:Q", title="density", stack=None),
        color=alt.Color("state:N", scale=colours, legend=alt.Legend() if states[1:] else None),
    ).properties(width=WIDTH, height=160)


def _states(result: CellView) -> list[str]:
    """The states to draw: of two only the first."""
    states = list(result.distribution)
    return states[:1] if len(states) == 2 else states


def _intervals(result: CellView) -> altair.LayerChart:
    """Mean and 95 % interval of each state."""
    rows = [{"state": state, **beta} for state, beta in result.distribution.items()]
    base = _chart(rows).encode(y=_labels("state", result.labels[result.finding]))
    probability = _percentage("lower", "probability (%)")
    rules = base.mark_rule(color=FOR).encode(x=probability, x2="upper:Q")
    points = base.mark_point(color=FOR, filled=True, size=50).encode(x="mean:Q")
    return (rules + points).properties(width=WIDTH, height=ROW_HEIGHT * len(rows))


def _figures(result: CellView) -> list[altair.LayerChart]:
    """The rows' figures, if there are rows; a word alone has a label and no point."""
    alt, states = _altair(), _states(result)
    rows = [_located(row, states) for row in (*result.used, *result.outranked)]
    if not rows:
        return []
    names = [row["row"] for row in rows]
    colour = alt.condition("datum.used", alt.value(FOR), alt.value(NEUTRAL))
    base = _chart(rows).encode(
        y=_labels("row", "row").scale(alt.Scale(domain=names)), color=colour, tooltip=["where:N"]
    )
    probability = _percentage("low", "what each row states (%), grey: not pooled")
    rules = base.mark_rule().encode(x=probability, x2="high:Q")
    points = base.mark_point(filled=True, size=60, opacity=1).encode(x="middle:Q")
    return [(rules + points).properties(width=WIDTH, height=ROW_HEIGHT * len(rows))]


def _located(row: Mapping[str, Any], states: list[str]) -> dict[str, Any]:
    """Where a row's figure lies, nowhere where it has none. Where only one of two states is drawn,
    a figure of the other is mirrored."""
    low, high = _range(row)
    if low is not None and row["state"] not in states:
        low, high = 1 - high, 1 - low
    middle = None if low is None else (low + high) / 2
    name = f"{row['state']} {figure(row)}; {row['source']}, line {row['line']}"
    where = f"{place(row)} ({line(row)})"
    return {"row": name, "low": low, "high": high, "middle": middle, "used": row["used"],
            "where": where}  # fmt: skip


def _range(row: Mapping[str, Any]) -> tuple[float, float] | tuple[None, None]:
    if row["k"] and row["n"]:
        return (int(row["k"]) / int(row["n"]),) * 2
    if not row["percent"]:
        return None, None
    low, _, high = row["percent"].partition(" to ")
    return float(low) / 100, float(high or low) / 100


# -- what all charts share ----------------------------------------------------------------------


def _altair():
    """Altair, set to draw in notebooks without fetching scripts from the network."""
    try:
        import altair
    except ImportError:
        raise MissingExtraError("altair", "plots") from None
    if altair.renderers.active == "default":
        altair.renderers.enable("svg")
    return altair


def _chart(rows: list[dict[str, Any]]) -> altair.Chart:
    alt = _altair()
    return alt.Chart(alt.Data(values=rows))


def _labels(field: str, title: str) -> altair.Y:
    """A row per value, in the order of the data."""
    alt = _altair()
    return alt.Y(f"{field}:N", sort=None, title=title, axis=alt.Axis(labelLimit=400, maxExtent=400))


def _percentage(field: str, title: str) -> altair.X:
    """A probability, labelled from 0 to 100."""
    alt = _altair()
    axis = alt.Axis(labelExpr="format(datum.value * 100, '~g')", tickCount=5)
    return alt.X(f"{field}:Q", scale=alt.Scale(domain=[0, 1]), title=title, axis=axis)


def _captioned(chart: altair.TopLevelMixin, title: str, model: ModelInfo) -> altair.TopLevelMixin:
    params = _altair().TitleParams(title, subtitle=[str(model), RESEARCH_USE], anchor="start")
    return chart.properties(title=params).configure_view(strokeWidth=0)
