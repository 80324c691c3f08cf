"""A gamut of the Human Phenotype Ontology's annotations: the diseases with most of them, and the
terms that occur in most of these.

    python examples/hpo_gamut.py build phenotype.hpoa DIR [--diseases 300] [--findings 1000]
    python examples/hpo_gamut.py compare DIR [--patients 200]
    python examples/hpo_gamut.py pose DIR FOLDER [--most 10]

`build` reads phenotype.hpoa as https://hpo.jax.org publishes it (acknowledge HPO, and name its
release) and writes tables; `--only OMIM` keeps diseases from standing there twice, under an id of
OMIM and of Orphanet. `compare` ranks the diseases of simulated patients by neurogamut and by
likelihood ratios as LIRICAL takes them (Robinson, Am J Hum Genet 2020;107:403): terms by identity,
all diseases equally probable beforehand. The patients are drawn from the annotations themselves, so
that both do better here than with real ones. `pose` ranks real ones: a folder of Phenopackets such
as https://github.com/monarch-initiative/phenopacket-store has them, of which those count whose
disease is in the tables. Annotations often rest on the very papers that the patients are from, and
are left out then.
"""

from __future__ import annotations

import argparse
import csv
import json
import re
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import NamedTuple

import numpy as np

import neurogamut as ng

#: Percentages in the middle of HPO's frequency bands, of an annotation without any, and of a term
#: in a disease that is not annotated with it.
BANDS = {"HP:0040280": 99, "HP:0040281": 90, "HP:0040282": 55, "HP:0040283": 17, "HP:0040284": 2.5}
WITHOUT, ELSEWHERE = 40, 1
#: Of a simulated patient: terms of the disease that are told, and terms that have nothing to do
#: with it.
TOLD, NOISE = 3, 3
HPO = {"key": "hpo", "citation": "HPO, phenotype.hpoa"}
JUDGED = {"basis": "expert", "source": "expert", "note": "the same for all"}
STATES = ("present", "absent")
PRESENT = {"state": "present", "k": "", "n": "", "percent": ""}
#: So many patients stands an annotation without a count for, beside others.
UNCOUNTED = 10
Annotations = dict[str, tuple[str, dict[tuple[str, str], str]]]


def annotations(path: Path) -> Annotations:
    """The name of every disease, and the frequency of each of its phenotypes by HPO id and
    reference."""
    text = path.read_text(encoding="utf-8")
    lines = (line for line in text.splitlines() if not line.startswith("#"))
    found: Annotations = {}
    for row in csv.DictReader(lines, delimiter="\t"):
        if row["aspect"] == "P" and row["qualifier"] != "NOT":
            _, terms = found.setdefault(row["database_id"], (row["disease_name"], {}))
            terms[row["hpo_id"], row["reference"]] = row["frequency"]
    return found


def figure(frequency: str) -> dict[str, str]:
    """An annotation's frequency in the columns of a statement: a count, a percentage or a band."""
    said = {"locator": "column frequency", "basis": "reported"}
    if counted := re.fullmatch(r"(\d+)/(\d+)", frequency):
        return said | {"k": counted[1], "n": counted[2]}
    if frequency.endswith("%"):
        return said | {"percent": frequency[:-1]}
    return said | {"percent": str(BANDS.get(frequency, WITHOUT)), "basis": "indirect"}


def key(term: str) -> str:
    """`HP:0001250` as a key of the tables."""
    return re.sub(r"\W+", "_", term.lower())


