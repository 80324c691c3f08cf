"""Two diseases at once over the knowledge base: published rates, Bayes' rule, and answers."""

from __future__ import annotations

import json
from itertools import combinations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from neurogamut.diagnosis.coexisting import CONTEXT
from neurogamut.diagnosis.coexisting_case import coexisting_case
from neurogamut.errors import CaseError, QueryTooLargeError, UsageError
from neurogamut.knowledge.base import OTHER
from neurogamut.knowledge.build import DIAGNOSIS

HIV = {
    "immune_status": "compromised",
    "hiv_positive": "present",
    "cryptococcal_antigen_positive": "present",
    "csf_jcv_pcr_positive": "present",
    "csf_pleocytosis": "absent",
    "leptomeningeal_enhancement": {"present": 0.6, "absent": 0.2},
}


def findings_of(model) -> list:
    return [finding for finding in model.base.findings if finding.group != CONTEXT]


def states_by_name(case, name: str, disease: str) -> dict[str, float]:
    rates = case.network.distribution(name, [disease])
    return dict(zip(case.network.variables[name].states, rates, strict=True))


@pytest.fixture(scope="module")
def cases(model) -> st.SearchStrategy:
    """Cases of up to six findings and contexts, some of them uncertain."""
    known = {f.key: f.states for f in model.base.findings if f.key != "age"}
    weights = st.floats(0.01, 1)

    def said(states):
        likelihood = st.fixed_dictionaries(dict.fromkeys(states, weights))
        return st.one_of(st.sampled_from(states), likelihood)

    keys = st.lists(st.sampled_from(sorted(known)), max_size=6, unique=True)
    return keys.flatmap(lambda keys: st.fixed_dictionaries({k: said(known[k]) for k in keys}))


# -- one disease -------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [None, "competent", "compromised"])
@pytest.mark.slow
def test_with_exactly_one_disease_every_published_cell_comes_back(model, status):
    context = {"immune_status": status} if status else {}
    checked = 0
    # The neighbours are no part of the published background.
    listed = [disease for disease in model.labels if disease != OTHER]
    for finding in findings_of(model):
        if (finding.key in model.blueprint.structure.split) != bool(status):
            continue
        for shown in finding.states:
            case = coexisting_case(model.engine, context, {finding.key: shown}, scale=0.1)
            for disease in listed:
                condition = f"immune_status={status}" if status else ""
                cell = model.blueprint.cells[disease, finding.key, condition].mean
                expected = dict(zip(finding.states, cell, strict=True))
                found = states_by_name(case, finding.key, disease)
                assert found == pytest.approx(expected, abs=1e-9)
                checked += 1
    assert checked > 1000


@pytest.mark.slow
def test_as_a_second_disease_becomes_impossible_the_answer_is_that_for_a_single_one(model, cases):
    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
    @given(case=cases)
    def check(case):
        context = {f: s for f, s in case.items() if model.base.finding(f).group == CONTEXT}
        findings = {f: s for f, s in case.items() if f not in context}
        coexisting = coexisting_case(model.engine, context, findings, scale=1e-12)
        single = model.engine.query(DIAGNOSIS, case)
        found = coexisting.summary(most=1, leading=0, sets=0).marginals
        np.testing.assert_allclose(found, single.table, rtol=1e-7, atol=1e-9)
        assert coexisting.log_evidence == pytest.approx(single.log_evidence, abs=1e-7)

    check()


# -- several -----------------------------------------------------------------------------------


def by_enumeration(case, findings: dict[str, str], most: int) -> dict[tuple[str, ...], float]:
    """P(exactly these, certain findings) of every set of at most `most` diseases."""
    prior, names = case.network.prior, case.network.diseases
    joint = {}
    for size in range(1, most + 1):
        for chosen in combinations(range(len(names)), size):
            present = np.isin(np.arange(len(names)), chosen)
            weight = np.where(present, prior, 1 - prior).prod()
            for name, state in findings.items():
                position = case.network.variables[name].index(state)
                rates = case.network.distribution(name, [names[i] for i in chosen])
                weight *= rates[position]
            joint[tuple(names[i] for i in chosen)] = weight
    return joint


