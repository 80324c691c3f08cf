"""The commands as a user types them: what they say, and the exit code."""

from __future__ import annotations

import json
import math

import click
import pytest
from click.testing import CliRunner

import neurogamut as ng
from neurogamut.cases.presets import example
from neurogamut.cli.main import COMMANDS, cli
from neurogamut.cli.summaries import SUMMARIES
from neurogamut.knowledge.releases import release_name

CASE = {
    "age": 27,
    "sex": "female",
    "corpus_callosum_lesions": "present",
    "hearing_loss": "present",
    "pvs_pattern": {"present": 0.2, "absent": 0.8},
}


def run(*arguments: str, stdin: str | None = None):
    return CliRunner().invoke(cli, arguments, input=stdin)


@pytest.fixture
def case_file(tmp_path):
    path = tmp_path / "case.json"
    path.write_text(json.dumps(CASE), encoding="utf-8")
    return str(path)


def answer(*arguments: str, stdin: str | None = None) -> dict:
    result = run(*arguments, "--json", stdin=stdin)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


# -- posterior ----------------------------------------------------------------------------------


@pytest.mark.slow
def test_posterior_gives_what_python_gives(model, case_file):
    assert answer("posterior", case_file) == model.posterior(CASE).to_dict()


@pytest.mark.slow
def test_posterior_as_json_holds_what_a_program_needs(case_file):
    document = answer("posterior", case_file)
    posterior = document["posterior"]
    assert sum(posterior.values()) == pytest.approx(1, abs=1e-12)
    assert list(posterior.values()) == sorted(posterior.values(), reverse=True)
    assert all(math.isfinite(document[key]) for key in ("log_evidence", "conflict"))
    assert document["evidence"] == CASE
    assert document["warnings"] == []
    made = document["model"]
    assert made["setting"] == "adult_referral" and made["engine"] == "compiled"
    assert made["version"] == ng.__version__ and len(made["hash"]) == 64


@pytest.mark.slow
def test_posterior_for_people(case_file):
    result = run("posterior", case_file, "--top", "3")
    assert result.exit_code == 0
    assert "Susac syndrome" in result.stdout and "█" in result.stdout
    assert "26 others" in result.stdout
    assert result.stdout.count("research use only") == 1
    assert "setting adult_referral" in result.stdout.splitlines()[-3]
    assert "reporting pertinent" in result.stdout.splitlines()[-2]
    assert result.stderr == ""


@pytest.mark.parametrize("name", ["case.yaml", "case.toml"])
@pytest.mark.slow
def test_posterior_of_other_formats(tmp_path, case_file, name):
    texts = {
        "case.yaml": "age: 27\nsex: female\ncorpus_callosum_lesions: present\nhearing_loss: true\n"
        "pvs_pattern: {present: 0.2, absent: 0.8}\n",
        "case.toml": "age = 27\nsex = 'female'\ncorpus_callosum_lesions = 'present'\n"
        "hearing_loss = true\n[pvs_pattern]\npresent = 0.2\nabsent = 0.8\n",
    }
    (tmp_path / name).write_text(texts[name], encoding="utf-8")
    assert answer("posterior", str(tmp_path / name)) == answer("posterior", case_file)


@pytest.mark.slow
def test_posterior_of_standard_input_and_of_options(case_file):
    piped = answer("posterior", "-", stdin=json.dumps(CASE))
    typed = answer(
        "posterior",
        "--set",
        "age=27",
        "--set",
        "sex=female",
        "--set",
        "corpus_callosum_lesions=present",
        "--set",
        "hearing_loss=true",
        "--set",
        "pvs_pattern=present:0.2,absent:0.8",
    )
    assert piped == answer("posterior", case_file)
    assert typed["posterior"] == pytest.approx(piped["posterior"], abs=1e-12)


@pytest.mark.slow
def test_an_option_replaces_what_the_file_says(model, case_file):
    found = answer("posterior", case_file, "--set", "hearing_loss=absent")
    assert found == model.posterior(CASE | {"hearing_loss": "absent"}).to_dict()


@pytest.mark.slow
def test_a_repeated_option_is_several_readers(model):
    found = answer("posterior", "--set", "fever=present:0.6,absent:0.4", "--set", "fever=present")
    readers = model.posterior({"fever": [{"present": 0.6, "absent": 0.4}, "present"]})
    assert found["posterior"] == pytest.approx(readers.probabilities)


@pytest.mark.slow
def test_what_was_named_without_being_assessed_is_said(tmp_path):
    found = answer("posterior", "-", stdin='{"age": 30, "fever": null}')
    assert found["ignored"] == ["fever"] and found["evidence"] == {"age": 30.0}
    shown = run("posterior", "-", stdin='{"age": 30, "fever": null}').stdout
    assert "not assessed: fever" in shown


