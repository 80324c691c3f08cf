"""A GA4GH Phenopacket (v2 or v1) as a case: HPO terms become findings by the ontology's hierarchy.

A term that is present implies everything above it, one that is excluded excludes everything below
it; never the other way round. `priors/hpo_terms.csv` says which terms stand where, and
`priors/hpo_alternative_ids.csv` which ids older releases have for them. Of a Family the proband is
read; a Cohort is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
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

from ..errors import CaseError
from ..knowledge.age import DURATION, of_duration
from .hpo_table import HpoTerm, findings_below, terms_of
from .own_terms import is_own, own_findings

#: Members by which a document is known to be a Phenopacket and no flat case, in both spellings.
NEEDED = ("phenotypicFeatures", "metaData", "subject")
MEMBERS = (*NEEDED, "phenotypic_features", "meta_data")
SEXES = {"FEMALE": "female", "MALE": "male"}
#: The enumeration of the schema, whose values JSON may give by number.
SEX_CODES = ("UNKNOWN_SEX", "FEMALE", "MALE", "OTHER_SEX")
#: An HPO id as it is also written: in small letters, with an underscore, or as an address.
HPO_ID = re.compile(r"(?:https?://purl\.obolibrary\.org/obo/)?hp[:_](\d{7})", re.IGNORECASE)


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


class Encounter(Part):
    """A time of the patient's life: an age, or something else that says nothing to the model."""

    model_config = ConfigDict(extra="allow")
    age: Age | None = None


class Collection(Part):
    """The same in version 1, where an age is the duration itself."""

    model_config = ConfigDict(extra="allow")
    age: str | None = Field(None, pattern=DURATION)


class Individual(Part):
    """The patient."""

    time_at_last_encounter: Encounter | None = None
    age_at_collection: Collection | None = None
    sex: Literal["UNKNOWN_SEX", "FEMALE", "MALE", "OTHER_SEX"] = "UNKNOWN_SEX"

    @model_validator(mode="before")
    @classmethod
    def _in_its_place(cls, subject: Any) -> Any:
        if not isinstance(subject, Mapping):
            return subject
        if misplaced := [m for m in MEMBERS if m in subject and m != "subject"]:
            words = f"{misplaced[0]} stands in the subject; expected beside it"
            raise PydanticCustomError("misplaced", words)
        code = subject.get("sex")
        if type(code) is int and 0 <= code < len(SEX_CODES):
            return {**subject, "sex": SEX_CODES[code]}
        return subject

    @property
    def years(self) -> float | None:
        """The age in years, where one is given."""
        if self.time_at_last_encounter and self.time_at_last_encounter.age:
            return of_duration(self.time_at_last_encounter.age.iso8601duration)
        if self.age_at_collection and self.age_at_collection.age:
            return of_duration(self.age_at_collection.age)
        return None


class PhenotypicFeature(Part):
    """A phenotypic feature, present unless `excluded` (`negated` in version 1) or resolved."""

    type: OntologyClass
    excluded: bool = False
    negated: bool = False
    modifiers: list[OntologyClass] = []
    resolution: dict[str, Any] | None = None

    @property
    def said(self) -> str:
        """What is said of it."""
        if self.excluded or self.negated:
            return "excluded"
        return "resolved" if self.resolution else "present"


class Measurement(Part):
    """A measurement; its value is not looked at, as findings are made of readings."""

    assay: OntologyClass


class Phenopacket(Part):
    """What is read of a Phenopacket. All members are optional, but it has to have one of NEEDED."""

    model_config = ConfigDict(json_schema_extra={"anyOf": [{"required": [m]} for m in NEEDED]})
    subject: Individual | None = None
    phenotypic_features: list[PhenotypicFeature] = Field(
        default=[], validation_alias=AliasChoices("phenotypicFeatures", "phenotypic_features")
    )
    measurements: list[Measurement] = []

    @model_validator(mode="before")
    @classmethod
    def _is_one(cls, document: Any) -> Any:
        if not isinstance(document, Mapping):
            return document
        document = _without_nulls(document)
        if "members" in document:
            raise PydanticCustomError("cohort", _refusal_of_cohort(document["members"]))
        document = document.get("proband", document)
        if isinstance(document, Mapping) and not is_phenopacket(document):
            expected = f"expected one of {', '.join(NEEDED)}"
            raise PydanticCustomError("no_phenopacket", f"no Phenopacket: {expected}")
        return document


