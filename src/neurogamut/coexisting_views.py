"""The answer where diseases may coexist, as text and HTML."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from . import html, text
from .coexisting_results import CoexistingAnswer
from .wording import percent, said

if TYPE_CHECKING:
    from rich.console import RenderableType

PREMISE = "At least one of the diseases is present, and any number may be."
#: Sets of diseases that are shown; a dictionary has more.
SETS = 4


@text.parts.register(CoexistingAnswer)
def _coexisting_text(result: CoexistingAnswer, count: int = 8) -> list[RenderableType]:
    made = text.table("disease", "present", "", "prior", right=("present", "prior"))
    for disease, probability in result.top(count):
        shown = text.bar(0, probability, 1)
        prior = percent(result.prior[disease])
        made.add_row(result.labels[disease], percent(probability), shown, prior)
    sets = text.table("exactly these", "probability", right=("probability",))
    for names, probability in _sets(result):
        sets.add_row(names, probability)
    return [PREMISE, made, sets, *_notes(result), ""]


@html.body.register(CoexistingAnswer)
def _coexisting_html(result: CoexistingAnswer) -> str:
    rows = [
        (escape(result.labels[disease]), percent(p), html.bar(0, p, result.prior[disease]),
         percent(result.prior[disease]))
        for disease, p in result.top(8)
    ]  # fmt: skip
    sets = [(escape(names), probability) for names, probability in _sets(result)]
    lines = "<br>".join(map(escape, _notes(result)))
    return (
        f"<p>{PREMISE}</p>"
        f"{html.table(('disease', 'present', '(tick: prior)', 'prior'), rows, (1, 3))}"
        f"{html.table(('exactly these', 'probability'), sets, (1,))}"
        f'<p class="soft">{lines}</p>'
    )


def _sets(result: CoexistingAnswer) -> list[tuple[str, str]]:
    return [
        (" + ".join(result.labels[d] for d in found.diseases), percent(found.probability))
        for found in result.sets[:SETS]
    ]


def _notes(result: CoexistingAnswer) -> list[str]:
    most = max(result.number_present)
    numbers = (
        f"{count}{' or more' * (count == most)}: {percent(probability)}"
        for count, probability in result.number_present.items()
    )
    findings = "; ".join(f"{key}: {said(value)}" for key, value in result.evidence.items())
    lines = [f"Diseases present: {', '.join(numbers)}", f"Evidence: {findings or 'none'}"]
    if result.ignored:
        lines.append(f"Named, but not assessed: {', '.join(result.ignored)}")
    # Adding 0 turns -0.0, the logarithm where there is no evidence, into 0.
    log_evidence, conflict = result.log_evidence + 0, result.conflict + 0
    lines.append(f"ln P(evidence) {log_evidence:.2f}; conflict {conflict:+.2f}")
    return lines