@pytest.mark.slow
def test_a_case_that_fits_no_disease_is_warned_of_above_the_table():
    """Three diseases' hallmarks at once."""
    hallmarks = ("aqp4_igg_positive", "port_wine_stain", "facial_angiofibroma")
    result = run("posterior", *(f"--set={finding}=present" for finding in hallmarks))
    assert result.exit_code == 0
    assert "fits no disease" in result.stdout
    assert result.stdout.index("WARNING") < result.stdout.index("probability")


@pytest.mark.slow
def test_another_setting_changes_the_prior(case_file):
    usual, endemic = (
        answer("posterior", case_file, "--setting", s)["posterior"]
        for s in ("adult_referral", "tb_endemic")
    )
    assert endemic["neurotuberculosis"] > usual["neurotuberculosis"]


@pytest.mark.slow
def test_the_reference_engine_gives_the_same(case_file):
    compiled = answer("posterior", case_file)
    reference = answer("posterior", case_file, "--engine", "reference")
    assert reference["model"]["engine"] == "reference"
    assert reference["posterior"] == pytest.approx(compiled["posterior"], abs=1e-9)


@pytest.mark.slow
@pytest.mark.parametrize("command", ["posterior", "explain"])
@pytest.mark.parametrize("suffix", [".svg", ".png", ".html"])
def test_a_picture_on_request(case_file, tmp_path, command, suffix):
    picture = tmp_path / f"picture{suffix}"
    result = run(command, case_file, "--plot", str(picture))
    assert result.exit_code == 0
    assert f"wrote {picture}" in result.stderr and picture.stat().st_size > 1000


# -- explain ------------------------------------------------------------------------------------


@pytest.mark.slow
def test_explain_gives_what_python_gives(model, case_file):
    expected = json.loads(json.dumps(model.explain(CASE).to_dict()))
    assert answer("explain", case_file) == expected


@pytest.mark.slow
def test_explain_accounts_for_the_whole(case_file):
    document = answer("explain", case_file, "--disease", "susac", "--against", "nmosd")
    weights = sum(weight["bans"] for weight in document["weights"])
    parts = document["prior_bans"] + weights + document["shared_bans"]
    odds = math.log10(document["posterior"]["susac"] / document["posterior"]["nmosd"])
    assert parts == pytest.approx(document["total_bans"], abs=1e-9) == pytest.approx(odds, abs=1e-9)
    assert sum(document["basis_share"].values()) == pytest.approx(1)
    named = {source["key"] for source in document["sources"]}
    assert {row["source"] for w in document["weights"] for row in w["rows"]} == named


@pytest.mark.slow
def test_explain_for_people_names_rows_and_sources(case_file):
    shown = " ".join(run("explain", case_file, "--against", "nmosd").stdout.split())
    assert "Why Susac syndrome rather than Neuromyelitis optica spectrum disorder?" in shown
    assert "susac present 27/27" in shown and "cpts/susac.csv:" in shown
    assert "doi:10.1007/s00234-019-02335-5" in shown


# -- the knowledge base -------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["diseases", "findings", "tests", "sources"])
def test_lists_hold_every_key(model, kind):
    records = getattr(model.base, kind)
    keys = [getattr(record, "test" if kind == "tests" else "key") for record in records]
    listed = answer("list", kind)
    assert [record["test" if kind == "tests" else "key"] for record in listed] == keys
    shown = run("list", kind).stdout
    assert all(key in shown for key in keys)
    assert shown.count("research use only") == 1


@pytest.mark.parametrize("step", [1, -1])
@pytest.mark.slow
def test_the_callosum_in_susac_reads_27_of_27(step):
    order = ("corpus_callosum_lesions", "susac")[::step]
    (cell,) = answer("show", *order)
    assert cell["distribution"]["present"]["a"] == pytest.approx(27.5)
    assert cell["distribution"]["present"]["b"] == pytest.approx(0.5)
    (row,) = cell["used"]
    assert (row["k"], row["n"], row["source"]) == ("27", "27", "bot_2020") and row["locator"]
    shown = " ".join(run("show", *order).stdout.split())
    assert "Beta(27.5, 0.5)" in shown and "27/27" in shown and "bot_2020" in shown


@pytest.mark.slow
@pytest.mark.parametrize("suffix", [".bif", ".xml"])
def test_export_is_read_back_as_the_same_network(model, tmp_path, suffix):
    path = tmp_path / f"model{suffix}"
    result = run("export", str(path))
    assert result.exit_code == 0 and f"wrote {path}" in result.stderr
    again = ng.Network.read(path)
    assert set(again.variables) == set(model.network.variables)
    for name, cpt in model.network.cpts.items():
        states = again.variables[name].states
        assert states == model.network.variables[name].states
        if again.cpts[name].parents == cpt.parents:
            assert again.cpts[name].table == pytest.approx(cpt.table, abs=1e-9)


