"""Charts: what they show, and that their files need no network."""

from __future__ import annotations

import json
import re
import sys

import pytest

from neurogamut import MissingExtraError, UsageError
from neurogamut.render import charts
from support.handmade import cell, explanation, posterior, row

ANSWERS = {"posterior": posterior(), "explanation": explanation(), "cell": cell()}


def values(chart, mark: str) -> list[dict]:
    """The data that all marks of one kind are drawn from."""
    found = []

    def walk(part):
        kind = part.get("mark", {})
        if (kind.get("type") if isinstance(kind, dict) else kind) == mark:
            found.extend(part["data"]["values"])
        for inner in (*part.get("layer", []), *part.get("vconcat", [])):
            walk({"data": part.get("data")} | inner)

    walk(chart.to_dict())
    return found


def titles(part) -> set[str]:
    """Every axis title of a chart."""
    found = set()
    for inner in (*part.get("layer", []), *part.get("vconcat", [])):
        found |= titles(inner)
    for channel in ("x", "y"):
        title = part.get("encoding", {}).get(channel, {}).get("title")
        found |= {title} if title else set()
    return found


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
def test_every_chart_names_what_made_it_and_its_axes(answer):
    chart = answer.plot().to_dict()
    made, use = chart["title"]["subtitle"]
    assert "0.1.0" in made and "0123456789ab" in made and "adult_referral" in made
    assert "research use" in use
    assert re.search(r"%|bans", " ".join(titles(chart)))


@pytest.mark.slow
@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
@pytest.mark.parametrize("suffix", [".svg", ".png", ".html"])
def test_every_chart_becomes_a_file_without_network(answer, suffix, tmp_path):
    path = tmp_path / f"chart{suffix}"
    charts.save(answer.plot(), path)
    content = path.read_bytes()
    if suffix == ".png":
        assert content.startswith(b"\x89PNG")
    else:
        assert b"adult_referral" in content
        assert not re.search(rb"<(script|link|img)[^>]+(src|href)\s*=\s*[\"']https?:", content)


def test_the_posterior_draws_the_leading_diseases_with_their_priors():
    bars = values(posterior().plot(2), "bar")
    assert [(b["disease"], b["posterior"], b["prior"]) for b in bars] == [
        ("Susac syndrome", 0.9, 0.2),
        ("NMOSD <spectrum> & co", 0.0999, 0.3),
    ]


def test_the_waterfall_is_a_path_from_prior_to_posterior():
    bars = values(explanation().plot(), "bar")
    *path, total = bars
    assert path[0]["start"] == 0 and path[0]["step"] == "prior odds"
    for before, after in zip(path, path[1:], strict=False):
        assert after["start"] == pytest.approx(before["end"])
    assert path[-1]["end"] == pytest.approx(total["end"]) == pytest.approx(0.75)
    sides = {bar["step"]: bar["side"] for bar in path}
    assert (sides["callosum: present"], sides["age: 20 years"]) == ("for", "against")


def test_a_cell_draws_the_beta_density():
    """Beta(27.5, 0.5) has the mean 27.5/28."""
    points = values(cell().plot(), "area")
    assert {p["state"] for p in points} == {"present"}
    at = min(points, key=lambda p: abs(p["p"] - 0.9))
    # x^26.5 (1-x)^-0.5 / B(27.5, 0.5), with B = Gamma(27.5) Gamma(0.5) / Gamma(28)
    from math import exp, lgamma, log

    log_b = lgamma(27.5) + lgamma(0.5) - lgamma(28)
    assert at["density"] == pytest.approx(exp(26.5 * log(at["p"]) - 0.5 * log(1 - at["p"]) - log_b))


def test_a_cell_draws_its_rows_where_their_figures_lie():
    rows = {r["where"]: r for r in values(cell().plot(), "point")}
    counted = rows["bot_2020, Table 3 [a] (cpts/susac.csv:95)"]
    assert (counted["middle"], counted["used"]) == (1.0, True)
    assert rows["bot_2020, Table 3 [a] (cpts/susac.csv:96)"]["middle"] is None
    ranged = rows["expert (cpts/susac.csv:97)"]
    assert (ranged["low"], ranged["high"], ranged["used"]) == (0.10, 0.15, False)


def test_a_figure_of_the_other_state_is_mirrored():
    absent = row(state="absent", k="", n="", percent="20 to 30")
    (point,) = values(cell(used=(absent,), outranked=()).plot(), "point")
    assert (point["low"], point["high"]) == (pytest.approx(0.7), pytest.approx(0.8))


def test_many_states_become_intervals_and_no_rows_no_second_panel():
    state = cell().distribution["present"]
    many = cell(distribution={f"from_{age}": state for age in range(8)})
    assert len(values(many.plot(), "point")) == 8
    assert not values(many.plot(), "area")
    assert not values(cell(used=(), outranked=()).plot(), "point")


def test_a_notebook_needs_no_network():
    import altair

    posterior().plot()
    assert altair.renderers.active == "svg"


def test_an_unknown_picture_format(tmp_path):
    with pytest.raises(UsageError, match=r"expected .svg, .png, .html; nearest: .png"):
        charts.save(posterior().plot(), tmp_path / "chart.pngg")


def test_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(UsageError, match="cannot be written"):
        charts.save(posterior().plot(), tmp_path / "none" / "chart.svg")


def test_without_altair_the_message_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "altair", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'altair>=.*' 'vl-convert-python>="):
        posterior().plot()


def test_charts_are_json_without_nan():
    for answer in ANSWERS.values():
        json.dumps(answer.plot().to_dict(), allow_nan=False)
