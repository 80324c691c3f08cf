"""How sure the answer is: every analysis against models built again with what it says changed."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

import neurogamut as ng
from neurogamut.inference.chan_darwiche import distance
from neurogamut.knowledge import build
from neurogamut.knowledge.build import DIAGNOSIS, Blueprint
from neurogamut.knowledge.estimate import Estimator
from neurogamut.sensitivity.evppi import decision
from neurogamut.sensitivity.figures import Figure, figures, panels
from neurogamut.sensitivity.focus import focus

CASE = {
    "age": 27,
    "sex": "female",
    "corpus_callosum_lesions": "present",
    "hearing_loss": "present",
    "headache": {"present": 0.8, "absent": 0.2},
    "csf_pleocytosis": "present",
    "leptomeningeal_enhancement": "absent",
}
RIVAL = "neurosarcoidosis"


@pytest.fixture(scope="module")
def asked(model):
    return model.sensitivity(CASE, reporting="systematic")


@pytest.fixture(scope="module")
def subject(asked):
    return asked.subject


def rebuilt(model: ng.Model, changes: list[tuple[Figure, float]]) -> ng.Network:
    """The whole network, built again with published figures at other values."""
    means = {name: np.array(table) for name, table in model.blueprint.columns.means().items()}
    diseases = list(model.blueprint.structure.states[DIAGNOSIS])
    for figure, value in changes:
        column = means[figure.finding]
        if figure.finding != DIAGNOSIS:
            column = column[diseases.index(figure.disease)]
        state = model.blueprint.structure.states[figure.finding].index(figure.state)
        layers = range(len(column)) if column.ndim == 2 else [...]
        if figure.condition:
            statuses = model.blueprint.structure.states["immune_status"]
            layers = [statuses.index(figure.condition.partition("=")[2])]
        for layer in layers:
            column[layer] *= (1 - value) / (1 - column[layer][..., state])
            column[layer][..., state] = value
    return build.network(model.blueprint.structure, build.cpts(model.blueprint.structure, means))


def with_cpt(network: ng.Network, cpt: ng.Cpt) -> ng.Network:
    return ng.Network(network.variables, {**network.cpts, cpt.variable: cpt})


def posterior(network: ng.Network, subject) -> np.ndarray:
    return ng.Engine(network).query(DIAGNOSIS, subject.evidence.network).table


def dependent(subject, figure: Figure) -> bool:
    """Whether a figure bears on a joint table with another finding."""
    edges = subject.structure.edges
    return figure.finding in edges or any(e.parent == figure.finding for e in edges.values())


# -- one parameter ------------------------------------------------------------------------------


@pytest.mark.slow
def test_oneway_curves_are_those_of_inference_run_again(model, asked, subject):
    found = asked.oneway()
    for parameter in [*found.parameters[:6], *found.parameters[6:1000:150]]:
        cpt = model.network.cpts[parameter.variable]
        variables = [model.network.variables[n] for n in (*cpt.parents, parameter.variable)]
        states = (*parameter.given.values(), parameter.state)
        index = tuple(v.index(s) for v, s in zip(variables, states, strict=True))
        for t in np.linspace(0.01, 0.99, 20):
            table = cpt.table.copy()
            column = table[index[:-1]] * (1 - t) / (1 - parameter.value)
            column[index[-1]] = t
            table[index[:-1]] = column
            changed = ng.Cpt(cpt.variable, cpt.parents, table)
            again = posterior(with_cpt(model.network, changed), subject)
            assert parameter.at(t) == pytest.approx(again[subject.target], abs=1e-9)


@pytest.mark.slow
def test_of_two_mirrored_parameters_one_is_shown(asked):
    found = asked.oneway()
    by_key = {(p.variable, p.state, *sorted(p.given.items())): p for p in found.parameters}
    shown = {(p.variable, p.state, *sorted(p.given.items())) for p in found.distinct}
    for key in by_key.keys() - shown:
        mirrors = [k for k in shown if (k[0], k[2:]) == (key[0], key[2:])]
        assert len(mirrors) == 1
        low, high = by_key[mirrors[0]].admissible
        assert by_key[key].admissible == pytest.approx((1 - high, 1 - low))


@pytest.mark.slow
def test_oneway_document_has_the_agreed_form(asked):
    document = json.loads(json.dumps(asked.oneway().to_dict(), allow_nan=False))
    parameter = document["parameters"][0]
    fields = {"variable", "state", "given", "value", "coefficients", "sensitivity", "sources"}
    assert fields <= parameter.keys()
    a, b, c, d = parameter["coefficients"]
    t = parameter["value"]
    assert (a * t + b) / (c * t + d) == pytest.approx(document["posterior"], abs=1e-12)
    low, high = parameter["admissible"]
    assert 0 <= low <= t <= high <= 1


@pytest.mark.slow
def test_oneway_names_the_sources_of_a_parameter(asked):
    cell = [
        p
        for p in asked.oneway().parameters
        if p.variable == "corpus_callosum_lesions"
        and p.given["form"].startswith("susac__")
        and p.given["immune_status"] == "competent"
    ]
    assert cell and all("bot_2020" in p.sources for p in cell)


def test_target_is_the_disease_in_question(model, subject):
    found = model.sensitivity(CASE, target=RIVAL, reporting="systematic").oneway()
    assert found.target == RIVAL
    assert found.posterior == pytest.approx(
        model.posterior(CASE, reporting="systematic")[RIVAL], abs=1e-12
    )
    assert found.leading == "susac"


# -- figures ------------------------------------------------------------------------------------


def test_focus_changes_no_answer(subject):
    small = focus(subject)
    assert small.posterior == pytest.approx(subject.posterior, abs=1e-12)
    assert small.log_evidence == pytest.approx(subject.log_evidence, abs=1e-9)
    assert len(small.structure.findings) < len(subject.structure.findings)


def test_focus_merges_states_that_no_form_speaks_of(model):
    plain = replace(model.blueprint, structure=replace(model.blueprint.structure, forms=None))
    view = ng.Model(plain)
    (subject,) = view._subjects([CASE], None, (), "systematic").values()
    small = focus(subject)
    assert small.posterior == pytest.approx(subject.posterior, abs=1e-12)
    assert len(small.structure.states["age"]) == 2


@pytest.mark.slow
def test_tornado_ends_are_those_of_a_model_built_again(model, asked, subject):
    found = asked.tornado().swings
    chosen = [s for s in found if dependent(subject, s.figure)][:4] + list(found[:6])
    for swing in chosen:
        figure = swing.figure
        for value, said in ((figure.lower, swing.at_lower), (figure.upper, swing.at_upper)):
            again = posterior(rebuilt(model, [(figure, value)]), subject)
            assert said == pytest.approx(again[subject.target], abs=1e-9)
        assert swing.low <= min(swing.at_lower, swing.at_upper)
        assert swing.high >= max(swing.at_lower, swing.at_upper)


@pytest.mark.slow
def test_tornado_is_sorted_and_every_figure_is_inside_its_interval(asked):
    swings = asked.tornado().swings
    assert [s.swing for s in swings] == sorted((s.swing for s in swings), reverse=True)
    reported = [s.figure for s in swings if s.figure.basis == "reported"]
    assert all(f.lower < f.value < f.upper for f in reported)


@pytest.mark.slow
def test_at_a_threshold_two_diagnoses_are_level(model, asked, subject):
    limited = [s for s in asked.tornado().swings if (s.below, s.above) != (None, None)]
    assert any(dependent(subject, s.figure) for s in limited)
    for swing in limited[:12]:
        for value in filter(None, (swing.below, swing.above)):
            again = np.sort(posterior(rebuilt(model, [(swing.figure, value)]), subject))
            assert again[-1] - again[-2] < 1e-8


def test_one_figure_behind_both_immune_states_is_moved_in_both(subject):
    """Where no source tells the immune states apart, there is one published figure."""
    split = [p for p in panels(focus(subject)) if p.finding == "headache"]
    together = next(p for p in split if len(p.layers) == 2)
    susac = figures(subject, together)[subject.diseases.index("susac")]
    assert susac.condition == ""


# -- flips --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def flips(asked):
    return asked.flip()


def test_single_flips_have_the_distance_of_the_networks(model, subject, flips):
    on_edges = [f for f in flips.figures if dependent(subject, f.figure)]
    for flip in (*flips.figures[:5], *on_edges[:4]):
        network = rebuilt(model, [(flip.figure, flip.to)])
        assert distance(model.network, network) == pytest.approx(flip.distance, abs=1e-7)
        again = posterior(network, subject)
        assert again[subject.diseases.index(flip.rival)] == pytest.approx(again.max(), abs=1e-7)
        assert flip.distance >= flips.least - 1e-7


def test_a_changed_cpt_puts_the_rival_level(model, subject, flips):
    for flip in flips.cpts[:4]:
        cpt = model.network.cpts[flip.variable]
        table = cpt.table.copy()
        for column in flip.columns:
            states = column["given"].items()
            index = tuple(model.network.variables[name].index(state) for name, state in states)
            table[index] = list(column["after"].values())
        changed = ng.Cpt(cpt.variable, cpt.parents, table)
        network = with_cpt(model.network, changed)
        again = posterior(network, subject)
        rival = again[subject.diseases.index(flip.rival)]
        assert rival == pytest.approx(again[subject.leading], abs=1e-9)
        assert distance(model.network, network) <= flip.distance + 1e-9


def test_a_joint_change_flips_at_its_distance(model, subject, flips):
    joint = flips.several
    network = rebuilt(model, list(joint.changes))
    again = posterior(network, subject)
    assert again[subject.diseases.index(joint.rival)] >= again[subject.leading] - 1e-6
    assert distance(model.network, network) == pytest.approx(joint.distance, abs=1e-4)
    # Priors stay where figures are moved together.
    alone = min(f.distance for f in flips.figures if f.figure.finding != DIAGNOSIS)
    assert joint.least - 1e-6 <= joint.distance <= alone + 1e-3


@pytest.mark.slow
def test_a_disease_that_does_not_lead_can_be_asked_to(model):
    found = model.sensitivity(CASE, target=RIVAL, reporting="systematic").flip()
    assert {f.rival for f in (*found.figures, *found.cpts)} == {RIVAL}
    assert {f.figure.disease for f in found.figures} <= {RIVAL, "susac"}


# -- all figures at once ------------------------------------------------------------------------


def test_uncertainty_is_inference_on_every_draw(model, asked, subject):
    found = asked.uncertainty(draws=4, seed=7)
    small = focus(subject)
    draws = small.blueprint.draws(4, np.random.default_rng(7))
    for row in range(4):
        tables = build.cpts(small.structure, {name: array[row] for name, array in draws.items()})
        again = posterior(build.network(small.structure, tables), small)
        for i, disease in enumerate(found.diseases):
            expected = again[subject.diseases.index(disease.disease)]
            assert found.samples[row, i] == pytest.approx(expected, abs=1e-9)


@pytest.mark.slow
def test_uncertainty_document_has_the_agreed_form(model):
    found = model.sensitivity(CASE, reporting="systematic").uncertainty(draws=600, seed=3)
    document = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert (document["draws"], document["seed"]) == (600, 3)
    assert {"disease", "mean", "lower", "upper", "first", "top3"} <= document["diseases"][0].keys()
    assert sum(d["mean"] for d in document["diseases"]) == pytest.approx(1)
    assert all(d["lower"] <= d["median"] <= d["upper"] for d in document["diseases"])
    assert sum(d["first"] for d in document["diseases"]) == pytest.approx(1)
    assert sum(d["top3"] for d in document["diseases"]) == pytest.approx(3)
    assert document["model"]["setting"] == "adult_referral"


def test_the_same_seed_gives_the_same_answer(asked):
    first, again, other = (asked.uncertainty(draws=50, seed=s).to_dict() for s in (1, 1, 2))
    assert first == again != other


@pytest.mark.slow
def test_monte_carlo_error_tells_how_far_runs_differ(asked):
    runs = [asked.uncertainty(draws=400, seed=seed)["susac"] for seed in range(12)]
    spread = np.std([run.mean for run in runs], ddof=1)
    assert spread == pytest.approx(np.mean([run.mean_error for run in runs]), rel=0.6)


@pytest.mark.slow
def test_sobol_indices_are_shares_and_rank_the_groups(asked):
    found = asked.sobol(samples=300, seed=1)
    groups = {group.group: group for group in found.groups}
    for group in found.groups:
        noise = 2 * (group.total_interval + group.first_interval) + 0.01
        assert -noise < group.first < group.total + noise
        assert group.total >= 0
    assert groups[DIAGNOSIS].total > groups["sex"].total
    assert sorted(g.swing_rank for g in found.groups) == list(range(1, len(groups) + 1))
    assert found.to_dict() == asked.sobol(samples=300, seed=1).to_dict()


@pytest.mark.slow
def test_sobol_intervals_do_not_change_from_run_to_run(asked):
    """Seed 0, the default, is a seed like any other."""
    assert asked.sobol(64, 0).to_dict() == asked.sobol(64, 0).to_dict()


def test_sobol_of_what_has_no_bearing_is_nothing(model):
    """Sex alone: the figures of no other finding enter."""
    found = model.sensitivity({"sex": "female"}, reporting="systematic").sobol(samples=100, seed=1)
    assert {group.group for group in found.groups} == {DIAGNOSIS, "sex"}


# -- what is worth measuring --------------------------------------------------------------------

UNSURE = {"age": 45, "headache": "present", "leptomeningeal_enhancement": "present"}


@pytest.fixture(scope="module")
def balanced(model) -> dict:
    """A case in which Susac syndrome is about as probable as not, so that a figure can decide."""
    low, high = -15.0, 15.0
    for _ in range(40):
        middle = (low + high) / 2
        case = {**CASE, "hearing_loss": {"present": float(np.exp(middle)), "absent": 1.0}}
        low, high = (
            (middle, high)
            if model.posterior(case, reporting="systematic")["susac"] < 0.45
            else (low, middle)
        )
    return case


@pytest.mark.slow
def test_evppi_is_that_of_quadrature(model, balanced):
    """E max over E, the outer expectation by quantiles of the figure's Beta distribution."""
    from scipy.stats import beta

    asked = model.sensitivity(balanced, target="susac", reporting="systematic")
    found = asked.evppi(draws=4000, seed=2)
    subject = asked.subject
    _, utilities = decision(subject)
    values = [v for v in found.figures if not dependent(subject, v.figure)][:3]
    assert values
    for value in values:
        figure = value.figure
        alpha = model.blueprint.columns.prior
        if figure.finding != DIAGNOSIS:
            alpha = model.blueprint.cells_of(figure.disease, figure.finding)[0].alpha
        state = model.blueprint.structure.states[figure.finding].index(figure.state)
        points = beta.ppf((np.arange(150) + 0.5) / 150, alpha[state], alpha.sum() - alpha[state])
        worth = [_worth(model, subject, utilities, figure, float(p)) for p in points]
        expected = np.mean([best - chosen for best, chosen in worth])
        assert value.value == pytest.approx(expected, abs=4 * value.error + 0.02 * value.value)


