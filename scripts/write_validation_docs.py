"""Write the numbers and pictures of docs/validation.md, docs/model_card.md and docs/tripod_ai.md.

    python scripts/write_validation_docs.py CASES.jsonl [--hpo FILE] [--change TEXT --reason TEXT]

Validates, keeps the result in docs/validation.json, adds a line to docs/validation_record.csv where
a change is named, and rewrites what stands between `<!-- begin X -->` and `<!-- end X -->`. Without
CASES only rewrites, from the kept result; a test fails while a page is out of date.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from math import log
from pathlib import Path
from statistics import fmean
from typing import Any

import click

import neurogamut as ng
from neurogamut.cases.published import CONFIDENCES, read_cases
from neurogamut.knowledge.build import DIAGNOSIS
from neurogamut.knowledge.coverage import coverage
from neurogamut.knowledge.estimate import Estimator
from neurogamut.render import charts, markdown
from neurogamut.validation import pictures, record
from neurogamut.validation.evaluate import Validation, validate
from neurogamut.validation.peers import NAMES, available
from neurogamut.validation.posed import PosedCase, select
from neurogamut.validation.simulate import simulate

DOCS = Path(__file__).resolve().parents[1] / "docs"
PAGES = ("validation.md", "model_card.md", "tripod_ai.md")
RESULT, RECORD = DOCS / "validation.json", DOCS / "validation_record.csv"
#: The cases that the reach is set for.
MIN_KNOWN, CONFIDENCE = 3, ("high", "moderate")
PATIENTS, SEED = 100_000, 1

Result = Mapping[str, Any]


# -- measure ------------------------------------------------------------------------------------


def measure(cases: Path, hpo: Path | None) -> tuple[Validation, dict[str, Any]]:
    """The validation of the selected cases, and everything that the pages show."""
    model, read = ng.load(), read_cases(cases)
    base, peers = model.base, available(model, hpo)
    selected_cases, skipped = select(read, base, MIN_KNOWN, CONFIDENCE)
    selected = validate(model, selected_cases, skipped, peers, SEED)
    everything = validate(model, *select(read, base, 0, CONFIDENCES), peers, SEED)
    counts = {
        "diseases": len(base.diseases) - 1,
        "findings": len(base.findings),
        "dependencies": len(base.dependencies),
    }
    return selected, {
        "selected": selected.to_dict(),
        "everything": everything.score.to_dict(),
        "absences": absences(model, selected_cases),
        "simulation": simulate(model, PATIENTS, SEED).to_dict(),
        "knowledge": counts | asdict(coverage(Estimator(base))),
        "labels": dict(model.labels),
    }


def absences(model: ng.Model, posed: Sequence[PosedCase]) -> dict[str, float]:
    """How many known findings are absences, and the log score of all cases with and without
    them."""
    keys = list(model.labels)
    said, scores = 0, {"with": [], "without": []}
    for p in posed:
        evidence = p.evidence.network
        present = {name: state for name, state in evidence.items() if state != "absent"}
        said += len(evidence) - len(present)
        for name, known in (("with", evidence), ("without", present)):
            posterior = model.engine.query(DIAGNOSIS, known).table
            scores[name].append(log(posterior[keys.index(p.case.diagnosis)]))
    known = sum(len(p.case.known_before_diagnosis) for p in posed)
    return {"absent": said, "known": known} | {name: fmean(logs) for name, logs in scores.items()}


def draw(result: Validation) -> None:
    """The pictures of docs/validation.md."""
    for chart in (pictures.accuracy, pictures.reliability, pictures.ranks):
        charts.save(chart(result), DOCS / "images" / f"validation_{chart.__name__}.svg")


# -- blocks -------------------------------------------------------------------------------------


def table(headers: Sequence[str], rows: Iterable[Iterable[object]]) -> str:
    """A Markdown table."""
    return markdown.table(headers, [list(map(str, row)) for row in rows])


def share(score: Result, name: str) -> str:
    """`79 % (68 to 86)`."""
    low, high = score[f"{name}_interval"]
    return f"{100 * score[name]:.0f} % ({100 * low:.0f} to {100 * high:.0f})"


def scores(result: Result) -> str:
    """The model and what it is compared with."""
    found = result["selected"]
    rows = {NAMES["model"]: found, **{NAMES[k]: v for k, v in found["peers"].items()}}
    rows |= {
        "own paper left out": found["leave_one_paper_out"],
        "counted apart": found["shared_source"],
        "all cases, weak ones too": result["everything"],
    }
    headers = (
        "",
        "cases",
        "first",
        "in the first 3",
        "in the first 5",
        "MRR",
        "log score",
        "Brier",
        "ECE",
    )
    return table(headers, (_score_row(name, score) for name, score in rows.items()))


def _score_row(name: str, score: Result) -> list[object]:
    shares = [share(score, top) for top in ("top1", "top3", "top5")]
    numbers = [f"{score[key]:.3f}" for key in ("mrr", "log_score", "brier", "ece")]
    return [name, score["cases"], *shares, *numbers]


def calibration(result: Result) -> str:
    """Sentences on how far the probabilities can be believed."""
    found = result["selected"]
    expected = ", ".join(f"{100 * e:.0f} %" for e in found["expected"])
    sets = ", ".join(f"{float(k):.0%} set {v:.0%}" for k, v in found["credible_sets"].items())
    bins = found["interval_coverage"]
    lines = (
        f"Within the first 1, 3 and 5 the model itself expected {expected}.",
        f"Calibration error {found['ece']:.3f}; a perfectly calibrated model would show "
        f"{found['ece_chance']:.3f} on so few cases.",
        f"Mean posterior of the true disease {found['mean_posterior']:.1%}.",
        f"The true disease is in the smallest set that holds so much of the posterior: {sets}.",
        f"Hits within the 95 % predictive interval: {sum(b['covered'] for b in bins)} of "
        f"{len(bins)} tenths of the leading probability.",
    )
    return "\n".join(f"- {line}" for line in lines)


def presentations(result: Result) -> str:
    """Scores by presentation."""
    rows = [
        [
            name,
            s["cases"],
            *(f"{100 * s[k]:.0f} %" for k in ("top1", "top3")),
            f"{s['log_score']:.2f}",
        ]
        for name, s in result["selected"]["by_presentation"].items()
    ]
    return table(("presentation", "cases", "first", "in the first 3", "log score"), rows)


def misses(result: Result) -> str:
    """The cases whose disease is not among the first three."""
    labels, cases = result["labels"], result["selected"]["per_case"]
    missed = sorted((c for c in cases if c["rank"] > 3), key=lambda c: -c["rank"])
    rows = [
        [
            f"`{c['id']}`",
            labels[c["diagnosis"]],
            c["known"],
            c["rank"],
            f"{c['posterior']:.1%}",
            f"{labels[c['first']]} {c['first_posterior']:.0%}",
            "" if c["fits"] else "fits nothing",
        ]
        for c in missed
    ]
    headers = ("case", "diagnosis", "known", "rank", "posterior", "came first", "warning")
    return table(headers, rows)


def negatives(result: Result) -> str:
    """What pertinent negatives cost."""
    found = result["absences"]
    return (
        f"{found['absent']} of {found['known']} known findings are absences. Read as if they "
        "had been asked at random, the log score over all selected cases is "
        f"{found['with']:.3f}, and without the absences {found['without']:.3f}."
    )


def left_out(result: Result) -> str:
    """Leave one disease out."""
    names = {"known": "known before the diagnosis", "reported": "all that was reported"}
    rows = [
        [
            names[name],
            f["cases"],
            f"{f['auc_fit']:.2f}",
            f"{f['auc_other']:.2f}",
            f"{f['noticed']:.0%}",
            f"{f['false_alarms']:.0%}",
        ]
        for name, f in result["selected"]["leave_one_disease_out"].items()
    ]
    headers = (
        "posed with",
        "cases",
        "AUC by fit",
        "AUC by P(other)",
        "warned, disease left out",
        "warned, disease known",
    )
    return table(headers, rows)


def simulation(result: Result) -> str:
    """Patients drawn from the network."""
    found = result["simulation"]
    rows = [
        [
            f"{c['assessed']:.0%}",
            "with errors" if c["misread"] else "rightly",
            *(f"{100 * c[k]:.1f} %" for k in ("top1", "top3", "top5")),
            f"{c['log_score']:.2f}",
            f"{c['ece']:.3f}",
        ]
        for c in found["conditions"]
    ]
    headers = (
        "findings assessed",
        "tests read",
        "first",
        "in the first 3",
        "in the first 5",
        "log score",
        "ECE",
    )
    worst = f"largest |z| {found['worst_z']:.2f} over {len(found['z_disease'])} diseases and "
    tenths = f"{len(found['z_decile'])} tenths of the probability."
    said = f"{found['patients']:,} patients, seed {found['seed']}: {worst}{tenths}"
    return f"{said}\n\n{table(headers, rows)}"


def changes(result: Result) -> str:
    """What each change did."""
    lines = record.read(RECORD)
    return table(record.COLUMNS, ([row[column] for column in record.COLUMNS] for row in lines))


def knowledge(result: Result) -> str:
    """What the numbers rest on."""
    found = result["knowledge"]
    total = sum(found["total"].values())
    cells = ", ".join(f"{name} {count / total:.0%}" for name, count in found["total"].items())
    return (
        f"{found['diseases']} diseases and `other`, {found['findings']} findings, "
        f"{found['dependencies']} dependencies; {found['statements']} statements of "
        f"{found['sources']} sources. Of {total} cells: {cells}."
    )


def summary(result: Result) -> str:
    """The headline."""
    found, out = result["selected"], result["selected"]["leave_one_disease_out"]
    lines = (
        f"{found['cases']} published patients with at least {MIN_KNOWN} known findings, none coded "
        f"with low confidence ({found['shared_source']['cases']} more counted apart, "
        f"{found['skipped']} skipped): first {share(found, 'top1')}, in the first 3 "
        f"{share(found, 'top3')}, in the first 5 {share(found, 'top5')}.",
        f"Log score {found['log_score']:.3f}; naive Bayes on the same tables "
        f"{found['log_score_naive']:.3f}, the prior alone {found['log_score_prior']:.3f}.",
        f"Calibration error {found['ece']:.3f} (chance on so few cases {found['ece_chance']:.3f}).",
        f"A disease that is not in the network: AUC {out['known']['auc_fit']:.2f} on what was "
        f"known before the diagnosis, {out['reported']['auc_fit']:.2f} on all that was reported.",
    )
    made = found["model"]
    footer = f"Version {made['version']}, hash `{made['hash'][:12]}`, setting `{made['setting']}`."
    return "\n".join([*(f"- {line}" for line in lines), "", footer])


BLOCKS: dict[str, Callable[[Result], str]] = {
    f.__name__: f
    for f in (
        scores,
        calibration,
        presentations,
        misses,
        negatives,
        left_out,
        simulation,
        changes,
        knowledge,
        summary,
    )
}


# -- pages --------------------------------------------------------------------------------------


def rewritten(page: str, result: Result) -> str:
    """A page with every block as the result has it. Raises KeyError for an unknown block."""
    pattern = re.compile(r"(<!-- begin (\w+) -->\n).*?(<!-- end \2 -->)", re.DOTALL)
    return pattern.sub(lambda m: f"{m[1]}{BLOCKS[m[2]](result)}\n{m[3]}", page)


@click.command()
@click.argument("cases", type=click.Path(exists=True, path_type=Path), required=False)
@click.option("--hpo", type=click.Path(exists=True, path_type=Path))
@click.option("--change", help="What was changed since the last line of the record.")
@click.option("--reason", help="Why.")
def main(cases: Path | None, hpo: Path | None, change: str | None, reason: str | None) -> None:
    """Validate on CASES, keep the result, and rewrite the pages."""
    if cases:
        selected, result = measure(cases, hpo)
        RESULT.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", "utf-8")
        draw(selected)
        if change:
            record.append(RECORD, selected, change, reason or "")
    result = json.loads(RESULT.read_text("utf-8"))
    for name in PAGES:
        path = DOCS / name
        path.write_text(rewritten(path.read_text("utf-8"), result), "utf-8")


if __name__ == "__main__":
    main()
