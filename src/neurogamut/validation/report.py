"""Validations and simulations as text for a terminal."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ..text import parts, table
from ..wording import percent
from .evaluate import CaseResult, Validation
from .left_out import LeftOut
from .metrics import Score, Share
from .simulate import Simulation

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

#: What a forecast is called in tables.
NAMES = {
    "model": "neurogamut",
    "naive": "naive Bayes",
    "prior": "prior alone",
    "hpo": "HPO ratios",
    "paper_out": "own paper out",
    "shared": "counted apart",
}
MEASURES = ("cases", "top 1", "top 3", "top 5", "MRR", "log", "Brier", "ECE")
GROUPED = ("cases", "first", "in 3", "in 5", "log")
LEGEND = (
    "log: mean ln P(true disease); Brier: 0 best, 2 worst; ECE: expected calibration error.\n"
    "own paper out: all cases, each posed to a model without its own paper."
)


def scores(result: Validation) -> dict[str, Score]:
    """The model and everything that it is compared with, by key of NAMES."""
    found = {"model": result.score, **result.peers}
    found |= {"paper_out": result.paper_out, "shared": result.shared_score}
    return {name: score for name, score in found.items() if score}


def measures(score: Score) -> list[str]:
    """A score as cells under MEASURES."""
    shares = (f"{100 * s.value:.0f} %" for s in (score.top1, score.top3, score.top5))
    numbers = (f"{n:.3f}" for n in (score.mrr, score.log_score, score.brier, score.ece))
    return [str(score.cases), *shares, *numbers]


def groups(result: Validation, attribute: str) -> list[list[str]]:
    """Scores by presentation or diagnosis as cells under GROUPED."""
    return [
        [result.labels[name] if attribute == "diagnosis" else name, str(score.cases),
         str(score.top1.count), str(score.top3.count), str(score.top5.count),
         f"{score.log_score:.2f}"]
        for name, score in result.by(attribute).items()
    ]  # fmt: skip


def share(found: Share) -> str:
    """A share with its 95 % interval: `79 % (66/84; 68 to 86 %)`."""
    low, high = (100 * bound for bound in found.interval)
    return f"{100 * found.value:.0f} % ({found.count}/{found.of}; {low:.0f} to {high:.0f} %)"


def counts(result: Validation) -> str:
    """How many cases were posed, counted apart and skipped."""
    apart = int(result.shared.sum())
    also = f"; {apart} more, whose paper is also a source of the tables, apart" if apart else ""
    return f"{len(result.cases) - apart} cases{also}; {len(result.skipped)} skipped"


def statements(result: Validation) -> list[str]:
    """What else there is to say of a validation, in sentences."""
    score = result.score
    expected = ", ".join(f"{100 * e:.0f} %" for e in score.expected)
    sets = ", ".join(f"{100 * n:g} % set {share(s)}" for n, s in result.credible_sets.items())
    covered = sum(c.covered for c in result.coverage)
    return [
        f"Top 1 {share(score.top1)}, top 3 {share(score.top3)}, top 5 {share(score.top5)}.",
        f"The model itself expected {expected} within the first 1, 3, 5.",
        f"Calibration error {score.ece:.3f}; a perfectly calibrated model would show "
        f"{result.chance_calibration_error:.3f} on so few cases.",
        f"Mean posterior of the true disease: {percent(score.mean_posterior)}.",
        f"The true disease is in the smallest set that holds so much of the posterior: {sets}.",
        f"Hits within their 95 % predictive interval: {covered} of {len(result.coverage)} bins.",
        f"Said to fit no disease of the network: {len(result.flagged)} of {score.cases}.",
        *(_left_out(name, found) for name, found in result.left_out.items()),
    ]


def _left_out(name: str, found: LeftOut) -> str:
    return (
        f"With the disease left out, posed with all that was {name}: AUC {found.auc_fit:.2f} "
        f"by fit, {found.auc_other:.2f} by P(other); warned {share(found.noticed)}, "
        f"falsely {share(found.false_alarms)}."
    )


@parts.register(Validation)
def _validation(result: Validation) -> list[RenderableType]:
    shown = [counts(result), "", _scores(result), LEGEND, ""]
    if result.score:
        shown += [
            *statements(result), "", _groups(result, "presentation"),
            _groups(result, "diagnosis"), _confusions(result),
        ]  # fmt: skip
    return [*shown, _per_case(result)]


def _scores(result: Validation) -> Table:
    made = table("", *MEASURES, right=MEASURES)
    for name, score in scores(result).items():
        made.add_row(NAMES[name], *measures(score))
    return made


def _groups(result: Validation, attribute: str) -> Table:
    made = table(attribute, *GROUPED, right=GROUPED)
    for row in groups(result, attribute):
        made.add_row(*row)
    return made


def _confusions(result: Validation) -> Table:
    made = table("diagnosis", "came first instead", "cases", right=("cases",))
    for true, first, count in result.confusions:
        made.add_row(result.labels[true], result.labels[first], str(count))
    return made


def _per_case(result: Validation) -> Table:
    made = table("case", "rank", "posterior", "came first", right=("rank", "posterior"))
    for case in worst_first(result.cases):
        first = f"{result.labels[case.first]} {percent(case.first_posterior)}"
        marks = "" if case.fits else " (fits nothing)"
        made.add_row(case.id, str(case.rank), percent(case.posterior), first + marks)
    return made


def worst_first(cases: Iterable[CaseResult]) -> list[CaseResult]:
    """Cases by rank and posterior of the true disease, worst first."""
    return sorted(cases, key=lambda case: (-case.rank, case.posterior))


@parts.register(Simulation)
def _simulation(result: Simulation) -> list[RenderableType]:
    return [
        f"{result.patients} patients drawn from the network, seed {result.seed}",
        f"Self-consistency: largest |z| {result.worst_z:.2f} over {len(result.z_disease)} diseases "
        f"and {len(result.z_decile)} tenths of the probability",
        "",
        _conditions(result),
    ]


def _conditions(result: Simulation) -> Table:
    headers = ("top 1", "top 3", "top 5", "log", "ECE")
    made = table("findings assessed", "MRI read", *headers, right=headers)
    for condition in result.conditions:
        score = condition.score
        hits = (percent(s.value) for s in (score.top1, score.top3, score.top5))
        made.add_row(
            f"{100 * condition.assessed:g} %", "with errors" if condition.misread else "rightly",
            *hits, f"{score.log_score:.2f}", f"{score.ece:.3f}",
        )  # fmt: skip
    return made
