"""What a patient who follows a plan can expect, and what no plan can exceed.

By the branches alone all is exact. At the end of its branch a patient is diagnosed by whole
reports, of which a branch tells a part: that is the mean over drawn patients, as is the bound,
where all affordable tests are done for nothing. Both carry a standard error.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from ..network import Network
from .battery import MEASURES
from .policies import affordable
from .tree import Node
from .workup import Workup

#: Patients drawn; the standard error of a share is 0.6 % at most.
PATIENTS = 8000

#: States (patients,) by finding.
Rows = Mapping[str, np.ndarray]


def expectations(
    root: Node, workup: Workup, network: Network, budget: Mapping[str, float], seed: int
) -> dict[str, float]:
    """Mean `cost`, `harm` and `days`; the probability that the leading diagnosis is right at the
    end, by the branches (`correct`), by whole reports (`correct_by_reports`) and at most
    (`correct_at_most`); and `worth_days`, all that it takes subtracted, likewise. Those that were
    drawn have an `_error`."""
    stakes, leaves = workup.stakes, root.leaves()
    weights = np.array([leaf.probability for leaf in leaves])
    tests = affordable(workup, budget)
    found = {m: float(weights @ [leaf.spent[m] for leaf in leaves]) for m in MEASURES}
    found["correct"] = float(weights @ [leaf.posterior for leaf in leaves])
    found["worth_days"] = stakes.in_days(
        float(weights @ [leaf.gain - leaf.loss for leaf in leaves])
    )
    findings = [finding for test in tests for finding in workup.remaining[test]]
    rows = workup.forest.sample(PATIENTS, np.random.default_rng(seed), findings)
    everyone = np.arange(PATIENTS)
    days = stakes.in_days(1.0)
    right, worth = np.empty(PATIENTS), np.empty(PATIENTS)
    for leaf, chosen, done in _followed(root, network, rows, everyone, ()):
        posterior = _posteriors(workup, rows, chosen, done)
        right[chosen] = posterior.max(axis=1)
        further = stakes.gain(stakes.actions.index(leaf.action), posterior, leaf.spent["days"])
        worth[chosen] = days * (leaf.gain - leaf.loss + further)
    found |= _mean("correct_by_reports", right) | _mean("worth_days_by_reports", worth)
    after = _posteriors(workup, rows, everyone, tests)
    found |= _mean("correct_at_most", after.max(axis=1))
    gained = stakes.gain(stakes.actions.index(root.action), after)
    return found | _mean("worth_days_at_most", days * gained)


def _followed(
    node: Node, network: Network, rows: Rows, chosen: np.ndarray, done: tuple[str, ...]
) -> Iterator[tuple[Node, np.ndarray, tuple[str, ...]]]:
    """Each leaf with the patients who come to it, and the tests that were done there."""
    if node.test is None:
        yield node, chosen, done
        return
    for branch in node.branches:
        here = chosen[_shown(branch, network, rows, chosen)]
        yield from _followed(branch, network, rows, here, (*done, node.test))


def _shown(branch: Node, network: Network, rows: Rows, chosen: np.ndarray) -> np.ndarray:
    """Which patients' results are of a branch's class, shape (chosen,)."""
    fits = np.ones(len(chosen), dtype=bool)
    for finding, said in branch.shows.items():
        names = network.variables[finding].states
        may = [name == said if isinstance(said, str) else said[name] > 0 for name in names]
        fits &= np.array(may)[rows[finding][chosen]]
    return fits


def _posteriors(workup: Workup, rows: Rows, chosen: np.ndarray, tests: Sequence[str]) -> np.ndarray:
    """P(disease | all that these tests show) of the chosen patients, shape (chosen, diseases)."""
    findings = [finding for test in tests for finding in workup.remaining[test]]
    if not findings or not len(chosen):
        return np.broadcast_to(workup.forest.posterior, (len(chosen), len(workup.forest.posterior)))
    mine = {finding: rows[finding][chosen] for finding in findings}
    joint = workup.forest.joint_of(mine, findings)
    return joint / joint.sum(axis=1, keepdims=True)


def _mean(name: str, values: np.ndarray) -> dict[str, float]:
    error = values.std(ddof=1) / np.sqrt(len(values))
    return {name: float(values.mean()), f"{name}_error": float(error)}
