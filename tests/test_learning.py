"""Learning from patients: equal to pgmpy on complete data, to EM and enumeration by hand on missing
data, and whatever the order of patients and the number of threads."""

from __future__ import annotations

import csv
import json
import shutil
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

import neurogamut as ng
from neurogamut.cli.main import cli
from neurogamut.cohort.workers import local
from neurogamut.errors import CaseError, KnowledgeBaseError, UsageError
from neurogamut.inference.elimination.engine import Engine
from neurogamut.knowledge.build import cpts
from neurogamut.learning.component import components
from neurogamut.learning.diagnosed import DiagnosedReader
from neurogamut.learning.expectation_maximisation import Fit, Learner
from neurogamut.learning.patients import Patients
from neurogamut.learning.seen import Seen

GAMUT = Path(__file__).resolve().parent / "data" / "spots"
EDGE = "fever,koplik_spots,present,4,expert,expert,,made up\n"
SPLIT = "fever,present,immune_status=compromised,,,20,,expert,expert,,made up\n"


@pytest.fixture
def gamut(tmp_path: Path) -> Path:
    """A copy of the small gamut, in which fever depends on the immune status and on the spots."""
    root = tmp_path / "gamut"
    shutil.copytree(GAMUT, root)
    with (root / "cpts" / "measles.csv").open("a") as file:
        file.write(SPLIT)
    with (root / "priors" / "dependencies.csv").open("a") as file:
        file.write(EDGE)
    return root


def drawn(model: ng.Model, count: int, missing: float, seed: int = 0) -> pd.DataFrame:
    """Patients of a model of whole diseases, with their diagnosis."""
    rng = np.random.default_rng(seed)
    network = model.blueprint.as_wholes().network()
    states = Engine(network).sample(count, {}, seed=seed)
    frame = {}
    for name, codes in states.items():
        told = np.array(network.variables[name].states, dtype=object)[codes]
        if name != "diagnosis":
            told[rng.random(count) < missing] = None
        frame[name] = told
    return pd.DataFrame(frame)


def fitted(model: ng.Model, frame: pd.DataFrame, gained: float = 1e-13) -> Fit:
    whole = model.blueprint.as_wholes()
    patients = DiagnosedReader(model.base, whole.network()).read(frame)
    with local(1) as workers:
        seen = Seen.by(components(whole), patients)
        return Learner(whole, workers).fit(seen, 1.0, gained=gained)


# -- is it right? -------------------------------------------------------------------------------


def test_complete_data_give_what_pgmpy_gives(tmp_path):
    """The tables' Dirichlet weights are its pseudo-counts."""
    from pgmpy.models import DiscreteBayesianNetwork
    from pgmpy.parameter_estimator import DiscreteBayesianEstimator

    root = tmp_path / "gamut"
    shutil.copytree(GAMUT, root)
    with (root / "cpts" / "measles.csv").open("a") as file:
        file.write(SPLIT)
    model = ng.load("clinic", root=root)
    frame = drawn(model, 300, missing=0)
    fit = fitted(model, frame)
    names = {name: list(v.states) for name, v in model.network.variables.items()}
    columns = model.blueprint.columns
    alphas = {"diagnosis": columns.prior, **columns.findings}
    # pgmpy has parents in the order of their edges, and states as rows.
    counts = {name: alpha.reshape(-1, alpha.shape[-1]).T for name, alpha in alphas.items()}
    estimator = DiscreteBayesianEstimator(
        state_names=names, prior_type="dirichlet", pseudo_counts=counts
    )
    plain = DiscreteBayesianNetwork(model.to_pgmpy().edges())
    plain.fit(frame, estimator=estimator)
    for name, alpha in alphas.items():
        cpd = plain.get_cpds(name)
        assert cpd.variables[1:] == list(model.network.cpts[name].parents)
        expected = cpd.get_values().T.reshape(alpha.shape)
        assert np.abs(fit.rates.means[name] - expected).max() < 1e-9


