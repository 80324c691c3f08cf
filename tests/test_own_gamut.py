"""Another gamut: nothing but seven small tables, at every command, every route, and on the page."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner
from playwright.sync_api import expect
from starlette.testclient import TestClient

import neurogamut as ng
from neurogamut.cases.packet_writer import write_phenopacket
from neurogamut.cli.main import COMMANDS, cli
from neurogamut.sensitivity.analysis import ANALYSES
from neurogamut.server.app import create_app, question_app
from neurogamut.server.limits import DEFAULT
from test_page import served

GAMUT = Path(__file__).parents[1] / "examples" / "gamut"
CASE = {"age": 6, "koplik_spots": "present"}
FHIR = {"resourceType": "Bundle", "entry": [{"resource": {"resourceType": "Patient"}}]}
SET = ("--set", "age=6", "--set", "koplik_spots=present")
#: What the seven tables say nothing of, and the words for it.
NO_TESTS, NO_ACTIONS = "have no tests (priors/tests.csv", "have no managements to weigh"
NO_WORDS, NO_PATIENTS = "no words to read a text by", "no example patients"
#: Tables that may be added: a test that shows a finding, and what could be done.
TESTS = "test,label,cost,harm,days,basis,source,note\nlook,A look,0.1,0,0,expert,expert,made up\n"
ACTIONS = "action,disease,utility,basis,source,note\n" + "".join(
    f"{action},{disease},{utility},expert,expert,made up\n"
    for action, disease, utility in [
        ("isolate", "measles", 0.9),
        ("isolate", "rubella", 0.6),
        ("isolate", "chickenpox", 0.7),
        ("isolate", "other", 0.5),
        ("wait", "measles", 0.4),
        ("wait", "rubella", 0.8),
        ("wait", "chickenpox", 0.8),
        ("wait", "other", 0.9),
    ]
)
FINDINGS = """key,label,states,revealed_by
age,Age (years),number,
fever,Fever,present|absent,look
koplik_spots,Koplik spots,present|absent,look
vesicles,Vesicles,present|absent,look
swollen_nodes_behind_the_ears,Swollen nodes behind the ears,present|absent,look
"""


@pytest.fixture
def seven(tmp_path: Path) -> Path:
    """A copy of the seven tables."""
    return Path(shutil.copytree(GAMUT, tmp_path / "seven"))


@pytest.fixture
def nine(seven: Path) -> Path:
    """The same with a test, and with what could be done."""
    (seven / "priors" / "tests.csv").write_text(TESTS, encoding="utf-8")
    (seven / "priors" / "actions.csv").write_text(ACTIONS, encoding="utf-8")
    (seven / "cpts" / "findings.csv").write_text(FINDINGS, encoding="utf-8")
    return seven


def asked(folder: Path) -> dict[str, list[tuple[str, ...]]]:
    """Every command with the arguments that it is tried with, by its name."""
    (folder / "cohort.csv").write_text("id,age,koplik_spots\na,6,present\n", encoding="utf-8")
    patients = "id,diagnosis,age,koplik_spots\na,measles,6,present\nb,rubella,7,absent\n"
    (folder / "patients.csv").write_text(patients, encoding="utf-8")
    (folder / "text.txt").write_text("A boy of 6 with Koplik spots.", encoding="utf-8")
    (folder / "measles.jsonl").write_text(
        json.dumps(
            {
                "id": "1",
                "source": "a paper",
                "diagnosis": "measles",
                "confidence": "high",
                "findings": {"koplik_spots": "present"},
                "known_before_diagnosis": ["koplik_spots"],
            }
        ),
        encoding="utf-8",
    )
    kinds = ("diseases", "findings", "tests", "sources", "settings", "presets")
    return {
        "demo": [()],
        "read": [(f"{folder}/text.txt",)],
        "posterior": [SET, (*SET, "--assume", "coexisting"), (*SET, "--fhir")],
        "explain": [SET],
        "next-tests": [SET],
        "plan": [SET, ("--set", "fever=present", "--by", "paper")],
        "sensitivity": [(kind, *SET) for kind in ANALYSES],
        "list": [(kind,) for kind in kinds],
        "show": [("koplik_spots", "measles")],
        "check": [()],
        "export": [(f"{folder}/network.bif",)],
        "export-case": [SET],
        "cohort": [(f"{folder}/cohort.csv", f"{folder}/answers.csv")],
        "learn": [(f"{folder}/patients.csv", "--into", f"{folder}/learned")],
        "update": [
            (f"{folder}/ledger.jsonl", *SET, "--diagnosis", "measles", "--into", f"{folder}/own")
        ],
        "validate": [(f"{folder}/measles.jsonl", "--simulate", "50")],
    }


#: Commands that ask nothing of the tables, that never end, or that are tried on their own.
APART = {"network", "serve", "init", "diff", "count-priors"}
#: What is refused, and the words, without tests and actions and with them.
REFUSED = {"demo": NO_PATIENTS, "read": NO_WORDS}
UNWEIGHED = {"next-tests": NO_TESTS, "plan": NO_TESTS, "evppi": NO_ACTIONS}
UNPUBLISHED = "none of the tests of the published tree"


def run_all(root: Path, folder: Path, refused: dict[str, str]) -> None:
    commands = asked(folder)
    assert commands.keys() == COMMANDS.keys() - APART
    for name, ways in commands.items():
        for way in ways:
            result = CliRunner().invoke(
                cli, [name, *way], env={"NEUROGAMUT_KNOWLEDGE": str(root)}, catch_exceptions=False
            )
            words = UNPUBLISHED if "paper" in way else ""
            words = refused.get(name, refused.get(way[0] if way else "", words))
            assert result.exit_code == (2 if words else 0), (name, way, result.output)
            assert words in result.output, (name, way)


def test_seven_tables_are_seven():
    assert sum(path.is_file() for path in GAMUT.rglob("*")) == 7


def test_the_how_to_followed_word_for_word_is_the_example(tmp_path):
    """Begin an empty gamut, and type each table that the page shows."""
    page = (GAMUT.parents[1] / "docs/how_to/own_gamut.md").read_text(encoding="utf-8")
    shown = dict(re.findall(r"^`(\S+\.csv)`\n\n```text\n(.+?)```$", page, re.DOTALL | re.MULTILINE))
    assert len(shown) == 7
    root = tmp_path / "mine"
    assert CliRunner().invoke(cli, ["init", str(root), "--empty"]).exit_code == 0
    (root / "priors/settings/mine.csv").rename(root / "priors/settings/clinic.csv")
    for name, text in shown.items():
        assert text == (GAMUT / name).read_text(encoding="utf-8"), name
        (root / name).write_text(text, encoding="utf-8")
    checked = CliRunner().invoke(cli, ["check", "--knowledge", str(root)])
    assert checked.exit_code == 0, checked.output
    mine, example = (ng.load(root=folder).posterior(CASE) for folder in (root, GAMUT))
    assert mine.probabilities == example.probabilities


@pytest.mark.slow
def test_every_command_answers_from_seven_tables_or_says_what_is_missing(seven, tmp_path):
    run_all(seven, tmp_path, REFUSED | UNWEIGHED)


@pytest.mark.slow
def test_with_tests_and_actions_the_other_questions_are_answered_too(nine, tmp_path):
    run_all(nine, tmp_path, REFUSED)


@pytest.mark.parametrize("tables", ["seven", "nine"])
@pytest.mark.slow
def test_every_route_answers(tables, request):
    model = ng.load(root=request.getfixturevalue(tables))
    client = TestClient(create_app(model), base_url="http://localhost")
    refused = {"/v1/read": NO_WORDS}
    if tables == "seven":
        refused |= {"/v1/next-tests": NO_TESTS, "/v1/plan": NO_TESTS}
        refused |= {"/v1/sensitivity/evppi": NO_ACTIONS}
    bodies = {
        "/v1/read": {"text": "A boy of 6."},
        "/v1/phenopacket": write_phenopacket(model.base, CASE),
        "/v1/fhir": FHIR,
        "/v1/posteriors": json.dumps(CASE),
        "/v1/answers": {"case": CASE, "ask": ["posterior", "explain"]},
    }
    for path, methods in question_app(model, DEFAULT).openapi()["paths"].items():
        for kind in ANALYSES if "{kind}" in path else [""]:
            where = path.format(kind=kind, finding="koplik_spots", disease="measles")
            body = bodies.get(where, CASE)
            if "get" in methods:
                answer = client.get(where)
            elif isinstance(body, str):
                answer = client.post(
                    where, content=body, headers={"content-type": "application/x-ndjson"}
                )
            else:
                answer = client.post(where, json=body)
            words = refused.get(where, "")
            assert (answer.status_code == 200) == (not words), (where, answer.text)
            assert words in answer.text


def test_what_was_learned_does_not_hang_on_the_order_of_the_findings(seven, tmp_path):
    """Where no context splits figures, a finding plays its part in counting: whichever it is."""
    patients = [
        {"diagnosis": "measles", "koplik_spots": "present", "fever": "present"},
        {"diagnosis": "measles", "koplik_spots": "absent"},
        {"diagnosis": "rubella", "fever": "absent", "vesicles": "absent"},
    ]
    first = ng.load(root=seven).learn(patients, weight=1.0)
    path = seven / "cpts" / "findings.csv"
    header, age, *others = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([header, *reversed(others), age]) + "\n", encoding="utf-8")
    again = ng.load(root=seven).learn(patients, weight=1.0)
    moved = [{(c.finding, c.disease): c.after for c in found.cells} for found in (first, again)]
    assert moved[0] == pytest.approx(moved[1], abs=1e-9)
    assert moved[0]["koplik_spots", "measles"] == pytest.approx((0.6369 * 11 + 1) / 13, abs=2e-3)


def test_python_answers_and_draws(seven):
    model = ng.load(root=seven)
    assert model.info.setting == "clinic"
    assert model.posterior(CASE).leading == "measles"
    assert model.findings.loc["fever", "reporting"] == "pertinent"
    assert model.findings.loc["age", "reporting"] == "systematic"
    assert model.draw() and model.draw("measles") and model.draw("fever")
    assert len(model.to_pgmpy().nodes) == 6


@pytest.mark.slow
@pytest.mark.parametrize("tables", ["seven", "nine"])
def test_the_page_asks_for_the_findings_of_the_tables(tables, request, browser):
    model = ng.load(root=request.getfixturevalue(tables))
    with served(create_app(model)) as address:
        page = browser.new_page()
        mistakes: list[str] = []
        page.on("pageerror", lambda error: mistakes.append(str(error)))
        page.goto(f"{address}#age=6&koplik_spots=present")
        expect(page.locator(".ng-answer")).to_contain_text("Measles")
        expect(page.locator(".ng-group h2")).to_have_text(["Findings"])
        expect(page.locator("#preset")).to_be_hidden()
        page.get_by_role("tab", name="What next").click()
        words = NO_TESTS if tables == "seven" else "A look"
        expect(page.locator(".ng-answer")).to_contain_text(words)
        page.close()
    assert not mistakes