def _worth(model, subject, utilities, figure, value) -> tuple[float, float]:
    """E[u; case | figure] / P(case) of the best option, and of the one best without the figure."""
    answer = ng.Engine(rebuilt(model, [(figure, np.clip(value, 1e-6, 1 - 1e-6))])).query(
        DIAGNOSIS, subject.evidence.network
    )
    worth = utilities @ answer.table * np.exp(answer.log_evidence - subject.log_evidence)
    return float(worth.max()), float(worth[(utilities @ subject.posterior).argmax()])


@pytest.mark.slow
def test_evppi_over_cases_is_the_mean(model, balanced):
    cases = [balanced, CASE]
    both = model.sensitivity(*cases, target="susac", reporting="systematic").evppi(
        draws=200, seed=5
    )
    single = [
        model.sensitivity(case, target="susac", reporting="systematic").evppi(draws=200, seed=5)
        for case in cases
    ]
    key = both.figures[0].figure
    each = [v.value for s in single for v in s.figures if v.figure == key]
    assert both.cases == 2
    assert both.figures[0].value == pytest.approx(sum(each) / 2, abs=1e-12)


# -- findings, priors, papers -------------------------------------------------------------------


def test_findings_are_read_otherwise_one_by_one(model, asked):
    found = asked.findings()
    by_change = {reading.changes: reading for reading in found.readings}
    for finding, state, case in [
        ("hearing_loss", "absent", {**CASE, "hearing_loss": "absent"}),
        ("hearing_loss", "unknown", {**CASE, "hearing_loss": None}),
        ("headache", "absent", {**CASE, "headache": {"present": 0.2, "absent": 0.8}}),
        ("headache", "unknown", {**CASE, "headache": {"present": 1, "absent": 1}}),
        ("age", "from_30_to_34", {**CASE, "age": 32}),
    ]:
        again = model.posterior(case, reporting="systematic")
        reading = by_change[((finding, state),)]
        assert reading.target_posterior == pytest.approx(again["susac"], abs=1e-12)
        assert reading.leading == again.leading
        assert reading.flips == (again.leading != "susac")
    assert by_change[(("corpus_callosum_lesions", "absent"),)].tests == ("mri_brain_with_contrast",)