@pytest.mark.slow
def test_missing_immune_status_is_learned_as_by_hand(gamut):
    """Fever was seen, the immune status in a half of the patients: EM worked out in full."""
    (gamut / "priors" / "dependencies.csv").write_text(
        (gamut / "priors" / "dependencies.csv").read_text().replace(EDGE, "")
    )
    model = ng.load("clinic", root=gamut)
    seen = [("present", "competent")] * 6 + [("present", "compromised")] * 3
    seen += [("absent", "compromised")] * 2 + [("present", None)] * 7 + [("absent", None)] * 5
    told = [{"diagnosis": "measles", "fever": f, "immune_status": s} for f, s in seen]
    fit = fitted(model, pd.DataFrame(told))
    disease = model.network.variables["diagnosis"].index("measles")
    fevers, statuses = (model.network.variables[n].states for n in ("fever", "immune_status"))
    prior_fever = model.blueprint.columns.findings["fever"][disease]
    prior_status = model.blueprint.columns.findings["immune_status"][disease]
    status, fever = prior_status / prior_status.sum(), prior_fever / prior_fever.sum(1)[:, None]
    for _ in range(5000):
        count_status, count_fever = prior_status.copy(), prior_fever.copy()
        for f, s in seen:
            here = fevers.index(f)
            known = np.array([s in (None, name) for name in statuses])
            share = status * fever[:, here] * known
            share = share / share.sum()
            count_status += share
            count_fever[:, here] += share
        status = count_status / count_status.sum()
        fever = count_fever / count_fever.sum(1)[:, None]
    assert fit.rates.means["immune_status"][disease] == pytest.approx(status, abs=1e-6)
    assert fit.rates.means["fever"][disease] == pytest.approx(fever, abs=1e-6)


def test_no_other_rates_or_odds_ratio_are_more_probable(gamut):
    """The sum that is maximised, by enumeration, falls in every direction."""
    model = ng.load("clinic", root=gamut)
    frame = drawn(model, 40, missing=0.5, seed=3)
    fit = fitted(model, frame)
    rng = np.random.default_rng(0)
    best = enumerated(model, frame, fit.rates)
    assert best == pytest.approx(fit.trace[-1] + prior_of_diagnoses(frame, fit), abs=1e-6)
    vector = fit.rates.vector()
    diagnoses = fit.rates.means["diagnosis"].size
    for _ in range(40):
        step = rng.normal(size=vector.size)
        step[:diagnoses] = 0  # counted, not maximised
        assert enumerated(model, frame, fit.rates.at(vector + 0.02 * step)) < best
        assert enumerated(model, frame, fit.rates.at(vector + 0.001 * step)) < best + 1e-9


def enumerated(model, frame, rates) -> float:
    """weight * ln P(patients) + ln prior, by summing over all that was not seen."""
    tables = cpts(rates.shape, rates.means)
    variables = model.network.variables
    total = 0.0
    for row in frame.to_dict("records"):
        known = [
            [variables[name].index(row[name])]
            if isinstance(row[name], str)
            else range(len(variables[name]))
            for name in variables
            if name != "age"
        ]
        names = [name for name in variables if name != "age"]
        mass = 0.0
        for states in product(*known):
            here = dict(zip(names, states, strict=True))
            mass += np.prod(
                [tables[n][tuple(here[p] for p in (*rates.shape.parents(n), n))] for n in names[1:]]
                + [tables["diagnosis"][here["diagnosis"]]]
            )
        total += np.log(mass)
        if isinstance(row["age"], str):
            here = variables["diagnosis"].index(row["diagnosis"])
            total += np.log(tables["age"][here, variables["age"].index(row["age"])])
    with local(1) as workers:
        return total + Learner(model.blueprint, workers).prior.of(rates)


def prior_of_diagnoses(frame, fit) -> float:
    counts = frame["diagnosis"].value_counts()
    prior = dict(
        zip(fit.rates.shape.states["diagnosis"], fit.rates.means["diagnosis"], strict=True)
    )
    return float(sum(n * np.log(prior[disease]) for disease, n in counts.items()))


@pytest.mark.slow
@pytest.mark.parametrize("missing", [0.3, 0.6, 0.95])
def test_the_sum_that_is_maximised_never_falls(model, missing):
    trace = np.array(fitted(model, drawn(model, 60, missing, seed=1), gained=1e-4).trace)
    assert len(trace) > 2
    assert (np.diff(trace) > -1e-9 * np.abs(trace[0])).all()


