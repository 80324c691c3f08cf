"""One broken table per mistake: `neurogamut check` names file, line, column and value, says what is
wrong and what to do, and exits with 3."""

from __future__ import annotations

import csv
import io
import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from neurogamut.cli.main import cli
from neurogamut.knowledge.base import read

SUSAC = "cpts/susac.csv"
#: The statement that most of these tests break: 13 of 20 patients.
WHERE = {"finding": "sex", "source": "fuchs_2025"}


def check(root: Path, *options: str):
    """The command, on the tables below `root`."""
    return CliRunner().invoke(cli, ["check", "--knowledge", str(root), *options])


def edit(root: Path, file: str, where: dict[str, str], **cells: str) -> int:
    """Change cells of the first row of a table that fits; the line it stands on."""
    path = root / file
    lines = path.read_text(encoding="utf-8").splitlines()
    header = lines[0].split(",")
    for number, text in enumerate(lines[1:], start=2):
        row = dict(zip(header, next(csv.reader([text])), strict=True))
        if all(row[column] == value for column, value in where.items()):
            lines[number - 1] = written((row | cells).values())
            path.write_text("\n".join(lines) + "\n", encoding="utf-8")
            return number
    raise AssertionError(f"no row of {file} has {where}")


def append(root: Path, file: str, **cells: str) -> int:
    """Add a row to a table; the line it stands on."""
    path = root / file
    text = path.read_text(encoding="utf-8").rstrip("\n")
    header = text.splitlines()[0].split(",")
    row = written(cells.get(column, "") for column in header)
    path.write_text(f"{text}\n{row}\n", encoding="utf-8")
    return text.count("\n") + 2


def drop(root: Path, file: str, *starts: str) -> None:
    """Remove the rows of a table that start so."""
    path = root / file
    lines = path.read_text(encoding="utf-8").splitlines()
    kept = [line for line in lines if not line.startswith(starts)]
    path.write_text("\n".join(kept) + "\n", encoding="utf-8")


def written(cells) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="").writerow(cells)
    return out.getvalue()


def expect(root: Path, place: str, *words: str) -> None:
    """The check fails, and one of its problems stands at `place` and holds all `words`."""
    result = check(root)
    assert result.exit_code == 3, result.output
    found = [line for line in result.stdout.splitlines() if line.startswith(f"{place}: ")]
    assert found, f"nothing at {place} in:\n{result.stdout}"
    assert any(all(word in line for word in words) for line in found), "\n".join(found)


@pytest.mark.slow
def test_the_knowledge_base_is_sound_and_its_coverage_adds_up(base):
    result = check(base.root)
    assert result.exit_code == 0, result.stdout
    assert "no problems" in result.stdout
    assert "research use" in result.stdout
    coverage = json.loads(check(base.root, "--json").stdout)["coverage"]
    cells = (len(base.diseases) - 1) * len(base.findings)
    assert sum(coverage["total"].values()) == cells
    for part in ("by_disease", "by_group"):
        assert sum(n for counts in coverage[part].values() for n in counts.values()) == cells
    assert set(coverage["by_disease"]["susac"]) == {"reported", "worded", "expert", "background"}
    assert coverage["statements"] == len(base.statements)