@pytest.mark.slow
def test_another_knowledge_base(tables):
    path = tables / "cpts" / "susac.csv"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(",27,27,100,", ",20,27,,"), encoding="utf-8")
    (cell,) = answer("show", "corpus_callosum_lesions", "susac", "--knowledge", str(tables))
    assert cell["distribution"]["present"]["a"] == pytest.approx(20.5)


# -- the rest -----------------------------------------------------------------------------------


@pytest.mark.slow
def test_demo_shows_a_published_patient(model):
    result = run("demo")
    assert result.exit_code == 0
    assert "An example" in result.stdout and "Fig. 3b" in result.stdout
    assert model.labels[model.posterior(example(model.base)["case"]).leading] in result.stdout
    assert "rather than" in result.stdout and "Sources" in result.stdout
    assert result.stdout.count("research use only") == 1
    assert max(map(len, result.stdout.splitlines())) <= 80


@pytest.mark.slow
def test_the_command_that_demo_suggests_works(model):
    suggested = run("demo").stderr.partition("neurogamut ")[2].split()
    expected = model.posterior(example(model.base)["case"]).probabilities
    assert answer(*suggested)["posterior"] == pytest.approx(expected)


def test_version_names_the_knowledge_base(model):
    result = run("--version")
    tables = release_name(model.base.root, model.info.hash)
    assert result.stdout == f"neurogamut {ng.__version__}, {tables}, hash {model.info.hash}\n"


def test_the_summaries_of_help_are_what_commands_say_of_themselves():
    context = click.Context(cli)
    said = {name: cli.get_command(context, name).get_short_help_str(100) for name in COMMANDS}
    assert said == SUMMARIES


@pytest.mark.parametrize("command", [(), *((name,) for name in COMMANDS)])
def test_every_command_has_help(command):
    result = run(*command, "--help")
    assert result.exit_code == 0 and "Usage: " in result.stdout


@pytest.mark.parametrize(
    ("group", "short", "full"),
    [
        ((), "next", "next-tests"),
        (("sensitivity",), "global", "sobol"),
        (("sensitivity",), "cd", "distance"),
    ],
)
def test_a_short_spelling_is_the_same_command_and_not_listed(group, short, full):
    usage = [run(*group, name, "--help").stdout.partition("\n\n")[2] for name in (short, full)]
    assert usage[0] == usage[1]
    listed = run(*group, "--help").stdout.partition("Commands:")[2]
    assert f"  {full} " in listed and f"  {short} " not in listed


@pytest.mark.parametrize("group", [(), ("sensitivity",)])
def test_the_nearest_command_is_named(group):
    result = run(*group, "postrior" if not group else "tornaod")
    assert result.exit_code == 2
    assert f"nearest: {'tornado' if group else 'posterior'}" in result.stderr


@pytest.mark.parametrize("command", ["list", "show", "export"])
def test_what_is_only_looked_up_needs_no_engine(command):
    options = run(command, "--help").stdout
    assert "--setting" in options and "--engine" not in options


