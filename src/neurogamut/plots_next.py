"""Pictures of ranked tests and of plans (altair charts)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from .next_test.answers import OTHERS, NextTests, Plan, Step
from .plots import AGAINST, FOR, ROW_HEIGHT, _altair, _captioned, _chart, _labels
from .wording import percent

if TYPE_CHECKING:
    import altair

WIDTH = 240
#: Pixels per level and per leaf of a tree, and from a node to its words.
LEVEL, LEAF, GAP = 320, 60, 8
EDGE = "#b0b0b0"
#: The words beside a node: how one comes there, what leads, what to do; their height and weight.
WORDS = {
    "how": (-18, "normal"), "also": (-6, "normal"), "leads": (6, "bold"), "then": (18, "normal"),
}  # fmt: skip


def ranking(result: NextTests, count: int) -> altair.HConcatChart:
    """Bits (with two standard errors where estimated) beside net utility, of the best tests."""
    alt = _altair()
    rows = [
        {"test": test.label, "bits": test.information_gain_bits, "net": test.net_utility,
         "low": test.information_gain_bits - 2 * test.standard_error,
         "high": test.information_gain_bits + 2 * test.standard_error}
        for test in result.tests[:count]
    ]  # fmt: skip
    base = _chart(rows).properties(width=WIDTH, height=ROW_HEIGHT * len(rows))
    bits = base.mark_bar(color=FOR).encode(
        y=_labels("test", "test"), x=alt.X("bits:Q", title="information gain (bits)")
    )
    errors = base.mark_rule().encode(
        y=_labels("test", "test"), x=alt.X("low:Q", title="information gain (bits)"), x2="high:Q"
    )
    net = base.mark_bar().encode(
        y=alt.Y("test:N", sort=None, axis=None),
        x=alt.X("net:Q", title="net utility"),
        color=alt.condition("datum.net > 0", alt.value(FOR), alt.value(AGAINST)),
    )
    return _captioned(alt.hconcat(bits + errors, net), "Which test next?", result.model)


def tree(result: Plan) -> altair.LayerChart:
    """The decision tree, from left to right; a line is as thick as its branch is probable."""
    alt = _altair()
    nodes = list(_placed(result.root, 0, [0]))
    lines = [
        {"x": above[0], "y": above[1], "x2": x, "y2": y, "probability": step.probability}
        for step, x, y, above in nodes
        if above
    ]
    across = alt.X("x:Q", axis=None, scale=alt.Scale(domain=[0, 1 + max(n[1] for n in nodes)]))
    leaves = len(result.root.leaves())
    down = alt.Y("y:Q", axis=None, scale=alt.Scale(domain=[leaves - 0.5, -0.5]))
    thickness = alt.StrokeWidth("probability:Q", legend=None, scale=alt.Scale(range=[1, 8]))
    edges = _chart(lines).mark_rule(color=EDGE).encode(
        x=across, y=down, x2="x2:Q", y2="y2:Q", strokeWidth=thickness
    )  # fmt: skip
    points = [_point(step, x, y, result) for step, x, y, _ in nodes]
    base = _chart(points).encode(x=across, y=down, tooltip=[f"{word}:N" for word in WORDS])
    chart = alt.layer(edges, base.mark_circle(size=60, color=FOR), *_words(base)).properties(
        width=LEVEL * (1 + max(x for _, x, _, _ in nodes)),
        height=LEAF * leaves,
    )
    return _captioned(chart, f"Plan by {result.by} search", result.model)


def _words(base: altair.Chart) -> Iterator[altair.Chart]:
    """Lines beside each node, on a white halo that keeps the edges off them."""
    for word, (dy, weight) in WORDS.items():
        style = {"align": "left", "dx": GAP, "dy": dy, "fontWeight": weight}
        yield base.mark_text(**style, stroke="white", strokeWidth=4).encode(text=f"{word}:N")
        yield base.mark_text(**style).encode(text=f"{word}:N")


Place = tuple[float, float]


def _placed(
    step: Step, depth: int, leaves: list[int], above: Place | None = None
) -> Iterator[tuple[Step, float, float, Place | None]]:
    """Every node with its place and that of its parent; `leaves` counts the leaves placed."""
    y = leaves[0] + (len(step.leaves()) - 1) / 2
    yield step, depth, y, above
    if not step.branches:
        leaves[0] += 1
    for branch in step.branches:
        yield from _placed(branch, depth + 1, leaves, (depth, y))


def _point(step: Step, x: float, y: float, result: Plan) -> dict[str, Any]:
    others = ["other results"] if step.result == OTHERS else []
    how, also, *_ = [*others, *step.typical, "", ""]
    return {
        "x": x,
        "y": y,
        "how": f"{percent(step.probability)} {how}" if step.result else "",
        "also": also,
        "leads": f"{result.labels[step.leading]} {percent(step.posterior)}",
        "then": f"then {step.test}" if step.test else f"{step.action} ({step.ends})",
    }
