"""A gamut begun, and two of them compared: what changed, how far apart they are, what became of
cases."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import neurogamut as ng
from neurogamut.cli.main import cli
from neurogamut.errors import CaseError, UsageError
from neurogamut.knowledge.base import TABLES, read
from neurogamut.knowledge.edits import KEYS
from neurogamut.network import Network
from neurogamut.sensitivity.common_ground import common_ground
from test_check import append, drop, edit

GAMUT = Path(__file__).parents[1] / "examples" / "gamut"
CASE = {"age": 6, "koplik_spots": "present"}


def run(*arguments: object):
    return CliRunner().invoke(cli, [str(argument) for argument in arguments])


@pytest.fixture
def new(tmp_path: Path) -> Path:
    """The example with smallpox, a cough that depends on fever, another figure, without nodes."""
    root = Path(shutil.copytree(GAMUT, tmp_path / "new"))
    append(root, "priors/diseases.csv", key="smallpox", label="Smallpox")
    made_up = {"basis": "expert", "source": "expert", "note": "made up"}
    append(root, "priors/settings/clinic.csv", disease="smallpox", weight="25", **made_up)
    shutil.copyfile(root / "cpts/chickenpox.csv", root / "cpts/smallpox.csv")
    append(root, "cpts/findings.csv", key="cough", label="Cough", states="present|absent")
    append(root, "cpts/background.csv", finding="cough", state="present", percent="20", **made_up)
    edit(root, "cpts/measles.csv", {"finding": "koplik_spots"}, percent="60")
    for file in ("findings", "rubella", "background"):
        drop(root, f"cpts/{file}.csv", "swollen_nodes")
    dependencies = root / "priors/dependencies.csv"
    header = "child,parent,parent_state,odds_ratio,basis,source,note"
    row = "cough,fever,present,4,expert,expert,made up"
    dependencies.write_text(f"{header}\n{row}\n", encoding="utf-8")
    return root


# -- init -----------------------------------------------------------------------------------------


def test_a_copy_of_the_tables_is_the_same_gamut(tmp_path, model):
    result = run("init", tmp_path / "mine")
    assert result.exit_code == 0, result.output
    assert ng.load(root=tmp_path / "mine").info == model.info


def test_an_empty_gamut_is_sound_and_takes_a_disease_at_a_time(tmp_path):
    root = tmp_path / "mine"
    assert run("init", root, "--empty").exit_code == 0
    assert run("check", "--knowledge", root).exit_code == 0
    base, problems = read(root)
    assert not problems and [d.key for d in base.diseases] == ["other"] and not base.findings
    made_up = {"basis": "expert", "source": "expert", "note": "made up"}
    append(root, "cpts/findings.csv", key="fever", label="Fever")
    append(root, "cpts/background.csv", finding="fever", state="present", percent="30", **made_up)
    append(root, "priors/diseases.csv", key="measles", label="Measles")
    append(root, "priors/settings/mine.csv", disease="measles", weight="100", **made_up)
    header = (root / "cpts/background.csv").read_text(encoding="utf-8").splitlines()[0]
    (root / "cpts/measles.csv").write_text(
        f"{header}\nfever,present,,,,95,,expert,expert,,made up\n"
    )
    assert run("check", "--knowledge", root).exit_code == 0, run(
        "check", "--knowledge", root
    ).output
    found = run("posterior", "--knowledge", root, "--set", "fever=present", "--json")
    assert json.loads(found.stdout)["posterior"]["measles"] > 0.5


def test_nothing_is_written_over(tmp_path):
    (tmp_path / "cpts").mkdir()
    result = run("init", tmp_path)
    assert result.exit_code == 2 and "is there already" in result.stderr
    assert not (tmp_path / "priors").exists()


# -- distance -------------------------------------------------------------------------------------


def given(network: Network, diseases: list[str], case: dict) -> np.ndarray:
    """P(disease | case, one of the diseases)."""
    found = ng.Engine(network).query("diagnosis", case).table
    states = network.variables["diagnosis"].states
    kept = np.array([found[states.index(disease)] for disease in diseases])
    return kept / kept.sum()


def test_what_both_have_is_as_it_was_in_each(new):
    models = ng.load(root=GAMUT), ng.load(root=new)
    ground = common_ground(*(model.blueprint for model in models))
    diseases = list(ground.before.structure.states["diagnosis"])
    assert diseases == ["measles", "rubella", "chickenpox", "other"]
    assert ground.before.structure.findings == ("age", "fever", "koplik_spots", "vesicles")
    for model, blueprint in zip(models, (ground.before, ground.after), strict=True):
        for case in ({"fever": "present"}, {"koplik_spots": "present", "vesicles": "absent"}):
            whole = given(model.network, diseases, case)
            assert given(blueprint.network(), diseases, case) == pytest.approx(whole, abs=1e-12)


def test_the_distance_is_of_what_both_have_and_the_rest_is_named(new, tmp_path):
    cases = tmp_path / "cases.jsonl"
    cases.write_text(json.dumps({"id": "a", "cough": "present", **CASE}), encoding="utf-8")
    result = run("sensitivity", "cd", GAMUT, new, "--cases", cases, "--json")
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert [row["variable"] for row in found["variables"]] == ["koplik_spots"]
    assert found["apart"]["added_diseases"] == ["smallpox"]
    assert found["apart"]["added_findings"] == ["cough"]
    assert found["apart"]["removed_findings"] == ["swollen_nodes_behind_the_ears"]
    assert 0 < found["largest_observed"] <= found["largest_allowed"]
    shown = run("sensitivity", "cd", GAMUT, new).stdout
    assert "Diseases added: smallpox" in shown and "Findings added: cough" in shown


def test_a_child_of_what_one_lacks_is_not_compared(new):
    edit(new, "priors/dependencies.csv", {"child": "cough"}, parent="koplik_spots")
    later = Path(shutil.copytree(new, new.parent / "later"))
    drop(later, "cpts/findings.csv", "koplik_spots")
    for file in ("measles", "background"):
        drop(later, f"cpts/{file}.csv", "koplik_spots")
    drop(later, "priors/dependencies.csv", "cough")
    found = ng.load(root=new).distance(ng.load(root=later))
    assert found.apart.removed_findings == ("koplik_spots",)
    assert found.apart.unlike_findings == ("cough",)
    assert found.distance == 0


def test_a_target_that_only_one_has(new):
    old, other = ng.load(root=GAMUT), ng.load(root=new)
    with pytest.raises(UsageError, match="only one of the two"):
        other.distance(old, CASE, target="smallpox")


# -- diff -----------------------------------------------------------------------------------------


def test_no_table_is_left_out():
    assert KEYS.keys() == TABLES.keys()


def test_what_changed_is_named_in_words(new):
    found = ng.load(root=GAMUT).diff(ng.load(root=new))
    said = {(e.file, e.key): (e.change, e.words) for e in found.edits}
    assert said["priors/diseases.csv", "smallpox"] == ("added", "label Smallpox")
    assert said["priors/settings/clinic.csv", "smallpox"] == ("added", "weight 25")
    assert said["priors/dependencies.csv", "cough"] == ("added", "parent fever")
    nodes = "swollen_nodes_behind_the_ears"
    assert said["cpts/findings.csv", nodes][0] == "removed"
    assert said["cpts/rubella.csv", nodes][0] == "removed"
    assert said["cpts/smallpox.csv", "all"] == ("added", "3 rows")
    change, words = said["cpts/measles.csv", "koplik_spots"]
    assert change == "changed" and words.startswith("present 70 %") and "-> present 60 %" in words
    assert len(said) == len(found.edits) == 10


def test_the_probabilities_that_moved_are_those_of_the_cells(new):
    old, other = ng.load(root=GAMUT), ng.load(root=new)
    (cell,) = old.diff(other).cells
    assert (cell.finding, cell.disease) == ("koplik_spots", "measles")
    for model, value in ((old, cell.before), (other, cell.after)):
        (view,) = model.show("koplik_spots", "measles")
        assert view.distribution[cell.state]["mean"] == pytest.approx(value)


def test_cases_are_posed_to_both(new):
    old, other = ng.load(root=GAMUT), ng.load(root=new)
    found = old.diff(other, {"cough": "present", **CASE}, {"vesicles": "present"}, names="ab")
    by_name = {case.case: case for case in found.cases}
    assert by_name["a"].left_out == ("cough",)
    assert by_name["a"].before == old.posterior(CASE).probabilities["measles"]
    assert by_name["a"].after == other.posterior(CASE).probabilities["measles"]
    assert by_name["b"].moved == "smallpox" and by_name["b"].largest > 0.1
    with pytest.raises(CaseError, match="koplik_spot"):
        old.diff(other, {"koplik_spot": "present"})


def test_the_command_shows_and_draws_it(new, tmp_path):
    picture = tmp_path / "moved.svg"
    result = run("diff", GAMUT, new, "--plot", picture)
    assert result.exit_code == 0, result.output
    assert "Smallpox" in result.stdout and "Moved most" in result.stdout and picture.exists()
    assert "Nothing changed." in run("diff", GAMUT, GAMUT).stdout
