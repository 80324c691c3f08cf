"""Where a number comes from: one cell with its distribution and every row behind it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import needs
from ..knowledge import provenance
from ..knowledge.base import OTHER, KnowledgeBase, split_owner
from ..knowledge.build import Blueprint
from ..knowledge.estimate import Cell, states_of
from ..render import charts
from ..render.answer import Answer, Answers, ModelInfo
from ..render.charts import AGAINST, FOR, NEUTRAL, ROW_HEIGHT, WIDTH
from ..render.sheet import Bar, Lines, Linked, Listing, Part, Sheet, Table
from ..render.wording import figure, line, links, moved, percent, place

if TYPE_CHECKING:
    import altair

#: A cell of more states than these (an age) is drawn as intervals instead of densities.
STATES = (FOR, AGAINST, NEUTRAL, "#4f9d69")
GRID = np.linspace(0.001, 0.999, 400)


@dataclass(frozen=True, repr=False, kw_only=True)
class CellView(Answer):
    """One cell of the knowledge base: P(finding | disease), its distribution and its rows.

    `distribution` maps each state to its Beta parameters, mean and 95 % interval. `moved_to` names
    the finding whose rate it was given, because a part cannot be commoner than its whole. Of a form
    (`disease` is then `disease/form`) `in_network` has each state's probability once the forms mix
    to the figure of the whole disease."""

    disease: str
    finding: str
    condition: str
    basis: str
    distribution: Mapping[str, Mapping[str, float]]
    moved_to: str
    in_network: Mapping[str, float] = field(default_factory=dict)
    used: tuple[Mapping[str, Any], ...]
    outranked: tuple[Mapping[str, Any], ...]
    sources: tuple[Mapping[str, str], ...]
    labels: Mapping[str, str]
    model: ModelInfo

    def to_dict(self) -> dict[str, Any]:
        """What `neurogamut show --json` gives."""
        return asdict(self)

    @property
    def title(self) -> str:
        """`P(Callosal lesions | Susac syndrome)`."""
        condition = f", {self.condition}" if self.condition else ""
        return f"P({self.labels[self.finding]} | {self.labels[self.disease]}{condition})"

    def sheet(self, count: int = 0) -> Sheet:
        """The distribution, then every row, those that are not pooled too."""
        keys = f"keys: {self.finding}, {self.disease}; rests on: {self.basis}"
        return self._sheet(
            self.title,
            Lines([keys + moved(self.moved_to), *self._in_network()]),
            self._distribution(),
            *self._rows(),
            *cited(self.sources),
        )

    def _in_network(self) -> Iterator[str]:
        if self.in_network and not self.disease.startswith(f"{OTHER}/"):
            shares = ", ".join(f"{state} {percent(p)}" for state, p in self.in_network.items())
            yield f"In the network: {shares}; the forms mix to the figure of the whole disease."

    def _distribution(self) -> Table:
        headers = ("state", "mean", "", "95 % interval", "distribution")
        rows = [
            (
                state,
                percent(beta["mean"]),
                Bar(0, beta["mean"]),
                f"{percent(beta['lower'])} to {percent(beta['upper'])}",
                f"Beta({beta['a']:.4g}, {beta['b']:.4g})",
            )
            for state, beta in self.distribution.items()
        ]
        return Table(headers, rows, ("mean",))

    def _rows(self) -> Iterator[Part]:
        if not self.used:
            yield Lines(["No row speaks of this cell: its distribution is the background's."])
        for title, rows in (
            ("Rows that it rests on", self.used),
            ("Rows that others outrank: shown, not pooled", self.outranked),
        ):
            if rows:
                yield Listing(title, [(stated(row), _placed(row)) for row in rows])

    def plot(self) -> altair.VConcatChart:
        """The distribution of the cell's probability above the figures of its rows."""
        parts: list[altair.Chart | altair.LayerChart]
        if len(self.distribution) > len(STATES):
            parts = [_intervals(self)]
        else:
            parts = [_densities(self), *_figures(self)]
        return charts.captioned(charts.altair().vconcat(*parts), self.title, self.model)


