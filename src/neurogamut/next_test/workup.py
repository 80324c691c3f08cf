"""A work-up: the tests there are, what is at stake, and the patient as far as known."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

from ..knowledge.base import KnowledgeBase
from ..network import Evidence, Network
from .battery import Battery, Burden
from .decision import Stakes
from .forest import Forest


@dataclass(frozen=True, eq=False)
class Workup:
    """`forest` holds all that is known of the patient; seen findings are not tested again."""

    battery: Battery
    stakes: Stakes
    forest: Forest

    @classmethod
    def of(cls, base: KnowledgeBase, network: Network, target: str, context: str) -> Workup:
        """The work-up of a patient of whom nothing is known. `target` is the diagnosis, `context`
        the variable by which published figures are split."""
        return cls(Battery.of(base), Stakes.of(base), Forest.of(network, target, (context,)))

    def given(self, evidence: Evidence) -> Workup:
        """The work-up when more is known. Raises ImpossibleEvidenceError."""
        return replace(self, forest=self.forest.given(evidence))

    @cached_property
    def remaining(self) -> dict[str, tuple[str, ...]]:
        """Every test that would reveal something new, and what."""
        return self.battery.remaining(self.forest.seen)

    @cached_property
    def burdens(self) -> dict[str, Burden]:
        """Of every remaining test, with all that has to come first."""
        return {test: self.battery.burden(test, self.forest.seen) for test in self.remaining}

    def loss(self, test: str) -> float:
        """What a remaining test takes off the utility: cost, harm, delay, and a wrong trial."""
        trial = self.stakes.trial_loss(test, self.forest.posterior)
        return self.stakes.loss(self.burdens[test]) + trial
