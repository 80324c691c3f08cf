"""The network keeps what the papers print, and its dependencies are what the tables say."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import neurogamut as ng
from neurogamut.knowledge.base import FORM
from neurogamut.knowledge.build import DIAGNOSIS, cpts, plackett

PROBABILITY = st.floats(1e-4, 1 - 1e-4)


@given(PROBABILITY, PROBABILITY, st.floats(1e-3, 1e5))
def test_plackett_keeps_both_marginals_and_the_odds_ratio(parent, child, ratio):
    inside, outside = plackett(np.array(parent), np.array(child), ratio)
    assert 0 <= inside <= 1 and -1e-15 <= outside <= 1
    assert parent * inside + (1 - parent) * outside == pytest.approx(child, abs=1e-12)
    if min(inside, outside) > 1e-9 and max(inside, outside) < 1 - 1e-9:
        found = inside * (1 - outside) / (outside * (1 - inside))
        assert found == pytest.approx(ratio, rel=1e-4)


@given(st.floats(1e-16, 1e-9), PROBABILITY, st.floats(1e-3, 1e5))
@pytest.mark.slow
def test_plackett_of_the_almost_certain_stays_a_probability(rare, child, ratio):
    for parent in (rare, 1 - rare):
        if 0 < parent < 1:
            both = plackett(np.array(parent), np.array(child), ratio)
            assert all(-1e-15 <= rate <= 1 for rate in both)


def test_an_odds_ratio_of_one_is_independence():
    inside, outside = plackett(np.array(0.3), np.array(0.6), 1.0)
    assert (inside, outside) == (pytest.approx(0.6), pytest.approx(0.6))


@pytest.mark.slow
def test_published_marginals_hold_in_the_built_network(model):
    """P(finding | disease) from the network, parents summed out in order, is the cell's mean."""
    diseases = model.blueprint.structure.states[DIAGNOSIS]
    # The neighbours are no part of the published background.
    for position, disease in enumerate(d for d in diseases if d != "other"):
        for finding in model.blueprint.structure.findings:
            for cell in model.blueprint.cells_of(disease, finding):
                evidence = {DIAGNOSIS: disease}
                if cell.condition:
                    evidence[model.base.split] = cell.condition.partition("=")[2]
                found = model.engine.query(finding, evidence).table
                assert found == pytest.approx(cell.mean, abs=1e-9), (position, disease, finding)


def test_there_are_enough_dependencies_and_each_has_a_reason(model):
    assert len(model.base.dependencies) >= 15
    assert all(edge.note for edge in model.base.dependencies)
    assert len({edge.child for edge in model.base.dependencies}) == len(model.base.dependencies)


def test_a_part_implies_its_whole(model):
    evidence = {DIAGNOSIS: "hypoparathyroidism", "basal_ganglia_calcification": "present"}
    found = model.engine.query("intracerebral_calcification", evidence).table
    # Forms are fitted finding by finding, so that a part may exceed its whole a little in one form.
    assert found[0] > 0.95
    plain = ng.Model(model.blueprint.as_wholes())
    assert plain.engine.query("intracerebral_calcification", evidence).table[0] > 0.99


def test_draws_average_to_the_means(model):
    rng = np.random.default_rng(1)
    draws = model.blueprint.columns.draws(4000, rng, [DIAGNOSIS, "oral_ulcers"])
    assert draws["oral_ulcers"].shape == (4000, 29, 2)
    means = model.blueprint.columns.means()
    assert draws["oral_ulcers"].mean(axis=0) == pytest.approx(means["oral_ulcers"], abs=0.03)
    assert draws[DIAGNOSIS].mean(axis=0) == pytest.approx(means[DIAGNOSIS], abs=0.01)


@pytest.mark.slow
def test_tables_of_drawn_marginals_are_tables(model):
    rng = np.random.default_rng(2)
    tables = cpts(model.blueprint.structure, model.blueprint.columns.draws(300, rng))
    for name, table in tables.items():
        if name == FORM:  # the shares of forms are not drawn
            continue
        assert table.shape[1:] == model.network.cpts[name].table.shape
        assert table.sum(axis=-1) == pytest.approx(np.ones(table.shape[:-1]), abs=1e-12)
        assert (table >= 0).all()


def test_a_paper_that_splits_by_immune_status_is_heard(model):
    split = model.blueprint.structure.split
    assert "haemorrhage" in split
    healthy, immune = (
        cell.mean[0] for cell in model.blueprint.cells_of("primary_cns_lymphoma", "haemorrhage")
    )
    assert healthy != immune
