"""Results of a test that a person can tell from its report: up to four classes by its findings.

The class of a result is read off as in a small tree: the finding that is worth most is looked at
first, then in what is left the next, as long as there are classes left to tell. Each class is
evidence on the findings looked at alone, so the patient after it is known exactly, and the classes
together are all that can happen: their mean is what was known before.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ..network import Evidence
from .decision import Stakes
from .gain import divergence, entropy, finding_joints
from .workup import Workup

#: Classes of a test's results, at most.
CLASSES = 4
#: A class rarer than this among the results of a test is not told apart from the others.
RAREST = 0.02


@dataclass(frozen=True, eq=False)
class Result:
    """A class of results. `shows` has the states, by position, that each finding looked at may be
    in; `probability` is among all results of the test; `workup` is what is known after it."""

    shows: Mapping[str, tuple[int, ...]]
    probability: float
    workup: Workup


def results(workup: Workup, test: str) -> list[Result]:
    """The classes of a remaining test's results, most probable first."""
    rate = _worth_of_a_bit(workup)
    found = [Result({}, 1.0, workup)]
    while split := _best_split(found, workup.remaining[test], CLASSES - len(found) + 1, rate):
        place, parts = split
        found[place : place + 1] = parts
    done = [
        Result(r.shows, r.probability, r.workup.given(Evidence({}), done=(test,))) for r in found
    ]
    return sorted(done, key=lambda result: -result.probability)


def _worth_of_a_bit(workup: Workup) -> float:
    """What a bit is worth where all that are missing together are worth certainty, in utility."""
    posterior = workup.forest.posterior
    missing = float(entropy(posterior))
    return workup.stakes.value_of_certainty(posterior) / missing if missing > 0 else 0.0


def _best_split(
    found: Sequence[Result], findings: Sequence[str], room: int, rate: float
) -> tuple[int, list[Result]] | None:
    """The class to divide next and its parts, at most `room`; None where that tells nothing."""
    if room < 2:
        return None
    best, split = 1e-9, None
    for place, result in enumerate(found):
        for finding, joint in _joints(result, findings):
            parts = _parts(joint, room)
            worth = result.probability * _worth(result.workup.stakes, joint, parts, rate)
            frequent = len(found) == 1 or _rarest(joint, parts) * result.probability >= RAREST
            if frequent and worth > best:
                best, split = worth, (place, finding, parts, joint)
    if split is None:
        return None
    place, finding, parts, joint = split
    return place, [_divided(found[place], finding, states, joint) for states in parts]


def _joints(result: Result, findings: Sequence[str]) -> Iterator[tuple[str, np.ndarray]]:
    """P(state, disease | class) of each finding that a class says nothing of."""
    left = [finding for finding in findings if finding not in result.shows]
    yield from finding_joints(result.workup.forest, left).items()


def _parts(joint: np.ndarray, room: int) -> list[tuple[int, ...]]:
    """The states that can be, in `room` parts at most: of many the rarest are one part."""
    share = joint.sum(axis=1)
    order = [state for state in np.argsort(-share, kind="stable").tolist() if share[state] > 0]
    if len(order) <= room:
        return [(state,) for state in sorted(order)]
    alone = sorted(order[: room - 1])
    return [*((state,) for state in alone), tuple(sorted(order[room - 1 :]))]


def _worth(
    stakes: Stakes, joint: np.ndarray, parts: Sequence[tuple[int, ...]], rate: float
) -> float:
    """What telling parts of a finding's states apart gains: in acting, and in bits at a rate."""
    after = np.array([joint[list(states)].sum(axis=0) for states in parts])
    before = joint.sum(axis=0)
    gained = (after @ stakes.utility.T).max(axis=1).sum() - (stakes.utility @ before).max()
    share = after.sum(axis=1)
    bits = share @ divergence(after / share[:, None], before)
    return float(gained + rate * bits)


def _rarest(joint: np.ndarray, parts: Sequence[tuple[int, ...]]) -> float:
    return min(float(joint[list(states)].sum()) for states in parts)


def _divided(result: Result, finding: str, states: tuple[int, ...], joint: np.ndarray) -> Result:
    """The part of a class in which a finding is in one of these states."""
    weights = np.zeros(len(joint))
    weights[list(states)] = 1.0
    said = Evidence({finding: states[0]}) if len(states) == 1 else Evidence({}, {finding: weights})
    share = float(weights @ joint.sum(axis=1))
    return Result(
        {**result.shows, finding: states}, result.probability * share, result.workup.given(said)
    )
