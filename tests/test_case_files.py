"""Cases from files: three formats, one meaning; what a parser would silently settle is refused."""

from __future__ import annotations

import io
import json
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurogamut import CaseError, UsageError
from neurogamut.cases.files import read_case_file
from neurogamut.cases.phenopacket import is_phenopacket

CASE = {"age": 27.5, "sex": "female", "fever": True, "pvs_pattern": {"present": 0.2, "absent": 0.8}}
TEXTS = {
    "case.json": '{"age": 27.5, "sex": "female", "fever": true,\n'
    ' "pvs_pattern": {"present": 0.2, "absent": 0.8}}',
    "case.yaml": "age: 27.5\nsex: female\nfever: yes\npvs_pattern: {present: 0.2, absent: 0.8}\n",
    "case.yml": "age: 27.5\nsex: female\nfever: true\npvs_pattern:\n  present: 0.2\n"
    "  absent: 0.8\n",
    "case.toml": 'age = 27.5\nsex = "female"\nfever = true\n[pvs_pattern]\npresent = 0.2\n'
    "absent = 0.8",
    "CASE.JSON": '\ufeff{"age": 27.5, "sex": "female", "fever": true, '
    '"pvs_pattern": {"present": 0.2, "absent": 0.8}}',
}


def read(tmp_path, name: str, text: str | bytes):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_case_file(path)


def read_stdin(monkeypatch, text: str):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    return read_case_file("-")


@pytest.mark.parametrize("name", TEXTS)
def test_every_format_says_the_same(tmp_path, name):
    assert read(tmp_path, name, TEXTS[name]) == CASE


@pytest.mark.parametrize("name", ["case.json", "case.yaml", "CASE.JSON"])
def test_standard_input_takes_json_and_yaml(monkeypatch, name):
    assert read_stdin(monkeypatch, TEXTS[name]) == CASE


@pytest.mark.parametrize(
    ("name", "text", "place", "words"),
    [
        ("c.json", '{"age": 1,\n "sex": "male", "age": 2}', "c.json:2:17", "'age' stands twice"),
        ("c.json", '{"a": {"p": 1, "p": 2}}', "c.json:1:16", "'p' stands twice"),
        ("c.json", '{"a": [{"p": 1}, {"p": 2, "p": 1}]}', "c.json:1:27", "'p' stands twice"),
        ("c.json", '{"fev\\u0065r": true, "fever": false}', "c.json:1:22", "'fever' stands twice"),
        ("c.json", '{"age": NaN}', "c.json:1:9", "NaN: expected a finite number"),
        ("c.json", '{"age": -Infinity}', "c.json:1:9", "-Infinity: expected a finite number"),
        ("c.json", '{"a": {"p":\n 1e999}}', "c.json:2:2", "1e999: expected a finite number"),
        ("c.json", '{"age": }', "c.json:1:9", "no valid JSON"),
        ("c.json", '{"age": 1} x', "c.json:1:12", "no valid JSON"),
        ("c.json", "", "c.json:1:1", "no valid JSON"),
        ("c.json", "[1]", "c.json", "a case maps findings to states; got a list"),
        ("c.json", '"fever"', "c.json", "got text"),
        ("c.json", "null", "c.json", "got nothing"),
        ("c.json", "[" * 100_000, "c.json", "cannot be read"),
        ("c.json", '{"age": ' + "1" * 5000 + "}", "c.json", "cannot be read"),
        ("c.json", b'{"sex": "\xff"}', "c.json", "is not UTF-8 (byte 9)"),
        ("c.yaml", "age: 1\nsex: male\nage: 2", "c.yaml:3:1", "'age' stands twice"),
        ("c.yaml", "a: {p: 1, p: 2}", "c.yaml:1:11", "'p' stands twice"),
        ("c.yaml", "age: .nan", "c.yaml:1:6", "expected a finite number"),
        ("c.yaml", "age: -.inf", "c.yaml:1:6", "expected a finite number"),
        ("c.yaml", "a: b: c", "c.yaml:1:5", "not allowed here"),
        ("c.yaml", "1: present", "c.yaml:1:1", "1: a key is text"),
        ("c.yaml", "a: !!python/object:os.system x", "c.yaml:1:4", "could not determine"),
        ("c.yaml", "age: 2020-13-45", "c.yaml", "no valid YAML"),
        ("c.yaml", "- fever", "c.yaml", "got a list"),
        ("c.yaml", "", "c.yaml", "got nothing"),
        ("c.toml", "age = 1\nage = 2", "c.toml", "no valid TOML"),
        ("c.toml", "age = nan", "c.toml", "nan: expected a finite number"),
        ("c.toml", "age = ", "c.toml", "no valid TOML"),
    ],
)
def test_what_is_no_case_is_named_with_its_place(tmp_path, name, text, place, words):
    with pytest.raises(CaseError) as caught:
        read(tmp_path, name, text)
    message = str(caught.value)
    assert message.startswith(f"{tmp_path}/{place}: ")
    assert words in message


