"""Sensitivity functions, flips of a CPT and distances on networks that are not ours."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import neurogamut as ng
from neurogamut.inference.chan_darwiche import column_distance, distance, largest_change
from neurogamut.inference.cheapest_cpt import cheapest_change
from neurogamut.inference.sensitivity_functions import parameters, sensitivity_functions

pytestmark = pytest.mark.slow

YES_NO = ("yes", "no")


def published(name: str) -> ng.Network:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pgmpy.utils import get_example_model

        return ng.Network.from_pgmpy(get_example_model(name))


def with_parameter(network: ng.Network, name: str, index: tuple[int, ...], t: float) -> ng.Network:
    """The network with one parameter at t and the rest of its column scaled in proportion."""
    table = network.cpts[name].table.copy()
    column = table[index[:-1]]
    rest = 1 - column[index[-1]]
    even = np.full(len(column), 1 / max(len(column) - 1, 1))
    column = (1 - t) * (column / rest if rest > 0 else even)
    column[index[-1]] = t
    table[index[:-1]] = column
    return with_table(network, name, table)


def with_table(network: ng.Network, name: str, table: np.ndarray) -> ng.Network:
    cpt = ng.Cpt(name, network.cpts[name].parents, table)
    return ng.Network(network.variables, {**network.cpts, name: cpt})


def binary(name: str, parents: str = "", *yes: float) -> tuple[ng.Variable, ng.Cpt]:
    table = np.array([[p, 1 - p] for p in yes]).reshape(*(2,) * len(parents.split()), 2)
    return ng.Variable(name, YES_NO), ng.Cpt(name, tuple(parents.split()), table)


@pytest.fixture(scope="module")
def cancer() -> ng.Network:
    """The metastatic cancer network of Cooper (1984), a stock example of this literature."""
    nodes = [
        binary("cancer", "", 0.2),
        binary("calcium", "cancer", 0.8, 0.2),
        binary("tumour", "cancer", 0.2, 0.05),
        binary("coma", "tumour calcium", 0.8, 0.8, 0.8, 0.05),
        binary("headache", "tumour", 0.8, 0.6),
    ]
    return ng.Network.of(*zip(*nodes, strict=True))


def normal(coefficients: list[float]) -> np.ndarray:
    """Coefficients up to the common factor that they are free in."""
    return np.array(coefficients) / coefficients[-1]


@pytest.mark.parametrize(
    ("name", "index", "expected"),
    [
        # P(tumour) = 0.2 * 0.2 + 0.8 * 0.05 = 0.08; P(tumour | headache) =
        # 0.8 * 0.08 / (0.8 * 0.08 + t * 0.92) with t = P(headache | no tumour).
        ("headache", (1, 0), [0, 0.064, 0.92, 0.064]),
        # With t = P(headache | tumour): 0.08 t / (0.08 t + 0.6 * 0.92).
        ("headache", (0, 0), [0.08, 0, 0.08, 0.552]),
        # With t = P(tumour | cancer): P(tumour) = 0.2 t + 0.04, and headache is 0.8 or 0.6:
        # (0.16 t + 0.032) / (0.04 t + 0.608).
        ("tumour", (0, 0), [0.16, 0.032, 0.04, 0.608]),
        # With t = P(cancer): P(tumour) = 0.15 t + 0.05: (0.12 t + 0.04) / (0.03 t + 0.61).
        ("cancer", (0,), [0.12, 0.04, 0.03, 0.61]),
    ],
)
def test_coefficients_worked_by_hand(cancer, name, index, expected):
    engine = ng.Engine(cancer)
    f = sensitivity_functions(engine, "tumour", "yes", {"headache": "yes"})[name]
    found = [float(array[index]) for array in (f.a, f.b, f.c, f.d)]
    assert normal(found) == pytest.approx(normal(expected), abs=1e-12)


def test_sensitivity_value_and_vertex_worked_by_hand(cancer):
    """f(t) = 0.064 / (0.92 t + 0.064): f'(0.6) = -0.064 * 0.92 / 0.616^2; the hyperbola
    (0.064 / 0.92) / (t + 0.064 / 0.92) has its vertex at sqrt(0.064 / 0.92) - 0.064 / 0.92."""
    engine = ng.Engine(cancer)
    f = sensitivity_functions(engine, "tumour", "yes", {"headache": "yes"})["headache"]
    assert f.sensitivity[1, 0] == pytest.approx(0.064 * 0.92 / 0.616**2, abs=1e-12)
    vertex = np.sqrt(0.064 / 0.92) - 0.064 / 0.92
    assert f.vertex_proximity[1, 0] == pytest.approx(0.6 - vertex, abs=1e-12)


def test_admissible_deviation_worked_by_hand(cancer):
    """No tumour leads until 0.064 = 0.92 t, t = P(headache | no tumour)."""
    engine = ng.Engine(cancer)
    f = sensitivity_functions(engine, "tumour", "yes", {"headache": "yes"})["headache"]
    assert f.lower[1, 0] == pytest.approx(0.064 / 0.92, abs=1e-12)
    assert f.upper[1, 0] == 1


def test_asia_worked_by_hand():
    """P(lung) = 0.055, P(either) = 1 - 0.945 * 0.9896, t = P(positive x-ray | neither):
    P(lung | x-ray) = 0.98 * 0.055 / (0.98 P(either) + t (1 - P(either)))."""
    engine = ng.Engine(published("asia"))
    either = 1 - 0.945 * 0.9896
    f = sensitivity_functions(engine, "lung", "yes", {"xray": "yes"})["xray"]
    index = (engine.network.variables["either"].index("no"), 0)
    found = [float(array[index]) for array in (f.a, f.b, f.c, f.d)]
    expected = [0, 0.98 * 0.055, 1 - either, 0.98 * either]
    assert normal(found) == pytest.approx(normal(expected), abs=1e-12)


CASES = [
    ("asia", "lung", "yes", {"xray": "yes", "dysp": "yes", "asia": "yes"}),
    ("asia", "bronc", "yes", {"dysp": "yes", "smoke": {"yes": 0.3, "no": 0.9}}),
    ("alarm", "LVFAILURE", "TRUE", {"HRBP": "HIGH", "CO": "LOW", "BP": "HIGH", "SAO2": "LOW"}),
    ("alarm", "HYPOVOLEMIA", "TRUE", {"CVP": "LOW", "PCWP": "LOW", "BP": "LOW"}),
]


@pytest.mark.parametrize(("network", "target", "state", "evidence"), CASES)
def test_curves_are_those_of_inference_run_again(network, target, state, evidence):
    network = published(network)
    functions = sensitivity_functions(ng.Engine(network), target, state, evidence)
    chosen = network.variables[target].index(state)
    every = list(parameters(network, functions))
    for name, index, _, _ in every[:: max(1, len(every) // 12)]:
        for t in np.linspace(0.02, 0.98, 20):
            again = ng.Engine(with_parameter(network, name, index, t)).query(target, evidence)
            assert functions[name].at(index, t) == pytest.approx(again.table[chosen], abs=1e-9)


@pytest.mark.parametrize(("network", "target", "state", "evidence"), CASES)
def test_coefficients_agree_with_finite_differences(network, target, state, evidence):
    network = published(network)
    functions = sensitivity_functions(ng.Engine(network), target, state, evidence)
    chosen, step = network.variables[target].index(state), 1e-5
    for name, index, _, _ in list(parameters(network, functions))[::9]:
        t = float(functions[name].value[index])
        if step < t < 1 - step:
            up, down = (
                ng.Engine(with_parameter(network, name, index, x)).query(target, evidence)
                for x in (t + step, t - step)
            )
            slope = (up.table[chosen] - down.table[chosen]) / (2 * step)
            assert functions[name].sensitivity[index] == pytest.approx(abs(slope), abs=1e-6)


@pytest.mark.parametrize(("network", "target", "state", "evidence"), CASES)
def test_the_leading_state_changes_at_the_end_of_the_admissible_interval(
    network, target, state, evidence
):
    network = published(network)
    engine = ng.Engine(network)
    functions = sensitivity_functions(engine, target, state, evidence)
    leading = engine.query(target, evidence).table.argmax()
    ends = [
        (name, index, end, side)
        for name, index, _, _ in parameters(network, functions)
        for end, side in ((functions[name].lower[index], -1), (functions[name].upper[index], 1))
        if 1e-4 < end < 1 - 1e-4
    ]
    assert ends
    for name, index, end, side in ends[:: max(1, len(ends) // 10)]:
        for t, stays in ((end - side * 1e-6, True), (end + side * 1e-6, False)):
            again = ng.Engine(with_parameter(network, name, index, t)).query(target, evidence)
            assert bool(again.table.argmax() == leading) is stays


def test_a_parameter_of_one_gives_way_equally():
    """Where nothing is left to scale, what t gives up is shared equally."""
    table = np.array([[1.0, 0.0, 0.0], [0.2, 0.3, 0.5]])
    states = ("low", "middle", "high")
    network = ng.Network.of(
        [ng.Variable("cause", YES_NO), ng.Variable("effect", states)],
        [ng.Cpt("cause", (), np.array([0.4, 0.6])), ng.Cpt("effect", ("cause",), table)],
    )
    f = sensitivity_functions(ng.Engine(network), "cause", "yes", {"effect": "high"})["effect"]
    t = 0.8
    assert f.at((0, 0), t) == pytest.approx(0.4 * 0.1 / (0.4 * 0.1 + 0.6 * 0.5), abs=1e-12)


def test_impossible_evidence_is_refused():
    with pytest.raises(ng.ImpossibleEvidenceError):
        evidence = {"either": "no", "lung": "yes"}
        sensitivity_functions(ng.Engine(published("asia")), "bronc", "yes", evidence)


# -- distances ----------------------------------------------------------------------------------


def joint(network: ng.Network) -> np.ndarray:
    """The joint distribution by brute force, axes in the order of the variables' names."""
    names = sorted(network.variables)
    total = np.ones([len(network.variables[name]) for name in names])
    for cpt in network.cpts.values():
        axes = [names.index(name) for name in (*cpt.parents, cpt.variable)]
        shape = [total.shape[i] if i in axes else 1 for i in range(len(names))]
        total = total * cpt.table.transpose(np.argsort(axes)).reshape(shape)
    return total


