"""A case as a GA4GH Phenopacket (v2.0).

A finding that HPO has is a phenotypic feature by its HPO term. One that HPO has not, one of other
states than present and absent, and one that is not certain is a feature by a term of our own, so
that nobody who knows HPO alone takes it for certain; its states are modifiers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from .._version import __version__
from ..knowledge.base import KnowledgeBase
from ..knowledge.estimate import AGE
from .case import read_case
from .own_terms import OWN
from .tests_said import LISTS

SEX = "sex"
SEXES = {"female": "FEMALE", "male": "MALE"}
STATES = {"present": False, "absent": True}
MONTHS, DAYS = 12, 365.25
#: Releases of the vocabulary are named in priors/hpo_terms.csv's script; the ids do not change.
HPO = {
    "id": "hp",
    "name": "human phenotype ontology",
    "url": "http://purl.obolibrary.org/obo/hp.owl",
    "version": "2025-11-24",
    "namespacePrefix": "HP",
    "iriPrefix": "http://purl.obolibrary.org/obo/HP_",
}


def write_phenopacket(
    base: KnowledgeBase, case: Mapping[str, Any], *, created: datetime | None = None
) -> dict[str, Any]:
    """A case as a Phenopacket, as JSON has it. Nobody is identified; `created` is now unless told.
    What the case says of tests has no place in it.

    Raises CaseError as `posterior` does."""
    understood = read_case(base, case).understood
    features = [
        feature
        for key, said in understood.items()
        if key not in LISTS and (key not in (AGE, SEX) or not isinstance(said, (str, float)))
        for feature in _features(base, key, said)
    ]
    return {
        "id": "case",
        "subject": _subject(understood),
        "phenotypicFeatures": features,
        "metaData": _about(base, created or datetime.now(UTC)),
    }


def _subject(understood: Mapping[str, Any]) -> dict[str, Any]:
    subject: dict[str, Any] = {"id": "patient"}
    if isinstance(understood.get(AGE), (int, float)):
        age = {"iso8601duration": duration(understood[AGE])}
        subject["timeAtLastEncounter"] = {"age": age}
    if isinstance(understood.get(SEX), str) and understood[SEX] in SEXES:
        subject["sex"] = SEXES[understood[SEX]]
    return subject


def duration(years: float) -> str:
    """An age as an ISO 8601 duration: years, months and days, those that are not 0."""
    whole, rest = divmod(years, 1)
    months, rest = divmod(round(rest * MONTHS, 6), 1)
    days = round(rest / MONTHS * DAYS)
    parts = zip((int(whole), int(months), days), "YMD", strict=True)
    return "P" + ("".join(f"{count}{unit}" for count, unit in parts if count) or "0D")


def _features(base: KnowledgeBase, key: str, said: Any) -> Iterator[dict[str, Any]]:
    """One feature, or one for each reader."""
    finding = base.finding(key)
    for reading in said if isinstance(said, list) else [said]:
        if finding.hpo_id and isinstance(said, str) and said in STATES:
            term = {"id": finding.hpo_id, "label": finding.hpo_label}
            yield {"type": term, "excluded": STATES[said]}
        else:
            term = {"id": f"{OWN}{key}", "label": finding.label}
            yield {"type": term, **_state(reading)}


def _state(reading: str | Mapping[str, float]) -> dict[str, Any]:
    """What is said, in the members that a feature has for it."""
    if isinstance(reading, str) and reading in STATES:
        return {"excluded": STATES[reading]}
    weights = {reading: 1.0} if isinstance(reading, str) else reading
    return {
        "modifiers": [
            {"id": f"{OWN}{state}={weight:g}", "label": f"{state}, likelihood {weight:g}"}
            for state, weight in weights.items()
        ]
    }


def _about(base: KnowledgeBase, created: datetime) -> dict[str, Any]:
    own = {
        "id": "neurogamut",
        "name": "findings of neurogamut",
        "url": "urn:neurogamut",
        "version": base.hash,
        "namespacePrefix": OWN.rstrip(":"),
        "iriPrefix": "urn:neurogamut:",
    }
    return {
        "created": created.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "createdBy": f"neurogamut {__version__}",
        "resources": [HPO, own],
        "phenopacketSchemaVersion": "2.0",
    }
