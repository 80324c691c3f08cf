"""The model: a knowledge base in one setting, its network, and the questions that can be put to it.

A question's package is imported by the method that puts it: the first posterior waits for none.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property, partial
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Literal, overload

from ._version import __version__
from .cases.case import Case, CaseEvidence, CaseReader
from .diagnosis.differential import CoexistingAnswer, Differential, Posterior
from .diagnosis.pertinent import PertinentDisease
from .diagnosis.single import SingleDisease
from .errors import UsageError, needs, require_known
from .inference.elimination.engine import Engine
from .inference.engines import engine as named_engine
from .inference.query import Queries
from .knowledge import base as knowledge
from .knowledge import provenance
from .knowledge.base import FORM, KnowledgeBase
from .knowledge.build import DIAGNOSIS, Blueprint
from .knowledge.estimate import Estimator
from .knowledge.releases import is_released
from .knowledge.reporting import PERTINENT, REPORTINGS, SYSTEMATIC, Reporting, Telling
from .knowledge.stated_priors import with_priors
from .network import Network
from .progress import Progress, silent
from .render.answer import Answers, ModelInfo

if TYPE_CHECKING:
    import altair
    import networkx
    import pandas as pd
    import pyarrow as pa
    from pgmpy.models import DiscreteBayesianNetwork

    from .cohort.row_settings import SettingsScorer
    from .cohort.scorer import Scorer
    from .diagnosis.cell import CellView
    from .diagnosis.coexisting import CoexistingDiseases
    from .diagnosis.explanation import Explanation
    from .diagnosis.interval import LeadingInterval
    from .diagnosis.profile import Profile
    from .learning.learned import LearnedTables
    from .next_test.questions import Budget, WhatNext
    from .next_test.ranked import NextTests
    from .next_test.tree import Plan
    from .sensitivity.analysis import Sensitivity
    from .sensitivity.knowledge_changes import KnowledgeChanges
    from .sensitivity.knowledge_distance import KnowledgeDistance
    from .sensitivity.subject import Subject

#: The columns of what a table is answered on request.
INTERVAL, NEXT_TEST = ("leading_low", "leading_high"), "next_test"
#: What patients of one's own are called as a source.
OWN = "own_patients"
SINGLE, COEXISTING = "single", "coexisting"
ASSUMPTIONS = (SINGLE, COEXISTING)


def load(
    setting: str | None = None,
    *,
    root: str | Path | None = None,
    engine: str = "compiled",
    priors: Mapping[str, float] | None = None,
) -> Model:
    """The model of a setting (default: the one that the tables name), from the knowledge base below
    `root` (default: the package's own). `priors` as in `Model.with_priors`.

    Raises KnowledgeBaseError with every mistake in the tables, and UsageError for an unknown
    setting or engine, and for priors that cannot be.

    >>> import neurogamut as ng
    >>> model = ng.load("tb_endemic")
    >>> model.info.setting
    'tb_endemic'
    """
    with _no_collection():
        folder = Path(root) if root else knowledge.default_root()
        base, problems = knowledge.read(folder)
        estimator = Estimator(base)
        if problems or not is_released(folder, base.hash):
            from .knowledge.check import require_valid

            require_valid(base, estimator, problems)
        blueprint = Blueprint.of(estimator, setting or base.default_setting)
        return Model(with_priors(blueprint, priors) if priors else blueprint, engine)


@contextmanager
def _no_collection() -> Iterator[None]:
    """Reading makes many objects that stay: looking for garbage among them finds none."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


class Model:
    """A Bayesian network built from a knowledge base. Immutable and safe to share.

    The examples below go on from these lines.

    >>> import neurogamut as ng
    >>> model = ng.load()
    >>> case = {"age": 27, "corpus_callosum_lesions": "present", "hearing_loss": "present"}
    """

    def __init__(self, blueprint: Blueprint, engine: str = "compiled"):
        self.blueprint = blueprint
        self.base: KnowledgeBase = blueprint.base
        self.network: Network = blueprint.network()
        self.engine: Queries = named_engine(engine, self.network)
        self.info = ModelInfo(
            __version__,
            self.base.hash,
            blueprint.setting,
            self.engine.name,
            priors=blueprint.priors,
        )
        self.cases = CaseReader(self.base)
        systematic = replace(self.info, reporting=SYSTEMATIC)
        self.single = SingleDisease(blueprint, self.engine, systematic)
        self.labels = {disease.key: disease.label for disease in self.base.diseases}

    def __repr__(self) -> str:
        return f"<Model: {self.info}>"

    def in_setting(self, setting: str) -> Model:
        """The same knowledge base with the priors of another setting.

        >>> children = model.in_setting("paediatric")
        >>> children.prior["tuberous_sclerosis"] > model.prior["tuberous_sclerosis"]
        True
        """
        return Model(self.blueprint.in_setting(setting), self.info.engine)

    def with_priors(self, priors: Mapping[str, float]) -> Model:
        """The same with the prior probability of some diseases stated, and the others in proportion
        to what they were. Like those of a setting they are of its population; under pertinent
        reporting, who is asked about is chosen from it (docs/reporting.md).

        Raises UsageError for an unknown disease, for what is no probability above 0 and below 1,
        and for some that leave nothing to the others.

        >>> round(model.with_priors({"susac": 0.05}).prior["susac"], 12)
        0.05
        """
        return Model(with_priors(self.blueprint, priors), self.info.engine)

    def without(self, sources: Iterable[str]) -> Model:
        """The model as if these sources had said nothing of any finding.

        >>> model.without(["bot_2020"]).posterior(case).leading
        'susac'
        """
        return Model(self.blueprint.without(frozenset(sources)), self.info.engine)

    # -- what is it? ------------------------------------------------------------------------

    @overload
    def posterior(
        self, case: Case, assume: Literal["single"] = "single", reporting: str | None = None
    ) -> Posterior: ...
    @overload
    def posterior(
        self,
        case: Case,
        assume: Literal["coexisting"],
        reporting: str | None = None,
        progress: Progress = silent,
    ) -> CoexistingAnswer: ...
    @overload
    def posterior(
        self,
        case: Case,
        assume: str,
        reporting: str | None = None,
        progress: Progress = silent,
    ) -> Differential: ...
    def posterior(
        self,
        case: Case,
        assume: str = SINGLE,
        reporting: str | None = None,
        progress: Progress = silent,
    ) -> Differential:
        """P(disease | case) for every disease: assuming that a "single" one explains the case, or
        that any number of them may be "coexisting" (docs/coexisting.md).

        `reporting` says how the case came about: "pertinent", what a person told or a report says,
        who chose what to mention (the default), or "systematic", a checklist worked through, as in
        a registry (docs/reporting.md). Coexisting diseases are systematic only; they take long
        where many findings are positive, and tell `progress` the share that is done.

        Raises CaseError for a case that cannot be read, ImpossibleEvidenceError, with the smallest
        set of findings that cannot hold together, where P(case) = 0, UsageError for an unknown
        assumption or reporting, or the two of them where they do not go together, and
        QueryTooLargeError where too many findings are positive for coexisting.

        >>> import neurogamut as ng
        >>> model = ng.load()
        >>> posterior = model.posterior({"age": 27, "corpus_callosum_lesions": "present"})
        >>> posterior.leading
        'susac'
        """
        require_known("assume", assume, ASSUMPTIONS)
        if assume == SINGLE:
            evidence = self._read(case)
            return self.read_as(reporting or PERTINENT).of_case(evidence).posterior(evidence)
        if reporting not in (None, SYSTEMATIC):
            raise UsageError(
                f"reporting={reporting!r}: coexisting diseases are answered under systematic "
                "reporting only; leave it out, or assume='single'"
            )
        return self.coexisting.posterior(self._read(case), progress)

    def seconds(self, case: Case) -> float:
        """About how long the posterior of coexisting diseases will take, here and now. Raises as
        that does.

        >>> model.seconds(case) < 5
        True
        """
        return self.coexisting.seconds(self._read(case))

    def read_as(self, reporting: str) -> SingleDisease:
        """A single disease explains the case, which is read as `reporting` says.

        Raises UsageError for an unknown reporting.

        >>> model.read_as("systematic").rates("fever").shape
        (29, 2)
        """
        require_known("reporting", reporting, REPORTINGS)
        return self.single if reporting == SYSTEMATIC else self.pertinent

    @cached_property
    def pertinent(self) -> PertinentDisease:
        """The same as `single`, of cases in which what is said was chosen."""
        reporting = Reporting.of(self.base)
        asked = reporting.among_asked(self.blueprint)
        telling = Telling.of(asked, reporting)
        engine = named_engine(self.info.engine, telling.around(asked.network()))
        return PertinentDisease(asked, engine, telling, replace(self.info, reporting=PERTINENT))

    @cached_property
    def coexisting(self) -> CoexistingDiseases:
        """The same knowledge base with one node per disease."""
        from .diagnosis.coexisting import CoexistingDiseases

        info = replace(self.info, assume=COEXISTING, reporting=SYSTEMATIC)
        return CoexistingDiseases(self.base, self.engine, info)

    @property
    def prior(self) -> Mapping[str, float]:
        """P(disease) in this setting."""
        return self.single.prior

    def _read(self, case: Case | PathLike[str]) -> CaseEvidence:
        """The evidence of a case, or of a file that holds one."""
        if isinstance(case, PathLike):
            from .cases.files import read_case_file

            case = read_case_file(Path(case), self.base.root)
        return self.cases.read(case)

    # -- many cases -------------------------------------------------------------------------

    def posteriors(
        self,
        table: pd.DataFrame | pa.Table | Sequence[Case],
        jobs: int = 1,
        reporting: str = SYSTEMATIC,
        *,
        keep: Sequence[str] = (),
        ignore: Sequence[str] = (),
        intervals: bool = False,
        next_test: bool = False,
    ) -> pd.DataFrame | pa.Table:
        """P(disease | row) of a table with one row a case, as a table of the same kind; of a list
        of cases as a pandas table.

        A column is a finding, `id` is passed through, a missing value is not assessed; a column
        `setting` says whose priors a row is answered with, `fever:present` and `fever:absent` hold
        a likelihood (docs/cohorts.md). `jobs` threads compute. `reporting` as in `posterior`; a
        registry whose columns were worked through in every patient is systematic. Columns to
        `keep` stand beside the answers, those to `ignore` do not. With `intervals` there is the
        95 % interval of the leading disease's probability, with `next_test` the best next test;
        both take a moment for every row. Raises CaseError with the number of each row (from 1) that
        cannot be read or is impossible, and for what is no table.

        >>> import pandas as pd
        >>> table = pd.DataFrame({"age": [27, 70], "hearing_loss": ["present", None]})
        >>> model.posteriors(table)[["leading", "warning"]].shape
        (2, 2)
        """
        with needs("cohort"):
            from .cohort import frames

        answered = partial(
            self.scorer,
            reporting=reporting,
            keep=keep,
            ignore=ignore,
            intervals=intervals,
            next_test=next_test,
        )
        return frames.posteriors(answered, table, jobs)

    def scorer(
        self,
        columns: Iterable[str],
        reporting: str = SYSTEMATIC,
        *,
        keep: Sequence[str] = (),
        ignore: Sequence[str] = (),
        intervals: bool = False,
        next_test: bool = False,
    ) -> Scorer | SettingsScorer:
        """What answers tables with these columns, block by block; options as in `posteriors`.
        Raises CaseError for a column that is no finding."""
        with needs("cohort"):
            from .cohort.row_settings import SETTING, SettingsScorer
            from .cohort.scorer import Scorer, Wanted

        columns = list(columns)
        by_row = SETTING in columns and SETTING not in (*keep, *ignore)
        aside = (*ignore, SETTING) if by_row else tuple(ignore)
        more = (*(INTERVAL if intervals else ()), *((NEXT_TEST,) if next_test else ()))

        def scorer(model: Model) -> Scorer:
            view = model.read_as(reporting)
            per_row = partial(model._per_row, reporting, intervals, next_test) if more else None
            wanted = Wanted(tuple(keep), aside, more, per_row)
            return Scorer(view, _compiled(view.engine), columns, wanted)

        if not by_row:
            return scorer(self)
        if self.info.priors:
            raise UsageError("a column 'setting' says whose priors a row has: state none beside it")
        scorers = {name: scorer(self.in_setting(name)) for name in self.base.settings}
        return SettingsScorer(scorers, self.info.setting)

    def _per_row(
        self, reporting: str, intervals: bool, next_test: bool, case: Case
    ) -> dict[str, object]:
        """What is answered of a row on request."""
        evidence, found = self._read(case), dict[str, object]()
        if intervals:
            found |= dict(zip(INTERVAL, self._intervals(reporting).of(evidence), strict=True))
        if next_test:
            tests = self._what_next(reporting).next_tests(evidence, "utility", 0).tests
            found[NEXT_TEST] = tests[0].test if tests else None
        return found

    def _intervals(self, reporting: str) -> LeadingInterval:
        from .diagnosis.interval import LeadingInterval

        if reporting not in self._drawn:
            view = self.read_as(reporting)
            self._drawn[reporting] = LeadingInterval(view, _compiled(view.engine))
        return self._drawn[reporting]

    @cached_property
    def _drawn(self) -> dict[str, LeadingInterval]:
        """Draws of all figures, by how cases are read, once they were wanted."""
        return {}

    def findings_posterior(self, case: Case) -> dict[str, dict[str, float]]:
        """P(finding | case) of every finding that the case does not name, by state.

        Raises as `posterior` does.

        >>> found = model.findings_posterior(case)["retinal_artery_occlusion"]
        >>> sorted(found)
        ['absent', 'present']
        """
        evidence = self._read(case)
        variables = self.network.variables
        return {
            name: dict(zip(variables[name].states, map(float, table), strict=True))
            for name, table in _compiled(self.engine).marginals(evidence.network).items()
            if name not in (DIAGNOSIS, FORM) and name not in evidence.network
        }

    # -- patients of one's own ----------------------------------------------------------------

    def learn(
        self,
        patients: pd.DataFrame | pa.Table | PathLike[str] | Iterable[Case],
        *,
        source: str = OWN,
        weight: float | None = None,
        fading: float = 1.0,
        cross_validate: bool = True,
        reporting: str = SYSTEMATIC,
        jobs: int = 1,
        tell: Callable[[str], None] = lambda what: None,
    ) -> LearnedTables:
        """Tables with what patients add whose diagnosis is known: a table with a column
        `diagnosis`, cases with that key, or a file of either (docs/learning.md).

        `source` is the key of the hospital in the tables. `weight` is how many patients of the
        tables one of them weighs as; where it is None, cross-validation estimates it. With `fading`
        below 1 each patient weighs that much of the next one. `cross_validate` sees whether it
        helps. With `reporting` "pertinent" somebody chose what to mention of them, and what was not
        mentioned teaches as well; "systematic" is a checklist, where it teaches nothing. Of each
        disease its figures as a whole are learned, not those of its forms. `jobs` threads compute,
        `tell` is told what is being done. The answer's `write` makes a folder for `load(root=...)`.

        Raises CaseError with the rows that cannot be read, and UsageError where these tables were
        learned already.

        >>> told = [{"diagnosis": "susac", "skin_lesions": "present"}] * 9
        >>> learned = model.learn(told)
        >>> [(c.k, c.n) for c in learned.cells if c.finding == "skin_lesions"]
        [(9.0, 9.0)]
        """
        with needs("cohort"):
            from .learning.choice import Choice
            from .learning.diagnosed import DiagnosedReader
            from .learning.lesson import Lesson, learn

        whole = self.blueprint.as_wholes()
        reader = DiagnosedReader(self.base, whole.network(), fading)
        info = self.read_as(reporting).info

        def view_of(blueprint: Blueprint) -> SingleDisease:
            return Model(blueprint).read_as(reporting)

        choice = Choice.of(self.base) if reporting == PERTINENT else None
        lesson = Lesson(
            blueprint=whole,
            view_of=view_of,
            info=info,
            source=source,
            weight=weight,
            divided=cross_validate,
            with_ratios=not self.blueprint.structure.forms,
            choice=choice,
            tell=tell,
        )
        if isinstance(patients, PathLike):
            read = reader.file(Path(patients))
        else:
            read = reader.read(patients)
        return learn(lesson, read, jobs)

    # -- why? -------------------------------------------------------------------------------

    def explain(
        self,
        case: Case,
        disease: str | None = None,
        against: str | None = None,
        reporting: str = PERTINENT,
    ) -> Explanation:
        """Each finding's weight of evidence for `disease` (default: the leading one) against
        another (default: the next that has a name) and against all others, with the rows behind
        it, and what being told at all adds. `reporting` as in `posterior`.

        >>> why = model.explain(case, against="nmosd")
        >>> why.disease, why.weights[0].finding
        ('susac', 'hearing_loss')
        """
        from .diagnosis.explanation import explain

        evidence = self._read(case)
        view = self.read_as(reporting).of_case(evidence)
        return explain(view, evidence, disease, against)

    # -- what next? -------------------------------------------------------------------------

    def next_tests(
        self,
        case: Case,
        by: str = "utility",
        seed: int = 0,
        reporting: str = PERTINENT,
        literature: bool = False,
    ) -> NextTests:
        """Every remaining test, best first `by` "utility", "bits" or "bits-per-cost": what it
        would tell, take and be worth, why, and whether to stop. `seed` is of what is sampled.
        `reporting` as in `posterior`; what a test reveals is reported whatever it shows. With
        `literature` also the published figures whose better knowledge would be worth most.

        Raises UsageError for an unknown order, and for the case as `posterior` does.

        >>> answer = model.next_tests(case, by="bits")
        >>> answer.tests[0].information_gain_bits >= answer.tests[1].information_gain_bits
        True
        """
        answer = self._what_next(reporting).next_tests(self._read(case), by, seed)
        if not literature:
            return answer
        figures = self.sensitivity(case, reporting=reporting).evppi(seed=seed)
        return self._what_next(reporting).beside(answer, figures.in_words())

    def plan(
        self,
        case: Case,
        budget: Budget = None,
        by: str = "greedy",
        seed: int = 0,
        reporting: str = PERTINENT,
    ) -> Plan:
        """A decision tree of tests, searched `by` "greedy", "two-step", "ec2" or "paper". `budget`
        limits cost, harm or days by name; a number alone limits the cost. `reporting` as in
        `next_tests`.

        Raises UsageError for an unknown search or budget, and for the case as `posterior` does.

        >>> model.plan(case, budget={"cost": 20}).expected["cost"] <= 20
        True
        """
        return self._what_next(reporting).plan(self._read(case), budget, by, seed)

    def _what_next(self, reporting: str) -> WhatNext:
        from .next_test.questions import WhatNext

        if reporting not in self._asked:
            self._asked[reporting] = WhatNext(self.read_as(reporting))
        return self._asked[reporting]

    @cached_property
    def _asked(self) -> dict[str, WhatNext]:
        """What next, by how cases are read, once it was asked."""
        return {}

    # -- how sure? --------------------------------------------------------------------------

    def sensitivity(
        self,
        *cases: Case,
        target: str | None = None,
        names: Sequence[str] = (),
        reporting: str = PERTINENT,
    ) -> Sensitivity:
        """What the answer to a case hangs on: `.oneway()`, `.tornado()`, `.flip()` and others.
        `target` is the disease in question (default: the leading one). With several cases,
        `names` are what tables call them (default: their numbers). `reporting` as in `posterior`;
        how readily findings are told stays as it is while figures move.

        Raises UsageError for an unknown disease, and for a case as `posterior` does.

        >>> asked = model.sensitivity(case)
        >>> asked.flip().records()[0]["finding"]
        'diagnosis'
        """
        from .sensitivity.analysis import Sensitivity

        return Sensitivity(self._subjects(cases, target, names, reporting))

    def distance(
        self, other: Model, *cases: Case, target: str | None = None, names: Sequence[str] = ()
    ) -> KnowledgeDistance:
        """How far another model is from this one (Chan and Darwiche), what that allows any query
        to change, and what changes most on the cases. Of two gamuts, what both have is compared,
        and the rest named.

        Raises UsageError where they have no disease in common, and for a case as `posterior` does.

        >>> model.distance(model).distance
        0.0
        """
        from .sensitivity.common_ground import common_ground
        from .sensitivity.knowledge_distance import knowledge_distance

        ground, models = common_ground(self.blueprint, other.blueprint), (self.info, other.info)
        named = dict(zip(names or map(str, range(1, len(cases) + 1)), cases, strict=True))
        posed = ground.posed(named, target, (self.single.info, other.single.info))
        return knowledge_distance(ground, posed, self.labels, models)

    def diff(
        self,
        other: Model,
        *cases: Case,
        names: Sequence[str] = (),
        reporting: str = PERTINENT,
    ) -> KnowledgeChanges:
        """What the tables of another model say otherwise, in words, which probabilities moved, and
        what became of the cases, each posed to both without the findings that one has not.

        Raises CaseError for what neither can read, and as `posterior` does.

        >>> model.diff(model).edits
        ()
        """
        from .knowledge.edits import edits
        from .sensitivity.knowledge_changes import KnowledgeChanges, cell_changes, reposed

        views = self.read_as(reporting), other.read_as(reporting)
        named = zip(names or map(str, range(1, len(cases) + 1)), cases, strict=True)
        posed = [reposed(name, case, *views) for name, case in named]
        return KnowledgeChanges(
            edits=edits(self.base, other.base),
            cells=cell_changes(self.single, other.single),
            cases=tuple(sorted(posed, key=lambda case: -abs(case.largest))),
            labels={**other.labels, **self.labels},
            model=views[0].info,
            after=views[1].info,
        )

    def _subjects(
        self, cases: Sequence[Case], target: str | None, names: Sequence[str], reporting: str
    ) -> dict[str, Subject]:
        from .sensitivity.subject import subjects

        posed = [self._read(case) for case in cases]
        view = self.read_as(reporting)
        return subjects(view, _compiled(view.engine), posed, target, names)

    # -- the knowledge base -----------------------------------------------------------------

    def show(self, finding: str, disease: str) -> Answers[CellView]:
        """The cell of a finding in a disease, or in a `disease/form`, with its distribution and
        every row behind it; one per immune status only where the two differ.

        >>> cell = model.show("corpus_callosum_lesions", "susac")[0]
        >>> cell.distribution["present"]["a"], cell.distribution["present"]["b"]
        (27.5, 0.5)
        """
        from .diagnosis.cell import cell_views

        return cell_views(self.blueprint, finding, disease, self.info)

    def profile(self, disease: str) -> Profile:
        """A disease as one looks it up: what it is, what treats it and how soon, and the findings
        that set it apart, with their rates in it and in all others.

        Raises UsageError for an unknown disease.

        >>> susac = model.profile("susac")
        >>> susac.within, susac.features[0].finding
        ('days', 'retinal_artery_occlusion')
        """
        from .diagnosis.profile import profile

        return profile(self.single, disease)

    @property
    def diseases(self) -> pd.DataFrame:
        """One row per disease: label, group, ontology id, prior.

        >>> model.diseases.loc["susac", "label"]
        'Susac syndrome'
        """
        frame = provenance.frame(self.base.diseases, "key")
        return frame.assign(prior=frame.index.map(self.prior))

    @property
    def forms(self) -> pd.DataFrame:
        """One row per form of a disease, those of `other` being its neighbours: disease, label,
        share of the disease, when it applies, basis and source.

        >>> bool(model.forms["share"].between(0, 1).all())
        True
        """
        frame = provenance.frame(self.base.forms, "form")
        return frame.assign(share=[form.share for form in self.base.forms])

    @property
    def findings(self) -> pd.DataFrame:
        """One row per finding: label, synonyms, states, group, the test that reveals it, HPO id.

        >>> model.findings.loc["hearing_loss", "states"]
        ('present', 'absent')
        """
        return provenance.frame(self.base.findings, "key")

    @property
    def tests(self) -> pd.DataFrame:
        """One row per test: cost, harm, days, what it needs first, basis and source.

        >>> float(model.tests.loc["history", "cost"])
        0.0
        """
        return provenance.frame(self.base.tests, "test")

    @property
    def sources(self) -> pd.DataFrame:
        """One row per bibliography entry.

        >>> model.sources.loc["bot_2020", "doi"]
        '10.1007/s00234-019-02335-5'
        """
        return provenance.frame(self.base.sources, "key")

    @property
    def statements(self) -> pd.DataFrame:
        """One row per statement of a source: the whole of cpts/, with file, line and rank.

        >>> rows = model.statements
        >>> set(rows.loc[rows["used"], "disease"]) >= {"susac", "nmosd"}
        True
        """
        return provenance.statements(self.base, self.blueprint.all_cells)

    # -- the network ------------------------------------------------------------------------

    def graph(self) -> networkx.DiGraph:
        """The network as a graph: states, label and group of each node, `odds_ratio` of each edge
        between two findings.

        >>> model.graph().nodes["sex"]["states"]
        ('female', 'male')
        """
        from . import graph

        return graph.annotated(self.network, self.base)

    def draw(self, around: str | None = None) -> altair.LayerChart:
        """A picture of the network, or of what surrounds a disease or a finding; the width of a
        line is the weight of evidence (an altair chart).

        Raises UsageError for a key that is neither a disease nor a finding.

        >>> model.draw("susac").to_dict()["title"]["text"]
        'What speaks for and against: Susac syndrome'
        """
        from . import graph

        rates = self.single.all_rates()
        return graph.draw(self.network, self.base, rates, self.prior, self.info, around)

    # -- exchange ---------------------------------------------------------------------------

    def to_pgmpy(self, reporting: str = SYSTEMATIC) -> DiscreteBayesianNetwork:
        """The network for pgmpy; the root is `diagnosis`, names and states are the keys.

        With "pertinent" reporting it has a node `said_<finding>` (present, absent, not_said) beside
        each finding that may be told or not, and `findings_told`, how many of them are; give it
        both, and leave what was not said unobserved.

        >>> int(model.to_pgmpy().get_cardinality("sex"))
        2
        """
        return self.read_as(reporting).network.to_pgmpy()

    def export(self, path: str | Path, reporting: str = SYSTEMATIC) -> None:
        """Write the network as BIF (`.bif`) or XMLBIF (`.xml`), with what made it and every
        published figure behind it as comments; `reporting` as in `to_pgmpy`.

        >>> from tempfile import mkdtemp
        >>> path = mkdtemp() + "/model.bif"
        >>> model.export(path)
        >>> ng.Network.read(path).variable("sex").states
        ('female', 'male')
        """
        view = self.read_as(reporting)
        lines = provenance.lines(self.blueprint.all_cells)
        view.network.write(path, [str(view.info), *lines])


def _compiled(engine: Queries) -> Engine:
    if not isinstance(engine, Engine):
        raise UsageError(f"engine={engine.name!r} cannot answer this; use 'compiled'")
    return engine
