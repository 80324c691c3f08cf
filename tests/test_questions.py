"""Questions of any network, in Python and on the command line: values by hand, by enumeration and
by other programs."""

from __future__ import annotations

import json

import numpy as np
import pytest
from click.testing import CliRunner

from neurogamut import Questions
from neurogamut.cli.main import Failure, cli
from neurogamut.errors import CaseError, ImpossibleEvidenceError, NetworkError, UsageError
from neurogamut.inference.elimination.engine import Engine
from neurogamut.network import Cpt, Network, Variable
from support.enumeration import joint, marginal, random_network

SICK = {"dysp": "yes", "xray": "yes"}


@pytest.fixture(scope="module")
def asked() -> Questions:
    return Questions(Network.example("asia"), "asia")


# -- what is answered --------------------------------------------------------------------------


def test_the_posterior_is_pyagrums(asked):
    import pyagrum

    from support.enumeration import to_agrum

    other = pyagrum.LazyPropagation(to_agrum(asked.network))
    other.setEvidence(SICK)
    found = asked.posterior("lung", SICK)
    np.testing.assert_allclose(
        list(found.probabilities.values()), other.posterior("lung").toarray(), atol=1e-9
    )
    assert found.leading == "yes" and found.prior["yes"] == pytest.approx(0.055)
    assert found.log_evidence == pytest.approx(np.log(other.evidenceProbability()))
    for name, states in asked.marginals(SICK).probabilities.items():
        np.testing.assert_allclose(
            list(states.values()), other.posterior(name).toarray(), atol=1e-9
        )


def test_the_best_assignments_are_named_and_sum_below_one(asked):
    found = asked.most_probable(SICK, count=5)
    shares = [a.probability for a in found.assignments]
    assert shares == sorted(shares, reverse=True) and sum(shares) < 1
    assert found.best == asked.engine.most_probable_explanation(SICK)[0]
    table = asked.engine.query(["lung", "tub"], SICK).table
    (best,) = asked.most_probable(SICK, ["lung", "tub"]).assignments
    assert best.probability == pytest.approx(table.max(), abs=1e-12)


def test_the_next_observation_is_worth_what_it_tells_for_its_cost(asked):
    found = asked.next_observation("lung", SICK, costs={"smoke": 4, "bronc": 1})
    by_name = {o.variable: o for o in found.observations}
    for name, o in by_name.items():
        table = asked.engine.query(["lung", name], SICK).table
        apart = np.outer(table.sum(axis=1), table.sum(axis=0))
        assert o.gain == pytest.approx((table * np.log2(table / apart)).sum(), abs=1e-12)
        assert o.gain_per_cost == o.gain / o.cost
    assert by_name["smoke"].cost == 4 and set(by_name) == {"smoke", "bronc"}
    everything = asked.next_observation("lung", SICK)
    assert {o.variable for o in everything.observations} == set(asked.network.variables) - {
        "lung",
        *SICK,
    }


def test_information_between_two_variables(asked):
    found = asked.information("lung", "bronc", SICK)
    assert found.bits == pytest.approx(asked.information("bronc", "lung", SICK).bits)
    assert found.bits <= min(found.entropies.values())
    assert asked.information("asia", "smoke").bits == pytest.approx(0, abs=1e-15)


def test_separation(asked):
    assert asked.separation("asia", "smoke").separated
    found = asked.separation("asia", "smoke", ["xray"])
    assert not found.separated and found.trail == ("asia", "tub", "either", "lung", "smoke")
    with pytest.raises(UsageError, match="expected two variables that are not given"):
        asked.separation("asia", "smoke", ["asia"])


def test_conflict_names_the_pair():
    """By hand: b is nearly always what a is, c has nothing to do with them."""
    names = ("yes", "no")
    a, b, c = (Variable(n, names) for n in "abc")
    noisy = [[0.999, 0.001], [0.001, 0.999]]
    network = Network.of(
        [a, b, c],
        [Cpt("a", (), [0.5, 0.5]), Cpt("b", ("a",), noisy), Cpt("c", (), [0.5, 0.5])],
    )
    found = Questions(network).conflict({"a": "yes", "b": "no", "c": "yes"})
    assert (found.pairs[0].first, found.pairs[0].second) == ("a", "b")
    assert found.pairs[0].conflict == pytest.approx(np.log(0.25 / 0.0005))
    assert found.conflict == pytest.approx(np.log(0.25 / 0.0005))
    assert found.pairs[1].conflict == pytest.approx(0, abs=1e-12)


