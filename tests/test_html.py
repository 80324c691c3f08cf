"""Answers as HTML: well-formed, escaped, self-contained, with the sources as links."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from support.handmade import cell, explanation, posterior

ANSWERS = {"posterior": posterior(), "explanation": explanation(), "cell": cell()}
VOID = {"br"}


class Reader(HTMLParser):
    """Text and links of a document, and whether every tag is closed in order."""

    def __init__(self, document: str):
        super().__init__()
        self.text, self.links, self.open, self.tags = "", [], [], set()
        self.feed(document)
        assert not self.open, f"left open: {self.open}"

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.links += [value for name, value in attrs if name in ("href", "src")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data if self.open[-1] != "style" else ""


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
def test_every_answer_is_one_fragment_without_network_or_script(answer):
    shown = answer.to_html()
    reader = Reader(shown)
    assert not reader.tags & {"script", "link", "img", "iframe", "html", "body"}
    assert not re.search(r"url\(|@import|javascript:", shown)
    assert reader.text.count("hash 0123456789ab, setting adult_referral") == 1
    assert reader.text.count("research use only") == 1


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
def test_jupyter_gets_text_and_html(answer):
    bundle = answer._repr_mimebundle_()
    assert bundle["text/html"] == answer.to_html()
    assert bundle["text/plain"] == str(answer)


def test_names_are_escaped():
    reader = Reader(posterior().to_html())
    assert "NMOSD <spectrum> & co" in reader.text
    assert "Warning: the findings <conflict>" in reader.text
    assert "spectrum" not in reader.tags


def test_dark_and_light_and_the_notebooks_own_colours():
    shown = posterior().to_html()
    assert "prefers-color-scheme:dark" in shown
    for variable in ("--jp-content-font-color1", "--jp-layout-color0"):
        assert shown.count(f"var({variable},") == 2


def test_the_posterior_marks_priors_and_gives_numbers():
    shown = posterior().to_html()
    assert "90.0 %" in shown and "width:90.00%" in shown
    assert "left:20.00%" in shown
    assert "not assessed: seizures" in shown


def test_a_waterfall_stays_inside_its_column():
    shares = re.findall(r"left:([\d.]+)%;width:([\d.]+)%", explanation().to_html())
    assert len(shares) == 4
    for left, width in shares:
        assert float(left) >= 0 and float(left) + float(width) <= 100.01
    assert explanation().to_html().count('class="against"') == 2


@pytest.mark.parametrize("answer", [explanation(), cell()], ids=["explanation", "cell"])
def test_every_row_stands_with_place_and_links(answer):
    reader = Reader(answer.to_html())
    assert "Table 3 [a]" in reader.text
    assert "cpts/susac.csv:95" in reader.text
    assert "https://doi.org/10.1007/a&b" in reader.links
    assert "https://pubmed.ncbi.nlm.nih.gov/123/" in reader.links


def test_a_cell_shows_distribution_rows_and_what_was_outranked():
    reader = Reader(cell().to_html())
    for expected in ("Beta(27.5, 0.5)", "27/27", '"often"', "10 to 15 %", "all & every"):
        assert expected in reader.text


def test_a_cell_without_rows_says_so():
    assert "No row speaks of this cell" in cell(used=(), outranked=(), sources=()).to_html()
