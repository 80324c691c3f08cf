"""Learning from patients of whom somebody chose what to tell: against the sum over everything that
could have been told, in a gamut small enough to write it out."""

from __future__ import annotations

import shutil
from itertools import combinations, product
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import neurogamut as ng
from neurogamut.cli.main import cli
from neurogamut.cohort.workers import local
from neurogamut.errors import UsageError
from neurogamut.inference.elimination.engine import Engine
from neurogamut.knowledge.build import cpts
from neurogamut.knowledge.reporting import Reporting
from neurogamut.learning.choice import Choice
from neurogamut.learning.component import components
from neurogamut.learning.diagnosed import DiagnosedReader
from neurogamut.learning.expectation_maximisation import Fit, Learner, learned_blueprint
from neurogamut.learning.maximise import Rates
from neurogamut.learning.seen import Seen

GAMUT = Path(__file__).resolve().parent / "data" / "spots"
MORE = {
    "cpts/findings.csv": "cough,Cough,,present|absent,clinical,examination,pertinent,,,\n"
    "rash,Rash,,present|absent,clinical,examination,asked,,,\n",
    "cpts/background.csv": "cough,present,,,,20,,expert,expert,,made up\n"
    "rash,present,,,,4,,expert,expert,,made up\n",
    "cpts/measles.csv": "fever,present,immune_status=compromised,,,20,,expert,expert,,made up\n"
    "cough,present,,,,80,,expert,expert,,made up\n"
    "rash,present,,,,90,,expert,expert,,made up\n",
    "cpts/rubella.csv": "rash,present,,,,70,,expert,expert,,made up\n",
    "priors/dependencies.csv": "fever,koplik_spots,present,4,expert,expert,,made up\n"
    "cough,immune_status,compromised,3,expert,expert,,made up\n",
}
PERTINENT = ("koplik_spots", "fever", "cough", "rash")
SAID = ("present", "absent")

Patient = dict[str, object]


@pytest.fixture
def gamut(tmp_path: Path) -> ng.Model:
    root = tmp_path / "gamut"
    shutil.copytree(GAMUT, root)
    for name, rows in MORE.items():
        with (root / name).open("a") as file:
            file.write(rows)
    return ng.load("clinic", root=root)


