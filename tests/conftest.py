"""What several tests share: the repository's model and the cases of the seed's figures."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import neurogamut as ng
from neurogamut.knowledge import base as knowledge

REPOSITORY = Path(__file__).resolve().parents[1]


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
