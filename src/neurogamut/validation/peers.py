"""What else could rank the diseases: the prior alone, naive Bayes, and HPO frequencies alone.

Every peer gives P(disease | case) of shape (diseases,), as the model does.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from ..cases.case import CaseEvidence
from ..diagnosis.single import SingleDisease
from ..errors import UsageError
from ..knowledge.base import OTHER, KnowledgeBase
from ..knowledge.build import DIAGNOSIS
from ..model import Model

#: What a forecast is called in tables.
NAMES = {
    "model": "neurogamut",
    "naive": "naive Bayes",
    "prior": "prior alone",
    "hpo": "HPO ratios",
    "paper_out": "own paper out",
    "shared": "counted apart",
}

#: P(disease | case), shape (diseases,), from something that is not the model.
Peer = Callable[[SingleDisease, CaseEvidence], np.ndarray]

#: What the verbal scale calls an annotation without a frequency, and one of absence.
WITHOUT_FREQUENCY, EXCLUDED = "listed", "orphanet excluded"


def available(model: Model, hpo: str | Path | None = None) -> dict[str, Peer]:
    """Every peer by name; the ranking by HPO frequencies where their file is given."""
    peers: dict[str, Peer] = {"naive": naive_bayes, "prior": prior_alone}
    return peers | ({"hpo": HpoLikelihoodRatios(model, hpo)} if hpo else {})


def prior_alone(view: SingleDisease, evidence: CaseEvidence) -> np.ndarray:
    """P(disease), whatever the case."""
    return view.network.cpts[DIAGNOSIS].table


def naive_bayes(view: SingleDisease, evidence: CaseEvidence) -> np.ndarray:
    """P(disease) prod P(finding | disease): the same marginals, which the network keeps, with all
    findings independent given the disease, and told alike."""
    prior = view.network.cpts[DIAGNOSIS].table
    logs = np.log(prior) + view.log_together(evidence)
    for finding, said in evidence.network.items():
        logs = logs + np.log(view.queries.query(DIAGNOSIS, {finding: said}).table / prior)
    return _normalised(logs)


class HpoLikelihoodRatios:
    """Ranking by likelihood ratios of HPO annotations, in the manner of LIRICAL (Robinson, Am J
    Hum Genet 2020;107:403): P(term | disease) against its mean over all diseases, all diseases
    equally probable beforehand. Terms are matched by identity, without their ancestors.

    A frequency band means what the verbal scale says of it; a term that a disease is not
    annotated with is as frequent as in patients with none of the diseases."""

    def __init__(self, model: Model, annotations: str | Path):
        self._positions = {key: i for i, key in enumerate(model.labels)}
        self.annotated: frozenset[str] = frozenset()
        self._rates = self._read(model, annotations)

    def __call__(self, view: SingleDisease, evidence: CaseEvidence) -> np.ndarray:
        """P(disease | terms present and excluded)."""
        logs = np.zeros(len(self._positions))
        for finding, rates in self._rates.items():
            said = evidence.network.get(finding)
            if said == "present":
                logs += np.log(rates / rates.mean())
            elif said == "absent":
                logs += np.log((1 - rates) / (1 - rates.mean()))
        return _normalised(logs)

    def _read(self, model: Model, annotations: str | Path) -> dict[str, np.ndarray]:
        """P(finding present | disease) per finding with an HPO id, shape (diseases,)."""
        terms = {f.hpo_id: f.key for f in model.base.findings if f.hpo_id}
        scale = {term.term: term.a / (term.a + term.b) for term in model.base.verbal_scale}
        rates: dict[str, np.ndarray] = {}
        for row in _rows(annotations):
            finding, position = terms.get(row["hpo_id"]), self._positions.get(row["disease"])
            if finding is not None and position is not None:
                self.annotated |= {row["disease"]}
                elsewhere = model.blueprint.cells_of(OTHER, finding)[0].mean[0]
                table = rates.setdefault(finding, np.full(len(self._positions), elsewhere))
                table[position] = _frequency(row, scale, model.base)
        return rates


def _rows(annotations: str | Path) -> list[dict[str, str]]:
    try:
        with Path(annotations).open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{annotations}: cannot be read: {error}") from None
    needed = {"disease", "hpo_id", "frequency", "excluded"}
    if not rows or not needed <= rows[0].keys():
        raise UsageError(f"{annotations}: expected the columns {', '.join(sorted(needed))}")
    return rows


def _frequency(row: Mapping[str, str], scale: Mapping[str, float], base: KnowledgeBase) -> float:
    """An annotation's frequency: a count with the pseudo-counts of our own cells, or a band."""
    said = row["frequency"].strip()
    if row["excluded"]:
        return scale[EXCLUDED]
    if not said:
        return scale[WITHOUT_FREQUENCY]
    if "/" in said:
        k, n = map(int, said.split("/"))
        prior = base.constant("prior_count")
        return (k + prior) / (n + 2 * prior)
    return scale[f"orphanet {said.lower()}"]


def _normalised(logs: np.ndarray) -> np.ndarray:
    weights = np.exp(logs - logs.max())
    return weights / weights.sum()