def test_standard_input_is_named(monkeypatch):
    with pytest.raises(CaseError, match="^standard input:1:9: NaN"):
        read_stdin(monkeypatch, '{"age": NaN}')


def test_a_word_that_looks_like_a_number_is_a_word(tmp_path):
    assert read(tmp_path, "c.json", '{"a": "NaN", "b": "{1e999}"}') == {"a": "NaN", "b": "{1e999}"}


def test_what_cannot_be_opened(tmp_path):
    with pytest.raises(UsageError, match=r"none\.json: cannot be read: No such file"):
        read_case_file(tmp_path / "none.json")
    with pytest.raises(UsageError, match=r"unknown suffix '\.jsn'; .*nearest: \.json"):
        read(tmp_path, "c.jsn", "{}")
    (tmp_path / "folder.json").mkdir()
    with pytest.raises(UsageError, match="cannot be read"):
        read_case_file(tmp_path / "folder.json")


@pytest.mark.parametrize("case", [{"age": 10**400}, {"fever": {"present": 10**400}}])
def test_a_whole_number_that_no_float_holds_is_refused(model, case):
    with pytest.raises(CaseError, match="=1000"):
        model.posterior(case)


numbers = st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**60), 2**60)
likelihoods = st.dictionaries(st.text(), numbers, max_size=3)
said = st.none() | st.booleans() | numbers | st.text() | likelihoods
cases = st.dictionaries(st.text(), said | st.lists(said, max_size=2), max_size=5)
# Keys of a Phenopacket make a mapping one.
cases = cases.filter(lambda case: not is_phenopacket(case))


@given(case=cases)
@pytest.mark.slow
def test_any_json_mapping_comes_back_as_it_was(tmp_path_factory, case):
    path = tmp_path_factory.getbasetemp() / "any.json"
    path.write_text(json.dumps(case), encoding="utf-8")
    assert read_case_file(path) == case


@pytest.mark.parametrize(
    ("suffix", "text"),
    [
        ("yaml", "age: !!timestamp x"),
        ("yaml", "age: !!bool x"),
        ("yaml", '"\\U99999999": 1'),
        ("yaml", "age: 0x" + "f" * 5000),
        ("yaml", "age: 0b" + "1" * 20_000),
        ("yaml", "age: &a [*a]"),
        ("yaml", "age: 2001-99-99"),
        ("toml", "age = 0x" + "f" * 5000),
        ("toml", "age = 2001-99-99"),
        ("toml", "age = " + "[" * 3000),
        ("toml", "a." * 3000 + "b = 1"),
        ("json", '{"age": ' + "[" * 30_000),
    ],
)
def test_what_makes_parsers_stumble_is_refused_in_words(tmp_path, model, suffix, text):
    path = tmp_path / f"case.{suffix}"
    path.write_text(text + "\n", encoding="utf-8")
    with pytest.raises(CaseError) as refused:
        model.posterior(read_case_file(path))
    assert len(str(refused.value)) < 1000


@pytest.mark.parametrize("age", [f"P{'9' * 400}Y", f"P{'9' * 5000}Y", f"P0.{'9' * 5000}Y", "P999Y"])
def test_an_age_of_any_length_in_a_phenopacket_is_read_or_refused(tmp_path, model, age):
    packet = {"subject": {"timeAtLastEncounter": {"age": {"iso8601duration": age}}}}
    path = tmp_path / "a.phenopacket.json"
    path.write_text(json.dumps(packet | {"phenotypicFeatures": []}), encoding="utf-8")
    try:
        model.posterior(read_case_file(path))
    except CaseError as refused:
        assert "expected" in str(refused)
