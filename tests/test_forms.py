"""Forms of diseases, and the neighbours: what was published of the whole comes back."""

from __future__ import annotations

import shutil

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import neurogamut as ng
from neurogamut.errors import KnowledgeBaseError
from neurogamut.knowledge import build
from neurogamut.knowledge.base import FORM, OTHER
from neurogamut.knowledge.build import DIAGNOSIS
from neurogamut.knowledge.forms import FormRates, Forms, own_key
from support.enumeration import sample, to_agrum


@pytest.fixture(scope="module")
def blueprint(model):
    return model.blueprint


def test_the_published_marginal_of_every_disease_comes_back(model, blueprint):
    means = blueprint.columns.means()
    of_diseases = [i for i, key in enumerate(model.labels) if key != OTHER]
    for finding in blueprint.structure.findings:
        found = model.single.rates(finding)[of_diseases]
        stated = build.marginal(blueprint.structure, means, finding)[of_diseases]
        np.testing.assert_allclose(found, stated, atol=1e-9, err_msg=finding)


def test_it_comes_back_where_figures_are_drawn(model, blueprint):
    shape = blueprint.structure
    draws = blueprint.draws(20, np.random.default_rng(1))
    by_form = shape.by_cause({n: t for n, t in draws.items() if n != DIAGNOSIS})
    for finding in ("leptomeningeal_enhancement", "age", "immune_status"):
        for disease, shares in list(enumerate(shape.shares))[:-1]:
            mixed = np.einsum("f,df...->d...", shares, by_form[finding])
            np.testing.assert_allclose(mixed, draws[finding][:, disease], atol=1e-9)


@pytest.mark.slow
def test_the_figures_of_forms_are_drawn_too(model):
    blueprint, rng = model.blueprint, np.random.default_rng(1)
    shape, finding = blueprint.structure, "focal_deficit"
    own = shape.forms.own[finding]
    drawn = blueprint.draws(2000, rng)[own_key(finding)]
    stated = own.stated
    assert np.isnan(drawn[:, ~stated]).all()
    expected = own.rates[stated]
    np.testing.assert_allclose(drawn[:, stated].mean(axis=0), expected, atol=0.03)
    spread = np.sqrt(expected.prod(axis=-1) / (own.sizes[stated] + 1))
    np.testing.assert_allclose(drawn[:, stated].std(axis=0)[..., 0], spread, rtol=0.15)


rates = st.floats(1e-6, 1 - 1e-6)


@settings(max_examples=200)
@given(
    whole=rates,
    own=st.lists(st.one_of(st.none(), rates), min_size=1, max_size=5),
    weights=st.lists(st.floats(0.01, 1), min_size=5, max_size=5),
    sizes=st.lists(st.floats(1, 200), min_size=5, max_size=5),
)
@pytest.mark.slow
def test_whatever_is_said_of_the_forms_they_mix_to_the_whole(whole, own, weights, sizes):
    forms = several(own, weights, sizes)
    found = forms.spread({"f": np.array([[whole, 1 - whole]])}, ())["f"]
    np.testing.assert_allclose(forms.shares @ found, [whole, 1 - whole], rtol=0, atol=1e-12)
    assert ((found > 0) & (found < 1)).all()


@given(
    whole=st.lists(st.floats(0.01, 1), min_size=4, max_size=4),
    own=st.lists(st.floats(0.01, 1), min_size=4, max_size=4),
    share=st.floats(0.05, 0.95),
)
@pytest.mark.slow
def test_of_more_than_two_states_too(whole, own, share):
    whole, own = (np.array(p) / sum(p) for p in (whole, own))
    table = np.stack([own, np.full(4, np.nan)])[:, None]
    rates_ = {"f": FormRates(table, np.array([[10.0], [1.0]]))}
    shares = np.array([share, 1 - share])
    forms = Forms(("d/a", "d/b"), np.zeros(2, int), shares, rates_, "")
    found = forms.spread({"f": whole[None]}, ())["f"]
    np.testing.assert_allclose(shares @ found, whole, atol=1e-9)


