"""The network as a graph and as a picture: which finding speaks for which disease, and how loudly.

The width of a line is Good's weight of evidence of a finding for a disease against all others,
log10 P(finding | disease) / P(finding | not disease), in bans; see explain.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle, groupby
from typing import TYPE_CHECKING, Any

import numpy as np

from .errors import UsageError
from .knowledge.base import KnowledgeBase
from .knowledge.build import DIAGNOSIS
from .knowledge.records import Disease, FindingRecord
from .network import Network
from .render import charts
from .render.answer import ModelInfo
from .render.charts import AGAINST, FOR, NEUTRAL

if TYPE_CHECKING:
    import altair
    import networkx

PRESENT = "present"
#: The whole network shows what makes a disease some three times as likely, or more.
LEAST_BANS = 0.5
#: Around one disease, so many findings for it and against it.
NEIGHBOURS = 18
#: Pixels: a row, the width of the whole and of one neighbourhood, from a place to its label.
ROW, WHOLE, NEIGHBOURHOOD, GAP = 15, 640, 280, 6
#: The columns.
LEFT, MIDDLE, RIGHT = 0.0, 1.0, 2.0
#: What a label does at its place.
ALIGN = {LEFT: ("right", -GAP), MIDDLE: ("center", 0), RIGHT: ("left", GAP)}
DEPENDS = "depends on"
#: Colours that stay apart on white and on black, one per group of diseases; more begin again.
GROUPS = (FOR, AGAINST, "#4f9d69", "#9461b8", "#b3446c", "#3aa0a8", "#8a7a1f")


@dataclass(frozen=True)
class GraphLink:
    """A finding in a state, and what that weighs for a disease against all others, in bans."""

    finding: str
    state: str
    disease: str
    bans: float


@dataclass(frozen=True)
class DrawnNode:
    """A label in a column `x` and a row `y`."""

    key: str
    label: str
    x: float
    y: float
    bold: bool = False


@dataclass(frozen=True)
class DrawnEdge:
    """A curve between two nodes; `kind` is its colour's name in the legend."""

    one: DrawnNode
    other: DrawnNode
    bans: float
    kind: str


def annotated(network: Network, base: KnowledgeBase) -> networkx.DiGraph:
    """The Bayesian network: `states`, `label` and `group` of each node, `odds_ratio` of each edge
    between two findings."""
    graph = network.to_networkx()
    graph.nodes[DIAGNOSIS].update(label="Diagnosis", group=DIAGNOSIS)
    for finding in base.findings:
        graph.nodes[finding.key].update(label=finding.label, group=finding.group)
    for edge in base.dependencies:
        graph.edges[edge.parent, edge.child]["odds_ratio"] = edge.odds_ratio
    return graph


def links(
    graph: networkx.DiGraph, rates: Mapping[str, np.ndarray], prior: Mapping[str, float]
) -> list[GraphLink]:
    """What each finding weighs for each disease where it is present; of a finding with other
    states, the one that weighs most. `rates`: P(finding | disease), shape (diseases, states)."""
    share = np.array(list(prior.values()))[:, None]
    found = []
    for finding, table in rates.items():
        states = graph.nodes[finding]["states"]
        shown = [states.index(PRESENT)] if PRESENT in states else range(len(states))
        rest = ((share * table).sum(axis=0) - share * table) / (1 - share)
        for disease, bans in zip(prior, np.log10(table / rest), strict=True):
            state = max(shown, key=bans.__getitem__)
            found.append(GraphLink(finding, states[state], disease, float(bans[state])))
    return found


def draw(
    network: Network,
    base: KnowledgeBase,
    rates: Mapping[str, np.ndarray],
    prior: Mapping[str, float],
    info: ModelInfo,
    around: str | None,
) -> altair.LayerChart:
    """The picture of the network around a disease or a finding, or of everything. `rates` and
    `prior` as for `links`. Raises UsageError for an unknown key."""
    whole = annotated(network, base)
    return Drawing(whole, base, links(whole, rates, prior), info).around(around)


