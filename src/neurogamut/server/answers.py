"""What answers hold, for OpenAPI. The documents themselves are made by each result's `to_dict`."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from ..coexisting_results import Pair
from ..inference.coexisting import DiseaseSet
from ..next_test.answers import RankedTest, Step, Stop
from ..phenopacket import Mapped
from ..results import ModelInfo


class Answer(BaseModel):
    """What made it, and the evidence as it was understood."""

    model: ModelInfo
    evidence: dict[str, Any]


class PosteriorAnswer(Answer):
    """P(disease | case), most probable first."""

    posterior: dict[str, float]
    log_evidence: float
    conflict: float
    fit: float
    ignored: list[str]
    warnings: list[str]


class CoexistingPosterior(Answer):
    """P(disease present | case), where several may be."""

    posterior: dict[str, float]
    number_present: dict[str, float]
    pairs: list[Pair]
    sets: list[DiseaseSet]
    log_evidence: float
    conflict: float
    ignored: list[str]
    warnings: list[str]


class UnmappedTerm(BaseModel):
    """A term of a Phenopacket that says nothing of any finding."""

    id: str
    label: str
    said: str


class PhenopacketAnswer(PosteriorAnswer):
    """The same for a Phenopacket, with what became of its terms."""

    case: dict[str, Any]
    mapped: list[Mapped]
    unmapped: list[UnmappedTerm]


class WeightAnswer(BaseModel):
    """One finding's weight of evidence, in bans."""

    finding: str
    state: Any
    bans: float
    against_rest: float
    basis: dict[str, str]
    rows: list[dict[str, Any]]


class ExplanationAnswer(Answer):
    """Why one disease rather than another: prior, weights and shared sum to the total."""

    disease: str
    against: str
    prior_bans: float
    weights: list[WeightAnswer]
    shared_bans: float
    total_bans: float
    rest_bans: float
    likelihoods: dict[str, dict[str, float]]
    basis_share: dict[str, float]
    sources: list[dict[str, str]]
    posterior: dict[str, float]
    warnings: list[str]


class NextTestsAnswer(Answer):
    """Every remaining test, best first, and whether to stop."""

    entropy_bits: float
    by: str
    tests: list[RankedTest]
    stop: Stop
    seed: int


class PlanAnswer(Answer):
    """A decision tree of tests within a budget."""

    by: str
    budget: dict[str, float]
    tree: Step
    expected: dict[str, float]
    seed: int


class SensitivityAnswer(BaseModel, extra="allow"):
    """The document of `neurogamut sensitivity KIND --json`."""

    model: ModelInfo


class CellAnswer(BaseModel):
    """One cell: its distribution by state, its rows and its sources."""

    disease: str
    finding: str
    condition: str
    basis: str
    distribution: dict[str, dict[str, float]]
    used: list[dict[str, Any]]
    outranked: list[dict[str, Any]]
    sources: list[dict[str, str]]
    labels: dict[str, str]
    model: ModelInfo


class ModelAnswer(BaseModel):
    """What answers questions here."""

    model: ModelInfo
    settings: list[str]
    sensitivity: list[str]
    counts: dict[str, int]


class Preset(BaseModel):
    """A patient of a published figure."""

    patient: str
    label: str
    diagnosis: str
    figure: str
    source: str
    case: dict[str, Any]


class Health(BaseModel):
    """That the server runs."""

    status: str
