"""Hold both readings of the same patients against each other, naive Bayes and a blind reader.

    python scripts/compare_readings.py validation/readers.csv CASES.jsonl [CASES.jsonl ...]

Prints Markdown for docs/reporting.md. Every patient is read without the rows of the patient's own
paper, under constants that other papers gave (ten folds); only cases of three or more known
findings and no low confidence.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from estimate_reporting import NAMES, Fit, cross_validated, folds, grouped, papers

import neurogamut as ng
from neurogamut.cases.published import read_cases
from neurogamut.knowledge.reporting import Reporting
from neurogamut.validation import metrics
from neurogamut.validation.leakage import shared_sources
from neurogamut.validation.peers import naive_bayes
from neurogamut.validation.posed import select

#: What a reader who names five diseases leaves to all others, at least.
UNNAMED = 0.02


def read_as(model: ng.Model, posed: Sequence, reporting: str) -> tuple[np.ndarray, np.ndarray]:
    """P(disease | case) by the model and by naive Bayes, own paper out, (cases, diseases)."""
    network, naive = [], []
    for p in posed:
        own = shared_sources(model.base, p.case)
        view = (model.without(own) if own else model).read_as(reporting)
        network.append(list(view.posterior(p.evidence).probabilities.values()))
        naive.append(naive_bayes(view, p.evidence))
    return np.array(network), np.array(naive)


def readers(path: Path, names: Sequence[str], keys: Sequence[str]) -> dict[str, np.ndarray]:
    """What each reader gave, with what is left spread over the diseases not named."""
    given: dict[str, np.ndarray] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            table = given.setdefault(row["reader"], np.zeros((len(names), len(keys))))
            if row["case"] in names and row["disease"] in keys:
                place = names.index(row["case"]), keys.index(row["disease"])
                table[place] = float(row["probability"])
    return {reader: _completed(table) for reader, table in sorted(given.items())}


def _completed(table: np.ndarray) -> np.ndarray:
    left = np.maximum(1 - table.sum(axis=1, keepdims=True), UNNAMED)
    filled = table + (table == 0) * left / (table == 0).sum(axis=1, keepdims=True)
    return filled / filled.sum(axis=1, keepdims=True)


def pooled(tables: Sequence[np.ndarray]) -> np.ndarray:
    """The geometric mean of forecasts."""
    logs = np.mean([np.log(table) for table in tables], axis=0)
    shares = np.exp(logs - logs.max(axis=1, keepdims=True))
    return shares / shares.sum(axis=1, keepdims=True)


def rows(forecasts: Mapping[str, np.ndarray], truth: np.ndarray, against: str) -> list[str]:
    """Markdown rows with the paired difference of the log score to `against`."""
    base = np.log(metrics.true_probability(forecasts[against], truth))
    lines = []
    for name, table in forecasts.items():
        score = metrics.score(table, truth)
        difference = np.log(metrics.true_probability(table, truth)) - base
        error = difference.std(ddof=1) / np.sqrt(len(truth))
        paired = "" if name == against else f"{difference.mean():+.2f} ± {error:.2f}"
        shares = " / ".join(f"{100 * s.value:.0f}" for s in (score.top1, score.top3, score.top5))
        lines.append(
            f"| {name} | {shares} % | {score.log_score:.2f} | {paired} | {score.brier:.2f} | "
            f"{score.ece:.3f} ({metrics.chance_calibration_error(table):.3f}) |"
        )
    return lines


def main(reader_file: str, *paths: str) -> None:
    model = ng.load()
    keys = list(model.labels)
    posed, _ = select([case for path in paths for case in read_cases(path)], model.base)
    truth = np.array([keys.index(p.case.diagnosis) for p in posed])
    fit = Fit(grouped(model, posed), truth)
    constants = Reporting.of(model.base)
    start = np.log([getattr(constants, name) for name in NAMES])
    crossed = np.exp(cross_validated(fit, folds(papers([p.case for p in posed])), start))
    systematic, naive = read_as(model, posed, "systematic")
    _, naive_told = read_as(model, posed, "pertinent")
    read = readers(Path(reader_file), [p.case.id for p in posed], keys)
    forecasts = {
        "systematic": systematic,
        "systematic, naive Bayes": naive,
        "pertinent, cross-validated": crossed,
        "pertinent, naive Bayes": naive_told,
        **{f"reader {name}": table for name, table in read.items()},
        "pool of pertinent and readers": pooled([crossed, pooled(list(read.values()))]),
    }
    strong = np.array(
        [p.case.confidence != "low" and len(p.case.known_before_diagnosis) > 2 for p in posed]
    )
    ends = np.cumsum([0, *(len(read_cases(path)) for path in paths)])
    places = {"all": np.arange(len(posed))}
    places |= {
        Path(p).name: np.arange(a, b) for p, a, b in zip(paths, ends, ends[1:], strict=False)
    }
    for name, place in places.items():
        chosen = place[strong[place]]
        print(f"\n{name}, {len(chosen)} patients\n")
        print(
            "| read by | first 1 / 3 / 5 | log score | against systematic | Brier | ECE (chance) |"
        )
        print("| --- | --- | --- | --- | --- | --- |")
        found = {who: table[chosen] for who, table in forecasts.items()}
        print("\n".join(rows(found, truth[chosen], "systematic")))


if __name__ == "__main__":
    main(*sys.argv[1:])
