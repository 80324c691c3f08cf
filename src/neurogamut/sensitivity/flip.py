"""The smallest change that puts another diagnosis first: of one published figure, of one CPT, of
several figures at once, each with its Chan-Darwiche distance and what that allows elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from math import exp
from typing import Any

import numpy as np

from ..inference.chan_darwiche import column_distance, largest_change
from ..inference.cheapest_cpt import cheapest_change
from ..knowledge.build import DIAGNOSIS
from ..render import charts
from ..render.sheet import Sheet
from ..render.wording import share
from .figures import NAMED, Figure, Panel, figures, named, panels, prior_figures
from .flip_figure import grid, thresholds
from .flip_several import JointChange, smallest_joint_change
from .focus import focus
from .priors import flip_factor
from .sensitivity_answer import DRAWN, SHOWN, SensitivityAnswer
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


@dataclass(frozen=True, repr=False, kw_only=True)
class Flip(SensitivityAnswer):
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

    def sheet(self, count: int = SHOWN) -> Sheet:
        """What is shown, with at most `count` rows."""
        rows = [
            (
                named(f.figure, self.labels),
                share(f.figure.value),
                share(f.to),
                self.labels[f.rival],
                f"{f.distance:.2f}",
            )
            for f in self.figures[:count]
        ]
        leading, rival = self.labels[self.leading], self.labels[self.rival]
        return self._digest(
            f"What would put {rival if self.target != self.leading else 'another diagnosis'} "
            f"before {leading}?",
            ("one figure", "now", "to", "first then", "distance"),
            rows,
            ("now", "to", "distance"),
            (
                *_cpts(self),
                *_joint(self),
                f"No change of anything at a distance below {self.least:.2f} can put {rival} "
                f"before {leading}. A distance D changes the odds of any query by at most a "
                "factor e^D.",
            ),
        )

    def plot(self, count: int = DRAWN) -> Any:
        """A picture with at most `count` rows (an altair chart)."""
        rows = [
            charts.interval(named(f.figure, self.labels), f.figure.value, f.to, f.to, True)
            for f in self.figures[:count]
        ]
        axis = "from where the figure stands to where the order changes (dot)"
        chart = charts.ranges(rows, "figure", axis)
        title = f"What would overtake {self.labels[self.leading]}?"
        return charts.captioned(chart, title, self.model)


def _cpts(result: Flip) -> list[str]:
    if not result.cpts:
        return ["No change of one CPT alone does it."]
    best = result.cpts[0]
    columns = f"{len(best.columns)} column{'s' if len(best.columns) > 1 else ''}"
    return [
        f"One CPT: {best.variable} ({columns}), distance {best.distance:.2f}, "
        f"then {result.labels[best.rival]}."
    ]


def _joint(result: Flip) -> list[str]:
    joint = result.several
    if joint is None:
        return ["Several figures of findings at once: no change was found."]
    moved = [
        f"{named(figure, result.labels)} {share(figure.value)} -> {share(to)}"
        for figure, to in joint.changes[:NAMED]
    ]
    more = len(joint.changes) - len(moved)
    return [
        f"Several figures of findings at once, distance {joint.distance:.2f}, then "
        f"{result.labels[joint.rival]}: {'; '.join(moved)}{f'; {more} more' if more > 0 else ''}."
    ]


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
    """The smallest change that puts another diagnosis first.

    If the disease in question does not lead, the one that puts it before the one that leads."""
    rivals = _rivals(subject)
    least = log_odds_to_lead(subject, rivals[0])
    found = sorted([*_figure_flips(subject), *_prior_flips(subject)], key=lambda f: f.distance)
    return Flip(
        target=subject.diseases[subject.target],
        leading=subject.diseases[subject.leading],
        rival=subject.diseases[rivals[0]],
        least=least,
        figures=tuple(found),
        cpts=tuple(sorted(_cpt_flips(subject, rivals), key=lambda c: c.distance)),
        several=_best_joint(subject, rivals),
        labels=subject.labels,
        model=subject.info,
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
        ends = np.stack(thresholds(small, panel, panel.response(small, grid())))
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
    low, high = subject.log_ratio_range(subject.tables(panel.marginals(subject, values)))
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
    network = subject.engine.network
    cpt, states = network.cpts[name], {n: v.states for n, v in network.variables.items()}
    for index in np.ndindex(table.shape[:-1]):
        if not np.array_equal(cpt.table[index], table[index]):
            given = {p: states[p][i] for p, i in zip(cpt.parents, index, strict=True)}
            before, after = (
                dict(zip(states[name], map(float, t[index]), strict=True))
                for t in (cpt.table, table)
            )
            yield {"given": given, "before": before, "after": after}


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