def test_findings_in_pairs(model, asked):
    single, paired = asked.findings().readings, asked.findings(pairs=True).readings
    assert {r.changes for r in single} < {r.changes for r in paired}
    changes = [r.changes[0] for r in single]
    expected = sum(a[0] < b[0] for a in changes for b in changes)
    assert sum(len(r.changes) == 2 for r in paired) == expected
    worst = next(r for r in paired if dict(r.changes) == {"sex": "male", "hearing_loss": "absent"})
    again = model.posterior(
        {**CASE, "sex": "male", "hearing_loss": "absent"}, reporting="systematic"
    )
    assert worst.leading_posterior == pytest.approx(again[again.leading], abs=1e-12)


def test_priors_of_settings_are_those_of_their_models(model, asked):
    found = asked.priors()
    assert {s.setting for s in found.settings} == set(model.base.settings)
    for setting in found.settings:
        again = model.in_setting(setting.setting).posterior(CASE, reporting="systematic")
        assert setting.leading == again.leading
        assert setting.target_posterior == pytest.approx(again["susac"], abs=1e-12)


@pytest.mark.slow
def test_priors_flip_where_they_say(model, asked, subject):
    flips = [f.figure for f in asked.flip().figures]
    figure = {figure.disease: figure for figure in flips if figure.finding == DIAGNOSIS}
    for answer in asked.priors().diseases[:4]:
        prior = answer.flip_odds / (1 + answer.flip_odds)
        again = np.sort(posterior(rebuilt(model, [(figure[answer.disease], prior)]), subject))
        assert again[-1] == pytest.approx(again[-2], abs=1e-9)
        assert answer.flip_odds == pytest.approx(answer.flip_factor * answer.odds)


