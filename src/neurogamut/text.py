"""Results as plain text for a terminal: tables with bars, 80 columns wide unless told otherwise.

`parts` is open for extension: the module of a new result registers how it is drawn, and `render`
and the command line then know it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import singledispatch
from io import StringIO
from typing import TYPE_CHECKING, Any

from .results import CellView, Explanation, ModelInfo, Posterior, Weight
from .waterfall import span, steps
from .wording import RESEARCH_USE, figure, line, links, moved, numbers, odds, percent, place, said

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.table import Table

WIDTH = 80
BAR_WIDTH = 20


@singledispatch
def parts(result: object, **options: Any) -> list[RenderableType]:
    """What rich prints for a result, from top to bottom."""
    raise TypeError(f"no text for a {type(result).__name__}")


def render(*results: Any, **options: Any) -> str:
    """Results of one model as plain text, with what made them said once at the end."""
    from rich.console import Console

    # Within a notebook rich would show each part as an output of its own, and return nothing.
    console = Console(file=StringIO(), width=WIDTH, color_system=None, force_jupyter=False, **PLAIN)
    write(console, *results, **options)
    lines = console.file.getvalue().splitlines()
    return "\n".join(line.rstrip() for line in lines)


def write(console: Console, *results: Any, **options: Any) -> None:
    """Print results of one model on a rich console, what to beware of first and once."""
    for warning in dict.fromkeys(w for result in results for w in getattr(result, "warnings", ())):
        console.print(f"WARNING: {warning}", style="bold red")
    for result in results:
        for part in parts(result, **options):
            console.print(part)
    console.print(footer(results[0].model), style="dim")


def footer(model: ModelInfo) -> str:
    """The line that every answer for people ends with, and what it may not be used for."""
    return f"{model}\n{RESEARCH_USE}"


#: Case and knowledge base hold brackets and colons of their own, which are no markup.
PLAIN = {"markup": False, "emoji": False, "highlight": False}


def table(*headers: str, right: tuple[str, ...] = (), **options: Any) -> Table:
    """An empty table without vertical lines; the columns named in `right` hold numbers, a column
    `key` is never cut, as people copy from it."""
    from rich import box
    from rich.table import Table

    made = Table(box=box.SIMPLE_HEAD, pad_edge=False, title_justify="left", **options)
    for header in headers:
        number = header in right
        made.add_column(
            header,
            justify="right" if number else "left",
            no_wrap=number or header == "key",
            overflow="fold",
        )
    return made


def bar(start: float, end: float, size: float, width: int = BAR_WIDTH) -> RenderableType:
    """A bar from `start` to `end` on an axis from 0 to `size`."""
    from rich.bar import Bar

    return Bar(size=size, begin=min(start, end), end=max(start, end), width=width)


# -- posterior ----------------------------------------------------------------------------------


@parts.register(Posterior)
def _posterior(result: Posterior, count: int = 8) -> list[RenderableType]:
    return [_posterior_table(result, count), *_understood(result), ""]


def _posterior_table(result: Posterior, count: int) -> Table:
    made = table("disease", "probability", "", "prior", right=("probability", "prior"))
    top = result.top(count)
    for disease, probability in top:
        shown = bar(0, probability, 1)
        made.add_row(
            result.labels[disease], percent(probability), shown, percent(result.prior[disease])
        )
    if left := len(result.probabilities) - len(top):
        rest, prior = (
            max(1 - sum(of[disease] for disease, _ in top), 0.0)
            for of in (result.probabilities, result.prior)
        )
        made.add_row(f"{left} others", percent(rest), "", percent(prior), style="dim")
    return made


def _understood(result: Posterior) -> list[str]:
    findings = "; ".join(f"{key}: {said(value)}" for key, value in result.evidence.items())
    lines = [f"Evidence: {findings or 'none'}"]
    if result.ignored:
        lines.append(f"Named, but not assessed: {', '.join(result.ignored)}")
    return [*lines, numbers(result)]


# -- explanation --------------------------------------------------------------------------------


@parts.register(Explanation)
def _explanation(result: Explanation) -> list[RenderableType]:
    disease, against = result.labels[result.disease], result.labels[result.against]
    shares = ", ".join(f"{basis} {percent(share)}" for basis, share in result.basis_share.items())
    return [
        f"Why {disease} rather than {against}?",
        "Weight of evidence in bans: +1 makes the odds ten times higher, -1 ten times lower.",
        _waterfall(result),
        f"The weight rests on: {shares}",
        "",
        "The rows behind it",
        *(part for weight in result.weights for part in _rows_of_finding(weight)),
        "",
        *_sources(result),
    ]


def _waterfall(result: Explanation) -> Table:
    made = table("finding", "bans", "", "v. rest", right=("bans", "v. rest"))
    path = steps(result)
    low, high = span(path)
    for step in path:
        rest = f"{step.weight.against_rest:+.2f}" if step.weight else ""
        drawn = bar(step.start - low, step.end - low, high - low)
        made.add_row(step.name, f"{step.bans:+.2f}", drawn, rest)
    made.add_section()
    total, rest = f"{result.total:+.2f}", f"{result.rest:+.2f}"
    made.add_row("posterior odds", total, odds(result.total), rest)
    return made


def _rows_of_finding(weight: Weight) -> list[RenderableType]:
    """One line per row, indented below the finding and what each disease's cell rests on."""
    basis = ", ".join(f"{disease} {basis}" for disease, basis in weight.basis.items())
    lines = grid()
    for row in weight.rows:
        lines.add_row("", row["disease"], f"{_statement(row)}; {place(row)} ({line(row)})")
    return [f"{weight.finding}: {said(weight.state)} ({basis})", lines]


