"""Sheets as Markdown (GitHub's dialect, for its tables)."""

from __future__ import annotations

from collections.abc import Sequence

from .sheet import Bar, Cell, Lines, Linked, Listing, Part, Sheet, Table, Tree
from .wording import RESEARCH_USE


def draw(sheet: Sheet) -> str:
    """A sheet as Markdown, with what made it at the end."""
    warnings = [f"**Warning: {warning}**" for warning in sheet.warnings]
    headline = [f"#### {sheet.headline}"] if sheet.headline else []
    parts = filter(None, map(_part, sheet.parts))
    return "\n\n".join([*warnings, *headline, *parts, f"_{sheet.made_by}. {RESEARCH_USE}_"]) + "\n"


def table(headers: Sequence[str], rows: Sequence[Sequence[Cell]], right: Sequence[str] = ()) -> str:
    """A Markdown table; bars are left out, their numbers stand beside them."""
    kept = [i for i, header in enumerate(headers) if not _is_bar(rows, i)]
    lines = [[headers[i] for i in kept]]
    lines.append(["---:" if headers[i] in right else "---" for i in kept])
    lines += [[_cell(row[i]) for i in kept] for row in rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _part(part: Part) -> str:
    match part:
        case Table():
            rows = [*part.rows, *part.totals]
            return _titled(part.title) + table(part.headers, rows, part.right)
        case Lines():
            return _titled(part.title) + "\n".join(f"- {line}" for line in part.lines if line)
        case Listing():
            entries = (f"- **{key}** {_cell(said)}" for key, said in part.entries)
            return _titled(part.title) + "\n".join(entries)
        case Tree():
            return "\n".join(_branches(part, 0))
    return ""


def _titled(title: str) -> str:
    return f"**{title}**\n\n" if title else ""


def _is_bar(rows: Sequence[Sequence[Cell]], column: int) -> bool:
    return any(isinstance(row[column], Bar) for row in rows)


def _cell(cell: Cell) -> str:
    match cell:
        case Bar():
            return ""
        case Linked():
            links = (f"[{link.text}]({link.address})" for link in cell.links)
            return " ".join([_plain(cell.text), *links])
    return _plain(cell)


def _plain(text: str) -> str:
    """Text in which nothing ends a cell."""
    return text.replace("|", "\\|").replace("\n", "<br>")


def _branches(part: Tree, depth: int) -> list[str]:
    below = [line for branch in part.branches for line in _branches(branch, depth + 1)]
    return [f"{'  ' * depth}- {part.label}", *below]