def several(own, weights, sizes):
    """One disease with a form for each of `own`, a rate or None."""
    count = len(own)
    stated = [[np.nan, np.nan] if rate is None else [rate, 1 - rate] for rate in own]
    shares = np.array(weights[:count]) / sum(weights[:count])
    rates_ = FormRates(np.array(stated)[:, None], np.array(sizes[:count])[:, None])
    owners = tuple(f"d/{i}" for i in range(count))
    return Forms(owners, np.zeros(count, int), shares, {"f": rates_}, "")


def test_the_share_that_is_left_worked_by_hand():
    """80 % have it; of the fifth who have the form without it 5 %: of the others 98.75 %, moved a
    little, as a form that nobody spoke of weighs as one patient and the other as 99."""
    forms = several([None, 0.05], [0.8, 0.2, 0, 0, 0], [1, 99, 1, 1, 1])
    mass, without = forms.spread({"f": np.array([[0.8, 0.2]])}, ())["f"][:, 0]
    assert without == pytest.approx(0.05, abs=0.005)
    assert mass == pytest.approx((0.8 - 0.2 * without) / 0.8, abs=1e-12)


def test_without_figures_of_their_own_all_forms_are_as_the_disease():
    forms = several([None, None], [0.3, 0.7, 0, 0, 0], [1] * 5)
    assert (forms.spread({"f": np.array([[0.3, 0.7]])}, ())["f"] == [0.3, 0.7]).all()


# -- the network -----------------------------------------------------------------------------------


def sampled_cases(network, count, share=0.1):
    rng = np.random.default_rng(5)
    for _ in range(count):
        case = sample(rng, network)
        seen = [name for name in case if rng.random() < share]
        yield {name: network.variables[name].states[case[name]] for name in seen}


@pytest.mark.slow
def test_the_form_of_a_case_equals_pyagrum(model):
    import pyagrum

    network = model.network
    other = pyagrum.LazyPropagation(to_agrum(network))
    for case in sampled_cases(network, 100):
        case = {name: state for name, state in case.items() if name not in (FORM, DIAGNOSIS)}
        other.setEvidence(case)
        expected = other.posterior(FORM).toarray()
        np.testing.assert_allclose(model.engine.query(FORM, case).table, expected, atol=1e-12)


@pytest.mark.parametrize("reporting", ["pertinent", "systematic"])
def test_forms_add_up_to_their_disease(model, reporting):
    found = model.posterior(MULTIPLE_SCLEROSIS, reporting=reporting)
    assert set(found.forms) == {form.disease for form in model.base.forms}
    for disease, forms in found.forms.items():
        total = sum(forms.values())
        if disease == OTHER:
            assert total < found[OTHER]  # what is left stays unknown
        else:
            assert total == pytest.approx(found[disease], abs=1e-12)


# -- answers ---------------------------------------------------------------------------------------

MULTIPLE_SCLEROSIS = {
    "age": 29, "sex": "female", "optic_neuritis": "present", "csf_oligoclonal_bands": "present",
    "periventricular_white_matter_lesions": "present", "corpus_callosum_lesions": "present",
    "aqp4_igg_positive": "absent", "longitudinally_extensive_myelitis": "absent",
}  # fmt: skip
LYMPHOMATOSIS = {
    "age": 64, "cognitive_decline": "present", "white_matter_hyperintensities": "present",
    "mass_or_ring_enhancing_lesion": "absent", "brain_biopsy_diagnostic": "lymphoma",
    "parenchymal_enhancement": "absent", "known_malignancy": "absent",
    "pet_systemic_hypermetabolism": "absent", "lymphadenopathy": "absent",
}  # fmt: skip


