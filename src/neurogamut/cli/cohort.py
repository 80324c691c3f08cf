"""Many cases at once, from file to file."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..model import Model
from .options import takes_model

if TYPE_CHECKING:
    from ..cohort.run import Run
    from ..cohort.workers import Workers

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.argument("source", type=FILE, metavar="IN")
@click.argument("out", type=click.Path(dir_okay=False, path_type=Path), metavar="OUT")
@takes_model
@click.option(
    "--jobs",
    type=click.IntRange(min=1),
    default=os.cpu_count(),
    help="How many threads; the answers do not depend on it.  [default: all cores]",
)
@click.option(
    "--scheduler",
    metavar="ADDRESS",
    help="Compute on a running Dask cluster instead, such as tcp://10.0.0.1:8786.",
)
@click.option(
    "--on-error",
    type=click.Choice(["stop", "skip"]),
    default="stop",
    show_default=True,
    help="What to do about rows that cannot be answered; either way they are named.",
)
def cohort(
    source: Path, out: Path, model: Model, jobs: int, scheduler: str | None, on_error: str
) -> None:
    """The probability of every disease for many cases, one a row.

    IN and OUT are .parquet or .csv files. Columns of IN are findings, and `id`; an empty value was
    not assessed. A run that broke off goes on where it was when started again.
    """
    from ..cohort.run import Run
    from ..cohort.workers import cluster, local

    run = Run(source, out, model.scorer, model.info, skip=on_error == "skip")
    with cluster(scheduler) if scheduler else local(jobs) as workers:
        answered, skipped = _follow(run, workers)
    click.echo(f"wrote {out}: {answered} rows answered, {skipped} skipped", err=True)


def _follow(run: Run, workers: Workers) -> tuple[int, int]:
    """Run it under a progress bar that names the rows without an answer; count both kinds."""
    from rich.console import Console
    from rich.progress import Progress

    answered = skipped = 0
    console = Console(stderr=True, style="red", highlight=False, soft_wrap=True)
    with Progress(console=console, transient=True) as bar:
        task = bar.add_task(run.path.name, total=run.source.rows)
        for done in run.blocks(workers):
            for row in done.bad:
                console.print(str(row), markup=False)
            answered, skipped = answered + done.answered, skipped + len(done.bad)
            bar.update(task, completed=answered + skipped)
    return answered, skipped


commands = {"cohort": cohort}