def _without_nulls(part: Any) -> Any:
    """A part of a document without members that are null, which means: not set."""
    if isinstance(part, Mapping):
        return {key: _without_nulls(value) for key, value in part.items() if value is not None}
    return [_without_nulls(value) for value in part] if isinstance(part, list) else part


def _refusal_of_cohort(members: Any) -> str:
    found = members if isinstance(members, list) else []
    ids = [str(m.get("id", "?")) for m in found if isinstance(m, Mapping)]
    listed = f" ({', '.join(ids[:5])}{', ...' if len(ids) > 5 else ''})" if ids else ""
    return f"a Cohort of {len(ids)} members{listed}; expected the Phenopacket of one"


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
        if is_own(feature):
            continue
        found = list(_findings(feature, terms_of(root)))
        mapped += found
        if not found:
            unmapped.append({**feature.type.model_dump(), "said": feature.said})
    unmapped += [{**m.assay.model_dump(), "said": "measured"} for m in packet.measurements]
    unmapped += _times(packet.subject)
    findings = {finding.key for finding in findings_below(root)}
    person = _person(packet.subject)
    known = {key: said for key, said in person.items() if key in findings}
    unmapped += [
        {"id": key, "label": "", "said": str(said)}
        for key, said in person.items()
        if key not in findings
    ]
    case = known | _agreed(mapped) | own_findings(packet.phenotypic_features)
    return Translation(case, tuple(mapped), tuple(unmapped))


def _findings(feature: PhenotypicFeature, terms: Mapping[str, list[HpoTerm]]) -> Iterator[Mapped]:
    """What a feature implies: upwards where it is present, downwards where it is excluded."""
    if feature.said == "resolved":
        return
    excluded = feature.said == "excluded"
    useful = "broader" if excluded else "narrower"
    state = "absent" if excluded else "present"
    for term in terms.get(_plain_id(feature.type.id), ()):
        if term.relation in ("same", useful):
            label = feature.type.label or term.hpo_label
            yield Mapped(feature.type.id, label, term.finding, state)


def _plain_id(term: str) -> str:
    """An HPO id as the tables have it; any other as it stands."""
    found = HPO_ID.fullmatch(term.strip())
    return f"HP:{found[1]}" if found else term


def _person(subject: Individual | None) -> dict[str, Any]:
    person: dict[str, Any] = {}
    if subject and subject.years is not None:
        person["age"] = subject.years
    if subject and subject.sex in SEXES:
        person["sex"] = SEXES[subject.sex]
    return person


def _times(subject: Individual | None) -> list[dict[str, str]]:
    """What else than an age the last encounter is given by: a range, a date, a stage of life."""
    if subject is None:
        return []
    times = {
        "timeAtLastEncounter": subject.time_at_last_encounter,
        "ageAtCollection": subject.age_at_collection,
    }
    return [
        {"id": name, "label": kind, "said": "present"}
        for name, time in times.items()
        for kind in (time and time.model_extra) or {}
    ]


def _agreed(mapped: list[Mapped]) -> dict[str, str]:
    """The findings, each in one state."""
    found: dict[str, Mapped] = {}
    for item in mapped:
        other = found.setdefault(item.finding, item)
        if other.state != item.state:
            both = f"{other.id} ({other.label}) and {item.id} ({item.label})"
            raise CaseError(f"{item.finding}: {both}: one implies it and the other excludes it")
    return {finding: item.state for finding, item in found.items()}