def patients(model: ng.Model, count: int, seed: int) -> list[Patient]:
    """Told of by at random: what is learned from them must be right whatever they are."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(count):
        case: Patient = {"diagnosis": str(rng.choice(["measles", "rubella", "other"]))}
        for name in PERTINENT:
            if rng.random() < 0.5:
                case[name] = str(rng.choice(SAID))
        if rng.random() < 0.3:
            case["immune_status"] = "compromised"
        found.append(case)
    found[0] = {"diagnosis": "measles", "fever": {"present": 0.3, "absent": 0.9}}
    found[1] = {"diagnosis": "measles", "cough": {"present": 0.5, "absent": 0.5}}
    found[2] = {"diagnosis": {"measles": 0.5, "rubella": 0.5}, "rash": "absent"}
    return found


def fitted(model: ng.Model, told: list[Patient], gained: float = 1e-12) -> Fit:
    whole = model.blueprint.as_wholes()
    read = DiagnosedReader(model.base, whole.network()).read(told)
    choice = Choice.of(model.base)
    with local(1) as workers:
        seen = Seen.by(components(whole), read, choice.asked)
        return Learner(whole, workers, choice=choice).fit(seen, 1.0, gained=gained)


def enumerated(model: ng.Model, told: list[Patient], rates: Rates) -> float:
    """ln P(what was told, of all sets of as many | diagnosis) + ln prior, written out."""
    tables, variables = cpts(rates.shape, rates.means), model.network.variables
    names = [name for name in variables if name not in ("diagnosis", "age")]
    reporting, asked = Reporting.of(model.base), {"rash"}
    worlds = list(product(*(range(2) for _ in names)))

    def chance(disease: int, world: tuple[int, ...]) -> float:
        here = dict(zip(names, world, strict=True)) | {"diagnosis": disease}
        parents = {n: tuple(here[p] for p in rates.shape.parents(n)) for n in names}
        return float(np.prod([tables[n][(*parents[n], here[n])] for n in names]))

    def readiness(disease: int, name: str) -> np.ndarray:
        share = [sum(chance(disease, w) for w in worlds if w[names.index(name)] == s) for s in (0,)]
        present = share[0] ** reporting.told_present_power
        expected = 0 if name in asked else share[0]
        return np.array([present, reporting.told_absent * (reporting.told_absent_floor + expected)])

    total = 0.0
    for case in told:
        shares = case["diagnosis"] if isinstance(case["diagnosis"], dict) else None
        likelihoods = {}
        for name, said in case.items():
            if name == "diagnosis":
                continue
            states = variables[name].states
            reading = np.array([said[s] if isinstance(said, dict) else said == s for s in states])
            if reading[0] != reading[1]:
                likelihoods[name] = reading / reading.max()
        spoken = [name for name in PERTINENT if name in likelihoods]
        for key, share in (shares or {str(case["diagnosis"]): 1.0}).items():
            disease = variables["diagnosis"].index(key)
            ready = {name: readiness(disease, name) for name in PERTINENT}
            seen = possible = 0.0
            for world in worlds:
                at = dict(zip(names, world, strict=True))
                p = chance(disease, world)
                read = [likelihoods[n][at[n]] for n in likelihoods]
                seen += p * np.prod(read) * np.prod([ready[n][at[n]] for n in spoken])
                possible += p * sum(
                    np.prod([ready[n][at[n]] for n in chosen])
                    for chosen in combinations(PERTINENT, len(spoken))
                )
            total += share * float(np.log(seen / possible))
    with local(1) as workers:
        return total + Learner(model.blueprint, workers).prior.of(rates)


@pytest.mark.slow
def test_no_other_rates_are_more_probable(gamut):
    """The sum that is maximised, by enumeration, falls in every direction."""
    told = patients(gamut, 25, seed=3)
    fit = fitted(gamut, told)
    best = enumerated(gamut, told, fit.rates)
    assert best == pytest.approx(fit.trace[-1], abs=1e-8)
    rng, vector = np.random.default_rng(0), fit.rates.vector()
    diagnoses = fit.rates.means["diagnosis"].size
    for _ in range(8):
        step = rng.normal(size=vector.size)
        step[:diagnoses] = 0  # counted, not maximised
        assert enumerated(gamut, told, fit.rates.at(vector + 0.02 * step)) < best
        assert enumerated(gamut, told, fit.rates.at(vector + 0.001 * step)) < best + 1e-8


def test_the_sum_that_is_maximised_never_falls(gamut):
    trace = np.array(fitted(gamut, patients(gamut, 60, seed=5)).trace)
    assert len(trace) > 2
    assert (np.diff(trace) > -1e-9 * np.abs(trace[0])).all()


def test_what_nobody_mentions_loses_and_a_checklist_knows_nothing_of_it(gamut):
    """Of sixty patients with measles the spots are told alone, and never the cough."""
    told: list[Patient] = [{"diagnosis": "measles", "koplik_spots": "present"}] * 60
    for reporting, falls in (("pertinent", True), ("systematic", False)):
        learned = gamut.learn(told, weight=1.0, cross_validate=False, reporting=reporting)
        cells = {c.finding: c for c in learned.cells if c.disease == "measles"}
        assert cells["koplik_spots"].after > cells["koplik_spots"].before
        assert ("cough" in cells) is falls
    assert not any(c.finding == "cough" for c in learned.cells)


def drawn(model: ng.Model, rates: Rates, count: int, number: int) -> list[Patient]:
    """Patients with measles of whom so many findings are told as the reporting model has it."""
    from neurogamut.knowledge.build import network

    rng = np.random.default_rng(7)
    ready = Choice.of(model.base).said(rates, PERTINENT)
    engine = Engine(network(rates.shape, cpts(rates.shape, rates.means)))
    states = engine.sample(20 * count, {"diagnosis": "measles"}, seed=7)
    disease = model.network.variables["diagnosis"].index("measles")
    ways = [
        np.prod([ready[f][disease, states[f], states[f]] for f in chosen], axis=0)
        for chosen in combinations(PERTINENT, number)
    ]
    weights = np.stack(ways, axis=1)
    rows = rng.choice(weights.size, size=count, p=(weights / weights.sum()).ravel())
    sets = list(combinations(PERTINENT, number))
    return [
        {"diagnosis": "measles"}
        | {f: SAID[states[f][row // len(sets)]] for f in sets[row % len(sets)]}
        for row in rows
    ]


@pytest.mark.slow
def test_the_truth_is_found_in_what_was_chosen(gamut):
    """True rates far from the tables': read as told they come back, read as a checklist not."""
    whole = gamut.blueprint.as_wholes()
    start = Rates(whole.structure, whole.columns.means(), ())
    truth = {"koplik_spots": 0.3, "cough": 0.35, "rash": 0.6}
    disease = gamut.network.variables["diagnosis"].index("measles")
    means = {name: start.means[name].copy() for name in truth}
    for name, rate in truth.items():
        means[name][disease] = (rate, 1 - rate)
    told = [c for n in (1, 2, 3) for c in drawn(gamut, start.with_means(means), 1500, n)]
    errors = {}
    for reporting in ("pertinent", "systematic"):
        learned = gamut.learn(told, weight=1.0, cross_validate=False, reporting=reporting)
        after = learned.tables.fit.rates.means
        errors[reporting] = [abs(after[name][disease, 0] - rate) for name, rate in truth.items()]
    assert max(errors["pertinent"]) < 0.05
    assert max(errors["systematic"]) > 0.2


