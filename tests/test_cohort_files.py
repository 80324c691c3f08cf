"""Files of cases: constant memory, the same bytes however they are computed, runs that go on."""

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from pyarrow import csv, parquet

from neurogamut.cli.main import cli
from neurogamut.cohort import readers as sources
from neurogamut.cohort import workers
from neurogamut.cohort.run import Run
from neurogamut.cohort.scorer import Scorer
from neurogamut.errors import CaseError, MissingExtraError, UsageError
from support.cohort_tables import table_of_cases
from support.dask_cluster import dask_cluster

ROWS = 300


@pytest.fixture
def small_blocks(monkeypatch):
    monkeypatch.setattr(sources, "BLOCK_ROWS", 64)
    monkeypatch.setattr(sources, "BLOCK_BYTES", 2**14)


@pytest.fixture(params=[".csv", ".parquet"])
def cases(request, model, tmp_path):
    """A file of cases in either format."""
    path = tmp_path / f"cases{request.param}"
    table = table_of_cases(model, ROWS)
    csv.write_csv(table, path) if path.suffix == ".csv" else parquet.write_table(table, path)
    return path


def run(model, path, out, jobs=1, skip=False):
    """Every block, in order."""
    with workers.local(jobs) as pool:
        return list(Run(path, out, model.scorer, model.info, skip).blocks(pool))


def read(path) -> pd.DataFrame:
    if path.suffix == ".csv":
        return csv.read_csv(path).to_pandas()
    return pd.read_parquet(path)


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_a_file_is_answered_as_the_table_in_memory(model, cases, tmp_path, small_blocks, suffix):
    out = tmp_path / f"answers{suffix}"
    blocks = run(model, cases, out)
    assert len(blocks) > 3 and sum(done.answered for done in blocks) == ROWS
    expected = model.posteriors(table_of_cases(model, ROWS)).to_pandas()
    found = read(out)
    assert set(found["hash"]) == {model.info.hash[:12]}
    for name in ("leading", "hash"):
        found[name] = found[name].astype(expected[name].dtype)
    pd.testing.assert_frame_equal(found, expected, rtol=1e-12)


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
@pytest.mark.slow
def test_the_same_bytes_whatever_the_jobs(model, cases, tmp_path, small_blocks, suffix):
    written = []
    for jobs in (1, 2, 5):
        out = tmp_path / f"{jobs}{suffix}"
        run(model, cases, out, jobs)
        written.append(out.read_bytes())
    assert written[0] == written[1] == written[2]


class Interrupted(Exception):
    pass


def test_a_broken_run_goes_on(model, cases, tmp_path, small_blocks, monkeypatch):
    out, whole = tmp_path / "out.csv", tmp_path / "whole.csv"
    out.write_text("of last week")
    blocks = len(run(model, cases, whole))
    score, calls = Scorer.score, []

    def break_off(self, table, numbers):
        calls.append(numbers)
        if len(calls) == 4:
            raise Interrupted
        return score(self, table, numbers)

    monkeypatch.setattr(Scorer, "score", break_off)
    with pytest.raises(Interrupted):
        run(model, cases, out)
    assert out.read_text() == "of last week"
    kept = len(list((tmp_path / "out.csv.parts").glob("*.part")))
    assert kept > 0
    calls.clear()
    monkeypatch.setattr(Scorer, "score", lambda *a: calls.append(1) or score(*a))
    again = run(model, cases, out)
    assert len(again) == blocks and len(calls) == blocks - kept
    assert out.read_bytes() == whole.read_bytes()
    assert not (tmp_path / "out.csv.parts").exists()


@pytest.mark.slow
def test_parts_of_another_question_are_not_used(model, cases, tmp_path, small_blocks, monkeypatch):
    out, whole = tmp_path / "out.csv", tmp_path / "whole.csv"
    other = model.in_setting("paediatric")
    with workers.local(1) as pool:
        next(Run(cases, out, other.scorer, other.info).blocks(pool))
    with pytest.warns(UserWarning, match="of other cases, model or libraries; begun anew"):
        run(model, cases, out)
    run(model, cases, whole)
    assert out.read_bytes() == whole.read_bytes()