def cell_views(
    blueprint: Blueprint, finding: str, disease: str, info: ModelInfo
) -> Answers[CellView]:
    """The cell of a finding in a disease, a `disease/form` or a neighbour, one per immune status
    where the two differ. Raises UsageError for an unknown name."""
    base = blueprint.base
    key = base.finding(finding).key
    owner = base.form(disease).owner if _names_a_form(base, disease) else base.disease(disease).key
    first, *others = _cells(blueprint, owner, key)
    if all(np.array_equal(cell.alpha, first.alpha) for cell in others):
        first, others = replace(first, condition=""), []
    return Answers(cell_view(blueprint, cell, info) for cell in (first, *others))


def _names_a_form(base: KnowledgeBase, name: str) -> bool:
    return "/" in name or base.neighbours.find(name) is not None


def _cells(blueprint: Blueprint, owner: str, finding: str) -> list[Cell]:
    """The cells of a disease or a form; of a form that no row speaks of those of the disease."""
    disease, form = split_owner(owner)
    whole = blueprint.cells_of(disease, finding)
    own = {cell.condition: cell for cell in blueprint.cells_of_form(owner, finding)}
    if not form:
        return whole
    return [
        own.get(c.condition)
        or replace(c, disease=owner, rank="background", used=(), outranked=c.used)
        for c in whole
    ]


def cell_view(blueprint: Blueprint, cell: Cell, info: ModelInfo) -> CellView:
    """A cell with its distribution, every row behind it and their sources."""
    base = blueprint.base
    finding = base.finding(cell.finding)
    used = tuple(provenance.row(statement, used=True) for statement in cell.used)
    outranked = tuple(provenance.row(statement, used=False) for statement in cell.outranked)
    return CellView(
        disease=cell.disease,
        finding=cell.finding,
        condition=cell.condition,
        basis=cell.basis,
        distribution={state: _beta(cell.alpha, i) for i, state in enumerate(states_of(finding))},
        moved_to=cell.moved_to,
        in_network=_in_network(blueprint, cell),
        used=used,
        outranked=outranked,
        sources=provenance.sources(base, (*used, *outranked)),
        labels={cell.disease: _label(base, cell.disease), finding.key: finding.label},
        model=info,
    )


def _in_network(blueprint: Blueprint, cell: Cell) -> dict[str, float]:
    """P(finding | form) of a form."""
    shape = blueprint.structure
    if "/" not in cell.disease or shape.forms is None:
        return {}
    table = blueprint.rates[cell.finding][shape.forms.owners.index(cell.disease)]
    if cell.finding in shape.split:
        stated = shape.conditions[cell.finding]
        table = table[stated.index(cell.condition) if cell.condition else 0]
    return dict(zip(shape.states[cell.finding], table.tolist(), strict=True))


def _label(base: KnowledgeBase, owner: str) -> str:
    """`Neurotuberculosis, tuberculoma`, or the label of a disease or a neighbour."""
    disease, form = split_owner(owner)
    if not form:
        return base.disease(disease).label
    label = base.form(owner).label
    return label if disease == OTHER else f"{base.disease(disease).label}, {label}"


def stated(row: Mapping[str, Any]) -> str:
    """What a row states, and on what basis where that is no report."""
    basis = "" if row["basis"] == "reported" else f" ({row['basis']})"
    return f"{row['state']} {figure(row)}".strip() + basis


def cited(sources: Iterable[Mapping[str, str]]) -> list[Listing]:
    """The sources with their links, where there are any."""
    entries = [(s["key"], Linked(s["citation"], links(s))) for s in sources]
    return [Listing("Sources", entries, folded=True)] if entries else []


def _beta(alpha: np.ndarray, state: int) -> dict[str, float]:
    """The Beta distribution of one state's probability: parameters, mean and 95 % interval."""
    with needs("sensitivity"):
        from scipy.stats import beta

    a, b = float(alpha[state]), float(alpha.sum() - alpha[state])
    low, high = beta.ppf((0.025, 0.975), a, b)
    return {"a": a, "b": b, "mean": a / (a + b), "lower": float(low), "upper": float(high)}


