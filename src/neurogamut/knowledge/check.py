"""What is wrong with a knowledge base beyond a single cell: unknown keys, counts that disagree,
duplicates, cycles, rates that cannot be. Every check gives problems; none stops the others."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from itertools import chain
from operator import itemgetter

from ..errors import KnowledgeBaseError, nearest
from . import build
from .age import distribution
from .base import EXPERT, FORM, OTHER, TABLES, KnowledgeBase, usual_constants
from .coherence import NUMBERS, contradictions
from .estimate import AGE, Cell, Estimator, states_of
from .local import WEIGHT
from .records import (
    LOCAL,
    PRESENCE,
    ROUNDING,
    DiseaseCard,
    DiseaseName,
    FindingRecord,
    Form,
    Record,
    Statement,
    Utility,
    Weight,
)
from .reporting import SYSTEMATIC
from .tables import GAMUT, Problem

#: How a note says that the denominator is not known.
LEFT_EMPTY = re.compile(r"\bn (is )?left empty\b")
ONE_SIDED_95 = 1.6449
#: The states of an age.
NUMBER = ("number",)


def problems(base: KnowledgeBase, estimator: Estimator) -> list[Problem]:
    """Everything that is wrong with the records, in order of file and line."""
    found = [
        *_gamut(base),
        *_keys(base),
        *_sources(base),
        *_statements(base),
        *_duplicates(base),
        *_columns(base),
        *_background(base),
        *_silent(base),
        *_forms(base),
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


def _gamut(base: KnowledgeBase) -> Iterator[Problem]:
    """What no gamut can do without, and what priors/gamut.toml and the constants name."""
    if OTHER not in {disease.key for disease in base.diseases}:
        remedy = f"add {OTHER}: none of the diseases, whose rates are cpts/background.csv"
        yield Problem(TABLES["diseases"][0], 1, "key", OTHER, "is missing", remedy)
    if not base.settings:
        remedy = "add priors/settings/NAME.csv with a weight for each disease"
        yield Problem("priors/settings", 1, "setting", "", "there is none", remedy)
    for entry, value, known in _named(base):
        if value and value not in known:
            message = f"is not in the tables{nearest(value, known)}"
            yield Problem(GAMUT, 1, entry, value, message, "use a key of the tables")
    usual = [*(parameter.parameter for parameter in usual_constants()[0]), WEIGHT]
    for parameter in base.parameters:
        yield from _unknown(parameter, "parameter", parameter.parameter, usual, "constant")


def _named(base: KnowledgeBase) -> Iterator[tuple[str, str, Collection[str]]]:
    """What priors/gamut.toml names: entry, key, and the keys that there are."""
    yield "default_setting", base.gamut.default_setting, base.settings.keys()
    for finding in base.gamut.patterns:
        yield "patterns", finding, {record.key for record in base.findings}
    for test, action in base.gamut.trials.items():
        yield "trials", test, {record.test for record in base.tests}
        yield "trials", action, {record.action for record in base.utilities}


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
        (base.disease_names, "name"),
        (base.disease_cards, "disease"),
        (base.definitions, "finding"),
    ]:
        yield from _twice(records, [column])
    yield from _papers(base)
    tests = [test.test for test in base.tests]
    for finding in base.findings:
        if finding.revealed_by:
            yield from _unknown(finding, "revealed_by", finding.revealed_by, tests, "test")
        if finding.key == AGE and finding.states != NUMBER:
            yield finding.row.problem("states", "is the one finding in years", "write number")
        if finding.reporting != SYSTEMATIC and finding.states != PRESENCE:
            problem = "is only for findings that are present or absent"
            yield finding.row.problem("reporting", problem, f"write {SYSTEMATIC}")
    diseases = [disease.key for disease in base.diseases]
    weights = chain.from_iterable(base.settings.values())
    by_disease: list[Utility | Weight | DiseaseName | DiseaseCard]
    by_disease = [*base.utilities, *weights, *base.disease_names, *base.disease_cards]
    for record in by_disease:
        yield from _unknown(record, "disease", record.disease, diseases, "disease")
    findings = [finding.key for finding in base.findings]
    for definition in base.definitions:
        yield from _unknown(definition, "finding", definition.finding, findings, "finding")


def _papers(base: KnowledgeBase) -> Iterator[Problem]:
    """Two keys of one paper."""
    yield from _twice([source for source in base.sources if source.doi], ["doi"])
    yield from _twice([source for source in base.sources if source.pmid], ["pmid"])


def _twice(records: Iterable[Record], columns: list[str]) -> Iterator[Problem]:
    first: dict[object, Record] = {}
    value_of = itemgetter(*columns)
    for record in records:
        value = value_of(record.row.cells)
        before = first.setdefault(value, record)
        if before is not record:
            message = f"stands already on line {before.row.line}"
            yield record.row.problem(columns[0], message, "merge the two rows, or delete one")


def _sources(base: KnowledgeBase) -> Iterator[Problem]:
    """A number without a source, without its place in it, or with a basis that does not fit."""
    known = {source.key for source in base.sources}
    for record in base.sourced():
        yield from _unknown(record, "source", record.source, known, "source")
        own = record.source == EXPERT
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
        if statement.basis == LOCAL:
            yield from _local(statement, states_of(findings[statement.finding]))
        elif statement.finding == AGE:
            yield from _age(base, statement)
        else:
            states = findings[statement.finding].states
            yield from _unknown(statement, "state", statement.state, states, "state of the finding")
            yield from _number(statement, words)
        yield from _given(statement, findings, base.split)


def _local(statement: Statement, states: Collection[str]) -> Iterator[Problem]:
    """What patients of one's own add: k of n of a state, of an age a band."""
    row, k, n = statement.row, statement.k, statement.n
    yield from _unknown(statement, "state", statement.state, states, "state of the finding")
    if k is None or not n:
        yield row.problem("k", "is no count", "a local row needs k and n")
    elif k > n:
        yield row.problem("k", f"is more than n={n}", "a count is at most its denominator")


