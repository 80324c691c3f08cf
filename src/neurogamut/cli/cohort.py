"""Many cases at once, from file to file."""

from __future__ import annotations

import csv
import os
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import click

from ..errors import UsageError, needs
from ..knowledge.reporting import SYSTEMATIC
from ..model import Model
from .shared_options import NewFile, takes_model, takes_reporting

if TYPE_CHECKING:
    from rich.console import Console

    from ..cohort.columns import BadRow
    from ..cohort.run import Run
    from ..cohort.workers import Workers

FILE = click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path)
STDIN = Path("-")


@click.command()
@click.argument("source", type=FILE, metavar="IN")
@click.argument("out", type=click.Path(dir_okay=False, path_type=Path), metavar="OUT")
@takes_model
@takes_reporting(SYSTEMATIC)
@click.option(
    "--jobs",
    type=click.IntRange(min=1),
    default=os.cpu_count(),
    help="How many threads, at most one a core; the answers do not depend on it.  "
    "[default: all cores]",
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
@click.option(
    "--skipped",
    type=NewFile(),
    metavar="FILE",
    help="Write the rows that cannot be answered, and why, to a CSV file, and skip them.",
)
@click.option("--keep", multiple=True, metavar="COLUMN", help="Copy a column beside the answers.")
@click.option("--ignore", multiple=True, metavar="COLUMN", help="Leave a column out.")
@click.option("--intervals", is_flag=True, help="Also the leading disease's 95 % interval.")
@click.option("--next-test", is_flag=True, help="Also the best next test.")
def cohort(
    source: Path,
    out: Path,
    model: Model,
    reporting: str,
    jobs: int,
    scheduler: str | None,
    on_error: str,
    skipped: Path | None,
    keep: tuple[str, ...],
    ignore: tuple[str, ...],
    intervals: bool,
    next_test: bool,
) -> None:
    """The probability of every disease for many cases, one a row.

    IN is a .parquet, .csv, .tsv, .csv.gz, .tsv.gz or .xlsx file, or - for standard input; OUT is
    .parquet or .csv. Columns of IN are findings, `id` and `setting`; an empty value was not
    assessed. A run that broke off goes on where it was when started again.
    """
    with needs("cohort"):
        from ..cohort.run import Run
        from ..cohort.workers import cluster, local
    from rich.console import Console

    if scheduler and (intervals or next_test):
        raise UsageError("--scheduler: answers neither --intervals nor --next-test")
    if skipped and skipped.resolve() in (source.resolve(), out.resolve()):
        raise UsageError(f"--skipped {skipped}: is the table of cases or of answers; name another")
    console = Console(stderr=True, style="red", highlight=False, soft_wrap=True)
    say = partial(console.print, markup=False)
    scorer = partial(
        model.scorer,
        reporting=reporting,
        keep=keep,
        ignore=ignore,
        intervals=intervals,
        next_test=next_test,
    )
    info, skip = model.read_as(reporting).info, bool(skipped) or on_error == "skip"
    with _as_file(source) as path:
        run = Run(path, out, scorer, info, skip, tell=say)
        with cluster(scheduler) if scheduler else local(jobs) as workers:
            count, bad = _follow(run, workers, console)
    if skipped:
        _write_skipped(skipped, bad)
    click.echo(f"wrote {out}: {count['rows']} rows answered, {count['bad']} skipped", err=True)
    if count["formulas"]:
        found = f"{count['formulas']} ids begin with =, +, - or @"
        click.echo(f"{found}: a spreadsheet may run them as formulas", err=True)


@contextmanager
def _as_file(source: Path) -> Iterator[Path]:
    """The file of cases; what comes from standard input lies in a file meanwhile."""
    from ..cohort.readers import spooled

    if source != STDIN:
        yield source
        return
    with TemporaryDirectory() as folder:
        yield spooled(sys.stdin.buffer, Path(folder))


def _write_skipped(path: Path, bad: list[BadRow]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("row", "id", "problem"))
        writer.writerows((row.number, row.identifier, "; ".join(row.messages)) for row in bad)
    click.echo(f"wrote {path}: {len(bad)} rows skipped", err=True)


def _follow(run: Run, workers: Workers, console: Console) -> tuple[Counter[str], list[BadRow]]:
    """Run it under a progress bar that names the rows without an answer; count both kinds, and the
    ids that look like formulas."""
    from rich.progress import Progress

    count: Counter[str] = Counter()
    bad: list[BadRow] = []
    with Progress(console=console, transient=True) as bar:
        task = bar.add_task(run.path.name, total=run.source.rows)
        for done in run.blocks(workers):
            for row in done.bad:
                run.tell(str(row))
            bad += done.bad
            count.update(rows=done.answered, bad=len(done.bad), formulas=done.formulas)
            bar.update(task, completed=count["rows"] + count["bad"])
    return count, sorted(bad, key=lambda row: row.number)


commands = {"cohort": cohort}
