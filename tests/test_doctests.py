"""The examples in the docstrings of what is public: each has one, and it runs."""

from __future__ import annotations

import inspect
from doctest import DocTest, DocTestFinder, DocTestRunner

import pytest

import neurogamut as ng

PUBLIC = {name: getattr(ng, name) for name in ng.__all__}
#: Errors are shown where they are raised; the explorer is a cell of a notebook.
SHOWN = sorted(
    name
    for name, thing in PUBLIC.items()
    if not (inspect.isclass(thing) and issubclass(thing, Exception)) and name != "explore"
)
FOUND = {
    test.name: test
    for name in ("neurogamut", *SHOWN)
    for test in DocTestFinder(recurse=name != "neurogamut").find(PUBLIC.get(name, ng), name)
}
EXAMPLES = {name: test for name, test in FOUND.items() if test.examples}
#: What the examples of these classes' methods go on from is what the class's own example makes.
TALKING = ("Engine", "Model")


def run(test: DocTest, names: dict) -> dict:
    """The names that an example leaves behind, once it has shown what it says."""
    test.globs.update(names)
    assert DocTestRunner().run(test, clear_globs=False).failed == 0
    return test.globs


@pytest.fixture(scope="module")
def made() -> dict[str, dict]:
    """What the examples of a class go on from."""
    return {name: run(EXAMPLES[name], {"ng": ng}) for name in TALKING}


@pytest.mark.parametrize("name", EXAMPLES)
@pytest.mark.slow
def test_example(name: str, made: dict[str, dict]):
    run(EXAMPLES[name], made.get(name.partition(".")[0], {"ng": ng}))


@pytest.mark.parametrize("name", SHOWN)
def test_what_is_public_shows_an_example(name: str):
    assert name in EXAMPLES


@pytest.mark.parametrize("name", TALKING)
def test_every_question_shows_an_example(name: str):
    asked = {found for found in FOUND if found.startswith(f"{name}.") and "._" not in found}
    # A look into the machine, for its own parts.
    assert asked - {"Model.coexisting", "Model.prior", "Model.scorer"} <= set(EXAMPLES)