@pytest.mark.slow
def test_the_truth_is_found_and_the_intervals_cover_it(model):
    """Rates drawn from the tables' own distributions, 1,000 patients, a half of it missing."""
    rng, whole = np.random.default_rng(5), model.blueprint.as_wholes()
    means = {name: found[0] for name, found in model.blueprint.columns.draws(1, rng).items()}
    from neurogamut.knowledge.build import network

    truth = ng.Engine(network(whole.structure, cpts(whole.structure, means)))
    rows = truth.sample(1000, {}, seed=5)
    codes = {n: np.where(rng.random(1000) < 0.5, -1, s) for n, s in rows.items()}
    diagnoses = codes.pop("diagnosis")
    shares = np.eye(29)[rows["diagnosis"]]
    assert (diagnoses < 0).any()
    patients = Patients.of({n: len(model.network.variables[n]) for n in codes}, codes, shares)
    with local(1) as workers:
        seen = Seen.by(components(whole), patients)
        fit = Learner(whole, workers).fit(seen, 1.0)
    from neurogamut.learning.expectation_maximisation import learned_blueprint

    learned = learned_blueprint(whole, fit, 1.0, seen).columns.findings
    inside, errors, before = [], [], []
    for name, alpha in learned.items():
        if alpha.shape[-1] == 2:
            a, b = alpha[..., 0], alpha[..., 1]
            mean = a / (a + b)
            old = model.blueprint.columns.means()[name][..., 0]
            spread = np.sqrt(mean * (1 - mean) / (a + b + 1))
            inside.append(np.abs(mean - means[name][..., 0]) < 1.96 * spread)
            errors.append((mean - means[name][..., 0]).ravel())
            before.append((old - means[name][..., 0]).ravel())
    covered = np.concatenate([part.ravel() for part in inside]).mean()
    errors, before = np.concatenate(errors), np.concatenate(before)
    assert 0.92 < covered < 0.98
    assert abs(errors.mean()) < 0.01
    assert (errors**2).mean() < 0.6 * (before**2).mean()


# -- the same whatever does not matter ----------------------------------------------------------


def written(root: Path) -> dict[str, bytes]:
    return {str(p.relative_to(root)): p.read_bytes() for p in sorted(root.rglob("*.csv"))}


@pytest.mark.slow
def test_the_same_bytes_for_any_order_and_number_of_threads(model, tmp_path):
    frame = drawn(model, 50, missing=0.8, seed=2)
    frame["diagnosis"] = [
        f"{d}:0.75,nmosd:0.25" if i % 3 and d != "nmosd" else d
        for i, d in enumerate(frame.diagnosis)
    ]
    shuffled = frame.sample(frac=1, random_state=0)
    model.learn(frame, cross_validate=False).write(tmp_path / "one")
    model.learn(shuffled, cross_validate=False, jobs=2).write(tmp_path / "two")
    assert written(tmp_path / "one") == written(tmp_path / "two")


@pytest.mark.slow
def test_what_was_written_reads_back_as_what_was_learned(model, tmp_path):
    learned = model.learn(drawn(model, 80, missing=0.7, seed=4), weight=0.5, cross_validate=False)
    learned.write(tmp_path / "own")
    again = ng.load(root=tmp_path / "own")
    means = learned.tables.fit.rates.means
    for name, mean in again.blueprint.columns.means().items():
        assert np.abs(mean - means[name]).max() < 1e-5, name
    rows = [row for row in again.base.statements if row.basis == "local"]
    assert {row.source for row in rows} == {"own_patients"}
    assert all(row.k <= row.n and row.locator.startswith("sha256 ") for row in rows)
    view = again.show(*next((r.finding, r.disease) for r in rows if r.disease == "susac"))[0]
    assert view.basis == "local"
    why = again.explain({"fever": "present", "seizures": "present"}, disease="susac")
    assert sum(why.basis_share.values()) == pytest.approx(1) and why.basis_share["local"] > 0
    before = {edge.child: edge.odds_ratio for edge in model.base.dependencies}
    after = {edge.child: edge.odds_ratio for edge in again.base.dependencies}
    assert after == before, "where diseases have forms, what goes together is partly the form's"
    with pytest.raises(UsageError, match="holds what patients added already"):
        again.learn([{"diagnosis": "susac", "fever": "present"}])