def _only_rate(model, statement) -> bool:
    """Whether a statement is all that is known of a finding's background."""
    return statement.disease == "other" and not any(
        s.disease == "other"
        and s.finding == statement.finding
        and s.source != statement.source
        and s.basis != "illustration"
        for s in model.base.statements
    )


@pytest.mark.slow
def test_the_jackknife_rebuilds_without_a_source(model, asked):
    found = asked.sources()
    effects = {effect.source: effect for effect in found.effects}
    assert "expert" not in effects
    for source in ["bot_2020", *list(effects)[:2], list(effects)[-1]]:
        left = [s for s in model.base.statements if s.source != source or _only_rate(model, s)]
        whole = Estimator(replace(model.base, statements=tuple(left)))
        again = ng.Model(Blueprint.of(whole, "adult_referral")).posterior(
            CASE, reporting="systematic"
        )
        assert effects[source].posterior_without == pytest.approx(again["susac"], abs=1e-12)
        assert effects[source].leading_without == again.leading


def test_the_jackknife_keeps_the_only_background_rate(model):
    without_experts = model.without({"expert"})
    left = {s.finding for s in without_experts.base.statements if s.disease == "other"}
    assert left == {finding.key for finding in model.base.findings}


@pytest.mark.slow
def test_a_background_rate_with_a_published_source_can_be_left_out(model):
    """The only background row of a finding stays, whichever paper it is of."""
    published = tuple(
        s.model_copy(update={"source": "bot_2020", "basis": "reported"})
        if s.disease == "other" and s.finding == "seizures"
        else s
        for s in model.base.statements
    )
    base = replace(model.base, statements=published)
    whole = ng.Model(Blueprint.of(Estimator(base), "adult_referral"))
    fewer = whole.without({"bot_2020"})
    assert sum(
        fewer.posterior({"seizures": "present"}, reporting="systematic").probabilities.values()
    ) == pytest.approx(1)
    assert whole.sensitivity({"seizures": "present"}, reporting="systematic").sources().effects


