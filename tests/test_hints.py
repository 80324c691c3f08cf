"""What `check --thorough` asks: one row or source for each kind of question, and what is none."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from click.testing import CliRunner

from neurogamut.cli.main import cli
from neurogamut.knowledge.base import OTHER
from neurogamut.knowledge.estimate import Estimator
from neurogamut.knowledge.hints import hints
from neurogamut.knowledge.records import Source, Statement
from neurogamut.knowledge.tables import Row
from support.statement_cells import CELLS

FILE = "cpts/susac.csv"
ROW = CELLS | {"finding": "headache", "source": "series", "locator": "Table 1"}
SERIES = {"key": "series", "citation": "A series of Susac syndrome", "pmid": "1"}
#: A second one, with which it shares patients.
EARLIER = {"key": "smith_1990", "citation": "Its first years", "pmid": "2"}


@pytest.fixture
def asked(base):
    """The questions on rows of Susac syndrome, and on the sources of all its rows."""

    def run(*rows: dict, sources: tuple = (SERIES, EARLIER)) -> list[str]:
        statements = [s for s in base.statements if s.disease == OTHER]
        for line, row in enumerate(rows, 2):
            cells = ROW | {key: str(value) for key, value in row.items()}
            statements.append(Statement(row=Row(FILE, line, cells), disease="susac", **cells))
        known = [
            Source(row=Row("a.csv", line, cells), **cells) for line, cells in enumerate(sources, 2)
        ]
        own = replace(base, statements=tuple(statements), sources=(*known, *base.sources))
        return [
            f"{hint.line}: {hint.column}: {hint.problem}"
            for hint in hints(own, Estimator(own))
            if hint.file in (FILE, "a.csv")
        ]

    return run


COUNTED = {"k": 9, "n": 27}
USED = {"source": "smith_1990", "finding": "seizures", "k": 1, "n": 27}


@pytest.mark.parametrize(
    ("row", "question"),
    [
        ({"percent": "58", "note": "7 of 12 neonates"}, "n: is empty, but the note has 7 of 12"),
        ({"percent": "58", "note": "7/12"}, "n: is empty, but the note has 7 of 12"),
        (
            {"percent": "60", "note": "n left empty so that it does not outrank the review"},
            "n: is left empty to lower its rank",
        ),
        (
            COUNTED | {"note": "migraine alone: lower bound"},
            "basis: is that of a rate, but the note calls it a bound",
        ),
        (
            COUNTED | {"note": "denominator inferred from the percentages"},
            "n: was worked out, by the note, not printed",
        ),
        (
            {"percent": "30 to 45", "note": "30 % printed; upper end ours"},
            "basis: is reported, but by the note a part of the figure is ours",
        ),
        ({"percent": "30", "note": "migraine"}, "n: is empty without a reason"),
        (
            {"k": 27, "n": 27, "note": "a criterion of the diagnosis"},
            "basis: is reported, but by the note all or none had to have it",
        ),
        (
            {"k": 0, "n": 27, "note": "shut out by definition"},
            "basis: is reported, but by the note all or none had to have it",
        ),
        (
            COUNTED | {"note": "migraine: nearest key"},
            "finding: is only the nearest to what was counted",
        ),
        (COUNTED | {"note": "as quoted by a review"}, "source: is quoted by another"),
        (
            {"basis": "expert", "percent": "30", "note": "Jones 1980, from memory"},
            "note: names a paper from memory",
        ),
    ],
)
@pytest.mark.slow
def test_a_row_that_may_not_mean_what_it_counts_as(asked, row, question):
    assert f"2: {question}" in asked(row, USED)
    assert asked(COUNTED | {"note": "migraine"}, USED) == []


@pytest.mark.parametrize(
    "row",
    [
        {"percent": "58", "note": "number not told; 8 of 12 in another series"},
        {"percent": "30 to 100", "note": "migraine alone: lower bound"},
        {"k": 20, "n": 27, "note": "a criterion of the diagnosis in part"},
        {"percent": "30", "note": "n left empty: number tested not told"},
        {"percent": "30", "note": "mean of 12 reviews"},
        COUNTED | {"basis": "indirect", "note": "nearest key; a lower bound"},
    ],
)
def test_a_row_that_is_plain(asked, row):
    assert asked(row, USED, COUNTED | {"finding": "ataxia"}) == []


def test_one_figure_of_one_source_twice_in_a_cell(asked):
    again = {"percent": 33, "locator": "text", "note": "number not told"}
    assert "3: source: has the figure of line 2 once more" in asked(COUNTED, again)
    other = {"k": 8, "n": 24, "locator": "text"}
    assert not [said for said in asked(COUNTED, other) if "once more" in said]


def test_a_rate_from_the_report_of_one_patient(asked):
    for single in ({"design": "case report"}, {"n": "1"}):
        said = asked(COUNTED, sources=(SERIES | single,))
        assert said == ["2: source: reports one patient"]


def test_two_series_that_may_share_patients_are_pooled(asked):
    own = COUNTED | {"note": "may include the patients of smith_1990"}
    assert asked(own, {"source": "smith_1990", "k": 3, "n": 11}) == [
        "2: source: is pooled with smith_1990, which it names"
    ]
    set_aside = {"source": "smith_1990", "k": 3, "n": 11, "basis": "illustration"}
    assert asked(own, set_aside) == []


def test_a_count_that_stands_aside_while_a_judgement_decides(asked):
    judged = {"basis": "expert", "source": "expert", "percent": 10, "note": "rare"}
    aside = COUNTED | {"basis": "illustration"}
    question = "3: basis: is illustration, and a judgement decides (expert)"
    assert asked(judged, aside, USED) == [question]
    assert asked(judged, aside, COUNTED, USED) == []


def test_a_source_that_nothing_uses(asked):
    assert asked(COUNTED) == ["3: key: is used nowhere"]
    assert asked(COUNTED | {"note": "part of smith_1990"}) == []


def test_a_source_that_nobody_can_look_up(asked):
    lost = {"key": "series", "citation": "Twenty-seven cases (example.org 123)"}
    assert asked(COUNTED, sources=(lost,)) == ["2: citation: leads to no paper"]
    assert asked({"basis": "worded", "term": "common"}, sources=(lost,)) == []


@pytest.mark.slow
def test_questions_are_asked_only_when_wanted_and_are_no_mistakes(base):
    def check(*options):
        return CliRunner().invoke(cli, ["check", "--knowledge", str(base.root), *options])

    thorough = check("--thorough", "--json")
    assert thorough.exit_code == 0
    found = json.loads(thorough.stdout)
    assert found["problems"] == []
    assert {"file", "line", "column", "problem", "remedy"} < set(found["hints"][0])
    assert "hints" not in json.loads(check("--json").stdout)
