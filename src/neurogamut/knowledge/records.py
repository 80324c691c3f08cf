"""Typed records: what one row of each table says, checked cell by cell."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from ..errors import nearest
from .citations import identifiers
from .tables import Problem, Row, read_rows

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails
Basis = Literal[
    "local", "reported", "upper_bound", "indirect", "worded", "expert", "background", "illustration"
]
#: The basis of what patients of one's own add (`neurogamut learn`).
LOCAL = "local"
Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Split = Annotated[
    tuple[str, ...], BeforeValidator(lambda text: tuple(filter(None, text.split("|"))))
]
#: The states of a finding that is there or not.
PRESENCE = ("present", "absent")
#: A printed percentage may differ from its count by this much beyond its last digit.
ROUNDING = 1e-9
#: A spreadsheet turns 5/13 into one of these.
DATE = re.compile(r"\d{1,4}[-/.]\w{3}|\w{3}[-/. ]\d{1,4}|\d{1,4}[-/.]\d{1,2}([-/.]\d{1,4})?")


def _count(text: str) -> int | None:
    if not text:
        return None
    if re.fullmatch("[0-9]+", text):
        return int(text)
    if re.fullmatch(r"[0-9]+\.0*", text):
        raise ValueError("is not a whole number; type it without a decimal point")
    if DATE.fullmatch(text):
        raise ValueError(
            "looks like a count that a spreadsheet turned into a date; type k and n as two numbers"
        )
    raise ValueError("is not a whole number; type a count, or leave the cell empty")


def _empty_is_none(text: object) -> object:
    """An empty cell is none of it."""
    return 0 if text == "" else text


def _percent(text: str) -> tuple[float, float] | None:
    """`33` is (33, 33), `10 to 15` is (10, 15)."""
    if not text:
        return None
    try:
        if "_" in text:
            raise ValueError
        low, high = map(float, text.split(" to ")) if " to " in text else (float(text),) * 2
    except ValueError:
        hint = (
            "looks like a range that a spreadsheet turned into a date; "
            if DATE.fullmatch(text)
            else ""
        )
        raise ValueError(f"{hint}is not a percentage; write 33 or 10 to 15") from None
    if not 0 <= low <= high <= 100:
        raise ValueError("is outside 0 to 100 or upside down; write a percentage from 0 to 100")
    return low, high


def _given(text: str) -> dict[str, str]:
    """`form=miliary&immune_status=competent` by name."""
    conditions = [part.partition("=") for part in text.split("&")] if text else []
    if not all(equals for _, equals, _ in conditions):
        raise ValueError("is not a condition; write finding=state")
    return {name.strip(): state.strip() for name, _, state in conditions}


def _interval(text: str) -> tuple[float, float] | None:
    """`0.1 to 0.5` is (0.1, 0.5)."""
    if not text:
        return None
    try:
        low, high = map(float, text.split(" to "))
    except ValueError:
        raise ValueError("is not an interval; write 0.1 to 0.5, or leave the cell empty") from None
    if not 0 < low <= high < math.inf:
        raise ValueError("is not above 0 or upside down; write the lower end first")
    return low, high


Interval = Annotated[tuple[float, float] | None, BeforeValidator(_interval)]
Count = Annotated[int | None, BeforeValidator(_count)]
NumberOfPatients = int | float | None
Percent = Annotated[tuple[float, float] | None, BeforeValidator(_percent)]
Given = Annotated[dict[str, str], BeforeValidator(_given)]


class Record(BaseModel):
    """Base of all records; `row` is where it stands."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)
    row: Row = Field(repr=False)


class Disease(Record):
    """A disease: key, label, group and the id of an ontology."""

    key: Key
    label: str = Field(min_length=1)
    group: str = ""
    database_id: str = ""


class DiseaseName(Record):
    """Another name of a disease: of its literature, or its id in another ontology."""

    disease: Key
    name: str = Field(min_length=1)
    note: str = ""


class Definition(Record):
    """What a finding is, for one who has to say whether it is there."""

    finding: Key
    definition: str = Field(min_length=1)
    note: str


