"""The tests of the knowledge base: what each reveals, needs first, costs and risks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from ..errors import UsageError
from ..knowledge.base import KnowledgeBase
from ..knowledge.records import TestRecord

#: What can run out: the measures that a budget may limit.
MEASURES = ("cost", "harm", "days")


@dataclass(frozen=True)
class Burden:
    """Cost (1 = a blood test), probability of serious harm, and days of delay."""

    cost: float = 0.0
    harm: float = 0.0
    days: float = 0.0

    def __add__(self, other: Burden) -> Burden:
        """One after the other: harm is that of either."""
        harm = self.harm + other.harm - self.harm * other.harm
        return Burden(self.cost + other.cost, harm, self.days + other.days)

    def fits(self, budget: Mapping[str, float]) -> bool:
        """Whether no measure exceeds its limit."""
        return all(getattr(self, measure) <= limit for measure, limit in budget.items())


@dataclass(frozen=True)
class SoFar:
    """Findings of which something is `seen`, tests that were `done` whatever is seen of them, and
    tests that are `barred`: refused, or not to be had."""

    seen: frozenset[str] = frozenset()
    done: frozenset[str] = frozenset()
    barred: frozenset[str] = frozenset()


NOTHING_YET = SoFar()


@dataclass(frozen=True, eq=False)
class Battery:
    """All tests by key, and the findings that each reveals."""

    tests: Mapping[str, TestRecord]
    reveals: Mapping[str, tuple[str, ...]]

    @classmethod
    def of(cls, base: KnowledgeBase) -> Battery:
        """The tests of a knowledge base. Raises UsageError where none reveals anything."""
        if not any(base.revealed.values()):
            what = "tests (priors/tests.csv, and revealed_by in cpts/findings.csv)"
            raise UsageError(f"these tables have no {what}")
        tests = {test.test: test for test in base.tests}
        keys = {test: tuple(f.key for f in found) for test, found in base.revealed.items()}
        return cls(tests, keys)

    def remaining(self, so_far: SoFar) -> dict[str, tuple[str, ...]]:
        """Every test that can be done and would reveal something new, and what."""
        unseen = {
            test: tuple(finding for finding in found if finding not in so_far.seen)
            for test, found in self.reveals.items()
            if test not in so_far.done and self._can_be_done(test, so_far)
        }
        return {test: findings for test, findings in unseen.items() if findings}

    def _can_be_done(self, test: str, so_far: SoFar) -> bool:
        return so_far.barred.isdisjoint((*self.outstanding(test, so_far), test))

    def is_done(self, test: str, so_far: SoFar) -> bool:
        """A test was done if that is known, or anything that it reveals."""
        return test in so_far.done or not so_far.seen.isdisjoint(self.reveals[test])

    def outstanding(self, test: str, so_far: SoFar) -> tuple[str, ...]:
        """What has to be done before a test and was not, in order."""
        needed: dict[str, None] = {}
        for first in self.tests[test].requires:
            if not self.is_done(first, so_far):
                needed |= dict.fromkeys((*self.outstanding(first, so_far), first))
        return tuple(needed)

    def burden(self, test: str, so_far: SoFar = NOTHING_YET) -> Burden:
        """The burden of a test, with all that has to come first. A sample that lies in the
        laboratory, of a test that was done, is not taken again."""
        records = self.tests.items()
        taken = {r.sample for t, r in records if r.sample and self.is_done(t, so_far)}
        return sum_of(self._each((*self.outstanding(test, so_far), test), taken))

    def together(self, test: str, so_far: SoFar) -> tuple[str, ...]:
        """The other remaining tests that are made from the same sample."""
        sample = self.tests[test].sample
        same = (t for t in self.remaining(so_far) if self.tests[t].sample == sample)
        return tuple(other for other in same if sample and other != test)

    def _each(self, tests: Iterable[str], taken: set[str]) -> Iterator[Burden]:
        for test in tests:
            record = self.tests[test]
            spared = record.sampling if record.sample in taken else 0.0
            taken = taken | {record.sample}
            yield Burden(record.cost - spared, record.harm, record.days)


def sum_of(burdens: Iterable[Burden]) -> Burden:
    """The burden of tests one after the other."""
    return sum(burdens, start=Burden())
