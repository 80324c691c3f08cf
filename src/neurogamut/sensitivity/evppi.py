"""Which published figure is most worth measuring better: the expected value of partial perfect
information (EVPPI).

With utilities u(a, d) of a management a in a disease d, a figure phi is worth
E_phi max_a E[u(a, D) | case, phi] - max_a E[u(a, D) | case], phi weighted by how well it fits the
case. As a figure bears on one disease alone, P(D, case | phi) is one run of inference per draw of
phi, with the other figures at their means: exact where P(case | disease) is linear in them, that is
but for the joint tables of dependent findings.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Annotated, Any

import numpy as np

from ..progress import Progress, silent
from ..render import charts
from ..render.sheet import Sheet
from .figures import SMALLEST, Figure, figures, named, origin, panels, prior_figures
from .focus import focus
from .options import Option, Seed
from .sensitivity_answer import DRAWN, SHOWN, SensitivityAnswer
from .subject import Subject
from .uncertainty import CHUNK

#: (finding, state, disease, condition) of a figure.
FigureKey = tuple[str, str, str, str]


@dataclass(frozen=True)
class FigureValue:
    """What perfect knowledge of one figure would be worth per case, in utility (0 worst, 1 best),
    with its standard error, and in how many cases it could change the management."""

    figure: Figure
    value: float
    error: float
    cases: int

    def to_dict(self) -> dict[str, Any]:
        """The figure with its worth."""
        own = {"evppi": self.value, "standard_error": self.error, "cases": self.cases}
        return {**self.figure.to_dict(), **own}


@dataclass(frozen=True, repr=False, kw_only=True)
class Evppi(SensitivityAnswer):
    """All figures that could change the management of any case, the most valuable first.

    `decision` says between what: the managements of priors/actions.csv, or whether it is the
    disease asked about. `cases` is the number of cases that it is averaged over."""

    decision: tuple[str, ...]
    draws: int
    seed: int
    cases: int
    figures: tuple[FigureValue, ...]

    def in_words(self) -> list[tuple[str, float, float, str]]:
        """Each figure as people read it, its value and standard error, and where it is from."""
        return [
            (named(f.figure, self.labels), f.value, f.error, origin(f.figure)) for f in self.figures
        ]

    def records(self) -> list[dict[str, Any]]:
        """One row per figure."""
        return [figure.to_dict() for figure in self.figures]

    def to_dict(self) -> dict[str, Any]:
        """What `neurogamut sensitivity evppi --json` gives."""
        return {
            "decision": list(self.decision),
            "draws": self.draws,
            "seed": self.seed,
            "cases": self.cases,
            "figures": self.records(),
            "model": asdict(self.model),
        }

    def sheet(self, count: int = SHOWN) -> Sheet:
        """What is shown, with at most `count` rows."""
        cases = f"{self.cases} case{'s' * (self.cases != 1)}"
        about = f"between {', '.join(self.decision)}"
        if not self.figures:
            return self._digest(
                f"No single figure, however well it were known, would change the choice {about} "
                f"({cases}, {self.draws:,} draws, seed {self.seed})."
            )
        rows = [
            (figure, f"{value:.2g} ±{error:.1g}", place)
            for figure, value, error, place in self.in_words()[:count]
        ]
        return self._digest(
            f"Which figure is most worth measuring better? {cases}, {self.draws:,} draws, "
            f"seed {self.seed}.",
            ("figure", "EVPPI", "from"),
            rows,
            ("EVPPI",),
            (
                "EVPPI: what knowing it perfectly adds to the utility (0 to 1) of choosing "
                f"{about}, with its standard error.",
            ),
        )

    def plot(self, count: int = DRAWN) -> Any:
        """A picture with at most `count` rows (an altair chart)."""
        rows = [
            charts.estimate(named(f.figure, self.labels), f.value, 1.96 * f.error)
            for f in self.figures[:count]
        ]
        axis = "EVPPI (utility per case) with 95 % interval"
        title = "Which figure is most worth measuring better?"
        return charts.captioned(charts.bars(rows, "figure", axis), title, self.model)


Draws = Annotated[int, Option("Draws of each figure.", least=2)]


def evppi(
    subjects: Mapping[str, Subject],
    draws: Draws = 1_000,
    seed: Seed = 0,
    progress: Progress = silent,
) -> Evppi:
    """Which published figure is most worth measuring better, over all cases.

    With a target the decision is whether it is that disease, else what to treat with. Standard
    errors are over the draws of a figure, and with several cases over the cases too."""
    first = next(iter(subjects.values()))
    found: dict[FigureKey, list[tuple[float, float]]] = {}
    known: dict[FigureKey, Figure] = {}
    names, utilities = decision(first)
    for done, subject in enumerate(subjects.values(), 1):
        rng = np.random.default_rng(seed)
        for figure, gains in _gains(focus(subject), utilities, draws, rng):
            if gains.any():
                key = (figure.finding, figure.state, figure.disease, figure.condition)
                known[key] = figure
                found.setdefault(key, []).append((gains.mean(), gains.std(ddof=1) / np.sqrt(draws)))
        progress(done / len(subjects))
    values = [_value(known[key], np.array(each), len(subjects)) for key, each in found.items()]
    values.sort(key=lambda value: -value.value)
    return Evppi(
        decision=names,
        draws=draws,
        seed=seed,
        cases=len(subjects),
        figures=tuple(values),
        labels=first.labels,
        model=first.info,
    )


def decision(subject: Subject) -> tuple[tuple[str, ...], np.ndarray]:
    """The options and their utilities (options, diseases): all managements, or for a disease that
    was asked about whether to call it that, 1 for being right."""
    if subject.named_target is not None:
        is_target = np.arange(len(subject.diseases)) == subject.target
        name = subject.diseases[subject.target]
        return (name, f"not {name}"), np.array([is_target, ~is_target], dtype=float)
    table = subject.base.managements()
    return tuple(table), np.array(list(table.values()))


def _gains(
    subject: Subject, utilities: np.ndarray, draws: int, rng: np.random.Generator
) -> Iterator[tuple[Figure, np.ndarray]]:
    """Each figure with what deciding anew gains in every draw of it, weighted by how well the draw
    fits the case; the mean over draws is the figure's EVPPI."""
    for panel in panels(subject):
        values = rng.beta(*panel.beta(subject), (draws, len(subject.diseases)))
        parts = np.array_split(np.clip(values, SMALLEST, 1 - SMALLEST), -(-draws // CHUNK))
        response = np.concatenate([panel.response(subject, part) for part in parts])
        for disease, figure in figures(subject, panel).items():
            yield figure, _decided_anew(subject, utilities, disease, response[:, disease])
    alpha = subject.columns.prior
    weights = rng.beta(alpha, alpha.sum() - alpha, (draws, len(alpha)))
    for disease, figure in enumerate(prior_figures(subject)):
        yield figure, _with_prior(subject, utilities, disease, weights[:, disease])


def _decided_anew(
    subject: Subject, utilities: np.ndarray, disease: int, joint: np.ndarray
) -> np.ndarray:
    """The gain by draw, (draws,), where P(disease, case) / P(case) is `joint`."""
    rest = np.where(np.arange(len(subject.diseases)) == disease, 0.0, subject.posterior)
    worth = (utilities @ rest)[:, None] + utilities[:, disease, None] * joint
    return _gain(subject, utilities, worth)


def _with_prior(
    subject: Subject, utilities: np.ndarray, disease: int, prior: np.ndarray
) -> np.ndarray:
    """The same where P(disease) is drawn and the other priors share the rest as before."""
    now = subject.prior[disease]
    rest = np.where(np.arange(len(subject.diseases)) == disease, 0.0, subject.posterior)
    worth = np.outer(utilities @ rest, (1 - prior) / (1 - now))
    worth += np.outer(utilities[:, disease] * subject.posterior[disease], prior / now)
    return _gain(subject, utilities, worth)


def _gain(subject: Subject, utilities: np.ndarray, worth: np.ndarray) -> np.ndarray:
    """The best option's worth less that of the option that is best without knowing more."""
    chosen = int((utilities @ subject.posterior).argmax())
    return worth.max(axis=0) - worth[chosen]


def _value(figure: Figure, each: np.ndarray, cases: int) -> FigureValue:
    """Mean and standard error over all cases, those without any gain included."""
    means, errors = np.zeros(cases), np.zeros(cases)
    means[: len(each)], errors[: len(each)] = each.T
    between = means.var(ddof=1) / cases if cases > 1 else 0.0
    within = (errors**2).sum() / cases**2
    return FigureValue(figure, float(means.mean()), float(np.sqrt(between + within)), len(each))