def _placed(row: Mapping[str, Any]) -> str:
    note = f": {row['note']}" if row["note"] else ""
    return f"{place(row)} ({line(row)}), {row['basis']}{note}"


# -- chart --------------------------------------------------------------------------------------


def _densities(view: CellView) -> altair.Chart:
    """The Beta density of each state; of two states of the first, as the other mirrors it."""
    with needs("sensitivity"):
        from scipy.stats import beta

    alt, states = charts.altair(), _states(view)
    rows = []
    for state in states:
        shape = view.distribution[state]
        density = beta.pdf(GRID, shape["a"], shape["b"])
        rows += [
            {"state": state, "p": p, "density": value}
            for p, value in zip(GRID.tolist(), density.tolist(), strict=True)
        ]
    area = charts.chart(rows).mark_area(opacity=0.4, line=True)
    colours = alt.Scale(domain=states, range=STATES[: len(states)])
    title = f"probability of {'each state' if states[1:] else states[0]} (%)"
    return area.encode(
        x=charts.percentage("p", title),
        y=alt.Y("density:Q", title="density", stack=None),
        color=alt.Color("state:N", scale=colours, legend=alt.Legend() if states[1:] else None),
    ).properties(width=WIDTH, height=160)


def _states(view: CellView) -> list[str]:
    """The states to draw: of two only the first."""
    states = list(view.distribution)
    return states[:1] if len(states) == 2 else states


def _intervals(view: CellView) -> altair.LayerChart:
    """Mean and 95 % interval of each state."""
    rows = [{"state": state, **beta} for state, beta in view.distribution.items()]
    base = charts.chart(rows).encode(y=charts.labels("state", view.labels[view.finding]))
    rules = base.mark_rule(color=FOR).encode(
        x=charts.percentage("lower", "probability (%)"), x2="upper:Q"
    )
    points = base.mark_point(color=FOR, filled=True, size=50).encode(x="mean:Q")
    return (rules + points).properties(width=WIDTH, height=ROW_HEIGHT * len(rows))


def _figures(view: CellView) -> list[altair.LayerChart]:
    """The rows' figures, if there are rows; a word alone has a label and no point."""
    alt, states = charts.altair(), _states(view)
    rows = [_located(row, states) for row in (*view.used, *view.outranked)]
    if not rows:
        return []
    names = alt.Scale(domain=[row["row"] for row in rows])
    colour = alt.condition("datum.used", alt.value(FOR), alt.value(NEUTRAL))
    y = charts.labels("row", "row").scale(names)
    base = charts.chart(rows).encode(y=y, color=colour, tooltip=["where:N"])
    probability = charts.percentage("low", "what each row states (%), grey: not pooled")
    rules = base.mark_rule().encode(x=probability, x2="high:Q")
    points = base.mark_point(filled=True, size=60, opacity=1).encode(x="middle:Q")
    return [(rules + points).properties(width=WIDTH, height=ROW_HEIGHT * len(rows))]


def _located(row: Mapping[str, Any], states: list[str]) -> dict[str, Any]:
    """Where a row's figure lies, nowhere where it has none. Where only one of two states is drawn,
    a figure of the other is mirrored."""
    low, high = _range(row)
    if low is not None and high is not None and row["state"] not in states:
        low, high = 1 - high, 1 - low
    middle = None if low is None or high is None else (low + high) / 2
    name = f"{row['state']} {figure(row)}; {row['source']}, line {row['line']}"
    where = f"{place(row)} ({line(row)})"
    return {
        "row": name,
        "low": low,
        "high": high,
        "middle": middle,
        "used": row["used"],
        "where": where,
    }


def _range(row: Mapping[str, Any]) -> tuple[float, float] | tuple[None, None]:
    if row["k"] and row["n"]:
        return (int(row["k"]) / int(row["n"]),) * 2
    if not row["percent"]:
        return None, None
    low, _, high = row["percent"].partition(" to ")
    return float(low) / 100, float(high or low) / 100
