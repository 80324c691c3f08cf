"""A case as it is stated in Python: what counts, what does not, and what is refused."""

import json
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

import neurogamut as ng
from neurogamut.cli.main import cli

SURE = {"age": 34, "sex": "female", "hearing_loss": "present"}


@pytest.mark.parametrize("said", [{"present": 0.8}, {"absent": 0.2}, [{"present": 1.0}]])
def test_a_likelihood_that_leaves_states_out_is_refused(model, said):
    for ask in (model.posterior, model.explain, model.next_tests, model.sensitivity):
        with pytest.raises(ng.CaseError, match="hearing_loss: the likelihood says nothing of"):
            ask({"hearing_loss": said})


@pytest.mark.slow
def test_the_refusal_says_what_to_write_and_that_has_the_right_value(model):
    refused = CliRunner().invoke(cli, ["posterior", "--set", "hearing_loss=present:0.8"])
    assert refused.exit_code == 4
    assert "such as present: 0.8, absent: 0.2" in refused.stderr
    assert "just present" in refused.stderr
    case = {"hearing_loss": {"present": 0.8, "absent": 0.2}}
    found = model.posterior(case, reporting="systematic")
    rates = model.single.rates("hearing_loss") @ [0.8, 0.2]
    weights = np.array(list(model.prior.values())) * rates
    assert list(found.probabilities.values()) == pytest.approx(weights / weights.sum(), abs=1e-12)


def test_the_scale_of_a_likelihood_says_nothing(model):
    for assume in ("single", "coexisting"):
        one, other = (
            model.posterior({"age": 40, "fever": {"present": 0.9 * k, "absent": 0.1 * k}}, assume)
            for k in (1, 1e5)
        )
        assert one.log_evidence == pytest.approx(other.log_evidence, abs=1e-12)
        assert one.log_evidence <= 0
        assert one.probabilities == pytest.approx(other.probabilities, abs=1e-12)


def test_without_a_sure_finding_there_is_no_fit(model):
    unsure = model.posterior({"fever": {"present": 0.9, "absent": 0.1}})
    assert unsure.fit is None and unsure.fits
    assert "no fit" in str(unsure) and json.loads(json.dumps(unsure.to_dict()))["fit"] is None
    assert model.posterior({}).fit is None
    case = {"fever": {"present": 0.9, "absent": 0.1}, "headache": "present"}
    whole = ng.Model(model.blueprint.as_wholes())
    both = whole.posterior(case, reporting="systematic")
    assert both.fit == pytest.approx(
        sum(both[d] * p for d, p in zip(model.labels, _typical(whole, "headache"), strict=True))
    )
    assert model.posteriors(pd.DataFrame({"fever": ["present", None]}))["fit"].isna().tolist() == [
        False,
        True,
    ]


def _typical(model, finding):
    return model.single.typicality(model.cases.read({finding: "present"}))


@pytest.mark.parametrize("assume", ["single", "coexisting"])
def test_findings_that_contradict_each_other_are_named(model, assume):
    case = SURE | {
        "headache": "present",
        "intracerebral_calcification": "absent",
        "basal_ganglia_calcification": "present",
    }
    found = model.posterior(case, assume)
    pair = ("intracerebral_calcification", "basal_ganglia_calcification")
    assert found.conflicting == pair
    (warning,) = (words for words in found.warnings if words.startswith("the findings conflict"))
    assert (
        "Intracerebral calcification (absent) and Basal ganglia calcification (present)" in warning
    )
    assert found.to_dict()["conflicting"] == list(pair)
    assert model.posterior(SURE, assume).conflicting == ()


def test_the_pair_that_is_named_conflicts_most_by_brute_force(model):
    """Of a dozen findings, some dependent on each other, by queries of the engine alone."""
    case = {
        "cortical_tubers": "present",
        "cortical_grey_matter_lesions": "absent",
        "fever": {"present": 0.7, "absent": 0.2},
        "headache": "absent",
        "csf_pleocytosis": "absent",
    }
    found = model.posterior(case, reporting="systematic")
    alone = {name: model.engine.log_evidence({name: said}) for name, said in case.items()}
    conflict = {
        pair: sum(alone[name] for name in pair)
        - model.engine.log_evidence({name: case[name] for name in pair})
        for pair in combinations(case, 2)
    }
    assert found.conflicting == max(conflict, key=conflict.get)
    assert conflict[found.conflicting] >= np.log(model.base.constant("warning_bayes_factor"))