def moved(network: Network, name: str, index: tuple[int, ...], value: float) -> Network:
    """A parameter moved, the others of its column in proportion."""
    table = np.array(network.cpts[name].table)
    column = table[index[:-1]]
    rest = (1 - value) / (1 - column[index[-1]])
    column *= rest
    column[index[-1]] = value
    cpts = dict(network.cpts) | {name: Cpt(name, network.cpts[name].parents, table)}
    return Network(dict(network.variables), cpts)


def place(network: Network, parameter) -> tuple[int, ...]:
    parents = network.cpts[parameter.variable].parents
    given = [network.variables[p].index(parameter.given[p]) for p in parents]
    return (*given, network.variables[parameter.variable].index(parameter.state))


def test_one_way_and_tornado_are_what_a_changed_network_answers(asked):
    tornado = asked.tornado("lung", "yes", SICK, factor=3)
    assert [p.swing for p in tornado.parameters] == sorted(
        (p.swing for p in tornado.parameters), reverse=True
    )
    for swing in tornado.parameters[:12]:
        p = swing.parameter
        if 0 < p.value < 1:
            for factor, expected in ((1 / 3, swing.at_lower), (3, swing.at_upper)):
                odds = p.value / (1 - p.value) * factor
                other = moved(asked.network, p.variable, place(asked.network, p), odds / (1 + odds))
                found = Engine(other).query("lung", SICK).table[0]
                assert found == pytest.approx(expected, abs=1e-12)
    one_way = asked.one_way("lung", "yes", SICK)
    top = next(s for s in one_way.parameters if 0 < s.parameter.value < 1)
    step = 1e-6
    up, down = (
        Engine(
            moved(
                asked.network,
                top.parameter.variable,
                place(asked.network, top.parameter),
                top.parameter.value + sign * step,
            )
        )
        .query("lung", SICK)
        .table[0]
        for sign in (1, -1)
    )
    assert abs(up - down) / (2 * step) == pytest.approx(top.sensitivity, rel=1e-4)


def test_flip_is_where_the_order_changes(asked):
    found = asked.flip("lung", SICK)
    assert found.leading == "yes"
    for flip in found.parameters[:6]:
        at = place(asked.network, flip.parameter)
        for share, leads in ((0.999, "yes"), (1.001, "no")):
            value = flip.parameter.value + share * (flip.to - flip.parameter.value)
            other = moved(asked.network, flip.parameter.variable, at, value)
            table = Engine(other).query("lung", SICK).table
            assert asked.network.variables["lung"].states[int(table.argmax())] == leads
    distances = [flip.distance for flip in found.parameters]
    assert distances == sorted(distances)
    nearest = {f.parameter.variable: f.distance for f in reversed(found.parameters)}
    for table in found.tables:
        # A whole table can do at least what one of its numbers can.
        assert table.distance <= nearest.get(table.variable, np.inf) + 1e-6


def test_distance_bounds_every_change(asked):
    after = moved(asked.network, "smoke", (0,), 0.6)
    found = asked.distance(after)
    assert found.distance == pytest.approx(np.log(0.6 / 0.4))
    assert found.variables == {"smoke": pytest.approx(found.distance)}
    before, now = (
        asked.engine.query("lung", SICK).table[0],
        Engine(after).query("lung", SICK).table[0],
    )
    odds = np.log(now / (1 - now)) - np.log(before / (1 - before))
    assert 0 < abs(odds) <= found.distance
    assert asked.distance(asked.network).distance == 0
    with pytest.raises(UsageError, match="the networks differ"):
        asked.distance(Network.example("cancer"))


def test_draws_are_named(asked):
    found = asked.sample(50, SICK, seed=2)
    assert len(found.draws) == 50 and all(d["xray"] == "yes" for d in found.draws)
    assert found.draws == asked.sample(50, SICK, seed=2).draws
    assert set(found.to_frame()["dysp"]) == {"yes"}


def test_mistakes_are_named(asked):
    with pytest.raises(CaseError, match="'lungs': unknown variable; nearest: lung"):
        asked.posterior("lungs")
    with pytest.raises(CaseError, match="xray='ye': unknown state"):
        asked.marginals({"xray": "ye"})
    with pytest.raises(UsageError, match="cost of smoke=0"):
        asked.next_observation("lung", costs={"smoke": 0})
    with pytest.raises(UsageError, match="factor=1"):
        asked.tornado("lung", factor=1)
    with pytest.raises(UsageError, match="count=0"):
        asked.most_probable(count=0)
    with pytest.raises(ImpossibleEvidenceError, match="lung, either"):
        asked.most_probable({"lung": "yes", "either": "no"})