class Drawing:
    """Pictures of the network (altair charts)."""

    def __init__(
        self, graph: networkx.DiGraph, base: KnowledgeBase, found: list[GraphLink], info: ModelInfo
    ):
        self.graph, self.links, self.info = graph, found, info
        self.names = base.names_of_diseases, base.names_of_findings
        self.diseases = {disease.key: disease for disease in base.diseases}
        self.findings = {finding.key: finding for finding in base.findings}

    def around(self, key: str | None) -> altair.LayerChart:
        """The picture around a disease or a finding; without a key, of everything.

        Raises UsageError for a key that is neither."""
        if key is None:
            return self._whole()
        disease, finding = (names.find(key) for names in self.names)
        if disease:
            return self._around_disease(self.diseases[disease])
        if finding:
            return self._around_finding(self.findings[finding])
        hint = next(filter(None, (names.nearest(key) for names in self.names)), "")
        raise UsageError(f"around={key!r}: no disease and no finding{hint}")

    # -- around one node ----------------------------------------------------------------------

    def _around_disease(self, disease: Disease) -> altair.LayerChart:
        """Findings that speak against it on its left, for it on its right."""
        ends = {
            link: (link.finding, self.findings[link.finding].label + _state(link))
            for link in self.links
            if link.disease == disease.key
        }
        nodes, edges = _star(disease.label, ends)
        edges += self._dependencies(nodes)
        return self._neighbourhood(f"What speaks for and against: {disease.label}", nodes, edges)

    def _around_finding(self, finding: FindingRecord) -> altair.LayerChart:
        """Diseases that it speaks against on its left, for on its right."""
        ends = {
            link: (link.disease, self.diseases[link.disease].label + _state(link))
            for link in self.links
            if link.finding == finding.key
        }
        nodes, edges = _star(finding.label, ends)
        title = f"What this speaks for and against: {finding.label}"
        return self._neighbourhood(title, nodes, edges)

    def _neighbourhood(
        self, title: str, nodes: list[DrawnNode], edges: list[DrawnEdge]
    ) -> altair.LayerChart:
        colours = {"for": FOR, "against": AGAINST, DEPENDS: NEUTRAL}
        return charts.captioned(_picture(nodes, edges, colours, NEIGHBOURHOOD), title, self.info)

    # -- everything ---------------------------------------------------------------------------

    def _whole(self) -> altair.LayerChart:
        """Diseases in the middle, findings by group on both sides."""
        shown = [link for link in self.links if link.bans >= LEAST_BANS]
        halves = _halves(list(self.findings.values()))
        middle = self._middle(max(map(_rows, halves)))
        wishes = _wishes(shown, middle)
        sides = [
            node
            for x, half in zip((LEFT, RIGHT), halves, strict=True)
            for node in _column(half, x, wishes)
        ]
        place = {node.key: node for node in sides}
        edges = [
            DrawnEdge(place[k.finding], middle[k.disease], k.bans, self.diseases[k.disease].group)
            for k in shown
        ]
        groups = dict.fromkeys(self.diseases[key].group for key in middle)
        colours = {**dict(zip(groups, cycle(GROUPS), strict=False)), DEPENDS: NEUTRAL}
        nodes = [*sides, *middle.values()]
        picture = _picture(nodes, edges + self._dependencies(sides), colours, WHOLE)
        title = f"Findings that make a disease {10**LEAST_BANS:.1f} times as likely, or more"
        return charts.captioned(picture, title, self.info)

    def _middle(self, rows: int) -> dict[str, DrawnNode]:
        """The diseases by group, spread over the height."""
        ordered = sorted(self.diseases.values(), key=_group)
        step = rows / len(ordered)
        return {
            disease.key: DrawnNode(disease.key, disease.label, MIDDLE, (i + 0.5) * step, bold=True)
            for i, disease in enumerate(ordered)
        }

    def _dependencies(self, nodes: Iterable[DrawnNode]) -> list[DrawnEdge]:
        """Edges of the network between findings of one column."""
        place = {node.key: node for node in nodes}
        pairs = [(place[a], place[b]) for a, b in self.graph.edges if a in place and b in place]
        return [DrawnEdge(a, b, LEAST_BANS, DEPENDS) for a, b in pairs if a.x == b.x]


# -- where things stand -------------------------------------------------------------------------


def _state(link: GraphLink) -> str:
    """Which state is meant, where that is not plain, and its weight."""
    state = "" if link.state == PRESENT else f": {link.state.replace('_', ' ')}"
    return f"{state} ({link.bans:+z.1f})"


def _star(
    centre: str, ends: Mapping[GraphLink, tuple[str, str]]
) -> tuple[list[DrawnNode], list[DrawnEdge]]:
    """One node in the middle; `ends` are the keys and labels of the others, heaviest on top."""
    ordered = sorted(ends, key=lambda link: -abs(link.bans))
    sides = {
        "for": (RIGHT, [link for link in ordered if link.bans > 0][:NEIGHBOURS]),
        "against": (LEFT, [link for link in ordered if link.bans < 0][:NEIGHBOURS]),
    }
    rows = max(len(side) for _, side in sides.values())
    middle = DrawnNode("", centre, MIDDLE, (rows - 1) / 2, bold=True)
    nodes, edges = [middle], []
    for kind, (x, side) in sides.items():
        for row, link in enumerate(side):
            nodes.append(DrawnNode(*ends[link], x, row + (rows - len(side)) / 2))
            edges.append(DrawnEdge(nodes[-1], middle, abs(link.bans), kind))
    return nodes, edges


Groups = Sequence[Sequence[FindingRecord]]


def _group(record: Disease | FindingRecord) -> str:
    return record.group


