"""The answers to the vignettes are those that somebody has looked at, to six digits."""

from __future__ import annotations

import importlib.util
import json
import math

import pytest

from conftest import REPOSITORY

GOLDEN = json.loads((REPOSITORY / "validation/golden.json").read_text(encoding="utf-8"))
AGAIN = "python scripts/bless_golden.py shows what has changed; with --bless it becomes the answer"


@pytest.fixture(scope="module")
def bless():
    """The script."""
    path = REPOSITORY / "scripts/bless_golden.py"
    spec = importlib.util.spec_from_file_location("bless_golden", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_answers_are_the_blessed_ones(model, bless):
    found = bless.answers(model, REPOSITORY / bless.VIGNETTES)
    assert len(found) >= 50
    changed = bless.differences(GOLDEN["answers"], found)
    tables = "the same tables" if model.info.hash == GOLDEN["hash"] else "other tables"
    assert not changed, (tables, AGAIN, changed[:5])


def test_a_change_in_the_sixth_digit_is_seen(bless):
    before = {"a": {"susac": 0.5, "fit": 0.1}, "b": {"susac": 0.25}}
    assert bless.differences(before, before) == []
    changed = {"a": {"susac": 0.500002, "fit": 0.1}, "c": {"susac": 0.25}}
    found = bless.differences(before, changed)
    assert [row[1] for row in found] == ["b", "c", "a"]
    assert found[-1][0] == pytest.approx(2e-6) and math.isinf(found[0][0])
