"""Which group of figures the uncertainty of P(target | case) comes from: Sobol indices.

A group holds the figures of one finding in all diseases, or all priors. Designs A, B and A with one
group from B ("pick and freeze") are drawn from the figures' own distributions, which may depend on
each other within a group, and handed to SALib's estimators (Saltelli et al., Comput Phys Commun
2010;181:259) with bootstrapped 95 % intervals.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from ..errors import MissingExtraError
from ..results import ModelInfo
from .focus import focus
from .result import SensitivityResult
from .subject import Marginals, Subject
from .tornado import Tornado, tornado
from .uncertainty import CHUNK

Progress = Callable[[float], None]


@dataclass(frozen=True)
class GroupIndices:
    """One group's first-order and total index with the half-widths of their 95 % intervals, and
    its largest swing with one figure at a time, by rank (1 is the largest)."""

    group: str
    first: float
    first_interval: float
    total: float
    total_interval: float
    swing: float
    swing_rank: int


@dataclass(frozen=True, repr=False)
class Sobol(SensitivityResult):
    """Indices of all groups, the largest total index first. `variance` is that of
    P(target | case)."""

    target: str
    samples: int
    seed: int
    variance: float
    groups: tuple[GroupIndices, ...]
    labels: dict[str, str]
    model: ModelInfo

    def records(self) -> list[dict[str, Any]]:
        """One row per group."""
        return [asdict(group) for group in self.groups]

    def to_dict(self) -> dict[str, Any]:
        """What `neurogamut sensitivity global --json` gives."""
        return {
            "target": self.target,
            "samples": self.samples,
            "seed": self.seed,
            "variance": self.variance,
            "groups": self.records(),
            "model": asdict(self.model),
        }


def sobol(
    subject: Subject, samples: int, seed: int, progress: Progress = lambda share: None
) -> Sobol:
    """Indices from `samples` pairs of draws; inference runs samples x (groups + 2) times.

    Raises MissingExtraError without SALib."""
    try:
        from SALib.analyze import sobol as salib
    except ModuleNotFoundError:
        raise MissingExtraError("SALib", "global") from None

    small = focus(subject)
    groups = list(small.structure.states)
    outputs = _outputs(small, groups, samples, seed, progress)
    variance = float(outputs[:, [0, -1]].var())
    problem = {"num_vars": len(groups), "names": groups, "bounds": [[0, 1]] * len(groups)}
    found = salib.analyze(problem, outputs.ravel(), calc_second_order=False, seed=seed)
    swings = _swings(tornado(subject), groups)
    ranks = np.argsort(np.argsort([-swings[group] for group in groups], kind="stable")) + 1
    rows = zip(groups, found["S1"], found["S1_conf"], found["ST"], found["ST_conf"], strict=True)
    indices = [
        GroupIndices(group, *map(float, numbers), swings[group], int(rank))
        for (group, *numbers), rank in zip(rows, ranks, strict=True)
    ]
    indices.sort(key=lambda g: -g.total)
    target = subject.diseases[subject.target]
    return Sobol(target, samples, seed, variance, tuple(indices), subject.labels, subject.info)


def _outputs(
    subject: Subject, groups: list[str], samples: int, seed: int, progress: Progress
) -> np.ndarray:
    """P(target | case) of A, of A with each group from B in turn, and of B; the order that SALib
    reads, shape (samples, groups + 2)."""
    rng = np.random.default_rng(seed)
    columns = []
    for start in range(0, samples, CHUNK):
        count = min(CHUNK, samples - start)
        a, b = (subject.columns.draws(count, rng) for _ in range(2))
        designs = [a, *({**a, group: b[group]} for group in groups), b]
        columns.append(np.stack([_target(subject, design) for design in designs], axis=1))
        progress((start + count) / samples)
    return np.concatenate(columns)


def _target(subject: Subject, marginals: Marginals) -> np.ndarray:
    joint = subject.joint(marginals)
    return joint[:, subject.target] / joint.sum(axis=1)


def _swings(found: Tornado, groups: list[str]) -> dict[str, float]:
    """The largest swing of a single figure of each group."""
    largest = dict.fromkeys(groups, 0.0)
    for swing in found.swings:
        largest[swing.figure.finding] = max(largest[swing.figure.finding], swing.swing)
    return largest
