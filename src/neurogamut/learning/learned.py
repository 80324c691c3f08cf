"""What was learned from patients, as an answer: what moved, what it helps, what to beware of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ..knowledge.build import Blueprint
from ..knowledge.reporting import PERTINENT
from ..render import charts
from ..render.answer import Answer, ModelInfo
from ..render.sheet import Lines, Part, Sheet, Table
from ..render.wording import percent, plain, share
from .moved import MovedCell, MovedPrior, MovedRatio
from .own_tables import OwnTables
from .score import ForecastScore

SHOWN, DRAWN = 12, 20
#: An odds ratio that changes by less than this factor is not shown.
HARDLY = 1.05


@dataclass(frozen=True, repr=False, kw_only=True)
class LearnedTables(Answer):
    """Tables with what `patients` added.

    `weight` is how many patients of the tables one of them weighs as. `before` and `after` are
    scores of what patients were told who were left out in turn, `gain` by how much the log score
    rose, with its interval, and `gains` the same by weight. `unfit` fit no disease even so. `trace`
    is the sum that was maximised, by round."""

    patients: int
    weight: float
    gains: dict[float, float]
    cells: tuple[MovedCell, ...]
    priors: tuple[MovedPrior, ...]
    ratios: tuple[MovedRatio, ...]
    before: ForecastScore | None
    after: ForecastScore | None
    gain: tuple[float, tuple[float, float]] | None
    unfit: tuple[str, ...]
    warnings: tuple[str, ...]
    trace: tuple[float, ...]
    labels: dict[str, str]
    tables: OwnTables
    blueprint: Blueprint
    model: ModelInfo

    @property
    def contradictions(self) -> tuple[MovedCell, ...]:
        """The published cells that the patients contradict beyond chance."""
        return tuple(cell for cell in self.cells if cell.contradicts)

    def write(self, into: str | Path) -> None:
        """Write the tables below a new folder. Raises UsageError where something is in the way."""
        self.tables.write(Path(into))

    def to_dict(self) -> dict[str, Any]:
        """What `neurogamut learn --json` gives."""
        return {
            "model": asdict(self.model),
            "patients": self.patients,
            "weight": self.weight,
            "gains": {f"{weight:g}": gain for weight, gain in self.gains.items()},
            "before": self.before.to_dict() if self.before else None,
            "after": self.after.to_dict() if self.after else None,
            "log_score_gain": None if self.gain is None else self.gain[0],
            "log_score_gain_interval": None if self.gain is None else list(self.gain[1]),
            "cells": [asdict(cell) for cell in self.cells],
            "priors": [asdict(prior) for prior in self.priors],
            "odds_ratios": [asdict(ratio) for ratio in self.ratios],
            "unfit": list(self.unfit),
            "warnings": list(self.warnings),
            "trace": list(self.trace),
        }

    def sheet(self, count: int = SHOWN) -> Sheet:
        """What is shown, with at most `count` rows of each table."""
        return self._sheet(self._headline, *self._parts(count))

    def plot(self, count: int = DRAWN) -> Any:
        """The cells that moved most, with at most `count` rows (an altair chart)."""
        rows = [
            charts.interval(self._label(c), c.before, c.after, c.after, c.contradicts)
            for c in self.cells[:count]
        ]
        axis = "P(finding | disease); dot: after, orange: contradicts the literature"
        drawn = charts.ranges(rows, "cell", axis)
        return charts.captioned(drawn, f"What {self.patients} patients moved", self.model)

    # -- what is shown ----------------------------------------------------------------------

    @property
    def _headline(self) -> str:
        read = ", read as told" if self.model.reporting == PERTINENT else ""
        return (
            f"Learned from {self.patients} patients{read}; each weighs as {plain(self.weight)} "
            f"patients of the tables. {len(self.cells)} figures were seen, "
            f"{len(self.contradictions)} of them contradict the literature beyond chance."
        )

    def _parts(self, count: int) -> Iterator[Part]:
        yield from self._scores()
        rows = [
            (self._label(c), percent(c.before), percent(c.after), _count(c), c.basis)
            for c in self.cells[:count]
        ]
        headers = ("cell", "before", "after", "patients", "rested on")
        yield Table(headers, rows, headers[1:4], "What moved most")
        yield from self._contradicted(count)
        yield self._prior_table(count)
        yield from self._ratio_table(count)
        if self.unfit:
            yield Lines([", ".join(self.unfit[:count])], "Patients that fit no disease even so")

    def _scores(self) -> Iterator[Part]:
        if not (self.before and self.after and self.gain):
            return
        rows = [_score_row("before", self.before), _score_row("after", self.after)]
        headers = ("left out in turn", "first", "in the first 3", "log score")
        yield Table(headers, rows, title="Does it help?")
        gain, (low, high) = self.gain
        weights = "; ".join(f"{plain(w)}: {g:+.3f}" for w, g in self.gains.items())
        yield Lines(
            [
                f"The log score rose by {gain:+.3f} ({low:+.3f} to {high:+.3f}) a patient.",
                f"By weight of a patient: {weights}.",
            ]
        )
        calibrated = _tenths(self.before, self.after)
        said = ("said", "patients before", "right", "patients after", "right after")
        yield Table(said, calibrated, said[1:], "Calibration of the leading disease")

    def _contradicted(self, count: int) -> Iterator[Part]:
        rows = [
            (self._label(c), percent(c.before), _count(c), f"{c.surprise:.1g}")
            for c in sorted(self.contradictions, key=lambda c: c.surprise)[:count]
        ]
        if rows:
            headers = ("cell", "literature", "patients", "chance")
            yield Table(headers, rows, headers[1:], "Contradicts the literature beyond chance")

    def _prior_table(self, count: int) -> Table:
        moved = sorted(self.priors, key=lambda p: -abs(p.after - p.before))
        rows = [
            (self.labels[p.disease], percent(p.before), percent(p.after), plain(p.patients))
            for p in moved[:count]
        ]
        headers = ("disease", "before", "after", "patients")
        return Table(headers, rows, headers[1:], f"Priors of {self.model.setting}")

    def _ratio_table(self, count: int) -> Iterator[Part]:
        rows = [
            (f"{r.child} beside {r.parent}", plain(r.before), plain(r.after))
            for r in self.ratios[:count]
            if max(r.after / r.before, r.before / r.after) > HARDLY
        ]
        if rows:
            headers = ("odds ratio", "before", "after")
            yield Table(headers, rows, headers[1:], "Dependencies")

    def _label(self, cell: MovedCell) -> str:
        state = "" if cell.state == "present" else f" {cell.state}"
        given = f", {cell.condition.partition('=')[2]}" if cell.condition else ""
        return f"{cell.finding}{state} | {cell.disease}{given}".replace("_", " ")


def _count(cell: MovedCell) -> str:
    return f"{plain(cell.k)}/{plain(cell.n)}"


def _score_row(name: str, score: ForecastScore) -> tuple[str, ...]:
    def shown(value: float, interval: tuple[float, float]) -> str:
        return f"{100 * value:.0f} % ({100 * interval[0]:.0f} to {100 * interval[1]:.0f})"

    low, high = score.log_score_interval
    return (
        name,
        shown(score.first, score.first_interval),
        shown(score.top3, score.top3_interval),
        f"{score.log_score:.2f} ({low:.2f} to {high:.2f})",
    )


def _tenths(before: ForecastScore, after: ForecastScore) -> list[tuple[str, ...]]:
    """The tenths of both forecasts side by side."""
    sides = [{int(min(t.forecast, 0.999) * 10): t for t in s.calibration} for s in (before, after)]
    rows = []
    for tenth in sorted(sides[0].keys() | sides[1].keys()):
        cells = [f"{10 * tenth} to {10 * tenth + 10} %"]
        for side in sides:
            found = side.get(tenth)
            cells += [str(found.patients), share(found.right)] if found else ["", ""]
        rows.append(tuple(cells))
    return rows
