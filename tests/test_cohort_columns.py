"""What tables may hold beside states by key, and in which files: words of spreadsheets,
likelihoods, settings, columns to keep or to ignore."""

from __future__ import annotations

import gzip

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from neurogamut.cli.main import cli
from neurogamut.errors import CaseError, UsageError

CASES = pd.DataFrame(
    {
        "id": ["a", "b", "c"],
        "age": [27, 70, 44],
        "sex": ["female", "male", None],
        "hearing_loss": ["present", None, "absent"],
        "seizures": [None, "absent", "present"],
    }
)


def run(*arguments: object, **options: object):
    return CliRunner().invoke(cli, [str(a) for a in arguments], **options)


@pytest.fixture(scope="module")
def expected(model) -> pd.DataFrame:
    return model.posteriors(CASES)


def test_words_of_spreadsheets_are_understood(model, expected):
    table = CASES.astype({"age": object})
    table["sex"] = ["F", " male ", "N/A"]
    table["hearing_loss"] = ["Y", "NA", "0"]
    table["seizures"] = ["NULL", "no", "1.0"]
    pd.testing.assert_frame_equal(model.posteriors(table), expected)
    numbers = CASES.assign(hearing_loss=[1.0, np.nan, 0.0], seizures=[np.nan, 0, 1])
    pd.testing.assert_frame_equal(model.posteriors(numbers), expected)
    with pytest.raises(CaseError, match="row 1 .*hearing_loss='2'"):
        model.posteriors(CASES.assign(hearing_loss=["2", "1", "0"]))
    with pytest.raises(CaseError, match="sex='1'"):
        model.posteriors(CASES.assign(sex=["1", "0", "1"]))


def test_a_state_that_is_called_none_is_one(model):
    none = pd.DataFrame({"pathogenic_variant": ["none", "None"]})
    assert "none" in model.network.variable("pathogenic_variant").states
    found = model.posteriors(none)["log_evidence"]
    alone = model.posterior({"pathogenic_variant": "none"}, reporting="systematic")
    assert found.tolist() == pytest.approx([alone.log_evidence] * 2)


def test_columns_are_kept_or_ignored(model, expected):
    table = CASES.assign(hospital=["north", "south", "north"], truth="susac")
    with pytest.raises(CaseError, match="hospital"):
        model.posteriors(table)
    found = model.posteriors(table, keep=["hospital"], ignore=["truth"])
    assert list(found.columns[:2]) == ["id", "hospital"] and "truth" not in found
    pd.testing.assert_frame_equal(found.drop(columns="hospital"), expected)
    with pytest.raises(CaseError, match="'hopsital'; nearest: hospital|'hopsital'.*nearest"):
        model.posteriors(table, keep=["hopsital"])
    with pytest.raises(CaseError, match="'leading' cannot be kept"):
        model.posteriors(CASES.assign(leading=1), keep=["leading"])


@pytest.mark.parametrize("reporting", ["systematic", "pertinent"])
def test_likelihoods_stand_in_columns(model, reporting):
    table = pd.DataFrame(
        {
            "age": [27, 30, 50],
            "seizures": ["present", None, "absent"],
            "hearing_loss:present": [0.8, None, 0.5],
            "hearing_loss:absent": [0.2, None, 0.5],
        }
    )
    found = model.posteriors(table, reporting=reporting)
    reading = {"present": 0.8, "absent": 0.2}
    cases = [
        {"age": 27, "seizures": "present", "hearing_loss": reading},
        {"age": 30},
        {"age": 50, "seizures": "absent", "hearing_loss": {"present": 0.5, "absent": 0.5}},
    ]
    for (_, row), case in zip(found.iterrows(), cases, strict=True):
        alone = model.posterior(case, reporting=reporting)
        for disease, probability in alone.probabilities.items():
            assert row[disease] == pytest.approx(probability, abs=1e-12)
        assert row["log_evidence"] == pytest.approx(alone.log_evidence, abs=1e-9)
        assert row["conflict"] == pytest.approx(alone.conflict, abs=1e-9)


def test_a_likelihood_is_over_all_states(model):
    with pytest.raises(CaseError, match="hearing_loss:absent"):
        model.posteriors(pd.DataFrame({"hearing_loss:present": [0.8]}))
    half = pd.DataFrame({"hearing_loss:present": [0.8], "hearing_loss:absent": [None]})
    with pytest.raises(CaseError, match="row 1: hearing_loss:present=0.8"):
        model.posteriors(half)
    both = half.assign(hearing_loss="present")
    with pytest.raises(CaseError, match="a column of states and columns of likelihoods"):
        model.posteriors(both)


def test_each_row_may_have_its_setting(model):
    settings = ["paediatric", None, "tb_endemic"]
    found = model.posteriors(CASES.assign(setting=settings))
    for i, setting in enumerate(settings):
        alone = model.in_setting(setting or "adult_referral").posteriors(CASES.iloc[[i]])
        pd.testing.assert_frame_equal(found.iloc[[i]], alone)
    with pytest.raises(
        CaseError, match=r"row 2 \(id b\): setting='paediatrc'.*nearest: paediatric"
    ):
        model.posteriors(CASES.assign(setting=["paediatric", "paediatrc", None]))


