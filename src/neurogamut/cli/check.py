"""Is the knowledge base sound, and what do its numbers rest on?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .. import __version__
from ..errors import KnowledgeBaseError
from ..knowledge import base as knowledge_base
from ..knowledge.check import require_valid
from ..knowledge.coverage import BASES, Coverage, coverage
from ..knowledge.estimate import Estimator
from ..model import Model
from ..text import table
from ..wording import RESEARCH_USE, percent
from .options import takes_json, takes_knowledge
from .output import console, show_json

if TYPE_CHECKING:
    from rich.table import Table


@click.command()
@takes_knowledge
@takes_json
@click.pass_context
def check(ctx: click.Context, knowledge: Path | None, as_json: bool) -> None:
    """Validate the knowledge base; show every mistake, or what its cells rest on.

    What holds between tables (keys, sources, parts and wholes) is checked once every row is
    well-formed.
    """
    base, form = knowledge_base.read(knowledge or knowledge_base.default_root())
    estimator = Estimator(base)
    try:
        require_valid(base, estimator, form)
        for setting in base.settings:
            Model(estimator, setting)  # raises NetworkError for a column that does not sum to 1
    except KnowledgeBaseError as error:
        _show_problems(error, as_json)
        ctx.exit(error.exit_code)
    if as_json:
        show_json({"problems": [], "coverage": asdict(coverage(estimator)), "hash": base.hash})
    else:
        _show_coverage(coverage(estimator), base.hash)


def _show_problems(error: KnowledgeBaseError, as_json: bool) -> None:
    if as_json:
        show_json({"problems": [asdict(problem) for problem in error.problems]})
        return
    for problem in error.problems:
        click.echo(str(problem))
    click.echo(f"{len(error.problems)} problem(s)", err=True)


def _show_coverage(found: Coverage, content_hash: str) -> None:
    out = console()
    out.print("no problems")
    out.print(f"{found.statements} statements of {found.sources} sources\n")
    out.print(_table("disease", found.by_disease, found.total))
    out.print(_table("findings", found.by_group, found.total))
    made = f"neurogamut {__version__}, knowledge base {content_hash[:12]}"
    out.print(f"{made}\n{RESEARCH_USE}", style="dim")


def _table(name: str, rows: Mapping[str, Mapping[str, int]], total: Mapping[str, int]) -> Table:
    """Cells by basis, and the share that a source speaks to."""
    made = table(name, *BASES, "sourced", right=(*BASES, "sourced"))
    for key, counts in rows.items():
        made.add_row(key, *_counts(counts))
    made.add_section()
    made.add_row("all cells", *_counts(total))
    return made


def _counts(counts: Mapping[str, int]) -> list[str]:
    share = (counts["reported"] + counts["worded"]) / sum(counts.values())
    return [*(str(counts[basis]) for basis in BASES), percent(share)]


commands = {"check": check}
