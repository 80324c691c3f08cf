"""The answer to `which test next?`: every remaining test, and whether to stop."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from ..errors import needs
from ..render import charts
from ..render.answer import Answer, ModelInfo
from ..render.charts import AGAINST, FOR, ROW_HEIGHT
from ..render.sheet import Lines, Picture, Sheet, Table
from ..render.wording import percent, spaced

if TYPE_CHECKING:
    import altair
    import pandas as pd

COLUMNS = ("bits", "per cost", "cost", "harm", "days", "worth")
#: What the columns hold, in this order.
UNITS = (
    "bits: what the test is expected to tell of the diagnosis, of those that are missing.",
    "cost: 1 is a blood test, about 30 euro; per cost: bits for one.",
    "harm: the chance of death or a lasting deficit. days: until the result is there.",
    "worth: days in full health that acting after the test adds to acting now, on average, less "
    "what its cost, harm and days take. What has to come first is included.",
)
#: How what a case says of tests is told.
SAID = {
    "tests_done": "Done",
    "tests_refused": "Refused",
    "tests_unavailable": "Not to be had",
}
#: A worth that is shown as a number, in days.
TENTH = 0.05
#: The source of our own judgements.
EXPERT = "expert"
#: Findings named of a test that reveals many.
FINDINGS = 5
#: Width of each half of the chart.
HALF = 240


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


@dataclass(frozen=True, kw_only=True)
class RankedTest:
    """What a test would tell and what it would take.

    `information_gain_bits` is about the diagnosis, over the joint outcomes of all its unseen
    findings; `cost`, `harm` and `days` include `requires`, the tests that have to come first and
    were not done. `value` is the expected gain in utility of acting after the test rather than
    now, `net_utility` that minus cost, harm, `delay_loss` (a better treatment comes late) and
    `trial_loss` (trying a treatment where another is right), and `worth_days` the same in days in
    full health. Where not `exact`, gains and worth carry standard errors. `bits_per_cost` is None
    where the test costs nothing.
    `together` are other tests of the same sample: one draw or puncture is enough for all.
    `findings` are the bits of each alone."""

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
    together: tuple[str, ...]
    value: float
    value_standard_error: float
    delay_loss: float
    trial_loss: float
    net_utility: float
    worth_days: float
    worth_days_error: float
    separates: tuple[Separation, ...]
    outcomes: tuple[Outcome, ...]
    findings: Mapping[str, float]


@dataclass(frozen=True)
class FigureWorth:
    """What perfect knowledge of one published figure would be worth for this patient, in days in
    full health with its standard error (EVPPI), and where the figure stands `origin`."""

    figure: str
    worth_days: float
    worth_days_error: float
    origin: str


@dataclass(frozen=True, kw_only=True)
class ActionWorth:
    """A management with its `expected` utility now, and its `utility` in the leading disease with
    where that comes from."""

    action: str
    expected: float
    utility: float
    basis: str
    source: str
    locator: str
    note: str


@dataclass(frozen=True, kw_only=True)
class Stop:
    """Is it time to stop testing?

    `same_diagnosis` and `same_action` are the probabilities that the leading diagnosis and the
    best action stay what they are after all remaining tests, with 95 % intervals (a point where
    `exact`). `value_of_all_tests` is what acting after all of them would add to the utility, at no
    cost; `value_of_certainty` is what knowing the diagnosis would; both in days in full health too.
    `actions` are the best ones now, best first."""

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
    all_tests_days: float
    certainty_days: float
    actions: tuple[ActionWorth, ...]
    exact: bool


@dataclass(frozen=True, repr=False, kw_only=True)
class NextTests(Answer):
    """Every remaining test, best first by `by`, and whether to stop. `seed` is that of the
    sampled gains. `literature`, where it was asked for, has the figures whose better knowledge
    would be worth anything, best first."""

    entropy_bits: float
    tests: tuple[RankedTest, ...]
    stop: Stop
    by: str
    seed: int
    evidence: Mapping[str, Any]
    labels: Mapping[str, str]
    model: ModelInfo
    literature: tuple[FigureWorth, ...] | None = None

    def to_frame(self) -> pd.DataFrame:
        """One row per test, best first."""
        with needs("tables"):
            import pandas as pd

        columns = [
            "test",
            "information_gain_bits",
            "standard_error",
            "exact",
            "bits_per_cost",
            "cost",
            "harm",
            "days",
            "value",
            "net_utility",
            "worth_days",
        ]
        rows = [[getattr(test, column) for column in columns] for test in self.tests]
        return pd.DataFrame(rows, columns=columns).set_index("test")

    def to_dict(self) -> dict[str, Any]:
        """What `neurogamut next-tests --json` and the HTTP interface give."""
        return {
            "entropy_bits": self.entropy_bits,
            "by": self.by,
            "tests": [asdict(test) for test in self.tests],
            "stop": asdict(self.stop),
            "literature": self.literature and [asdict(figure) for figure in self.literature],
            "evidence": dict(self.evidence),
            "seed": self.seed,
            "model": asdict(self.model),
        }

    def sheet(self, count: int = 10) -> Sheet:
        """The best tests, why the first is, and whether to stop."""
        rows = [(test.label, *_numbers(test)) for test in self.tests[:count]]
        left = len(self.tests) - count
        others = [(f"{left} others", *[""] * len(COLUMNS))] if left > 0 else []
        return self._sheet(
            f"Which test next? By {self.by}; {self.entropy_bits:.2f} bits are missing.",
            Picture(self.plot),
            Table(("test", *COLUMNS), rows, COLUMNS, totals=others),
            Lines((*UNITS, *self._notes())),
            *(
                Lines(_why(test, self.labels), f"Why {test.label}?", True)
                for test in self.tests[:1]
            ),
            Lines(self._stopping(), f"{self._advice}: {self.stop.reason}.", True),
            *self._side_by_side(count),
        )

    def _side_by_side(self, count: int) -> list[Table]:
        """Tests beside figures, each by what it is worth."""
        if self.literature is None:
            return []
        tests = sorted(self.tests, key=lambda test: -test.worth_days)
        done = [(test.label, _days(test.worth_days)) for test in tests if test.worth_days > 0]
        read = [(f"{f.figure} (now {f.origin})", _days(f.worth_days)) for f in self.literature]
        pairs = zip_longest(done[:count], read[:count], fillvalue=("", ""))
        rows = [(*test, *figure) for test, figure in pairs]
        if not read:
            rows = [
                (*row[:2], "none would change what is best" * (row is rows[0]), "") for row in rows
            ]
        title = (
            "Test the patient, or measure a figure better? Days in full health that either adds "
            "for this patient; knowing a figure perfectly (EVPPI) helps all others too."
        )
        return [Table(("test", "days", "figure", "days "), rows, ("days", "days "), title)]

    @property
    def _advice(self) -> str:
        return "Stop testing" if self.stop.recommended else "Go on"

    def _notes(self) -> list[str]:
        lines = [
            f"{word}: {', '.join(self.labels[test] for test in self.evidence[member])}."
            for member, word in SAID.items()
            if member in self.evidence
        ]
        if sampled := [test for test in self.tests if not test.exact]:
            bits = max(test.standard_error for test in sampled)
            days = max(test.worth_days_error for test in sampled)
            lines.append(
                f"~ estimated (seed {self.seed}), standard error at most {bits:.3f} bits and "
                f"{days:.1f} days; all others are exact."
            )
        return lines

    def _stopping(self) -> list[str]:
        stop = self.stop
        diagnosis, action = (
            f"{percent(share)}{_between(interval, stop.exact)}"
            for share, interval in (
                (stop.same_diagnosis, stop.same_diagnosis_interval),
                (stop.same_action, stop.same_action_interval),
            )
        )
        return [
            f"{self.labels[stop.leading]} ({percent(stop.probability)}) would still lead after "
            f"all tests: {diagnosis}",
            f"best action now: {spaced(stop.best_action)}; would still be best: {action}",
            f"all tests, were they free, would add {stop.all_tests_days:.1f} days in full health",
            *(self._reason(action) for action in stop.actions[:2]),
        ]

    def _reason(self, action: ActionWorth) -> str:
        """What an action is worth, and why that is assumed."""
        printed = ", ".join(filter(None, (action.source, action.locator)))
        why = action.note if action.source == EXPERT else f"{printed}: {action.note}"
        return (
            f"{spaced(action.action)}: {action.expected:.2f} of 1 as things are; "
            f"{action.utility:g} in {self.labels[self.stop.leading]} ({action.basis}; {why})"
        )

    def plot(self, count: int = 12) -> altair.HConcatChart:
        """Bits (with two standard errors where estimated) beside the worth, of the best tests (an
        altair chart)."""
        alt = charts.altair()
        rows = [
            {
                "test": test.label,
                "bits": test.information_gain_bits,
                "worth": test.worth_days,
                "low": test.information_gain_bits - 2 * test.standard_error,
                "high": test.information_gain_bits + 2 * test.standard_error,
            }
            for test in self.tests[:count]
        ]
        base = charts.chart(rows).properties(width=HALF, height=ROW_HEIGHT * len(rows))
        y, axis = charts.labels("test", "test"), "information gain (bits)"
        bits = base.mark_bar(color=FOR).encode(y=y, x=alt.X("bits:Q", title=axis))
        errors = base.mark_rule().encode(y=y, x=alt.X("low:Q", title=axis), x2="high:Q")
        net = base.mark_bar().encode(
            y=alt.Y("test:N", sort=None, axis=None),
            x=alt.X("worth:Q", title="worth (days in full health)"),
            color=alt.condition("datum.worth > 0", alt.value(FOR), alt.value(AGAINST)),
        )
        return charts.captioned(alt.hconcat(bits + errors, net), "Which test next?", self.model)


def _numbers(test: RankedTest) -> tuple[str, ...]:
    about = "" if test.exact else "~"
    per_cost = "free" if test.bits_per_cost is None else f"{test.bits_per_cost:.3f}"
    return (
        f"{about}{test.information_gain_bits:.3f}",
        per_cost,
        f"{test.cost:g}",
        percent(test.harm),
        f"{test.days:g}",
        f"{about}{test.worth_days:+z.1f}",
    )


def _days(worth: float) -> str:
    return f"{worth:.1f}" if worth >= TENTH else "<0.1"


def _why(test: RankedTest, labels: Mapping[str, str]) -> list[str]:
    lines = []
    if test.requires:
        lines.append(f"first: {', '.join(labels[needed] for needed in test.requires)}")
    if test.together:
        lines.append(f"of the same sample: {', '.join(labels[t] for t in test.together)}")
    for pair in test.separates:
        one, other = (labels[disease] for disease in pair.diseases)
        lines.append(f"tells {one} from {other}: {pair.bits:.2f} of 1 bit")
    if len(test.findings) > 1:
        alone = list(test.findings.items())[:FINDINGS]
        lines.append(f"alone: {', '.join(f'{name} {bits:.2f}' for name, bits in alone)}")
        return lines
    for outcome in test.outcomes:
        seen = ", ".join(f"{name}: {state}" for name, state in outcome.findings.items())
        after = ", ".join(f"{labels[d]} {percent(p)}" for d, p in outcome.posterior.items())
        lines.append(f"{seen} ({percent(outcome.probability)}): {after}")
    return lines


def _between(interval: tuple[float, float], exact: bool) -> str:
    return "" if exact else f" ({percent(interval[0])} to {percent(interval[1])})"
