"""The pages on validation show the numbers that were kept, and none of its own."""

from __future__ import annotations

import json
import runpy

import pytest

from conftest import REPOSITORY

SCRIPT = runpy.run_path(str(REPOSITORY / "scripts" / "write_validation_docs.py"))


@pytest.mark.parametrize("name", SCRIPT["PAGES"])
def test_page_is_up_to_date(name):
    """After docs/validation.json changed: python scripts/write_validation_docs.py"""
    result = json.loads(SCRIPT["RESULT"].read_text("utf-8"))
    page = (REPOSITORY / "docs" / name).read_text("utf-8")
    assert SCRIPT["rewritten"](page, result) == page


def test_the_record_ends_with_the_result_that_is_shown():
    last = SCRIPT["record"].read(SCRIPT["RECORD"])[-1]
    shown = json.loads(SCRIPT["RESULT"].read_text("utf-8"))["selected"]
    assert last["hash"] == shown["model"]["hash"][:12]
    assert float(last["log_score"]) == pytest.approx(
        shown["leave_one_paper_out"]["log_score"], abs=1e-4
    )


def test_tripod_has_every_item():
    page = (REPOSITORY / "docs" / "tripod_ai.md").read_text("utf-8")
    lines = [line for line in page.splitlines() if line.startswith("|")]
    items = {line.split("|")[1].strip().rstrip("abcdefg") for line in lines}
    assert {str(item) for item in range(1, 28)} <= items
