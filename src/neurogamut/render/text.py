"""Sheets as plain text for a terminal: tables with bars, 80 columns wide unless told otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from io import StringIO
from typing import TYPE_CHECKING, Any

from .sheet import Bar, Cell, Lines, Linked, Listing, Part, Sheet, Table, Tree, warnings_of
from .wording import RESEARCH_USE

if TYPE_CHECKING:
    from rich import table, tree
    from rich.console import Console, RenderableType

WIDTH = 80
BAR_WIDTH = 20
#: Case and knowledge base hold brackets and colons of their own, which are no markup.
PLAIN: dict[str, Any] = {"markup": False, "emoji": False, "highlight": False}


def draw(*sheets: Sheet) -> str:
    """Sheets of one model as plain text, with what made them said once at the end."""
    from rich.console import Console

    target = StringIO()
    # Within a notebook rich would show each part as an output of its own, and return nothing.
    console = Console(file=target, width=WIDTH, color_system=None, force_jupyter=False, **PLAIN)
    write(console, *sheets)
    return "\n".join(line.rstrip() for line in target.getvalue().splitlines())


def write(console: Console, *sheets: Sheet) -> None:
    """Print sheets of one model on a rich console, what to beware of first and once."""
    for warning in warnings_of(sheets):
        console.print(f"WARNING: {warning}", style="bold red")
    for sheet in sheets:
        if sheet.headline:
            console.print(sheet.headline)
        for part in sheet.parts:
            for line in _part(part):
                console.print(line)
        console.print()
    console.print(f"{sheets[0].made_by}\n{RESEARCH_USE}", style="dim")


def _part(part: Part) -> Iterator[RenderableType]:
    match part:
        case Table():
            if part.title:
                yield part.title
            yield _table(part)
        case Lines():
            if part.title:
                yield f"\n{part.title}"
            yield from ((f"  {line}" if part.indented else line) for line in part.lines)
        case Listing():
            yield f"\n{part.title}" if part.title else ""
            yield _listing(part)
        case Tree():
            yield _tree(part)
            yield ""


def _table(part: Table) -> table.Table:
    """Without vertical lines; a column `key` is never cut, as people copy from it."""
    from rich import box
    from rich.table import Table as Grid

    made = Grid(box=box.SIMPLE_HEAD, pad_edge=False)
    for column, header in enumerate(part.headers):
        number = header in part.right
        # A bar of blocks has no tick that a header could explain.
        drawn = any(isinstance(row[column], Bar) for row in part.rows)
        made.add_column(
            "" if drawn else header,
            justify="right" if number else "left",
            no_wrap=number or header == "key",
            overflow="fold",
        )
    for row in part.rows:
        made.add_row(*map(_cell, row))
    if part.totals:
        made.add_section()
    for row in part.totals:
        made.add_row(*map(_cell, row))
    return made


def _cell(cell: Cell) -> RenderableType:
    match cell:
        case Bar():
            from rich.bar import Bar as Blocks

            low, high = sorted((cell.start, cell.end))
            return Blocks(size=1, begin=low, end=high, width=BAR_WIDTH)
        case Linked():
            return " ".join([cell.text, *(link.text for link in cell.links)])
    return cell


def _listing(part: Listing) -> table.Table:
    """Columns without lines: an indent, a key that stays on one line, and text that wraps."""
    from rich.table import Table as Grid

    made = Grid.grid(padding=(0, 1))
    made.add_column(width=1)
    made.add_column(no_wrap=True)
    made.add_column(overflow="fold")
    for key, said in part.entries:
        made.add_row("", key, _cell(said))
    return made


def _tree(part: Tree) -> tree.Tree:
    from rich.tree import Tree as Branch

    made = Branch(part.label)
    made.children.extend(_tree(branch) for branch in part.branches)
    return made