# -- two knowledge bases ------------------------------------------------------------------------


def test_distance_between_settings_is_that_of_the_priors(model):
    other = model.in_setting("tb_endemic")
    found = model.distance(other, CASE, UNSURE, names=["a", "b"])
    ratio = np.log(other.network.cpts[DIAGNOSIS].table / model.network.cpts[DIAGNOSIS].table)
    assert found.distance == pytest.approx(np.ptp(ratio), abs=1e-12)
    assert [v.variable for v in found.variables] == [DIAGNOSIS]
    assert {case.case for case in found.cases} == {"a", "b"}
    assert all(abs(case.log_odds_change) <= found.distance for case in found.cases)
    assert all(abs(case.change) <= found.largest_allowed for case in found.cases)


@pytest.mark.slow
def test_an_edit_of_one_row_is_seen(model):
    row = next(
        s
        for s in model.base.statements
        if s.finding == "hearing_loss" and s.disease == "susac" and s.count
    )
    edited = row.model_copy(update={"k": 0})
    statements = tuple(edited if s is row else s for s in model.base.statements)
    estimator = Estimator(replace(model.base, statements=statements))
    other = ng.Model(Blueprint.of(estimator, "adult_referral"))
    found = model.distance(other, CASE)
    assert found.distance > 0
    assert "hearing_loss" in {v.variable for v in found.variables}
    change = found.cases[0]
    before, after = (m.posterior(CASE, reporting="systematic") for m in (model, other))
    assert change.disease == change.leading_before == before.leading
    assert (change.before, change.after) == (
        pytest.approx(before[before.leading]),
        pytest.approx(after[before.leading]),
    )
    largest = max(abs(after[d] - before[d]) for d in model.labels)
    assert change.largest == pytest.approx(largest) and change.change < 0
    (named,) = model.distance(other, CASE, target="neuro_behcet").cases
    assert named.disease == "neuro_behcet" and named.largest == pytest.approx(largest)
    assert model.distance(model, CASE).distance == 0


