"""How sure? Answers of the sensitivity analyses in words and tables, as text and HTML.

Each result is put into a `Digest`, from which both are drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import singledispatch
from html import escape
from typing import TYPE_CHECKING, Any

from . import html, text
from .knowledge.build import DIAGNOSIS
from .sensitivity.evppi import Evppi
from .sensitivity.figures import Figure
from .sensitivity.findings import FindingsSensitivity, Reading
from .sensitivity.flip import Flip
from .sensitivity.knowledge_distance import KnowledgeDistance
from .sensitivity.parameters import OneWay
from .sensitivity.priors import PriorsSensitivity, SettingAnswer
from .sensitivity.result import SensitivityResult
from .sensitivity.sobol import Sobol
from .sensitivity.sources import SourcesSensitivity
from .sensitivity.tornado import Swing, Tornado
from .sensitivity.uncertainty import Uncertainty
from .wording import figure as printed
from .wording import percent

if TYPE_CHECKING:
    from rich.console import RenderableType

#: Rows shown unless asked otherwise, and sources named of a figure that has many.
SHOWN, NAMED = 10, 3
#: Sentences on what would change the order.
SENTENCES = 5


@dataclass(frozen=True)
class Digest:
    """What is shown of a result: a sentence, a table (columns in `right` hold numbers), notes."""

    headline: str
    headers: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = ()
    right: Sequence[str] = ()
    notes: Sequence[str] = field(default=())


@singledispatch
def digest(result: SensitivityResult, count: int) -> Digest:
    """The digest of a result with at most `count` rows of a long table."""
    raise TypeError(f"no digest of a {type(result).__name__}")


@text.parts.register(SensitivityResult)
def _text(result: SensitivityResult, count: int = SHOWN) -> list[RenderableType]:
    shown = digest(result, count)
    parts: list[RenderableType] = [shown.headline]
    if shown.rows:
        table = text.table(*shown.headers, right=tuple(shown.right))
        for row in shown.rows:
            table.add_row(*row)
        parts.append(table)
    return [*parts, *shown.notes, ""]


@html.body.register(SensitivityResult)
def _html(result: SensitivityResult) -> str:
    shown = digest(result, SHOWN)
    numbers = {i for i, header in enumerate(shown.headers) if header in shown.right}
    rows = [[escape(cell) for cell in row] for row in shown.rows]
    table = html.table(shown.headers, rows, numbers) if rows else ""
    notes = "".join(f"<li>{escape(note)}</li>" for note in shown.notes)
    picture = html.picture(result.plot)
    return f"<h4>{escape(shown.headline)}</h4>{picture}{table}<ul>{notes}</ul>"


# -- words that several share -------------------------------------------------------------------


def named(figure: Figure, labels: Mapping[str, str]) -> str:
    """`leptomeningeal enhancement in neurosarcoidosis`, or the prior of a disease."""
    disease = labels[figure.disease]
    if figure.finding == DIAGNOSIS:
        return f"the prior of {disease}"
    state = "" if figure.state == "present" else f" = {figure.state}"
    condition = f" if {figure.condition}" if figure.condition else ""
    return f"{labels[figure.finding]}{state} in {disease}{condition}"


def origin(figure: Figure) -> str:
    """What the rows state and where: `31/80, some_2019`."""
    said = [f"{_stated(row)}, {row['source']}" for row in figure.rows[:NAMED]]
    more = len(figure.rows) - len(said)
    return "; ".join([*said, *([f"{more} more"] if more else [])]) or "no source (background rate)"


def _stated(row: Mapping[str, Any]) -> str:
    return f"weight {row['weight']}" if "weight" in row else printed(row)


def share(value: float) -> str:
    """A probability as a figure of a table: two digits that matter."""
    return f"{value:.2g}" if value < 0.01 or value > 0.99 else f"{value:.2f}"


def _now(figure: Figure) -> str:
    interval = f"{share(figure.lower)}-{share(figure.upper)}"
    return f"now {share(figure.value)} ({interval}), from {origin(figure)}"


def _leads(result: Any) -> str:
    return f"{result.labels[result.target]}: {percent(result.posterior)}"


def _stays(result: Any) -> str:
    """The beginning of a sentence on what changes the order."""
    name = result.labels[result.target]
    if result.target == result.leading:
        return f"{name} stays first unless"
    return f"{name} stays behind {result.labels[result.leading]} unless"


# -- one parameter at a time --------------------------------------------------------------------


@digest.register
def _oneway(result: OneWay, count: int) -> Digest:
    rows = [
        (_parameter(p), share(p.value), f"{p.sensitivity:.3g}",
         f"{share(p.admissible[0])}-{share(p.admissible[1])}")
        for p in result.distinct[:count]
    ]  # fmt: skip
    hang = sum(p.admissible != (0.0, 1.0) for p in result.distinct)
    return Digest(
        f"{_leads(result)}. The {len(result.distinct)} CPT parameters that bear on the case.",
        ("parameter", "now", "sensitivity", "admissible"),
        rows,
        ("now", "sensitivity", "admissible"),
        ("sensitivity: |dP/dt|. admissible: where the leading diagnosis stays first.",
         f"{hang} of the parameters could change it alone, between 0 and 1."),
    )  # fmt: skip


def _parameter(p: Any) -> str:
    given = ", ".join(f"{name}={state}" for name, state in p.given.items())
    return f"P({p.variable}={p.state}{' | ' if given else ''}{given})"


@digest.register
def _tornado(result: Tornado, count: int) -> Digest:
    rows = [
        (named(s.figure, result.labels), share(s.figure.value), percent(s.at_lower),
         percent(s.at_upper), percent(s.swing))
        for s in result.swings[:count]
    ]  # fmt: skip
    limited = [s for s in result.swings if (s.below, s.above) != (None, None)]
    limited.sort(key=lambda s: (not s.flips, -s.swing))
    sentences = [f"{_stays(result)} {_limits(s, result.labels)}" for s in limited[:SENTENCES]]
    within = sum(s.flips for s in limited)
    summary = (
        f"{within} of {len(result.swings)} figures could change the order within their own 95 % "
        f"interval, {len(limited) - within} only beyond it."
    )
    return Digest(
        f"{_leads(result)}. Each figure over its own 95 % interval, the others at their means.",
        ("figure", "now", "at lower", "at upper", "swing"),
        rows,
        ("now", "at lower", "at upper", "swing"),
        (*sentences, summary),
    )


def _limits(swing: Swing, labels: Mapping[str, str]) -> str:
    limits = [f"below {share(swing.below)}"] if swing.below is not None else []
    limits += [f"above {share(swing.above)}"] if swing.above is not None else []
    name = named(swing.figure, labels)
    place = " This is within its interval." if swing.flips else ""
    return f"{name} is {' or '.join(limits)}; {_now(swing.figure)}.{place}"


# -- what would flip it -------------------------------------------------------------------------


@digest.register
def _flip(result: Flip, count: int) -> Digest:
    rows = [
        (named(f.figure, result.labels), share(f.figure.value), share(f.to),
         result.labels[f.rival], f"{f.distance:.2f}")
        for f in result.figures[:count]
    ]  # fmt: skip
    leading, rival = result.labels[result.leading], result.labels[result.rival]
    return Digest(
        f"What would put {rival if result.target != result.leading else 'another diagnosis'} "
        f"before {leading}?",
        ("one figure", "now", "to", "first then", "distance"),
        rows,
        ("now", "to", "distance"),
        (*_cpts(result), *_joint(result),
         f"No change of anything at a distance below {result.least:.2f} can put {rival} before "
         f"{leading}. A distance D changes the odds of any query by at most a factor e^D."),
    )  # fmt: skip


def _cpts(result: Flip) -> list[str]:
    if not result.cpts:
        return ["No change of one CPT alone does it."]
    best = result.cpts[0]
    columns = f"{len(best.columns)} column{'s' if len(best.columns) > 1 else ''}"
    return [
        f"One CPT: {best.variable} ({columns}), distance {best.distance:.2f}, "
        f"then {result.labels[best.rival]}."
    ]


def _joint(result: Flip) -> list[str]:
    joint = result.several
    if joint is None:
        return ["Several figures of findings at once: no change was found."]
    moved = [
        f"{named(figure, result.labels)} {share(figure.value)} -> {share(to)}"
        for figure, to in joint.changes[:NAMED]
    ]
    more = len(joint.changes) - len(moved)
    return [
        f"Several figures of findings at once, distance {joint.distance:.2f}, then "
        f"{result.labels[joint.rival]}: {'; '.join(moved)}{f'; {more} more' if more > 0 else ''}."
    ]


# -- all figures at once ------------------------------------------------------------------------


@digest.register
def _uncertainty(result: Uncertainty, count: int) -> Digest:
    rows = [
        (result.labels[d.disease], percent(d.mean), f"{percent(d.lower)} to {percent(d.upper)}",
         percent(d.first), percent(d.top3))
        for d in result.diseases[:count]
    ]  # fmt: skip
    mean = max(d.mean_error for d in result.diseases)
    first = max(d.first_error for d in result.diseases)
    return Digest(
        f"All figures drawn {result.draws:,} times from their distributions (seed {result.seed}).",
        ("disease", "mean", "95 % interval", "first", "in first 3"),
        rows,
        ("mean", "95 % interval", "first", "in first 3"),
        (f"Monte Carlo standard error at most {mean:.2g} of a mean, {first:.2g} of `first`.",),
    )


@digest.register
def _sobol(result: Sobol, count: int) -> Digest:
    rows = [
        (result.labels.get(g.group, "prior probabilities"), _half_width(g.total, g.total_interval),
         _half_width(g.first, g.first_interval), percent(g.swing), str(g.swing_rank))
        for g in result.groups[:count]
    ]  # fmt: skip
    return Digest(
        f"Where the uncertainty of P({result.labels[result.target]}) comes from "
        f"(variance {result.variance:.2g}; {result.samples:,} pairs of draws, seed {result.seed}).",
        ("figures of", "total index", "first order", "swing", "rank"),
        rows,
        ("total index", "first order", "swing", "rank"),
        ("total: share of the variance left if all others were known. first order: share that "
         "knowing these alone takes away. swing and rank: largest of one figure at a time.",),
    )  # fmt: skip


def _half_width(value: float, half: float) -> str:
    return f"{value:.2f} ±{half:.2f}"


@digest.register
def _evppi(result: Evppi, count: int) -> Digest:
    cases = f"{result.cases} case{'s' * (result.cases != 1)}"
    about = f"between {', '.join(result.decision)}"
    if not result.figures:
        return Digest(
            f"No single figure, however well it were known, would change the choice {about} "
            f"({cases}, {result.draws:,} draws, seed {result.seed})."
        )
    rows = [
        (named(f.figure, result.labels), f"{f.value:.2g} ±{f.error:.1g}", origin(f.figure))
        for f in result.figures[:count]
    ]
    return Digest(
        f"Which figure is most worth measuring better? {cases}, {result.draws:,} draws, "
        f"seed {result.seed}.",
        ("figure", "EVPPI", "from"),
        rows,
        ("EVPPI",),
        (f"EVPPI: what knowing it perfectly adds to the utility (0 to 1) of choosing {about}, "
         "with its standard error.",),
    )  # fmt: skip


# -- findings, priors, papers -------------------------------------------------------------------


@digest.register
def _findings(result: FindingsSensitivity, count: int) -> Digest:
    shown = [r for r in result.readings if len(r.changes) == 1]
    shown += [r for r in result.readings if len(r.changes) == 2 and r.flips][:count]
    rows = [
        (_change(r), _after(r.target_posterior), _name(result, r), _after(r.leading_posterior))
        for r in shown
    ]
    flips = [r for r in shown if r.flips and len(r.changes) == 1]
    said = [f"{_change(r)} ({', '.join(r.tests)})" for r in flips if r.changes[0][1] != "unknown"]
    return Digest(
        f"{_leads(result)}. Each finding left out, or read otherwise.",
        ("finding", "then", "first then", "with"),
        rows,
        ("then", "with"),
        (f"Single mis-readings that change the leading diagnosis: {'; '.join(said) or 'none'}.",),
    )


def _change(reading: Reading) -> str:
    return " and ".join(f"{finding}: {state}" for finding, state in reading.changes)


def _after(probability: float | None) -> str:
    return "impossible" if probability is None else percent(probability)


def _name(result: FindingsSensitivity, reading: Reading) -> str:
    if reading.leading is None:
        return ""
    return f"{'* ' if reading.flips else ''}{result.labels[reading.leading]}"


@digest.register
def _priors(result: PriorsSensitivity, count: int) -> Digest:
    rows = [
        (result.labels[d.disease], share(d.prior), _factor(d.flip_factor), _odds(d.flip_odds),
         percent(d.target_if_lower), percent(d.target_if_higher))
        for d in result.diseases[:count]
    ]  # fmt: skip
    return Digest(
        f"{_leads(result)}. What the priors decide.",
        ("prior of", "now", "flips at", "odds then", "odds / 10", "odds x 10"),
        rows,
        ("now", "flips at", "odds then", "odds / 10", "odds x 10"),
        ("flips at: the factor on the prior odds. odds / 10, odds x 10: P(disease in question).",
         "First in each setting:", *(_setting(s, result) for s in result.settings)),
    )  # fmt: skip


def _setting(answer: SettingAnswer, result: PriorsSensitivity) -> str:
    first = f"{answer.setting}: {result.labels[answer.leading]} {percent(answer.leading_posterior)}"
    if answer.leading == result.target:
        return first
    return f"{first} ({result.labels[result.target]} {percent(answer.target_posterior)})"


def _factor(factor: float | None) -> str:
    return "never" if factor is None else f"x {factor:.3g}"


def _odds(odds: float | None) -> str:
    return "" if odds is None else f"{odds:.2g}"


@digest.register
def _sources(result: SourcesSensitivity, count: int) -> Digest:
    rows = [
        (e.source, e.case, str(e.rows), percent(e.posterior), percent(e.posterior_without),
         f"{'* ' if e.flips else ''}{result.labels[e.leading_without]}")
        for e in result.effects[:count]
    ]  # fmt: skip
    count_of = len({e.source for e in result.effects})
    return Digest(
        f"Each of {count_of} sources left out in turn: the leading diagnosis changes "
        f"{len(result.flips)} times (*).",
        ("without", "case", "rows", "P now", "P then", "first then"),
        rows,
        ("rows", "P now", "P then"),
    )


@digest.register
def _distance(result: KnowledgeDistance, count: int) -> Digest:
    rows = [
        (c.case, result.labels[c.disease], percent(c.before), percent(c.after),
         f"{c.log_odds_change:+.2f}")
        for c in result.cases[:count]
    ]  # fmt: skip
    differ = ", ".join(f"{v.variable} ({v.distance:.2f})" for v in result.variables[:NAMED])
    more = len(result.variables) - NAMED
    return Digest(
        f"Chan-Darwiche distance {result.distance:.3f}: no probability of anything changes by more "
        f"than {percent(result.largest_allowed)}.",
        ("case", "disease", "before", "after", "ln odds"),
        rows,
        ("before", "after", "ln odds"),
        (f"CPTs that differ: {differ or 'none'}{f' and {more} more' if more > 0 else ''}.",
         f"After: {result.after}"),
    )  # fmt: skip
