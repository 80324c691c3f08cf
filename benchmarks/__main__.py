"""All benchmarks:  python -m benchmarks [MODULE ...]

A benchmark is a module of this folder with `run(progress) -> rows`. It calls `progress(work)` as
each row is done. A row is a dict of `work`, `value`, `unit` and `reach`, the value to be reached
or None: at least that for a ratio (×) and for a rate (.../s), at most that for anything else.
Rows are printed as a table and written to results/<version>.json, one file per version.
"""

from __future__ import annotations

import json
import os
import platform
import sys
from importlib import import_module
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

import neurogamut

HERE = Path(__file__).parent
RESULTS = HERE / "results"


def main(names: list[str]) -> None:
    """Run the modules named, or all of them."""
    modules = {name: import_module(f"benchmarks.{name}") for name in names or _all_names()}
    benchmarks = {name: m for name, m in modules.items() if hasattr(m, "run")}
    rows = []
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, transient=True) as bar:
        task = bar.add_task("", total=len(benchmarks))
        for name, module in benchmarks.items():
            found = module.run(lambda work, name=name: bar.update(task, description=work))
            rows += [{"benchmark": name, **row} for row in found]
            bar.advance(task)
    Console(width=110).print(_table(rows))
    _write(rows)


def met(row: dict) -> bool | None:
    """Whether the row reaches what it should; None where nothing is asked."""
    if row.get("reach") is None:
        return None
    if row["unit"] == "×" or row["unit"].endswith("/s"):
        return row["value"] >= row["reach"]
    return row["value"] <= row["reach"]


def _all_names() -> list[str]:
    return sorted(p.stem for p in HERE.glob("*.py") if "def run(" in p.read_text(encoding="utf-8"))


def _table(rows: list[dict]) -> Table:
    table = Table("benchmark", "work", "value", "unit", "reach", "")
    for column in (2, 4):
        table.columns[column].justify = "right"
    marks = {None: "", True: "[green]reached[/]", False: "[red]not reached[/]"}
    for row in rows:
        reach = "" if row.get("reach") is None else f"{row['reach']:,.4g}"
        value = f"{row['value']:,.4g}"
        table.add_row(row["benchmark"], row["work"], value, row["unit"], reach, marks[met(row)])
    return table


def _write(rows: list[dict]) -> None:
    """Rows of benchmarks that were run replace those of the same version's earlier run."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{neurogamut.__version__}.json"
    earlier = json.loads(path.read_text(encoding="utf-8"))["rows"] if path.exists() else []
    run = {row["benchmark"] for row in rows}
    kept = [row for row in earlier if row["benchmark"] not in run]
    rows = sorted(kept + rows, key=lambda row: row["benchmark"])
    machine = {
        "python": platform.python_version(),
        "numpy": np.__version__,
        "processor": platform.machine(),
        "cores": os.cpu_count(),
    }
    document = {"version": neurogamut.__version__, "machine": machine, "rows": rows}
    path.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