def random_network(seed: int, zeros: bool = False) -> ng.Network:
    rng = np.random.default_rng(seed)
    names = [f"v{i}" for i in range(5)]
    variables = [ng.Variable(n, ("a", "b", "c")[: 2 + i % 2]) for i, n in enumerate(names)]
    cpts = []
    for i, variable in enumerate(variables):
        parents = [v for v in variables[:i] if rng.random() < 0.5]
        table = rng.gamma(0.7, size=[*map(len, parents), len(variable)]) + 1e-3
        if zeros:
            table[(rng.random(table.shape) < 0.15) & (table < table.max(-1, keepdims=True))] = 0
        cpts.append(
            ng.Cpt(
                variable.name, tuple(p.name for p in parents), table / table.sum(-1, keepdims=True)
            )
        )
    return ng.Network.of(variables, cpts)


def brute_distance(before: ng.Network, after: ng.Network) -> float:
    p, q = joint(before), joint(after)
    possible = (p > 0) | (q > 0)
    with np.errstate(divide="ignore"):
        ratio = np.log(q[possible]) - np.log(p[possible])
    return float(ratio.max() - ratio.min())


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.booleans())
def test_distance_is_that_of_enumeration(seed, zeros):
    """Edges may differ, and zeros make it infinite just where enumeration does."""
    before, after = random_network(seed, zeros), random_network(seed + 1, zeros)
    assert distance(before, after) == pytest.approx(brute_distance(before, after), abs=1e-9)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000))