# -- how it is asked ----------------------------------------------------------------------------


@pytest.mark.slow
def test_what_cannot_be_asked_is_refused(model):
    with pytest.raises(ng.UsageError, match="nearest: susac"):
        model.sensitivity(CASE, target="susak", reporting="systematic")
    with pytest.raises(ng.UsageError, match="one case; got 2"):
        model.sensitivity(CASE, UNSURE, reporting="systematic").oneway()
    with pytest.raises(ng.CaseError, match="hearing_loss"):
        model.sensitivity({"hearing_los": "present"}, reporting="systematic")
    with pytest.raises(ng.UsageError, match="draws=1"):
        model.sensitivity(CASE, reporting="systematic").uncertainty(draws=1)
    with pytest.raises(ng.UsageError, match="compiled"):
        ng.load(engine="reference").sensitivity(CASE, reporting="systematic")


QUESTIONS = {
    "oneway": {},
    "tornado": {},
    "flip": {},
    "uncertainty": {"draws": 20},
    "findings": {},
    "priors": {},
    "sources": {},
    "sobol": {"samples": 20},
    "evppi": {"draws": 20},
}


@pytest.mark.slow
@pytest.mark.parametrize("question", QUESTIONS)
def test_every_answer_is_a_table_a_document_a_text_and_a_picture(model, question):
    case = {"sex": "female", "hearing_loss": "present", "corpus_callosum_lesions": "present"}
    result = getattr(model.sensitivity(case, target="susac", reporting="systematic"), question)(
        **QUESTIONS[question]
    )
    json.dumps(result.to_dict(), allow_nan=False)
    frame = result.to_frame()
    assert len(frame) > 0
    text = str(result)
    assert max(map(len, text.splitlines())) <= 80
    assert "research use only" in text
    assert "<table" in result.to_html()
    assert result.plot().to_dict()["title"]["subtitle"]


@pytest.mark.slow
def test_the_tornado_speaks_to_a_clinician(asked):
    text = " ".join(str(asked.tornado()).split())
    assert "Susac syndrome stays first unless" in text
    assert "; now 0." in text