@pytest.mark.slow
def test_sets_pairs_and_numbers_agree_with_enumeration(model):
    findings = {f: s for f, s in HIV.items() if isinstance(s, str) and f != "hiv_positive"}
    case = coexisting_case(model.engine, {"hiv_positive": "present"}, findings, scale=1e-3)
    joint = by_enumeration(case, findings, most=3)
    total = sum(joint.values())
    best = sorted(joint, key=joint.get, reverse=True)[:4]
    found = case.summary(most=3, leading=5, sets=4)
    # Sets of four and more diseases are not enumerated; with this scale they weigh about 1e-7.
    assert [s.diseases for s in found.sets] == best
    expected = [joint[names] / total for names in best]
    assert [s.probability for s in found.sets] == pytest.approx(expected, rel=1e-5)
    sizes = [sum(w for s, w in joint.items() if len(s) == n) / total for n in (1, 2, 3)]
    assert found.number_present == pytest.approx(sizes, rel=1e-4, abs=1e-8)
    pair = ["cns_cryptococcosis", "pml_iris"]
    one, other = map(found.leading.index, pair)
    both = sum(w for s, w in joint.items() if set(pair) <= set(s)) / total
    assert found.pairs[one, other] == pytest.approx(both, rel=1e-4)


def test_the_answer_is_consistent_in_itself(model):
    answer = model.posterior(HIV, assume="coexisting")
    assert sum(answer.number_present.values()) == pytest.approx(1, abs=1e-10)
    expected_number = sum(n * p for n, p in answer.number_present.items())
    # Four or more count as four.
    assert sum(answer.probabilities.values()) == pytest.approx(expected_number, abs=1e-3)
    for pair in answer.pairs:
        assert pair.probability <= min(answer[d] for d in pair.diseases) + 1e-12
    assert [s.probability for s in answer.sets] == sorted(
        (s.probability for s in answer.sets), reverse=True
    )
    assert all(s.diseases for s in answer.sets)
    assert sum(s.probability for s in answer.sets) <= 1


def test_hiv_with_cryptococcosis_and_pml(model):
    single, several = model.posterior(HIV), model.posterior(HIV, assume="coexisting")
    assert single["cns_cryptococcosis"] + single["pml_iris"] == pytest.approx(1, abs=0.02)
    assert min(several["cns_cryptococcosis"], several["pml_iris"]) > 0.5  # each rather than not
    assert set(several.leading) == {"cns_cryptococcosis", "pml_iris"}
    assert several.log_evidence > single.log_evidence


def test_where_one_disease_explains_everything_there_is_no_second(model):
    case = {
        "age": 30,
        "sex": "female",
        "corpus_callosum_lesions": "present",
        "retinal_artery_occlusion": "present",
        "sensorineural_hearing_loss": "present",
    }
    answer = model.posterior(case, assume="coexisting")
    assert answer.leading == ("susac",)
    assert answer.several < 0.1


def test_two_biopsies_may_show_two_diseases_whatever_their_order_in_the_list(model):
    """Granuloma is listed before lymphoma: a fixed order would let lymphoma hide it."""
    rates = {}
    for state, disease in (("granuloma", "neurosarcoidosis"), ("lymphoma", "primary_cns_lymphoma")):
        case = coexisting_case(model.engine, {}, {"brain_biopsy_diagnostic": state}, scale=0.1)
        alone = states_by_name(case, "brain_biopsy_diagnostic", disease)[state]
        pair = ["neurosarcoidosis", "primary_cns_lymphoma"]
        both = case.network.distribution("brain_biopsy_diagnostic", pair)
        assert both[-1] >= alone
        rates[state] = both[-1]
    assert min(rates.values()) > 0.1


# -- context -----------------------------------------------------------------------------------


def test_context_sets_the_prior_odds_by_bayes_rule_from_the_tables(model):
    keys = list(model.labels)
    before = coexisting_case(model.engine, {}, {}, scale=0.1).network.prior
    given_men = coexisting_case(model.engine, {"sex": "male"}, {}, scale=0.1).network.prior
    ratio = (given_men / (1 - given_men)) / (before / (1 - before))
    male = model.single.rates("sex")[:, 1]  # of the listed diseases as published
    np.testing.assert_allclose(ratio, male / male[keys.index(OTHER)], rtol=1e-9)


def test_a_risk_factor_is_not_explained_away(model):
    """HIV raises cryptococcosis and PML alike, however sure one of them already is."""
    case = {"cryptococcal_antigen_positive": "present"}
    without = model.posterior(case | {"hiv_positive": "absent"}, assume="coexisting")
    with_hiv = model.posterior(case | {"hiv_positive": "present"}, assume="coexisting")
    assert with_hiv["cns_cryptococcosis"] > 0.9
    assert with_hiv["pml_iris"] > 2 * without["pml_iris"]


# -- the door ----------------------------------------------------------------------------------


