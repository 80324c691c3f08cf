"""`neurogamut validate`: what it prints, writes and exits with."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from neurogamut.cli.main import cli

pytestmark = pytest.mark.slow

CASE = {
    "id": "susac",
    "source": "A case report",
    "diagnosis": "susac",
    "presentation": "miliary",
    "confidence": "high",
    "age": 27,
    "sex": "female",
    "findings": {"corpus_callosum_lesions": "present", "hearing_loss": "present"},
    "known_before_diagnosis": ["corpus_callosum_lesions", "hearing_loss"],
}


@pytest.fixture
def cases(tmp_path):
    """A file of one case."""
    path = tmp_path / "cases.jsonl"
    path.write_text(json.dumps(CASE) + "\n", encoding="utf-8")
    return str(path)


def run(*arguments, stdin=None):
    """The command's result."""
    return CliRunner().invoke(cli, ["validate", *arguments], input=stdin)


def test_table_and_json_agree(cases):
    shown, document = run(cases), json.loads(run(cases, "--json").stdout)
    assert document["cases"] == 1
    assert document["top1"] == 1
    assert "1 cases; 0 skipped" in shown.stdout
    assert f"{document['log_score']:.3f}" in shown.stdout
    assert document["model"]["hash"][:12] in shown.stdout


def test_selection(cases):
    document = json.loads(run(cases, "--min-known", "3", "--json").stdout)
    assert (document["cases"], document["skipped"]) == (0, 1)
    assert document["skipped_cases"][0]["reason"] == "2 known finding(s), fewer than 3"


def test_cases_from_standard_input(cases):
    assert json.loads(run("-", "--json", stdin=json.dumps(CASE)).stdout) == json.loads(
        run(cases, "--json").stdout
    )
    twice = run("-", stdin=f"{json.dumps(CASE)}\n" * 2)
    assert twice.exit_code == 4 and "standard input:2: id='susac' stands twice" in twice.stderr


def test_simulation_alone_and_beside_cases(cases):
    alone = json.loads(run("--simulate", "300", "--seed", "5", "--json").stdout)
    both = json.loads(run(cases, "--simulate", "300", "--seed", "5", "--json").stdout)
    assert both["simulation"] == alone
    assert (alone["patients"], alone["seed"]) == (300, 5)


def test_report_is_one_file_that_needs_nothing_else(cases, tmp_path):
    path = tmp_path / "report.html"
    result = run(cases, "--simulate", "300", "--html", str(path))
    assert result.exit_code == 0
    page = path.read_text(encoding="utf-8")
    assert page.count("<svg") == 4
    assert "Every case, worst first" in page
    for outside in ("<script", "<link", "src=", "url(http"):
        assert outside not in page


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ((), 2, "nothing to validate"),
        (("nowhere.jsonl",), 2, "does not exist"),
        (("--simulate", "0"), 2, "0"),
        (("--simulate", "9", "--against", __file__), 2, "name their file"),
    ],
)
def test_what_cannot_be_done(arguments, code, words):
    result = run(*arguments)
    assert result.exit_code == code
    assert words in result.output


def test_the_gate_fails_with_a_message(cases, tmp_path):
    path = tmp_path / "record.csv"
    header = "change,reason,hash,cases,top1,top3,log_score,ece"
    path.write_text(f"{header}\nfirst,start,abc,1,1.0,1.0,-0.0001,0.0\n", encoding="utf-8")
    result = run(cases, "--against", str(path))
    assert result.exit_code == 1
    assert "worse than recorded" in result.stderr
    path.write_text(f"{header}\nfirst,start,abc,1,1.0,1.0,-9,0.0\n", encoding="utf-8")
    assert run(cases, "--against", str(path)).exit_code == 0
    path.write_text("a,b\n1,2\n", encoding="utf-8")
    assert run(cases, "--against", str(path)).exit_code == 2