@pytest.mark.slow
def test_nothing_of_a_patient_is_written(model, tmp_path):
    frame = drawn(model, 30, missing=0.7, seed=6)
    frame["id"] = [f"patient-{i}" for i in range(30)]
    model.learn(frame, cross_validate=False).write(tmp_path / "own")
    assert not any(b"patient-" in text for text in written(tmp_path / "own").values())


@pytest.mark.slow
def test_one_hospital_is_not_capped(model):
    """What a review of 200 can say is capped at 30 patients; 200 of one's own are 200."""
    told = [{"diagnosis": "susac", "csf_high_protein": "absent"}] * 200
    cell = next(
        c
        for c in model.learn(told, weight=1.0, cross_validate=False).cells
        if (c.disease, c.finding) == ("susac", "csf_high_protein")
    )
    assert cell.k == 0 and cell.n == pytest.approx(200, abs=0.01)
    assert cell.after < 0.15 < cell.before and cell.contradicts


# -- what may be said ---------------------------------------------------------------------------


@pytest.mark.slow
def test_an_uncertain_diagnosis_counts_in_parts(model):
    told = [{"diagnosis": {"susac": 0.75, "nmosd": 0.25}, "seizures": "present"}] * 8
    counts = {c.disease: c.n for c in model.learn(told).cells if c.finding == "seizures"}
    assert counts["susac"] == pytest.approx(6, abs=0.01)
    assert counts["nmosd"] == pytest.approx(2, abs=0.01)


def test_rows_that_cannot_be_read_are_named(model):
    frame = pd.DataFrame(
        {"id": ["a", "b"], "diagnosis": ["susac", "susax"], "fever": ["present", "yess"]}
    )
    with pytest.raises(CaseError, match=r"row 2 \(id b\): .*nearest: .*yes|susac") as caught:
        model.learn(frame)
    assert "nearest: susac" in str(caught.value)
    with pytest.raises(CaseError, match="no column is called 'diagnosis'"):
        model.learn(frame[["fever"]])
    with pytest.raises(CaseError, match="add up to 1"):
        model.learn([{"diagnosis": {"susac": 0.5}, "fever": "present"}])


@pytest.mark.slow
def test_a_local_row_may_have_decimals_and_no_other(model, tmp_path):
    model.learn([{"diagnosis": "susac", "skin_lesions": "present"}]).write(tmp_path / "own")
    file = tmp_path / "own" / "cpts" / "susac.csv"
    text = file.read_text()
    file.write_text(text.replace("skin_lesions,present,,1,1,", "skin_lesions,present,,0.5,1.25,"))
    assert ng.load(root=tmp_path / "own").base.statements
    file.write_text(text.replace("skin_lesions,present,,1,1,", "skin_lesions,present,,2,1,"))
    with pytest.raises(KnowledgeBaseError, match="is more than n=1"):
        ng.load(root=tmp_path / "own")
    file.write_text(
        text.replace(
            "skin_lesions,present,,1,1,,,local", "skin_lesions,present,,0.5000,1,,,reported"
        )
    )
    with pytest.raises(KnowledgeBaseError, match="is not a whole number"):
        ng.load(root=tmp_path / "own")


# -- the commands -------------------------------------------------------------------------------


def run(*arguments: object) -> str:
    done = CliRunner().invoke(cli, [str(a) for a in arguments])
    assert done.exit_code == 0, done.output
    return done.stdout