@pytest.mark.parametrize(
    ("change", "column", "words"),
    [
        ({"finding": "sexx"}, "finding=sexx", ["is not a finding", "nearest: sex"]),
        ({"state": "femal"}, "state=femal", ["is not a state of the finding", "nearest: female"]),
        ({"source": "fuchs_2052"}, "source=fuchs_2052", ["is not a source", "nearest: fuchs_2025"]),
        ({"term": "oftn"}, "term=oftn", ["is not a verbal term"]),
        ({"basis": "rumour"}, "basis=rumour", ["reported", "worded", "expert"]),
        ({"basis": "upperbound"}, "basis=upperbound", ["nearest: upper_bound"]),
        ({"given": "immune_status=comprimised"}, "given=", ["nearest: compromised"]),
        ({"given": "fever=present"}, "given=", ["immune_status="]),
        ({"k": "21"}, "k=21", ["is more than n=20"]),
        ({"n": ""}, "k=13", ["has no denominator"]),
        ({"k": "thirteen"}, "k=thirteen", ["is not a whole number"]),
        ({"k": "", "n": "", "percent": "165"}, "percent=165", ["outside 0 to 100"]),
        ({"k": "", "n": "", "percent": "-3"}, "percent=-3", ["0 to 100"]),
        ({"k": "", "n": "", "percent": "nan"}, "percent=nan", ["0 to 100"]),
        ({"k": "", "n": "7", "percent": "33"}, "percent=33", ["no whole count of n=7", "2/7"]),
        ({"percent": "70"}, "percent=70", ["disagrees with 13/20", "65.0 %"]),
        ({"percent": "70 to 90"}, "percent=70 to 90", ["disagrees with 13/20", "65.0 %"]),
        ({"note": "n left empty: n is of the review"}, "n=20", ["the note says"]),
        ({"k": "13-Jan", "n": ""}, "k=13-Jan", ["a spreadsheet turned into a date"]),
        ({"k": "Oct-15"}, "k=Oct-15", ["a spreadsheet turned into a date"]),
        ({"k": "", "n": "", "percent": "10-15"}, "percent=10-15", ["date", "10 to 15"]),
        ({"k": "", "n": "", "percent": ""}, "percent=", ["nothing is stated"]),
        ({"source": ""}, "source=", []),
        ({"locator": ""}, "locator=", ["is empty", "say where in the source"]),
    ],
)
@pytest.mark.slow
def test_a_mistake_in_a_statement(tables, change, column, words):
    line = edit(tables, SUSAC, WHERE, **change)
    expect(tables, f"{SUSAC}:{line}", column, *words)


@pytest.mark.parametrize("column", ["doi", "pmid"])
def test_two_keys_of_one_paper(tables, column):
    first = edit(tables, "priors/sources.csv", {"key": "bot_2020"}, **{column: "10.1000/1"})
    twin = {"key": "bot_again", "citation": "Bot 2020", column: "10.1000/1"}
    line = append(tables, "priors/sources.csv", **twin)
    place = f"priors/sources.csv:{line}"
    expect(tables, place, f"{column}=10.1000/1", f"already on line {first}")


def test_a_semicolon_separated_file(tables):
    path = tables / SUSAC
    path.write_text(path.read_text(encoding="utf-8").replace(",", ";"), encoding="utf-8")
    expect(tables, f"{SUSAC}:1", "is separated by semicolons", "save it with commas")


def test_a_file_that_is_not_utf8(tables):
    (tables / SUSAC).write_bytes("finding,état\n".encode("latin-1"))
    expect(tables, f"{SUSAC}:1", "is not UTF-8")


def test_a_wrong_header(tables):
    path = tables / SUSAC
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("finding", "findings", 1), encoding="utf-8")
    words = ("lacks finding", "has findings, no column", "nearest: finding")
    expect(tables, f"{SUSAC}:1", *words, "expected finding,state,given,k,n,percent")


@pytest.mark.slow
def test_columns_that_may_be_blank_may_be_missing_and_stand_in_any_order(tables, base):
    path = tables / SUSAC
    with path.open(encoding="utf-8", newline="") as file:
        rows = [row | {"note": row["note"] or "-"} for row in csv.DictReader(file)]
    header = sorted(column for column in rows[0] if column != "given")
    lines = [written(header), *(written(row[column] for column in header) for row in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert check(tables).exit_code == 0, check(tables).output
    again, _ = read(tables)
    assert [s.percent for s in again.statements] == [s.percent for s in base.statements]


def test_a_column_that_is_needed_and_one_that_stands_twice(tables):
    path = tables / "priors/settings/paediatric.csv"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("disease,weight", "weight,weight", 1), encoding="utf-8")
    place = "priors/settings/paediatric.csv:1"
    expect(tables, place, "lacks disease", "has weight twice")


def test_a_missing_file(tables):
    (tables / SUSAC).unlink()
    expect(tables, f"{SUSAC}:1", "is missing")


def test_a_file_of_no_disease(tables):
    (tables / SUSAC).rename(tables / "cpts" / "suzac.csv")
    expect(tables, "cpts/suzac.csv:1", "is not a disease", "nearest: susac")


def test_a_row_with_a_comma_too_many(tables):
    path = tables / SUSAC
    lines = path.read_text(encoding="utf-8").splitlines()
    lines.append("fever,present,,1,20,,,reported,fuchs_2025,Table 1,a,b")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    expect(tables, f"{SUSAC}:{len(lines)}", "has 12 cells", "quote cells that hold a comma")


def test_a_statement_that_stands_twice(tables):
    path = tables / SUSAC
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([*lines, lines[1]]) + "\n", encoding="utf-8")
    expect(tables, f"{SUSAC}:{len(lines) + 1}", "stands already on line 2")


