"""One real patient, from question to sources, without an argument; and files to go on with."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from textwrap import fill
from typing import Any

import click

from ..cases.presets import example
from ..errors import UsageError
from ..knowledge.base import default_root
from ..model import Model
from ..render.text import WIDTH
from ..render.wording import plain
from .output import show_text
from .shared_options import takes_model

TOLD = """\
An example: {label} ({figure} of {paper}).
What was seen before the definitive test goes in; the diagnosis of the paper is {diagnosis}.
"""


@click.command()
@takes_model
@click.option(
    "--write",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Copy the example files into a folder instead.",
)
def demo(model: Model, folder: Path | None) -> None:
    """An example: a patient of a published figure, the posterior, why, and the sources."""
    if folder:
        write_examples(folder)
        return
    entry = example(model.base)
    click.echo(_origin(entry, model))
    explanation = model.explain(entry["case"])
    show_text(explanation.posterior, explanation)
    findings = " ".join(f"--set {key}={_typed(said)}" for key, said in entry["case"].items())
    click.echo(f"The same with  neurogamut posterior {findings}", err=True)


def _origin(entry: Mapping[str, Any], model: Model) -> str:
    """Who the patient is, and where published."""
    (paper,) = (s for s in model.base.sources if s.key == entry["source"])
    cited = paper.citation + (f", doi:{paper.doi}" if paper.doi else "")
    diagnosis = model.labels[entry["diagnosis"]]
    text = TOLD.format(
        label=entry["label"], figure=entry["figure"], paper=cited, diagnosis=diagnosis
    )
    return "\n".join(fill(line, WIDTH) for line in text.splitlines()) + "\n"


def _typed(said: str | float) -> str:
    return said if isinstance(said, str) else plain(said)


def write_examples(folder: Path) -> None:
    """Copy the example files into a folder, which is made where it is missing.

    Raises UsageError, and copies nothing, where something of that name is there already."""
    examples = default_root() / "examples"
    names = sorted(entry.name for entry in examples.iterdir())
    for name in names:
        if (folder / name).exists():
            raise UsageError(f"{folder / name}: is there already; name another folder")
    shutil.copytree(examples, folder, dirs_exist_ok=True)
    for name in names:
        click.echo(folder / name)
    click.echo(f"{folder / 'README.md'} says what each is for", err=True)


commands = {"demo": demo}
