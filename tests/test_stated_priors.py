"""Priors stated for one call, and priors counted from patients."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from starlette.testclient import TestClient

import neurogamut as ng
from neurogamut.cli.main import cli
from neurogamut.errors import UsageError
from neurogamut.server.app import create_app

CASE = {"age": 27, "corpus_callosum_lesions": "present"}
SET = ("--set", "age=27", "--set", "corpus_callosum_lesions=present")


def run(*arguments: object):
    return CliRunner().invoke(cli, [str(argument) for argument in arguments])


def test_the_others_keep_their_proportions(model):
    stated = model.with_priors({"Susac syndrome": 0.3, "nmosd": 0.1}).prior
    assert stated["susac"] == pytest.approx(0.3) and stated["nmosd"] == pytest.approx(0.1)
    rest = [key for key in model.prior if key not in ("susac", "nmosd")]
    ratios = np.array([stated[key] / model.prior[key] for key in rest])
    assert ratios == pytest.approx(np.full(len(rest), ratios[0]))
    assert sum(stated.values()) == pytest.approx(1)


def test_the_posterior_is_bayes_rule_by_hand(model):
    """Odds of susac against others move by the factor of its prior odds."""
    before = model.posterior(CASE, reporting="systematic").probabilities["susac"]
    now, then = 0.2, model.prior["susac"]
    moved = model.with_priors({"susac": now}).posterior(CASE, reporting="systematic")
    factor = now / (1 - now) * (1 - then) / then
    odds = before / (1 - before) * factor
    assert moved.probabilities["susac"] == pytest.approx(odds / (1 + odds))


def test_the_weight_of_the_prior_stays(model):
    stated = model.with_priors({"susac": 0.2}).blueprint.columns.prior
    assert stated.sum() == pytest.approx(model.blueprint.columns.prior.sum())


@pytest.mark.slow
def test_leaving_out_a_paper_keeps_them(model):
    stated = model.with_priors({"susac": 0.2})
    assert stated.without(["bot_2020"]).prior == pytest.approx(stated.prior)
    assert stated.without(["bot_2020"]).info.priors == "susac=0.2"
    assert stated.in_setting("tb_endemic").info.priors == ""


@pytest.mark.parametrize(
    ("priors", "words"),
    [
        ({"susak": 0.1}, "nearest: susac"),
        ({"susac": 0.0}, "above 0 and below 1"),
        ({"susac": float("nan")}, "above 0 and below 1"),
        ({"susac": 0.6, "nmosd": 0.4}, "nothing is left"),
        ({"susac": 0.1, "ORPHA:838": 0.2}, "stands twice"),
    ],
)
def test_priors_that_cannot_be(model, priors, words):
    with pytest.raises(UsageError, match=words):
        model.with_priors(priors)


def test_priors_of_all_diseases_come_to_one(model):
    again = model.with_priors(model.prior)
    assert again.prior == pytest.approx(model.prior)
    with pytest.raises(UsageError, match="come to"):
        model.with_priors(dict.fromkeys(model.prior, 0.01))


@pytest.mark.slow
def test_at_the_command_line_and_from_a_saved_answer(model, tmp_path):
    expected = model.with_priors({"susac": 0.05}).posterior(CASE)
    answer = run("posterior", *SET, "--prior", "susac=0.05", "--json")
    assert json.loads(answer.stdout) == json.loads(json.dumps(expected.to_dict()))
    assert "prior susac=0.05" in run("posterior", *SET, "--prior", "susac=0.05").stdout
    saved = tmp_path / "answer.json"
    saved.write_text(answer.stdout, encoding="utf-8")
    again = run("posterior", saved, "--json").stdout
    assert json.loads(again)["posterior"] == pytest.approx(expected.probabilities)
    other = json.loads(run("posterior", saved, "--prior", "nmosd=0.5", "--json").stdout)
    assert other["model"]["priors"] == "nmosd=0.5"


@pytest.mark.parametrize(
    ("prior", "words"),
    [
        ("susac", "expected disease=probability"),
        ("susac=much", "expected disease=probability"),
        ("susac=1", "above 0 and below 1"),
        ("susak=0.1", "nearest: susac"),
    ],
)
@pytest.mark.slow
def test_mistakes_at_the_command_line(prior, words):
    answer = run("posterior", *SET, "--prior", prior)
    assert answer.exit_code == 2 and words in answer.stderr


@pytest.mark.parametrize("path", ["posterior", "explain", "next-tests", "sensitivity/priors"])
@pytest.mark.slow
def test_over_http(model, path):
    client = TestClient(create_app(model), base_url="http://localhost")
    query = "prior=susac=0.05&prior=nmosd%3D0.1"
    document = client.post(f"/v1/{path}?{query}", json=CASE).json()
    assert document["model"]["priors"] == "susac=0.05, nmosd=0.1"
    if path == "posterior":
        stated = model.with_priors({"susac": 0.05, "nmosd": 0.1}).posterior(CASE)
        assert document["posterior"] == pytest.approx(stated.probabilities)
    refused = client.post(f"/v1/{path}?prior=susak=0.05", json=CASE)
    assert refused.status_code in (400, 422) and "nearest: susac" in refused.text


# -- counted --------------------------------------------------------------------------------------

GAMUT = Path(__file__).parents[1] / "examples" / "gamut"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return Path(shutil.copytree(GAMUT, tmp_path / "gamut"))


def test_patients_are_counted_by_any_name_and_weigh_as_so_many(root, tmp_path):
    table = tmp_path / "patients.csv"
    table.write_text("id,Diagnosis,count\n1,measles,\n2,Measles,3\n3,other,6\n", encoding="utf-8")
    result = run("count-priors", table, "--into", root, "--setting", "ours")
    assert result.exit_code == 0, result.output
    assert run("check", "--knowledge", root).exit_code == 0
    mine = ng.load("ours", root=root)
    assert dict(zip(mine.prior, mine.blueprint.columns.prior, strict=True)) == {
        "measles": 4.5,
        "rubella": 0.5,
        "chickenpox": 0.5,
        "other": 6.5,
    }
    source = mine.sources.loc["ours_patients"]
    assert source["n"] == 10 and "patients.csv" not in source["citation"]
    again = run("count-priors", table, "--into", root, "--setting", "ours")
    assert again.exit_code == 2 and "is there already" in again.stderr


@pytest.mark.slow
def test_counting_into_tables_that_have_a_bibliography(tables, tmp_path):
    table = tmp_path / "patients.tsv"
    table.write_text("diagnosis\tage\nORPHA:838\t30\nnmosd\t40\n", encoding="utf-8")
    assert run("count-priors", table, "--into", tables, "--setting", "ours").exit_code == 0
    assert run("check", "--knowledge", tables).exit_code == 0
    mine = ng.load("ours", root=tables)
    assert mine.blueprint.columns.prior.sum() == pytest.approx(2 + 0.5 * len(mine.prior))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("disease\nmeasles\n", "expected a column diagnosis; has disease"),
        ("diagnosis\nmeasles\nmeasels\n", "patients.csv:3: diagnosis='measels': unknown"),
        ("diagnosis\nmeasels\n", "nearest: measles"),
        ("diagnosis,count\nmeasles,-1\n", "count='-1': expected a whole number"),
        ("diagnosis\n", "holds no patients"),
    ],
)
def test_a_table_that_cannot_be_counted(root, tmp_path, text, words):
    table = tmp_path / "patients.csv"
    table.write_text(text, encoding="utf-8")
    result = run("count-priors", table, "--into", root, "--setting", "ours")
    assert result.exit_code == 2 and words in result.stderr
    assert not (root / "priors/settings/ours.csv").exists()
