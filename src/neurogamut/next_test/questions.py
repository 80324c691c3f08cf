"""The two questions put to a case: which test next, and what plan?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from ..cases.case import CaseEvidence
from ..diagnosis.single import SingleDisease
from ..knowledge.build import DIAGNOSIS
from .expectations import expectations
from .gain import entropy
from .plans import search
from .ranked import FigureWorth, NextTests
from .ranking import rank
from .stopping import stop
from .tree import Plan
from .workup import Workup

#: Limits per measure (cost, harm, days); a number alone limits the cost; None is no limit.
Budget = Mapping[str, float] | float | None


class WhatNext:
    """The tests of a knowledge base, put to cases that are read as `view` reads them. What a test
    reveals is reported whatever it shows.

    Raises UsageError where the knowledge base has no tests, or nothing that could be done."""

    def __init__(self, view: SingleDisease):
        base = view.blueprint.base
        self._view = view
        self._network = view.network
        self._info = view.info
        self._diseases = {disease.key: disease.label for disease in base.diseases}
        findings = {finding.key: finding.label for finding in base.findings}
        self._labels = self._diseases | findings | {test.test: test.label for test in base.tests}
        self._start = Workup.of(base, view.network, DIAGNOSIS)

    def next_tests(self, evidence: CaseEvidence, by: str, seed: int) -> NextTests:
        """Every remaining test, ranked, and whether to stop."""
        now = self._given(evidence, seed)
        tests = rank(now, self._network, by)
        return NextTests(
            entropy_bits=float(entropy(now.forest.posterior)),
            tests=tests,
            stop=stop(now, tuple(self._diseases), tests, seed),
            by=by,
            seed=seed,
            evidence=evidence.understood,
            labels=self._labels,
            model=self._info,
        )

    def beside(
        self, answer: NextTests, figures: Iterable[tuple[str, float, float, str]]
    ) -> NextTests:
        """An answer with published figures beside its tests: what each is called, its worth and the
        standard error in utility, and where it is from."""
        days = self._start.stakes.in_days
        worth = (
            FigureWorth(name, days(value), days(error), origin)
            for name, value, error, origin in figures
        )
        return replace(answer, literature=tuple(worth))

    def plan(self, evidence: CaseEvidence, budget: Budget, by: str, seed: int) -> Plan:
        """A decision tree within a budget."""
        limits = {"cost": budget} if isinstance(budget, (int, float)) else dict(budget or {})
        now = self._given(evidence, seed)
        root = search(now, self._network, tuple(self._diseases), by, limits)
        return Plan(
            by=by,
            budget=limits,
            root=root,
            expected=expectations(root, now, self._network, limits, seed),
            seed=seed,
            evidence=evidence.understood,
            labels=self._labels,
            model=self._info,
        )

    def _given(self, evidence: CaseEvidence, seed: int) -> Workup:
        """The work-up of a case. The engine refuses an impossible one, and says what conflicts."""
        view, tests = self._view.of_case(evidence), evidence.tests
        view.queries.query(DIAGNOSIS, evidence.encoded)
        said = view.encode(evidence)
        reveals = self._start.battery.reveals.items()
        ordered = [test for test, found in reveals if not set(found).isdisjoint(tests.results)]
        now = self._start.given(said, evidence.network, (*tests.done, *ordered), tests.barred)
        return replace(now, seed=seed)