def test_every_answer_is_drawn_and_is_json(asked):
    answers = [
        asked.posterior("lung", SICK),
        asked.marginals(),
        asked.most_probable(SICK, count=2),
        asked.next_observation("lung"),
        asked.information("lung", "tub"),
        asked.separation("lung", "tub"),
        asked.conflict(SICK),
        asked.one_way("lung"),
        asked.tornado("lung"),
        asked.flip("lung"),
        asked.distance(moved(asked.network, "smoke", (0,), 0.6)),
        asked.sample(2),
    ]
    for answer in answers:
        document = json.loads(json.dumps(answer.to_dict(), allow_nan=False))
        assert document["model"]["hash"] == asked.info.hash
        assert asked.info.hash[:12] in str(answer) and "<" in answer.to_html()
        assert answer.to_markdown() and len(answer.to_frame().columns) > 0


def test_the_hash_is_of_the_content(asked):
    again = Questions(Network.example("asia"), "another name").info
    assert again.hash == asked.info.hash
    assert Questions(moved(asked.network, "smoke", (0,), 0.6)).info.hash != asked.info.hash


# -- noisy nodes -------------------------------------------------------------------------------


def test_noisy_or_by_hand_and_by_pyagrum():
    import pyagrum

    names = ("yes", "no")
    rain, sprinkler, wet = (Variable(n, names) for n in ("rain", "sprinkler", "wet"))
    cpt = Cpt.noisy_or(wet, {rain: 0.9, sprinkler: 0.8}, leak=0.1)
    expected = [[1 - 0.1 * 0.2 * 0.9, 1 - 0.1 * 0.9], [1 - 0.2 * 0.9, 0.1]]
    np.testing.assert_allclose(cpt.table[..., 0], expected, atol=1e-15)
    other = pyagrum.BayesNet()
    other.add(pyagrum.LabelizedVariable("rain", "", ["no", "yes"]))
    other.add(pyagrum.LabelizedVariable("sprinkler", "", ["no", "yes"]))
    other.addNoisyORNet(pyagrum.LabelizedVariable("wet", "", ["no", "yes"]), 0.1)
    other.addWeightedArc("rain", "wet", 0.9)
    other.addWeightedArc("sprinkler", "wet", 0.8)
    for i, r in enumerate(names):
        for j, s in enumerate(names):
            found = other.cpt("wet")[{"rain": r, "sprinkler": s}]
            assert found[1] == pytest.approx(cpt.table[i, j, 0], abs=1e-6)


@pytest.mark.parametrize("seed", range(20))
def test_noisy_max_is_the_strongest_of_what_each_parent_causes(seed):
    """Enumerated: each parent and the leak cause a state each, and the strongest is taken."""
    rng = np.random.default_rng(seed)
    child = Variable("y", ("severe", "mild", "none"))
    parents = [Variable(f"x{i}", tuple("abc"[: rng.integers(2, 4)])) for i in range(2)]
    alone = {p: rng.dirichlet([1, 1, 1], size=len(p)) for p in parents}
    leak = rng.dirichlet([1, 1, 1])
    table = Cpt.noisy_max(child, alone, leak).table
    first, second = alone.values()
    for i, j in np.ndindex(table.shape[:-1]):
        expected = np.zeros(3)
        for causes in np.ndindex(3, 3, 3):
            a, b, c = causes
            expected[min(causes)] += first[i, a] * second[j, b] * leak[c]
        np.testing.assert_allclose(table[i, j], expected, atol=1e-14)


def test_a_noisy_node_of_no_distribution_is_refused():
    x, y = Variable("x", ("a", "b")), Variable("y", ("on", "off"))
    with pytest.raises(NetworkError, match="CPT of y"):
        Cpt.noisy_or(y, {x: 1.2})
    with pytest.raises(NetworkError, match="CPT of y"):
        Cpt.noisy_max(y, {x: [[0.5, 0.4], [0, 1]]}, [0, 1])
    with pytest.raises(NetworkError, match="shape"):
        Cpt.noisy_max(y, {x: [[0.5, 0.5]]}, [0, 1])


# -- the planner -------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(30))
def test_an_order_that_keeps_the_target_is_no_dearer_than_that_for_all_marginals(seed):
    """Where marginals fit the memory, so does one of them, and both say the same."""
    rng = np.random.default_rng(seed)
    network = random_network(rng, nodes=14, states=3)
    plan = Engine(network).plan(everything())
    limit = 8 * plan.size(plan.largest.scope)
    engine = Engine(network, memory_limit=limit)
    found = engine.marginals()
    for name in network.variables:
        np.testing.assert_allclose(engine.query(name).table, found[name], atol=1e-12)


@pytest.mark.slow
def test_an_order_is_found_for_tables_beyond_any_number():
    from neurogamut.inference.elimination.ordering import elimination_order

    names = [f"v{i}" for i in range(1100)]
    assert sorted(elimination_order([names], dict.fromkeys(names, 2), ())) == sorted(names)


def everything():
    from neurogamut.inference.elimination.plan import Pattern

    return Pattern((), everything=True)


