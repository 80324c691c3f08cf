"""What a validation found: the answer, its measures and how it is told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import numpy as np

from ..render.answer import Answer, ModelInfo
from ..render.sheet import Lines, Part, Picture, Sheet, Table
from ..render.wording import percent
from . import metrics, pictures
from .intervals import HitInterval
from .left_out import LeftOut
from .metrics import Bin, Score, Share
from .peers import NAMES
from .posed import Skipped

MEASURES = ("cases", "top 1", "top 3", "top 5", "MRR", "log", "Brier", "ECE")
GROUPED = ("cases", "first", "in 3", "in 5", "log")
LEGEND = (
    "log: mean ln P(true disease); Brier: 0 best, 2 worst; ECE: expected calibration error.",
    "own paper out: all cases, each posed to a model without its own paper.",
)
#: Levels of the credible sets of diseases.
LEVELS = (0.5, 0.8, 0.95)


@dataclass(frozen=True, kw_only=True)
class CaseResult:
    """One case posed: the rank and posterior of the true disease, and what came first.

    `fits` is False where the model warned that the case fits none of its diseases.
    `shared_source` names the case's own paper where rows of the knowledge base rest on it."""

    id: str
    diagnosis: str
    presentation: str
    known: int
    rank: int
    posterior: float
    first: str
    first_posterior: float
    fits: bool
    shared_source: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Forecasts:
    """Answers to the same cases: P(disease | case), shape (cases, diseases), by the model, by the
    same model without the case's own paper (`paper_out`), and by each peer."""

    truth: np.ndarray
    model: np.ndarray
    paper_out: np.ndarray
    peers: Mapping[str, np.ndarray]

    def of(self, rows: np.ndarray) -> Forecasts:
        """Those of some cases."""
        peers = {name: table[rows] for name, table in self.peers.items()}
        return Forecasts(self.truth[rows], self.model[rows], self.paper_out[rows], peers)


