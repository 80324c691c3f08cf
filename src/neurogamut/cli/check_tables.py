"""Is the knowledge base sound, and what do its numbers rest on?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

import click

from .._version import __version__
from ..errors import KnowledgeBaseError
from ..knowledge import base as knowledge_base
from ..knowledge import wordings
from ..knowledge.build import Blueprint
from ..knowledge.check import require_valid
from ..knowledge.coverage import Coverage, coverage
from ..knowledge.estimate import BASES, Estimator
from ..knowledge.hints import hints
from ..model import Model
from ..render import text
from ..render.sheet import Lines, Sheet, Table
from ..render.wording import percent
from .output import console, show_json
from .shared_options import takes_json, takes_knowledge


@click.command()
@takes_knowledge
@click.option(
    "--thorough", is_flag=True, help="Also ask about figures that may not mean what they count as."
)
@takes_json
@click.pass_context
def check(ctx: click.Context, knowledge: Path | None, thorough: bool, as_json: bool) -> None:
    """Validate the knowledge base; show every mistake, or what its cells rest on.

    What holds between tables (keys, sources, parts and wholes) is checked once every row is
    well-formed. The questions of --thorough are no mistakes: with them alone the check succeeds.
    """
    base, form = knowledge_base.read(knowledge or knowledge_base.default_root())
    estimator = Estimator(base)
    try:
        require_valid(base, estimator, form)
        wordings.require_valid(base)
        for setting in base.settings:
            Model(
                Blueprint.of(estimator, setting)
            )  # raises NetworkError for a column that does not sum to 1
    except KnowledgeBaseError as error:
        _show_problems(error, as_json)
        ctx.exit(error.exit_code)
    asked = hints(base, estimator) if thorough else []
    if as_json:
        told = {"hints": [asdict(hint) for hint in asked]} if thorough else {}
        found = {"problems": [], **told, "coverage": asdict(coverage(estimator))}
        show_json({**found, "hash": base.hash})
    else:
        for hint in asked:
            click.echo(str(hint))
        if thorough:
            click.echo(f"{len(asked)} question(s)", err=True)
        _show_coverage(coverage(estimator), base.hash)


def _show_problems(error: KnowledgeBaseError, as_json: bool) -> None:
    if as_json:
        show_json({"problems": [asdict(problem) for problem in error.problems]})
        return
    for problem in error.problems:
        click.echo(str(problem))
    click.echo(f"{len(error.problems)} problem(s)", err=True)


def _show_coverage(found: Coverage, content_hash: str) -> None:
    sheet = Sheet(
        "no problems",
        (
            Lines([f"{found.statements} statements of {found.sources} sources"]),
            _table("disease", found.by_disease, found.total),
            _table("findings", found.by_group, found.total),
        ),
        f"neurogamut {__version__}, knowledge base {content_hash[:12]}",
    )
    text.write(console(), sheet)


def _table(name: str, rows: Mapping[str, Mapping[str, int]], total: Mapping[str, int]) -> Table:
    """Cells by basis, and the share that a source speaks to."""
    body = [(key, *_counts(counts)) for key, counts in rows.items()]
    right = (*BASES, "sourced")
    return Table((name, *right), body, right, totals=[("all cells", *_counts(total))])


def _counts(counts: Mapping[str, int]) -> list[str]:
    share = (counts["reported"] + counts["worded"]) / max(sum(counts.values()), 1)
    return [*(str(counts[basis]) for basis in BASES), percent(share)]


commands = {"check": check}