@pytest.mark.slow
def test_learn_writes_tables_that_answer(gamut, tmp_path):
    model = ng.load("clinic", root=gamut)
    drawn(model, 120, missing=0.4).to_csv(tmp_path / "patients.csv", index=False)
    told = ("--knowledge", gamut, "--setting", "clinic")
    picture = tmp_path / "moved.svg"
    text = run(
        "learn", tmp_path / "patients.csv", "--into", tmp_path / "own", "--plot", picture, *told
    )
    assert "Does it help?" in text and "What moved most" in text
    assert "fever" in picture.read_text()
    answer = json.loads(
        run("learn", tmp_path / "patients.csv", "--into", tmp_path / "own", "--json", *told)
    )
    assert answer["patients"] == 120 and set(answer["gains"]) == {"0.25", "0.5", "1", "2", "4"}
    assert answer["weight"] == float(max(answer["gains"], key=answer["gains"].get))
    run("check", "--knowledge", tmp_path / "own")
    with (tmp_path / "own/priors/estimation.csv").open() as file:
        rows = {row["parameter"]: row for row in csv.DictReader(file)}
    assert float(rows["local_weight"]["value"]) == answer["weight"]


def test_a_hospital_goes_by_no_published_name(model):
    patients = [{"diagnosis": "susac", "fever": "present"}]
    with pytest.raises(UsageError, match="fuchs_2025: is a published one"):
        model.learn(patients, source="fuchs_2025", weight=1, cross_validate=False)


def test_learn_leaves_other_folders_alone(gamut, tmp_path):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "letter.txt").write_text("dear colleague")
    (tmp_path / "p.jsonl").write_text('{"diagnosis": "measles", "fever": "present"}\n')
    told = ("--into", tmp_path / "full", "--knowledge", gamut, "--setting", "clinic")
    asked = ["learn", tmp_path / "p.jsonl", *told]
    done = CliRunner().invoke(cli, [str(part) for part in asked])
    assert done.exit_code == 2 and "is in the way" in done.output
    assert [path.name for path in (tmp_path / "full").iterdir()] == ["letter.txt"]


@pytest.mark.slow
def test_updates_in_any_order_are_the_ledger_replayed(gamut, tmp_path):
    told = ("--knowledge", gamut, "--setting", "clinic", "--jobs", 1)
    patients = [("measles", "present"), ("rubella", "absent"), ("measles", "absent")]

    def update(name: str, *more: object) -> list[object]:
        return ["update", tmp_path / f"{name}.jsonl", "--into", tmp_path / name, *told, *more]

    def patient(number: int) -> tuple[object, ...]:
        disease, fever = patients[number]
        return "--set", f"fever={fever}", "--diagnosis", disease, "--id", number

    for name, order in (("a", [0, 1, 2]), ("b", [2, 0, 1])):
        for number in order:
            run(*update(name, *patient(number)))
    before = written(tmp_path / "a")
    assert written(tmp_path / "b") == before
    run(*update("a"))
    assert written(tmp_path / "a") == before
    run("learn", tmp_path / "a.jsonl", "--into", tmp_path / "c", "--weight", 1, *told)
    assert written(tmp_path / "c") == before
    again = CliRunner().invoke(cli, [str(part) for part in update("a", *patient(0))])
    assert again.exit_code == 4 and "stands in it already" in again.output
    run(*update("a", "--fading", 0.5))
    assert written(tmp_path / "a") != before


def test_a_patient_needs_findings_and_a_diagnosis(gamut, tmp_path):
    told = ("--knowledge", gamut, "--setting", "clinic", "--into", tmp_path / "own")
    asked = ["update", tmp_path / "ledger.jsonl", "--set", "fever=present", *told]
    done = CliRunner().invoke(cli, [str(part) for part in asked])
    assert done.exit_code == 2 and "--diagnosis" in done.output
    assert not (tmp_path / "own").exists() and not (tmp_path / "ledger.jsonl").exists()


def test_a_folder_in_the_way_leaves_the_ledger_as_it_was(gamut, tmp_path):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "letter.txt").write_text("dear colleague")
    told = ("--knowledge", gamut, "--setting", "clinic", "--into", tmp_path / "full")
    asked = ["update", tmp_path / "ledger.jsonl", "--set", "fever=present", *told]
    done = CliRunner().invoke(cli, [str(part) for part in (*asked, "--diagnosis", "measles")])
    assert done.exit_code == 2 and "is in the way" in done.output
    assert not (tmp_path / "ledger.jsonl").exists()
