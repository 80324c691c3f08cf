"""Results as HTML fragments for Jupyter and the page: self-contained, light and dark, no network.

Like `text.parts`, `body` is open for extension: a new result's module registers its own.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping
from functools import singledispatch
from html import escape
from io import StringIO
from typing import Any

from .errors import MissingExtraError
from .results import CellView, Explanation, ModelInfo, Posterior, Weight
from .waterfall import Step, span, steps
from .wording import RESEARCH_USE, figure, line, links, moved, numbers, odds, percent, said

#: JupyterLab's colours where they are defined, else a pair for a light and a dark page. The
#: background is set too, so that a dark desktop never puts light text on a white notebook. `.ng.ng`
#: outweighs JupyterLab's own rules for the cells of tables.
STYLE = """
.ng{--ng-ink:var(--jp-content-font-color1,#1b1b1b);--ng-soft:var(--jp-content-font-color2,#5a5a5a);
--ng-paper:var(--jp-layout-color0,#fff);--ng-line:var(--jp-border-color2,#d8d8d8);
--ng-link:var(--jp-content-link-color,#0b5cad);--ng-warn:var(--jp-error-color1,#d63a30);
--ng-for:#2f74b5;--ng-against:#c8691c;
color:var(--ng-ink);background:var(--ng-paper);font-size:13px;line-height:1.4;padding:8px;
overflow-x:auto}
@media (prefers-color-scheme:dark){.ng{--ng-ink:var(--jp-content-font-color1,#e6e6e6);
--ng-soft:var(--jp-content-font-color2,#a8a8a8);--ng-paper:var(--jp-layout-color0,#161616);
--ng-line:var(--jp-border-color2,#444);--ng-link:var(--jp-content-link-color,#7db7f0);
--ng-warn:var(--jp-error-color1,#ff8a80);--ng-for:#6aa9e0;--ng-against:#e59a55}}
.ng table{border-collapse:collapse;margin:6px 0;color:inherit}
.ng.ng :is(th,td){padding:2px 10px 2px 0;text-align:left;vertical-align:top;background:none;
border-bottom:1px solid var(--ng-line);max-width:38em}
.ng th{font-weight:600;color:var(--ng-soft)}
.ng.ng .num{text-align:right;white-space:nowrap}
.ng .bar{position:relative;width:160px;height:.9em;margin-top:.25em}
.ng .bar i{position:absolute;top:0;bottom:0;min-width:1px;background:var(--ng-for)}
.ng .bar i.against{background:var(--ng-against)}
.ng .bar b{position:absolute;top:-2px;bottom:-2px;width:2px;background:var(--ng-ink)}
.ng a{color:var(--ng-link)}.ng .soft,.ng footer{color:var(--ng-soft)}
.ng details{margin:6px 0}.ng figure{margin:6px 0;overflow:auto;max-height:640px}
.ng figure svg{max-width:none}.ng svg>rect{fill:none}
.ng svg text{fill:var(--ng-ink)}.ng svg text[stroke="white"]{stroke:var(--ng-paper)}
.ng svg .role-axis-grid line{stroke:var(--ng-line)}
.ng svg :is(line,path)[stroke="black"]{stroke:var(--ng-ink)}
.ng .warn{color:var(--ng-warn);font-weight:600}
.ng h4{margin:8px 0 2px;font-size:14px;font-weight:600}
"""


@singledispatch
def body(result: object) -> str:
    """The inside of a result's fragment."""
    raise TypeError(f"no HTML for a {type(result).__name__}")


def render(result: Any) -> str:
    """A result as one HTML fragment with its own style."""
    inside = f"{_warnings(result)}{body(result)}{_footer(result.model)}"
    return f'<div class="ng"><style>{STYLE}</style>{inside}</div>'


def table(
    headers: Iterable[str], rows: Iterable[Iterable[str]], numbers: Container[int] = ()
) -> str:
    """A table of cells that are HTML already; the columns in `numbers` are aligned right."""
    head = _line("th", map(escape, headers), numbers)
    lines = "".join(_line("td", row, numbers) for row in rows)
    return f"<table><thead>{head}</thead><tbody>{lines}</tbody></table>"


def _line(tag: str, cells: Iterable[str], numbers: Container[int]) -> str:
    marks = {True: ' class="num"', False: ""}
    inside = (f"<{tag}{marks[i in numbers]}>{cell}</{tag}>" for i, cell in enumerate(cells))
    return f"<tr>{''.join(inside)}</tr>"


def bar(start: float, end: float, mark: float | None = None) -> str:
    """A bar between two shares of its cell's width, with an optional mark; leftwards is against."""
    left, width = 100 * min(start, end), 100 * abs(end - start)
    side = ' class="against"' if end < start else ""
    tick = "" if mark is None else f'<b style="left:{100 * mark:.2f}%"></b>'
    return f'<div class="bar"><i{side} style="left:{left:.2f}%;width:{width:.2f}%"></i>{tick}</div>'


def picture(plot: Callable[[], Any]) -> str:
    """A chart as inline SVG in the fragment's colours; nothing without the extra `plots`."""
    file = StringIO()
    try:
        plot().save(file, format="svg")
    except MissingExtraError:
        return ""
    return f"<figure>{file.getvalue()}</figure>"


def _footer(model: ModelInfo) -> str:
    return f"<footer>{escape(str(model))}<br>{RESEARCH_USE}</footer>"


def _warnings(result: Any) -> str:
    warnings = getattr(result, "warnings", ())
    return "".join(f'<p class="warn">Warning: {escape(warning)}</p>' for warning in warnings)


# -- posterior ----------------------------------------------------------------------------------


@body.register(Posterior)
def _posterior(result: Posterior) -> str:
    rows = [
        (escape(result.labels[disease]), percent(p), bar(0, p, result.prior[disease]),
         percent(result.prior[disease]))
        for disease, p in result.top(8)
    ]  # fmt: skip
    shown = table(("disease", "probability", "(tick: prior)", "prior"), rows, (1, 3))
    return shown + _understood(result)


def _understood(result: Posterior) -> str:
    findings = "; ".join(f"{key}: {said(value)}" for key, value in result.evidence.items())
    lines = [f"Evidence: {findings or 'none'}"]
    if result.ignored:
        lines.append(f"Named, but not assessed: {', '.join(result.ignored)}")
    lines.append(numbers(result))
    return f'<p class="soft">{"<br>".join(map(escape, lines))}</p>'


# -- explanation --------------------------------------------------------------------------------


@body.register(Explanation)
def _explanation(result: Explanation) -> str:
    disease, against = (escape(result.labels[d]) for d in (result.disease, result.against))
    shares = ", ".join(f"{basis} {percent(share)}" for basis, share in result.basis_share.items())
    return (
        f"<h4>Why {disease} rather than {against}?</h4>"
        f"{_waterfall(result)}<p>The weight rests on: {shares}</p>"
        f"<details><summary>The rows behind it</summary>{_rows_of_findings(result)}</details>"
    )


def _waterfall(result: Explanation) -> str:
    path = steps(result)
    low, high = span(path)
    rows = [
        (escape(step.name), f"{step.bans:+.2f}", _step_bar(step, low, high - low),
         *_weighed(step.weight))
        for step in path
    ]  # fmt: skip
    total, rest = f"{result.total:+.2f}", f"{result.rest:+.2f}"
    rows.append(("posterior odds", total, odds(result.total), rest, ""))
    headers = ("finding", "bans (log10 odds)", "", "against all others", "basis")
    return table(headers, rows, (1, 3))


def _step_bar(step: Step, low: float, size: float) -> str:
    return bar((step.start - low) / size, (step.end - low) / size)


def _weighed(weight: Weight | None) -> tuple[str, str]:
    if weight is None:
        return "", ""
    return f"{weight.against_rest:+.2f}", " / ".join(dict.fromkeys(weight.basis.values()))


def _rows_of_findings(result: Explanation) -> str:
    sources = _by_key(result)
    rows = [
        (escape(row["finding"]), escape(result.labels[row["disease"]]), *_row(row, sources))
        for weight in result.weights
        for row in weight.rows
    ]
    return table(("finding", "disease", *ROW_HEADERS), rows)


# -- cell ---------------------------------------------------------------------------------------


@body.register(CellView)
def _cell(result: CellView) -> str:
    finding, disease = (escape(result.labels[key]) for key in (result.finding, result.disease))
    condition = f", {escape(result.condition)}" if result.condition else ""
    return (
        f"<h4>P({finding} | {disease}{condition})</h4>"
        f'<p class="soft">{result.finding}, {result.disease}; '
        f"rests on: {result.basis}{moved(result.moved_to)}</p>"
        f"{_distribution(result)}{_rows_of_cell(result)}"
    )


def _distribution(result: CellView) -> str:
    rows = [
        (escape(state), percent(beta["mean"]), bar(0, beta["mean"]),
         f"{percent(beta['lower'])} to {percent(beta['upper'])}",
         f"Beta({beta['a']:.4g}, {beta['b']:.4g})")
        for state, beta in result.distribution.items()
    ]  # fmt: skip
    return table(("state", "mean", "", "95 % interval", "distribution"), rows, (1,))


def _rows_of_cell(result: CellView) -> str:
    if not (result.used or result.outranked):
        return "<p>No row speaks of this cell: its distribution is the background's.</p>"
    sources = _by_key(result)
    rows = [
        ("yes" if row["used"] else "no", *_row(row, sources), escape(row["note"]))
        for row in (*result.used, *result.outranked)
    ]
    return table(("used", *ROW_HEADERS, "note"), rows)


# -- rows of the knowledge base -----------------------------------------------------------------

ROW_HEADERS = ("statement", "basis", "source", "row")


def _row(row: Mapping[str, Any], sources: Mapping[str, Mapping[str, str]]) -> tuple[str, ...]:
    states = f"{row['state']} {figure(row)}".strip()
    return escape(states), escape(row["basis"]), _source(row, sources), escape(line(row))


def _source(row: Mapping[str, Any], sources: Mapping[str, Mapping[str, str]]) -> str:
    """Citation, locator, and links to the paper."""
    source = sources[row["source"]]
    anchors = [
        f'<a href="{escape(address)}" rel="noopener">{escape(text)}</a>'
        for text, address in links(source).items()
    ]
    said_where = f"<b>{escape(row['locator'])}</b>" if row["locator"] else ""
    return "<br>".join(filter(None, (escape(source["citation"]), said_where, " ".join(anchors))))


def _by_key(result: Explanation | CellView) -> dict[str, Mapping[str, str]]:
    return {source["key"]: source for source in result.sources}
