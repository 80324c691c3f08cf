"""An answer as a FHIR RiskAssessment (R4, and as such valid in R5): a prediction for each disease,
a contained Observation for each finding. Of the patient it holds nothing but the findings.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..cases.tests_said import OF_TESTS
from ..knowledge.base import KnowledgeBase
from ..knowledge.estimate import AGE
from ..render.answer import ModelInfo
from ..render.wording import RESEARCH_USE
from .differential import Differential

MEDIA_TYPE = "application/fhir+json"
#: The addresses by which FHIR knows vocabularies (https://terminology.hl7.org).
SYSTEMS = {
    "ORPHA": "http://www.orpha.net",
    "OMIM": "http://www.omim.org",
    "MONDO": "http://purl.obolibrary.org/obo/mondo.owl",
    "HP": "http://human-phenotype-ontology.org",
}
#: Vocabularies whose codes are numbers, without the prefix.
NUMBERED = ("ORPHA", "OMIM")
UNITS = "http://unitsofmeasure.org"
NOBODY = "the patient who was asked about, not identified here"


def risk_assessment(answer: Differential, base: KnowledgeBase) -> dict[str, Any]:
    """The resource. Probabilities are percentages, as FHIR has them; the relative risk is that to
    the disease's frequency before any finding."""
    observations = list(_observations(answer.evidence, base))
    resource = {
        "resourceType": "RiskAssessment",
        "contained": observations,
        "status": "final",
        "method": _method(answer.model),
        "code": {"text": "Differential diagnosis"},
        "subject": {"display": NOBODY},
        "basis": [{"reference": f"#{observation['id']}"} for observation in observations],
        "prediction": list(_predictions(answer, base)),
        "note": [{"text": text} for text in (*answer.warnings, RESEARCH_USE)],
    }
    return {name: value for name, value in resource.items() if value}


def _method(model: ModelInfo) -> dict[str, Any]:
    """The model; its code is the content hash of the knowledge base."""
    coding = {"version": model.version, "code": model.hash, "display": "neurogamut"}
    return {"coding": [coding], "text": f"{model}, assuming {model.assume}"}


def _predictions(answer: Differential, base: KnowledgeBase) -> Iterator[dict[str, Any]]:
    for key, probability in answer.top(len(answer.probabilities)):
        disease = base.disease(key)
        yield {
            "outcome": _concept(disease.label, disease.database_id),
            "probabilityDecimal": 100 * probability,
            "relativeRisk": probability / answer.prior[key],
        }


def _observations(evidence: Mapping[str, Any], base: KnowledgeBase) -> Iterator[dict[str, Any]]:
    """One for each reading of a finding."""
    for key, said in evidence.items():
        if key in OF_TESTS:
            continue
        finding = base.finding(key)
        readings = said if isinstance(said, list) else [said]
        for number, reading in enumerate(readings, start=1):
            name = key.replace("_", "-")
            yield {
                "resourceType": "Observation",
                "id": name if len(readings) == 1 else f"{name}-{number}",
                "status": "final",
                "code": _concept(finding.label, finding.hpo_id, finding.hpo_label),
                **_value(key, reading),
            }


def _value(key: str, reading: Any) -> dict[str, Any]:
    """A state, an age, or P(what was seen | state) up to a factor as a component for each state."""
    if key == AGE:
        years = {"value": reading, "unit": "years", "system": UNITS, "code": "a"}
        return {"valueQuantity": years}
    if isinstance(reading, str):
        return {"valueCodeableConcept": {"text": reading}}
    likelihoods = [
        {"code": {"text": f"likelihood of {state}"}, "valueQuantity": {"value": weight}}
        for state, weight in reading.items()
    ]
    return {"component": likelihoods}


def _concept(text: str, identifier: str, display: str = "") -> dict[str, Any]:
    """What something is called, and its code where a vocabulary has one (`ORPHA:838`); `display` is
    what the vocabulary calls it."""
    vocabulary, _, number = identifier.partition(":")
    if vocabulary not in SYSTEMS:
        return {"text": text}
    code = number if vocabulary in NUMBERED else identifier
    coding = {"system": SYSTEMS[vocabulary], "code": code}
    return {"coding": [coding | ({"display": display} if display else {})], "text": text}
