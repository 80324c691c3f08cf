"""A cohort holds all rows of one input, whatever happens to the run, its parts and the disk."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from click.testing import CliRunner
from pyarrow import csv, parquet

from neurogamut.cli.main import cli
from neurogamut.cohort import parts, readers, workers
from neurogamut.cohort.run import Run
from neurogamut.errors import CaseError, UsageError, WorkersLostError
from support.cohort_tables import table_of_cases
from support.dask_cluster import dask_cluster

ROWS = 300


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch):
    monkeypatch.setattr(readers, "BLOCK_ROWS", 64)
    monkeypatch.setattr(readers, "BLOCK_BYTES", 2**14)


@pytest.fixture(params=[".csv", ".parquet"])
def cases(request, model, tmp_path) -> Path:
    return write(table_of_cases(model, ROWS), tmp_path / f"cases{request.param}")


@pytest.fixture
def out(cases, tmp_path) -> Path:
    return tmp_path / f"out{cases.suffix}"


@pytest.fixture
def whole(model, cases, tmp_path) -> bytes:
    """What an unbroken run writes."""
    path = tmp_path / f"whole{cases.suffix}"
    answer(model, cases, path)
    return path.read_bytes()


def write(table: pa.Table, path: Path) -> Path:
    csv.write_csv(table, path) if path.suffix == ".csv" else parquet.write_table(table, path)
    return path


def answer(model, path: Path, out: Path) -> list[str]:
    """Run to the end; what it told."""
    told: list[str] = []
    with workers.local(1) as pool:
        for _ in Run(path, out, model.scorer, model.info, tell=told.append).blocks(pool):
            pass
    return told


def begin(model, path: Path, out: Path, blocks: int = 3):
    """A run that is under way; it ends when the iterator is closed."""
    with workers.local(1) as pool:
        under_way = Run(path, out, model.scorer, model.info, tell=pytest.fail).blocks(pool)
        for _ in range(blocks):
            next(under_way)
    return under_way


def folder_of(out: Path) -> Path:
    return out.with_name(f"{out.name}.parts")


# -- one run --------------------------------------------------------------------------------------


def test_a_second_run_to_the_same_output_is_refused_and_the_first_goes_on(
    model, cases, out, whole, tmp_path
):
    other = write(table_of_cases(model, ROWS, seed=2), tmp_path / f"other{cases.suffix}")
    with workers.local(2) as pool:
        first = Run(cases, out, model.scorer, model.info).blocks(pool)
        next(first)
        for path in (other, cases):
            with pytest.raises(UsageError, match="another run is writing it"):
                answer(model, path, out)
        list(first)
    assert out.read_bytes() == whole
    assert not folder_of(out).exists()
    answer(model, other, out)


@pytest.mark.slow
def test_two_processes_to_one_output_never_mix(model, tmp_path):
    """As a shell would start them; at least one ends well, and the output is of one input."""
    inputs = {
        seed: write(table_of_cases(model, 4000, seed=seed), tmp_path / f"{seed}.parquet")
        for seed in (1, 2)
    }
    out = tmp_path / "out.parquet"
    command = [sys.executable, "-m", "neurogamut", "cohort"]
    started = [
        subprocess.Popen([*command, path, out], stderr=subprocess.PIPE, text=True)
        for path in inputs.values()
    ]
    ends = [(run.communicate(timeout=300)[1], run.returncode) for run in started]
    assert any(code == 0 for _, code in ends), ends
    assert all("4000 rows" in said if code == 0 else "another run" in said for said, code in ends)
    expected = []
    for path in inputs.values():
        answer(model, path, tmp_path / "alone.parquet")
        expected.append(pd.read_parquet(tmp_path / "alone.parquet")["log_evidence"])
    found = pd.read_parquet(out)["log_evidence"]
    assert any(np.allclose(found, alone, rtol=1e-12) for alone in expected)


@pytest.mark.slow
def test_a_killed_run_leaves_no_lock(model, cases, out, whole):
    code = """
import os, sys
from pathlib import Path
import neurogamut as ng
from neurogamut.cohort import readers, workers
from neurogamut.cohort.run import Run
readers.BLOCK_ROWS, readers.BLOCK_BYTES = 64, 2**14
model = ng.load()
with workers.local(1) as pool:
    next(Run(Path(sys.argv[1]), Path(sys.argv[2]), model.scorer, model.info).blocks(pool))
    os.kill(os.getpid(), 9)
