"""Does it help? Patients drawn from the network, followed through their tests under a policy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from ..knowledge.base import KnowledgeBase
from ..network import Evidence
from .battery import Burden
from .policies import Policy, choose
from .workup import Workup

#: What is known of every patient before the presenting finding.
BASIC = ("age", "sex")
#: The presenting finding is one of this group.
PRESENTING = "clinical"
PRESENT = 0
LAST_RESORT = "brain_biopsy"


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


def draw(workup: Workup, base: KnowledgeBase, count: int, seed: int, misread: bool) -> Patients:
    """Patients of whom at least one clinical finding is present. With `misread`, tests of
    priors/test_findings.csv report with the sensitivity and specificity given there."""
    rng = np.random.default_rng(seed)
    clinical = [f.key for f in base.findings if f.group == PRESENTING]
    rows = workup.forest.sample(2 * count, rng)
    present = np.stack([rows[name] == PRESENT for name in clinical], axis=1)
    chosen = rng.permutation(np.flatnonzero(present.any(axis=1)))[:count]
    truth = {name: states[chosen] for name, states in rows.items()}
    first = (present[chosen] * rng.random((len(chosen), len(clinical)))).argmax(axis=1)
    read = _misread(truth, workup, base, rng) if misread else truth
    return Patients(truth, read, tuple(clinical[i] for i in first))


def follow(
    patients: Patients,
    workup: Workup,
    policy: Policy,
    budget: Mapping[str, float],
    certainty: float,
    seed: int,
) -> Iterator[Course]:
    """The course of every patient: tests until a diagnosis is `certainty` probable or none fits
    the budget."""
    rng = np.random.default_rng(seed)
    target = workup.forest.shape.hubs[-1]
    for patient, presenting in enumerate(patients.presenting):
        known = workup.given(patients.report(patient, (*BASIC, presenting)))
        tests, burden = [], Burden()
        while known.forest.posterior.max() < certainty:
            left = {m: limit - getattr(burden, m) for m, limit in budget.items()}
            test = choose(policy, known, left, rng)
            if test is None:
                break
            known = known.given(patients.report(patient, known.remaining[test]))
            tests.append(test)
            burden += known.battery.burden(test)
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
    for part in reversed(workup.forest.shape.parent):
        if part in wrong and wholes.get(part) in wrong:
            whole = wholes[part]
            wrong[whole] = np.where(wrong[part] == PRESENT, PRESENT, wrong[whole])
    return {**truth, **wrong}
