"""Pose every case and hold the answers against the published diagnoses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import numpy as np

from ..model import Model
from ..results import ModelInfo, Posterior, Rendered
from . import metrics
from .cases import PosedCase, Skipped
from .intervals import Coverage, coverage
from .leakage import shared_sources, without_sources
from .left_out import LeftOut, leave_one_disease_out
from .metrics import Bin, Score, Share
from .peers import Peer

#: Levels of the credible sets of diseases.
LEVELS = (0.5, 0.8, 0.95)


@dataclass(frozen=True)
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


@dataclass(frozen=True, repr=False, eq=False)
class Validation(Rendered):
    """How the model did on published patients.

    The measures are of the cases whose paper gave no row to the knowledge base; the others are
    counted apart. `forecasts` and `cases` hold them all, in the same order. `left_out`: posed with
    what was `known` before the diagnosis, and with all that was `reported`."""

    forecasts: Forecasts
    cases: tuple[CaseResult, ...]
    coverage: tuple[Coverage, ...]
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
        return metrics.score(self.independent.model, self.independent.truth)

    @cached_property
    def peers(self) -> dict[str, Score | None]:
        """The scores of the peers on the same cases."""
        found = self.independent
        return {name: metrics.score(table, found.truth) for name, table in found.peers.items()}

    @cached_property
    def shared_score(self) -> Score | None:
        """The model's score on the cases counted apart."""
        apart = self.forecasts.of(self.shared)
        return metrics.score(apart.model, apart.truth)

    @cached_property
    def paper_out(self) -> Score | None:
        """The score on all cases, each posed to the model without its own paper."""
        return metrics.score(self.forecasts.paper_out, self.forecasts.truth)

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
                {"forecast": b.forecast, "observed": b.hits.value, "cases": b.hits.of,
                 "interval": list(b.hits.interval)}
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
        }  # fmt: skip


def validate(
    model: Model, posed: Sequence[PosedCase], skipped: Iterable[Skipped],
    peers: Mapping[str, Peer], seed: int = 0,
) -> Validation:  # fmt: skip
    """Pose every case to the model, to the model without the case's paper, and to the peers.
    `seed` is that of the draws behind the interval coverage."""
    own = [shared_sources(model.base, p.case) for p in posed]
    answers = [model.posterior(p.case.posed()) for p in posed]
    keys = list(model.labels)
    truth = np.array([keys.index(p.case.diagnosis) for p in posed], dtype=int)
    forecast = _table(answers, keys)
    tables = {
        name: np.array([peer(model, p.evidence) for p in posed]).reshape(forecast.shape)
        for name, peer in peers.items()
    }
    forecasts = Forecasts(truth, forecast, _paper_out(model, posed, own, forecast), tables)
    ranks = metrics.ranks(forecast, truth)
    results = tuple(
        _result(p, answer, int(rank), sources)
        for p, answer, rank, sources in zip(posed, answers, ranks, own, strict=True)
    )
    alone = [i for i, sources in enumerate(own) if not sources]
    independent = [posed[i] for i in alone]
    covered = coverage(model, independent, forecast[alone], truth[alone], seed)
    return Validation(
        forecasts, results, tuple(covered),
        _left_out(model, independent), tuple(skipped), model.labels, model.info,
    )  # fmt: skip


def _left_out(model: Model, posed: Sequence[PosedCase]) -> dict[str, LeftOut]:
    if not posed:
        return {}
    return {
        "known": leave_one_disease_out(model, posed),
        "reported": leave_one_disease_out(model, posed, everything=True),
    }


def _table(answers: Sequence[Posterior], keys: Sequence[str]) -> np.ndarray:
    rows = [[answer[key] for key in keys] for answer in answers]
    return np.array(rows).reshape(len(answers), len(keys))


def _paper_out(
    model: Model, posed: Sequence[PosedCase], own: Sequence[frozenset[str]], forecast: np.ndarray
) -> np.ndarray:
    """The forecast in which no case profits from its own paper."""
    table = forecast.copy()
    for sources in {found for found in own if found}:
        fewer = without_sources(model, sources)
        rows = [i for i, found in enumerate(own) if found == sources]
        answers = [fewer.posterior(posed[i].case.posed()) for i in rows]
        table[rows] = _table(answers, list(model.labels))
    return table


def _result(posed: PosedCase, answer: Posterior, rank: int, sources: frozenset[str]) -> CaseResult:
    case = posed.case
    return CaseResult(
        case.id, case.diagnosis, case.presentation, len(case.known_before_diagnosis), rank,
        answer[case.diagnosis], answer.leading, answer[answer.leading], answer.fits,
        tuple(sorted(sources)),
    )  # fmt: skip


def _flat(score: Score | None) -> dict[str, Any]:
    return score.to_dict() if score else {"cases": 0}
