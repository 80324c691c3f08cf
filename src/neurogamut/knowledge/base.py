"""The knowledge base as a whole: every table under priors/ and cpts/, read into records."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from ..errors import KnowledgeBaseError, UsageError, nearest
from .records import (
    Accuracy,
    AgeWord,
    Dependency,
    Disease,
    FindingRecord,
    Parameter,
    Record,
    Source,
    Statement,
    TestRecord,
    Utility,
    VerbalTerm,
    Weight,
    read_records,
)
from .tables import Problem, Row, content_hash

#: The disease that stands for none of the others; its rows are those of cpts/background.csv.
OTHER = "other"

TABLES: dict[str, tuple[str, type[Record]]] = {
    "diseases": ("priors/diseases.csv", Disease),
    "findings": ("cpts/findings.csv", FindingRecord),
    "sources": ("priors/sources.csv", Source),
    "verbal_scale": ("priors/verbal_scale.csv", VerbalTerm),
    "age_words": ("priors/age_words.csv", AgeWord),
    "parameters": ("priors/estimation.csv", Parameter),
    "dependencies": ("priors/dependencies.csv", Dependency),
    "tests": ("priors/tests.csv", TestRecord),
    "accuracies": ("priors/test_findings.csv", Accuracy),
    "utilities": ("priors/actions.csv", Utility),
}


@dataclass(frozen=True, eq=False)
class KnowledgeBase:
    """All records. `statements` are the rows of cpts/<disease>.csv and of cpts/background.csv."""

    root: Path
    hash: str
    diseases: tuple[Disease, ...]
    findings: tuple[FindingRecord, ...]
    sources: tuple[Source, ...]
    verbal_scale: tuple[VerbalTerm, ...]
    age_words: tuple[AgeWord, ...]
    parameters: tuple[Parameter, ...]
    dependencies: tuple[Dependency, ...]
    tests: tuple[TestRecord, ...]
    accuracies: tuple[Accuracy, ...]
    utilities: tuple[Utility, ...]
    settings: dict[str, tuple[Weight, ...]]
    statements: tuple[Statement, ...]

    def constant(self, name: str) -> float:
        """A constant of the estimation rule, from priors/estimation.csv."""
        try:
            return self._constants[name]
        except KeyError:
            missing = Row("priors/estimation.csv", 1, {"parameter": name})
            problem = missing.problem("parameter", "is missing", "add its row")
            raise KnowledgeBaseError([problem]) from None

    @cached_property
    def _constants(self) -> dict[str, float]:
        return {parameter.parameter: parameter.value for parameter in self.parameters}

    def finding(self, key: str) -> FindingRecord:
        """The finding of that key. Raises UsageError with the nearest keys."""
        return _find(self.findings, key, "finding")

    def disease(self, key: str) -> Disease:
        """The disease of that key. Raises UsageError with the nearest keys."""
        return _find(self.diseases, key, "disease")

    def weights(self, setting: str) -> tuple[Weight, ...]:
        """The prior weights of a setting. Raises UsageError with the settings that exist."""
        if setting not in self.settings:
            known = ", ".join(self.settings)
            hint = nearest(setting, self.settings)
            raise UsageError(f"setting={setting!r}: unknown; expected one of {known}{hint}")
        return self.settings[setting]


def default_root() -> Path:
    """Where priors/ and cpts/ are: inside an installed wheel, or the top of the repository."""
    package = Path(__file__).resolve().parents[1]
    installed = package / "data"
    return installed if (installed / "priors").is_dir() else package.parents[1]


def read(root: Path) -> tuple[KnowledgeBase, list[Problem]]:
    """Every record that could be read below `root`, and what is wrong with the rest."""
    problems: list[Problem] = []

    def records(name: str, kind: type[Record], **derived: str) -> tuple:
        found, wrong = read_records(root, name, kind, **derived)
        problems.extend(wrong)
        return tuple(found)

    tables = {field: records(name, kind) for field, (name, kind) in TABLES.items()}
    settings = {
        path.stem: records(f"priors/settings/{path.name}", Weight)
        for path in sorted((root / "priors" / "settings").glob("*.csv"))
    }
    statements: list[Statement] = []
    for disease in tables["diseases"]:
        stem = "background" if disease.key == OTHER else disease.key
        statements += records(f"cpts/{stem}.csv", Statement, disease=disease.key)
    problems += _stray_files(root, tables["diseases"])
    base = KnowledgeBase(
        root, content_hash(root), **tables, settings=settings, statements=tuple(statements)
    )
    return base, problems


def _stray_files(root: Path, diseases: tuple[Disease, ...]) -> list[Problem]:
    """A file in cpts/ that is named for no disease would be silently ignored."""
    known = {d.key for d in diseases if d.key != OTHER} | {"background", "findings"}
    return [
        Problem(
            f"cpts/{path.name}",
            1,
            "file",
            path.stem,
            "is not a disease" + nearest(path.stem, known),
            "name the file for a key of priors/diseases.csv",
        )
        for path in sorted((root / "cpts").glob("*.csv"))
        if path.stem not in known
    ]


def _find(records: tuple, key: str, what: str):
    for record in records:
        if record.key == key:
            return record
    raise UsageError(f"{what}={key!r}: unknown{nearest(key, [r.key for r in records])}")