def test_an_age_that_is_none(tables):
    line = edit(tables, SUSAC, {"finding": "age"}, term="young people")
    expect(tables, f"{SUSAC}:{line}", "term=young people", "is not an age", "mean 43 sd 12")


def test_an_expert_number_without_a_reason(tables):
    line = edit(tables, SUSAC, {"basis": "expert"}, note="")
    expect(tables, f"{SUSAC}:{line}", "note=", "give the reason")


@pytest.mark.slow
def test_a_judgement_that_claims_to_be_reported(tables):
    line = edit(tables, SUSAC, {"basis": "expert"}, basis="reported")
    expect(tables, f"{SUSAC}:{line}", "basis=reported", "needs a published source")


def test_a_cycle_of_dependencies(tables):
    file = "priors/dependencies.csv"
    append(
        tables,
        file,
        child="hydrocephalus",
        parent="headache",
        parent_state="present",
        odds_ratio="3",
        basis="expert",
        source="expert",
        note="a mistake",
    )
    result = check(tables)
    assert result.exit_code == 3
    assert "makes a cycle: " in result.stdout
    for finding in ("hydrocephalus", "raised_intracranial_pressure", "headache"):
        assert finding in result.stdout
    assert result.stdout.startswith(f"{file}:")


def test_a_dependency_on_an_unknown_finding(tables):
    line = edit(tables, "priors/dependencies.csv", {"child": "headache"}, parent="raised_pressure")
    expect(tables, f"priors/dependencies.csv:{line}", "parent=raised_pressure", "is not a finding")


def test_two_parents_of_one_finding(tables):
    row = {
        "child": "headache",
        "parent": "fever",
        "parent_state": "present",
        "odds_ratio": "2",
        "basis": "expert",
        "source": "expert",
        "note": "a mistake",
    }
    line = append(tables, "priors/dependencies.csv", **row)
    expect(tables, f"priors/dependencies.csv:{line}", "stands already on line")


@pytest.mark.slow
def test_a_part_that_is_commoner_than_its_whole(tables):
    """Both are counts of many patients, so that chance does not explain it."""
    row = {
        "state": "present",
        "n": "200",
        "basis": "reported",
        "source": "fuchs_2025",
        "locator": "Table 9",
    }
    drop(tables, SUSAC, "facial_palsy,", "cranial_nerve_palsy,")
    line = append(tables, SUSAC, finding="facial_palsy", k="120", **row)
    append(tables, SUSAC, finding="cranial_nerve_palsy", k="20", **row)
    expect(tables, f"{SUSAC}:{line}", "more than cranial_nerve_palsy, of which it is a part")


@pytest.mark.parametrize(("first", "second", "total"), [("60", "60", "120.0"), ("", "30", "95.0")])
@pytest.mark.slow
def test_shares_of_the_states_that_do_not_come_to_one(tables, first, second, total):
    """A CPT column sums to 1 because complements are computed; two shares of one source may not."""
    given = {"percent": first, "k": "", "n": ""} if first else {}
    edit(tables, SUSAC, WHERE, **given)
    line = append(
        tables,
        SUSAC,
        finding="sex",
        state="male",
        percent=second,
        basis="reported",
        source="fuchs_2025",
        locator="Table 1",
    )
    expect(tables, f"{SUSAC}:{line}", f"female and male come to {total} %", "share 100 %")


def test_a_setting_that_forgets_a_disease(tables):
    file = "priors/settings/paediatric.csv"
    drop(tables, file, "susac,")
    expect(tables, f"{file}:1", "disease=susac", "has no weight in this setting")


@pytest.mark.parametrize("weight", ["0", "-1", "nan", "inf", "much"])
def test_a_prior_weight_that_is_none(tables, weight):
    file = "priors/settings/paediatric.csv"
    line = edit(tables, file, {"disease": "susac"}, weight=weight)
    expect(tables, f"{file}:{line}", f"weight={weight}")


