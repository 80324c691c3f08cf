"""A FHIR bundle (R4 or R5) as a case: a Patient, Conditions and Observations that HPO or we name.

What they say is put as a Phenopacket, so that terms become findings by one rule."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from pydantic import ValidationError

from ..errors import CaseError
from .own_terms import OWN
from .packet_writer import SEXES, duration
from .phenopacket import Part

#: Vocabularies whose codes may be findings, and what a Phenopacket writes before these codes.
SYSTEMS = {
    "http://human-phenotype-ontology.org": "",
    "http://purl.obolibrary.org/obo/hp.owl": "",
    "http://purl.obolibrary.org/obo/hp.fhir": "",
    "urn:neurogamut": OWN,
}
#: What a Condition's verification or an Observation's value says against it.
AGAINST = {"refuted", "entered-in-error", "absent", "negative", "no", "false", "not detected"}
DAYS = 365.25


class Coding(Part):
    """A code of a vocabulary."""

    system: str = ""
    code: str = "no code"
    display: str = ""


class Concept(Part):
    """Codes for one thing, and what it is called."""

    coding: list[Coding] = []
    text: str = ""

    @property
    def words(self) -> set[str]:
        """What it is called and its codes."""
        return {self.text.lower(), *(coding.code.lower() for coding in self.coding)}


class Resource(Part):
    """What is looked at of a Patient, a Condition or an Observation."""

    resource_type: str
    gender: str = ""
    birth_date: str = ""
    code: Concept = Concept()
    verification_status: Concept = Concept()
    value_codeable_concept: Concept = Concept()
    value_boolean: bool = True
    effective_date_time: str = ""
    recorded_date: str = ""
    onset_date_time: str = ""

    @property
    def is_denied(self) -> bool:
        """Whether the finding is said to be absent."""
        words = self.verification_status.words | self.value_codeable_concept.words
        return not self.value_boolean or bool(words & AGAINST)

    @property
    def last_date(self) -> str:
        """The latest of its dates."""
        return max(self.effective_date_time, self.recorded_date, self.onset_date_time)[:10]

    def feature(self) -> dict[str, Any]:
        """Its term and whether it is denied: a term of HPO or of ours, else one that will be told
        to say nothing of any finding."""
        codings = self.code.coding or [Coding()]
        known = [coding for coding in codings if coding.system in SYSTEMS]
        coding = (known or codings)[0]
        term = SYSTEMS.get(coding.system, "") + coding.code
        label = coding.display or self.code.text
        return {"type": {"id": term, "label": label}, "excluded": self.is_denied}


class Entry(Part):
    """An entry of a bundle."""

    resource: Resource


class Bundle(Part):
    """A bundle of one patient."""

    entry: list[Entry] = []


def is_fhir(document: Mapping[str, Any]) -> bool:
    """True for a bundle, which no case and no Phenopacket is."""
    return document.get("resourceType") == "Bundle"


def read_bundle(document: Mapping[str, Any]) -> Bundle:
    """The bundle in a document. Raises CaseError with the place of the first mistake."""
    try:
        return Bundle.model_validate(document)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise CaseError(f"{place}: no valid FHIR bundle: {first['msg']}") from None


def as_phenopacket(bundle: Bundle) -> dict[str, Any]:
    """What a bundle says of a patient. Raises CaseError where it is not of one patient."""
    resources = [entry.resource for entry in bundle.entry]
    people = [one for one in resources if one.resource_type == "Patient"]
    if len(people) > 1:
        raise CaseError(f"entry: holds {len(people)} Patients; expected the bundle of one")
    said = [one for one in resources if one.resource_type in ("Condition", "Observation")]
    if not people and not said:
        raise CaseError("entry: expected a Patient, Conditions or Observations; found none")
    return {
        "subject": _subject(people[0] if people else None, said),
        "phenotypicFeatures": [one.feature() for one in said],
    }


def _subject(patient: Resource | None, said: list[Resource]) -> dict[str, Any]:
    """Sex, and the age from birth to the last date of an entry."""
    subject: dict[str, Any] = {"id": "patient"}
    if patient is None:
        return subject
    if patient.gender in SEXES:
        subject["sex"] = SEXES[patient.gender]
    born, last = _date(patient.birth_date), _date(max((o.last_date for o in said), default=""))
    if born and last and last >= born:
        age = {"iso8601duration": duration((last - born).days / DAYS)}
        subject["timeAtLastEncounter"] = {"age": age}
    return subject


def _date(text: str) -> date | None:
    """A date, of which the month and the day may be left out."""
    try:
        return date.fromisoformat(text + "0000-07-01"[len(text) :]) if text else None
    except ValueError:
        raise CaseError(f"{text!r}: expected a date as 1990-07-01, 1990-07 or 1990") from None
