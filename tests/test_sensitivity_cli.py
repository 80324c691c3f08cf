"""`neurogamut sensitivity`, as a user types it."""

from __future__ import annotations

import csv
import json

import pytest
from click.testing import CliRunner

from conftest import REPOSITORY
from neurogamut.cli.main import cli
from neurogamut.sensitivity.analysis import ANALYSES

pytestmark = pytest.mark.slow

CASE = {"sex": "female", "hearing_loss": "present", "corpus_callosum_lesions": "present"}
SHORT = {
    "uncertainty": ["--draws", "50"],
    "sobol": ["--samples", "20"],
    "evppi": ["--draws", "50"],
}
KINDS = list(ANALYSES)


@pytest.fixture
def case_file(tmp_path):
    path = tmp_path / "case.json"
    path.write_text(json.dumps(CASE))
    return path


def run(*arguments: object):
    return CliRunner().invoke(cli, ["sensitivity", *map(str, arguments)])


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_gives_a_document_a_table_and_a_picture(kind, case_file, tmp_path):
    table, picture = tmp_path / "table.csv", tmp_path / "picture.svg"
    options = [*SHORT.get(kind, []), "--target", "susac", "--csv", table, "--plot", picture]
    options += ["--reporting", "systematic"]
    answer = run(kind, case_file, "--json", *options)
    assert answer.exit_code == 0, answer.stderr
    document = json.loads(answer.stdout)
    assert document["model"]["setting"] == "adult_referral"
    if kind in SHORT:
        assert document["seed"] == 0
    with table.open(encoding="utf-8") as file:
        assert list(csv.DictReader(file))
    assert "<svg" in picture.read_text()


def test_text_fits_eighty_columns(case_file):
    answer = run("tornado", case_file)
    assert answer.exit_code == 0
    assert "stays first unless" in " ".join(answer.stdout.split())
    assert max(map(len, answer.stdout.splitlines())) <= 80


def test_the_seed_decides_the_draws(case_file):
    documents = [
        run("uncertainty", case_file, "--draws", 30, "--seed", s, "--json").stdout
        for s in (4, 4, 5)
    ]
    assert documents[0] == documents[1] != documents[2]


def test_pairs_of_findings(case_file):
    single, pairs = (
        json.loads(run("findings", case_file, "--json", *extra).stdout)["readings"]
        for extra in ([], ["--pairs"])
    )
    assert max(len(r["changes"]) for r in single) == 1
    assert max(len(r["changes"]) for r in pairs) == 2


@pytest.fixture
def cases_file(tmp_path):
    path = tmp_path / "cases.jsonl"
    published = {
        "id": "published",
        "source": "a paper",
        "diagnosis": "susac",
        "confidence": "high",
        "age": 27,
        "sex": "female",
        "findings": {"hearing_loss": "present", "ataxia": "present"},
        "known_before_diagnosis": ["hearing_loss"],
    }
    lines = [{"id": "plain", **CASE}, published, {"facial_palsy": "present"}]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def test_a_file_of_cases(cases_file):
    answer = run("sources", "--cases", cases_file, "--json")
    assert answer.exit_code == 0, answer.stderr
    document = json.loads(answer.stdout)
    assert document["cases"] == ["plain", "published", "3"]
    assert {effect["case"] for effect in document["effects"]} == {"plain", "published", "3"}
    answer = run("evppi", "--cases", cases_file, "--draws", 20, "--json")
    assert json.loads(answer.stdout)["cases"] == 3


def test_fail_on_flip_has_its_own_exit_code(cases_file):
    how = ["--reporting", "systematic", "--fail-on-flip", "--json"]
    answer = run("sources", "--cases", cases_file, *how)
    flips = json.loads(answer.stdout)["flips"]
    assert answer.exit_code == (6 if flips else 0)
    assert flips, "choose a case that hangs on one source"
    assert "without" in answer.stderr


def test_distance_between_two_folders(tables, cases_file):
    path = tables / "cpts" / "susac.csv"
    before = "corpus_callosum_lesions,present,,27,27,100,"
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, "corpus_callosum_lesions,present,,9,27,,"))
    answer = run("distance", REPOSITORY, tables, "--cases", cases_file, "--json")
    assert answer.exit_code == 0, answer.stderr
    document = json.loads(answer.stdout)
    assert document["distance"] > 0
    assert document["largest_observed"] <= document["largest_allowed"]
    assert document["model"]["hash"] != document["after"]["hash"]
    assert "Chan-Darwiche distance" in run("distance", REPOSITORY, tables).stdout


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["tornado"], 2, "no case"),
        (["sources"], 2, "no case"),
        (["tornado", "--set", "hearing_loss=present", "--target", "susak"], 2, "nearest: susac"),
        (["tornado", "--set", "hearing_los=present"], 4, "hearing_loss"),
        (["oneway", "--set", "sex=female", "--engine", "reference"], 2, "compiled"),
        (["uncertainty", "--set", "sex=female", "--draws", "1"], 2, "draws"),
    ],
)
def test_mistakes_have_their_exit_codes(arguments, code, words):
    answer = run(*arguments)
    assert answer.exit_code == code
    assert words in answer.stderr


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"id": 1, "sex": "female"}\n{"id": 1, "sex": "male"}', ":2: id='1' stands twice"),
        ('["sex"]', ":1: a case maps findings to states"),
        ('{"sex": NaN}', "finite"),
        ('{"known_before_diagnosis": []}', ":1: "),
    ],
)
def test_mistakes_in_a_file_of_cases_name_their_line(tmp_path, text, words):
    path = tmp_path / "cases.jsonl"
    path.write_text(text)
    answer = run("sources", "--cases", path)
    assert answer.exit_code == 4
    assert words in answer.stderr
