"""Commands that open the knowledge base: its lists, one cell, the network as a file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from ..model import Model
from ..text import footer, grid, table
from ..wording import links, percent
from .options import NewFile, opens_model, takes_json
from .output import console, show_json, show_text

if TYPE_CHECKING:
    from rich.console import RenderableType

    from ..knowledge.records import Disease, FindingRecord

R = TypeVar("R", "Disease", "FindingRecord")
KINDS = ("diseases", "findings", "tests", "sources")


@click.command("list")
@click.argument("kind", metavar="diseases|findings|tests|sources", type=click.Choice(KINDS))
@opens_model
@takes_json
def list_records(kind: str, model: Model, as_json: bool) -> None:
    """The diseases, findings, tests or sources of the knowledge base."""
    records = getattr(model.base, kind)
    if as_json:
        show_json([record.model_dump(mode="json", exclude={"row"}) for record in records])
        return
    out = console()
    for part in LISTS[kind](model):
        out.print(part)
    out.print(footer(model.info), style="dim")


def _diseases(model: Model) -> Iterator[RenderableType]:
    yield f"In brackets: the probability in setting {model.info.setting} before any finding.\n"
    priors = {key: percent(prior) for key, prior in model.prior.items()}
    yield from _by_group(model.base.diseases, lambda d: f"{d.label} ({priors[d.key]})")


def _findings(model: Model) -> Iterator[RenderableType]:
    yield "A finding is present or absent, unless its states are given.\n"
    yield from _by_group(model.base.findings, _label_and_states)


def _label_and_states(finding: FindingRecord) -> str:
    usual = finding.states == ("present", "absent")
    return finding.label if usual else f"{finding.label}: {', '.join(finding.states)}"


def _by_group(records: Sequence[R], text: Callable[[R], str]) -> Iterator[RenderableType]:
    """Each group's name, and below it the key and the text of each of its records."""
    for group in dict.fromkeys(record.group for record in records):
        lines = grid()
        for record in records:
            if record.group == group:
                lines.add_row("", record.key, text(record))
        yield group
        yield lines


def _tests(model: Model) -> Iterator[RenderableType]:
    yield "cost: 1 is a blood test; harm: the probability of a serious one; days until the answer"
    made = table("key", "test", "cost", "harm", "days", right=("cost", "harm", "days"))
    for test in model.base.tests:
        made.add_row(test.test, test.label, f"{test.cost:g}", percent(test.harm), f"{test.days:g}")
    yield made


def _sources(model: Model) -> Iterator[RenderableType]:
    lines = grid()
    for source in model.base.sources:
        lines.add_row("", source.key, " ".join([source.citation, *links(source.row.cells)]))
    yield lines


LISTS = {"diseases": _diseases, "findings": _findings, "tests": _tests, "sources": _sources}


@click.command()
@click.argument("finding")
@click.argument("disease")
@opens_model
@takes_json
def show(finding: str, disease: str, model: Model, as_json: bool) -> None:
    """One cell: P(FINDING | DISEASE), its distribution, and each row behind it."""
    cells = model.show(*_in_order(model, finding, disease))
    if as_json:
        show_json([cell.to_dict() for cell in cells])
    else:
        show_text(*cells)


def _in_order(model: Model, finding: str, disease: str) -> tuple[str, str]:
    """The two keys, finding first, in whichever order they were typed."""
    findings = {record.key for record in model.base.findings}
    swapped = finding in model.labels and finding not in findings
    return (disease, finding) if swapped else (finding, disease)


@click.command()
@click.argument("file", type=NewFile())
@opens_model
def export(file: Path, model: Model) -> None:
    """Write the network to FILE, as BIF (.bif) or XMLBIF (.xml)."""
    model.export(file)
    click.echo(f"wrote {file}", err=True)


commands = {"list": list_records, "show": show, "export": export}
