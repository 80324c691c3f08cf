"""The notebooks: each run from top to bottom, and opened in a real browser, in light and dark."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import jupytext
import nbformat
import pytest
from nbclient import NotebookClient
from playwright.sync_api import Locator

from conftest import REPOSITORY
from support.jupyter_lab import choose_theme, lab, opened, problems

NOTEBOOKS = sorted((REPOSITORY / "notebooks").glob("*.ipynb"))
NAMES = [notebook.stem for notebook in NOTEBOOKS]


@pytest.fixture(scope="module")
def address(tmp_path_factory) -> Iterator[str]:
    """A JupyterLab with the notebooks."""
    with lab(NOTEBOOKS, tmp_path_factory.mktemp("lab")) as found:
        yield found


def test_there_are_five():
    assert [name[:2] for name in NAMES] == ["01", "02", "03", "04", "05"]


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=NAMES)
def test_script_and_notebook_are_a_pair(notebook: Path):
    script = jupytext.read(notebook.with_suffix(".py"))
    read = jupytext.read(notebook)
    assert [(c.cell_type, c.source) for c in script.cells] == [
        (c.cell_type, c.source) for c in read.cells
    ]


@pytest.mark.slow
@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=NAMES)
def test_it_runs_from_top_to_bottom(notebook: Path):
    read = nbformat.read(notebook, as_version=4)
    NotebookClient(read, resources={"metadata": {"path": notebook.parent}}).execute()


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=NAMES)
def test_every_picture_says_of_what_it_is(notebook: Path):
    read = jupytext.read(notebook)
    pictures = [
        output.data["image/svg+xml"]
        for cell in read.cells
        for output in cell.get("outputs", ())
        if "image/svg+xml" in output.get("data", {})
    ]
    for picture in pictures:
        assert "neurogamut" in picture and "setting" in picture and "hash" in picture


@pytest.mark.slow
@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=NAMES)
def test_it_is_shown_without_an_error(notebook: Path, address: str, browser):
    with opened(browser, address, notebook.name) as page:
        results = page.locator(".jp-OutputArea-output .ng")
        results.first.wait_for()
        assert problems(page) == []
        assert all(result.bounding_box()["height"] > 50 for result in results.all())
        for theme in ("light", "dark"):
            choose_theme(page, theme)
            ink, paper = (brightness(results.first, part) for part in ("color", "backgroundColor"))
            assert abs(ink - paper) > 0.6
            assert (ink < paper) == (theme == "light")


def brightness(element: Locator, part: str) -> float:
    """Of the ink or the paper, from 0 to 1."""
    colour = element.evaluate(f"e => getComputedStyle(e).{part}")
    return sum(map(int, re.findall(r"\d+", colour)[:3])) / (3 * 255)


CASE = {"age": 20, "sex": "female", "corpus_callosum_lesions": "present"}
RESULTS = {
    "posterior": lambda model: model.posterior(CASE),
    "coexisting": lambda model: model.posterior(CASE, assume="coexisting"),
    "explanation": lambda model: model.explain(CASE),
    "next tests": lambda model: model.next_tests(CASE),
    "plan": lambda model: model.plan(CASE, budget={"cost": 8}),
    "cell": lambda model: model.show("corpus_callosum_lesions", "susac")[0],
    "tornado": lambda model: model.sensitivity(CASE).tornado(),
    "uncertainty": lambda model: model.sensitivity(CASE).uncertainty(draws=200),
    "findings": lambda model: model.sensitivity(CASE).findings(),
    "priors": lambda model: model.sensitivity(CASE).priors(),
}


@pytest.mark.parametrize("result", RESULTS.values(), ids=RESULTS)
@pytest.mark.slow
def test_a_result_shows_a_picture_with_text_to_fall_back_on(model, result):
    shown = result(model)._repr_mimebundle_()
    for part in ("text/plain", "text/html"):
        assert model.info.hash[:12] in shown[part]
        assert model.info.setting in shown[part]
    assert re.search(r'<svg|class="bar"', shown["text/html"])
    assert not re.search(r"<script|<link|@import|\ssrc=", shown["text/html"])


def test_text_stays_text_where_rich_knows_that_it_is_in_a_notebook(model, monkeypatch):
    monkeypatch.setattr("rich.console._is_jupyter", lambda: True)
    assert "Susac syndrome" in str(model.posterior(CASE))