@pytest.mark.slow
def test_intervals_and_the_next_test_on_request(model):
    found = model.posteriors(CASES, intervals=True, next_test=True)
    for (_, row), (_, case) in zip(found.iterrows(), CASES.iterrows(), strict=True):
        said = {k: v for k, v in case.items() if k != "id" and v is not None}
        assert row["leading_low"] < row[row["leading"]] < row["leading_high"]
        ranked = model.next_tests(said, reporting="systematic").tests
        assert row["next_test"] == ranked[0].test


@pytest.mark.parametrize(
    "suffix", [".csv", ".CSV", ".tsv", ".csv.gz", ".tsv.gz", ".parquet", ".xlsx"]
)
@pytest.mark.slow
def test_files_of_any_kind_are_answered_alike(tmp_path, expected, suffix):
    path = tmp_path / f"cases{suffix}"
    if suffix == ".xlsx":
        pytest.importorskip("openpyxl")
        CASES.to_excel(path, index=False)
    elif suffix == ".parquet":
        CASES.to_parquet(path)
    else:
        separator = "\t" if "tsv" in suffix else ","
        CASES.to_csv(path, index=False, sep=separator)
    done = run("cohort", path, tmp_path / "out.csv")
    assert done.exit_code == 0, done.output
    found = pd.read_csv(tmp_path / "out.csv")
    assert found["leading"].tolist() == expected["leading"].tolist()
    assert np.allclose(found["susac"], expected["susac"], atol=1e-15)


@pytest.mark.parametrize("separator", [",", "\t"])
@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.slow
def test_standard_input_is_a_table(tmp_path, expected, packed, separator):
    text = CASES.to_csv(index=False, sep=separator).encode()
    done = run("cohort", "-", tmp_path / "out.csv", input=gzip.compress(text) if packed else text)
    assert done.exit_code == 0, done.output
    assert pd.read_csv(tmp_path / "out.csv")["leading"].tolist() == expected["leading"].tolist()


@pytest.mark.slow
def test_what_was_skipped_stands_in_a_file(tmp_path):
    bad = CASES.assign(sex=["femal", "male", None])
    bad.to_csv(tmp_path / "cases.csv", index=False)
    done = run(
        "cohort", tmp_path / "cases.csv", tmp_path / "out.csv", "--skipped", tmp_path / "no.csv"
    )
    assert done.exit_code == 0, done.output
    skipped = pd.read_csv(tmp_path / "no.csv")
    assert skipped[["row", "id"]].values.tolist() == [[1, "a"]]
    assert "nearest: female" in skipped["problem"][0]
    assert len(pd.read_csv(tmp_path / "out.csv")) == 2


@pytest.mark.parametrize("name", ["cases.csv", "out.csv"])
def test_what_was_skipped_overwrites_neither_cases_nor_answers(tmp_path, name):
    CASES.to_csv(tmp_path / "cases.csv", index=False)
    done = run("cohort", tmp_path / "cases.csv", tmp_path / "out.csv", "--skipped", tmp_path / name)
    assert done.exit_code == 2 and "--skipped" in done.output
    assert (tmp_path / "cases.csv").read_text() == CASES.to_csv(index=False)


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("id:\n", "'id:' is no finding"),
        ("tests_done,age\nct_head,3\n", "'tests_done' is no finding"),
        ("sex\0,age\nmale,3\n", "zero byte"),
    ],
)
def test_a_damaged_header_is_refused_in_words(tmp_path, header, message):
    (tmp_path / "cases.csv").write_text(header)
    done = run("cohort", tmp_path / "cases.csv", tmp_path / "out.csv")
    assert done.exit_code == 4 and message in done.output


@pytest.mark.parametrize("name", ["hearing_loss", "HP:0000365", "Hearing loss"])
def test_a_finding_that_is_kept_is_evidence_too(model, expected, name):
    found = model.posteriors(CASES.rename(columns={"hearing_loss": name}), keep=[name])
    assert found[name].isna().sum() == 1
    pd.testing.assert_series_equal(found["susac"], expected["susac"])


def test_a_prior_is_not_lost_beside_settings(model):
    with pytest.raises(UsageError, match="column 'setting'.*state none"):
        model.with_priors({"susac": 0.05}).posteriors(CASES.assign(setting=None))


@pytest.mark.slow
def test_other_options_begin_a_run_anew(tmp_path):
    table = CASES.assign(centre=["x", "y", "z"])
    table.to_csv(tmp_path / "cases.csv", index=False)
    run("cohort", tmp_path / "cases.csv", tmp_path / "out.csv", "--ignore", "centre")
    assert "centre" not in pd.read_csv(tmp_path / "out.csv")
    done = run("cohort", tmp_path / "cases.csv", tmp_path / "out.csv", "--keep", "centre")
    assert done.exit_code == 0
    assert pd.read_csv(tmp_path / "out.csv")["centre"].tolist() == ["x", "y", "z"]
