"""Sheets as HTML fragments for Jupyter and reports: self-contained, light and dark, no network."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from html import escape
from io import StringIO
from typing import Any

from ..errors import MissingExtraError
from .sheet import Bar, Cell, Lines, Linked, Listing, Part, Picture, Sheet, Table, Tree, warnings_of
from .wording import RESEARCH_USE

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
.ng h4{margin:8px 0 2px;font-size:14px;font-weight:600}.ng h5{margin:8px 0 2px;font-size:13px}
.ng .total td{font-weight:600}
"""

PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title><style>
body{{font-family:system-ui,sans-serif;max-width:62rem;margin:1.5rem auto}}
h1{{font-size:1.5rem}}figure{{padding:.5rem;background:#fff}}
figure svg{{max-width:100%;height:auto}}
{style}</style></head><body class="ng"><h1>{title}</h1>{inside}</body></html>
"""


def draw(*sheets: Sheet) -> str:
    """Sheets of one model as one HTML fragment with its own style."""
    return f'<div class="ng"><style>{STYLE}</style>{_inside(list(sheets))}</div>'


def page(title: str, sheets: Iterable[Sheet]) -> str:
    """Sheets of one model as one self-contained document."""
    return PAGE.format(title=escape(title), style=STYLE, inside=_inside(list(sheets)))


def _inside(sheets: list[Sheet]) -> str:
    warnings = (f'<p class="warn">Warning: {escape(w)}</p>' for w in warnings_of(sheets))
    footer = f"<footer>{escape(sheets[0].made_by)}<br>{RESEARCH_USE}</footer>"
    return "".join([*warnings, *map(_body, sheets), footer])


def _body(sheet: Sheet) -> str:
    headline = f"<h4>{escape(sheet.headline)}</h4>" if sheet.headline else ""
    return headline + "".join(map(_part, sheet.parts))


def _part(part: Part) -> str:
    match part:
        case Table():
            return _titled(part.title) + _table(part)
        case Lines():
            lines = "<br>".join(map(escape, part.lines))
            return f'{_titled(part.title)}<p class="soft">{lines}</p>'
        case Listing():
            return _listing(part)
        case Tree():
            return f"<ul>{_branch(part)}</ul>"
        case Picture():
            return _picture(part.draw)


def _titled(title: str) -> str:
    return f"<h5>{escape(title)}</h5>" if title else ""


def _table(part: Table) -> str:
    numbers = {i for i, header in enumerate(part.headers) if header in part.right}
    head = _line("th", map(escape, part.headers), numbers)
    body = "".join(_line("td", map(_cell, row), numbers) for row in part.rows)
    totals = "".join(_line("td", map(_cell, row), numbers, "total") for row in part.totals)
    return f"<table><thead>{head}</thead><tbody>{body}{totals}</tbody></table>"


def _line(tag: str, cells: Iterable[str], numbers: set[int], kind: str = "") -> str:
    inside = "".join(
        f'<{tag} class="num">{cell}</{tag}>' if i in numbers else f"<{tag}>{cell}</{tag}>"
        for i, cell in enumerate(cells)
    )
    return f'<tr class="{kind}">{inside}</tr>' if kind else f"<tr>{inside}</tr>"


def _cell(cell: Cell) -> str:
    match cell:
        case Bar():
            return _bar(cell)
        case Linked():
            anchors = (
                f'<a href="{escape(link.address)}" rel="noopener">{escape(link.text)}</a>'
                for link in cell.links
            )
            return " ".join([escape(cell.text), *anchors])
    return escape(cell)


def _bar(bar: Bar) -> str:
    left, width = 100 * min(bar.start, bar.end), 100 * abs(bar.end - bar.start)
    side = ' class="against"' if bar.end < bar.start else ""
    tick = "" if bar.mark is None else f'<b style="left:{100 * bar.mark:.2f}%"></b>'
    return f'<div class="bar"><i{side} style="left:{left:.2f}%;width:{width:.2f}%"></i>{tick}</div>'


def _listing(part: Listing) -> str:
    rows = (_line("td", (escape(key), _cell(said)), set()) for key, said in part.entries)
    inside = f"<table><tbody>{''.join(rows)}</tbody></table>"
    if part.folded:
        return f"<details><summary>{escape(part.title)}</summary>{inside}</details>"
    return _titled(part.title) + inside


def _branch(part: Tree) -> str:
    below = "".join(map(_branch, part.branches))
    return f"<li>{escape(part.label)}{f'<ul>{below}</ul>' if below else ''}</li>"


def _picture(plot: Callable[[], Any]) -> str:
    """A chart as inline SVG in the fragment's colours; nothing without the extra `plots`."""
    file = StringIO()
    try:
        plot().save(file, format="svg")
    except MissingExtraError:
        return ""
    return f"<figure>{file.getvalue()}</figure>"
