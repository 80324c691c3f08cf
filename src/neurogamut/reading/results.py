"""Which test a result is of: `normal calcium and PTH`, `protein and cells were normal`."""

from __future__ import annotations

from collections.abc import Iterator

from .parsed import Occurrence, Parsed

#: Words between a result and a test after it, and strange words between a test and its result.
AFTER, BEFORE = 2, 3


def results(parsed: Parsed) -> Iterator[tuple[Occurrence, Occurrence]]:
    """Each test with its result. In a list only tests that give results of one kind go together."""
    tests = tests_in(parsed)
    for result in parsed.of_kind("result"):
        if not result.outer:
            found = _after(parsed, result, tests) or _before(parsed, result, tests)
            for test in found:
                if _kinds(parsed, test) & _kinds(parsed, found[0]):
                    yield test, result


def tests_in(parsed: Parsed) -> list[Occurrence]:
    """The tests that a sentence names, each by its full name: `CSF glucose` is not `CSF`."""
    tests = [one for one in parsed.found if _kinds(parsed, one)]
    return [one for one in tests if not any(other.holds(one) for other in tests)]


def _kinds(parsed: Parsed, test: Occurrence) -> set[str]:
    """What kinds of result a test gives: positive, raised, low, abnormal, normal."""
    return {p.says for name in test.meanings for p in parsed.lexicon.tests.get(name, ())}


def _after(parsed: Parsed, result: Occurrence, tests: list[Occurrence]) -> list[Occurrence]:
    """The tests that a result is said before."""
    found: list[Occurrence] = []
    place = result.end
    for test in tests:
        if test.start >= place:
            role = "joiner" if found else "before_test"
            if test.start - place > AFTER or parsed.count_other(role, place, test.start):
                break
            found.append(test)
            place = test.end
    return found


def _after_aside(parsed: Parsed, start: int, end: int) -> int:
    """Past what stands between commas: `the cord, as far as it is shown, is normal`."""
    commas = [place for place in range(start, end) if parsed.norms[place] == ","]
    is_aside = len(commas) == 2 and commas[0] == start and commas[1] + 1 < end
    return commas[1] + 1 if is_aside else start


def _before(parsed: Parsed, result: Occurrence, tests: list[Occurrence]) -> list[Occurrence]:
    """The tests that a result is said after."""
    found: list[Occurrence] = []
    place = result.start
    for test in reversed(tests):
        if test.end <= place:
            if found:
                parted = parsed.count_other("joiner", test.end, place) > 0
            else:
                start = _after_aside(parsed, test.end, place)
                strange = parsed.count_other("copula", start, place)
                parted = strange > BEFORE or "," in parsed.norms[start:place]
            if parted:
                break
            found.append(test)
            place = test.start
    return found