def test_an_unknown_assumption_is_refused(model):
    with pytest.raises(UsageError, match="expected one of single, coexisting; nearest: coexisting"):
        model.posterior({}, assume="coexistent")


def test_a_wrong_case_is_refused_as_ever(model):
    with pytest.raises(CaseError, match="nearest: headache"):
        model.posterior({"headahce": "present"}, assume="coexisting")


def test_nothing_known_gives_the_prior(model):
    answer = model.posterior({}, assume="coexisting")
    assert answer.probabilities == pytest.approx(answer.prior)
    assert answer.log_evidence == pytest.approx(0, abs=1e-12)
    assert answer.number_present[2] < 0.05


def test_the_answer_as_dictionary_table_text_and_html(model):
    answer = model.posterior(HIV | {"fever": None}, assume="coexisting")
    found = json.loads(json.dumps(answer.to_dict(), allow_nan=False))
    assert found["model"]["assume"] == "coexisting"
    assert found["sets"][0]["diseases"] == ["cns_cryptococcosis", "pml_iris"]
    assert list(found["number_present"]) == ["1", "2", "3", "4"]
    assert found["pairs"][0]["diseases"] == ["cns_cryptococcosis", "pml_iris"]
    assert answer.to_frame().index[0] == answer.top(1)[0][0]
    for shown in (str(answer), answer.to_html()):
        words = " ".join(shown.split())
        assert "any number may be" in words
        assert "CNS cryptococcosis + PML with immune reconstitution" in words
        assert "4 or more: " in words
        assert "Named, but not assessed: fever" in words
    assert max(map(len, str(answer).splitlines())) <= 80


@pytest.mark.slow
def test_the_reference_engine_gives_the_same(model):
    import neurogamut as ng

    case = {"hiv_positive": "present", "cryptococcal_antigen_positive": "present"}
    reference = ng.load(engine="reference").posterior(case, assume="coexisting")
    compiled = model.posterior(case, assume="coexisting")
    assert reference.probabilities == pytest.approx(compiled.probabilities, abs=1e-9)


@pytest.mark.parametrize("command", ["explain", "next-tests", "plan"])
def test_a_question_without_an_answer_says_so(command):
    from click.testing import CliRunner

    from neurogamut.cli.main import cli

    arguments = [command, "--set", "fever=present", "--assume", "coexisting"]
    result = CliRunner().invoke(cli, arguments)
    assert result.exit_code == 2
    assert "only answered for --assume single" in result.stderr


@pytest.mark.parametrize("long", [0, 1000])
@pytest.mark.slow
def test_a_person_is_told_how_long_it_takes(monkeypatch, long):
    from click.testing import CliRunner

    from neurogamut.cli import what_is_it
    from neurogamut.cli.main import cli

    monkeypatch.setattr(what_is_it, "LONG", long)
    arguments = ["posterior", "--set", "fever=present", "--assume", "coexisting", "--json"]
    result = CliRunner().invoke(cli, arguments)
    assert ("Ctrl-C stops it" in result.stderr) == (long == 0)
    assert json.loads(result.stdout)["model"]["assume"] == "coexisting"


@pytest.mark.slow
def test_the_command_line_gives_the_same_dictionary(model):
    from click.testing import CliRunner

    from neurogamut.cli.main import cli

    arguments = ["posterior", "--set", "hiv_positive=present", "--assume", "coexisting", "--json"]
    result = CliRunner().invoke(cli, arguments)
    expected = model.posterior({"hiv_positive": "present"}, assume="coexisting").to_dict()
    assert json.loads(result.stdout) == expected


def test_how_long_it_takes_is_told_before_and_meanwhile(model):
    """An estimate grows with the positive findings, and progress only goes on."""
    names = [f.key for f in model.base.findings if f.states == ("present", "absent")]
    names = [
        name
        for name in names
        if name not in {f.key for f in model.base.findings if f.group == CONTEXT}
    ]
    few, many = (dict.fromkeys(names[:count], "present") for count in (4, 18))
    assert 0 < model.seconds(few) < model.seconds(many)
    told = []
    model.posterior(few, "coexisting", progress=told.append)
    assert told == sorted(told) and told and told[0] > 0 and told[-1] <= 1


def test_what_cannot_be_computed_is_refused_before_it_starts(model):
    names = [f.key for f in model.base.findings if f.states == ("present", "absent")]
    with pytest.raises(QueryTooLargeError, match="findings are positive or uncertain"):
        model.seconds(dict.fromkeys(names[14:50], "present"))