def test_marginals_agree_with_enumeration_whatever_the_order():
    network = random_network(np.random.default_rng(2), nodes=8)
    table = joint(network)
    for name, found in Engine(network).marginals().items():
        np.testing.assert_allclose(found, marginal(table, network, (name,)), atol=1e-12)


# -- the command -------------------------------------------------------------------------------


def run(*args: str, given: str | None = None):
    return CliRunner().invoke(cli, ["network", *args], input=given, catch_exceptions=True)


def test_the_command_asks_an_example():
    done = run("--example", "asia", "posterior", "lung", "--set", "xray=yes", "--json")
    assert done.exit_code == 0
    document = json.loads(done.stdout)
    asia = Engine(Network.example("asia"))
    expected = asia.query("lung", {"xray": "yes"}).table[0]
    assert document["probabilities"]["yes"] == pytest.approx(expected)
    assert document["model"]["network"] == "asia"


@pytest.mark.parametrize(
    "question",
    [
        ["marginals"],
        ["mpe", "--count", "2"],
        ["map", "--of", "lung", "--of", "tub"],
        ["next", "lung", "--cost", "smoke=2"],
        ["information", "lung", "tub"],
        ["conflict"],
        ["oneway", "lung"],
        ["tornado", "lung", "--state", "yes"],
        ["flip", "lung"],
        ["sample", "--count", "3"],
        ["posterior", "lung"],
    ],
)
def test_every_question_takes_a_case_and_set(question, tmp_path):
    case = tmp_path / "case.json"
    case.write_text('{"xray": "yes"}', encoding="utf-8")
    table = tmp_path / "table.csv"
    path = tmp_path / "asia.xdsl"
    Network.example("asia").write(path)
    done = run(
        str(path),
        *question,
        str(case),
        "--set",
        "dysp=yes:0.8,no:0.2",
        "--json",
        "--csv",
        str(table),
    )
    assert done.exit_code == 0, done.output
    evidence = json.loads(done.stdout)["evidence"]
    assert evidence == {"xray": "yes", "dysp": {"yes": 0.8, "no": 0.2}}
    assert table.read_text(encoding="utf-8").count("\n") > 1
    assert "Evidence: xray: yes; dysp: probably yes (80 %)" in run(
        str(path), *question, str(case), "--set", "dysp=yes:0.8,no:0.2"
    ).stdout.replace("\n", " ")


def test_separation_distance_and_conversion(tmp_path):
    path = tmp_path / "asia.uai"
    assert run("--example", "asia", "convert", str(path)).exit_code == 0
    assert (
        json.loads(run("--example=asia", "distance", str(path), "--json").stdout)["distance"] == 0
    )
    done = run("--example", "asia", "separation", "asia", "smoke", "--given", "xray")
    assert "d-connected given xray" in done.stdout


def test_a_network_is_described_and_may_come_from_standard_input(tmp_path):
    assert "8 variables, 8 edges, 36 numbers" in run("--example", "ASIA").stdout
    path = tmp_path / "asia.bif"
    Network.example("asia").write(path)
    done = run("-", "posterior", "lung", given=path.read_text(encoding="utf-8"))
    assert "lung: no" in done.stdout


@pytest.mark.parametrize(
    ("args", "code", "words"),
    [
        (["none.bif"], 2, "no such file"),
        (["--example", "asai"], 2, "nearest: asia"),
        (["--example"], 2, "there are alarm, andes, asia"),
        (["--example", "asia", "postrior", "lung"], 2, "nearest: posterior"),
        (["--example", "asia", "posterior", "lungs"], 4, "nearest: lung"),
        (["--example", "asia", "posterior", "lung", "--set", "xray=ye"], 4, "nearest: yes"),
        (["--example", "asia", "posterior", "lung", "--set", "xra=yes"], 4, "nearest: xray"),
        (["--example", "asia", "next", "lung", "--cost", "smoke"], 2, "expected name=number"),
        (
            ["--example", "asia", "mpe", "--set", "lung=yes", "--set", "either=no"],
            5,
            "cannot hold together",
        ),
    ],
)
def test_mistakes_on_the_command_line(args, code, words):
    done = run(*args)
    assert done.exit_code == code and words in done.output
    assert not done.exception or isinstance(done.exception, (SystemExit, Failure))


def test_states_with_colons_and_other_signs_can_be_set(tmp_path):
    path = tmp_path / "n.bif"
    variable = Variable("time", ("8:00", "True"))
    Network.of([variable], [Cpt("time", (), [0.5, 0.5])]).write(path)
    for state in variable.states:
        done = run(str(path), "posterior", "time", "--set", f"time={state}", "--json")
        assert json.loads(done.stdout)["probabilities"][state] == 1
