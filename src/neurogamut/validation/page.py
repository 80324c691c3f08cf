"""Validations and simulations as HTML: fragments for Jupyter, and a report in one file."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import UsageError
from ..html import STYLE, body, table
from ..wording import RESEARCH_USE, percent
from . import pictures
from .evaluate import Validation
from .report import (
    GROUPED,
    LEGEND,
    MEASURES,
    NAMES,
    counts,
    groups,
    measures,
    scores,
    statements,
    worst_first,
)
from .simulate import Simulation

if TYPE_CHECKING:
    import altair

Result = Validation | Simulation

PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>neurogamut: validation</title><style>
body{{font-family:system-ui,sans-serif;max-width:62rem;margin:1.5rem auto}}
h1{{font-size:1.5rem}}h2{{font-size:1.15rem;margin-top:2rem}}
figure{{margin:1rem 0;padding:.5rem;overflow-x:auto;background:#fff}}
figure svg{{max-width:100%;height:auto}}
{style}</style></head><body class="ng"><h1>Does it find the diagnosis?</h1>{parts}
<footer>{footer}</footer></body></html>
"""


def write(path: Path, results: Sequence[Result]) -> None:
    """The report as one file, pictures included. Raises UsageError where it cannot be written."""
    parts = "".join(_section(result) for result in results)
    footer = f"{escape(str(results[0].model))}<br>{RESEARCH_USE}"
    try:
        path.write_text(PAGE.format(style=STYLE, parts=parts, footer=footer), encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror}") from None


def _section(result: Result) -> str:
    """Numbers, pictures, then the particulars."""
    if isinstance(result, Simulation):
        picture = _figure(pictures.decay(result))
        return f"<h2>Patients simulated from the network</h2>{picture}{body(result)}"
    drawn = [pictures.ranks(result)]
    if result.score:
        drawn = [pictures.accuracy(result), pictures.reliability(result), *drawn]
    shown = "".join(map(_figure, drawn))
    return f"<h2>Published patients</h2>{_summary(result)}{shown}{_particulars(result)}"


def _figure(chart: altair.TopLevelMixin) -> str:
    target = StringIO()
    chart.save(target, format="svg")
    return f"<figure>{target.getvalue()}</figure>"


@body.register(Validation)
def _validation(result: Validation) -> str:
    return _summary(result) + _particulars(result)


def _summary(result: Validation) -> str:
    sentences = statements(result) if result.score else []
    said = "".join(f"<li>{escape(sentence)}</li>" for sentence in sentences)
    rows = [[NAMES[name], *measures(score)] for name, score in scores(result).items()]
    compared = table(("", *MEASURES), rows, range(1, len(MEASURES) + 1))
    legend = escape(LEGEND).replace("\n", "<br>")
    return f'<p>{escape(counts(result))}</p>{compared}<p class="soft">{legend}</p><ul>{said}</ul>'


def _particulars(result: Validation) -> str:
    return (
        f"<h4>By presentation</h4>{_groups(result, 'presentation')}"
        f"<h4>By disease</h4>{_groups(result, 'diagnosis')}"
        f"<h4>Taken for something else</h4>{_confusions(result)}"
        f"<h4>Every case, worst first</h4>{_per_case(result)}{_skipped(result)}"
    )


def _groups(result: Validation, attribute: str) -> str:
    rows = [map(escape, row) for row in groups(result, attribute)]
    return table((attribute, *GROUPED), rows, range(1, len(GROUPED) + 1))


def _confusions(result: Validation) -> str:
    rows = [
        (escape(result.labels[true]), escape(result.labels[first]), str(count))
        for true, first, count in result.confusions
    ]
    return table(("diagnosis", "came first instead", "cases"), rows, (2,))


def _per_case(result: Validation) -> str:
    rows = [
        (escape(case.id), escape(result.labels[case.diagnosis]), str(case.known), str(case.rank),
         percent(case.posterior), escape(result.labels[case.first]), percent(case.first_posterior),
         "" if case.fits else "fits nothing", escape(", ".join(case.shared_source)))
        for case in worst_first(result.cases)
    ]  # fmt: skip
    headers = ("case", "diagnosis", "known", "rank", "posterior", "came first", "with", "warning",
               "shared source")  # fmt: skip
    return table(headers, rows, (2, 3, 4, 6))


def _skipped(result: Validation) -> str:
    if not result.skipped:
        return ""
    rows = [(escape(case.id), escape(case.reason)) for case in result.skipped]
    return f"<h4>Skipped</h4>{table(('case', 'why'), rows)}"


@body.register(Simulation)
def _simulation(result: Simulation) -> str:
    rows = [
        (f"{100 * c.assessed:g} %", "with errors" if c.misread else "rightly", *measures(c.score))
        for c in result.conditions
    ]
    headers = ("findings assessed", "MRI read", *MEASURES)
    worst = f"largest |z| {result.worst_z:.2f} over diseases and tenths of the probability"
    said = f"{result.patients} patients, seed {result.seed}; self-consistency: {worst}."
    return f"<p>{said}</p>{table(headers, rows, range(2, len(headers)))}"
