"""The data set under validation/: facts only, coded with the tables' own keys."""

from __future__ import annotations

import csv
import json
import runpy

import pytest
from sklearn.metrics import cohen_kappa_score

from conftest import REPOSITORY
from neurogamut.cases.published import CONFIDENCES, read_cases
from neurogamut.validation.posed import select

DATA = REPOSITORY / "validation"
SCRIPT = runpy.run_path(str(REPOSITORY / "scripts" / "reader_agreement.py"))
FIELDS = {
    "id",
    "source",
    "diagnosis",
    "proof",
    "presentation",
    "confidence",
    "age",
    "sex",
    "findings",
    "known_before_diagnosis",
}


def lines(name: str) -> list[dict]:
    """The records of a JSON Lines file."""
    return [json.loads(line) for line in (DATA / name).read_text("utf-8").splitlines()]


@pytest.mark.parametrize(
    ("name", "count"), [("development.jsonl", 99), ("development_2.jsonl", 104)]
)
def test_every_patient_can_be_posed_and_holds_facts_only(base, name, count):
    posed, skipped = select(read_cases(DATA / name), base, 0, CONFIDENCES)
    assert (len(posed), skipped) == (count, [])
    assert all(set(record) == FIELDS and record["source"] for record in lines(name))


def test_no_patient_stands_twice():
    identifiers = [r["id"] for file in SCRIPT["FILES"] for r in lines(file.name)]
    assert len(set(identifiers)) == len(identifiers) == 203


def test_every_vignette_names_findings_and_diseases_of_the_tables(base):
    diseases = {disease.key for disease in base.diseases}
    states = {finding.key for finding in base.findings}
    found = lines("vignettes.jsonl")
    assert len(found) == 84
    for vignette in found:
        expected = vignette["expected"]
        named = {
            vignette["diagnosis"],
            *expected["first"],
            *expected["within3"],
            *expected["not_above"],
        }
        assert named <= diseases
        assert set(vignette["findings"]) <= states


def test_the_readings_are_of_the_strong_cases():
    with (DATA / "readers.csv").open(encoding="utf-8", newline="") as file:
        read = {row["case"] for row in csv.DictReader(file)}
    cases = [case for file in SCRIPT["FILES"] for case in read_cases(file)]
    strong = {c.id for c in cases if c.confidence != "low" and len(c.known_before_diagnosis) >= 3}
    assert read == strong


def test_kappa_is_that_of_scikit_learn():
    pairs = [("a", "a"), ("a", "b"), ("b", "b"), ("c", "a"), ("c", "c"), ("b", "b"), ("a", "c")]
    assert SCRIPT["cohens_kappa"](pairs) == pytest.approx(
        cohen_kappa_score(*zip(*pairs, strict=True)), abs=1e-12
    )


def test_the_page_shows_the_agreement_of_the_file():
    """After readers.csv changed: python scripts/reader_agreement.py"""
    page = SCRIPT["PAGE"].read_text("utf-8")
    assert SCRIPT["rewritten"](page) == page
