"""Answers as text: what a reader must find in them, and that it fits a terminal."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import WORDS
from neurogamut.render import text, wording
from support.handmade import cell, explanation, posterior, row

ANSWERS = {"posterior": posterior(), "explanation": explanation(), "cell": cell()}


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
def test_every_answer_fits_80_columns_and_says_once_what_made_it(answer):
    shown = str(answer)
    assert max(map(len, shown.splitlines())) <= 80
    assert "\x1b" not in shown
    made = "neurogamut 0.1.0, hash 0123456789ab, setting adult_referral, engine compiled"
    assert shown.count(made) == 1
    assert shown.count("research use only") == 1
    assert shown.index(made) > len(shown) - 200


def line_of(shown: str, start: str) -> str:
    return next(line for line in shown.splitlines() if line.strip().startswith(start))


def test_the_posterior_is_ranked_with_bars_and_priors():
    shown = str(posterior())
    susac, nmosd = line_of(shown, "Susac syndrome"), line_of(shown, "NMOSD <spectrum> & co")
    assert shown.index(susac) < shown.index(nmosd)
    assert "90.0 %" in susac and "20.0 %" in susac
    assert susac.count("█") > 4 * nmosd.count("█") > 0
    assert "<0.1 %" in line_of(shown, "None of these")


def test_the_posterior_says_how_the_case_was_understood():
    shown = " ".join(str(posterior()).split())
    assert "age: 20 years; fever: probably absent (80 %)" in shown
    assert "not assessed: seizures" in shown
    assert "ln P(evidence) -3.25; conflict +0.50" in shown
    assert "fit 0.04 (near 0:" in shown


def test_a_warning_stands_above_the_table():
    shown = str(posterior())
    assert shown.index("WARNING: the findings <conflict>") < shown.index("Susac syndrome")
    assert "WARNING" not in str(posterior(warnings=()))


def test_the_diseases_that_are_not_shown_are_summed():
    shown = text.draw(posterior().sheet(count=1))
    rest = line_of(shown, "2 others")
    assert "10.0 %" in rest and "80.0 %" in rest
    assert "NMOSD" not in shown


def test_two_answers_share_warning_and_footer():
    shown = text.draw(posterior().sheet(), explanation().sheet())
    assert shown.count("WARNING") == 1
    assert shown.count("research use only") == 1


def test_an_explanation_adds_up_before_the_readers_eyes():
    answer = explanation()
    shown = str(answer)
    assert "Why Susac syndrome rather than NMOSD <spectrum> & co?" in shown
    parts = ["prior odds", "callosum: present", "age: 20 years", "findings taken together"]
    bans = [float(line_of(shown, part).removeprefix(f" {part}").split()[0]) for part in parts]
    total = line_of(shown, "posterior odds")
    assert sum(bans) == pytest.approx(answer.total)
    assert "+0.75" in total and "5.62 : 1" in total


def test_an_explanation_leaves_out_what_is_nothing():
    assert "taken together" not in str(explanation(shared=1e-9))


def test_an_explanation_names_rows_and_sources():
    shown = " ".join(str(explanation()).split())
    assert "callosum: present (susac reported, nmosd worded)" in shown
    assert "susac present 27/27; bot_2020, Table 3 [a] (cpts/susac.csv:95)" in shown
    assert "age: 20 years (susac background, nmosd background)" in shown
    assert "reported 50.0 %, worded 25.0 %, expert 0.0 %, background 25.0 %" in shown
    assert "bot_2020 Bot J. <Brain> doi:10.1007/a&b PMID 123" in shown


def test_a_cell_shows_its_distribution_and_every_row():
    shown = " ".join(str(cell()).split())
    assert "P(Callosal lesions | Susac syndrome)" in shown
    assert "91.2 % to >99.9 % Beta(27.5, 0.5)" in shown
    rests, outranked = shown.index("it rests on"), shown.index("outrank")
    assert rests < shown.index("27/27") < outranked < shown.index('"often"')
    assert "(cpts/susac.csv:95), reported: all & every" in shown
    assert "10 to 15 %" in shown


def test_a_cell_without_rows_says_so():
    shown = str(cell(used=(), outranked=(), sources=(), basis="background"))
    assert "No row speaks of this cell" in shown
    assert "Sources" not in shown


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({}, "27/27"),
        ({"percent": "100", "term": "typical"}, '27/27, 100 %, "typical"'),
        ({"k": "", "percent": "33"}, "33 % of 27"),
        ({"k": "", "n": "", "term": "often"}, '"often"'),
        ({"k": "", "n": "20", "state": "", "term": "mean 39 sd 10"}, "mean 39 sd 10 (n=20)"),
        ({"given": "immune_status=compromised"}, "27/27 if immune status is compromised"),
        ({"k": "0"}, "0/27"),
    ],
)
def test_a_row_in_words(cells, expected):
    assert wording.figure(row(**cells)) == expected


@given(st.floats(0, 1))
def test_a_percentage_never_claims_more_than_it_knows(probability):
    shown = wording.percent(probability)
    assert (shown == "0.0 %") == (probability == 0)
    assert (shown == "100.0 %") == (probability == 1)


@pytest.mark.parametrize(("function", "said", "words"), json.loads(WORDS.read_text("utf-8")))
def test_a_thing_is_said_in_the_words_that_the_page_uses_too(function, said, words):
    assert getattr(wording, function)(said) == words


def test_a_likelihood_of_any_size_is_said():
    assert wording.said({"present": 1e308, "absent": 1e308}) == "probably present (50 %)"
    assert wording.said({"present": 8e-320, "absent": 2e-320}) == "probably present (80 %)"