def written(root: Path) -> dict[str, bytes]:
    return {str(p.relative_to(root)): p.read_bytes() for p in sorted(root.rglob("*.csv"))}


def test_any_order_and_number_of_threads_and_what_is_written_reads_back(gamut, tmp_path):
    told = patients(gamut, 40, seed=9)
    learned = gamut.learn(told, cross_validate=False, reporting="pertinent")
    learned.write(tmp_path / "one")
    gamut.learn(told[::-1], cross_validate=False, reporting="pertinent", jobs=2).write(
        tmp_path / "two"
    )
    assert written(tmp_path / "one") == written(tmp_path / "two")
    again = ng.load("clinic", root=tmp_path / "one").blueprint.columns.means()
    for name, mean in learned.tables.fit.rates.means.items():
        assert np.abs(again[name] - mean).max() < 1e-5, name


def test_a_cell_weighs_by_its_information(gamut):
    """Nobody speaks of the cough: its row counts as many patients as lead to its rate, or more."""
    told: list[Patient] = [{"diagnosis": "measles", "koplik_spots": "present"}] * 60
    whole = gamut.blueprint.as_wholes()
    fit = fitted(gamut, told)
    read = DiagnosedReader(gamut.base, whole.network()).read(told)
    seen = Seen.by(components(whole), read, Choice.of(gamut.base).asked)
    after = learned_blueprint(whole, fit, 1.0, seen)
    disease = gamut.network.variables["diagnosis"].index("measles")
    before, alpha = (b.columns.findings["cough"][disease] for b in (whole, after))
    assert (alpha >= before - 1e-9).all() and 0 < alpha.sum() - before.sum() < 60


def test_too_many_findings_told_are_named(gamut):
    whole = gamut.blueprint.as_wholes()
    rates = Rates(whole.structure, whole.columns.means(), ())
    numbers = np.zeros((3, 6))
    numbers[0, 5] = 1  # of four findings
    with pytest.raises(UsageError, match="too many: learn from a checklist"):
        Choice.of(gamut.base).log_choices(rates, numbers)


def test_the_commands_take_it(gamut, tmp_path):
    told = ("--knowledge", gamut.base.root, "--setting", "clinic", "--jobs", 1)
    asked = ("--set", "fever=present", "--diagnosis", "measles", "--reporting", "pertinent")
    ledger, into = tmp_path / "ledger.jsonl", tmp_path / "own"
    for line in (
        ("update", ledger, *asked, "--into", into, *told),
        ("learn", ledger, "--reporting", "pertinent", "--weight", 1, "--into", into, *told),
    ):
        done = CliRunner().invoke(cli, [str(part) for part in line])
        assert done.exit_code == 0, done.output
        assert "1 patients, read as told" in done.output
        assert "reporting pertinent" in (into / "priors" / "estimation.csv").read_text()