class FindingRecord(Record):
    """A finding, its states, the test that reveals it, and whether it is told as it seems
    pertinent, asked for in every patient, or reported whatever it shows."""

    key: Key
    label: str = Field(min_length=1)
    synonyms: Split = ()
    states: Split = PRESENCE
    group: str = ""
    revealed_by: Key | Literal[""] = ""
    reporting: Literal["pertinent", "asked", "systematic"] = "pertinent"
    hpo_id: str = ""
    hpo_label: str = ""
    note: str = ""

    @model_validator(mode="before")
    @classmethod
    def _states_and_reporting(cls, cells: dict[str, Any]) -> dict[str, Any]:
        """Where nothing is said, a finding is present or absent, and then told as it is pertinent;
        one of other states is systematic."""
        states = cells.get("states") or "|".join(PRESENCE)
        usual = "pertinent" if states == "|".join(PRESENCE) else "systematic"
        return cells | {"states": states, "reporting": cells.get("reporting") or usual}


class Source(Record):
    """A bibliography entry. `n` is the number of patients, where known."""

    key: Key
    citation: str = Field(min_length=1)
    doi: str = ""
    pmid: str = ""
    year: str = ""
    design: str = ""
    population: str = ""
    n: Count = None

    @property
    def identified(self) -> bool:
        """True where a reader can find the paper: a DOI, a PMID, or an identifier in the citation,
        such as an address, or year, volume and page."""
        return bool(self.doi or self.pmid or identifiers(self.citation))


class Sourced(Record):
    """What every number carries: its basis, its source and the place in the source."""

    basis: Basis
    source: str = Field(min_length=1)
    locator: str = ""
    note: str = ""


class Form(Sourced):
    """A form of a disease, or a neighbour (a form of `other`), and its share of the patients."""

    disease: str
    form: Key
    label: str = Field(min_length=1)
    database_id: str = ""
    k: Count = None
    n: Count = None
    percent: Percent = None
    applies: str = ""

    @property
    def owner(self) -> str:
        """What it is called beside the diseases."""
        return f"{self.disease}/{self.form}"

    @property
    def share(self) -> float:
        """The share that is stated: of a range its middle."""
        if self.k is not None and self.n:
            return self.k / self.n
        low, high = self.percent or (0.0, 0.0)
        return (low + high) / 200


class Statement(Sourced):
    """What one source says of one finding in one disease (the file), or in a form of it: the
    neighbour whose file it is, or the form that is given."""

    disease: str
    neighbour: str = ""
    finding: str
    state: str = ""
    given: Given = Field(default_factory=dict)
    k: NumberOfPatients = None
    n: NumberOfPatients = None
    percent: Percent = None
    term: str = ""

    @property
    def form(self) -> str:
        """The form that it speaks of, or nothing."""
        return self.neighbour or self.given.get("form", "")

    @property
    def owner(self) -> str:
        """`disease`, or `disease/form`."""
        form = self.form
        return f"{self.disease}/{form}" if form else self.disease

    @field_validator("k", "n", mode="before")
    @classmethod
    def _number(cls, text: str, info: ValidationInfo) -> float | None:
        """A count; of patients of one's own an expected one, which may have decimals."""
        decimals = info.data.get("basis") == LOCAL and re.fullmatch(r"[0-9]+\.[0-9]+", text)
        return float(text) if decimals else _count(text)

    @property
    def condition(self) -> str:
        """The condition but for the form, `finding=state`, or nothing."""
        if not self.given:
            return ""
        return "&".join(f"{n}={state}" for n, state in self.given.items() if n != "form")

    @property
    def count(self) -> tuple[float, float] | None:
        """(k, n) where both are known; from a percentage the only count that it can be."""
        if self.n is None or self.n == 0:
            return None
        if self.k is not None:
            return self.k, self.n
        if self.percent is None or self.percent[0] != self.percent[1]:
            return None
        return round(self.percent[0] * self.n / 100), self.n

    @property
    def share(self) -> float | None:
        """The share that is stated as one number: k/n, or a percentage that is no range."""
        if self.k is not None and self.n:
            return self.k / self.n
        if self.percent is None or self.percent[0] != self.percent[1]:
            return None
        return self.percent[0] / 100

    @property
    def decimals(self) -> int:
        """How many decimals the percentage is printed with."""
        return len(self.row.cells["percent"].partition(".")[2])

    def prints(self, percent: float) -> bool:
        """True where its single percentage is this one, rounded as it was printed."""
        if self.percent is None or self.percent[0] != self.percent[1]:
            return False
        return abs(percent - self.percent[0]) <= 0.5 * 10**-self.decimals + ROUNDING


