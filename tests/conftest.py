"""What several tests share: the repository's model and the cases of the seed's figures."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

import neurogamut as ng
from neurogamut.knowledge import base as knowledge

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

REPOSITORY = Path(__file__).resolve().parents[1]
#: What is said by which function in which words, in the terminal and on the page alike.
WORDS = REPOSITORY / "tests" / "words.json"

#: How many examples the engine's laws get; other tests say so themselves, as theirs are dearer.
#: A busy machine is no failure.
ANY_TIME = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("ci", max_examples=500, **ANY_TIME)
settings.register_profile("nightly", max_examples=10_000, **ANY_TIME)
settings.load_profile("ci")


@pytest.fixture(scope="session")
def model() -> ng.Model:
    """The model of the default setting."""
    return ng.load()


@pytest.fixture
def tables(tmp_path: Path) -> Path:
    """A copy of priors/ and cpts/ that a test may break."""
    for part in ("priors", "cpts"):
        shutil.copytree(REPOSITORY / part, tmp_path / part)
    return tmp_path


@pytest.fixture(scope="session")
def base():
    """The knowledge base of the repository."""
    found, problems = knowledge.read(REPOSITORY)
    assert not problems
    return found


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A real browser. Without one the tests that ask for it are skipped."""
    from support.real_browser import launched

    with launched() as found:
        yield found


@pytest.fixture(scope="session")
def phenopacket() -> dict:
    """A Phenopacket: a term below a finding, one excluded, one that says nothing of any."""
    return {
        "id": "a",
        "subject": {"timeAtLastEncounter": {"age": {"iso8601duration": "P20Y"}}, "sex": "FEMALE"},
        "phenotypicFeatures": [
            {"type": {"id": "HP:0002076", "label": "Migraine"}},
            {"type": {"id": "HP:0001250", "label": "Seizure"}, "excluded": True},
            {"type": {"id": "HP:9999999", "label": "Unheard of"}},
        ],
    }


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """One line for all tests that a missing browser kept from running."""
    skipped = terminalreporter.stats.get("skipped", ())
    if count := sum("no browser" in str(report.longrepr) for report in skipped):
        from support.real_browser import NONE

        terminalreporter.write_line(f"{count} tests skipped: {NONE}", yellow=True)


@pytest.fixture(scope="module")
def address(model: ng.Model) -> Iterator[str]:
    """A server with the page that anyone on this machine may ask."""
    from neurogamut.server.app import create_app
    from support.the_page import served

    with served(create_app(model)) as found:
        yield found


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """The page, ready to be used."""
    from support.the_page import settled, watched

    with watched(browser, address) as page:
        page.goto(address)
        settled(page)
        yield page
