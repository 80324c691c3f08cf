"""What a person chooses from, on the page and in a notebook: findings with their definitions,
diseases with their marks, tests, and which finding follows from which."""

from __future__ import annotations

from typing import Any

from ..knowledge import wordings
from ..knowledge.base import KnowledgeBase
from ..knowledge.kinds import kind_of
from ..knowledge.records import Record
from .merge import parents_of

#: Within these a treatment has to begin that comes too late otherwise.
URGENT = ("hours", "days")


def choices(base: KnowledgeBase) -> dict[str, Any]:
    """`findings`, `diseases` and `tests` as the tables have them; `follows`: of each finding those
    that are there wherever it is; and which `patients` the gamut is for."""
    definitions = {record.finding: record.definition for record in base.definitions}
    kinds = kind_of(base)
    cards = {card.disease: card for card in base.disease_cards}
    return {
        "findings": [
            _plain(f) | {"definition": definitions.get(f.key, ""), "kind_of": kinds.get(f.key, ())}
            for f in base.findings
        ],
        "diseases": [
            _plain(d) | mark(cards.get(d.key)) | {"forms": forms(base, d.key)}
            for d in base.diseases
        ],
        "tests": [_plain(test) for test in base.tests],
        "follows": follows(base),
        "patients": base.gamut.model_dump(include={"scope", "outside", "patterns"}),
    }


def mark(card: Any) -> dict[str, bool]:
    """Whether something treats a disease, and whether it must not be missed as that cannot wait."""
    treatable = bool(card and card.treatment)
    return {"treatable": treatable, "urgent": treatable and card.within in URGENT}


def forms(base: KnowledgeBase, disease: str) -> dict[str, str]:
    """The labels of a disease's forms, of `other` its neighbours, by key."""
    return {form.form: form.label for form in base.forms if form.disease == disease}


def follows(base: KnowledgeBase) -> dict[str, tuple[str, ...]]:
    """Of each finding those that are there wherever it is."""
    if not (base.root / wordings.FOLDER).is_dir():
        return {}
    return parents_of(base, wordings.load(base))


def _plain(record: Record) -> dict[str, Any]:
    return record.model_dump(mode="json", exclude={"row"})