@dataclass(frozen=True, repr=False, eq=False, kw_only=True)
class Validation(Answer):
    """How the model did on published patients.

    The measures are of the cases whose paper gave no row to the knowledge base; the others are
    counted apart. `forecasts` and `cases` hold them all, in the same order. `left_out`: posed with
    what was `known` before the diagnosis, and with all that was `reported`."""

    forecasts: Forecasts
    cases: tuple[CaseResult, ...]
    coverage: tuple[HitInterval, ...]
    left_out: Mapping[str, LeftOut]
    skipped: tuple[Skipped, ...]
    labels: Mapping[str, str]
    model: ModelInfo

    @cached_property
    def shared(self) -> np.ndarray:
        """True where a case's paper is also a source of the knowledge base, shape (cases,)."""
        return np.array([bool(case.shared_source) for case in self.cases], dtype=bool)

    @cached_property
    def independent(self) -> Forecasts:
        """The forecasts of the cases that the measures are of."""
        return self.forecasts.of(~self.shared)

    @cached_property
    def score(self) -> Score | None:
        """The model's score."""
        return metrics.score_if_any(self.independent.model, self.independent.truth)

    @cached_property
    def peers(self) -> dict[str, Score | None]:
        """The scores of the peers on the same cases."""
        found = self.independent
        return {
            name: metrics.score_if_any(table, found.truth) for name, table in found.peers.items()
        }

    @cached_property
    def shared_score(self) -> Score | None:
        """The model's score on the cases counted apart."""
        apart = self.forecasts.of(self.shared)
        return metrics.score_if_any(apart.model, apart.truth)

    @cached_property
    def paper_out(self) -> Score | None:
        """The score on all cases, each posed to the model without its own paper."""
        return metrics.score_if_any(self.forecasts.paper_out, self.forecasts.truth)

    @property
    def scores(self) -> dict[str, Score]:
        """The model and everything that it is compared with, by the name in tables."""
        found = {"model": self.score, **self.peers}
        found |= {"paper_out": self.paper_out, "shared": self.shared_score}
        return {NAMES[name]: score for name, score in found.items() if score}

    @cached_property
    def reliability(self) -> list[Bin]:
        """The leading disease's probability against how often it was right."""
        return metrics.reliability(self.independent.model, self.independent.truth)

    @cached_property
    def chance_calibration_error(self) -> float | None:
        """The calibration error that a perfectly calibrated model would show on so few cases."""
        return metrics.chance_calibration_error(self.independent.model) if self.score else None

    @cached_property
    def credible_sets(self) -> dict[float, Share]:
        """How often the smallest set of diseases that holds a level of the posterior holds the
        true one."""
        if not self.score:
            return {}
        forecast = self.independent.model
        rank = metrics.ranks(forecast, self.independent.truth)
        held = {level: rank <= metrics.credible_set_size(forecast, level) for level in LEVELS}
        return {level: Share(int(inside.sum()), len(rank)) for level, inside in held.items()}

    def by(self, attribute: str) -> dict[str, Score]:
        """Scores by an attribute of the cases (`presentation`, `diagnosis`), most cases first."""
        values = np.array([getattr(case, attribute) for case in self.cases])
        counts = Counter(values[~self.shared].tolist())
        found = {}
        for value, _ in counts.most_common():
            some = self.forecasts.of(~self.shared & (values == value))
            found[value] = metrics.score(some.model, some.truth)
        return found

    @property
    def confusions(self) -> list[tuple[str, str, int]]:
        """(true disease, disease that came first, cases), most frequent first."""
        wrong = Counter(
            (case.diagnosis, case.first)
            for case in self.cases
            if case.first != case.diagnosis and not case.shared_source
        )
        return [(*pair, count) for pair, count in wrong.most_common()]

    @property
    def flagged(self) -> list[str]:
        """The ids of the cases that the model said fit none of its diseases."""
        return [case.id for case in self.cases if not case.fits and not case.shared_source]

    def to_dict(self) -> dict[str, Any]:
        """What `neurogamut validate --json` gives."""
        return {
            **_flat(self.score),
            **{f"log_score_{name}": s and s.log_score for name, s in self.peers.items()},
            "ece_chance": self.chance_calibration_error,
            "skipped": len(self.skipped),
            "flagged": self.flagged,
            "peers": {name: score and score.to_dict() for name, score in self.peers.items()},
            "shared_source": _flat(self.shared_score),
            "leave_one_paper_out": _flat(self.paper_out),
            "reliability": [
                {
                    "forecast": b.forecast,
                    "observed": b.hits.value,
                    "cases": b.hits.of,
                    "interval": list(b.hits.interval),
                }
                for b in self.reliability
            ],
            "credible_sets": {f"{level:g}": s.value for level, s in self.credible_sets.items()},
            "interval_coverage": [asdict(c) | {"covered": c.covered} for c in self.coverage],
            "leave_one_disease_out": {k: found.to_dict() for k, found in self.left_out.items()},
            "by_presentation": {key: _flat(s) for key, s in self.by("presentation").items()},
            "by_disease": {key: _flat(s) for key, s in self.by("diagnosis").items()},
            "confusions": [
                {"diagnosis": true, "first": first, "cases": count}
                for true, first, count in self.confusions
            ],
            "per_case": [asdict(case) for case in self.cases],
            "skipped_cases": [asdict(case) for case in self.skipped],
            "model": asdict(self.model),
        }

    def sheet(self, count: int = 0) -> Sheet:
        """Numbers, pictures, then the particulars, every case included."""
        rows = [(name, *_measures(score)) for name, score in self.scores.items()]
        return self._sheet(
            self._counts(),
            Table(("", *MEASURES), rows, MEASURES),
            Lines(LEGEND),
            *(self._particulars() if self.score else ()),
            Picture(lambda: pictures.ranks(self)),
            *self._every_case(),
        )

    def _counts(self) -> str:
        """How many cases were posed, counted apart and skipped."""
        apart = int(self.shared.sum())
        also = f"; {apart} more, whose paper is also a source of the tables, apart" if apart else ""
        return f"{len(self.cases) - apart} cases{also}; {len(self.skipped)} skipped"

    def _particulars(self) -> Iterator[Part]:
        yield Picture(lambda: pictures.accuracy(self))
        yield Picture(lambda: pictures.reliability(self))
        yield Lines(self._statements())
        yield self._groups("presentation")
        yield self._groups("diagnosis")
        rows = [
            (self.labels[true], self.labels[first], str(n)) for true, first, n in self.confusions
        ]
        yield Table(
            ("diagnosis", "came first instead", "cases"),
            rows,
            ("cases",),
            "Taken for something else",
        )

    def _statements(self) -> list[str]:
        """What else there is to say, in sentences."""
        score = self.score
        assert score is not None
        expected = ", ".join(f"{100 * e:.0f} %" for e in score.expected)
        sets = ", ".join(f"{100 * n:g} % set {_share(s)}" for n, s in self.credible_sets.items())
        covered = sum(c.covered for c in self.coverage)
        return [
            f"Top 1 {_share(score.top1)}, top 3 {_share(score.top3)}, top 5 {_share(score.top5)}.",
            f"The model itself expected {expected} within the first 1, 3, 5.",
            f"Calibration error {score.ece:.3f}; a perfectly calibrated model would show "
            f"{self.chance_calibration_error:.3f} on so few cases.",
            f"Mean posterior of the true disease: {percent(score.mean_posterior)}.",
            f"The true disease is in the smallest set that holds so much of the posterior: {sets}.",
            f"Hits within their 95 % predictive interval: {covered} of {len(self.coverage)} bins.",
            f"Said to fit no disease of the network: {len(self.flagged)} of {score.cases}.",
            *(_left_out(name, found) for name, found in self.left_out.items()),
        ]

    def _groups(self, attribute: str) -> Table:
        """Scores by presentation or diagnosis."""
        rows = [
            (
                self.labels[name] if attribute == "diagnosis" else name,
                *map(str, (score.cases, score.top1.count, score.top3.count, score.top5.count)),
                f"{score.log_score:.2f}",
            )
            for name, score in self.by(attribute).items()
        ]
        return Table((attribute, *GROUPED), rows, GROUPED, f"By {attribute}")

    def _every_case(self) -> Iterator[Part]:
        """Cases by rank and posterior of the true disease, worst first."""
        rows = [
            (
                case.id,
                str(case.rank),
                percent(case.posterior),
                f"{self.labels[case.first]} {percent(case.first_posterior)}"
                f"{'' if case.fits else ' (fits nothing)'}",
            )
            for case in sorted(self.cases, key=lambda case: (-case.rank, case.posterior))
        ]
        headers = ("case", "rank", "posterior", "came first")
        yield Table(headers, rows, ("rank", "posterior"), "Every case, worst first")
        if self.skipped:
            skipped = [(case.id, case.reason) for case in self.skipped]
            yield Table(("skipped", "why"), skipped)


def _measures(score: Score) -> list[str]:
    """A score as cells under MEASURES."""
    shares = (f"{100 * s.value:.0f} %" for s in (score.top1, score.top3, score.top5))
    numbers = (f"{n:.3f}" for n in (score.mrr, score.log_score, score.brier, score.ece))
    return [str(score.cases), *shares, *numbers]


def _share(found: Share) -> str:
    """A share with its 95 % interval: `79 % (66/84; 68 to 86 %)`."""
    low, high = (100 * bound for bound in found.interval)
    return f"{100 * found.value:.0f} % ({found.count}/{found.of}; {low:.0f} to {high:.0f} %)"


def _left_out(name: str, found: LeftOut) -> str:
    return (
        f"With the disease left out, posed with all that was {name}: AUC {found.auc_fit:.2f} "
        f"by fit, {found.auc_other:.2f} by P(other); warned {_share(found.noticed)}, "
        f"falsely {_share(found.false_alarms)}."
    )


def _flat(score: Score | None) -> dict[str, Any]:
    return score.to_dict() if score else {"cases": 0}