def test_what_is_none_of_the_list_is_said_to_be_like_a_neighbour(model):
    found = model.posterior(MULTIPLE_SCLEROSIS)
    assert found.top_forms(OTHER)[0][0] == "multiple_sclerosis"
    assert "most like (outlines only): Multiple sclerosis" in str(found)
    assert found.leading == OTHER and not found.fits


def test_what_may_be_none_of_the_list_is_warned_of(model):
    found = model.posterior(dict(list(MULTIPLE_SCLEROSIS.items())[:4]))
    assert found.leading != OTHER and found[OTHER] >= model.base.constant("unlisted_level")
    assert any(warning.startswith("may be none of the 28 diseases") for warning in found.warnings)


def test_the_leading_disease_names_its_form(model):
    found = model.posterior(LYMPHOMATOSIS)
    assert found.top_forms("primary_cns_lymphoma")[0][0] == "infiltrating"
    best, _ = found.top_forms(found.leading)[0]
    label = found.form_labels[f"{found.leading}/{best}"]
    assert f"Form of {found.labels[found.leading]}: {label}" in " ".join(str(found).split())


def test_a_document_has_forms_beside_what_it_had(model):
    document = model.posterior(LYMPHOMATOSIS).to_dict()
    assert document["posterior"].keys() == model.labels.keys()
    assert sum(document["posterior"].values()) == pytest.approx(1)
    assert document["forms"]["primary_cns_lymphoma"].keys() >= {"mass", "intravascular"}


def test_a_series_of_one_form_is_a_count_of_that_form(model):
    (whole,) = model.show("optic_neuritis", "nmosd")
    (form,) = model.show("headache", "nmosd/cord")
    assert {row["k"] for row in form.used} == {"3"} and form.basis == "reported"
    assert all("form=cord" not in row["given"] for row in whole.used)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("nmosd/spine", "form='nmosd/spine': unknown; nearest: nmosd/"),
        ("nmosdd/cord", "disease='nmosdd': unknown"),
        ("other/multiple_sclerosi", "nearest: other/multiple_sclerosis"),
    ],
)
def test_an_unknown_form_is_refused_with_the_nearest(model, name, said):
    with pytest.raises(ng.UsageError, match=said):
        model.show("fever", name)


def test_a_neighbour_is_found_by_its_own_name(model):
    for name in ("multiple_sclerosis", "Multiple sclerosis", "other/multiple_sclerosis"):
        assert model.show("fever", name)[0].disease == "other/multiple_sclerosis"


# -- tables ----------------------------------------------------------------------------------------


def problems(tables, name, old, new):
    path = tables / name
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(KnowledgeBaseError) as refused:
        ng.load(root=tables)
    return str(refused.value)


def test_shares_that_are_no_whole_are_refused(tables):
    said = problems(tables, "priors/forms.csv", ",,75,immuno", ",,55,immuno")
    assert "the forms of primary_cns_lymphoma come to 80 %" in said


def test_rows_of_an_unknown_form_are_refused(tables):
    said = problems(tables, "cpts/nmosd.csv", "form=several_sites", "form=several_site")
    assert "several_site: is not a form of the disease; nearest: several_sites" in said


def test_a_neighbour_without_a_row_is_a_stray_file(tables):
    shutil.copy(tables / "cpts/neighbours/adem.csv", tables / "cpts/neighbours/ademm.csv")
    with pytest.raises(KnowledgeBaseError, match="ademm: is not a neighbour; nearest: adem"):
        ng.load(root=tables)


def test_a_knowledge_base_without_forms_has_no_variable_for_them(tables):
    shutil.rmtree(tables / "cpts/neighbours")
    (tables / "priors/forms.csv").unlink()
    for path in (tables / "cpts").glob("*.csv"):
        kept = [line for line in path.read_text().splitlines(True) if "form=" not in line]
        path.write_text("".join(kept))
    plain = ng.load(root=tables)
    assert FORM not in plain.network.variables
    assert plain.posterior(LYMPHOMATOSIS).forms == {}
