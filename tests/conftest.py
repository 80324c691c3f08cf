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
