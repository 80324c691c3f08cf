"""The model: a knowledge base in one setting, its network, and the questions that can be put to it.

A question's package is imported by the method that puts it: the first posterior waits for none.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from . import __version__, explain, open_world, provenance
from .errors import UsageError, nearest
from .evidence import Case, CaseEvidence, read_case
from .inference.engine import Engine
from .knowledge import base as knowledge
from .knowledge import build, check
from .knowledge.base import KnowledgeBase
from .knowledge.build import DIAGNOSIS, SPLIT, Columns, Structure
from .knowledge.estimate import Cell, Estimator
from .network import Network
from .results import FITS_NOTHING, CellView, Explanation, ModelInfo, Posterior, Weight

if TYPE_CHECKING:
    import altair
    import networkx
    import pandas as pd
    import pyarrow as pa
    from pgmpy.models import DiscreteBayesianNetwork

    from .coexisting_model import CoexistingModel
    from .coexisting_results import CoexistingAnswer
    from .cohort.scorer import Scorer
    from .next_test.answers import NextTests, Plan
    from .next_test.questions import Budget
    from .next_test.workup import Workup
    from .sensitivity.analysis import Sensitivity
    from .sensitivity.knowledge_distance import KnowledgeDistance
    from .sensitivity.subject import Subject

DEFAULT_SETTING = "adult_referral"
ENGINES = ("compiled", "reference")
SINGLE = "single"
ASSUMPTIONS = (SINGLE, "coexisting")


def load(
    setting: str = DEFAULT_SETTING, *, root: str | Path | None = None, engine: str = "compiled"
) -> Model:
    """The model of a setting, from the knowledge base below `root` (default: the package's own).

    Raises KnowledgeBaseError with every mistake in the tables, and UsageError for an unknown
    setting or engine."""
    base, problems = knowledge.read(Path(root) if root else knowledge.default_root())
    estimator = Estimator(base)
    check.require_valid(base, estimator, problems)
    return Model(estimator, setting, engine)


class Model:
    """A Bayesian network built from a knowledge base. Immutable and safe to share."""

    def __init__(
        self, estimator: Estimator, setting: str = DEFAULT_SETTING, engine: str = "compiled"
    ):
        self._estimator = estimator
        self.base: KnowledgeBase = estimator.base
        base = self.base
        self.structure: Structure = build.structure(base, estimator)
        self.cells: dict[tuple, Cell] = build.cells(base, estimator)
        self.columns: Columns = build.columns(base, self.structure, self.cells, setting)
        self.network: Network = build.network(
            self.structure, build.cpts(self.structure, self.columns.means())
        )
        self.engine = _engine(engine, self.network)
        self._known_rates: dict[str, np.ndarray] = {}
        self._known_spreads: dict[str, open_world.Spread] = {}
        self.fit_rule = open_world.FitRule.of(base, self.network)
        self.info = ModelInfo(__version__, base.hash, setting, self.engine.name)
        self.labels = {disease.key: disease.label for disease in base.diseases}

    def in_setting(self, setting: str) -> Model:
        """The same knowledge base with the priors of another setting."""
        return Model(self._estimator, setting, self.info.engine)

    # -- what is it? ------------------------------------------------------------------------

    def posterior(self, case: Case, assume: str = SINGLE) -> Posterior | CoexistingAnswer:
        """P(disease | case) for every disease: assuming that a "single" one explains the case, or
        that any number of them may be "coexisting" (docs/coexisting.md).

        Raises CaseError for a case that cannot be read, ImpossibleEvidenceError, with the smallest
        set of findings that cannot hold together, where P(case) = 0, UsageError for an unknown
        assumption, and QueryTooLargeError where too many findings are positive for coexisting."""
        if assume not in ASSUMPTIONS:
            expected = f"expected one of {', '.join(ASSUMPTIONS)}{nearest(assume, ASSUMPTIONS)}"
            raise UsageError(f"assume={assume!r}: {expected}")
        evidence = read_case(self.base, case)
        ask = self._posterior if assume == SINGLE else self.coexisting.posterior
        return ask(evidence)

    @cached_property
    def coexisting(self) -> CoexistingModel:
        """The same knowledge base with one node per disease."""
        from .coexisting_model import CoexistingModel

        return CoexistingModel(self.base, self.engine, self.info)

    def _posterior(self, evidence: CaseEvidence) -> Posterior:
        answer = self.engine.query(DIAGNOSIS, evidence.network)
        probabilities = dict(zip(self.labels, map(float, answer.table), strict=True))
        conflict = self._conflict(evidence, answer.log_evidence)
        fit = open_world.fit(answer.table, self.typicality(evidence))
        return Posterior(
            probabilities,
            self.prior,
            self.labels,
            answer.log_evidence,
            conflict,
            fit,
            evidence.understood,
            evidence.ignored,
            self._warnings(answer.table, conflict, fit),
            self.info,
        )

    def _warnings(self, posterior: np.ndarray, conflict: float, fit: float) -> tuple[str, ...]:
        """When the case fits no disease of the network, or its findings do not fit together."""
        warnings = []
        if self.fit_rule.unlisted_leads(posterior):
            reason = "none explains the findings better than their background rates"
            warnings.append(f"{FITS_NOTHING}: {reason}")
        elif self.fit_rule.nothing_fits(posterior, fit):
            rarity = round(1 / self.fit_rule.level)
            reason = (
                f"fewer than one patient in {rarity} with its probable diseases shows "
                "findings as unusual as these"
            )
            warnings.append(f"{FITS_NOTHING}: {reason}")
        if open_world.conflicting(conflict, self.fit_rule.factor):
            warnings.append(
                f"the findings conflict: together they are at least {self.fit_rule.factor:g} times "
                "less probable than if they had nothing to do with each other"
            )
        return tuple(warnings)

    @cached_property
    def prior(self) -> dict[str, float]:
        """P(disease) in this setting."""
        prior = self.network.cpts[DIAGNOSIS].table
        return dict(zip(self.labels, map(float, prior), strict=True))

    def _conflict(self, evidence: CaseEvidence, log_evidence: float) -> float:
        encoded = self.network.encode(evidence.network)
        states = {name: np.eye(len(self._rates(name)[0]))[s] for name, s in encoded.states.items()}
        said = states | dict(encoded.likelihoods)
        return sum(self._log_alone(name, weights) for name, weights in said.items()) - log_evidence

    def _log_alone(self, finding: str, likelihood: np.ndarray) -> float:
        """ln P(what was said of a finding), were it all that is known."""
        peak = likelihood.max()
        marginal = self.network.cpts[DIAGNOSIS].table @ self._rates(finding)
        return float(np.log(peak) + np.log(marginal @ (likelihood / peak)))

    def typicality(self, evidence: CaseEvidence) -> np.ndarray:
        """P(findings no more probable than these | disease), shape (diseases,); findings that are
        only likelihoods are left out."""
        states = self.network.encode(evidence.network).states
        return open_world.typicality((self._spread(name), state) for name, state in states.items())

    def _rates(self, finding: str) -> np.ndarray:
        """P(finding | disease), shape (diseases, states)."""
        if finding not in self._known_rates:
            joint = self.engine.query((DIAGNOSIS, finding), {}).table
            self._known_rates[finding] = joint / joint.sum(axis=1, keepdims=True)
        return self._known_rates[finding]

    def _spread(self, finding: str) -> open_world.Spread:
        if finding not in self._known_spreads:
            self._known_spreads[finding] = open_world.Spread.of(self._rates(finding))
        return self._known_spreads[finding]

    # -- many cases -------------------------------------------------------------------------

    def posteriors(self, table: pd.DataFrame | pa.Table, jobs: int = 1) -> pd.DataFrame | pa.Table:
        """P(disease | row) of a table with one row a case, as a table of the same kind.

        A column is a finding, `id` is passed through, a missing value is not assessed. `jobs`
        threads compute. Raises CaseError with the number of each row (from 1) that cannot be read
        or is impossible, and for what is no table."""
        from .cohort import tables

        return tables.posteriors(self.scorer, table, jobs)

    def scorer(self, columns: Iterable[str]) -> Scorer:
        """What answers tables with these columns, block by block. Raises CaseError for a column
        that is no finding."""
        from .cohort.scorer import Scorer

        rates = {finding.key: self._rates(finding.key) for finding in self.base.findings}
        return Scorer(self.base, self._compiled, rates, columns)

    def findings_posterior(self, case: Case) -> dict[str, dict[str, float]]:
        """P(finding | case) of every finding that the case does not name, by state.

        Raises as `posterior` does."""
        evidence = read_case(self.base, case)
        variables = self.network.variables
        return {
            name: dict(zip(variables[name].states, map(float, table), strict=True))
            for name, table in self._compiled.marginals(evidence.network).items()
            if name != DIAGNOSIS and name not in evidence.network
        }

    @property
    def _compiled(self) -> Engine:
        if not isinstance(self.engine, Engine):
            raise UsageError(f"engine={self.info.engine!r} cannot answer this; use 'compiled'")
        return self.engine

    # -- why? -------------------------------------------------------------------------------

    def explain(
        self, case: Case, disease: str | None = None, against: str | None = None
    ) -> Explanation:
        """Each finding's weight of evidence for `disease` (default: the leading one) against
        another (default: the runner-up) and against all others, with the rows behind it."""
        evidence = read_case(self.base, case)
        posterior = self._posterior(evidence)
        disease, against = self._pair(posterior, disease, against)
        found = explain.likelihoods(self.engine, DIAGNOSIS, evidence.network)
        keys = list(self.labels)
        one, other = keys.index(disease), keys.index(against)
        weights = [
            self._weight(found, finding, evidence, one, other) for finding in evidence.network
        ]
        bans = {w.finding: w.bans for w in weights}
        share = explain.basis_share(bans, {w.finding: tuple(w.basis.values()) for w in weights})
        prior = float(found.prior[one] - found.prior[other]) / np.log(10)
        scale = np.log(10)
        likelihoods = {
            f: dict(zip(keys, map(float, v / scale), strict=True)) for f, v in found.single.items()
        }
        ordered = tuple(sorted(weights, key=lambda w: -abs(w.bans)))
        sources = provenance.sources(self.base, (row for w in ordered for row in w.rows))
        return Explanation(
            disease, against, prior, ordered, found.shared(one, other), found.odds(one),
            likelihoods, share, sources, self.labels, posterior,
        )  # fmt: skip

    def _pair(
        self, posterior: Posterior, disease: str | None, against: str | None
    ) -> tuple[str, str]:
        for key in filter(None, (disease, against)):
            self.base.disease(key)
        disease = disease or next(d for d, _ in posterior.top(2) if d != against)
        against = against or next(d for d, _ in posterior.top(2) if d != disease)
        if disease == against:
            raise UsageError(f"{disease!r} cannot be weighed against itself")
        return disease, against

    def _weight(self, found, finding: str, evidence: CaseEvidence, one: int, other: int) -> Weight:
        pair = [list(self.labels)[i] for i in (one, other)]
        cells = [cell for disease in pair for cell in self.cells_of(disease, finding)]
        basis = {disease: self.cells_of(disease, finding)[0].basis for disease in pair}
        rows = [provenance.row(s, used=True) for cell in cells for s in cell.used]
        return Weight(
            finding,
            evidence.understood[finding],
            found.weight(finding, one, other),
            found.weight_against_rest(finding, one),
            basis,
            tuple({(r["file"], r["line"]): r for r in rows}.values()),
        )

    # -- what next? -------------------------------------------------------------------------

    def next_tests(self, case: Case, by: str = "utility", seed: int = 0) -> NextTests:
        """Every remaining test, best first `by` "utility", "bits" or "bits-per-cost": what it
        would tell, take and be worth, why, and whether to stop. `seed` is of what is sampled.

        Raises UsageError for an unknown order, and for the case as `posterior` does."""
        from .next_test import questions

        return questions.next_tests(self._workup, *self._asked(case), by, seed)

    def plan(self, case: Case, budget: Budget = None, by: str = "greedy", seed: int = 0) -> Plan:
        """A decision tree of tests, searched `by` "greedy", "two-step", "ec2" or "paper". `budget`
        limits cost, harm or days by name; a number alone limits the cost.

        Raises UsageError for an unknown search or budget, and for the case as `posterior` does."""
        from .next_test import questions

        return questions.plan(self._workup, *self._asked(case), budget, by, seed)

    @cached_property
    def _workup(self) -> Workup:
        from .next_test.workup import Workup

        return Workup.of(self.base, self.network, DIAGNOSIS, SPLIT)

    def _asked(self, case: Case) -> tuple:
        """What every question about tests is given. An impossible case is refused here."""
        evidence = read_case(self.base, case)
        self.engine.query(DIAGNOSIS, evidence.network)
        return self.network, evidence, self.labels, self.info

    # -- how sure? --------------------------------------------------------------------------

    def sensitivity(
        self, *cases: Case, target: str | None = None, names: Sequence[str] = ()
    ) -> Sensitivity:
        """What the answer to a case hangs on: `.oneway()`, `.tornado()`, `.flip()` and others.
        `target` is the disease in question (default: the leading one). With several cases,
        `names` are what tables call them (default: their numbers).

        Raises UsageError for an unknown disease, and for a case as `posterior` does."""
        from .sensitivity.analysis import Sensitivity

        names = names or [str(number) for number in range(1, len(cases) + 1)]
        return Sensitivity(
            {name: self._subject(case, target) for name, case in zip(names, cases, strict=True)}
        )

    def distance(
        self, other: Model, *cases: Case, target: str | None = None, names: Sequence[str] = ()
    ) -> KnowledgeDistance:
        """How far another model is from this one (Chan and Darwiche), what that allows any query
        to change, and what changes most on the cases.

        Raises UsageError where the models differ in variables or states."""
        from .sensitivity.knowledge_distance import knowledge_distance

        names = names or [str(number) for number in range(1, len(cases) + 1)]
        posed = [
            (name, self._subject(case, target), other._subject(case, target))
            for name, case in zip(names, cases, strict=True)
        ]
        models = (self.info, other.info)
        return knowledge_distance(self.network, other.network, posed, self.labels, models)

    def _subject(self, case: Case, target: str | None) -> Subject:
        from .sensitivity.subject import Subject

        subject = Subject(
            self.base, self.structure, self.cells, self.columns, self._compiled, self.info,
            read_case(self.base, case), target,
        )  # fmt: skip
        # Refuses an impossible case and an unknown target before any question is put.
        _ = subject.posterior, subject.target
        return subject

    # -- the knowledge base -----------------------------------------------------------------

    def cells_of(self, disease: str, finding: str) -> list[Cell]:
        """The cells of P(finding | disease): one, or one per immune status."""
        conditions = [""]
        if finding in self.structure.split:
            conditions = [f"{SPLIT}={state}" for state in self.structure.states[SPLIT]]
        return [self.cells[disease, finding, condition] for condition in conditions]

    def show(self, finding: str, disease: str) -> list[CellView]:
        """The cell of a finding in a disease, with its distribution and every row behind it; one
        per immune status only where the two differ."""
        self.base.finding(finding), self.base.disease(disease)
        first, *others = self.cells_of(disease, finding)
        if all(np.array_equal(cell.alpha, first.alpha) for cell in others):
            first, others = replace(first, condition=""), []
        return [provenance.cell_view(self.base, cell, self.info) for cell in (first, *others)]

    @property
    def diseases(self) -> pd.DataFrame:
        """One row per disease: label, group, ontology id, prior."""
        frame = provenance.frame(self.base.diseases)
        return frame.assign(prior=frame["key"].map(self.prior)).set_index("key")

    @property
    def findings(self) -> pd.DataFrame:
        """One row per finding: label, synonyms, states, group, the test that reveals it, HPO id."""
        return provenance.frame(self.base.findings).set_index("key")

    @property
    def tests(self) -> pd.DataFrame:
        """One row per test: cost, harm, days, what it needs first, basis and source."""
        return provenance.frame(self.base.tests).set_index("test")

    @property
    def sources(self) -> pd.DataFrame:
        """One row per bibliography entry."""
        return provenance.frame(self.base.sources).set_index("key")

    @property
    def evidence(self) -> pd.DataFrame:
        """One row per statement of a source: the whole of cpts/, with file, line and rank."""
        import pandas as pd

        used = {id(s) for cell in self.cells.values() for s in cell.used}
        return pd.DataFrame([provenance.row(s, used=id(s) in used) for s in self.base.statements])

    # -- the network ------------------------------------------------------------------------

    def graph(self) -> networkx.DiGraph:
        """The network as a graph: states, label and group of each node, `odds_ratio` of each edge
        between two findings."""
        from . import graph

        return graph.annotated(self.network, self.base)

    def draw(self, around: str | None = None) -> altair.LayerChart:
        """A picture of the network, or of what surrounds a disease or a finding; the width of a
        line is the weight of evidence (an altair chart).

        Raises UsageError for a key that is neither a disease nor a finding."""
        from . import graph

        whole = self.graph()
        rates = {finding.key: self._rates(finding.key) for finding in self.base.findings}
        found = graph.links(whole, rates, self.prior)
        return graph.Drawing(whole, self.base, found, self.info).around(around)

    # -- exchange ---------------------------------------------------------------------------

    def to_pgmpy(self) -> DiscreteBayesianNetwork:
        """The network for pgmpy; the root is `diagnosis`, names and states are the keys."""
        return self.network.to_pgmpy()

    def export(self, path: str | Path) -> None:
        """Write the network as BIF (`.bif`) or XMLBIF (`.xml`), with what made it and every
        published figure behind it as comments."""
        self.network.write(path, [str(self.info), *provenance.lines(self.cells.values())])


def _engine(name: str, network: Network):
    if name == "compiled":
        return Engine(network)
    if name == "reference":
        from .inference.reference import ReferenceEngine

        return ReferenceEngine(network)
    hint = nearest(name, ENGINES)
    raise UsageError(f"engine={name!r}: expected one of {', '.join(ENGINES)}{hint}")
