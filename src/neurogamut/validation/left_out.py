"""Leave one disease out: does the model notice a patient whose disease it does not know?

A model without disease d is the model conditioned on `not d`: its posterior is the full one with
d struck out, rescaled. So nothing is rebuilt.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..cases.case import CaseEvidence, read_case
from ..diagnosis.fit import fit
from ..diagnosis.single import SingleDisease
from ..knowledge.build import DIAGNOSIS
from .metrics import Share, auc
from .posed import PosedCase

#: fit, P(other), warned.
Signs = tuple[float, float, bool]


@dataclass(frozen=True)
class LeftOut:
    """Every case posed twice: to the model, and to the model without the case's disease.

    `auc_fit` and `auc_other`: how well `fit` (low) and P(other) (high) tell the second from the
    first, 0.5 is chance. `noticed` and `false_alarms`: how often the warning came."""

    cases: int
    auc_fit: float
    auc_other: float
    noticed: Share
    false_alarms: Share

    def to_dict(self) -> dict[str, float]:
        """Flat, shares as their values."""
        return {
            "cases": self.cases,
            "auc_fit": self.auc_fit,
            "auc_other": self.auc_other,
            "noticed": self.noticed.value,
            "false_alarms": self.false_alarms.value,
        }


def leave_one_disease_out(
    view: SingleDisease, posed: Sequence[PosedCase], everything: bool = False
) -> LeftOut:
    """Pose the cases with what was known before the diagnosis or, with `everything`, with all that
    was reported, the definitive test included."""
    keys = list(view.prior)
    base = view.blueprint.base
    known, unknown = [], []
    for p in posed:
        evidence = read_case(base, p.case.posed(True)) if everything else p.evidence
        posterior = view.queries.query(DIAGNOSIS, evidence.network).table
        without = np.delete(np.arange(len(keys)), keys.index(p.case.diagnosis))
        struck = np.zeros_like(posterior)
        struck[without] = posterior[without] / posterior[without].sum()
        known.append(_signs(view, evidence, posterior))
        unknown.append(_signs(view, evidence, struck))
    return _compare(unknown, known)


def _signs(view: SingleDisease, evidence: CaseEvidence, posterior: np.ndarray) -> Signs:
    """(fit, P(other), whether the model would warn that the case fits nothing)."""
    fits = fit(posterior, view.typicality(evidence))
    rule = view.fit_rule
    return fits, float(posterior[rule.other]), bool(rule.warns(posterior, fits))


def _compare(unknown: Sequence[Signs], known: Sequence[Signs]) -> LeftOut:
    fit, other, warned = np.array(unknown, dtype=float).T
    fit_known, other_known, alarmed = np.array(known, dtype=float).T
    return LeftOut(
        len(known),
        auc(-fit, -fit_known),
        auc(other, other_known),
        Share(int(warned.sum()), len(warned)),
        Share(int(alarmed.sum()), len(alarmed)),
    )
