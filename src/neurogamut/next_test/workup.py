"""A work-up: the tests there are, what is at stake, and the patient as far as known."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from ..inference.forest import Forest
from ..knowledge.base import FORM, KnowledgeBase
from ..network import Evidence, Network
from .battery import NOTHING_YET, Battery, Burden, SoFar
from .decision import Stakes
from .outcomes import Outcomes, survey

#: Patients drawn for a test of too many outcomes to list.
PATIENTS = 4000


@dataclass(frozen=True, eq=False)
class Workup:
    """`forest` holds all that is known of the patient, `so_far` which findings were seen and which
    tests done: neither is tested again. `seed` is of what has to be drawn."""

    battery: Battery
    stakes: Stakes
    forest: Forest
    so_far: SoFar = field(default=NOTHING_YET)
    seed: int = 0

    @classmethod
    def of(cls, base: KnowledgeBase, network: Network, target: str) -> Workup:
        """The work-up of a patient of whom nothing is known. `target` is the diagnosis."""
        context = tuple(filter(None, [base.split]))
        kind = FORM if FORM in network.variables else None
        return cls(Battery.of(base), Stakes.of(base), Forest.of(network, target, context, kind))

    def given(
        self,
        evidence: Evidence,
        findings: Collection[str] = (),
        done: Collection[str] = (),
        barred: Collection[str] = (),
    ) -> Workup:
        """The work-up when more is known, of the `findings` too, `done` tests were done and those
        that are `barred` cannot be. Raises ImpossibleEvidenceError."""
        forest, before = self.forest.given(evidence), self.so_far
        so_far = SoFar(
            before.seen.union(forest.seen, findings),
            before.done.union(done),
            before.barred.union(barred),
        )
        return replace(self, forest=forest, so_far=so_far)

    @cached_property
    def remaining(self) -> dict[str, tuple[str, ...]]:
        """Every test that can be done and would reveal something new, and what."""
        return self.battery.remaining(self.so_far)

    @cached_property
    def surveyed(self) -> dict[str, Outcomes]:
        """What each remaining test would show: listed, or where that is too much, drawn."""
        rng = np.random.default_rng(self.seed)
        return survey(self.forest, self.remaining, rng, PATIENTS)

    @cached_property
    def burdens(self) -> dict[str, Burden]:
        """Of every remaining test, with all that has to come first."""
        return {test: self.battery.burden(test, self.so_far) for test in self.remaining}

    def loss(self, test: str) -> float:
        """What a remaining test takes off the utility: cost, harm, and a wrong trial."""
        trial = self.stakes.trial_loss(test, self.forest.posterior)
        return self.stakes.loss(self.burdens[test]) + trial

    def net(self, test: str, outcomes: Outcomes) -> float:
        """The expected gain in utility of a remaining test, whose results come late, less all that
        it takes."""
        late, _ = self.stakes.value_of_information(outcomes, self.burdens[test].days)
        return late - self.loss(test)

    def gain(self, test: str, after: Workup) -> float:
        """What acting on what is known after a test adds to acting now."""
        now = self.stakes.now(self.forest.posterior)
        return float(self.stakes.gain(now, after.forest.posterior, self.burdens[test].days))
