"""Published cases: what is posed, what is counted apart, and what the model is held against."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

import neurogamut as ng
from neurogamut.cases.case import read_case
from neurogamut.cases.published import read_cases
from neurogamut.knowledge import build
from neurogamut.knowledge.build import DIAGNOSIS
from neurogamut.knowledge.citations import identifiers
from neurogamut.validation import evaluate, left_out, peers, record
from neurogamut.validation.intervals import draw_posteriors
from neurogamut.validation.posed import select

pytestmark = pytest.mark.slow  # thousands of cases, or the model several times over

SUSAC = {
    "id": "susac",
    "source": "A case report",
    "diagnosis": "susac",
    "presentation": "miliary",
    "confidence": "high",
    "age": 27,
    "sex": "female",
    "findings": {
        "corpus_callosum_lesions": "present",
        "hearing_loss": "present",
        "headache": "present",
        "retinal_artery_occlusion": "present",
    },
    "known_before_diagnosis": ["corpus_callosum_lesions", "hearing_loss", "headache"],
    "extra": ["not read"],
}
TUBERCULOSIS = SUSAC | {
    "id": "tb",
    "diagnosis": "neurotuberculosis",
    "confidence": "moderate",
    "age": None,
    "findings": {"fever": "present", "meningism": "present", "csf_tb_positive": "present"},
    "known_before_diagnosis": ["fever", "meningism"],
}
SEED = SUSAC | {"id": "seed", "source": "Bot et al. 2020, doi 10.1007/s00234-019-02335-5, Fig 3b"}
LOW = TUBERCULOSIS | {"id": "low", "confidence": "low"}
CASES = (SUSAC, TUBERCULOSIS, SEED, LOW)


@pytest.fixture
def write(tmp_path):
    """Writes cases as JSON Lines, a dictionary or a raw line each."""

    def written(*cases):
        path = tmp_path / "cases.jsonl"
        lines = (case if isinstance(case, str) else json.dumps(case) for case in cases)
        path.write_text("\n".join(lines), encoding="utf-8")
        return path

    return written


@pytest.fixture
def posed(write, model):
    """The four cases, posed."""
    return select(read_cases(write(*CASES)), model.base)[0]


@pytest.fixture
def result(posed, model):
    """The four cases, validated."""
    return evaluate.validate(model, posed, [], peers.available(model))


# -- cases --------------------------------------------------------------------------------------


def test_only_what_was_known_is_posed(posed):
    susac = posed[0]
    assert susac.case.posed() == {
        "age": 27,
        "sex": "female",
        "corpus_callosum_lesions": "present",
        "hearing_loss": "present",
        "headache": "present",
    }
    assert susac.case.posed(everything=True)["retinal_artery_occlusion"] == "present"
    assert "age" not in posed[1].evidence.network


def test_selection_says_why_a_case_is_skipped(write, model):
    stray = SUSAC | {"id": "stray", "diagnosis": "influenza"}
    unknown = SUSAC | {
        "id": "unknown",
        "findings": {"feverr": "present"},
        "known_before_diagnosis": ["feverr"],
    }
    cases = read_cases(write(*CASES, stray, unknown))
    kept, skipped = select(cases, model.base, min_known=1, confidence=("high",))
    assert [p.case.id for p in kept] == ["susac", "seed"]
    reasons = {case.id: case.reason for case in skipped}
    assert reasons["low"] == "confidence low"
    assert "influenza" in reasons["stray"]
    assert "nearest: fever" in reasons["unknown"]
    assert select(cases, model.base, min_known=3)[1][0].reason.startswith("2 known finding(s)")


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (["{"], "cases.jsonl:1: Invalid JSON"),
        ([SUSAC, {"id": "x"}], "cases.jsonl:2: source: Field required"),
        ([SUSAC | {"confidence": "certain"}], "confidence"),
        ([SUSAC | {"known_before_diagnosis": ["fever"]}], "'fever', which is not in findings"),
        ([SUSAC, SUSAC], "cases.jsonl:2: id='susac' stands twice"),
    ],
)
def test_a_line_that_is_no_case_is_named(write, lines, words):
    with pytest.raises(ng.CaseError, match=".*") as caught:
        read_cases(write(*lines))
    assert words in str(caught.value)


# -- leakage ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("BMC Neurol 2019 doi 10.1186/s12883-019-1507-z", {"10.1186/s12883-019-1507-z"}),
        ("(https://doi.org/10.1000/a.b).", {"10.1000/a.b", "doi.org/10.1000/a.b"}),
        ("Fennelly 2013 Med Mycol PMID 23651179, PMC123", {"23651179", "pmc123"}),
        ("Case Rep Neurol 2020;12(1):27", {"2020:12:27"}),
        ("Eurorad case 14258 (Zikou 2016)", {"eurorad:14258"}),
        ("AAN 2023, abstract 001691", {"2023:001691"}),
        ("American Academy of Neurology 2024, abstract AAN2024-006272", {"2024:006272"}),
        ("Thesis, Rouen (dumas-02183592)", {"dumas-02183592"}),
        ("An Pediatr (Barc), S1695403314001751", {"s1695403314001751"}),
        ("J Neurol Sci, PII S0022-510X(15)00581-X", {"s0022-510x(15)00581-x"}),
        ("Li 2021", set()),
    ],
)
def test_identifiers_of_a_citation(text, expected):
    assert identifiers(text) == expected


def test_a_paper_of_the_tables_is_counted_apart(result):
    assert result.score.cases == 3
    assert result.shared_score.cases == 1
    assert {c.id: c.shared_source for c in result.cases}["seed"] == ("bot_2020",)
    assert result.paper_out.cases == 4


def test_without_a_paper_no_cell_rests_on_it(model):
    fewer = model.without({"bot_2020"})
    assert all(s.source != "bot_2020" for cell in fewer.blueprint.cells.values() for s in cell.used)
    assert fewer.info.setting == model.info.setting


def test_own_paper_out_is_the_answer_of_the_smaller_model(result, posed, model):
    fewer = model.without({"bot_2020"})
    seed = [p.case.id for p in posed].index("seed")
    expected = fewer.posterior(posed[seed].case.posed()).probabilities
    assert result.forecasts.paper_out[seed] == pytest.approx(list(expected.values()))
    assert (result.forecasts.paper_out[0] == result.forecasts.model[0]).all()


# -- the result ---------------------------------------------------------------------------------


def test_the_answers_are_the_models(result, posed, model):
    for row, p, case in zip(result.forecasts.model, posed, result.cases, strict=True):
        answer = model.posterior(p.case.posed())
        assert row == pytest.approx(list(answer.probabilities.values()), abs=1e-12)
        ranked = [disease for disease, _ in answer.top(29)]
        assert ranked[case.rank - 1] == case.diagnosis
        assert case.first == answer.leading


def test_json_holds_what_is_promised(result):
    found = json.loads(json.dumps(result.to_dict(), allow_nan=False))
    keys = {
        "cases",
        "skipped",
        "top1",
        "top3",
        "top5",
        "mrr",
        "log_score",
        "log_score_naive",
        "brier",
        "ece",
        "per_case",
        "model",
    }
    assert keys <= found.keys()
    assert {"id", "diagnosis", "rank", "posterior", "first", "fits"} <= found["per_case"][0].keys()


def test_the_reference_engine_scores_the_same(result, posed):
    reference = ng.load(engine="reference")
    found = evaluate.validate(reference, posed, [], peers.available(reference))
    assert found.forecasts.model == pytest.approx(result.forecasts.model, abs=1e-9)
    assert found.score.log_score == pytest.approx(result.score.log_score, abs=1e-9)


def test_only_cases_counted_apart_is_no_error(write, model):
    kept, skipped = select(read_cases(write(SEED)), model.base)
    found = evaluate.validate(model, kept, skipped, peers.available(model))
    assert found.score is None
    assert found.to_dict()["cases"] == 0
    assert "seed" in str(found)


# -- peers --------------------------------------------------------------------------------------


def test_naive_bayes_is_the_network_without_edges(model):
    whole = ng.Model(model.blueprint.as_wholes())
    shape = replace(whole.blueprint.structure, edges={})
    network = build.network(shape, build.cpts(shape, whole.blueprint.columns.means()))
    # A finding whose figures are split by immune status depends on that even without edges.
    plain = [
        f for f in model.blueprint.structure.edges if f not in model.blueprint.structure.split
    ][:6]
    evidence = read_case(model.base, dict.fromkeys(plain, "present"))
    expected = ng.Engine(network).query(DIAGNOSIS, evidence.network).table
    assert peers.naive_bayes(whole.single, evidence) == pytest.approx(expected, abs=1e-12)


def test_hpo_ratios_by_hand(model, posed, tmp_path):
    path = tmp_path / "hpo.csv"
    ids = {f.key: f.hpo_id for f in model.base.findings}
    rows = ["disease,hpo_id,frequency,excluded", f"susac,{ids['headache']},9/10,"]
    path.write_text("\n".join(rows), encoding="utf-8")
    found = peers.HpoLikelihoodRatios(model, path)(model.single, posed[0].evidence)
    annotated, background = 9.5 / 11, model.blueprint.cells_of("other", "headache")[0].mean[0]
    assert found[list(model.labels).index("susac")] == pytest.approx(
        annotated / (annotated + (len(model.labels) - 1) * background)
    )


def test_a_file_without_annotations_is_refused(model, tmp_path):
    path = tmp_path / "hpo.csv"
    path.write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(ng.UsageError, match="expected the columns"):
        peers.HpoLikelihoodRatios(model, path)


# -- left out, intervals ------------------------------------------------------------------------


def test_striking_a_disease_out_is_a_network_without_it(model, posed):
    """What leave_one_disease_out rests on: conditioning on `not d` is the smaller network."""
    model = ng.Model(model.blueprint.as_wholes())
    gone = list(model.labels).index("susac")
    tables = {name: np.delete(cpt.table, gone, axis=0) for name, cpt in model.network.cpts.items()}
    tables[DIAGNOSIS] = tables[DIAGNOSIS] / tables[DIAGNOSIS].sum()
    states = {**model.blueprint.structure.states}
    states[DIAGNOSIS] = tuple(d for d in states[DIAGNOSIS] if d != "susac")
    smaller = ng.Engine(build.network(replace(model.blueprint.structure, states=states), tables))
    evidence = posed[0].evidence.network
    struck = np.delete(model.engine.query(DIAGNOSIS, evidence).table, gone)
    expected = smaller.query(DIAGNOSIS, evidence).table
    assert struck / struck.sum() == pytest.approx(expected, abs=1e-12)


def test_a_disease_left_out_is_noticed_more_often_than_not(model, posed):
    found = left_out.leave_one_disease_out(model.single, posed[:1], everything=True)
    assert (found.auc_fit, found.auc_other) == (1, 1)
    assert found.false_alarms.count == 0


def test_drawn_posteriors_lie_around_the_posterior(model, posed):
    drawn = draw_posteriors(model.pertinent, posed[:1], 200, np.random.default_rng(0))
    assert drawn.shape == (1, 200, len(model.labels))
    assert drawn.sum(axis=-1) == pytest.approx(1)
    answer = model.posterior(posed[0].case.posed())["susac"]
    lower, upper = np.quantile(drawn[0, :, list(model.labels).index("susac")], (0.025, 0.975))
    assert lower < answer < upper


# -- record -------------------------------------------------------------------------------------


def test_the_gate_lets_the_same_model_pass_and_stops_a_worse_one(result, tmp_path):
    path = tmp_path / "record.csv"
    record.append(path, result, "first", "the start")
    record.append(path, result, "second", "again")
    record.require_no_worse(result, path)
    assert [row["change"] for row in record.read(path)] == ["first", "second"]
    text = path.read_text(encoding="utf-8")
    score = f"{result.paper_out.log_score:.4f}"
    path.write_text(text.replace(score, "-0.0001"), encoding="utf-8")
    with pytest.raises(record.WorseThanRecordedError, match="log_score .* recorded -0.0001"):
        record.require_no_worse(result, path)


def test_a_record_of_other_cases_is_refused(result, posed, model, tmp_path):
    path = tmp_path / "record.csv"
    record.append(path, result, "first", "the start")
    fewer = evaluate.validate(model, posed[:2], [], peers.available(model))
    with pytest.raises(ng.UsageError, match="of 4 cases, these are 2"):
        record.require_no_worse(fewer, path)


def test_no_case_makes_no_record(model, tmp_path):
    nothing = evaluate.validate(model, [], [], peers.available(model))
    with pytest.raises(ng.UsageError, match="no case"):
        record.append(tmp_path / "record.csv", nothing, "first", "the start")
