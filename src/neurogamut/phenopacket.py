"""A GA4GH Phenopacket (v2) as a case: HPO terms become findings through the ontology's hierarchy.

A term that is present implies everything above it, one that is excluded excludes everything below
it; never the other way round. `priors/hpo_terms.csv` says which terms stand where.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from pydantic import (
    AliasChoices,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from .errors import CaseError, KnowledgeBaseError
from .knowledge.records import Key, Record, read_records

TABLE = "priors/hpo_terms.csv"
#: Members by which a document is known to be a Phenopacket and no flat case, in both spellings.
NEEDED = ("phenotypicFeatures", "metaData", "subject")
MEMBERS = (*NEEDED, "phenotypic_features", "meta_data")
#: Years, months and days of an ISO 8601 duration; weeks and times of day do not matter to an age.
DURATION = r"^P(?=[\dT])(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T.+)?$"
UNITS = (1, 12, 365.25 / 7, 365.25)
SEXES = {"FEMALE": "female", "MALE": "male"}


class Part(BaseModel):
    """A part of a Phenopacket; members are camelCase or snake_case, others are not looked at."""

    model_config = ConfigDict(
        strict=True, alias_generator=to_camel, populate_by_name=True, regex_engine="python-re"
    )


class OntologyClass(Part):
    """A term of an ontology."""

    id: str
    label: str = ""


class Age(Part):
    """An age as an ISO 8601 duration, `P27Y3M`."""

    iso8601duration: str = Field(pattern=DURATION, alias="iso8601duration")

    @property
    def years(self) -> float:
        """The age in years."""
        parts = re.match(DURATION, self.iso8601duration).groups()
        return sum(int(part) / unit for part, unit in zip(parts, UNITS, strict=True) if part)


class Encounter(Part):
    """A time of the patient's life: an age, or something else that says nothing to the model."""

    model_config = ConfigDict(extra="allow")
    age: Age | None = None


class Subject(Part):
    """The patient."""

    time_at_last_encounter: Encounter | None = None
    sex: Literal["UNKNOWN_SEX", "FEMALE", "MALE", "OTHER_SEX"] = "UNKNOWN_SEX"


class PhenotypicFeature(Part):
    """A phenotypic feature, present unless `excluded`."""

    type: OntologyClass
    excluded: bool = False


class Measurement(Part):
    """A measurement; its value is not looked at, as findings are made of readings."""

    assay: OntologyClass


class Phenopacket(Part):
    """What is read of a Phenopacket. All members are optional, but it has to have one of NEEDED."""

    model_config = ConfigDict(json_schema_extra={"anyOf": [{"required": [m]} for m in NEEDED]})
    subject: Subject | None = None
    phenotypic_features: list[PhenotypicFeature] = Field(
        default=[], validation_alias=AliasChoices("phenotypicFeatures", "phenotypic_features")
    )
    measurements: list[Measurement] = []

    @model_validator(mode="before")
    @classmethod
    def _is_one(cls, document: Any) -> Any:
        if isinstance(document, Mapping) and not is_phenopacket(document):
            expected = f"expected one of {', '.join(NEEDED)}"
            raise PydanticCustomError("no_phenopacket", f"no Phenopacket: {expected}")
        return document


class HpoTerm(Record):
    """A term that is the `same` as a finding's, `narrower` or `broader`."""

    hpo_id: str = Field(pattern=r"^HP:\d{7}$")
    hpo_label: str
    relation: Literal["same", "narrower", "broader"]
    finding: Key


@dataclass(frozen=True)
class Mapped:
    """A term and the finding that it became."""

    id: str
    label: str
    finding: str
    state: str


@dataclass(frozen=True)
class Translation:
    """`case`: the findings, age and sex. `mapped`: what each term became. `unmapped`: the terms
    that say nothing of any finding, with what was said of them."""

    case: dict[str, Any]
    mapped: tuple[Mapped, ...]
    unmapped: tuple[dict[str, str], ...]

    def to_dict(self) -> dict[str, Any]:
        """What the HTTP interface adds to the answer."""
        return asdict(self)


def is_phenopacket(document: Mapping[str, Any]) -> bool:
    """True where a document has members of a Phenopacket, which no case has."""
    return any(member in document for member in MEMBERS)


def read_phenopacket(document: Mapping[str, Any]) -> Phenopacket:
    """A checked Phenopacket. Raises CaseError with the place of the first mistake."""
    try:
        return Phenopacket.model_validate(document)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise CaseError(f"{place}: no valid Phenopacket: {first['msg']}") from None


def translate(packet: Phenopacket, root: Path) -> Translation:
    """A Phenopacket as a case, by the table of terms below `root`.

    Raises CaseError where one term implies a finding and another excludes it."""
    mapped: list[Mapped] = []
    unmapped: list[dict[str, str]] = []
    for feature in packet.phenotypic_features:
        found = list(_findings(feature, _terms(root)))
        mapped += found
        if not found:
            unmapped.append({**feature.type.model_dump(), "said": _said(feature)})
    unmapped += [{**m.assay.model_dump(), "said": "measured"} for m in packet.measurements]
    unmapped += _times(packet.subject)
    return Translation(_person(packet.subject) | _agreed(mapped), tuple(mapped), tuple(unmapped))


def _said(feature: PhenotypicFeature) -> str:
    return "excluded" if feature.excluded else "present"


def _findings(feature: PhenotypicFeature, terms: Mapping[str, list[HpoTerm]]) -> Iterator[Mapped]:
    """What a feature implies: upwards where it is present, downwards where it is excluded."""
    useful = "broader" if feature.excluded else "narrower"
    state = "absent" if feature.excluded else "present"
    for term in terms.get(feature.type.id, ()):
        if term.relation in ("same", useful):
            label = feature.type.label or term.hpo_label
            yield Mapped(feature.type.id, label, term.finding, state)


def _person(subject: Subject | None) -> dict[str, Any]:
    person: dict[str, Any] = {}
    if subject and subject.time_at_last_encounter and subject.time_at_last_encounter.age:
        person["age"] = round(subject.time_at_last_encounter.age.years, 2)
    if subject and subject.sex in SEXES:
        person["sex"] = SEXES[subject.sex]
    return person


def _times(subject: Subject | None) -> list[dict[str, str]]:
    """What else than an age the last encounter is given by: a range, a date, a stage of life."""
    encounter = subject and subject.time_at_last_encounter
    kinds = (encounter.model_extra or {}) if encounter else {}
    return [{"id": "timeAtLastEncounter", "label": kind, "said": "present"} for kind in kinds]


def _agreed(mapped: list[Mapped]) -> dict[str, str]:
    """The findings, each in one state."""
    found: dict[str, Mapped] = {}
    for item in mapped:
        other = found.setdefault(item.finding, item)
        if other.state != item.state:
            both = f"{other.id} ({other.label}) and {item.id} ({item.label})"
            raise CaseError(f"{item.finding}: {both}: one implies it and the other excludes it")
    return {finding: item.state for finding, item in found.items()}


@lru_cache(maxsize=4)
def _terms(root: Path) -> dict[str, list[HpoTerm]]:
    """The table by HPO id."""
    records, problems = read_records(root, TABLE, HpoTerm)
    if problems:
        raise KnowledgeBaseError(problems)
    terms: dict[str, list[HpoTerm]] = {}
    for record in records:
        terms.setdefault(record.hpo_id, []).append(record)
    return terms
