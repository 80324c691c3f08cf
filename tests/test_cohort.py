"""Tables of cases: every row is answered as the case alone would be."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import neurogamut as ng
from neurogamut.cohort import frames as tables
from neurogamut.cohort.scorer import Scorer
from neurogamut.errors import CaseError, UsageError
from neurogamut.inference.elimination.engine import Engine
from neurogamut.network import Cpt, Network
from support.cohort_tables import frame_of_cases, table_of_cases

EXACT = 1e-12


@pytest.mark.slow
@pytest.mark.parametrize("reporting", ["systematic", "pertinent"])
def test_a_row_is_answered_as_the_case_alone(model, reporting):
    frame = frame_of_cases(model, rows=60)
    answers = model.posteriors(frame, reporting=reporting)
    for (_, row), (_, found) in zip(frame.iterrows(), answers.iterrows(), strict=True):
        case = {k: v for k, v in row.items() if k != "id" and not pd.isna(v)}
        alone = model.posterior(case, reporting=reporting)
        assert found["id"] == row["id"]
        assert found["leading"] == alone.leading
        assert found["warning"] == bool(alone.warnings)
        for disease, probability in alone.probabilities.items():
            assert found[disease] == pytest.approx(probability, abs=EXACT)
        for measure in ("log_evidence", "conflict", "fit"):
            assert found[measure] == pytest.approx(getattr(alone, measure), abs=1e-9)


def test_pandas_and_arrow_give_the_same(model):
    table = table_of_cases(model, rows=40)
    from_arrow = model.posteriors(table)
    assert isinstance(from_arrow, pa.Table)
    plain = table.to_pandas().astype(object).set_index(pd.Index(range(100, 140)))
    plain["age"] = plain["age"].astype(float)
    from_pandas = model.posteriors(plain)
    assert list(from_pandas.index) == list(range(100, 140))
    pd.testing.assert_frame_equal(
        from_pandas.reset_index(drop=True), from_arrow.to_pandas(), check_exact=True
    )


def test_all_that_a_case_takes_is_taken(model):
    """True and false, as text too, ages as text, and every word for `not assessed`."""
    said = pd.DataFrame(
        {
            "age": ["34", "", "unknown", "0.5"],
            "seizures": pd.array([True, False, None, None], dtype="boolean"),
            "sex": pd.Categorical(["female", None, "male", "female"], ["male", "female", "mail"]),
            "headache": [None, "present", "not assessed", "not_assessed"],
            "fever": ["true", "False", "unknown", "TRUE"],
        }
    )
    cases = [
        {"age": 34, "seizures": "present", "sex": "female", "fever": "present"},
        {"seizures": "absent", "headache": "present", "fever": "absent"},
        {"sex": "male"},
        {"age": 0.5, "sex": "female", "fever": "present"},
    ]
    found = model.posteriors(said)
    for row, case in enumerate(cases):
        alone = model.posterior(case, reporting="systematic")
        assert found["susac"][row] == pytest.approx(alone["susac"], abs=EXACT)
        assert found["fit"][row] == pytest.approx(alone.fit, abs=EXACT)


def test_a_list_of_cases_is_a_table(model):
    cases = [
        {"age": "18 months", "seizures": {"present": 0.8, "absent": 0.2}},
        {"age": 27, "sex": "female", "hearing_loss": "present"},
    ]
    found = model.posteriors(cases)
    for row, case in zip(found.to_dict("records"), cases, strict=True):
        alone = model.posterior(case, reporting="systematic").probabilities
        assert {disease: row[disease] for disease in alone} == pytest.approx(alone, abs=1e-12)


def test_nothing_assessed_is_the_prior(model):
    found = model.posteriors(pd.DataFrame({"sex": [None], "age": [np.nan]}))
    for disease, probability in model.prior.items():
        assert found[disease][0] == pytest.approx(probability, abs=EXACT)
    assert found["conflict"][0] == 0 and np.isnan(found["fit"][0])
    assert found["log_evidence"][0] == pytest.approx(0, abs=EXACT)


def test_a_table_may_be_empty(model):
    found = model.posteriors(pd.DataFrame({"id": [], "sex": []}, dtype=str))
    assert len(found) == 0 and list(found)[:2] == ["id", next(iter(model.prior))]


@pytest.mark.parametrize("jobs", [2, 3])
@pytest.mark.slow
def test_answers_depend_neither_on_jobs_nor_on_neighbours(model, monkeypatch, jobs):
    table = table_of_cases(model, rows=500)
    whole = model.posteriors(table).to_pandas()
    monkeypatch.setattr(tables, "BLOCK_ROWS", 37)
    in_blocks = model.posteriors(table)
    assert model.posteriors(table, jobs=jobs).equals(in_blocks)
    pd.testing.assert_frame_equal(in_blocks.to_pandas(), whole, rtol=EXACT)


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("sex", "femal", r"^row 2 \(id b\): sex='femal': unknown state; .*nearest: female"),
        ("age", "old", r"row 2 \(id b\): age='old': expected a number of years from 0 to 120"),
        ("age", 130.0, r"row 2 \(id b\): age=130.0: expected a number"),
        ("sex", 1, r"row 2 \(id b\): sex='1.0': unknown state; expected one of female, male$"),
        ("sex", "true", r"row 2 \(id b\): sex=True: unknown state; expected one of female, male$"),
        ("seizures", 0.5, r"seizures='0.5': unknown state; expected one of present, absent$"),
        ("sexx", "female", "'sexx': unknown finding; nearest: sex"),
        ("diagnosis", "susac", "'diagnosis': unknown finding"),
    ],
)
def test_a_mistake_is_named_with_its_place(model, column, value, words):
    with pytest.raises(CaseError, match=words):
        model.posteriors(pd.DataFrame({"id": ["a", "b"], column: [None, value]}))


def test_all_mistakes_of_a_row_are_named(model):
    with pytest.raises(CaseError, match="row 1: age=-1.*; sex='x'"):
        model.posteriors(pd.DataFrame({"age": [-1], "sex": ["x"]}))


def test_of_many_bad_rows_ten_are_listed(model):
    with pytest.raises(CaseError, match=r"row 10: (.|\n)*and 15 more rows$"):
        model.posteriors(pd.DataFrame({"sex": ["x"] * 25}))


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (pd.DataFrame({"id": ["a"]}), "no column is a finding"),
        (pa.table([["male"], ["male"]], names=["sex", "sex"]), "columns stand twice: sex"),
        (pd.DataFrame([["male", "male"]], columns=["sex", "sex"]), "Duplicate column names"),
        (pd.DataFrame({"sex": ["male", 3]}), "sex"),
        (["male"], "cases are a pandas or an Arrow table, one row a case; got list"),
        (pa.table({"sex": [{"male": 0.5}]}), "column sex: struct"),
    ],
)
def test_a_table_that_is_none_of_cases(model, table, words):
    with pytest.raises(CaseError, match=words):
        model.posteriors(table)


def test_jobs_below_one(model):
    with pytest.raises(UsageError, match="jobs=0"):
        model.posteriors(pd.DataFrame({"sex": ["male"]}), jobs=0)


@pytest.mark.slow
@pytest.mark.parametrize(
    "ask",
    [
        lambda model: model.posteriors(pd.DataFrame({"sex": ["male"]})),
        lambda model: model.findings_posterior({}),
        lambda model: model.sensitivity({}),
    ],
)
def test_the_reference_engine_says_what_it_cannot_answer(ask):
    with pytest.raises(UsageError, match="engine='reference' cannot answer this; use 'compiled'"):
        ask(ng.load(engine="reference"))


def test_an_impossible_row_is_bad(model):
    """Where no disease has a finding, the findings that cannot be are named."""
    cpts = dict(model.network.cpts)
    never = np.zeros_like(cpts["sex"].table)
    never[..., 0] = 1
    cpts["sex"] = Cpt("sex", cpts["sex"].parents, never)
    network = Network(model.network.variables, cpts)
    columns = ["id", "sex", "seizures"]
    scorer = Scorer(model.single, Engine(network), columns)
    first, second = network.variables["sex"].states[:2]
    table = pa.table({"id": ["a", "b"], "sex": [second, first], "seizures": ["present"] * 2})
    scored = scorer.score(table, np.array([7, 8]))
    assert scored.answers["id"].to_pylist() == ["b"]
    assert [str(row) for row in scored.bad] == [
        "row 7 (id a): the evidence is impossible: sex cannot hold together"
    ]


def test_findings_posterior_is_of_all_that_is_not_named(model):
    case = {"age": 30, "sex": "female", "corpus_callosum_lesions": "present"}
    found = model.findings_posterior(case)
    assert found.keys() == {f.key for f in model.base.findings} - case.keys()
    evidence = {**case, "age": "from_30_to_34"}
    for name in ("seizures", "immune_status", "visual_loss"):
        expected = model.engine.query(name, evidence).table
        np.testing.assert_allclose(list(found[name].values()), expected, atol=EXACT)
        assert tuple(found[name]) == model.network.variables[name].states
