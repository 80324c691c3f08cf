"""What a case says of tests: which were done, and which cannot be.

A test that was done and of which a finding is not named did not show it, or somebody missed it.
So the finding is read as reported absent: for sure where the test reveals nothing else, else with
the chance that it was there and is not mentioned (`missed_in_reports` of priors/estimation.csv).
What a done test shows is not chosen by who tells it: it is no pertinent negative. Nor is what is
named in `results`: of a test that was ordered since, or asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from ..errors import CaseError
from ..knowledge.base import KnowledgeBase
from ..knowledge.kinds import kind_of, stands_for_any
from ..knowledge.records import FindingRecord
from ..network import Finding

DONE, REFUSED, UNAVAILABLE = "tests_done", "tests_refused", "tests_unavailable"
#: The members of a case that name tests.
OF_TESTS = (DONE, REFUSED, UNAVAILABLE)
#: The member that names findings which were told because they were looked for.
RESULTS = "results"
#: All members of a case that list keys.
LISTS = (*OF_TESTS, RESULTS)
#: The states that say that nothing was seen. A finding without one (`sex`) is left open.
NOTHING_SEEN = ("absent", "none", "not_diagnostic")
#: Odds ratio from which findings go together so often that one is not read as absent beside the
#: other.
TOGETHER = 100


@dataclass(frozen=True)
class TestsSaid:
    """Keys of the tests that were `done`, and of those that were `refused` or are `unavailable`.
    `results` are findings that were told because they were looked for. `not_shown` has the
    findings that done tests did not show, each with the state that says so."""

    __test__ = False  # not a pytest class
    done: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    unavailable: tuple[str, ...] = ()
    results: tuple[str, ...] = ()
    not_shown: Mapping[str, str] = field(default_factory=dict)

    @property
    def reported(self) -> set[str]:
        """The findings that nobody chose to tell."""
        return {*self.not_shown, *self.results}

    @property
    def barred(self) -> tuple[str, ...]:
        """The tests that cannot be done."""
        return (*self.refused, *self.unavailable)

    def to_case(self) -> dict[str, list[str]]:
        """The members of a case that say so, those that name any."""
        named = (self.done, self.refused, self.unavailable, self.results)
        return {name: list(keys) for name, keys in zip(LISTS, named, strict=True) if keys}


def read_tests(base: KnowledgeBase, member: str, said: object) -> tuple[str, ...]:
    """The tests that a member of a case names, by key or label, each once.

    Raises CaseError for an unknown test, and for what is no list of them."""
    return read_keys(member, said, "tests, such as [ct_head]", partial(_test, base))


def read_keys(
    member: str, said: object, expected: str, key_of: Callable[[object], str]
) -> tuple[str, ...]:
    """The keys of what a member of a case lists, or names alone, each once.

    Raises CaseError for what is no list, and as `key_of` does, with the member's name."""
    names = (said,) if isinstance(said, str) else said
    if not isinstance(names, Sequence):
        raise CaseError(f"{member}={said!r}: expected a list of {expected}")
    try:
        return tuple(dict.fromkeys(map(key_of, names)))
    except CaseError as error:
        raise CaseError(f"{member}: {error}") from None


def _test(base: KnowledgeBase, name: object) -> str:
    key = base.names_of_tests.find(name)
    if key is None:
        hint = base.names_of_tests.nearest(name) or "; see  neurogamut list tests"
        raise CaseError(f"{name!r}: unknown test{hint}")
    return key


def require_one_of_each(tests: TestsSaid) -> None:
    """Raises CaseError for a test that was done and cannot be."""
    for test in tests.done:
        if test in tests.barred:
            where = REFUSED if test in tests.refused else UNAVAILABLE
            raise CaseError(f"{test}: stands in {DONE} and in {where}; leave it in one of them")


def not_shown(
    base: KnowledgeBase, done: Sequence[str], named: Mapping[str, Finding | None]
) -> dict[str, str]:
    """The findings of done tests that nobody named, and the state that says that they were not
    seen. `named` has what the case says, None for what it names without assessing it."""
    seen = {name for name, said in named.items() if said is not None and not _is_nothing(said)}
    left_open = named.keys() | _goes_with(base, seen)
    return {
        finding.key: nothing
        for test in done
        for finding in _all_but_whole(base, test, seen)
        if finding.key not in left_open
        for nothing in finding.states
        if nothing in NOTHING_SEEN
    }


def as_reported(base: KnowledgeBase, absent: Mapping[str, str]) -> dict[str, Finding]:
    """What findings that were not shown say: their state, or where a test reveals several a
    likelihood over states."""
    missed = base.constant("missed_in_reports")
    found: dict[str, Finding] = {}
    for key, nothing in absent.items():
        finding = base.finding(key)
        alone = len(base.revealed[finding.revealed_by]) == 1
        unsure = {state: 1.0 if state == nothing else missed for state in finding.states}
        found[key] = nothing if alone else unsure
    return found


def _all_but_whole(base: KnowledgeBase, test: str, seen: set[str]) -> Iterator[FindingRecord]:
    """The findings of a test but, where it showed anything, the one that stands for any of it: that
    is asked for in every patient."""
    revealed = base.revealed[test]
    abnormal = any(finding.key in seen for finding in revealed)
    for finding in revealed:
        if not (abnormal and stands_for_any(base, finding.key)):
            yield finding


def _goes_with(base: KnowledgeBase, seen: set[str]) -> set[str]:
    """What findings that were seen depend on, what is all but sure beside them, and the kinds of a
    whole that was seen without one."""
    above = {edge.child: edge.parent for edge in base.dependencies}
    beside = (e for e in base.dependencies if e.parent in seen and not e.is_subset)
    found = {edge.child for edge in beside if edge.odds_ratio >= TOGETHER}
    for name in seen:
        while name in above:
            name = above[name]
            found.add(name)
    kinds = kind_of(base)
    told = {whole for name in seen for whole in kinds.get(name, ())}
    return found | {kind for kind, wholes in kinds.items() if seen.difference(told) & {*wholes}}


def _is_nothing(said: Finding) -> bool:
    return isinstance(said, str) and said in NOTHING_SEEN