def grid() -> Table:
    """Columns without lines: an indent, a name that stays on one line, and text that wraps."""
    from rich.table import Table

    made = Table.grid(padding=(0, 1))
    made.add_column(width=1)
    made.add_column(no_wrap=True)
    made.add_column(overflow="fold")
    return made


def _statement(row: Mapping[str, Any]) -> str:
    basis = "" if row["basis"] == "reported" else f" ({row['basis']})"
    return f"{row['state']} {figure(row)}".strip() + basis


def _sources(result: Explanation | CellView) -> list[RenderableType]:
    if not result.sources:
        return []
    lines = grid()
    for source in result.sources:
        lines.add_row("", source["key"], " ".join([source["citation"], *links(source)]))
    return ["Sources", lines, ""]


# -- cell ---------------------------------------------------------------------------------------


@parts.register(CellView)
def _cell(result: CellView) -> list[RenderableType]:
    finding, disease = result.labels[result.finding], result.labels[result.disease]
    condition = f", {result.condition}" if result.condition else ""
    return [
        f"P({finding} | {disease}{condition})",
        f"keys: {result.finding}, {result.disease}; "
        f"rests on: {result.basis}{moved(result.moved_to)}",
        _distribution(result),
        *_rows_of_cell(result),
        "",
        *_sources(result),
    ]


def _distribution(result: CellView) -> Table:
    made = table("state", "mean", "", "95 % interval", "distribution", right=("mean",))
    for state, beta in result.distribution.items():
        interval = f"{percent(beta['lower'])} to {percent(beta['upper'])}"
        shape = f"Beta({beta['a']:.4g}, {beta['b']:.4g})"
        made.add_row(state, percent(beta["mean"]), bar(0, beta["mean"], 1), interval, shape)
    return made


def _rows_of_cell(result: CellView) -> Iterator[RenderableType]:
    if not result.used:
        yield "No row speaks of this cell: its distribution is the background's."
    for title, rows in (
        ("Rows that it rests on", result.used),
        ("Rows that others outrank: shown, not pooled", result.outranked),
    ):
        if rows:
            yield title
            yield _rows(rows)


def _rows(rows: Iterable[Mapping[str, Any]]) -> Table:
    lines = grid()
    for row in rows:
        note = f": {row['note']}" if row["note"] else ""
        where = f"{place(row)} ({line(row)}), {row['basis']}{note}"
        lines.add_row("", _statement(row), where)
    return lines
