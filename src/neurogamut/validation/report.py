"""A validation as text for a terminal."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ..text import parts, table
from ..wording import percent
from .evaluate import CaseResult, Validation
from .metrics import Score, Share

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

#: What a peer is called in tables.
NAMES = {
    "model": "neurogamut",
    "naive": "naive Bayes, same tables",
    "prior": "prior alone",
    "hpo": "likelihood ratios from HPO",
}


@parts.register(Validation)
def _validation(result: Validation) -> list[RenderableType]:
    if not result.score:
        return [*_counts(result), _per_case(result)]
    shown = [*_counts(result), _scores(result), *_measures(result), _groups(result, "presentation")]
    return [*shown, _groups(result, "diagnosis"), _confusions(result), _per_case(result)]


def share(found: Share) -> str:
    """A share with its count: `78.6 % (66/84)`."""
    return f"{percent(found.value)} ({found.count}/{found.of})"


def interval(found: Share) -> str:
    """The 95 % interval of a share."""
    low, high = found.interval
    return f"{100 * low:.0f} to {100 * high:.0f} %"


def _counts(result: Validation) -> list[str]:
    apart = int(result.shared.sum())
    lines = [f"{len(result.cases) - apart} cases, {len(result.skipped)} skipped"]
    if apart:
        lines.append(
            f"{apart} more are counted apart: their paper is also a source of the knowledge base"
        )
    return [*lines, ""]


def _scores(result: Validation) -> Table:
    numbers = ("cases", "top 1", "top 3", "top 5", "MRR", "log", "Brier", "ECE")
    made = table("", *numbers, right=numbers)
    rows = {"model": result.score, **result.peers}
    for name, score in rows.items():
        made.add_row(NAMES[name], *_cells(score))
    made.add_section()
    made.add_row("own paper left out", *_cells(result.paper_out))
    if result.shared_score:
        made.add_row("counted apart", *_cells(result.shared_score))
    return made


def _cells(score: Score) -> Iterable[str]:
    shares = (f"{100 * s.value:.0f} %" for s in (score.top1, score.top3, score.top5))
    numbers = (f"{n:.3f}" for n in (score.mrr, score.log_score, score.brier, score.ece))
    return str(score.cases), *shares, *numbers


def _measures(result: Validation) -> list[str]:
    score = result.score
    sets = ", ".join(f"{100 * level:g} %: {share(s)}" for level, s in result.credible_sets.items())
    return [
        f"95 % intervals: top 1 {interval(score.top1)}, top 3 {interval(score.top3)}, "
        f"top 5 {interval(score.top5)}",
        f"Mean posterior of the true disease: {percent(score.mean_posterior)}",
        f"True disease in the smallest set that holds so much of the posterior: {sets}",
        f"Said to fit no disease of the network: {len(result.flagged)}",
        "",
    ]


def _groups(result: Validation, attribute: str) -> Table:
    made = table(attribute, "cases", "top 1", "top 3", "log score",
                 right=("cases", "top 1", "top 3", "log score"))  # fmt: skip
    for name, score in result.by(attribute).items():
        made.add_row(
            result.labels.get(name, name), str(score.cases), str(score.top1.count),
            str(score.top3.count), f"{score.log_score:.2f}",
        )  # fmt: skip
    return made


def _confusions(result: Validation) -> Table:
    made = table("diagnosis", "came first instead", "cases", right=("cases",))
    for true, first, count in result.confusions:
        made.add_row(result.labels[true], result.labels[first], str(count))
    return made


def _per_case(result: Validation) -> Table:
    made = table("case", "rank", "posterior", "came first", right=("rank", "posterior"))
    for case in sorted(result.cases, key=lambda case: (-case.rank, case.posterior)):
        made.add_row(case.id, str(case.rank), percent(case.posterior), _first(case, result))
    return made


def _first(case: CaseResult, result: Validation) -> str:
    marks = "" if case.fits else " (fits nothing)"
    return f"{result.labels[case.first]} {percent(case.first_posterior)}{marks}"