def test_all_mistakes_are_told_at_once(model):
    case = {"feber": "present", "age": -1, "fever": "presnt", "headache": {"present": 0.5}}
    with pytest.raises(ng.CaseError) as error:
        model.posterior(case)
    lines = str(error.value).splitlines()
    assert len(lines) == 4
    for line, words in zip(
        lines, ("nearest: fever", "age=-1", "nearest: present", "absent"), strict=True
    ):
        assert words in line


@pytest.mark.slow
def test_what_a_case_says_about_itself_is_not_looked_at(model, tmp_path):
    about = {"id": "a7", "note": ["seen twice"], "date": "2026-11-29"}
    found = model.posterior(SURE | about)
    assert found.evidence == model.posterior(SURE).evidence and found.ignored == ()
    file = tmp_path / "case.json"
    file.write_text(json.dumps(SURE | about))
    assert model.posterior(file).probabilities == model.posterior(SURE).probabilities
    result = CliRunner().invoke(cli, ["posterior", str(file), "--json"])
    assert result.exit_code == 0 and json.loads(result.stdout)["evidence"] == dict(found.evidence)


def test_values_of_numpy_and_pandas_are_read(model):
    plain = model.posterior({"age": 34.0, "sex": "female", "fever": True, "headache": None})
    row = pd.Series(
        {"age": np.float32(34), "sex": np.str_("female"), "fever": np.True_, "headache": pd.NA}
    )
    found = model.posterior(row)
    assert found.probabilities == plain.probabilities and found.ignored == ("headache",)
    assert model.posterior({"age": np.int64(34), "headache": float("nan")}).ignored == ("headache",)
    likelihood = {"present": np.float32(0.5), "absent": np.int64(1)}
    said = model.posterior({"fever": pd.Series(likelihood)})
    assert said.evidence == {"fever": {"present": 0.5, "absent": 1.0}}


@pytest.mark.parametrize(
    ("said", "words"), [("fem", "nearest: female"), ("Ma", "nearest: male"), (1, "expected one of")]
)
def test_a_word_that_begins_a_state_is_hinted_at(model, said, words):
    with pytest.raises(ng.CaseError, match=words):
        model.posterior({"sex": said})


def test_a_letter_stands_for_the_state_that_it_begins(model):
    assert model.posterior({"sex": "F"}).evidence == {"sex": "female"}
    with pytest.raises(ng.CaseError, match="fever='p'"):
        model.posterior({"fever": "p"})


@pytest.mark.parametrize(
    ("said", "years"),
    [
        ("45", 45),
        ("45 years", 45),
        ("18 months", 1.5),
        ("P1Y6M", 1.5),
        ("3 weeks", 0.06),
        ("0d", 0),
    ],
)
def test_an_age_may_have_a_unit(model, said, years):
    assert model.posterior({"age": said}).probabilities == (
        pytest.approx(model.posterior({"age": years}).probabilities)
    )


@pytest.mark.parametrize("said", ["5 minutes", "45 years or so", "P", "121 years", "-3 months"])
def test_what_is_no_age_is_refused(model, said):
    with pytest.raises(ng.CaseError, match="expected a number of years"):
        model.posterior({"age": said})


def test_an_age_may_be_a_band(model):
    found = model.posterior({"age": "from_40_to_44"})
    assert found.evidence == {"age": "from_40_to_44"}
    assert found.probabilities == model.posterior({"age": 41}).probabilities


def test_lists_and_models_draw_themselves_in_a_notebook(model):
    cells = model.show("age", "susac")
    assert "<table>" in cells._repr_mimebundle_()["text/html"]
    assert str(cells) == str(cells[0])
    assert model.info.hash[:12] in repr(model)
    assert repr(model.network) == (
        f"<Network: {len(model.network.variables)} variables, "
        f"{sum(len(c.parents) for c in model.network.cpts.values())} edges>"
    )


def test_a_path_is_a_case_and_a_missing_one_is_named(model):
    with pytest.raises(ng.UsageError, match="none.json: cannot be read"):
        model.posterior(Path("none.json"))


def test_the_pair_that_is_named_conflicts_most_as_told(model):
    """By the conflict of each pair told alone, which is one query of the whole network."""
    case = {
        "cortical_tubers": "present",
        "cortical_grey_matter_lesions": "absent",
        "brain_mri_abnormal": "absent",
        "leptomeningeal_enhancement": {"present": 0.9, "absent": 0.2},
        "immune_status": "compromised",
        "aqp4_igg_positive": "absent",
        "age": 40,
    }
    found = model.posterior(case, reporting="pertinent")
    conflict = {
        pair: model.posterior({key: case[key] for key in pair}, reporting="pertinent").conflict
        for pair in combinations(case, 2)
    }
    assert found.conflicting == max(conflict, key=conflict.get)
    assert conflict[found.conflicting] >= np.log(model.base.constant("warning_bayes_factor"))
