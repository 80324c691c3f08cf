"""Every command and snippet of the documents runs as it stands, with the files of examples/."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from doctest import DocTestParser, DocTestRunner
from importlib import import_module
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

import neurogamut as ng
from conftest import REPOSITORY
from neurogamut.cases.files import read_case_file, read_case_lines
from neurogamut.cli.main import COMMANDS, cli
from support import documents
from support.serving import served

pytestmark = pytest.mark.slow

PAGES = {str(page.relative_to(REPOSITORY)): page for page in documents.pages(REPOSITORY)}
#: `sensitivity sources --fail-on-flip` ends so where an answer hangs on one source.
FLIPPED = 6
#: Beginnings of lines that would install or test everything: what they name has to exist.
SETUP = (
    "python3 -m venv",
    ".venv/bin/",
    "pip install",
    "python scripts/",
    "python -m benchmarks",
    "scripts/",
    "pytest",
    "ruff",
    "git ",
    "podman ",
    "pre-commit",
    "sphinx-build",
)


def lines(kind: str) -> list[pytest.param]:
    """The lines of all documents that are of some kind, with the page they stand on."""
    return [
        pytest.param(line, id=f"{name}: {line[:60]}")
        for name, page in PAGES.items()
        for line in documents.shell_lines(page.read_text("utf-8"))
        if kind_of(line) == kind
    ]


def kind_of(line: str) -> str:
    """What a line is, by its beginning; `unknown` is nothing that a test would try."""
    if "| neurogamut" in line or " > " in line:
        return "shell"
    if line.startswith(SETUP):
        return "setup"
    first = line.split()[0]
    return {"neurogamut": "command", "curl": "request"}.get(first, "unknown")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with the example files, and the published patients beside them."""
    shutil.copytree(REPOSITORY / "examples", tmp_path, dirs_exist_ok=True)
    for name in ("validation", "priors", "cpts"):
        (tmp_path / name).symlink_to(REPOSITORY / name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_every_line_is_of_a_kind_that_is_tried():
    """A block of another kind is fenced with its language, or excused by a comment."""
    assert lines("unknown") == []


def only_named(words: list[str]) -> bool:
    """Whether a sentence names a command rather than calls it. The server is called below."""
    return set(words) <= set(COMMANDS) or words[0] == "serve" or words[:-1] == ["sensitivity"]


@pytest.mark.parametrize("line", lines("command"))
def test_command(line: str, folder: Path):
    words = documents.words(line)[1:]
    if only_named(words):
        words.append("--help")
    done = CliRunner().invoke(cli, words, prog_name="neurogamut")
    allowed = (0, FLIPPED) if "--fail-on-flip" in words else (0,)
    assert done.exit_code in allowed, done.output


@pytest.mark.parametrize("line", lines("shell"))
def test_shell(line: str, folder: Path):
    ours = f'neurogamut() {{ "{sys.executable}" -m neurogamut "$@"; }}\nset -euo pipefail\n'
    done = subprocess.run(["bash", "-c", ours + line], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def address(model: ng.Model) -> Iterator[str]:
    """Where a server as `neurogamut serve` starts it answers."""
    with served(model) as server:
        yield f"localhost:{server.port}/"


@pytest.mark.parametrize("line", lines("request"))
def test_request(line: str, folder: Path, address: str):
    sent = line.replace("http://", "").replace("localhost:8000/", address)
    done = subprocess.run(
        ["bash", "-c", sent + " --fail-with-body"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0 and '"posterior"' in done.stdout, (done.stderr, done.stdout)


@pytest.mark.parametrize("line", lines("setup"))
def test_what_is_set_up_exists(line: str):
    extras = re.findall(r"\.\[([\w,-]+)\]", line)
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))["project"]
    assert set(filter(None, ",".join(extras).split(","))) <= set(project["optional-dependencies"])
    named = [word for word in line.split() if word.startswith(("scripts/", "tests/"))]
    assert [word for word in named if not (REPOSITORY / word.split("::")[0]).exists()] == []


@pytest.mark.parametrize(
    "name", [name for name, page in PAGES.items() if documents.snippets(page.read_text("utf-8"))]
)
def test_snippets(name: str, folder: Path, model: ng.Model):
    """The snippets of a page in order. They go on from `model` and `case` of the README."""
    cases = read_case_lines("cases.jsonl")
    known = {
        "ng": ng,
        "model": model,
        "case": read_case_file("case.json"),
        "cases": list(cases.values()),
        "ids": list(cases),
        "table": pd.read_csv("cohort.csv"),
        "other_model": ng.load("tb_endemic"),
    }
    for line, code, is_session in documents.snippets(PAGES[name].read_text("utf-8")):
        if is_session:
            session = DocTestParser().get_doctest(code, known, name, name, line)
            known = session.globs
            assert DocTestRunner().run(session, clear_globs=False).failed == 0
        else:
            exec(compile("\n" * line + code, name, "exec"), known)


def test_every_walk_of_the_house_ends_where_it_says():
    """CONTRIBUTING names `folder/file.py`: `Name` of the package."""
    page = PAGES["CONTRIBUTING.md"].read_text("utf-8")
    walks = re.findall(r"`(\w+/\w+\.py)`(?: \(|: )`([\w.]+)`", " ".join(page.split()))
    assert len(walks) >= 10
    for file, name in walks:
        path = f"neurogamut.{file.removesuffix('.py').replace('/', '.')}"
        found = import_module(path)
        for part in name.split("."):
            found = getattr(found, part)
