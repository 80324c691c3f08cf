"""The knowledge base as a whole: every table under priors/ and cpts/, read into records."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from ..errors import KnowledgeBaseError, UsageError, nearest
from .gamut import Gamut, read_gamut
from .names import Names
from .records import (
    Accuracy,
    AgeWord,
    Definition,
    Dependency,
    Disease,
    DiseaseCard,
    DiseaseName,
    FindingRecord,
    Form,
    Parameter,
    R,
    Record,
    Source,
    Sourced,
    Statement,
    TestRecord,
    Utility,
    VerbalTerm,
    Weight,
    columns,
    read_records,
)
from .tables import Problem, Row, content_hash

#: What the column `given` names a form of the disease by.
FORM = "form"
#: What a knowledge base cannot do without, beside a setting and a file for each disease.
NEEDED = ("diseases", "findings")
#: The disease that stands for none of the others; its rows are those of cpts/background.csv.
OTHER = "other"
#: The source of our own judgement, which needs no row in priors/sources.csv.
EXPERT = "expert"

TABLES: dict[str, tuple[str, type[Record]]] = {
    "diseases": ("priors/diseases.csv", Disease),
    "disease_names": ("priors/disease_names.csv", DiseaseName),
    "disease_cards": ("priors/disease_cards.csv", DiseaseCard),
    "forms": ("priors/forms.csv", Form),
    "findings": ("cpts/findings.csv", FindingRecord),
    "definitions": ("priors/definitions.csv", Definition),
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
    """All records. `statements` are the rows of cpts/<disease>.csv, of cpts/background.csv and of
    cpts/neighbours/."""

    root: Path
    hash: str
    diseases: tuple[Disease, ...]
    disease_names: tuple[DiseaseName, ...]
    disease_cards: tuple[DiseaseCard, ...]
    forms: tuple[Form, ...]
    findings: tuple[FindingRecord, ...]
    definitions: tuple[Definition, ...]
    sources: tuple[Source, ...]
    verbal_scale: tuple[VerbalTerm, ...]
    age_words: tuple[AgeWord, ...]
    parameters: tuple[Parameter, ...]
    dependencies: tuple[Dependency, ...]
    tests: tuple[TestRecord, ...]
    accuracies: tuple[Accuracy, ...]
    utilities: tuple[Utility, ...]
    gamut: Gamut
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

    def sourced(self) -> Iterator[Sourced]:
        """Every record that carries a number with its source."""
        yield from self.statements
        for records in (
            self.verbal_scale,
            self.age_words,
            self.parameters,
            self.dependencies,
            self.tests,
            self.accuracies,
            self.utilities,
            self.disease_cards,
            self.forms,
            *self.settings.values(),
        ):
            yield from records

    def finding(self, name: str) -> FindingRecord:
        """The finding of that key, label or HPO id. Raises UsageError with the nearest keys."""
        if name not in self._findings:
            name = _key(self.names_of_findings, name, "finding")
        return self._findings[name]

    def disease(self, name: str) -> Disease:
        """The disease of that key, name or id. Raises UsageError with the nearest keys."""
        if name not in self._diseases:
            name = _key(self.names_of_diseases, name, "disease")
        return self._diseases[name]

    def form(self, name: str) -> Form:
        """The form called `disease/form`, or a neighbour by its own key or label. Raises UsageError
        with the nearest."""
        disease, _, form = name.rpartition("/")
        owner = f"{self.disease(disease).key if disease else OTHER}/{form}"
        if owner not in self._forms:
            near = self.neighbours.find(name) if not disease else None
            if near is None:
                known = [*self._forms, *(f.form for f in self.forms if f.disease == OTHER)]
                raise UsageError(f"form={name!r}: unknown{nearest(name, known)}")
            owner = near
        return self._forms[owner]

    @cached_property
    def _forms(self) -> dict[str, Form]:
        return {form.owner: form for form in self.forms}

    @cached_property
    def neighbours(self) -> Names:
        """What diseases outside the list are called, those of which there is an outline."""
        near = [form for form in self.forms if form.disease == OTHER]
        return Names(
            (n, form.owner) for form in near for n in (form.form, form.label, form.database_id)
        )

    @cached_property
    def _findings(self) -> dict[str, FindingRecord]:
        return {finding.key: finding for finding in self.findings}

    @cached_property
    def _diseases(self) -> dict[str, Disease]:
        return {disease.key: disease for disease in self.diseases}

    @cached_property
    def revealed(self) -> dict[str, tuple[FindingRecord, ...]]:
        """The findings that each test reveals."""
        found: dict[str, list[FindingRecord]] = {test.test: [] for test in self.tests}
        for finding in self.findings:
            if finding.revealed_by:
                found[finding.revealed_by].append(finding)
        return {test: tuple(findings) for test, findings in found.items()}

    def test(self, name: str) -> str:
        """The key of the test of that key or label. Raises UsageError with the nearest keys."""
        return _key(self.names_of_tests, name, "test")

    @cached_property
    def names_of_tests(self) -> Names:
        """Keys and labels."""
        return Names((name, t.test) for t in self.tests for name in (t.test, t.label))

    @cached_property
    def names_of_findings(self) -> Names:
        """Keys, labels and HPO terms; synonyms, which may be wider or narrower, are hints."""
        return Names(
            ((n, f.key) for f in self.findings for n in (f.key, f.label, f.hpo_id, f.hpo_label)),
            ((synonym, f.key) for f in self.findings for synonym in f.synonyms),
        )

    @cached_property
    def names_of_diseases(self) -> Names:
        """Keys, labels, ids and other names."""
        own = ((n, d.key) for d in self.diseases for n in (d.key, d.label, d.database_id))
        return Names((*own, *((other.name, other.disease) for other in self.disease_names)))

    @cached_property
    def split(self) -> str:
        """The context by which papers split their figures: the finding that the column `given` of
        cpts/ names, or nothing where no figure is split."""
        given = Counter(name for s in self.statements for name in s.given if name != FORM)
        return max(given, key=given.__getitem__, default="")

    @cached_property
    def conditions(self) -> tuple[str, ...]:
        """The conditions that a split figure is stated under, as typed: `finding=state`."""
        if not self.split:
            return ()
        return tuple(f"{self.split}={state}" for state in self.finding(self.split).states)

    @property
    def default_setting(self) -> str:
        """The setting where none is named: that of priors/gamut.toml, else the first."""
        return self.gamut.default_setting or next(iter(self.settings), "")

    def managements(self) -> dict[str, list[float]]:
        """The utilities of every management, in the order of the diseases. Raises UsageError where
        the tables have none."""
        if not self.utilities:
            raise UsageError("these tables have no managements to weigh (priors/actions.csv)")
        values = {(row.action, row.disease): row.utility for row in self.utilities}
        actions = dict.fromkeys(action for action, _ in values)
        return {a: [values[a, disease.key] for disease in self.diseases] for a in actions}

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


def split_owner(owner: str) -> tuple[str, str]:
    """Disease and form of `disease/form`; of a disease alone the form is empty."""
    disease, _, form = owner.partition("/")
    return disease, form


def file_of(owner: str) -> str:
    """The table of what is stated of a disease, of its forms too, or of a neighbour."""
    disease, form = split_owner(owner)
    if disease != OTHER:
        return f"cpts/{disease}.csv"
    return f"cpts/neighbours/{form}.csv" if form else "cpts/background.csv"


def read(root: Path) -> tuple[KnowledgeBase, list[Problem]]:
    """Every record that could be read below `root`, and what is wrong with the rest."""
    problems: list[Problem] = []

    def records(name: str, kind: type[R], **derived: str) -> tuple[R, ...]:
        found, wrong = read_records(root, name, kind, **derived)
        problems.extend(wrong)
        return tuple(found)

    tables: dict[str, tuple[Any, ...]] = {
        field: records(name, kind) if field in NEEDED or (root / name).exists() else ()
        for field, (name, kind) in TABLES.items()
    }
    gamut, wrong = read_gamut(root)
    problems += wrong
    if root.resolve() != default_root().resolve():
        tables |= _with_usual_constants(tables)
    if not any(source.key == EXPERT for source in tables["sources"]):
        tables["sources"] = (*tables["sources"], _expert())
    settings = {
        path.stem: records(f"priors/settings/{path.name}", Weight)
        for path in sorted((root / "priors" / "settings").glob("*.csv"))
    }
    statements: list[Statement] = []
    for disease in tables["diseases"]:
        path = file_of(disease.key)
        statements += records(path, Statement, disease=disease.key, neighbour="")
    neighbours = [form.form for form in tables["forms"] if form.disease == OTHER]
    for key in neighbours:
        path = file_of(f"{OTHER}/{key}")
        statements += records(path, Statement, disease=OTHER, neighbour=key)
    known = {d.key for d in tables["diseases"] if d.key != OTHER} | {"background", "findings"}
    problems += _stray_files(root, "cpts", known, "disease", "priors/diseases.csv")
    where = "priors/forms.csv"
    problems += _stray_files(root, "cpts/neighbours", set(neighbours), "neighbour", where)
    base = KnowledgeBase(
        root,
        content_hash(root),
        **tables,
        gamut=gamut,
        settings=settings,
        statements=tuple(statements),
    )
    return base, problems


def _with_usual_constants(tables: dict[str, tuple[Any, ...]]) -> dict[str, tuple[Any, ...]]:
    """The constants of the package where the tables state none, with their sources."""
    parameters, sources = usual_constants()
    stated = {parameter.parameter for parameter in tables["parameters"]}
    usual = tuple(p for p in parameters if p.parameter not in stated)
    needed = {p.source for p in usual} - {source.key for source in tables["sources"]}
    added = tuple(source for source in sources if source.key in needed)
    return {
        "parameters": (*tables["parameters"], *usual),
        "sources": (*tables["sources"], *added),
    }


@lru_cache(maxsize=1)
def usual_constants() -> tuple[list[Parameter], list[Source]]:
    """The constants of the estimation rule that the package comes with, and its sources."""
    parameters, _ = read_records(default_root(), TABLES["parameters"][0], Parameter)
    sources, _ = read_records(default_root(), TABLES["sources"][0], Source)
    return parameters, sources


def _expert() -> Source:
    """The source of our own judgement, as a row of priors/sources.csv would state it."""
    said = "Judgement of the authors of this knowledge base; nobody reported the figure"
    cells = dict.fromkeys(columns(Source), "") | {"key": EXPERT, "citation": said}
    return Source.model_validate({"row": Row(TABLES["sources"][0], 0, cells), **cells})


def _stray_files(root: Path, folder: str, known: set[str], what: str, table: str) -> list[Problem]:
    """A file that is named for nothing known would be silently ignored."""
    return [
        Problem(
            f"{folder}/{path.name}",
            1,
            "file",
            path.stem,
            f"is not a {what}" + nearest(path.stem, known),
            f"name the file for a key of {table}",
        )
        for path in sorted((root / folder).glob("*.csv"))
        if path.stem not in known
    ]


def _key(names: Names, name: str, what: str) -> str:
    key = names.find(name)
    if key is None:
        raise UsageError(f"{what}={name!r}: unknown{names.nearest(name)}")
    return key