def write(path: Path, rows: Sequence[Mapping[str, object]]) -> None:
    """A table of rows that have the same columns."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def build(path: Path, root: Path, diseases: int, findings: int, only: str = "") -> None:
    """Write the tables, of diseases whose id begins with `only`."""
    known = {d: found for d, found in annotations(path).items() if d.startswith(only)}
    phenotypes = {d: {term: None for term, _ in stated} for d, (_, stated) in known.items()}
    chosen = sorted(known, key=lambda disease: -len(phenotypes[disease]))[:diseases]
    often = Counter(term for disease in chosen for term in phenotypes[disease])
    terms = sorted(term for term, _ in often.most_common(findings))
    labels = [{"key": key(d), "label": known[d][0], "database_id": d} for d in chosen]
    other = {"key": "other", "label": "None of these", "database_id": ""}
    write(root / "priors/diseases.csv", [*labels, other])
    cited = sorted({ref for d in chosen for _, ref in known[d][1] if ref})
    sources = [{"key": key(ref), "citation": f"HPO, phenotype.hpoa: {ref}"} for ref in cited]
    write(root / "priors/sources.csv", [HPO, *sources])
    weights = [{"disease": label["key"], "weight": 1} | JUDGED for label in (*labels, other)]
    write(root / "priors/settings/equal.csv", weights)
    named = [{"key": key(term), "label": term, "hpo_id": term} for term in terms]
    write(root / "cpts/findings.csv", named)
    kept = set(terms)
    usual = PRESENT | {"percent": ELSEWHERE} | JUDGED
    write(root / "cpts/background.csv", [{"finding": key(term)} | usual for term in terms])
    for disease in chosen:
        rows = [
            {"finding": key(term)} | PRESENT | figure(said) | {"source": key(ref) or "hpo"}
            for (term, ref), said in known[disease][1].items()
            if term in kept
        ]
        write(root / f"cpts/{key(disease)}.csv", rows)


def frequencies(model: ng.Model) -> np.ndarray:
    """P(term | disease) as annotated, shape (diseases, findings)."""
    places = {disease: i for i, disease in enumerate(model.labels)}
    columns = {finding.key: i for i, finding in enumerate(model.base.findings)}
    seen = np.zeros((2, len(places), len(columns)))
    for row in model.base.statements:
        share, patients = row.share or 0.0, row.n or UNCOUNTED
        seen[:, places[row.disease], columns[row.finding]] += share * patients, patients
    rates = np.where(seen[1] > 0, seen[0] / np.maximum(seen[1], 1), ELSEWHERE / 100)
    return np.clip(rates, ELSEWHERE / 100, 1 - ELSEWHERE / 100)


def log_ratios(model: ng.Model) -> np.ndarray:
    """How much more probable a term is, present or absent, in a disease than on average over all,
    in logarithms, shape (states, diseases, findings)."""
    rates = frequencies(model)
    both = np.stack([rates, 1 - rates])
    return np.log(both) - np.log(both.mean(axis=1, keepdims=True))


def compare(root: Path, count: int) -> None:
    """Simulated patients, ranked by both."""
    model, rng = ng.load(root=root), np.random.default_rng(0)
    rates, keys = frequencies(model), [finding.key for finding in model.base.findings]
    ratios = log_ratios(model)[0]
    ranks: dict[str, list[int]] = {"neurogamut": [], "likelihood ratios": []}
    seconds = []
    for _ in range(count):
        truth = int(rng.integers(len(rates) - 1))
        own = np.flatnonzero(
            (rates[truth] > ELSEWHERE / 100) & (rng.random(len(keys)) < rates[truth])
        )
        told = [*rng.permutation(own)[:TOLD], *rng.integers(len(keys), size=NOISE)]
        started = time.perf_counter()
        answer = model.posterior({keys[term]: "present" for term in told})
        seconds.append(time.perf_counter() - started)
        given = {
            "neurogamut": np.array(list(answer.probabilities.values())),
            "likelihood ratios": ratios[:, told].sum(axis=1),
        }
        for name, score in given.items():
            ranks[name].append(1 + int((score > score[truth]).sum()))
    print(f"{count} simulated patients, {len(rates) - 1} diseases, {len(keys)} findings")
    show(ranks)
    print(f"an answer takes {1000 * np.median(seconds[1:]):.1f} ms (median)")


def show(ranks: Mapping[str, Sequence[int]]) -> None:
    """How often the true disease came first and among the first, by ranking."""
    for name, found in ranks.items():
        first, three, ten = (np.mean(np.array(found) <= place) for place in (1, 3, 10))
        middle = f"median rank {np.median(found):.0f}"
        print(f"{name:18} first {first:.0%}, first three {three:.0%}, ten {ten:.0%}, {middle}")


class Patient(NamedTuple):
    """A patient of a Phenopacket: the disease and the papers as keys, and the terms by key."""

    disease: str
    papers: frozenset[str]
    terms: dict[str, str]


def patient(path: Path) -> Patient:
    """Reads a Phenopacket. A term that is said to be both is present."""
    packet = json.loads(path.read_text(encoding="utf-8"))
    found = [row["term"]["id"] for row in packet.get("diseases", []) if not row.get("excluded")]
    papers = [row.get("id", "") for row in packet["metaData"].get("externalReferences", [])]
    terms: dict[str, str] = {}
    for row in packet.get("phenotypicFeatures", []):
        term, absent = key(row["type"]["id"]), row.get("excluded", False)
        if not absent or term not in terms:
            terms[term] = "absent" if absent else "present"
    disease = key(found[0]) if len(set(found)) == 1 else ""
    return Patient(disease, frozenset(map(key, papers)), terms)


def chosen_patients(model: ng.Model, folder: Path, most: int) -> list[Patient]:
    """Those with one disease of the tables and a term of theirs present, at most so many of a
    disease, drawn at random."""
    known, rng = {finding.key for finding in model.base.findings}, np.random.default_rng(0)
    paths = sorted(folder.rglob("*.json"))
    by_disease: dict[str, list[Patient]] = {}
    for place in rng.permutation(len(paths)):
        read = patient(paths[place])
        terms = {term: state for term, state in read.terms.items() if term in known}
        if read.disease in model.labels and "present" in terms.values():
            by_disease.setdefault(read.disease, []).append(read._replace(terms=terms))
    return [one for name in sorted(by_disease) for one in by_disease[name][:most]]


def scores(model: ng.Model, ratios: np.ndarray, terms: Mapping[str, str]) -> dict[str, np.ndarray]:
    """What each ranking gives the diseases (diseases,)."""
    columns = {finding.key: i for i, finding in enumerate(model.base.findings)}
    added = [ratios[STATES.index(state), :, columns[term]] for term, state in terms.items()]
    found = {"likelihood ratios": np.sum(added, axis=0)}
    for reporting in ("pertinent", "systematic"):
        told = model.posterior(terms, reporting=reporting).probabilities
        found[reporting] = np.array([told[disease] for disease in model.labels])
    return found


def pose(root: Path, folder: Path, most: int) -> None:
    """Patients of Phenopackets, ranked by both: by all annotations, and without those that rest on
    the patient's own paper; by what is present alone, and with what is excluded."""
    whole = ng.load(root=root)
    told = chosen_patients(whole, folder, most)
    cited = {source.key for source in whole.base.sources}
    by_paper: dict[frozenset[str], list[Patient]] = {}
    for one in told:
        by_paper.setdefault(one.papers & cited, []).append(one)
    ranks: dict[str, dict[str, list[int]]] = {}
    for papers, patients in by_paper.items():
        fewer = whole.without(papers) if papers else whole
        for kind, model in (("all annotations", whole), ("own paper left out", fewer)):
            ratios = log_ratios(model)
            for one, states in product(patients, (STATES[:1], STATES)):
                terms = {term: state for term, state in one.terms.items() if state in states}
                here = ranks.setdefault(f"{kind}, {' and '.join(states)}", {})
                for name, score in scores(model, ratios, terms).items():
                    true = score[list(model.labels).index(one.disease)]
                    here.setdefault(name, []).append(1 + int((score > true).sum()))
    own = sum(len(patients) for papers, patients in by_paper.items() if papers)
    print(f"{len(told)} patients, {own} of them with a paper that the annotations rest on, of")
    print(f"{len({one.disease for one in told})} of {len(whole.labels) - 1} diseases")
    for title, found in ranks.items():
        print(title)
        show(found)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    made = commands.add_parser("build")
    made.add_argument("hpoa", type=Path)
    made.add_argument("root", type=Path)
    made.add_argument("--diseases", type=int, default=300)
    made.add_argument("--findings", type=int, default=1000)
    made.add_argument("--only", default="", help="diseases whose id begins so, such as OMIM")
    posed = commands.add_parser("compare")
    posed.add_argument("root", type=Path)
    posed.add_argument("--patients", type=int, default=200)
    real = commands.add_parser("pose")
    real.add_argument("root", type=Path)
    real.add_argument("folder", type=Path)
    real.add_argument("--most", type=int, default=10, help="patients of a disease")
    asked = parser.parse_args()
    if asked.command == "build":
        build(asked.hpoa, asked.root, asked.diseases, asked.findings, asked.only)
    elif asked.command == "pose":
        pose(asked.root, asked.folder, asked.most)
    else:
        compare(asked.root, asked.patients)


if __name__ == "__main__":
    main()
