"""Which published patients to pose, and what is known of each."""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import dataclass

from ..cases.case import CaseEvidence, read_case
from ..cases.published import CONFIDENCES, PublishedCase
from ..errors import CaseError
from ..knowledge.base import KnowledgeBase


@dataclass(frozen=True)
class Skipped:
    """A case that was not posed, and why: as asked for, or by a `mistake` in its record."""

    id: str
    reason: str
    mistake: bool = False


@dataclass(frozen=True)
class PosedCase:
    """A case, and its evidence as the network reads it."""

    case: PublishedCase
    evidence: CaseEvidence


def select(
    cases: Iterable[PublishedCase],
    base: KnowledgeBase,
    min_known: int = 0,
    confidence: Container[str] = CONFIDENCES,
) -> tuple[list[PosedCase], list[Skipped]]:
    """The cases to pose, and those to skip: too little known, too little confidence, or a
    diagnosis or finding that is not the network's."""
    diseases = {disease.key for disease in base.diseases}
    posed, skipped = [], []
    for case in cases:
        known = len(case.known_before_diagnosis)
        if case.confidence not in confidence:
            skipped.append(Skipped(case.id, f"confidence {case.confidence}"))
        elif known < min_known:
            skipped.append(Skipped(case.id, f"{known} known finding(s), fewer than {min_known}"))
        elif case.diagnosis not in diseases:
            skipped.append(
                Skipped(
                    case.id, f"diagnosis={case.diagnosis!r} is not of the network", mistake=True
                )
            )
        else:
            try:
                posed.append(PosedCase(case, read_case(base, case.posed())))
            except CaseError as error:
                skipped.append(Skipped(case.id, str(error), mistake=True))
    return posed, skipped
