"""The explorer in a notebook: Python and the cell in step, from either side, in a real browser."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator

import nbformat
import pytest
from playwright.sync_api import Page, expect

import neurogamut as ng
from neurogamut.notebook import explorer as widget
from support.jupyter_lab import lab, opened, problems, run_all

CASE = {"age": 20, "retinal_artery_occlusion": "present"}
LATER = {**CASE, "hearing_loss": "present"}
CELLS = (
    f"import neurogamut as ng\nmodel = ng.load()\nw = ng.explore(model, {CASE})",
    "w",
    "print(w.case, w.posterior.leading)",
)


@pytest.fixture
def explorer(model: ng.Model) -> ng.widget.Explorer:
    return ng.explore(model, CASE)


class Replies(list):
    """Stands for the cell: what Python sends to it."""

    def __call__(self, message, buffers=None) -> None:
        self.append(message)


@pytest.fixture
def replies(explorer, monkeypatch) -> Replies:
    found = Replies()
    monkeypatch.setattr(explorer, "send", found)
    return found


def ask(explorer, question: str, about: object, **options) -> None:
    message = {"id": "1", "question": question, "about": about, "options": options}
    explorer._handle_custom_msg(message, [])


def test_a_case_is_answered(explorer, model):
    assert explorer.case == CASE
    assert explorer.posterior == model.posterior(CASE)


def test_a_new_case_changes_the_posterior(explorer, model):
    explorer.case = LATER
    assert explorer.posterior == model.posterior(LATER)


@pytest.mark.parametrize(
    "case",
    [
        {},
        {"age": 44, "sex": "male", "fever": True},
        {"fever": {"present": 0.8, "absent": 0.2}},
        {"fever": [{"present": 0.8, "absent": 0.2}, "present"]},
    ],
)
def test_a_new_posterior_changes_the_case(explorer, model, case):
    posterior = model.posterior(case)
    explorer.posterior = posterior
    assert model.posterior(explorer.case).evidence == posterior.evidence
    assert explorer.posterior == posterior


def test_a_case_that_cannot_be_read_changes_nothing(explorer):
    with pytest.raises(ng.CaseError, match=r"hearing_los.*nearest: hearing_loss"):
        explorer.case = {"hearing_los": "present"}
    assert explorer.case == CASE


def test_a_posterior_of_another_model_is_refused(explorer, model):
    with pytest.raises(ng.UsageError, match="tb_endemic"):
        explorer.posterior = model.in_setting("tb_endemic").posterior(CASE)


@pytest.mark.parametrize(
    ("question", "options", "expected"),
    [
        ("posterior", {}, lambda model: model.posterior(CASE)),
        ("explain", {}, lambda model: model.explain(CASE)),
        (
            "explain",
            {"disease": "nmosd", "against": "susac"},
            lambda model: model.explain(CASE, "nmosd", "susac"),
        ),
        ("next-tests", {}, lambda model: model.next_tests(CASE)),
        ("plan", {"cost": "10"}, lambda model: model.plan(CASE, {"cost": 10})),
        ("sensitivity/tornado", {}, lambda model: model.sensitivity(CASE).tornado()),
    ],
)
@pytest.mark.slow
def test_answers_to_the_cell_are_those_of_the_model(
    explorer, replies, model, question, options, expected
):
    ask(explorer, question, CASE, **options)
    assert replies == [{"id": "1", "answer": expected(model).to_dict()}]


def test_a_report_is_read_for_the_cell(explorer, replies):
    ask(explorer, "read", "34F. No fever.")
    assert replies == [{"id": "1", "answer": ng.read_report("34F. No fever.").to_dict()}]


def test_a_card_is_filled_for_the_cell(explorer, replies, model):
    ask(explorer, "profile", "susac")
    assert replies == [{"id": "1", "answer": model.profile("susac").to_dict()}]


def test_a_refusal_goes_to_the_cell_in_words(explorer, replies):
    ask(explorer, "posterior", {"agee": 3})
    assert list(replies[0]) == ["id", "refusal"]
    assert "nearest: age" in replies[0]["refusal"]


def test_without_a_kernel_a_reader_sees_the_posterior(explorer):
    shown, _ = explorer._repr_mimebundle_()
    assert "Susac syndrome" in shown["text/html"]
    assert "Susac syndrome" in shown["text/plain"]


def test_the_modules_of_the_page_are_complete():
    named = set()
    for name in widget.MODULES:
        text = (widget.PAGE / name).read_text(encoding="utf-8")
        named.update(re.findall(r'from "\./(.+?)"', text))
    assert named <= set(widget.MODULES)


def test_nothing_is_fetched():
    assert not re.search(
        r"https?://(?!doi\.org|pubmed|pmc|www\.|omim|monarch|radiopaedia)", widget.Explorer._esm
    )
    assert "fetch(" not in widget.Explorer._esm


def test_without_anywidget_the_message_says_how_to_get_it(model, monkeypatch):
    monkeypatch.setitem(sys.modules, "anywidget", None)
    monkeypatch.delitem(sys.modules, "neurogamut.notebook.explorer")
    with pytest.raises(ng.MissingExtraError, match=r"pip install .*'anywidget>="):
        ng.explore(model)


# -- in JupyterLab ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def address(tmp_path_factory) -> Iterator[str]:
    """A JupyterLab with a notebook that shows an explorer."""
    folder = tmp_path_factory.mktemp("lab")
    cells = [nbformat.v4.new_code_cell(text) for text in CELLS]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    notebook = folder / "explore.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=kernel), notebook)
    with lab([notebook], folder) as found:
        yield found


def run(page: Page, cell: int, code: str) -> None:
    """Put code into a cell and run it."""
    page.evaluate(
        """([cell, code]) => {
            const { content, context } = jupyterapp.shell.currentWidget;
            content.activeCellIndex = cell;
            content.activeCell.model.sharedModel.setSource(code);
            return jupyterapp.commands.execute('notebook:run-cell');
        }""",
        [cell, code],
    )


@pytest.mark.slow
def test_the_cell_and_python_follow_each_other(address: str, browser):
    with opened(browser, address, "explore.ipynb") as page:
        run_all(page)
        first = page.locator(".ng-notebook .ng-diseases li").first
        expect(first).to_contain_text("Susac syndrome")
        said = page.locator(".jp-CodeCell").nth(2).locator(".jp-OutputArea-output")
        expect(said).to_contain_text("'age': 20")

        page.get_by_role("button", name="Take out Age").click()
        expect(page.locator(".ng-chips li")).to_have_count(1)
        expect(page.locator(".ng-notebook .ng-change").first).not_to_be_empty()
        run(page, 2, CELLS[2])
        expect(said).to_have_text("{'retinal_artery_occlusion': 'present'} susac")

        run(page, 2, f"w.case = {LATER}")
        expect(page.locator(".ng-chips li")).to_have_count(3)
        expect(first).to_have_attribute("data-disease", "susac")
        page.get_by_role("tab", name="What next").click()
        expect(page.locator(".ng-test-row").nth(1)).to_be_visible()

        run(page, 2, "w.posterior = model.posterior({'sex': 'male'})")
        expect(page.locator(".ng-chips li")).to_have_count(1)
        expect(page.locator(".ng-whisker:not([hidden])").first).to_be_visible()
        assert problems(page) == []


@pytest.mark.slow
def test_a_report_is_pasted_into_the_cell(address: str, browser):
    with opened(browser, address, "explore.ipynb") as page:
        run_all(page)
        page.get_by_label("Paste a report").fill("34F, deafness. No fever.")
        page.get_by_role("button", name="Read", exact=True).click()
        dialog = page.get_by_role("dialog", name="What was read")
        expect(dialog.get_by_role("checkbox")).to_have_count(4)
        dialog.get_by_role("button", name="Enter 3 findings").click()
        expect(page.get_by_role("button", name="Undo the report")).to_be_focused()
        expect(page.locator(".ng-notebook .ng-change").first).not_to_be_empty()
        run(page, 2, "print(sorted(w.case))")
        said = page.locator(".jp-CodeCell").nth(2).locator(".jp-OutputArea-output")
        entered = ["age", "fever", "hearing_loss", "retinal_artery_occlusion", "sex"]
        expect(said).to_have_text(str(entered))
        assert problems(page) == []


@pytest.mark.slow
def test_two_views_of_one_explorer_follow_each_other(address: str, browser):
    with opened(browser, address, "explore.ipynb") as page:
        run_all(page)
        run(page, 2, "w")
        cases = page.locator(".ng-notebook .ng-case")
        expect(cases).to_have_count(2)
        page.get_by_role("button", name="Take out Age").first.click()
        for view in cases.all():
            expect(view.locator("li")).to_have_count(1)


@pytest.mark.slow
def test_the_caption_names_the_model(address: str, browser, model):
    with opened(browser, address, "explore.ipynb") as page:
        run_all(page)
        caption = page.locator(".ng-caption")
        expect(caption).to_contain_text(model.info.hash[:12])
        expect(caption).to_contain_text("not a medical device")