def _age(base: KnowledgeBase, statement: Statement) -> Iterator[Problem]:
    words = {word.word: (word.low, word.high) for word in base.age_words}
    try:
        distribution(statement.term, words, base.constant("age_sd"))
    except ValueError:
        remedy = (
            "write e.g. mean 43 sd 12, range 20 to 40, over 50, or a word of priors/age_words.csv"
        )
        yield statement.row.problem("term", "is not an age", remedy)


def _given(
    statement: Statement, findings: Mapping[str, FindingRecord], context: str
) -> Iterator[Problem]:
    for name, state in statement.given.items():
        if name != FORM:
            yield from _split(statement, findings, context, name, state)


def _split(
    statement: Statement,
    findings: Mapping[str, FindingRecord],
    context: str,
    name: str,
    state: str,
) -> Iterator[Problem]:
    if unknown := _unknown(statement, "given", name, findings, "finding"):
        yield from unknown
        return
    states = findings[name].states
    if name != context or name in (statement.finding, AGE):
        yield statement.row.problem(
            "given",
            "is no condition that a finding can be split by",
            f"write {context}=STATE, by which figures are split, form=..., or leave it empty",
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
    if n is not None and LEFT_EMPTY.search(statement.note):
        yield row.problem("n", "is filled, but the note says that it is left empty", "correct one")
    if n == 0:
        yield row.problem("n", "is no denominator", "leave k and n empty where nobody was examined")
    elif n is None:
        if k is not None:
            yield row.problem("k", "has no denominator", "give n, or a percentage instead of k")
    elif k is not None and k > n:
        yield row.problem("k", f"is more than n={n}", "a count is at most its denominator")
    elif percent is not None:
        yield from _agreement(statement, n, *percent)


def _agreement(statement: Statement, n: float, low: float, high: float) -> Iterator[Problem]:
    """A printed percentage must be one that some whole k of n rounds to, k itself if given; a
    range must hold that."""
    k, near = statement.k, round(low * n / 100)
    if k is not None:
        share = 100 * k / n
        if not (statement.prints(share) if low == high else low <= share <= high):
            shown = f"{share:.{max(statement.decimals, 1)}f} %"
            message = f"disagrees with {k}/{n}, which is {shown}"
            yield statement.row.problem("percent", message, "correct k, n or percent")
    elif low == high and not any(statement.prints(100 * k / n) for k in range(near - 1, near + 2)):
        below, above = math.floor(low * n / 100), math.ceil(low * n / 100)
        counts = ", ".join(f"{k}/{n} is {100 * k / n:.1f} %" for k in (below, above))
        message = f"is no whole count of n={n} ({counts})"
        yield statement.row.problem(
            "percent", message, "correct percent or n, or leave n empty if it is not this cell's"
        )


def _duplicates(base: KnowledgeBase) -> Iterator[Problem]:
    by_owner: dict[str, list[Statement]] = {}
    for statement in base.statements:
        by_owner.setdefault(statement.owner, []).append(statement)
    for statements in by_owner.values():
        yield from _twice(
            statements,
            ["finding", "state", "given", "source", "locator", "k", "n", "percent", "term"],
        )


def _columns(base: KnowledgeBase) -> Iterator[Problem]:
    """One source's shares of the states of one finding: together at most 1, and 1 where it speaks
    of every state."""
    states = {finding.key: finding.states for finding in base.findings}
    columns: dict[tuple[str, ...], dict[str, tuple[Statement, float]]] = {}
    for s in base.statements:
        if s.share is not None and s.finding in states and s.basis != "illustration":
            column = (s.finding, s.owner, s.condition, s.source, s.locator)
            columns.setdefault(column, {})[s.state] = s, s.share
    for (finding, *_), stated in columns.items():
        if len(stated) == 1:
            continue
        total = sum(share for _, share in stated.values())
        slack = sum(_rounding(statement) for statement, _ in stated.values())
        complete = len(stated) == len(states[finding])
        if total > 1 + slack or complete and total < 1 - slack:
            last, _ = list(stated.values())[-1]
            message = f"{' and '.join(stated)} come to {100 * total:.1f} % together"
            yield last.row.problem("state", message, "correct them; they share 100 %")


def _rounding(statement: Statement) -> float:
    """By how much a share may differ from the true one because it was printed rounded."""
    if statement.k is not None:
        return ROUNDING
    return 0.005 * 10**-statement.decimals + ROUNDING


# -- whole tables -------------------------------------------------------------------------------


def _background(base: KnowledgeBase) -> Iterator[Problem]:
    spoken = {s.finding for s in base.statements if s.owner == OTHER and s.basis != "illustration"}
    for finding in base.findings:
        if finding.key not in spoken:
            yield finding.row.problem(
                "key", "has no row in cpts/background.csv", "add its background rate there"
            )


def _silent(base: KnowledgeBase) -> Iterator[Problem]:
    """A disease that no row speaks of would be the background under another name."""
    spoken = {s.disease for s in base.statements}
    for disease in base.diseases:
        if disease.key not in {*spoken, OTHER}:
            remedy = f"add rows to cpts/{disease.key}.csv, or remove the disease"
            yield disease.row.problem("key", "has no rows", remedy)


def _forms(base: KnowledgeBase) -> Iterator[Problem]:
    """Forms of unknown diseases, shares that come to too much or little, rows of unknown forms."""
    yield from _twice(base.forms, ["disease", "form"])
    diseases = [disease.key for disease in base.diseases]
    shares: dict[str, float] = defaultdict(float)
    for form in base.forms:
        yield from _unknown(form, "disease", form.disease, diseases, "disease")
        shares[form.disease] += form.share
        if not form.share > 0:
            yield form.row.problem(
                "percent", "is no share", "give k and n, or a percentage above 0"
            )
        low, high = (0, 0.99) if form.disease == OTHER else (0.95, 1.05)
        if form is _last_of(base, form.disease) and not low <= shares[form.disease] <= high:
            message = f"the forms of {form.disease} come to {100 * shares[form.disease]:.0f} %"
            yield form.row.problem("percent", message, _SHARES[form.disease == OTHER])
    known: dict[str, list[str]] = {disease: [] for disease in diseases}
    for form in base.forms:
        known.setdefault(form.disease, []).append(form.form)
    for statement in base.statements:
        if statement.form:
            of = known[statement.disease]
            yield from _unknown(statement, "given", statement.form, of, "form of the disease")


_SHARES = ("make them share 100 %", "leave something for what is none of them")


def _last_of(base: KnowledgeBase, disease: str) -> Form:
    return [form for form in base.forms if form.disease == disease][-1]


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
    split = {s.finding for s in base.statements if s.condition and s.basis != "illustration"}
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
        if edge.child == base.split:
            yield edge.row.problem(
                "child", "splits figures (the column given)", "such a finding has no parent"
            )
        states = findings[edge.parent].states
        for state in edge.parent_state or ("",):
            yield from _unknown(edge, "parent_state", state, states, "state of the parent")
        if edge.parent == base.split and edge.child in split:
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
    stated: dict[str, list[Utility]] = {}
    for utility in base.utilities:
        stated.setdefault(utility.action, []).append(utility)
    for rows in stated.values():
        silent = {d.key for d in base.diseases} - {row.disease for row in rows}
        if silent:
            of = ", ".join(sorted(silent))
            yield rows[0].row.problem("action", f"has no utility for {of}", "add a row for each")


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