def test_distance_is_a_distance(seed):
    a, b, c = (random_network(seed + i) for i in range(3))
    assert distance(a, a) == 0
    assert distance(a, b) == pytest.approx(distance(b, a), abs=1e-9)
    assert distance(a, c) <= distance(a, b) + distance(b, c) + 1e-9


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000))
def test_no_query_changes_more_than_the_distance_allows(seed):
    before, after = random_network(seed), random_network(seed + 1)
    far = distance(before, after)
    evidence = {"v4": "a", "v1": "b"}
    p, q = (ng.Engine(n).query("v0", evidence).table for n in (before, after))
    for old, new in zip(p, q, strict=True):
        assert abs(np.log(new / (1 - new)) - np.log(old / (1 - old))) <= far + 1e-9
        assert abs(new - old) <= largest_change(far) + 1e-12


@pytest.mark.parametrize("certain", [0, 1])
def test_nothing_short_of_infinity_leads_to_certainty(certain):
    assert column_distance(certain, certain) == 0
    assert column_distance(0.5, certain) == column_distance(certain, 0.5) == np.inf


def test_networks_of_other_states_have_no_distance():
    with pytest.raises(ng.UsageError, match="ANAPHYLAXIS, .* and 40 more"):
        distance(published("asia"), published("alarm"))


