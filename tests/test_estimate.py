"""From statements to distributions, by hand-worked values."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurogamut.knowledge import base as knowledge
from neurogamut.knowledge.estimate import Estimator, overdispersion
from neurogamut.knowledge.records import Source, Statement
from neurogamut.knowledge.tables import Row
from support.statement_cells import CELLS

DEFAULTS = CELLS | {"source": "x", "locator": "y"}


@pytest.fixture
def estimate(base):
    """Beta(a, b) of P(headache | susac) from the given rows alone."""

    def run(*rows: dict, finding: str = "headache", base=base) -> np.ndarray:
        statements = []
        for line, row in enumerate(rows, 2):
            cells = DEFAULTS | {key: str(value) for key, value in row.items()}
            place = Row("cpts/susac.csv", line, cells)
            statements.append(Statement(row=place, disease="susac", finding=finding, **cells))
        others = [s for s in base.statements if s.disease == knowledge.OTHER]
        own = replace(base, statements=tuple(statements + others))
        return Estimator(own).cell("susac", own.finding(finding)).alpha

    return run


def test_susac_callosal_lesions_are_27_of_27(model):
    cell = model.blueprint.cells_of("susac", "corpus_callosum_lesions")[0]
    assert cell.alpha == pytest.approx([27.5, 0.5])
    row = cell.used[0]
    assert (row.k, row.n, row.source) == (27, 27, "bot_2020")
    assert row.locator


def test_a_count_gets_the_jeffreys_prior(estimate):
    assert estimate({"k": 9, "n": 27}) == pytest.approx([9.5, 18.5])


def test_a_percentage_with_n_is_a_count(estimate):
    assert estimate({"percent": 33, "n": 27}) == pytest.approx([9.5, 18.5])


def test_sources_that_agree_add_up(estimate):
    assert estimate({"k": 3, "n": 10}, {"k": 6, "n": 20}) == pytest.approx([9.5, 21.5])


def test_no_cell_weighs_more_than_the_cap(estimate, base):
    alpha = estimate({"k": 500, "n": 1000})
    assert alpha.sum() == pytest.approx(base.constant("effective_size_cap") + 1)
    assert alpha[0] / alpha.sum() == pytest.approx(0.5)


def test_sources_that_disagree_weigh_less(estimate):
    agree = estimate({"k": 20, "n": 40}, {"k": 20, "n": 40})
    disagree = estimate({"k": 4, "n": 40}, {"k": 36, "n": 40})
    assert disagree.sum() < agree.sum() / 4
    assert disagree[0] / disagree.sum() == pytest.approx(0.5)


def test_a_count_outranks_a_range_a_word_and_an_expert(estimate):
    rows = [
        {"percent": "10 to 20"},
        {"term": "common", "basis": "worded"},
        {"percent": 90, "basis": "expert"},
    ]
    assert estimate({"k": 9, "n": 27}, *rows) == pytest.approx([9.5, 18.5])


def test_a_range_is_four_standard_deviations_wide(estimate, model):
    usual = model.blueprint.cells_of("other", "headache")[
        0
    ].mean  # the prior: one patient at this rate
    # mean 0.15, sd 0.025: size 0.15 * 0.85 / 0.025**2 - 1 = 203, capped at 12
    assert estimate({"percent": "10 to 20"}) - usual == pytest.approx([1.8, 10.2])
    # mean 0.5, sd 0.2: size 0.25 / 0.04 - 1 = 5.25
    assert estimate({"percent": "10 to 90"}) - usual == pytest.approx([2.625, 2.625])


def test_a_count_of_patients_chosen_by_the_finding_ranks_with_the_ranges(estimate, model):
    usual = model.blueprint.cells_of("other", "headache")[0].mean
    chosen = {"k": 49, "n": 49, "basis": "upper_bound"}
    # 49.5 to 0.5, times the odds ratio 0.38: 37.62 to 1
    assert estimate(chosen) - usual == pytest.approx([12 * 37.62 / 38.62, 12 / 38.62])
    assert estimate(chosen, {"k": 9, "n": 27}) == pytest.approx([9.5, 18.5])


def test_an_indirect_count_ranks_with_the_ranges_as_it_stands(estimate, model):
    usual = model.blueprint.cells_of("other", "headache")[0].mean
    other_patients = {"k": 49, "n": 49, "basis": "indirect"}
    assert estimate(other_patients) - usual == pytest.approx([12 * 0.99, 12 * 0.01])
    assert estimate(other_patients, {"k": 9, "n": 27}) == pytest.approx([9.5, 18.5])


def source(**cells):
    cells = {"key": "x", "citation": "A series of ten cases (abstract)"} | cells
    return Source(row=Row("priors/sources.csv", 2, cells), **cells)


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({}, False),
        ({"doi": "10.1000/a"}, True),
        ({"pmid": "1"}, True),
        ({"citation": "A series of ten cases. PMC1234567"}, True),
        ({"citation": "A series of ten cases (https://example.org/ten)"}, True),
        ({"citation": "A series of ten cases. Brain 1999;122(11):2183-2194"}, True),
        ({"citation": "A series of ten cases. Brain 1999 (example.org 123)"}, False),
    ],
)
def test_what_identifies_a_source(cells, expected):
    assert source(**cells).identified is expected


def test_a_count_that_nobody_can_look_up_gives_way_to_one_that_can_be(estimate, base):
    lost = {"k": 30, "n": 40, "source": "lost"}
    found = {"k": 9, "n": 27, "source": "found"}
    sources = (source(key="lost"), source(key="found", pmid="1"))
    of_both = replace(base, sources=sources)
    assert estimate(lost, found, base=of_both) == pytest.approx([9.5, 18.5])
    assert estimate(lost, {"percent": "10 to 20"}, base=of_both).sum() == pytest.approx(31)
    alone = estimate(lost, lost | {"k": 3, "n": 4}, base=of_both)
    assert alone / alone.sum() == pytest.approx(np.array([30 * 0.75 + 0.5, 30 * 0.25 + 0.5]) / 31)


def test_an_illustration_is_never_pooled(estimate, base):
    alone = estimate({"k": 1, "n": 1, "basis": "illustration"})
    assert alone.sum() == pytest.approx(base.constant("background_size"))


def test_sex_is_complemented(estimate):
    men = estimate(
        {"state": "male", "k": 9, "n": 12}, {"state": "female", "k": 3, "n": 12}, finding="sex"
    )
    assert men == pytest.approx([6.5, 18.5])


def test_silence_is_the_background_and_wide(estimate, model):
    alpha = estimate()
    other = model.blueprint.cells_of("other", "headache")[0].mean
    assert alpha / alpha.sum() == pytest.approx(other)


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(50, 200)), min_size=1, max_size=6))
@pytest.mark.slow
def test_overdispersion_is_a_correlation(counts):
    k, n = np.array(counts, dtype=float).T
    assert 0 <= overdispersion(k, n, 0.5) <= 1


def test_no_cell_rules_anything_out(model):
    cells = model.blueprint.cells.values()
    assert all(np.isfinite(cell.alpha).all() and (cell.alpha > 0).all() for cell in cells)
