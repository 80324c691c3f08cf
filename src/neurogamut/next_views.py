"""Ranked tests and plans as text and HTML."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from . import html, text
from .next_test.answers import OTHERS, NextTests, Plan, RankedTest, Step, Stop
from .wording import percent

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.tree import Tree

COLUMNS = ("bits", "per cost", "cost", "harm", "days", "net utility")
#: Findings named of a test that reveals many.
FINDINGS = 5


@text.parts.register(NextTests)
def _next_text(result: NextTests, count: int = 10) -> list[RenderableType]:
    made = text.table("test", *COLUMNS, right=COLUMNS)
    for test in result.tests[:count]:
        made.add_row(test.label, *_numbers(test))
    if len(result.tests) > count:
        made.add_row(f"{len(result.tests) - count} others", style="dim")
    return [
        f"Which test next? By {result.by}; {result.entropy_bits:.2f} bits are missing.",
        made,
        *_notes(result),
        *(line for test in result.tests[:1] for line in _why(test, result)),
        *_stop(result.stop, result),
        "",
    ]


@html.body.register(NextTests)
def _next_html(result: NextTests) -> str:
    rows = [(escape(test.label), *_numbers(test)) for test in result.tests]
    shown = html.table(("test", *COLUMNS), rows, range(1, len(COLUMNS) + 1))
    lines = [*_notes(result), *(line for test in result.tests[:1] for line in _why(test, result))]
    return (
        f"<h4>Which test next? By {result.by}; {result.entropy_bits:.2f} bits are missing</h4>"
        f"{html.picture(result.plot)}{shown}{_lines(lines)}{_lines(_stop(result.stop, result))}"
    )


def _numbers(test: RankedTest) -> tuple[str, ...]:
    about = "" if test.exact else "~"
    per_cost = "free" if test.bits_per_cost is None else f"{test.bits_per_cost:.3f}"
    return (
        f"{about}{test.information_gain_bits:.3f}",
        per_cost,
        f"{test.cost:g}",
        percent(test.harm),
        f"{test.days:g}",
        f"{test.net_utility:+.4f}",
    )


def _notes(result: NextTests) -> list[str]:
    lines = ["Cost 1 is a blood test; harm is serious harm; what has to come first is included."]
    if sampled := [test for test in result.tests if not test.exact]:
        worst = max(test.standard_error for test in sampled)
        lines.append(
            f"~ estimated (seed {result.seed}), standard error at most {worst:.3f} bits; "
            "all others are exact."
        )
    return lines


def _why(test: RankedTest, result: NextTests) -> list[str]:
    lines = ["", f"Why {test.label}?"]
    if test.requires:
        lines.append(f"  first: {', '.join(test.requires)}")
    for pair in test.separates:
        one, other = (result.labels[disease] for disease in pair.diseases)
        lines.append(f"  tells {one} from {other}: {pair.bits:.2f} of 1 bit")
    if len(test.findings) > 1:
        alone = list(test.findings.items())[:FINDINGS]
        lines.append(f"  alone: {', '.join(f'{name} {bits:.2f}' for name, bits in alone)}")
        return lines
    for outcome in test.outcomes:
        seen = ", ".join(f"{name}: {state}" for name, state in outcome.findings.items())
        after = ", ".join(f"{result.labels[d]} {percent(p)}" for d, p in outcome.posterior.items())
        lines.append(f"  {seen} ({percent(outcome.probability)}): {after}")
    return lines


def _stop(stop: Stop, result: NextTests) -> list[str]:
    advice = "Stop testing" if stop.recommended else "Go on"
    diagnosis, action = (
        f"{percent(share)}{_between(interval, stop.exact)}"
        for share, interval in (
            (stop.same_diagnosis, stop.same_diagnosis_interval),
            (stop.same_action, stop.same_action_interval),
        )
    )
    return [
        "",
        f"{advice}: {stop.reason}.",
        f"  {result.labels[stop.leading]} ({percent(stop.probability)}) would still lead after "
        f"all tests: {diagnosis}",
        f"  best action now: {stop.best_action}; would still be best: {action}",
        f"  all tests, were they free, would add {stop.value_of_all_tests:.3f} to the utility",
    ]


def _between(interval: tuple[float, float], exact: bool) -> str:
    return "" if exact else f" ({percent(interval[0])} to {percent(interval[1])})"


def _lines(lines: list[str]) -> str:
    return f'<p class="soft">{"<br>".join(map(escape, lines))}</p>'


# -- plans --------------------------------------------------------------------------------------


@text.parts.register(Plan)
def _plan_text(result: Plan) -> list[RenderableType]:
    from rich.tree import Tree

    tree = Tree(_node(result.root, result))
    _grow(tree, result.root, result)
    return [_plan_title(result), "", tree, "", _expected(result), ""]


@html.body.register(Plan)
def _plan_html(result: Plan) -> str:
    title, expected = escape(_plan_title(result)), escape(_expected(result))
    picture = html.picture(result.plot)
    return f"<h4>{title}</h4>{picture}{_nested(result.root, result)}<p>{expected}</p>"


def _grow(tree: Tree, step: Step, result: Plan) -> None:
    for branch in step.branches:
        _grow(tree.add(_node(branch, result)), branch, result)


def _nested(step: Step, result: Plan) -> str:
    below = "".join(_nested(branch, result) for branch in step.branches)
    return f"<ul><li>{escape(_node(step, result))}{below}</li></ul>"


def _node(step: Step, result: Plan) -> str:
    """How one comes here, what leads, and what to do."""
    way = f"{percent(step.probability)} " if step.result else ""
    if step.result == OTHERS:
        way += "other results "
    if step.typical:
        way += f"[{', '.join(step.typical)}] "
    leads = f"{result.labels[step.leading]} {percent(step.posterior)}"
    then = f"TEST {step.test}" if step.test else f"{step.action} ({step.ends})"
    return f"{way}{leads}: {then}"


def _plan_title(result: Plan) -> str:
    limits = ", ".join(f"{measure} {limit:g}" for measure, limit in result.budget.items())
    return f"Plan by {result.by} search; budget: {limits or 'no limit'} (seed {result.seed})"


def _expected(result: Plan) -> str:
    from .next_test.plans import PATIENTS

    mean = result.expected
    return (
        f"On average: cost {mean['cost']:.1f}, serious harm {percent(mean['harm'])}, "
        f"{mean['days']:.1f} days; the leading diagnosis is right in {percent(mean['correct'])}. "
        f"Where a test shows many findings its results are {PATIENTS} sampled patients (seed "
        f"{result.seed}): shares there, and these means, are estimates."
    )
