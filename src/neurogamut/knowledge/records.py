"""Typed records: what one row of each table says, checked cell by cell."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from ..errors import nearest
from .tables import Problem, Row, read_rows

Basis = Literal[
    "reported", "upper_bound", "indirect", "worded", "expert", "background", "illustration"
]
Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Split = Annotated[
    tuple[str, ...], BeforeValidator(lambda text: tuple(filter(None, text.split("|"))))
]
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


def _given(text: str) -> tuple[str, str] | None:
    if not text:
        return None
    name, equals, state = text.partition("=")
    if not equals:
        raise ValueError("is not a condition; write finding=state")
    return name, state


Count = Annotated[int | None, BeforeValidator(_count)]
Percent = Annotated[tuple[float, float] | None, BeforeValidator(_percent)]
Given = Annotated[tuple[str, str] | None, BeforeValidator(_given)]


class Record(BaseModel):
    """Base of all records; `row` is where it stands."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)
    row: Row = Field(repr=False)


class Disease(Record):
    """A disease: key, label, group and the id of an ontology."""

    key: Key
    label: str = Field(min_length=1)
    group: str
    database_id: str


class FindingRecord(Record):
    """A finding, its states, and the test that reveals it."""

    key: Key
    label: str = Field(min_length=1)
    synonyms: Split
    states: Split
    group: str
    revealed_by: Key
    hpo_id: str
    hpo_label: str
    note: str


class Source(Record):
    """A bibliography entry. `n` is the number of patients, where known."""

    key: Key
    citation: str = Field(min_length=1)
    doi: str
    pmid: str
    year: str
    design: str
    population: str
    n: Count


class Sourced(Record):
    """What every number carries: its basis, its source and the place in the source."""

    basis: Basis
    source: str = Field(min_length=1)
    locator: str
    note: str


class Statement(Sourced):
    """What one source says of one finding in one disease (the file)."""

    disease: str
    finding: str
    state: str
    given: Given
    k: Count
    n: Count
    percent: Percent
    term: str

    @property
    def condition(self) -> str:
        """The condition as typed, `finding=state`, or nothing."""
        return "=".join(self.given or ())

    @property
    def count(self) -> tuple[int, int] | None:
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


class Weight(Sourced):
    """The Dirichlet weight of a disease in one setting."""

    disease: str
    weight: float = Field(gt=0, le=1e6, allow_inf_nan=False)


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
    """A test: cost (1 = a blood test), probability of serious harm, delay in days, and what it
    needs first."""

    __test__ = False  # not a pytest class
    test: Key
    label: str
    cost: float = Field(ge=0, allow_inf_nan=False)
    harm: float = Field(ge=0, le=1)
    days: float = Field(ge=0, allow_inf_nan=False)
    requires: Split


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


class Parameter(Sourced):
    """A constant of the estimation rule."""

    parameter: Key
    value: float = Field(gt=0, allow_inf_nan=False)


R = TypeVar("R", bound=Record)


def columns(kind: type[Record], *derived: str) -> list[str]:
    """The header of a table of such records; `derived` fields do not stand in the file."""
    sourced = list(Sourced.model_fields) if issubclass(kind, Sourced) else ["row"]
    own = [name for name in kind.model_fields if name not in (*sourced, *derived)]
    return [*own, *sourced[1:]]


def read_records(
    root: Path, name: str, kind: type[R], **derived: str
) -> tuple[list[R], list[Problem]]:
    """Every well-formed record of a table, and what is wrong with the others."""
    rows, problems = read_rows(root, name, columns(kind, *derived))
    records = []
    for row in rows:
        try:
            records.append(kind(row=row, **row.cells, **derived))
        except ValidationError as error:
            problems += [_problem(row, detail) for detail in error.errors()]
    return records, problems


def _problem(row: Row, detail: dict) -> Problem:
    column = str(detail["loc"][0])
    message = detail["msg"].removeprefix("Value error, ")
    problem, _, remedy = message.partition("; type ")
    problem, _, written = problem.partition("; write ")
    if detail["type"] == "literal_error":
        problem += nearest(detail["input"], re.findall(r"'(.*?)'", detail["ctx"]["expected"]))
    remedy = f"type {remedy}" if remedy else f"write {written}" if written else ""
    return row.problem(column, problem, remedy or f"see cpts/README.md for what {column} holds")
