"""Does it help? Patients drawn from the network, followed through their tests under a policy.

Where what is said is chosen (pertinent reporting) each comes with a finding that is told the more
readily, the more it is expected; what a test reveals is reported whatever it shows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from neurogamut.diagnosis.pertinent import told
from neurogamut.knowledge.base import KnowledgeBase
from neurogamut.knowledge.reporting import Telling
from neurogamut.network import Evidence
from neurogamut.next_test import policies
from neurogamut.next_test.battery import Burden
from neurogamut.next_test.gain import entropy, information_gain
from neurogamut.next_test.policies import (
    CERTAINTY,
    Policy,
    Scores,
    affordable,
    first_step,
    outcomes_of,
    per_cost,
)
from neurogamut.next_test.workup import Workup

#: What is known of every patient before the presenting finding.
BASIC = ("age", "sex")
#: The presenting finding is one of this group.
PRESENTING = "clinical"
PRESENT = 0
LAST_RESORT = "brain_biopsy"
#: Joint outcomes of a test that a policy lists: fewer than a plan does, as thousands are asked.
LISTED = 2**7


@dataclass(frozen=True, eq=False)
class Patients:
    """`truth` and `read` map every variable to its true and its reported state (patients,);
    `presenting` names the finding that each comes with."""

    truth: Mapping[str, np.ndarray]
    read: Mapping[str, np.ndarray]
    presenting: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.presenting)

    def report(self, patient: int, findings: tuple[str, ...]) -> Evidence:
        """What is reported of some findings."""
        return Evidence({finding: int(self.read[finding][patient]) for finding in findings})


@dataclass(frozen=True)
class Course:
    """What became of a patient: tests done, their burden, and whether the diagnosis that leads at
    the end is right."""

    tests: tuple[str, ...]
    burden: Burden
    certainty: float
    correct: bool

    @property
    def biopsied(self) -> bool:
        """Whether the brain was biopsied."""
        return LAST_RESORT in self.tests


def draw(
    workup: Workup,
    base: KnowledgeBase,
    count: int,
    seed: int,
    misread: bool,
    telling: Telling | None = None,
) -> Patients:
    """Patients of whom at least one clinical finding is present; with `telling`, the one that each
    comes with is chosen so. With `misread`, tests of priors/test_findings.csv report with the
    sensitivity and specificity given there."""
    rng = np.random.default_rng(seed)
    clinical = [f.key for f in base.findings if f.group == PRESENTING]
    rows = workup.forest.sample(2 * count, rng)
    present = np.stack([rows[name] == PRESENT for name in clinical], axis=1)
    chosen = rng.permutation(np.flatnonzero(present.any(axis=1)))[:count]
    truth = {name: states[chosen] for name, states in rows.items()}
    ready = _readiness(clinical, truth[workup.forest.shape.hubs[-1]], telling)
    first = (present[chosen] * rng.random(ready.shape) ** (1 / ready)).argmax(axis=1)
    read = _misread(truth, workup, base, rng) if misread else truth
    return Patients(truth, read, tuple(clinical[i] for i in first))


def _readiness(
    clinical: Sequence[str], diagnosis: np.ndarray, telling: Telling | None
) -> np.ndarray:
    """How readily each patient tells each finding that is there, (patients, findings)."""
    if telling is None:
        return np.ones((len(diagnosis), len(clinical)))
    tables = [telling.said[finding][diagnosis, PRESENT, PRESENT] for finding in clinical]
    return np.stack(tables, axis=1)


def follow(
    patients: Patients,
    workup: Workup,
    policy: Policy,
    budget: Mapping[str, float],
    certainty: float,
    telling: Telling | None = None,
) -> Iterator[Course]:
    """The course of every patient: tests until a diagnosis is `certainty` probable or none fits
    the budget. With `telling`, what they come with is what they chose to tell."""
    target = workup.forest.shape.target
    for patient, presenting in enumerate(patients.presenting):
        basic = (*BASIC, presenting)
        said = patients.report(patient, basic)
        known = workup.given(told(said, telling.said) if telling else said, basic)
        tests, burden = [], Burden()
        while known.forest.posterior.max() < certainty:
            left = {m: limit - getattr(burden, m) for m, limit in budget.items()}
            test = choose(policy, known, left)
            if test is None:
                break
            burden += known.battery.burden(test, known.so_far)
            known = known.given(patients.report(patient, known.remaining[test]), done=(test,))
            tests.append(test)
        posterior = known.forest.posterior
        right = int(posterior.argmax()) == patients.truth[target][patient]
        yield Course(tuple(tests), burden, float(posterior.max()), bool(right))


def _misread(
    truth: Mapping[str, np.ndarray], workup: Workup, base: KnowledgeBase, rng: np.random.Generator
) -> dict[str, np.ndarray]:
    """States as an imperfect reader reports them. Who reports a part reports the whole too."""
    wrong = {}
    for row in base.accuracies:
        every = row.finding == "*"
        for name in workup.battery.reveals[row.test] if every else (row.finding,):
            if workup.forest.shape.sizes[name] == 2:
                right = np.where(truth[name] == PRESENT, row.sensitivity, row.specificity)
                missed = rng.random(len(right)) >= right
                wrong[name] = np.where(missed, 1 - truth[name], truth[name])
    wholes = {row.child: row.parent for row in base.dependencies if row.is_subset}
    for part in reversed(list(workup.forest.shape.parent)):
        if part in wrong and wholes.get(part) in wrong:
            whole = wholes[part]
            wrong[whole] = np.where(wrong[part] == PRESENT, PRESENT, wrong[whole])
    return {**truth, **wrong}


# -- policies that are only measured ---------------------------------------------------------------


utility = partial(policies.utility, most=LISTED)
edge_cutting = partial(policies.edge_cutting, most=LISTED)


def worthwhile(workup: Workup, tests: Sequence[str]) -> Scores:
    """As `utility`, but only tests that are worth their cost, harm and delay."""
    least = workup.stakes.least
    return {test: net for test, net in utility(workup, tests).items() if net > least}


def bits(workup: Workup, tests: Sequence[str]) -> Scores:
    """Expected information gain."""
    surveyed = outcomes_of(workup, tests, LISTED)
    return {test: information_gain(seen)[0] for test, seen in surveyed.items()}


def bits_per_cost(workup: Workup, tests: Sequence[str]) -> Scores:
    """Expected information gain per unit of cost, with what has to come first."""
    return per_cost(workup, bits(workup, tests))


def until_certain(workup: Workup, tests: Sequence[str]) -> Scores:
    """Expected bits towards a certain diagnosis per unit of cost: as information gain, but where
    one diagnosis is certain enough, no bit is missing."""
    missing = float(_missing(workup.forest.posterior))
    surveyed = outcomes_of(workup, tests, LISTED)
    gains = {test: missing - seen.mean(_missing(seen.posterior)) for test, seen in surveyed.items()}
    return per_cost(workup, {test: max(float(gain), 0.0) for test, gain in gains.items()})


def _missing(posterior: np.ndarray) -> np.ndarray:
    """Bits missing to a certain diagnosis."""
    return np.where(posterior.max(axis=-1) >= CERTAINTY, 0.0, entropy(posterior))


def cheapest(workup: Workup, tests: Sequence[str]) -> Scores:
    """The cheapest test first, whatever it tells."""
    return {test: -workup.burdens[test].cost for test in tests}


def at_random(seed: int) -> Policy:
    """Any test."""
    rng = np.random.default_rng(seed)
    return lambda _, tests: dict(zip(tests, rng.random(len(tests)).tolist(), strict=True))


def choose(policy: Policy, workup: Workup, budget: Mapping[str, float]) -> str | None:
    """The test to do now: the best one, or the first of those that have to precede it. None where
    no test is affordable."""
    scores = policy(workup, affordable(workup, budget))
    return first_step(workup, max(scores, key=scores.__getitem__)) if scores else None
