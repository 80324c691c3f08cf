"""Pose every case and hold the answers against the published diagnoses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from ..diagnosis.differential import Posterior
from ..diagnosis.single import SingleDisease
from ..knowledge.reporting import PERTINENT
from ..model import Model
from . import metrics
from .intervals import coverage
from .leakage import shared_sources
from .left_out import LeftOut, leave_one_disease_out
from .peers import Peer
from .posed import PosedCase, Skipped
from .report import CaseResult, Forecasts, Validation


def validate(
    model: Model,
    posed: Sequence[PosedCase],
    skipped: Iterable[Skipped],
    peers: Mapping[str, Peer],
    seed: int = 0,
    reporting: str = PERTINENT,
) -> Validation:
    """Pose every case to the model, to the model without the case's paper, and to the peers, all
    under the same `reporting`. `seed` is that of the draws behind the interval coverage."""
    view = model.read_as(reporting)
    own = [shared_sources(model.base, p.case) for p in posed]
    answers = [view.posterior(p.evidence) for p in posed]
    keys = list(model.labels)
    truth = np.array([keys.index(p.case.diagnosis) for p in posed], dtype=int)
    forecast = _table(answers, keys)
    tables = {
        name: np.array([peer(view, p.evidence) for p in posed]).reshape(forecast.shape)
        for name, peer in peers.items()
    }
    paper_out = _paper_out(model, posed, own, forecast, reporting)
    forecasts = Forecasts(truth, forecast, paper_out, tables)
    ranks = metrics.ranks(forecast, truth)
    results = tuple(
        _result(p, answer, int(rank), sources)
        for p, answer, rank, sources in zip(posed, answers, ranks, own, strict=True)
    )
    alone = [i for i, sources in enumerate(own) if not sources]
    independent = [posed[i] for i in alone]
    covered = coverage(view, independent, forecast[alone], truth[alone], seed)
    return Validation(
        forecasts=forecasts,
        cases=results,
        coverage=tuple(covered),
        left_out=_left_out(view, independent),
        skipped=tuple(skipped),
        labels=model.labels,
        model=view.info,
    )


def _left_out(view: SingleDisease, posed: Sequence[PosedCase]) -> dict[str, LeftOut]:
    if not posed:
        return {}
    return {
        "known": leave_one_disease_out(view, posed),
        "reported": leave_one_disease_out(view, posed, everything=True),
    }


def _table(answers: Sequence[Posterior], keys: Sequence[str]) -> np.ndarray:
    rows = [[answer[key] for key in keys] for answer in answers]
    return np.array(rows).reshape(len(answers), len(keys))


def _paper_out(
    model: Model,
    posed: Sequence[PosedCase],
    own: Sequence[frozenset[str]],
    forecast: np.ndarray,
    reporting: str,
) -> np.ndarray:
    """The forecast in which no case profits from its own paper."""
    table = forecast.copy()
    for sources in {found for found in own if found}:
        fewer = model.without(sources).read_as(reporting)
        rows = [i for i, found in enumerate(own) if found == sources]
        answers = [fewer.posterior(posed[i].evidence) for i in rows]
        table[rows] = _table(answers, list(model.labels))
    return table


def _result(posed: PosedCase, answer: Posterior, rank: int, sources: frozenset[str]) -> CaseResult:
    case = posed.case
    return CaseResult(
        id=case.id,
        diagnosis=case.diagnosis,
        presentation=case.presentation,
        known=len(case.known_before_diagnosis),
        rank=rank,
        posterior=answer[case.diagnosis],
        first=answer.leading,
        first_posterior=answer[answer.leading],
        fits=answer.fits,
        shared_source=tuple(sorted(sources)),
    )
