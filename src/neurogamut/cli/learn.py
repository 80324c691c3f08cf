"""Commands that learn from patients whose diagnosis is known."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from ..cases.files import read_case_file
from ..errors import UsageError
from ..knowledge.reporting import SYSTEMATIC
from ..model import OWN, Model
from .output import save_picture, show
from .shared_options import (
    opens_model,
    read_assignments,
    takes_assignments,
    takes_json,
    takes_plot,
    takes_reporting,
    takes_top,
)

FILE = click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path)
FOLDER = click.Path(file_okay=False, path_type=Path)

Command = Callable[..., Any]

takes_into = click.option(
    "--into",
    type=FOLDER,
    metavar="DIR",
    required=True,
    help="A folder for the tables: new, empty, or learned before.",
)
takes_source = click.option(
    "--source", default=OWN, show_default=True, metavar="KEY", help="What rows call the hospital."
)
takes_jobs = click.option(
    "--jobs",
    type=click.IntRange(min=1),
    default=os.cpu_count(),
    help="How many threads; nothing depends on it.  [default: all cores]",
)


@click.command()
@click.argument("patients", type=FILE)
@takes_into
@opens_model
@takes_reporting(SYSTEMATIC)
@takes_source
@click.option(
    "--weight",
    type=float,
    help="How many patients of the tables one of yours weighs as.  [default: estimated]",
)
@takes_jobs
@takes_top(12, "How many rows of each table are shown.")
@takes_plot
@takes_json
def learn(
    patients: Path,
    into: Path,
    model: Model,
    reporting: str,
    source: str,
    weight: float | None,
    jobs: int,
    top: int,
    picture: Path | None,
    as_json: bool,
) -> None:
    """New tables from patients whose diagnosis is known, most findings missing.

    PATIENTS is a table (.csv, .parquet) with a column `diagnosis`, or .jsonl, a patient a line. The
    tables are the prior; nothing of a patient is written into them but counts.
    """
    from ..learning.own_tables import require_free

    require_free(into, model.base.root)
    with _told() as tell:
        learned = model.learn(
            patients, source=source, weight=weight, jobs=jobs, reporting=reporting, tell=tell
        )
    learned.write(into)
    show(learned, as_json, **({} if as_json else {"count": top}))
    click.echo(f"wrote {into}: ask it with --knowledge {into}", err=True)
    save_picture(learned, picture)


@click.command()
@click.argument("ledger", type=click.Path(dir_okay=False, path_type=Path))
@click.argument("case_file", metavar="[CASE]", required=False)
@click.option("--diagnosis", metavar="KEY", help="What the patient had.")
@click.option("--id", "identifier", metavar="NAME", help="Whose case it is; each counts once.")
@takes_assignments
@takes_into
@opens_model
@takes_reporting(SYSTEMATIC)
@takes_source
@click.option(
    "--weight",
    type=float,
    default=1.0,
    show_default=True,
    help="How many patients of the tables one of yours weighs as.",
)
@click.option(
    "--fading",
    type=float,
    default=1.0,
    show_default=True,
    help="What each patient weighs of the next one; 1 forgets nobody.",
)
@takes_jobs
@takes_json
def update(
    ledger: Path,
    case_file: str | None,
    diagnosis: str | None,
    identifier: str | None,
    settings: tuple[str, ...],
    into: Path,
    model: Model,
    reporting: str,
    source: str,
    weight: float,
    fading: float,
    jobs: int,
    as_json: bool,
) -> None:
    """One more patient: into the LEDGER, and the tables learned from all of it.

    Without a CASE the ledger is replayed. It does not matter in which order patients came.
    """
    from ..learning.ledger import append, entries, held, require_new
    from ..learning.own_tables import require_free

    case = read_case_file(case_file) if case_file else {}
    case |= read_assignments(settings)
    if bool(case) != bool(diagnosis):
        raise UsageError("a patient has findings (CASE or --set) and a --diagnosis")
    require_free(into, model.base.root)
    with held(ledger):
        patients = entries(ledger)
        patient = {"id": identifier, "diagnosis": diagnosis, **case} if case else {}
        new = [{key: said for key, said in patient.items() if said is not None}] if case else []
        for one in new:
            require_new(one, patients, ledger)
        learned = model.learn(
            [*patients, *new],
            source=source,
            weight=weight,
            fading=fading,
            cross_validate=False,
            reporting=reporting,
            jobs=jobs,
        )
        for one in new:
            append(ledger, one)
        learned.write(into)
    show(learned, as_json)
    click.echo(f"wrote {into}: ask it with --knowledge {into}", err=True)


@contextmanager
def _told() -> Iterator[Callable[[str], None]]:
    """What is being done and for how long, on standard error."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    shown = (BarColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*shown, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("reading", total=None)

        def tell(what: str) -> None:
            bar.update(task, description=what)

        yield tell


commands = {"learn": learn, "update": update}
