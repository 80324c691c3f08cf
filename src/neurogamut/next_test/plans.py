"""Plans: the decision tree that a policy implies, within a budget.

A scan has billions of results, so a branch stands for all results after which the same diagnosis
leads. It is followed by sampled patients who had such results: the next test is the one that is
best for them on average, and each of them then takes it with their own findings.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..errors import UsageError, nearest
from ..network import Evidence, Network
from .answers import OTHERS, Step
from .battery import MEASURES, Burden
from .outcomes import survey
from .paper_tree import paper_tree
from .policies import (
    CERTAINTY,
    SAMPLES,
    Policy,
    Scores,
    affordable,
    edge_cutting,
    first_step,
    results,
    two_step,
    utility,
)
from .workup import Workup

#: What a plan can be searched by; `paper` follows the published tree instead.
SEARCHES: dict[str, Policy] = {
    "greedy": utility, "two-step": two_step, "ec2": edge_cutting, "paper": paper_tree,
}  # fmt: skip
#: Patients who follow a branch, those asked for its next test, and branches of a test.
PATIENTS, ASKED, BRANCHES = 32, 4, 4
#: A branch that fewer patients come to is not followed further.
RARE = 0.03
#: Findings named as typical of a branch.
TYPICAL = 2


@dataclass(frozen=True, eq=False)
class Patient:
    """One way that things may turn out; `weight` is its probability."""

    workup: Workup
    weight: float


#: Patients after a test, with what it showed.
Group = Sequence[tuple[Evidence, Patient]]


@dataclass(frozen=True, eq=False)
class Search:
    """What stays the same all over a tree."""

    network: Network
    diseases: Sequence[str]
    by: str
    budget: Mapping[str, float]
    rng: np.random.Generator

    def tree(self, workup: Workup) -> Step:
        """The whole tree from what is known now."""
        return self.step("", (), [Patient(workup, 1.0)], Burden())

    def step(
        self, result: str, typical: tuple[str, ...], patients: list[Patient], spent: Burden
    ) -> Step:
        """The node that these patients come to, with all that follows."""
        here = self._leaf(result, typical, patients, spent)
        if here.ends:
            return here
        left = {m: limit - getattr(spent, m) for m, limit in self.budget.items()}
        test, ends = self._choose(patients, left)
        if test is None:
            return replace(here, ends=ends)
        spent += patients[0].workup.battery.burden(test)
        branches = (self.step(*branch, spent) for branch in self._branches(patients, test))
        return replace(here, test=test, branches=tuple(branches))

    def _leaf(
        self, result: str, typical: tuple[str, ...], patients: list[Patient], spent: Burden
    ) -> Step:
        weights = np.array([patient.weight for patient in patients])
        posterior = weights @ np.array([patient.workup.forest.posterior for patient in patients])
        posterior /= weights.sum()
        leading = int(posterior.argmax())
        ends = "certain enough" if posterior[leading] >= CERTAINTY else ""
        if not ends and weights.sum() < RARE:
            ends = "rare"
        return Step(
            result=result,
            typical=typical,
            probability=float(weights.sum()),
            leading=self.diseases[leading],
            posterior=float(posterior[leading]),
            action=patients[0].workup.stakes.best(posterior)[0],
            spent={measure: getattr(spent, measure) for measure in MEASURES},
            ends=ends,
        )

    def _choose(
        self, patients: Sequence[Patient], left: Mapping[str, float]
    ) -> tuple[str | None, str]:
        """The next test for a branch, or None and why there is none."""
        if not patients[0].workup.remaining:
            return None, "every test done"
        tests = affordable(patients[0].workup, left)
        if not tests:
            return None, "budget spent"
        asked = sorted(patients, key=lambda patient: -patient.weight)[:ASKED]
        total: Scores = dict.fromkeys(tests, 0.0)
        for patient in asked:
            scores = SEARCHES[self.by](patient.workup, tests, self.rng)
            for test, score in scores.items():
                total[test] += patient.weight * score
        best = max(total, key=total.__getitem__)
        if total[best] <= 0:
            return None, "no test worth it"
        return first_step(patients[0].workup, best), ""

    def _branches(
        self, patients: Sequence[Patient], test: str
    ) -> list[tuple[str, tuple[str, ...], list[Patient]]]:
        """Results of a test by the diagnosis that leads after them, most frequent first."""
        count = max(PATIENTS // len(patients), 1)
        followed = [after for patient in patients for after in self._follow(patient, test, count)]
        groups: dict[str, list[tuple[Evidence, Patient]]] = defaultdict(list)
        for evidence, patient in followed:
            leading = int(patient.workup.forest.posterior.argmax())
            groups[self.diseases[leading]].append((evidence, patient))
        return [
            (name, self._typical(group, followed), self._thinned(group))
            for name, group in _most_frequent(groups).items()
        ]

    def _follow(self, patient: Patient, test: str, count: int) -> Group:
        """A patient after each result of a test, or after `count` drawn ones."""
        asked = {test: patient.workup.remaining[test]}
        outcomes = survey(patient.workup.forest, asked, self.rng, SAMPLES)[test]
        return [
            (r.evidence, Patient(patient.workup.given(r.evidence), patient.weight * r.probability))
            for r in results(outcomes, count, self.rng)
        ]

    def _thinned(self, group: Group) -> list[Patient]:
        """At most PATIENTS patients, of the same weight together."""
        patients = [patient for _, patient in group]
        if len(patients) <= PATIENTS:
            return patients
        weights = np.array([patient.weight for patient in patients])
        share = weights / weights.sum()
        chosen = Counter(self.rng.choice(len(patients), size=PATIENTS, p=share).tolist())
        each = weights.sum() / PATIENTS
        return [replace(patients[i], weight=each * times) for i, times in chosen.items()]

    def _typical(self, group: Group, everyone: Group) -> tuple[str, ...]:
        """Findings in states that a branch has much oftener than all, as `finding=state`."""
        inside, overall = _frequencies(group), _frequencies(everyone)
        lift = {seen: share - overall[seen] for seen, share in inside.items()}
        best = sorted((seen for seen in lift if lift[seen] > 0), key=lambda seen: -lift[seen])
        return tuple(
            f"{name}={self.network.variables[name].states[state]}" for name, state in best[:TYPICAL]
        )


def search(
    workup: Workup,
    network: Network,
    diseases: Sequence[str],
    by: str,
    budget: Mapping[str, float],
    seed: int,
) -> tuple[Step, dict[str, float]]:
    """The decision tree of a policy, and what a patient who follows it can expect.

    Raises UsageError for an unknown search or measure, or a budget that is no number above 0."""
    if by not in SEARCHES:
        raise UsageError(f"by={by!r}: expected one of {', '.join(SEARCHES)}{nearest(by, SEARCHES)}")
    for measure, limit in budget.items():
        if measure not in MEASURES:
            hint = nearest(measure, MEASURES)
            raise UsageError(f"budget {measure!r}: expected one of {', '.join(MEASURES)}{hint}")
        if not limit >= 0:
            raise UsageError(f"budget {measure}={limit!r}: expected a number, 0 or above")
    rng = np.random.default_rng(seed)
    root = Search(network, diseases, by, budget, rng).tree(workup)
    return root, _expected(root)


def _expected(root: Step) -> dict[str, float]:
    leaves = root.leaves()
    weights = np.array([leaf.probability for leaf in leaves])
    means = {m: float(weights @ [leaf.spent[m] for leaf in leaves]) for m in MEASURES}
    return {**means, "correct": float(weights @ [leaf.posterior for leaf in leaves])}


def _most_frequent(groups: Mapping[str, Group]) -> dict[str, Group]:
    """The BRANCHES most frequent groups; of more, the last are one."""
    order = sorted(groups, key=lambda name: -_weight(groups[name]))
    if len(order) <= BRANCHES:
        return {name: groups[name] for name in order}
    named, rest = order[: BRANCHES - 1], order[BRANCHES - 1 :]
    others = [after for name in rest for after in groups[name]]
    return {name: groups[name] for name in named} | {OTHERS: others}


def _weight(group: Group) -> float:
    return sum(patient.weight for _, patient in group)


def _frequencies(group: Group) -> Counter[tuple[str, int]]:
    """How often each state of each finding was seen in a group, as shares."""
    found: Counter[tuple[str, int]] = Counter()
    total = _weight(group)
    for evidence, patient in group:
        for seen in evidence.states.items():
            found[seen] += patient.weight / total
    return found
