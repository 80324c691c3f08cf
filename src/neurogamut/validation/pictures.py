"""Validations and simulations as altair charts. Needs the extra `plots`."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from ..render import charts
from ..render.charts import AGAINST, FOR, NEUTRAL, ROW_HEIGHT, WIDTH
from .peers import NAMES

if TYPE_CHECKING:
    import altair

    from .report import Validation
    from .simulate import Simulation


def accuracy(result: Validation) -> altair.FacetChart:
    """How often the true disease is first, in the first three and in the first five, by the model
    and its peers, with 95 % Wilson intervals."""
    alt = charts.altair()
    rows = [
        {
            "by": name,
            "within": f"in the first {k}" if k > 1 else "first",
            "share": found.value,
            "lower": found.interval[0],
            "upper": found.interval[1],
        }
        for name, score in result.scores.items()
        for k, found in ((1, score.top1), (3, score.top3), (5, score.top5))
    ]
    is_model = f"datum.by == '{NAMES['model']}'"
    base = charts.chart(rows).encode(
        y=charts.labels("by", ""),
        color=alt.condition(is_model, alt.value(FOR), alt.value(NEUTRAL)),
    )
    rules = base.mark_rule(strokeWidth=2).encode(x=_share("lower", "cases (%)"), x2="upper:Q")
    points = base.mark_point(filled=True, size=70, opacity=1).encode(x="share:Q")
    layers = (rules + points).properties(width=WIDTH / 2, height=ROW_HEIGHT * len(result.scores))
    column = alt.Column("within:N", sort=None, title=None)
    return charts.captioned(layers.facet(column=column), "The true disease comes", result.model)


def reliability(result: Validation) -> altair.LayerChart:
    """The leading disease's probability against how often it was right, with 95 % intervals; wide
    grey bars are where the model, unsure of its probabilities, expects the share."""
    rows = [
        {
            "forecast": b.forecast,
            "observed": b.hits.value,
            "lower": b.hits.interval[0],
            "upper": b.hits.interval[1],
            "cases": b.hits.of,
            "least": c.lower / c.cases,
            "most": c.upper / c.cases,
        }
        for b, c in zip(result.reliability, result.coverage, strict=True)
    ]
    base = charts.chart(rows).encode(x=_share("forecast", "probability of the leading disease (%)"))
    ends = [{"forecast": 0, "observed": 0}, {"forecast": 1, "observed": 1}]
    observed = _vertical("lower", "it is the true disease (% of cases)")
    diagonal = charts.chart(ends).mark_line(color=NEUTRAL, strokeDash=[4, 4])
    layers = [
        base.mark_rule(color=NEUTRAL, strokeWidth=14, opacity=0.3).encode(y="least:Q", y2="most:Q"),
        diagonal.encode(x="forecast:Q", y="observed:Q"),
        base.mark_rule(color=FOR, strokeWidth=2).encode(y=observed, y2="upper:Q"),
        base.mark_point(filled=True, color=FOR, size=70, opacity=1).encode(y="observed:Q"),
        base.mark_text(dx=12, align="left").encode(y="observed:Q", text="cases:Q"),
    ]
    chart = charts.altair().layer(*layers).properties(width=WIDTH, height=WIDTH)
    title = "Reliability (numbers: cases; grey: as the model expects)"
    return charts.captioned(chart, title, result.model)


def ranks(result: Validation) -> altair.LayerChart:
    """Every case at the rank of its true disease, a line per disease."""
    alt = charts.altair()
    seen: Counter[tuple[str, int]] = Counter()
    rows = []
    for case in result.cases:
        # Cases of one disease and rank stand beside each other.
        beside = seen[case.diagnosis, case.rank]
        seen[case.diagnosis, case.rank] += 1
        rows.append(
            {
                "disease": result.labels[case.diagnosis],
                "rank": case.rank,
                "place": case.rank * 1.1**beside,
                "case": case.id,
                "kind": "counted apart" if case.shared_source else "counted",
            }
        )
    ticks = [1, 2, 3, 5, 10, 20, len(result.labels)]
    x = alt.X(
        "place:Q",
        scale=alt.Scale(type="log", domain=[0.9, 32], nice=False),
        axis=alt.Axis(values=ticks),
        title="rank of the true disease",
    )
    colours = alt.Scale(domain=["counted", "counted apart"], range=[FOR, AGAINST])
    dots = (
        charts.chart(rows)
        .mark_point(filled=True, size=45, opacity=0.9)
        .encode(
            x=x,
            y=charts.labels("disease", "").sort("ascending"),
            color=alt.Color("kind:N", scale=colours, title=None),
            tooltip=["case:N", "rank:Q"],
        )
    )
    limit = (
        charts.chart([{"rank": 3.5}]).mark_rule(color=NEUTRAL, strokeDash=[4, 4]).encode(x="rank:Q")
    )
    height = ROW_HEIGHT * len({row["disease"] for row in rows}) * 0.8
    chart = (limit + dots).properties(width=WIDTH, height=height)
    return charts.captioned(chart, "Every case, by the rank of its true disease", result.model)


def decay(result: Simulation) -> altair.Chart:
    """How the simulated patients' accuracy falls with the findings that are known."""
    alt, told = charts.altair(), result.known == "told"
    rows = [
        {
            "assessed": c.assessed,
            "top3": c.score.top3.value,
            "first": c.score.top1.value,
            "read": "with errors" if c.misread else "rightly",
        }
        for c in result.conditions
    ]
    folded = charts.chart(rows).transform_fold(["first", "top3"], as_=["within", "share"])
    names = "datum.within == 'first' ? 'first' : 'in the first 3'"
    lines = (
        folded.transform_calculate(within=names)
        .mark_line(point=True)
        .encode(
            x=alt.X(
                "assessed:Q",
                scale=alt.Scale(type="log"),
                title=f"findings {result.known}{'' if told else ' (%)'}",
                axis=alt.Axis(
                    labelExpr=f"format(datum.value * {1 if told else 100}, '~g')",
                    values=[row["assessed"] for row in rows],
                ),
            ),
            y=_vertical("share", "patients (%)"),
            color=alt.Color(
                "read:N",
                title="tests read",
                scale=alt.Scale(domain=["rightly", "with errors"], range=[FOR, AGAINST]),
            ),
            strokeDash=alt.StrokeDash("within:N", title="true disease"),
        )
    )
    chart = lines.properties(width=WIDTH, height=WIDTH * 0.6)
    return charts.captioned(chart, "Accuracy in simulated patients", result.model)


def _share(field: str, title: str) -> altair.X:
    alt = charts.altair()
    return alt.X(f"{field}:Q", scale=alt.Scale(domain=[0, 1]), title=title, axis=_percent_axis())


def _vertical(field: str, title: str) -> altair.Y:
    alt = charts.altair()
    return alt.Y(f"{field}:Q", scale=alt.Scale(domain=[0, 1]), title=title, axis=_percent_axis())


def _percent_axis() -> altair.Axis:
    return charts.altair().Axis(labelExpr="format(datum.value * 100, '~g')", tickCount=5)
