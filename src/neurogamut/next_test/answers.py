"""Answers to `what next?`: ranked tests, when to stop, a plan. They render themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from ..results import ModelInfo, Rendered

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Separation:
    """Expected bits about which of two diseases it is, if it is one of them (0 to 1)."""

    diseases: tuple[str, str]
    bits: float


@dataclass(frozen=True)
class Outcome:
    """A joint outcome, its probability, and the leading diseases after it."""

    findings: Mapping[str, str]
    probability: float
    posterior: Mapping[str, float]


@dataclass(frozen=True)
class RankedTest:
    """What a test would tell and what it would take.

    `information_gain_bits` is about the diagnosis, over the joint outcomes of all its unseen
    findings; `cost`, `harm` and `days` include `requires`, the tests that have to come first and
    were not done. `value` is the expected gain in utility of acting after the test rather than
    now, `net_utility` that minus cost, harm, delay and `trial_loss` (what trying a treatment loses
    where another is right). Where not `exact`, both gains carry standard errors.
    `bits_per_cost` is None where the test costs nothing. `findings` are the bits of each alone."""

    test: str
    label: str
    information_gain_bits: float
    exact: bool
    standard_error: float
    bits_per_cost: float | None
    cost: float
    harm: float
    days: float
    requires: tuple[str, ...]
    value: float
    value_standard_error: float
    trial_loss: float
    net_utility: float
    separates: tuple[Separation, ...]
    outcomes: tuple[Outcome, ...]
    findings: Mapping[str, float]


@dataclass(frozen=True)
class Stop:
    """Is it time to stop testing?

    `same_diagnosis` and `same_action` are the probabilities that the leading diagnosis and the
    best action stay what they are after all remaining tests, with 95 % intervals (a point where
    `exact`). `value_of_all_tests` is what acting after all of them would add to the utility, at no
    cost; `value_of_certainty` is what knowing the diagnosis would."""

    recommended: bool
    reason: str
    leading: str
    probability: float
    best_action: str
    expected_utility: float
    same_diagnosis: float
    same_diagnosis_interval: tuple[float, float]
    same_action: float
    same_action_interval: tuple[float, float]
    value_of_all_tests: float
    value_of_certainty: float
    exact: bool


class Viewed(Rendered):
    """An answer drawn by `next_views`, which registers itself where it is imported."""

    def to_html(self) -> str:
        """A self-contained HTML fragment."""
        from .. import next_views  # noqa: F401

        return super().to_html()

    def __str__(self) -> str:
        from .. import next_views  # noqa: F401

        return super().__str__()


@dataclass(frozen=True, repr=False)
class NextTests(Viewed):
    """Every remaining test, best first by `by`, and whether to stop. `seed` is that of the
    sampled gains."""

    entropy_bits: float
    tests: tuple[RankedTest, ...]
    stop: Stop
    by: str
    seed: int
    evidence: Mapping[str, Any]
    labels: Mapping[str, str]
    model: ModelInfo

    def to_frame(self) -> pd.DataFrame:
        """One row per test, best first."""
        import pandas as pd

        columns = ["test", "information_gain_bits", "standard_error", "exact", "bits_per_cost",
                   "cost", "harm", "days", "value", "net_utility"]  # fmt: skip
        rows = [[getattr(test, column) for column in columns] for test in self.tests]
        return pd.DataFrame(rows, columns=columns).set_index("test")

    def to_dict(self) -> dict[str, Any]:
        """What `neurogamut next --json` and the HTTP interface give."""
        return {
            "entropy_bits": self.entropy_bits,
            "by": self.by,
            "tests": [asdict(test) for test in self.tests],
            "stop": asdict(self.stop),
            "evidence": dict(self.evidence),
            "seed": self.seed,
            "model": asdict(self.model),
        }

    def plot(self, count: int = 12):
        """Bits and net utility of the best tests (an altair chart)."""
        from .. import plots_next

        return plots_next.ranking(self, count)


#: The kind of result that stands for all but the most frequent kinds.
OTHERS = "others"


@dataclass(frozen=True)
class Step:
    """A node of a plan: what is known when it is reached, the test to do, and where each kind of
    result leads. A leaf has no test, and says in `ends` why it is one.

    `result` is the kind of result of the test above that leads here, named for the diagnosis that
    leads after it (OTHERS for the least frequent kinds together); `typical` are the findings that
    set it apart. `probability` is that of coming here, `spent` what all tests on the way took."""

    result: str
    typical: tuple[str, ...]
    probability: float
    leading: str
    posterior: float
    action: str
    spent: Mapping[str, float]
    test: str | None = None
    ends: str = ""
    branches: tuple[Step, ...] = ()

    def leaves(self) -> list[Step]:
        """All leaves below, or the step itself."""
        if not self.branches:
            return [self]
        return [leaf for branch in self.branches for leaf in branch.leaves()]


@dataclass(frozen=True, repr=False)
class Plan(Viewed):
    """A decision tree within a budget. `expected` holds the mean cost, harm and days of a patient
    who follows it, and the probability that the leading diagnosis at the end is right."""

    by: str
    budget: Mapping[str, float]
    root: Step
    expected: Mapping[str, float]
    seed: int
    evidence: Mapping[str, Any]
    labels: Mapping[str, str]
    model: ModelInfo

    def to_dict(self) -> dict[str, Any]:
        """What `neurogamut plan --json` and the HTTP interface give."""
        return {
            "by": self.by,
            "budget": dict(self.budget),
            "tree": asdict(self.root),
            "expected": dict(self.expected),
            "evidence": dict(self.evidence),
            "seed": self.seed,
            "model": asdict(self.model),
        }

    def plot(self):
        """The tree as a picture (an altair chart)."""
        from .. import plots_next

        return plots_next.tree(self)
