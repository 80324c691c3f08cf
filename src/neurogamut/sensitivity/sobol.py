"""Which group of figures the uncertainty of P(target | case) comes from: Sobol indices.

A group holds the figures of one finding in all diseases, or all priors. Designs A, B and A with one
group from B ("pick and freeze") are drawn from the figures' own distributions, which may depend on
each other within a group, and handed to SALib's estimators (Saltelli et al., Comput Phys Commun
2010;181:259) with bootstrapped 95 % intervals.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Annotated, Any

import numpy as np

from ..errors import needs
from ..knowledge.forms import own_key
from ..progress import Progress, silent
from ..render import charts
from ..render.sheet import Sheet
from ..render.wording import percent
from .focus import focus
from .options import Option, Seed
from .sensitivity_answer import DRAWN, SHOWN, SensitivityAnswer
from .subject import Marginals, Subject
from .tornado import Tornado, tornado
from .uncertainty import CHUNK


@dataclass(frozen=True, kw_only=True)
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


@dataclass(frozen=True, repr=False, kw_only=True)
class Sobol(SensitivityAnswer):
    """Indices of all groups, the largest total index first. `variance` is that of
    P(target | case)."""

    target: str
    samples: int
    seed: int
    variance: float
    groups: tuple[GroupIndices, ...]

    def records(self) -> list[dict[str, Any]]:
        """One row per group."""
        return [asdict(group) for group in self.groups]

    def to_dict(self) -> dict[str, Any]:
        """What `neurogamut sensitivity sobol --json` gives."""
        return {
            "target": self.target,
            "samples": self.samples,
            "seed": self.seed,
            "variance": self.variance,
            "groups": self.records(),
            "model": asdict(self.model),
        }

    def sheet(self, count: int = SHOWN) -> Sheet:
        """What is shown, with at most `count` rows."""
        rows = [
            (
                self.labels.get(g.group, "prior probabilities"),
                _half_width(g.total, g.total_interval),
                _half_width(g.first, g.first_interval),
                percent(g.swing),
                str(g.swing_rank),
            )
            for g in self.groups[:count]
        ]
        return self._digest(
            f"Where the uncertainty of P({self.labels[self.target]}) comes from "
            f"(variance {self.variance:.2g}; {self.samples:,} pairs of draws, seed {self.seed}).",
            ("figures of", "total index", "first order", "swing", "rank"),
            rows,
            ("total index", "first order", "swing", "rank"),
            (
                "total: share of the variance left if all others were known. first order: share "
                "that knowing these alone takes away. swing and rank: largest of one figure at a "
                "time.",
            ),
        )

    def plot(self, count: int = DRAWN) -> Any:
        """A picture with at most `count` rows (an altair chart)."""
        rows = [
            charts.estimate(self.labels.get(g.group, "priors"), g.total, g.total_interval)
            for g in self.groups[:count]
        ]
        name = self.labels[self.target]
        axis = "total Sobol index with 95 % interval"
        chart = charts.bars(rows, "figures of", axis)
        return charts.captioned(chart, f"Uncertainty of P({name})", self.model)


def _half_width(value: float, half: float) -> str:
    return f"{value:.2f} ±{half:.2f}"


Samples = Annotated[int, Option("Pairs of draws; inference runs (groups + 2) times as often.", 2)]


def sobol(
    subject: Subject, samples: Samples = 1_000, seed: Seed = 0, progress: Progress = silent
) -> Sobol:
    """Sobol indices: which group of figures the uncertainty comes from.

    Needs the extra `global`."""
    with needs("global"):
        from SALib.analyze import sobol as salib

    small = focus(subject)
    groups = list(small.structure.states)
    outputs = _outputs(small, groups, samples, seed, progress)
    variance = float(outputs[:, [0, -1]].var())
    problem = {"num_vars": len(groups), "names": groups, "bounds": [[0, 1]] * len(groups)}
    # SALib takes a seed of 0 for none, and its intervals would differ from run to run.
    found = salib.analyze(problem, outputs.ravel(), calc_second_order=False, seed=seed + 1)
    swings = _swings(tornado(subject), groups)
    ranks = np.argsort(np.argsort([-swings[group] for group in groups], kind="stable")) + 1
    indices = [
        GroupIndices(
            group=group,
            first=float(found["S1"][i]),
            first_interval=float(found["S1_conf"][i]),
            total=float(found["ST"][i]),
            total_interval=float(found["ST_conf"][i]),
            swing=swings[group],
            swing_rank=int(ranks[i]),
        )
        for i, group in enumerate(groups)
    ]
    indices.sort(key=lambda g: -g.total)
    target = subject.diseases[subject.target]
    return Sobol(
        target=target,
        samples=samples,
        seed=seed,
        variance=variance,
        groups=tuple(indices),
        labels=subject.labels,
        model=subject.info,
    )


def _outputs(
    subject: Subject, groups: list[str], samples: int, seed: int, progress: Progress
) -> np.ndarray:
    """P(target | case) of A, of A with each group from B in turn, and of B; the order that SALib
    reads, shape (samples, groups + 2)."""
    rng = np.random.default_rng(seed)
    columns = []
    for start in range(0, samples, CHUNK):
        count = min(CHUNK, samples - start)
        a, b = (subject.blueprint.draws(count, rng) for _ in range(2))
        designs = [a, *({**a, **_of_group(b, group)} for group in groups), b]
        columns.append(np.stack([_target(subject, design) for design in designs], axis=1))
        progress((start + count) / samples)
    return np.concatenate(columns)


def _of_group(draws: Marginals, group: str) -> Marginals:
    """The figures of one finding, those of forms too."""
    return {name: drawn for name, drawn in draws.items() if name in (group, own_key(group))}


def _target(subject: Subject, marginals: Marginals) -> np.ndarray:
    joint = subject.joint(marginals)
    return joint[:, subject.target] / joint.sum(axis=1)


def _swings(found: Tornado, groups: list[str]) -> dict[str, float]:
    """The largest swing of a single figure of each group."""
    largest = dict.fromkeys(groups, 0.0)
    for swing in found.swings:
        largest[swing.figure.finding] = max(largest[swing.figure.finding], swing.swing)
    return largest