def test_a_folder_in_the_way_is_left_alone(model, cases, tmp_path):
    folder = tmp_path / "out.csv.parts"
    folder.mkdir()
    (folder / "thesis.txt").touch()
    with pytest.raises(UsageError, match="is in the way"):
        run(model, cases, tmp_path / "out.csv")
    assert (folder / "thesis.txt").exists()


# -- bad rows -------------------------------------------------------------------------------------

BAD_CSV = """\ufeffid,age,sex,seizures
a,30,female,present
b,30,femal,
c,30
d,,,

e,old,male,absent
f,3,male,absent,present
g,"3",male,unknown
"""


@pytest.fixture
def bad_cases(tmp_path):
    path = tmp_path / "bad.csv"
    path.write_text(BAD_CSV, encoding="utf-8")
    return path


def test_bad_rows_are_skipped_and_named(model, bad_cases, tmp_path):
    out = tmp_path / "out.csv"
    (done,) = run(model, bad_cases, out, skip=True)
    assert [str(row).split("; ")[0] for row in done.bad] == [
        "row 2 (id b): sex='femal': unknown state",
        "row 3: 2 values, expected 4",
        "row 5 (id e): age='old': expected a number of years from 0 to 120, "
        "such as 45 or 1.5, with a unit as 18 months or P1Y6M, or a band such as from_45_to_49",
        "row 6: 5 values, expected 4",
    ]
    found = read(out)
    assert list(found["id"]) == ["a", "d", "g"] and done.answered == 3
    alone = model.posterior({"age": 3, "sex": "male"}, reporting="systematic")
    assert found["susac"][2] == pytest.approx(alone["susac"])


def test_a_bad_row_stops_the_run(model, bad_cases, tmp_path):
    with pytest.raises(CaseError, match=r"row 2 \(id b\): (.|\n)*row 6: 5 values"):
        run(model, bad_cases, tmp_path / "out.csv")
    assert not (tmp_path / "out.csv").exists()


def test_bad_rows_keep_their_numbers_across_blocks(model, tmp_path, small_blocks):
    """Every 50th row has a value too many, every 70th a wrong one; rows are many blocks long."""
    lines = ["id,sex,seizures"]
    for row in range(1, 6001):
        wrong = ",,," if row % 50 == 0 else ",mail," if row % 70 == 0 else ",male,absent"
        lines.append(f"{row:08}{wrong}")
    path = tmp_path / "cases.csv"
    path.write_text("\n".join(lines) + "\n")
    blocks = run(model, path, tmp_path / "out.csv", jobs=2, skip=True)
    assert len(blocks) > 4
    bad = [row for done in blocks for row in done.bad]
    assert [row.number for row in bad] == [r for r in range(1, 6001) if not r % 50 or not r % 70]
    assert all(int(row.identifier) == row.number for row in bad if row.identifier)
    assert len(read(tmp_path / "out.csv")) == 6000 - len(bad)


@pytest.mark.parametrize(
    ("name", "content", "error", "words"),
    [
        ("none.csv", "", CaseError, "no column is a finding"),
        ("wrong.csv", "idd,sex\n", CaseError, "'idd': unknown finding"),
        (
            "semi.csv",
            "id;sex\na;male\n",
            CaseError,
            "semi.csv: the separator seems to be ';'",
        ),
        ("tab.csv", 'id\t"sex"\n', CaseError, "tab.csv: the separator seems to be a tab; commas"),
        ("latin.csv", "sex,id\nmale,é\n".encode("latin1"), CaseError, "latin.csv: .*utf"),
        ("text.txt", "", UsageError, r"unknown suffix; expected one of .parquet, .csv"),
        ("no.parquet", "sex\n", CaseError, "no.parquet: "),
    ],
)
def test_a_file_that_is_none_of_cases(model, tmp_path, name, content, error, words):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(error, match=words):
        run(model, path, tmp_path / "out.csv")


