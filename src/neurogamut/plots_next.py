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
LEVEL, LEAF, GAP = 400, 60, 8
#: Where between two levels a node's words end and the lines to its branches begin.
FORK = 0.86
EDGE = "#b0b0b0"
#: A step with its level, its height, and those of the step before.
Node = tuple[Step, float, float, tuple[float, float] | None]
#: The words beside a node: how one comes there, what leads, what to do; their height and weight.
WORDS = {
    "how": (-20, "normal"), "also": (-8, "normal"), "leads": (8, "bold"), "then": (20, "normal"),
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
    across = alt.X("x:Q", axis=None, scale=alt.Scale(domain=[0, 1 + max(n[1] for n in nodes)]))
    leaves = len(result.root.leaves())
    down = alt.Y("y:Q", axis=None, scale=alt.Scale(domain=[leaves - 0.5, -0.5]))
    thickness = alt.StrokeWidth("probability:Q", legend=None, scale=alt.Scale(range=[0.5, 8]))
    edges = _chart(list(_lines(nodes))).mark_rule(color=EDGE).encode(
        x=across, y=down, x2="x2:Q", y2="y2:Q", strokeWidth=thickness
    )  # fmt: skip
    points = [_point(step, x, y, result) for step, x, y, _ in nodes]
    base = _chart(points).encode(x=across, y=down, tooltip=[f"{word}:N" for word in WORDS])
    chart = alt.layer(edges, base.mark_circle(size=60, color=FOR), *_words(base)).properties(
        width=LEVEL * (1 + max(x for _, x, _, _ in nodes)),
        height=LEAF * leaves,
    )
    return _captioned(chart, f"Plan by {result.by} search", result.model)


def _lines(nodes: list[Node]) -> Iterator[dict[str, float]]:
    """A thin line between the words of a node, and from where they end one to each branch."""
    for step, x, y, above in nodes:
        if step.branches:
            yield {"x": x, "y": y, "x2": x + FORK, "y2": y, "probability": 0}
        if above:
            start = {"x": above[0] + FORK, "y": above[1]}
            yield {**start, "x2": x, "y2": y, "probability": step.probability}


def _words(base: altair.Chart) -> Iterator[altair.Chart]:
    """Lines beside each node."""
    for word, (dy, weight) in WORDS.items():
        text = base.mark_text(align="left", dx=GAP, dy=dy, fontWeight=weight)
        yield text.encode(text=f"{word}:N")


def _placed(
    step: Step, depth: int, leaves: list[int], above: tuple[float, float] | None = None
) -> Iterator[Node]:
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
