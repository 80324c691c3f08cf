"""What all charts share: colours, axes, captions, and how they become files (altair).

Every chart says in its caption which version, knowledge base and setting it is of. Needs the extra
`plots`; altair is imported when a chart is drawn.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import UsageError, nearest, needs
from .wording import RESEARCH_USE

if TYPE_CHECKING:
    from altair import Chart, LayerChart, TopLevelMixin, X, Y

WIDTH = 420
ROW_HEIGHT = 24
#: Blue and orange, which most colour-blind people tell apart; grey is neither for nor against.
FOR, AGAINST, NEUTRAL = "#2f74b5", "#c8691c", "#8a8a8a"
FORMATS: Mapping[str, Mapping[str, Any]] = {
    ".svg": {},
    ".png": {"scale_factor": 2},
    ".html": {"inline": True},
}


def altair() -> Any:
    """Altair, set to draw in notebooks without fetching scripts from the network.

    Raises MissingExtraError where it is not installed."""
    with needs("plots"):
        import altair
    if altair.renderers.active == "default":
        altair.renderers.enable("svg")
    return altair


def chart(rows: Sequence[Mapping[str, Any]]) -> Chart:
    """A chart of rows of data."""
    alt = altair()
    return alt.Chart(alt.Data(values=list(rows)))


def labels(field: str, title: str) -> Y:
    """A row per value, in the order of the data."""
    alt = altair()
    return alt.Y(f"{field}:N", sort=None, title=title, axis=alt.Axis(labelLimit=400, maxExtent=400))


def percentage(field: str, title: str) -> X:
    """A probability, labelled from 0 to 100."""
    alt = altair()
    axis = alt.Axis(labelExpr="format(datum.value * 100, '~g')", tickCount=5)
    return alt.X(f"{field}:Q", scale=alt.Scale(domain=[0, 1]), title=title, axis=axis)


def captioned(drawn: Any, title: str, made_by: object) -> Any:
    """A chart with its title, what made it, and what it is not for."""
    params = altair().TitleParams(title, subtitle=[str(made_by), RESEARCH_USE], anchor="start")
    return drawn.properties(title=params).configure_view(strokeWidth=0)


def ranges(
    rows: Sequence[Mapping[str, Any]], what: str, axis: str, now: float | None = None
) -> LayerChart:
    """A bar from `low` to `high` per row (made by `interval`), a dot at `dot`, a line at `now`."""
    alt = altair()
    base = chart(rows).encode(y=labels("label", what))
    scale = alt.Scale(domain=[0, 1])
    bars = base.mark_bar(size=10, color=FOR, opacity=0.6).encode(
        x=alt.X("low:Q", title=axis, scale=scale), x2="high:Q"
    )
    colour = alt.condition("datum.flips", alt.value(AGAINST), alt.value(FOR))
    dots = base.mark_point(filled=True, size=60, opacity=1).encode(x="dot:Q", color=colour)
    layers = [bars, dots]
    if now is not None:
        layers.append(chart([{"now": now}]).mark_rule(color=NEUTRAL).encode(x="now:Q"))
    return alt.layer(*layers).properties(width=WIDTH, height=ROW_HEIGHT * len(rows))


def interval(
    label: str, one: float, other: float, dot: float, flips: bool = False
) -> dict[str, Any]:
    """A row of `ranges`, its ends in either order."""
    low, high = sorted((one, other))
    return {"label": label, "low": low, "high": high, "dot": dot, "flips": flips}


def bars(rows: Sequence[Mapping[str, Any]], what: str, axis: str) -> LayerChart:
    """A bar per row (made by `estimate`) with an error bar."""
    base = chart(rows).encode(y=labels("label", what))
    drawn = base.mark_bar(color=FOR, size=10).encode(x=altair().X("value:Q", title=axis))
    errors = base.mark_rule(strokeWidth=2).encode(x="low:Q", x2="high:Q")
    return (drawn + errors).properties(width=WIDTH, height=ROW_HEIGHT * len(rows))


def estimate(label: str, value: float, half: float) -> dict[str, Any]:
    """A row of `bars`: a value that is not negative, and half the width of its interval."""
    return {"label": label, "value": value, "low": max(value - half, 0), "high": value + half}


def picture_format(path: str | Path) -> str:
    """The suffix that says how to draw. Raises UsageError for one that nobody can."""
    suffix = Path(path).suffix
    if suffix not in FORMATS:
        hint = nearest(suffix, FORMATS)
        raise UsageError(f"{path}: no picture format; expected {', '.join(FORMATS)}{hint}")
    return suffix


def save(drawn: TopLevelMixin, path: str | Path) -> None:
    """Write a chart as .svg, .png (at twice a screen's density) or self-contained .html.

    Raises UsageError for another suffix or a file that cannot be written."""
    suffix = picture_format(path)
    try:
        drawn.save(str(path), **FORMATS[suffix])
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror}") from None
