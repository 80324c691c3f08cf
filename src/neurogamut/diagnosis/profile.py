"""What a disease looks like: what it is, what treats it, and the findings that set it apart.

Findings are in order of what seeing them is worth on average in this disease, against a patient who
has one of the others: P(f | d) log(P(f | d) / P(f | not d)), a term of the Kullback-Leibler
divergence (Kullback and Leibler, 1951). P(f | not d) weighs the others by their prior."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from ..knowledge import provenance
from ..knowledge.base import KnowledgeBase
from ..knowledge.estimate import AGE
from ..render.answer import Answer, ModelInfo
from ..render.sheet import Bar, Lines, Sheet, Table
from ..render.wording import percent, said
from .cell import cited
from .single import SingleDisease

#: Findings that a profile has.
FEATURES = 12
#: A state that says that nothing was found is no feature.
NOTHING = ("absent", "none", "not_diagnostic", "competent")


@dataclass(frozen=True)
class KeyFeature:
    """A finding in the state that is common here: its rate in the disease, in all others together,
    and what the first rests on."""

    finding: str
    label: str
    state: str
    rate: float
    elsewhere: float
    basis: str


@dataclass(frozen=True, repr=False, kw_only=True)
class Profile(Answer):
    """A disease as one looks it up. `treatment` is empty where nothing treats it, and then or
    where nothing hurries `within` is "none"; `ids` are those of ontologies."""

    disease: str
    label: str
    group: str
    names: tuple[str, ...]
    ids: tuple[str, ...]
    about: str
    treatment: str
    within: str
    reason: str
    sources: tuple[Mapping[str, str], ...]
    features: tuple[KeyFeature, ...]
    model: ModelInfo

    def to_dict(self) -> dict[str, Any]:
        """The document of `GET /v1/disease/{disease}`."""
        return asdict(self)

    def sheet(self, count: int = FEATURES) -> Sheet:
        """What it is, what treats it, and its features."""
        rows = [
            (
                f"{f.label}: {said(f.state)}",
                percent(f.rate),
                Bar(0, f.rate, f.elsewhere),
                percent(f.elsewhere),
                f.basis,
            )
            for f in self.features[:count]
        ]
        headers = ("finding", "here", "", "elsewhere", "rests on")
        facts = [self.about, f"Treatment: {self.treatment or 'of symptoms'}"]
        facts += [f"To begin within: {self.within}"] if self.within not in ("", "none") else []
        facts += [f"Also called: {', '.join(self.names)}"] if self.names else []
        return self._sheet(
            self.label,
            Lines([fact for fact in facts if fact]),
            Table(headers, rows, ("here", "elsewhere")),
            *cited(self.sources),
        )


def profile(view: SingleDisease, name: str) -> Profile:
    """The profile of a disease. Raises UsageError for an unknown name."""
    base = view.blueprint.base
    disease = base.disease(name)
    card = next((card for card in base.disease_cards if card.disease == disease.key), None)
    others = [record.name for record in base.disease_names if record.disease == disease.key]
    rows = [{"source": card.source}] if card else []
    return Profile(
        disease=disease.key,
        label=disease.label,
        group=disease.group,
        names=tuple(name for name in others if ":" not in name),
        ids=tuple(filter(None, (disease.database_id, *(name for name in others if ":" in name)))),
        about=card.about if card else "",
        treatment=card.treatment if card else "",
        within=card.within if card else "",
        reason=card.note if card else "",
        sources=provenance.sources(base, rows),
        features=tuple(_features(view, base, disease.key)),
        model=view.info,
    )


def _features(view: SingleDisease, base: KnowledgeBase, disease: str) -> Iterator[KeyFeature]:
    place = list(view.prior).index(disease)
    found = [_feature(view, base, key, place) for key in view.all_rates() if key != AGE]
    worth = {f: f.rate * np.log(f.rate / f.elsewhere) for f in found if f.rate > 0}
    yield from sorted(worth, key=lambda f: -worth[f])[:FEATURES]


def _feature(view: SingleDisease, base: KnowledgeBase, finding: str, place: int) -> KeyFeature:
    """A finding in the state that sets the disease apart most."""
    rates = view.rates(finding)
    weights = np.delete(np.array(list(view.prior.values())), place)
    elsewhere = weights @ np.delete(rates, place, axis=0) / weights.sum()
    record, states = base.finding(finding), view.network.variables[finding].states
    is_something = [state not in NOTHING for state in states]
    worth = np.where(is_something, rates[place] * np.log(rates[place] / elsewhere), -np.inf)
    best = int(worth.argmax())
    cell, *_ = view.blueprint.cells_of(list(view.prior)[place], finding)
    return KeyFeature(
        finding=finding,
        label=record.label,
        state=states[best],
        rate=float(rates[place, best]),
        elsewhere=float(elsewhere[best]),
        basis=cell.basis,
    )