# -- flipping one CPT ---------------------------------------------------------------------------


def reachable(table: np.ndarray, gain: np.ndarray, down: float, up: float) -> float:
    """max sum(gain * column) under bounds on the log ratios, by linear programming."""
    from scipy.optimize import linprog

    total = 0.0
    for column, slope in zip(table, gain, strict=True):
        bounds = [(p * np.exp(-down), min(1.0, p * np.exp(up))) for p in column]
        total -= linprog(-slope, A_eq=np.ones((1, len(column))), b_eq=[1], bounds=bounds).fun
    return total


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000))
def test_the_cheapest_change_of_a_cpt_is_the_cheapest(seed):
    rng = np.random.default_rng(seed)
    table = rng.dirichlet(np.ones(3), size=2)
    gain = rng.normal(size=(2, 3))
    gain -= max((gain * table).sum() + 0.3, 0) / 2
    found = cheapest_change(table, gain)
    shares = np.linspace(0, 1, 21)
    if found is None:
        assert all(reachable(table, gain, 30 * s, 30 * (1 - s)) < 0 for s in shares)
        return
    assert (found.table * gain).sum() >= -1e-9
    ratio = np.log(found.table / table)
    assert max(ratio.max(), 0) - min(ratio.min(), 0) <= found.distance + 1e-9
    near = found.distance * 0.999
    assert all(reachable(table, gain, near * s, near * (1 - s)) < 1e-9 for s in shares)


@pytest.mark.parametrize(
    "observed", [{}, {"asia": "yes"}, {"smoke": "yes", "xray": "no"}, {"bronc": "yes"}]
)
def test_a_target_below_the_evidence_hears_its_own_parameters(observed):
    """Nothing is observed below dysp: its CPT does not bear on P(e), but it does on the answer."""
    asia = published("asia")
    found = sensitivity_functions(ng.Engine(asia), "dysp", "yes", observed)["dysp"]
    for index in np.ndindex(asia.cpts["dysp"].table.shape):
        for t in (0.1, 0.7):
            changed = ng.Engine(with_parameter(asia, "dysp", index, t))
            expected = changed.query("dysp", observed).table[0]
            a, b, c, d = (values[index] for values in (found.a, found.b, found.c, found.d))
            assert (a * t + b) / (c * t + d) == pytest.approx(expected, abs=1e-9)
