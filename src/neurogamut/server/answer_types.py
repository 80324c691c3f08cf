"""What answers hold, for OpenAPI. The documents themselves are made by each result's `to_dict`."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from ..cases.phenopacket import Mapped
from ..diagnosis.differential import Pair
from ..diagnosis.profile import KeyFeature
from ..inference.noisy_or.subset_engine import DiseaseSet
from ..next_test.ranked import FigureWorth, RankedTest, Stop
from ..next_test.tree import Node
from ..reading import Mention, Tables, UnreadText
from ..render.answer import ModelInfo
from .limits import Limits


class CaseAnswer(BaseModel):
    """What made it, and the evidence as it was understood."""

    model: ModelInfo
    evidence: dict[str, Any]


class PosteriorAnswer(CaseAnswer):
    """P(disease | case), most probable first."""

    posterior: dict[str, float]
    log_evidence: float
    conflict: float
    conflicting: list[str]
    fit: float | None
    ignored: list[str]
    warnings: list[str]
    forms: dict[str, dict[str, float]]


class CoexistingPosteriorAnswer(CaseAnswer):
    """P(disease present | case), where several may be."""

    posterior: dict[str, float]
    number_present: dict[str, float]
    pairs: list[Pair]
    sets: list[DiseaseSet]
    log_evidence: float
    conflict: float
    conflicting: list[str]
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


class Report(BaseModel):
    """What is to be read."""

    model_config = ConfigDict(extra="forbid", strict=True)
    text: str = Field(examples=["34F, headache. No fever. MRI: lesions of the splenium."])


class ReadingAnswer(BaseModel):
    """A report as a case: what was read where, and what looks like a finding and is none."""

    case: dict[str, Any]
    mentions: list[Mention]
    unread: list[UnreadText]
    model: Tables


class WeightAnswer(BaseModel):
    """One finding's weight of evidence, in bans."""

    finding: str
    state: Any
    bans: float
    against_rest: float
    saying: float
    basis: dict[str, str]
    rows: list[dict[str, Any]]


class ExplanationAnswer(CaseAnswer):
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


class NextTestsAnswer(CaseAnswer):
    """Every remaining test, best first, and whether to stop."""

    entropy_bits: float
    by: str
    tests: list[RankedTest]
    stop: Stop
    literature: list[FigureWorth] | None
    seed: int


class PlanAnswer(CaseAnswer):
    """A decision tree of tests within a budget. `shows` of a node is a case's findings: added to
    the case they lead to the node."""

    by: str
    budget: dict[str, float]
    tree: Node
    expected: dict[str, float]
    seed: int


class AnalysisAnswer(BaseModel, extra="allow"):
    """The document of `neurogamut sensitivity KIND --json`."""

    model: ModelInfo


class CellAnswer(BaseModel):
    """One cell: its distribution by state, its rows and its sources."""

    disease: str
    finding: str
    condition: str
    basis: str
    distribution: dict[str, dict[str, float]]
    in_network: dict[str, float]
    used: list[dict[str, Any]]
    outranked: list[dict[str, Any]]
    sources: list[dict[str, str]]
    labels: dict[str, str]
    model: ModelInfo


class ModelAnswer(BaseModel):
    """What answers questions here. A document with a member named in `phenopacket` is one, and no
    case."""

    model: ModelInfo
    settings: list[str]
    sensitivity: list[str]
    phenopacket: list[str]
    limits: Limits
    counts: dict[str, int]


class Preset(BaseModel):
    """A patient of a published figure."""

    patient: str
    label: str
    diagnosis: str
    figure: str
    source: str
    case: dict[str, Any]


class Choices(ModelAnswer):
    """All that a page has to choose from."""

    findings: list[dict[str, Any]]
    diseases: list[dict[str, Any]]
    tests: list[dict[str, Any]]
    follows: dict[str, list[str]]
    patients: dict[str, Any]
    presets: list[Preset]


class ProfileAnswer(BaseModel):
    """A disease as one looks it up."""

    disease: str
    label: str
    group: str
    names: list[str]
    ids: list[str]
    about: str
    treatment: str
    within: str
    reason: str
    sources: list[dict[str, str]]
    features: list[KeyFeature]
    model: ModelInfo


class Health(BaseModel):
    """That the server runs."""

    status: str
