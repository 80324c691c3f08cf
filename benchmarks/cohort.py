"""Cohorts: rates in memory and from file to file, beside pyAgrum's loop, and memory.

Cases are drawn from the network, about twelve findings of each are known. Rates are of everything
from a table to a table: reading values, posteriors, conflict, fit and warnings.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow as pa
from pyarrow import csv, parquet
from tests.support.cohort_tables import table_of_cases

import neurogamut
from neurogamut.inference.query import MISSING, EvidenceBatch

from .rivals import agrum_posterior
from .timing import median_seconds, seconds

DIAGNOSIS = "diagnosis"
#: Runs a command and prints its seconds and most KiB. A small process, because Linux counts what
#: the parent held when it started the child.
LAUNCHER = """
import resource, subprocess, sys, time
start = time.perf_counter()
subprocess.run(sys.argv[1:], check=True)
print(time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""
ROWS, TIMES, FINDINGS = 100_000, 10, 12
#: Cases that pyAgrum is timed on.
LOOPED = 300
JOBS = 2
#: Numbers of an array that no cache holds (256 MiB).
COPIED = 2**25


def run(progress: Callable[[str], object]) -> list[dict[str, object]]:
    """Every row of cohorts."""
    model = neurogamut.load()
    table = table_of_cases(model, ROWS, known=FINDINGS / len(model.base.findings))
    rows: list[dict[str, object]] = []

    def add(work: str, value: float, unit: str, reach: float | None = None) -> None:
        rows.append({"work": work, "value": value, "unit": unit, "reach": reach})
        progress(work)

    own = {jobs: _rate(model, table, jobs) for jobs in (1, JOBS)}
    add("table in memory, one thread", own[1], "cases/s")
    add(f"table in memory, {JOBS} threads", own[JOBS], "cases/s", 240_000)
    moved = (table.nbytes + model.posteriors(table).nbytes) / len(table)
    add("table in memory, bytes read and written a case", moved, "B")
    share = moved * own[JOBS] / _copied_bytes_a_second()
    add(f"table in memory, {JOBS} threads, of the bandwidth of a copy", 100 * share, "%")
    add("posteriors alone, one thread", _engine_rate(model, table), "cases/s")
    loop = _agrum_seconds(model, table)
    add("case in a table, one thread, v. pyAgrum's loop", loop * own[1], "×")
    add(f"case in a table, {JOBS} threads, v. pyAgrum's loop", loop * own[JOBS], "×", 200)
    with TemporaryDirectory() as folder:
        for suffix in (".parquet", ".csv"):
            _files(add, Path(folder), table, suffix)
    return rows


def _rate(model: neurogamut.Model, table: pa.Table, jobs: int) -> float:
    """Cases a second, from table to table."""
    return len(table) / median_seconds(lambda jobs: model.posteriors(table, jobs=jobs), [jobs])


def _copied_bytes_a_second() -> float:
    """Bytes read and written by a copy that does not fit the cache."""
    source = np.ones(COPIED)
    copy = np.empty_like(source)
    return 2 * source.nbytes / median_seconds(lambda to: np.copyto(to, source), [copy])


def _engine_rate(model: neurogamut.Model, table: pa.Table) -> float:
    """Cases a second once the states are known by position."""
    scorer = model.scorer(table.column_names)
    evidence = EvidenceBatch(scorer.reader.read(table).states)
    infer = partial(model.engine.batch, DIAGNOSIS, pattern=scorer.pattern)
    return len(table) / median_seconds(infer, [evidence])


def _agrum_seconds(model: neurogamut.Model, table: pa.Table) -> float:
    """Seconds a case, each asked in turn; its answers are ours."""
    some = table.slice(0, LOOPED)
    states = model.scorer(table.column_names).reader.read(some).states
    variables = model.network.variables
    cases = [
        {n: variables[n].states[s[row]] for n, s in states.items() if s[row] != MISSING}
        for row in range(LOOPED)
    ]
    ask = agrum_posterior(model.network, DIAGNOSIS)
    ours = model.posteriors(some).select(list(model.prior)).to_pandas().to_numpy()
    np.testing.assert_allclose(ours, np.array([ask(case) for case in cases]), atol=1e-9)
    return median(seconds(lambda case=case: ask(case)) for case in cases)


def _files(add: Callable[..., None], folder: Path, table: pa.Table, suffix: str) -> None:
    """The command on a file and on one ten times as long: the rate between them, which leaves the
    start of the process out, and the most memory that each takes."""
    few, many = (_write(folder / f"{n}{suffix}", table, n) for n in (1, TIMES))
    (short, little), (long, much) = _command(few), _command(many)
    rate = ROWS * (TIMES - 1) / (long - short)
    work = f"neurogamut cohort, {suffix[1:]}"
    add(f"{work}, {JOBS} threads", rate, "cases/s")
    add(f"{work}, most memory of {ROWS * TIMES:,} rows", much / 2**20, "MiB")
    add(f"{work}, the same by that of {ROWS:,} rows", much / little, "", 1.5)


def _write(path: Path, table: pa.Table, times: int) -> Path:
    write = csv.write_csv if path.suffix == ".csv" else parquet.write_table
    write(pa.concat_tables([table] * times), path)
    return path


def _command(path: Path) -> tuple[float, int]:
    """Seconds and most bytes of a whole process."""
    out = path.with_stem(f"{path.stem}_out")
    command = [sys.executable, "-m", "neurogamut.cli.main", "cohort", path, out, "--jobs", JOBS]
    launcher = [sys.executable, "-c", LAUNCHER, *map(str, command)]
    done = subprocess.run(launcher, capture_output=True, text=True, check=True)
    taken, kibibytes = done.stdout.split()
    return float(taken), int(kibibytes) * 2**10
