"""A report as a case."""

from __future__ import annotations

import json
from pathlib import Path

import click

from ..cases.strict_text import read_text
from ..reading import base_of, read_report
from .output import show, write_text
from .shared_options import NewFile, takes_json, takes_knowledge


@click.command()
@click.argument("file", metavar="FILE")
@click.option(
    "--case",
    "case_file",
    type=NewFile(),
    metavar="OUT.json",
    help="Write the case into a file that other commands take.",
)
@takes_knowledge
@takes_json
def read(file: str, case_file: Path | None, knowledge: Path | None, as_json: bool) -> None:
    """A report, a letter or a dictation as a case: what it says of which finding, and why.

    FILE is a text file, or - for standard input. Check what was understood before you go on, with
    --case, or with  neurogamut read FILE --json | neurogamut posterior -
    """
    _, text = read_text(file)
    reading = read_report(text, base_of(knowledge) if knowledge else None)
    show(reading, as_json)
    if as_json:
        for finding, why in reading.contradictions.items():
            click.echo(f"{finding}: {why} It is not in the case.", err=True)
    if case_file:
        content = json.dumps(dict(reading.case), indent=2, ensure_ascii=False)
        write_text(case_file, f"{content}\n")
        click.echo(f"wrote {case_file}", err=True)


commands = {"read": read}