def _halves(findings: Sequence[FindingRecord]) -> tuple[Groups, Groups]:
    """The groups of findings for the left and for the right, about as many on each."""
    groups = [list(group) for _, group in groupby(sorted(findings, key=_group), _group)]
    before = np.cumsum([len(group) for group in groups]) - [len(group) / 2 for group in groups]
    cut = int(np.searchsorted(before, len(findings) / 2))
    return groups[:cut], groups[cut:]


def _rows(groups: Groups) -> int:
    """Rows of a column: its findings, with a heading and a space for each group."""
    return sum(len(group) + 2 for group in groups)


def _wishes(shown: Iterable[GraphLink], diseases: Mapping[str, DrawnNode]) -> dict[str, float]:
    """The row where each finding's lines are shortest: the weighted mean of its diseases' rows."""
    weights: dict[str, float] = {}
    sums: dict[str, float] = {}
    for link in shown:
        weights[link.finding] = weights.get(link.finding, 0) + link.bans
        sums[link.finding] = sums.get(link.finding, 0) + link.bans * diseases[link.disease].y
    return {finding: sums[finding] / weights[finding] for finding in sums}


def _column(groups: Groups, x: float, wishes: Mapping[str, float]) -> Iterator[DrawnNode]:
    """The findings of a side from top to bottom, each group under its name."""
    row = 0
    for group in groups:
        yield DrawnNode("", group[0].group.replace("_", " "), x, row, bold=True)
        for finding in sorted(group, key=lambda f: wishes.get(f.key, np.inf)):
            row += 1
            yield DrawnNode(finding.key, finding.label, x, row)
        row += 2


# -- the picture --------------------------------------------------------------------------------


def _picture(
    nodes: Sequence[DrawnNode], edges: Sequence[DrawnEdge], colours: Mapping[str, str], width: int
) -> altair.LayerChart:
    alt = charts.altair()
    rows = 1 + max(node.y for node in nodes)
    places = {
        "x": alt.X("x:Q", axis=None, scale=alt.Scale(domain=[LEFT, RIGHT])),
        "y": alt.Y("y:Q", axis=None, scale=alt.Scale(domain=[-1, rows], reverse=True)),
    }
    curves = _curves(edges, colours).encode(**places)
    labels = (label for x in ALIGN for label in _labels([n for n in nodes if n.x == x], x, places))
    return alt.layer(curves, *labels).properties(width=width, height=ROW * (rows + 1))


def _curves(edges: Sequence[DrawnEdge], colours: Mapping[str, str]) -> altair.Chart:
    alt = charts.altair()
    used = [kind for kind in colours if any(edge.kind == kind for edge in edges)]
    legend = {"orient": "bottom", "direction": "horizontal", "symbolSize": 300}
    colour = alt.Color(
        "kind:N",
        scale=alt.Scale(domain=used, range=[colours[kind] for kind in used]),
        legend=alt.Legend(title=None, symbolStrokeWidth=4, **legend),
    )
    width = alt.StrokeWidth(
        "bans:Q",
        scale=alt.Scale(type="linear", domain=[0, 2], range=[0.5, 8], clamp=True),
        legend=alt.Legend(title="weight of evidence (bans)", values=[0.5, 1, 2], **legend),
    )
    rows = [row for number, edge in enumerate(edges) for row in _curve(number, edge)]
    # `opacity` would composite each line over the whole picture, and a PNG take a minute.
    lines = charts.chart(rows).mark_line(interpolate="basis", strokeOpacity=0.55)
    return lines.encode(detail="edge:N", order="step:Q", color=colour, strokeWidth=width)


def _curve(number: int, edge: DrawnEdge) -> Iterator[dict[str, Any]]:
    """Four points that a spline makes an S between two columns, or a bow beside one."""
    one, other = edge.one, edge.other
    inwards = MIDDLE - one.x
    bow = inwards * (0.05 + 0.004 * abs(one.y - other.y)) if one.x == other.x else 0.0
    third = (other.x - one.x) / 3
    across = (one.x, one.x + third + bow, other.x - third + bow, other.x)
    for step, (x, y) in enumerate(zip(across, (one.y, one.y, other.y, other.y), strict=True)):
        yield {"edge": number, "step": step, "x": x, "y": y, "bans": edge.bans, "kind": edge.kind}


def _labels(
    nodes: Sequence[DrawnNode], x: float, places: Mapping[str, Any]
) -> Iterator[altair.Chart]:
    """The labels of a column; those in the middle on a halo that keeps the lines off them."""
    align, dx = ALIGN[x]
    for bold in (False, True):
        rows = [{"x": n.x, "y": n.y, "label": n.label} for n in nodes if n.bold is bold]
        base = charts.chart(rows).encode(text="label:N", **places)
        weight = "bold" if bold else "normal"
        style: dict[str, Any] = {"align": align, "dx": dx, "fontWeight": weight}
        if x == MIDDLE:
            yield base.mark_text(**style, stroke="white", strokeWidth=5)
        yield base.mark_text(**style)