class Weight(Sourced):
    """The Dirichlet weight of a disease in one setting."""

    disease: str
    weight: float = Field(gt=0, le=1e9, allow_inf_nan=False)


class VerbalTerm(Sourced):
    """What a word means: Beta(a, b), estimated from `cells` cells that have a word and a count.

    `anchor` is the percentage expected of the word before any cell was seen."""

    term: str
    a: float = Field(gt=0, allow_inf_nan=False)
    b: float = Field(gt=0, allow_inf_nan=False)
    cells: int = Field(ge=0)
    anchor: float = Field(gt=0, lt=100)


class AgeWord(Sourced):
    """An age group by name, in years."""

    word: str
    low: float = Field(ge=0, le=120)
    high: float = Field(ge=0, le=120)


class Dependency(Sourced):
    """An edge between two findings; `odds_ratio` inf is a subset relation."""

    child: str
    parent: str
    parent_state: Split
    odds_ratio: float = Field(gt=0)

    @property
    def is_subset(self) -> bool:
        """True where the child cannot be present without the parent."""
        return math.isinf(self.odds_ratio)


class TestRecord(Sourced):
    """A test: cost (1 = a blood test), probability of serious harm, delay in days, what it needs
    first, the `sample` that it is made from, and how much of its cost is that of taking it."""

    __test__ = False  # not a pytest class
    test: Key
    label: str
    cost: float = Field(ge=0, allow_inf_nan=False)
    harm: float = Field(ge=0, le=1)
    days: float = Field(ge=0, allow_inf_nan=False)
    requires: Split = ()
    sample: str = ""
    sampling: Annotated[float, BeforeValidator(_empty_is_none)] = Field(
        default=0, ge=0, allow_inf_nan=False
    )


class Accuracy(Sourced):
    """How well a test sees a finding; `*` is every finding that it reveals."""

    test: str
    finding: str
    sensitivity: float = Field(ge=0, le=1)
    specificity: float = Field(ge=0, le=1)


class Utility(Sourced):
    """The utility (0 worst, 1 best) of a management in a disease."""

    action: Key
    disease: str
    utility: float = Field(ge=0, le=1)


class DiseaseCard(Sourced):
    """What a disease is, what treats it ("" where nothing does), and within what time that has to
    begin."""

    disease: Key
    about: str = Field(min_length=1)
    treatment: str
    within: Literal["hours", "days", "weeks", "none"]


class Parameter(Sourced):
    """A constant of the estimation rule, and where it was estimated its 95 % interval."""

    parameter: Key
    value: float = Field(gt=0, allow_inf_nan=False)
    interval: Interval = None


R = TypeVar("R", bound=Record)


def needed(kind: type[Record]) -> set[str]:
    """The columns that a table of such records cannot do without."""
    return {name for name, field in kind.model_fields.items() if field.is_required()}


def columns(kind: type[Record], *derived: str) -> list[str]:
    """The header of a table of such records; `derived` fields do not stand in the file."""
    sourced = list(Sourced.model_fields) if issubclass(kind, Sourced) else ["row"]
    own = [name for name in kind.model_fields if name not in (*sourced, *derived)]
    return [*own, *sourced[1:]]


def read_records(
    root: Path, name: str, kind: type[R], **derived: str
) -> tuple[list[R], list[Problem]]:
    """Every well-formed record of a table, and what is wrong with the others."""
    must = needed(kind)
    rows, problems = read_rows(root, name, columns(kind, *derived), must)
    records = []
    for row in rows:
        try:
            said = {column: cell for column, cell in row.cells.items() if cell or column in must}
            records.append(kind.model_validate({"row": row, **said, **derived}))
        except ValidationError as error:
            problems += [_problem(row, detail) for detail in error.errors()]
    return records, problems


def _problem(row: Row, detail: ErrorDetails) -> Problem:
    column = str(detail["loc"][0])
    message = detail["msg"].removeprefix("Value error, ")
    problem, _, remedy = message.partition("; type ")
    problem, _, written = problem.partition("; write ")
    if detail["type"] == "literal_error":
        problem += nearest(detail["input"], re.findall(r"'(.*?)'", detail["ctx"]["expected"]))
    remedy = f"type {remedy}" if remedy else f"write {written}" if written else ""
    return row.problem(column, problem, remedy or f"see cpts/README.md for what {column} holds")