@pytest.mark.parametrize(
    ("out", "words"), [("out.xlsx", "unknown suffix '.xlsx'"), ("no/out.csv", "there is no folder")]
)
def test_an_output_that_cannot_be(model, cases, tmp_path, out, words):
    with pytest.raises(UsageError, match=words):
        run(model, cases, tmp_path / out)


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_a_file_without_rows_gives_a_header(model, tmp_path, suffix):
    table = table_of_cases(model, 1).slice(0, 0)
    csv.write_csv(table, tmp_path / "none.csv")
    parquet.write_table(table, tmp_path / "none.parquet")
    out = tmp_path / f"out{suffix}"
    for path in (tmp_path / "none.csv", tmp_path / "none.parquet"):
        run(model, path, out)
        assert tuple(read(out)) == model.scorer(table.column_names).columns


# -- memory, machines and the command line --------------------------------------------------------


def test_blocks_are_taken_only_as_answers_are_collected():
    taken = []

    def calls():
        for i in range(100):
            taken.append(i)
            yield (i,)

    with workers.local(2) as pool:
        answers = workers.in_order(pool, 4, abs, calls())
        assert [next(answers) for _ in range(10)] == list(range(10))
    assert len(taken) <= 14


@pytest.mark.slow
def test_a_dask_cluster_writes_the_same_bytes(model, cases, tmp_path, small_blocks):
    with (
        dask_cluster(n_workers=1, threads_per_worker=2, processes=False) as cluster,
        workers.cluster(cluster.scheduler_address) as pool,
    ):
        assert pool.count == 2
        list(Run(cases, tmp_path / "far.csv", model.scorer, model.info).blocks(pool))
    run(model, cases, tmp_path / "near.csv")
    assert (tmp_path / "far.csv").read_bytes() == (tmp_path / "near.csv").read_bytes()


@pytest.mark.slow
def test_no_scheduler_answers(monkeypatch):
    pytest.importorskip("distributed", reason="needs the extra neurogamut[dask]")
    monkeypatch.setattr(workers, "PATIENCE", 0.5)
    with (
        pytest.raises(UsageError, match="no Dask scheduler answers"),
        workers.cluster("tcp://127.0.0.1:9"),
    ):
        pass


def test_without_dask_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "distributed", None)
    with (
        pytest.raises(MissingExtraError, match=r"pip install 'dask\[distributed\]>="),
        workers.cluster("x:1"),
    ):
        pass


@pytest.mark.slow
def test_the_command(cases, tmp_path):
    out = tmp_path / "answers.csv"
    result = CliRunner().invoke(cli, ["cohort", str(cases), str(out), "--jobs", "2"])
    assert result.exit_code == 0 and result.stdout == ""
    assert f"{ROWS} rows answered, 0 skipped" in result.stderr
    assert len(read(out)) == ROWS


@pytest.mark.parametrize(("option", "exit_code"), [("skip", 0), ("stop", 4)])
@pytest.mark.slow
def test_the_command_names_bad_rows(bad_cases, tmp_path, option, exit_code):
    out = tmp_path / "answers.parquet"
    result = CliRunner().invoke(cli, ["cohort", str(bad_cases), str(out), "--on-error", option])
    assert result.exit_code == exit_code
    assert (tmp_path / "answers.parquet.parts").exists() == (option == "stop")
    assert "row 2 (id b): sex='femal': unknown state; expected one of" in result.stderr
    assert out.exists() == (option == "skip")


def test_what_has_no_answer_is_not_offered():
    assert "--assume" not in CliRunner().invoke(cli, ["cohort", "--help"]).stdout


def test_numbers_read_back_exactly(model, tmp_path):
    table = table_of_cases(model, 50)
    parquet.write_table(table, tmp_path / "in.parquet")
    run(model, tmp_path / "in.parquet", tmp_path / "out.csv")
    run(model, tmp_path / "in.parquet", tmp_path / "out.parquet")
    lines, exact = read(tmp_path / "out.csv"), read(tmp_path / "out.parquet")
    for name in (*model.prior, "log_evidence", "conflict", "fit"):
        np.testing.assert_array_equal(lines[name], exact[name])


@pytest.mark.slow
def test_the_table_of_cases_is_never_written_over(tmp_path):
    path, link = tmp_path / "cases.csv", tmp_path / "link.csv"
    path.write_text("sex\nmale\n")
    link.symlink_to(path)
    for out in (path, link):
        done = CliRunner().invoke(cli, ["cohort", str(path), str(out)])
        assert done.exit_code == 2
        assert "name another file" in done.output
        assert path.read_text() == "sex\nmale\n"
