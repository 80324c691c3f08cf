"""What is wrong with a knowledge base beyond a single cell: unknown keys, counts that disagree,
duplicates, cycles, rates that cannot be. Every check gives problems; none stops the others."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from graphlib import CycleError, TopologicalSorter

from ..errors import KnowledgeBaseError, nearest
from . import build
from .age import distribution
from .base import OTHER, KnowledgeBase
from .coherence import NUMBERS, contradictions
from .estimate import AGE, Cell, Estimator
from .records import Record, Sourced, Statement
from .tables import Problem

#: A printed percentage may differ from its count by this much beyond its last digit.
ROUNDING = 1e-9
ONE_SIDED_95 = 1.6449


def problems(base: KnowledgeBase, estimator: Estimator) -> list[Problem]:
    """Everything that is wrong with the records, in order of file and line."""
    found = [
        *_keys(base),
        *_sources(base),
        *_statements(base),
        *_duplicates(base),
        *_columns(base),
        *_background(base),
        *_silent(base),
        *_settings(base),
        *_dependencies(base),
        *_tests(base),
    ]
    if not found:
        found = list(_subsets(base, estimator))
    return sorted(found, key=lambda p: (p.file, p.line))


def require_valid(base: KnowledgeBase, estimator: Estimator, found: list[Problem]) -> None:
    """Raise KnowledgeBaseError with every problem of form (`found`) and of content."""
    if found := found or problems(base, estimator):
        raise KnowledgeBaseError(found)


def _unknown(
    record: Record, column: str, value: str, known: Collection[str], what: str
) -> list[Problem]:
    if value in known:
        return []
    message = f"is not a {what}{nearest(value, known)}"
    return [record.row.problem(column, message, f"use a known {what}, or add it to its table")]


def _keys(base: KnowledgeBase) -> Iterator[Problem]:
    """Keys that stand twice, or that no table knows."""
    for records, column in [
        (base.diseases, "key"),
        (base.findings, "key"),
        (base.sources, "key"),
        (base.tests, "test"),
        (base.verbal_scale, "term"),
        (base.age_words, "word"),
        (base.parameters, "parameter"),
        (base.dependencies, "child"),
    ]:
        yield from _twice(records, [column])
    tests = [test.test for test in base.tests]
    for finding in base.findings:
        yield from _unknown(finding, "revealed_by", finding.revealed_by, tests, "test")
    diseases = [disease.key for disease in base.diseases]
    for record in (*base.utilities, *(w for ws in base.settings.values() for w in ws)):
        yield from _unknown(record, "disease", record.disease, diseases, "disease")


def _twice(records: Iterable[Record], columns: list[str]) -> Iterator[Problem]:
    first: dict[tuple, Record] = {}
    for record in records:
        value = tuple(record.row.cells[column] for column in columns)
        before = first.setdefault(value, record)
        if before is not record:
            message = f"stands already on line {before.row.line}"
            yield record.row.problem(columns[0], message, "merge the two rows, or delete one")


def _sourced(base: KnowledgeBase) -> Iterator[Sourced]:
    yield from base.statements
    for records in (
        base.verbal_scale,
        base.age_words,
        base.parameters,
        base.dependencies,
        base.tests,
        base.accuracies,
        base.utilities,
        *base.settings.values(),
    ):
        yield from records


def _sources(base: KnowledgeBase) -> Iterator[Problem]:
    """A number without a source, without its place in it, or with a basis that does not fit."""
    known = {source.key for source in base.sources}
    for record in _sourced(base):
        yield from _unknown(record, "source", record.source, known, "source")
        own = record.source == "expert"
        if not own and not record.locator:
            yield record.row.problem(
                "locator", "is empty", "say where in the source: table, section, abstract"
            )
        if own and record.basis not in ("expert", "background"):
            yield record.row.problem(
                "basis", "needs a published source", "name it, or use basis expert"
            )
        if own and not record.note:
            yield record.row.problem("note", "is empty", "give the reason of an expert's number")


# -- statements ---------------------------------------------------------------------------------


def _statements(base: KnowledgeBase) -> Iterator[Problem]:
    findings = {finding.key: finding for finding in base.findings}
    words = {term.term for term in base.verbal_scale}
    for statement in base.statements:
        if unknown := _unknown(statement, "finding", statement.finding, findings, "finding"):
            yield from unknown
            continue
        if statement.finding == AGE:
            yield from _age(base, statement)
        else:
            states = findings[statement.finding].states
            yield from _unknown(statement, "state", statement.state, states, "state of the finding")
            yield from _number(statement, words)
        yield from _given(statement, findings)


def _age(base: KnowledgeBase, statement: Statement) -> Iterator[Problem]:
    words = {word.word: (word.low, word.high) for word in base.age_words}
    try:
        distribution(statement.term, words, base.constant("age_sd"))
    except ValueError:
        remedy = (
            "write e.g. mean 43 sd 12, range 20 to 40, over 50, or a word of priors/age_words.csv"
        )
        yield statement.row.problem("term", "is not an age", remedy)


def _given(statement: Statement, findings: dict) -> Iterator[Problem]:
    if statement.given is None:
        return
    name, state = statement.given
    states = findings[build.SPLIT].states
    if name != build.SPLIT or statement.finding == build.SPLIT:
        yield statement.row.problem(
            "given",
            "is no condition that a finding can be split by",
            f"write {build.SPLIT}={'|'.join(states)}, or leave it empty",
        )
    elif state not in states:
        hint = nearest(state, states)
        yield statement.row.problem(
            "given", f"has an unknown state{hint}", f"use one of {', '.join(states)}"
        )


def _number(statement: Statement, words: set[str]) -> Iterator[Problem]:
    """Counts, percentages and words of one statement: there, possible, and in agreement."""
    row, k, n, percent = statement.row, statement.k, statement.n, statement.percent
    if statement.term:
        yield from _unknown(statement, "term", statement.term, words, "verbal term")
    if k is None and percent is None and not statement.term:
        yield row.problem("percent", "nothing is stated", "give k and n, a percentage, or a term")
    if statement.basis == "worded" and not statement.term:
        yield row.problem("term", "is empty", "a worded row needs the printed word")
    if statement.basis not in ("worded", "illustration") and k is None and percent is None:
        yield row.problem(
            "percent", "is empty", f"a row with basis {statement.basis} needs a number"
        )
    if n is not None and statement.basis in ("expert", "background"):
        yield row.problem("n", "a judgement counts nobody", "give a percentage alone")
    if n == 0:
        yield row.problem("n", "is no denominator", "leave k and n empty where nobody was examined")
    elif k is not None and n is None:
        yield row.problem("k", "has no denominator", "give n, or a percentage instead of k")
    elif k is not None and k > n:
        yield row.problem("k", f"is more than n={n}", "a count is at most its denominator")
    elif n and percent is not None:
        yield from _agreement(statement)


def _agreement(statement: Statement) -> Iterator[Problem]:
    """A printed percentage must be one that some whole k of n rounds to, k itself if given."""
    low, high = statement.percent
    if low != high:
        return
    decimals = _decimals(statement)
    slack = 0.5 * 10**-decimals + ROUNDING
    n, near = statement.n, round(low * statement.n / 100)
    if statement.k is not None and abs(100 * statement.k / n - low) > slack:
        share = f"{100 * statement.k / n:.{max(decimals, 1)}f} %"
        message = f"disagrees with {statement.k}/{n}, which is {share}"
        yield statement.row.problem("percent", message, "correct k, n or percent")
    elif (
        statement.k is None
        and min(abs(100 * k / n - low) for k in (near - 1, near, near + 1)) > slack
    ):
        below, above = math.floor(low * n / 100), math.ceil(low * n / 100)
        counts = ", ".join(f"{k}/{n} is {100 * k / n:.1f} %" for k in (below, above))
        message = f"is no whole count of n={n} ({counts})"
        yield statement.row.problem(
            "percent", message, "correct percent or n, or leave n empty if it is not this cell's"
        )


def _duplicates(base: KnowledgeBase) -> Iterator[Problem]:
    by_disease: dict[str, list[Statement]] = {}
    for statement in base.statements:
        by_disease.setdefault(statement.disease, []).append(statement)
    for statements in by_disease.values():
        yield from _twice(
            statements,
            ["finding", "state", "given", "source", "locator", "k", "n", "percent", "term"],
        )


def _columns(base: KnowledgeBase) -> Iterator[Problem]:
    """One source's shares of the states of one finding: together at most 1, and 1 where it speaks
    of every state."""
    states = {finding.key: finding.states for finding in base.findings}
    columns: dict[tuple, dict[str, Statement]] = {}
    for s in base.statements:
        if s.share is not None and s.finding in states and s.basis != "illustration":
            columns.setdefault((s.disease, s.finding, s.given, s.source, s.locator), {})[
                s.state
            ] = s
    for (_, finding, *_), stated in columns.items():
        total = sum(statement.share for statement in stated.values())
        slack = sum(_rounding(statement) for statement in stated.values())
        complete = len(stated) == len(states[finding])
        if len(stated) > 1 and (total > 1 + slack or complete and total < 1 - slack):
            last = list(stated.values())[-1]
            message = f"{' and '.join(stated)} come to {100 * total:.1f} % together"
            yield last.row.problem("state", message, "correct them; they share 100 %")


def _rounding(statement: Statement) -> float:
    """By how much a share may differ from the true one because it was printed rounded."""
    if statement.k is not None:
        return ROUNDING
    return 0.005 * 10 ** -_decimals(statement) + ROUNDING


def _decimals(statement: Statement) -> int:
    return len(statement.row.cells["percent"].partition(".")[2])


# -- whole tables -------------------------------------------------------------------------------


def _background(base: KnowledgeBase) -> Iterator[Problem]:
    spoken = {
        s.finding for s in base.statements if s.disease == OTHER and s.basis != "illustration"
    }
    for finding in base.findings:
        if finding.key not in spoken:
            yield finding.row.problem(
                "key", "has no row in cpts/background.csv", "add its background rate there"
            )


def _silent(base: KnowledgeBase) -> Iterator[Problem]:
    """A disease that no row speaks of would be the background under another name."""
    spoken = {s.disease for s in base.statements}
    for disease in base.diseases:
        if disease.key not in spoken:
            remedy = f"add rows to cpts/{disease.key}.csv, or remove the disease"
            yield disease.row.problem("key", "has no rows", remedy)


def _settings(base: KnowledgeBase) -> Iterator[Problem]:
    for name, weights in base.settings.items():
        yield from _twice(weights, ["disease"])
        for disease in {d.key for d in base.diseases} - {w.disease for w in weights}:
            file = f"priors/settings/{name}.csv"
            yield Problem(
                file, 1, "disease", disease, "has no weight in this setting", "add a row for it"
            )


def _dependencies(base: KnowledgeBase) -> Iterator[Problem]:
    findings = {finding.key: finding for finding in base.findings}
    graph: dict[str, set[str]] = {}
    split = {s.finding for s in base.statements if s.given and s.basis != "illustration"}
    for edge in base.dependencies:
        unknown = [
            p
            for column in ("child", "parent")
            for p in _unknown(edge, column, getattr(edge, column), findings, "finding")
        ]
        yield from unknown
        if unknown:
            continue
        if len(findings[edge.child].states) != 2 or AGE in (edge.child, edge.parent):
            yield edge.row.problem(
                "child", "cannot have a parent finding", "only findings of two states can"
            )
        states = findings[edge.parent].states
        for state in edge.parent_state or ("",):
            yield from _unknown(edge, "parent_state", state, states, "state of the parent")
        if edge.parent == build.SPLIT and edge.child in split:
            yield edge.row.problem(
                "child",
                f"is split by {edge.parent} in cpts/ already",
                "remove the edge, or the given of those rows",
            )
        graph.setdefault(edge.child, set()).add(edge.parent)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        cycle = error.args[1]
        edge = next(e for e in base.dependencies if e.child in cycle and e.parent in cycle)
        yield edge.row.problem(
            "parent", f"makes a cycle: {' -> '.join(cycle)}", "remove one of these edges"
        )


def _tests(base: KnowledgeBase) -> Iterator[Problem]:
    tests = [test.test for test in base.tests]
    findings = ["*", *(finding.key for finding in base.findings)]
    for test in base.tests:
        for needed in test.requires:
            yield from _unknown(test, "requires", needed, tests, "test")
    for accuracy in base.accuracies:
        yield from _unknown(accuracy, "test", accuracy.test, tests, "test")
        yield from _unknown(accuracy, "finding", accuracy.finding, findings, "finding")
    yield from _twice(base.utilities, ["action", "disease"])
    stated = Counter(utility.action for utility in base.utilities)
    for utility in base.utilities:
        if stated.pop(utility.action, len(base.diseases)) != len(base.diseases):
            yield utility.row.problem(
                "action", "has no utility for some diseases", "add a row for each disease"
            )


def _subsets(base: KnowledgeBase, estimator: Estimator) -> Iterator[Problem]:
    """Two published numbers that make a part commoner than its whole, beyond chance."""
    edges = [edge for edge in base.dependencies if edge.is_subset]
    found = build.estimates(base, estimator)
    for part, whole in contradictions(found, edges):
        if part.rank in NUMBERS and part.rank == whole.rank and _beyond_chance(part, whole):
            rate, of = part.mean[0], whole.mean[0]
            message = (
                f"is {rate:.3f} of {part.disease}, more than {whole.finding}, "
                f"of which it is a part, {of:.3f}"
            )
            remedy = f"correct one of them (the other is on line {whole.used[0].row.line})"
            yield part.used[0].row.problem("finding", message, remedy)


def _beyond_chance(part: Cell, whole: Cell) -> bool:
    """True where two Beta means differ by more than sampling explains (one-sided 95 %)."""
    sizes = [cell.alpha.sum() + 1 for cell in (part, whole)]
    rates = [cell.mean[0] for cell in (part, whole)]
    variance = sum(rate * (1 - rate) / size for rate, size in zip(rates, sizes, strict=True))
    return rates[0] - rates[1] > ONE_SIDED_95 * math.sqrt(variance)