@pytest.mark.slow
def test_a_finding_that_no_test_reveals(tables):
    line = edit(tables, "cpts/findings.csv", {"key": "fever"}, revealed_by="thermometer")
    expect(tables, f"cpts/findings.csv:{line}", "revealed_by=thermometer", "is not a test")


@pytest.mark.slow
def test_a_finding_without_a_background_rate(tables):
    drop(tables, "cpts/background.csv", "fever,")
    result = check(tables)
    assert result.exit_code == 3
    assert "key=fever: has no row in cpts/background.csv" in result.stdout


@pytest.mark.slow
def test_a_constant_that_is_missing_is_that_of_the_package(tables, base):
    drop(tables, "priors/estimation.csv", "prior_count,")
    assert check(tables).exit_code == 0
    assert read(tables)[0].constant("prior_count") == base.constant("prior_count")


def test_a_constant_that_nobody_knows(tables):
    file = "priors/estimation.csv"
    line = edit(tables, file, {"parameter": "prior_count"}, parameter="prior_cuont")
    place = f"{file}:{line}"
    expect(tables, place, "parameter=prior_cuont", "is not a constant", "nearest: prior_count")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('default_setting = "clinics"', ["default_setting=clinics", "is not in the tables"]),
        ('defualt_setting = "x"', ["entry=defualt_setting", "nearest: default_setting"]),
        ("trials = 3", ["entry=trials"]),
        ('[trials]\nserum_ace = "steriods"', ["trials=steriods", "nearest: steroids"]),
        ("trials = ", ["cannot be read"]),
    ],
)
@pytest.mark.slow
def test_what_a_gamut_says_of_itself(tables, text, words):
    (tables / "priors" / "gamut.toml").write_text(text, encoding="utf-8")
    expect(tables, "priors/gamut.toml:1", *words)


@pytest.mark.slow
def test_a_gamut_without_other_and_without_a_setting(tables):
    drop(tables, "priors/diseases.csv", "other,")
    shutil.rmtree(tables / "priors" / "settings")
    expect(tables, "priors/diseases.csv:1", "key=other", "none of the diseases")
    expect(tables, "priors/settings:1", "there is none")


@pytest.mark.slow
def test_an_age_has_no_other_states_than_years(tables):
    line = edit(tables, "cpts/findings.csv", {"key": "age"}, states="young|old")
    expect(tables, f"cpts/findings.csv:{line}", "states=young|old", "write number")


@pytest.mark.slow
def test_a_judgement_counts_nobody(tables):
    line = edit(tables, SUSAC, {"basis": "expert"}, k="1", n="10", percent="")
    expect(tables, f"{SUSAC}:{line}", "n=10", "give a percentage alone")


def test_a_constant_of_zero(tables):
    name = "priors/estimation.csv"
    line = edit(tables, name, {"parameter": "warning_bayes_factor"}, value="0")
    expect(tables, f"{name}:{line}", "value=0", "greater than 0")


@pytest.mark.slow
def test_every_mistake_is_reported_at_once(tables):
    edit(tables, SUSAC, WHERE, k="21")
    edit(tables, "cpts/nmosd.csv", {"finding": "sex"}, locator="")
    result = check(tables)
    assert result.exit_code == 3
    lines = result.stdout.splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("cpts/nmosd.csv:") and lines[1].startswith("cpts/susac.csv:")


@pytest.mark.slow
def test_problems_as_json(tables):
    line = edit(tables, SUSAC, WHERE, k="21")
    result = check(tables, "--json")
    assert result.exit_code == 3
    (problem,) = json.loads(result.stdout)["problems"]
    assert (problem["file"], problem["line"], problem["column"]) == (SUSAC, line, "k")


def test_no_question_is_answered_from_broken_tables(tables):
    line = edit(tables, SUSAC, WHERE, k="21")
    case = ["posterior", "--set", "age=20", "--knowledge", str(tables)]
    result = CliRunner().invoke(cli, case)
    assert result.exit_code == 3
    assert result.stdout == ""
    assert f"{SUSAC}:{line}: k=21" in result.stderr