"""
    killed = subprocess.run([sys.executable, "-c", code, cases, out], timeout=120)
    assert killed.returncode == -signal.SIGKILL
    assert list(folder_of(out).glob("*.part"))
    assert answer(model, cases, out) == []
    assert out.read_bytes() == whole


# -- one input ------------------------------------------------------------------------------------


@pytest.mark.slow
def test_another_input_of_the_same_size_and_time_is_not_mixed_with_the_first(
    model, cases, out, tmp_path
):
    """Parquet pads nothing: the files are made equally long where they are not."""
    table = table_of_cases(model, ROWS)
    begin(model, cases, out).close()
    before = cases.stat()
    reverse = table.take(pa.array(range(ROWS - 1, -1, -1)))
    write(reverse, cases)
    with cases.open("r+b") as file:
        file.truncate(before.st_size) if cases.suffix == ".csv" else None
    os.utime(cases, ns=(before.st_atime_ns, before.st_mtime_ns))
    told = answer(model, cases, out)
    assert "of other cases, model or libraries; begun anew" in told[0]
    fresh = tmp_path / f"fresh{cases.suffix}"
    answer(model, cases, fresh)
    assert out.read_bytes() == fresh.read_bytes()


def test_an_input_that_is_changed_under_the_run_stops_it(model, cases, out):
    before = cases.stat()
    with workers.local(1) as pool:
        under_way = Run(cases, out, model.scorer, model.info).blocks(pool)
        next(under_way)
        write(table_of_cases(model, ROWS, seed=2), cases)
        os.utime(cases, ns=(before.st_atime_ns, before.st_mtime_ns))
        with pytest.raises(CaseError, match="changed while it was read"):
            list(under_way)
    assert not out.exists()


def test_an_input_that_is_only_touched_does_not_stop_the_run(model, cases, out, whole):
    with workers.local(1) as pool:
        under_way = Run(cases, out, model.scorer, model.info).blocks(pool)
        next(under_way)
        cases.touch()
        list(under_way)
    assert out.read_bytes() == whole


# -- whole parts ----------------------------------------------------------------------------------


@pytest.mark.parametrize("damage", ["half", "empty", "flipped", "gone"])
@pytest.mark.slow
def test_a_damaged_part_is_computed_again_and_said(model, cases, out, whole, damage):
    begin(model, cases, out).close()
    part = sorted(folder_of(out).glob("*.part"))[1]
    spoil(part, damage)
    told = answer(model, cases, out)
    assert told == ([] if damage == "gone" else [f"{part}: damaged; its rows are computed again"])
    assert out.read_bytes() == whole


@pytest.mark.parametrize("damage", ["half", "flipped", "gone"])
def test_a_part_that_is_damaged_during_the_run_is_computed_again(model, cases, out, whole, damage):
    told, rows = [], 0
    with workers.local(1) as pool:
        under_way = Run(cases, out, model.scorer, model.info, tell=told.append).blocks(pool)
        rows += next(under_way).answered
        spoil(folder_of(out) / "000000.part", damage)
        rows += sum(done.answered for done in under_way)
    assert out.read_bytes() == whole and rows == ROWS
    assert len(told) == (damage != "gone")


def spoil(part: Path, damage: str) -> None:
    found = part.read_bytes()
    if damage == "gone":
        part.unlink()
    elif damage == "flipped":
        part.write_bytes(found[:-9] + bytes([found[-9] ^ 1]) + found[-8:])
    else:
        part.write_bytes(found[: len(found) // 2] if damage == "half" else b"")


def test_a_part_is_on_the_disk_before_its_name_is_there(model, cases, out, monkeypatch):
    """Each file is synced before it is renamed, and its folder after."""
    done = []
    sync, replace = os.fsync, Path.replace
    monkeypatch.setattr(os, "fsync", lambda found: done.append("sync") or sync(found))
    monkeypatch.setattr(Path, "replace", lambda *a: done.append(a[1].name) or replace(*a))
    answer(model, cases, out)
    assert {"manifest.json", "000000.part", out.name} <= set(done)
    for at in range(1, len(done), 3):
        assert done[at - 1] == done[at + 1] == "sync" != done[at]


# -- a run that broke off in its first moments ----------------------------------------------------


@pytest.mark.parametrize(
    "left", [[], ["lock"], ["manifest.json.unfinished"], ["lock", "000000.part.unfinished"]]
)
def test_a_folder_that_a_killed_run_left_without_a_manifest_is_taken_over(
    model, cases, out, whole, left
):
    folder_of(out).mkdir()
    for name in left:
        (folder_of(out) / name).touch()
    assert answer(model, cases, out) == []
    assert out.read_bytes() == whole and not folder_of(out).exists()


@pytest.mark.parametrize("manifest", ["", "{", "null"])
@pytest.mark.slow
def test_half_a_manifest_begins_anew(model, cases, out, whole, manifest):
    begin(model, cases, out).close()
    (folder_of(out) / "manifest.json").write_text(manifest)
    assert len(answer(model, cases, out)) == 1
    assert out.read_bytes() == whole


def test_what_others_put_into_the_folder_stays(model, cases, out, whole):
    begin(model, cases, out).close()
    (folder_of(out) / "thesis.txt").touch()
    answer(model, cases, out)
    assert out.read_bytes() == whole
    assert [path.name for path in folder_of(out).iterdir()] == ["thesis.txt"]
    with pytest.raises(UsageError, match="is in the way"):
        answer(model, cases, out)


@pytest.mark.parametrize("full", ["manifest.json", "000001.part", "out.csv"])
def test_a_full_disk_is_said_with_the_file_and_the_next_run_goes_on(
    model, tmp_path, monkeypatch, full
):
    cases = write(table_of_cases(model, ROWS), tmp_path / "cases.csv")
    out, whole = tmp_path / "out.csv", tmp_path / "whole.csv"
    answer(model, cases, whole)
    sync = os.fsync

    def fail(descriptor):
        if Path(f"/proc/self/fd/{descriptor}").readlink().name == f"{full}.unfinished":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        sync(descriptor)

    if not Path("/proc/self/fd").exists():
        pytest.skip("which file is written is read from /proc")
    with monkeypatch.context() as disk:
        disk.setattr(parts.os, "fsync", fail)
        with pytest.raises(OSError, match=f"No space left on device: '.*{full}'"):
            answer(model, cases, out)
    assert not out.exists() and not list(tmp_path.rglob("*.unfinished"))
    assert answer(model, cases, out) == []
    assert out.read_bytes() == whole.read_bytes()


# -- a cluster that loses workers -----------------------------------------------------------------


@pytest.fixture
def cluster():
    with dask_cluster(n_workers=2, threads_per_worker=1, silence_logs=50) as found:
        yield found


@pytest.mark.slow
@pytest.mark.parametrize("count", [1, 2], ids=["one of two", "both"])
def test_workers_that_are_killed_cost_time_and_nothing_else(
    model, cases, out, whole, cluster, count
):
    """Dask starts others in their place."""
    with workers.cluster(cluster.scheduler_address) as pool:
        under_way = Run(cases, out, model.scorer, model.info, tell=print).blocks(pool)
        rows = next(under_way).answered
        for worker in list(cluster.workers.values())[:count]:
            os.kill(worker.pid, signal.SIGKILL)
        rows += sum(done.answered for done in under_way)
    assert rows == ROWS and out.read_bytes() == whole


@pytest.mark.slow
def test_workers_that_hang_end_in_words(model, cases, out, whole, cluster, monkeypatch):
    monkeypatch.setattr(workers, "PATIENCE", 2)
    monkeypatch.setattr(workers, "RETURN", 4)
    hung = [worker.pid for worker in cluster.workers.values()]
    told = []
    with workers.cluster(cluster.scheduler_address) as pool:
        under_way = Run(cases, out, model.scorer, model.info, tell=told.append).blocks(pool)
        next(under_way)
        for pid in hung:
            os.kill(pid, signal.SIGSTOP)
        try:
            with pytest.raises(WorkersLostError, match="the same command goes on"):
                list(under_way)
        finally:
            for pid in hung:
                os.kill(pid, signal.SIGCONT)
    assert told == ["the cluster lost workers; what they were at is computed again"]
    answer(model, cases, out)
    assert out.read_bytes() == whole


class Lost:
    """Workers that go away at every call but the first."""

    def __init__(self, times: int):
        self.left = times

    def wait(self, future):
        answered = future.result()
        if answered[0] > 0 and self.left:
            self.left -= 1
            raise WorkersLostError
        return answered


@pytest.mark.parametrize(("times", "ends_well"), [(1, True), (2, False)])
def test_a_cluster_that_is_lost_for_good_ends_in_words(model, cases, out, whole, times, ends_well):
    told = []
    with workers.local(1) as pool:
        lost = workers.Workers(pool.executor, 1, pool.share, Lost(times).wait)
        under_way = Run(cases, out, model.scorer, model.info, tell=told.append).blocks(lost)
        if ends_well:
            list(under_way)
        else:
            with pytest.raises(WorkersLostError, match="the same command goes on"):
                list(under_way)
    assert told == ["the cluster lost workers; what they were at is computed again"]
    answer(model, cases, out)
    assert out.read_bytes() == whole


# -- what comes out -------------------------------------------------------------------------------


@pytest.mark.slow
def test_ids_that_a_spreadsheet_would_run_are_said_and_kept(tmp_path):
    ids = ["=1+1", "@SUM(A1)", "+cmd|' /C calc'!A0", "-5", "+49.30", "P-1", ""]
    path, out = tmp_path / "cases.csv", tmp_path / "out.csv"
    lines = [f'"{identifier}",male' for identifier in ids]
    path.write_text("\n".join(["id,sex", *lines]) + "\n")
    said = CliRunner().invoke(cli, ["cohort", str(path), str(out)])
    assert "3 ids begin with =, +, - or @: a spreadsheet may run them" in said.stderr
    assert list(pd.read_csv(out, keep_default_na=False, dtype=str)["id"]) == ids
    parquet_out = CliRunner().invoke(cli, ["cohort", str(path), str(tmp_path / "out.parquet")])
    assert "may run them" not in parquet_out.stderr


@pytest.mark.parametrize("ids", [pa.array([[1]]), pa.array([{"a": 1}]), pa.array([b"\xff"])])
def test_an_id_that_is_no_text_is_refused(model, tmp_path, ids):
    path = tmp_path / "cases.parquet"
    parquet.write_table(pa.table({"id": ids, "sex": ["male"]}), path)
    with pytest.raises(CaseError, match="column id"):
        answer(model, path, tmp_path / "out.csv")


def test_no_more_threads_than_cores():
    with workers.local(10_000) as pool:
        assert pool.count == os.cpu_count()
