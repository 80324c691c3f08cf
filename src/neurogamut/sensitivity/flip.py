"""The smallest change that puts another diagnosis first: of one published figure, of one CPT, of
several figures at once, each with its Chan-Darwiche distance and what that allows elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from math import exp
from typing import Any

import numpy as np

from ..knowledge.build import DIAGNOSIS
from ..results import ModelInfo
from .distance import column_distance, largest_change, log_ratio, log_ratio_range
from .figures import Figure, Panel, figures, panels, prior_figures
from .flip_cpt import cheapest_change
from .flip_figure import thresholds
from .flip_several import JointChange, smallest_joint_change
from .focus import focus
from .priors import flip_factor
from .result import SensitivityResult
from .subject import Subject


@dataclass(frozen=True)
class FigureFlip:
    """One published figure or prior, the value at which `rival` comes first, and the distance."""

    figure: Figure
    to: float
    rival: str
    distance: float

    def to_dict(self) -> dict[str, Any]:
        """The figure with what it would have to be."""
        own = {"to": self.to, "rival": self.rival}
        return {**self.figure.to_dict(), **own, **bound(self.distance)}


@dataclass(frozen=True)
class CptFlip:
    """One whole CPT: its least distant change that puts `rival` first. `columns` are the columns
    that change, each with `given`, `before` and `after` (probabilities by state)."""

    variable: str
    rival: str
    distance: float
    columns: tuple[Mapping[str, Any], ...]

    def to_dict(self) -> dict[str, Any]:
        """The CPT with its changed columns."""
        own = {"variable": self.variable, "rival": self.rival}
        return {**own, **bound(self.distance), "columns": [dict(c) for c in self.columns]}


@dataclass(frozen=True, repr=False)
class Flip(SensitivityResult):
    """What it takes until the order of diagnoses changes, the smallest change of each kind first.

    `several` is None where no joint change was found; `least` is the distance below which no
    change of any number of figures and priors can do it."""

    target: str
    leading: str
    rival: str
    least: float
    figures: tuple[FigureFlip, ...]
    cpts: tuple[CptFlip, ...]
    several: JointChange | None
    labels: dict[str, str]
    model: ModelInfo

    def records(self) -> list[dict[str, Any]]:
        """One row per single figure."""
        return [figure.to_dict() for figure in self.figures]

    def to_dict(self) -> dict[str, Any]:
        """What `neurogamut sensitivity flip --json` gives."""
        return {
            "target": self.target,
            "leading": self.leading,
            "rival": self.rival,
            "least": bound(self.least),
            "figures": self.records(),
            "cpts": [cpt.to_dict() for cpt in self.cpts],
            "several": self.several and _several(self.several),
            "model": asdict(self.model),
        }


def bound(distance: float) -> dict[str, float]:
    """A distance with what it allows any other query to change: its odds by at most this factor,
    its probability by at most this much."""
    return {
        "distance": distance,
        "odds_factor": exp(distance),
        "largest_change": largest_change(distance),
    }


def _several(change: JointChange) -> dict[str, Any]:
    return {
        "rival": change.rival,
        **bound(change.distance),
        "least": change.least,
        "figures": [{**figure.to_dict(), "to": to} for figure, to in change.changes],
    }


def flip(subject: Subject) -> Flip:
    """The smallest changes that put another diagnosis first, or if the disease in question does
    not lead, that put it before the one that leads."""
    rivals = _rivals(subject)
    least = log_odds_to_lead(subject, rivals[0])
    found = sorted([*_figure_flips(subject), *_prior_flips(subject)], key=lambda f: f.distance)
    return Flip(
        subject.diseases[subject.target],
        subject.diseases[subject.leading],
        subject.diseases[rivals[0]],
        least,
        tuple(found),
        tuple(sorted(_cpt_flips(subject, rivals), key=lambda c: c.distance)),
        _best_joint(subject, rivals),
        subject.labels,
        subject.info,
    )


def _rivals(subject: Subject) -> list[int]:
    """Who might overtake, the nearest first: all others, or the disease in question alone."""
    if subject.target != subject.leading:
        return [subject.target]
    order = np.argsort(-subject.posterior, kind="stable")
    return [int(i) for i in order if i != subject.leading and subject.posterior[i] > 0]


def log_odds_to_lead(subject: Subject, rival: int) -> float:
    """ln of the odds of the leading diagnosis to a rival: no change at a smaller distance can put
    the rival first."""
    return float(np.log(subject.posterior[subject.leading] / subject.posterior[rival]))


# -- one figure ---------------------------------------------------------------------------------


def _figure_flips(subject: Subject) -> Iterator[FigureFlip]:
    """Thresholds are searched in the focused model, distances measured in the whole network."""
    small = focus(subject)
    for panel in panels(small):
        ends = np.stack(thresholds(small, panel))
        if not np.isnan(ends[:, panel.holds]).all():
            whole = _whole(subject, small, panel)
            distances = _distances(subject, whole, ends)
            yield from _nearest(subject, figures(subject, whole), ends, distances)


def _whole(subject: Subject, small: Subject, panel: Panel) -> Panel:
    """A panel of the focused model in the whole one, where a finding can have more states."""
    state = small.structure.states[panel.finding][panel.state]
    position = subject.structure.states[panel.finding].index(state)
    return Panel(panel.finding, position, panel.layers, panel.holds)


def _distances(subject: Subject, panel: Panel, ends: np.ndarray) -> np.ndarray:
    """The distance of the network with each disease's figure at each end, shape of `ends`."""
    values = np.where(np.isnan(ends), panel.values(subject), ends)
    cpts = subject.engine.network.cpts
    factors = [
        ((*cpts[name].parents, name), log_ratio(cpts[name].table, table))
        for name, table in subject.tables(panel.marginals(subject, values)).items()
    ]
    low, high = log_ratio_range(factors, (DIAGNOSIS,))
    return np.where(np.isnan(ends), np.inf, np.maximum(high, 0) - np.minimum(low, 0))


