"""The answer to `what plan?`: a decision tree of tests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from textwrap import shorten, wrap
from typing import TYPE_CHECKING, Any, Literal

from ..render import charts
from ..render.answer import Answer, ModelInfo
from ..render.charts import FOR
from ..render.sheet import Lines, Picture, Sheet, Tree
from ..render.wording import percent
from ..wilson import Z95

if TYPE_CHECKING:
    import altair

ABSENT, RARE = "absent", "rare"


@dataclass(frozen=True, kw_only=True)
class Node:
    """A node of a plan: what is known when it is reached, the test to do, and where each class of
    its results leads. A leaf has no test, and says in `ends` why it is one.

    `shows` is the class of results of the test above that leads here, as a case says it: findings
    with their state, or where several states are one class a likelihood over them. `probability` is
    that of coming here, `spent` what all tests on the way took; `posterior` is of the `leading`
    disease, `differential` of the first three. `utility` is that of the best `action`, `gain` what
    acting on the results so far adds, late as they come, `loss` what the tests took off it by cost
    and harm. `as_good` are tests that would do as well as `test`."""

    shows: Mapping[str, str | Mapping[str, float]]
    probability: float
    leading: str
    posterior: float
    differential: Mapping[str, float]
    action: str
    utility: float
    gain: float
    loss: float
    spent: Mapping[str, float]
    test: str | None = None
    as_good: tuple[str, ...] = ()
    ends: str = ""
    branches: tuple[Node, ...] = ()

    def leaves(self) -> list[Node]:
        """All leaves below, or the node itself."""
        if not self.branches:
            return [self]
        return [leaf for branch in self.branches for leaf in branch.leaves()]


@dataclass(frozen=True, repr=False, kw_only=True)
class Plan(Answer):
    """A decision tree within a budget. All of it is exact. `expected` holds what a patient who
    follows it can expect and what no plan can exceed (`expectations.py`); of these numbers those
    with an `_error` were drawn with `seed`."""

    by: str
    budget: Mapping[str, float]
    root: Node
    expected: Mapping[str, float]
    seed: int
    evidence: Mapping[str, Any]
    labels: Mapping[str, str]
    model: ModelInfo

    def to_dict(self) -> dict[str, Any]:
        """What `neurogamut plan --json` and the HTTP interface give."""
        return {
            "by": self.by,
            "budget": dict(self.budget),
            "tree": asdict(self.root),
            "expected": dict(self.expected),
            "evidence": dict(self.evidence),
            "seed": self.seed,
            "model": asdict(self.model),
        }

    def sheet(self, count: int = 0) -> Sheet:
        """The tree, and what it takes on average."""
        limits = ", ".join(f"{measure} {limit:g}" for measure, limit in self.budget.items())
        return self._sheet(
            f"Plan by {self.by} search; budget: {limits or 'no limit'}",
            Picture(self.plot),
            self._branch(self.root),
            Lines(self._on_average(), "On average", True),
        )

    def _branch(self, node: Node) -> Tree:
        return Tree(self._described(node), tuple(map(self._branch, node.branches)))

    def _described(self, node: Node) -> str:
        """How one comes here, what leads, and what to do."""
        way = f"{percent(node.probability)} {self._result(node)} -> " if node.shows else ""
        return f"{way}{self._leads(node)}: {self._then(node)}"

    def _result(self, node: Node) -> str:
        """What the test above showed, findings that were not seen last."""
        words = [self._seen(f, said) for f, said in node.shows.items() if said != ABSENT]
        absent = [self._name(f) for f, said in node.shows.items() if said == ABSENT]
        if absent:
            words.append(f"not: {', '.join(absent)}")
        return f"[{'; '.join(words)}]"

    def _seen(self, finding: str, said: str | Mapping[str, float]) -> str:
        if said == "present":
            return self._name(finding)
        states = [said] if isinstance(said, str) else [s for s, w in said.items() if w]
        return f"{self._name(finding)}: {' or '.join(states)}".replace("_", " ")

    def _name(self, key: str) -> str:
        """A label as it stands within a sentence."""
        label = self.labels.get(key, key)
        return label if label[1:2].isupper() else label[:1].lower() + label[1:]

    def _leads(self, node: Node) -> str:
        return f"{self.labels[node.leading]} {percent(node.posterior)}"

    def _then(self, node: Node) -> str:
        if node.test:
            tie = ", ".join(self.labels[test] for test in node.as_good)
            return f"TEST {self.labels[node.test]}" + (f" (as good: {tie})" if tie else "")
        return f"{node.action.replace('_', ' ')} ({node.ends})"

    def _on_average(self) -> list[str]:
        mean = self.expected
        return [
            f"cost {mean['cost']:.1f} (1 is a blood test), serious harm {percent(mean['harm'])}, "
            f"{mean['days']:.1f} days of waiting",
            f"the leading diagnosis is right in {percent(mean['correct'])} by the branches alone; "
            f"by the whole reports in {_drawn(mean, 'correct_by_reports')}; no plan within the "
            f"budget is right in more than {_drawn(mean, 'correct_at_most')}",
            f"worth {mean['worth_days']:.1f} days in full health by the branches alone, what it "
            f"takes subtracted; by the whole reports {_days(mean, 'worth_days_by_reports')}; no "
            f"plan can be worth more than {_days(mean, 'worth_days_at_most')}",
            f"± is a 95 % interval of what was drawn (seed {self.seed}); all else is exact",
            "enter what a test showed with --result, or under `results`: nobody chose to tell it",
            *self._about_rare(),
        ]

    def _about_rare(self) -> list[str]:
        if all(leaf.ends != RARE for leaf in self.root.leaves()):
            return []
        return ["rare: fewer than 3 % come here; enter what is known, and ask again"]

    def plot(self) -> altair.LayerChart:
        """The tree, from left to right, without its rare branches; a line is as thick as its
        branch is probable (an altair chart)."""
        alt = charts.altair()
        root = _often(self.root)
        nodes = list(_placed(root, 0, [0]))
        deepest, leaves = max(x for _, x, _, _ in nodes), len(root.leaves())
        across = alt.X("x:Q", axis=None, scale=alt.Scale(domain=[0, 1 + deepest]))
        down = alt.Y("y:Q", axis=None, scale=alt.Scale(domain=[leaves - 0.5, -0.5]))
        thickness = alt.StrokeWidth("probability:Q", legend=None, scale=alt.Scale(range=[0.5, 8]))
        edges = charts.chart(list(_lines(nodes))).mark_rule(color=EDGE)
        edges = edges.encode(x=across, y=down, x2="x2:Q", y2="y2:Q", strokeWidth=thickness)
        points = [_point(node, x, y, self) for node, x, y, _ in nodes]
        base = charts.chart(points).encode(x=across, y=down, tooltip=[f"{w}:N" for w in WORDS])
        chart = alt.layer(edges, base.mark_circle(size=60, color=FOR), *_words(base))
        chart = chart.properties(width=LEVEL * (1 + deepest), height=LEAF * leaves)
        title = f"Plan by {self.by} search, without what fewer than {100 * DRAWN:.0f} % come to"
        return charts.captioned(chart, title, self.model)


# -- chart --------------------------------------------------------------------------------------

#: Pixels per level and per leaf of a tree, and from a node to its words.
LEVEL, LEAF, GAP = 400, 60, 8
#: Characters of a line beside a node.
LINE = 58
#: Where between two levels a node's words end and the lines to its branches begin.
FORK = 0.86
EDGE = "#b0b0b0"
#: A branch that fewer patients come to is not drawn.
DRAWN = 0.03
#: A node with its level, its height, and those of the node before.
Placed = tuple[Node, float, float, tuple[float, float] | None]
#: The words beside a node: how one comes there, what leads, what to do; their height and weight.
WORDS: dict[str, tuple[int, Literal["normal", "bold"]]] = {
    "how": (-20, "normal"),
    "also": (-8, "normal"),
    "leads": (8, "bold"),
    "then": (20, "normal"),
}


def _often(node: Node) -> Node:
    """A node with the branches that are drawn."""
    often = (branch for branch in node.branches if branch.probability >= DRAWN)
    return replace(node, branches=tuple(map(_often, often)))


def _lines(nodes: list[Placed]) -> Iterator[dict[str, float]]:
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
    step: Node, depth: int, leaves: list[int], above: tuple[float, float] | None = None
) -> Iterator[Placed]:
    """Every node with its place and that of its parent; `leaves` counts the leaves placed."""
    y = leaves[0] + (len(step.leaves()) - 1) / 2
    yield step, depth, y, above
    if not step.branches:
        leaves[0] += 1
    for branch in step.branches:
        yield from _placed(branch, depth + 1, leaves, (depth, y))


def _point(step: Node, x: float, y: float, plan: Plan) -> dict[str, Any]:
    result = wrap(plan._result(step).strip("[]"), LINE) if step.shows else []
    how, also, *more = [*result, "", ""]
    return {
        "x": x,
        "y": y,
        "how": f"{percent(step.probability)} {how}" if step.shows else "",
        "also": f"{also} ..." if any(more) else also,
        "leads": plan._leads(step),
        "then": shorten(plan._then(step), LINE, placeholder=" ..."),
    }


def _days(mean: Mapping[str, float], name: str) -> str:
    """Drawn days with their 95 % interval."""
    return f"{mean[name]:.0f} ± {Z95 * mean[f'{name}_error']:.0f}"


def _drawn(mean: Mapping[str, float], name: str) -> str:
    """A drawn share with its 95 % interval."""
    return f"{percent(mean[name])} ± {100 * Z95 * mean[f'{name}_error']:.1f}"
