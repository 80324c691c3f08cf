"""A saved answer asked again, and which release of the tables has which hash."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from neurogamut.cli.main import cli
from neurogamut.errors import KnowledgeBaseError
from neurogamut.knowledge.releases import release_name, releases

CASE = {
    "age": 27,
    "hearing_loss": "present",
    "pvs_pattern": {"present": 0.2, "absent": 0.8},
    "fever": ["absent", "absent"],
    "headache": None,
}


def run(*words: str, **more) -> Result:
    """The command's result."""
    return CliRunner().invoke(cli, words, prog_name="neurogamut", **more)


def saved(folder: Path, *options: str) -> Path:
    """The answer to CASE, as a file."""
    (folder / "case.json").write_text(json.dumps(CASE))
    path = folder / "answer.json"
    path.write_text(run("posterior", str(folder / "case.json"), "--json", *options).stdout)
    return path


@pytest.mark.parametrize(
    "options", [(), ("--setting", "tb_endemic"), ("--assume", "coexisting")], ids=str
)
@pytest.mark.slow
def test_the_same_tables_answer_the_same_in_every_byte(tmp_path, options):
    path = saved(tmp_path, *options)
    again = run("posterior", str(path), "--json")
    assert again.stdout == path.read_text()
    assert again.stderr.startswith("the tables are those of the saved answer")


@pytest.mark.slow
def test_what_is_asked_for_now_overrides_what_was_asked_then(tmp_path):
    path = saved(tmp_path, "--setting", "tb_endemic")
    again = json.loads(run("posterior", str(path), "--setting", "paediatric", "--json").stdout)
    assert again["model"]["setting"] == "paediatric"


@pytest.mark.slow
def test_other_tables_are_named(tmp_path, model):
    path = saved(tmp_path)
    answer = json.loads(path.read_text())
    answer["model"] |= {"hash": "f" * 64, "version": "0.0.1"}
    path.write_text(json.dumps(answer))
    again = run("posterior", str(path))
    assert "the tables have changed since the answer was saved" in again.stderr
    assert "then: unreleased tables, hash ffffffffffff, neurogamut 0.0.1" in again.stderr
    assert f"hash {model.info.hash[:12]}" in again.stderr


@pytest.mark.slow
def test_other_questions_take_an_answer_too(tmp_path):
    path = saved(tmp_path, "--setting", "tb_endemic")
    explained = json.loads(run("explain", str(path), "--json").stdout)
    assert explained["model"]["setting"] == "tb_endemic"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"model": {"hash": "a", "setting": "b"}}, "model.version: Field required"),
        ({"evidence": [1]}, "evidence: Input should be a valid dictionary"),
    ],
)
@pytest.mark.slow
def test_an_answer_that_tells_not_all_is_refused_with_its_field(tmp_path, change, words):
    path = saved(tmp_path)
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    result = run("posterior", str(path))
    assert result.exit_code == 4 and f"{path}: {words}" in result.stderr


def test_every_release_has_a_name_and_a_whole_hash(base):
    found = releases(base.root)
    assert len({release.hash for release in found}) == len(found) > 0
    assert all(len(release.hash) == 64 for release in found)
    assert release_name(base.root, found[0].hash) == f"tables {found[0].tables}"


def test_tables_without_a_list_have_no_release(tmp_path):
    assert releases(tmp_path) == ()
    assert release_name(tmp_path, "0" * 64) == "unreleased tables"


@pytest.mark.parametrize("text", ["[[release]]\ntables = '1'", "[", "release = 1"])
def test_a_list_that_cannot_be_read_is_named(tables, text):
    (tables / "priors" / "releases.toml").write_text(text)
    with pytest.raises(KnowledgeBaseError, match=r"priors/releases.toml:1: .*cannot be read"):
        releases(tables)