# -- what goes wrong ----------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["posterior"], 2, ["no case"]),
        (["posterior", "none.json"], 2, ["none.json: cannot be read"]),
        (["posterior", "case.txt"], 2, ["case.txt"]),
        (["posteriro"], 2, ["'posteriro' is no command", "nearest: posterior"]),
        (["posterior", "--set", "age"], 2, ["expected key=value"]),
        (["posterior", "--set", "age=20", "--top", "0"], 2, ["--top"]),
        (["posterior", "--set", "age=20", "--fhir", "--json"], 2, ["--fhir and --json"]),
        (["posterior", "--set", "age=20", "--setting", "adult_refferal"], 2, ["adult_referral"]),
        (["posterior", "--set", "age=20", "--engine", "compild"], 2, ["compiled, reference"]),
        (["posterior", "--set", "age=20", "--plot", "a.jpg"], 2, [".svg, .png, .html"]),
        (["posterior", "--set", "age=20", "--knowledge", "none"], 2, ["none"]),
        (["explain", "--set", "age=20", "--disease", "susak"], 2, ["nearest: susac"]),
        (["explain", "--set", "age=20", "--disease", "susac", "--against", "susac"], 2, ["itself"]),
        (["show", "corpus_callosum", "susac"], 2, ["nearest: ", "corpus_callosum_lesions"]),
        (["show", "fever", "suzac"], 2, ["nearest: susac"]),
        (["list", "disease"], 2, ["diseases"]),
        (["export", "model.docx"], 2, ["unknown format", ".bif"]),
        (["posterior", "--set", "hearing_los=present"], 4, ["nearest: hearing_loss"]),
        (["posterior", "--set", "fever=presnt"], 4, ["present, absent", "nearest: present"]),
        (["posterior", "--set", "age=-1"], 4, ["age=", "from 0 to 120"]),
        (["posterior", "--set", "age=nan"], 4, ["age=", "from 0 to 120"]),
        (["posterior", "--set", "fever=present:-1,absent:1"], 4, ["fever.present=-1.0"]),
        (["posterior", "--set", "fever=present:inf"], 4, ["fever.present=inf", "finite"]),
        (["posterior", "--set", "fever=present:much"], 4, ["fever.present='much'", "a number"]),
        (["posterior", "--set", "fever=present:1,present:1"], 4, ["fever.present", "twice"]),
        (["posterior", "--set", "fever=present:0,absent:0"], 4, ["fever", "zero"]),
        (["posterior", "--set", "age=20", "--set", "age=30"], 4, ["age="]),
    ],
)
def test_mistakes_exit_with_their_code_and_say_what_is_wrong(arguments, code, words):
    result = run(*arguments)
    assert result.exit_code == code, result.output
    assert result.stdout == ""
    assert all(word in result.stderr for word in words), result.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("posterior", "--set", "age=20", "--plot"),
        ("sensitivity", "findings", "--set", "age=20", "--csv"),
        ("validate", "--simulate", "9", "--html"),
        ("export",),
    ],
)
@pytest.mark.parametrize("file", ["none/a.svg", "."])
def test_a_file_that_cannot_be_written_is_refused_before_anything_is_computed(
    monkeypatch, tmp_path, arguments, file
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(ng.Model, "__init__", lambda *_: pytest.fail("a model was built"))
    result = run(*arguments, file)
    assert result.exit_code == 2, result.output
    assert result.stdout == "" and file in result.stderr


@pytest.mark.slow
def test_impossible_evidence_names_the_smallest_conflict(monkeypatch):
    """Nothing has probability 0 in the knowledge base, so the model is made to say so."""

    def impossible(self, case, *options):
        raise ng.ImpossibleEvidenceError("fever and headache cannot hold together", ["fever"])

    monkeypatch.setattr(ng.Model, "posterior", impossible)
    result = run("posterior", "--set", "fever=present")
    assert result.exit_code == 5
    assert "fever and headache cannot hold together" in result.stderr and result.stdout == ""


@pytest.mark.parametrize("stdin", ['{"age": NaN}', '{"age": 1, "age": 2}', "{", "[]"])
def test_a_broken_case_is_refused(stdin):
    result = run("posterior", "-", "--json", stdin=stdin)
    assert result.exit_code == 4
    assert "standard input" in result.stderr and result.stdout == ""


# -- lists --------------------------------------------------------------------------------------


@pytest.mark.slow
def test_settings_are_listed_with_what_is_commonest(model):
    listed = answer("list", "settings")
    assert [entry["setting"] for entry in listed] == list(model.base.settings)
    for entry in listed:
        expected = model.in_setting(entry["setting"]).prior
        assert entry["prior"] == pytest.approx(expected, abs=1e-12)
    assert "tb_endemic" in run("list", "settings").stdout


@pytest.mark.slow
def test_presets_are_listed_with_their_cases(model):
    listed = answer("list", "presets")
    first = listed[0]
    assert first["patient"] == "fig_1" and model.posterior(first["case"])["susac"] < 1
    assert all(entry["patient"] in run("list", "presets").stdout for entry in listed)


@pytest.mark.parametrize(
    ("arguments", "kept"),
    [
        (("findings", "Calcification", "basal"), {"basal_ganglia_calcification"}),
        (("findings", "hp:0000365"), {"hearing_loss"}),
        (("findings", "rim-enhancing"), {"ring_enhancement"}),
        (("findings", "dural", "tail"), {"pachymeningeal_enhancement"}),
        (("diseases", "behçet"), {"neuro_behcet"}),
        (("tests", "angiography", "fluorescein"), {"fluorescein_angiography"}),
        (("diseases", "nothing of the kind"), set()),
    ],
)
@pytest.mark.slow
def test_a_list_takes_words(arguments, kept):
    listed = answer("list", *arguments)
    assert {entry.get("key") or entry["test"] for entry in listed} == kept
    shown = run("list", *arguments).stdout
    assert f"{len(kept)} of " in shown and all(key in shown for key in kept)


@pytest.mark.slow
def test_a_file_that_cannot_be_written_to_is_named(monkeypatch, tmp_path):
    def full(*_):
        raise OSError(28, "No space left on device", str(tmp_path / "m.bif"))

    monkeypatch.setattr(ng.Model, "export", full)
    result = run("export", str(tmp_path / "m.bif"))
    assert result.exit_code == 2
    assert f"Error: {tmp_path / 'm.bif'}: No space left on device" in result.stderr
