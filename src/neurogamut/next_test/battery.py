"""The tests of the knowledge base: what each reveals, needs first, costs and risks."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

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


@dataclass(frozen=True, eq=False)
class Battery:
    """All tests by key, and the findings that each reveals."""

    tests: Mapping[str, TestRecord]
    reveals: Mapping[str, tuple[str, ...]]

    @classmethod
    def of(cls, base: KnowledgeBase) -> Battery:
        """The tests of a knowledge base."""
        reveals: dict[str, list[str]] = {test.test: [] for test in base.tests}
        for finding in base.findings:
            reveals[finding.revealed_by].append(finding.key)
        tests = {test.test: test for test in base.tests}
        return cls(tests, {test: tuple(found) for test, found in reveals.items()})

    def unseen(self, test: str, seen: Collection[str]) -> tuple[str, ...]:
        """The findings of a test that nothing was said of."""
        return tuple(finding for finding in self.reveals[test] if finding not in seen)

    def remaining(self, seen: Collection[str]) -> dict[str, tuple[str, ...]]:
        """Every test that would reveal something new, and what."""
        unseen = {test: self.unseen(test, seen) for test in self.tests}
        return {test: findings for test, findings in unseen.items() if findings}

    def is_done(self, test: str, seen: Collection[str]) -> bool:
        """A test was done if anything that it reveals is known."""
        return any(finding in seen for finding in self.reveals[test])

    def outstanding(self, test: str, seen: Collection[str]) -> tuple[str, ...]:
        """What has to be done before a test and was not, in order."""
        needed: dict[str, None] = {}
        for first in self.tests[test].requires:
            if not self.is_done(first, seen):
                needed |= dict.fromkeys((*self.outstanding(first, seen), first))
        return tuple(needed)

    def burden(self, test: str, seen: Collection[str] | None = None) -> Burden:
        """The burden of a test, with all that has to come first given what was `seen`."""
        before = () if seen is None else self.outstanding(test, seen)
        return sum_of(self._alone(name) for name in (*before, test))

    def _alone(self, test: str) -> Burden:
        record = self.tests[test]
        return Burden(record.cost, record.harm, record.days)


def sum_of(burdens: Iterable[Burden]) -> Burden:
    """The burden of tests one after the other."""
    return sum(burdens, start=Burden())