def _nearest(
    subject: Subject, found: dict[int, Figure], ends: np.ndarray, distances: np.ndarray
) -> Iterator[FigureFlip]:
    for disease, figure in found.items():
        side = int(distances[:, disease].argmin())
        distance = float(distances[side, disease])
        if distance < np.inf:
            rival = _first_after(subject, disease)
            yield FigureFlip(figure, float(ends[side, disease]), rival, distance)


def _first_after(subject: Subject, moved: int) -> str:
    """Who comes first once the figure of a disease has changed the order."""
    if subject.target != subject.leading:
        return subject.diseases[subject.target]
    return subject.diseases[_rivals(subject)[0] if moved == subject.leading else moved]


def _prior_flips(subject: Subject) -> Iterator[FigureFlip]:
    for disease, figure in enumerate(prior_figures(subject)):
        factor = flip_factor(subject, disease)
        if factor is not None:
            odds = factor * figure.value / (1 - figure.value)
            to = odds / (1 + odds)
            distance = column_distance(figure.value, to)
            yield FigureFlip(figure, to, _first_after(subject, disease), distance)


# -- one CPT ------------------------------------------------------------------------------------


def _cpt_flips(subject: Subject, rivals: list[int]) -> Iterator[CptFlip]:
    network = subject.engine.network
    derivatives = subject.engine.target_derivatives(DIAGNOSIS, subject.encoded)
    for name in subject.relevant:
        gains = derivatives[name] - derivatives[name][subject.leading]
        best = None
        for rival in rivals:
            if best is not None and log_odds_to_lead(subject, rival) >= best[0].distance:
                break
            change = cheapest_change(network.cpts[name].table, gains[rival])
            if change is not None and (best is None or change.distance < best[0].distance):
                best = change, rival
        if best is not None:
            change, rival = best
            columns = tuple(_changed_columns(subject, name, change.table))
            yield CptFlip(name, subject.diseases[rival], change.distance, columns)


def _changed_columns(subject: Subject, name: str, table: np.ndarray) -> Iterator[dict[str, Any]]:
    cpt, states = subject.engine.network.cpts[name], subject.structure.states
    for index in np.ndindex(table.shape[:-1]):
        if not np.array_equal(cpt.table[index], table[index]):
            given = {p: states[p][i] for p, i in zip(cpt.parents, index, strict=True)}
            before, after = (_by_state(states[name], t[index]) for t in (cpt.table, table))
            yield {"given": given, "before": before, "after": after}


def _by_state(states: tuple[str, ...], column: np.ndarray) -> dict[str, float]:
    return dict(zip(states, map(float, column), strict=True))


# -- several figures ----------------------------------------------------------------------------


def _best_joint(subject: Subject, rivals: list[int]) -> JointChange | None:
    """The least distant joint change over the rivals; one whose bound is no better is not tried.
    None where no figure was observed."""
    if not subject.evidence.network:
        return None
    best = None
    for rival in rivals[:3]:
        if best is not None and log_odds_to_lead(subject, rival) >= best.distance:
            break
        change = smallest_joint_change(subject, subject.leading, rival)
        if change is not None and (best is None or change.distance < best.distance):
            best = change
    return best
