"""The question `what is it?` where diseases may coexist, put to a knowledge base."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cached_property
from itertools import combinations

from ..cases.case import CaseEvidence
from ..inference.conflict import conflicting
from ..inference.noisy_or.subset_engine import Summary
from ..inference.query import Queries
from ..knowledge.base import OTHER, KnowledgeBase
from ..network import Finding
from ..progress import Progress, silent
from ..render.answer import ModelInfo
from . import fit
from .coexisting_case import CoexistingCase, coexisting_case
from .differential import FITS_NOTHING, CoexistingAnswer, Pair, conflict_words

#: The group of findings that lead to diseases instead of following from them.
CONTEXT = "context"
#: Pairs are of so many leading diseases, and so many sets are listed.
LEADING = 5
SETS = 8
#: So many diseases or more are counted together.
MANY = 4


class CoexistingDiseases:
    """The knowledge base with one node per disease. `engine` answers `query` for its
    single-disease network, from which every case's noisy-OR network is derived."""

    def __init__(self, base: KnowledgeBase, engine: Queries, info: ModelInfo):
        self._engine = engine
        self._scale = base.constant("coexistence")
        self._factor = base.constant("warning_bayes_factor")
        self._context = {finding.key for finding in base.findings if finding.group == CONTEXT}
        self._labels = {disease.key: disease.label for disease in base.diseases}
        self._names = {finding.key: finding.label for finding in base.findings}
        self._info = info

    def posterior(self, evidence: CaseEvidence, progress: Progress = silent) -> CoexistingAnswer:
        """P(disease present | case) for every disease, of pairs, of numbers and of sets.

        Raises CaseError, and QueryTooLargeError where too many findings are positive."""
        said = evidence.sure_of_tests
        found = self.case(said).summary(MANY, LEADING, SETS, progress)
        marginals = dict(zip(self._labels, found.marginals.tolist(), strict=True))
        conflict, names = self._conflict(said, found.log_evidence)
        return CoexistingAnswer(
            probabilities=marginals,
            prior=self.prior,
            number_present=dict(enumerate(found.number_present.tolist(), start=1)),
            pairs=_pairs(found),
            sets=tuple(found.sets),
            labels=self._labels,
            log_evidence=found.log_evidence,
            conflict=conflict,
            conflicting=names,
            evidence=evidence.understood,
            ignored=evidence.ignored,
            warnings=self._warnings(marginals, names, evidence.said),
            model=self._info,
        )

    def seconds(self, evidence: CaseEvidence) -> float:
        """About how long the posterior of a case will take. Raises as it does."""
        case = self.case(evidence.sure_of_tests)
        return case.engine.seconds(case.findings, MANY)

    def case(self, evidence: Mapping[str, Finding]) -> CoexistingCase:
        """The noisy-OR network of a case, by variable and state as for an engine."""
        context = {name: said for name, said in evidence.items() if name in self._context}
        findings = {name: said for name, said in evidence.items() if name not in self._context}
        return coexisting_case(self._engine, context, findings, self._scale)

    @cached_property
    def prior(self) -> dict[str, float]:
        """P(disease present) where nothing is known."""
        found = self.case({}).summary(1, 0, 0)
        return dict(zip(self._labels, found.marginals.tolist(), strict=True))

    def _conflict(
        self, evidence: Mapping[str, Finding], log_evidence: float
    ) -> tuple[float, tuple[str, ...]]:
        """How much the findings conflict, and where they do those that do most."""
        alone = {name: self.case({name: said}).log_evidence for name, said in evidence.items()}

        def log_conflict(names: tuple[str, ...]) -> float:
            together = self.case({name: evidence[name] for name in names}).log_evidence
            return sum(alone[name] for name in names) - together

        total = sum(alone.values()) - log_evidence
        if not fit.conflicting(total, self._factor):
            return total, ()
        return total, conflicting(tuple(evidence), log_conflict, math.log(self._factor))

    def _warnings(
        self, marginals: Mapping[str, float], names: tuple[str, ...], said: Mapping[str, object]
    ) -> tuple[str, ...]:
        """As for a single disease, without its test of how unusual the findings are."""
        warnings = []
        if max(marginals, key=marginals.__getitem__) == OTHER:
            warnings.append(f"{FITS_NOTHING}: an unlisted disease is the most probable")
        if names:
            which = conflict_words(names, said, self._names)
            warnings.append(f"the findings conflict, even where diseases may coexist: {which}")
        return tuple(warnings)


def _pairs(found: Summary) -> tuple[Pair, ...]:
    """Pairs of the leading diseases, the most probable first."""
    pairs = [
        Pair((found.leading[one], found.leading[other]), float(found.pairs[one, other]))
        for one, other in combinations(range(len(found.leading)), 2)
    ]
    return tuple(sorted(pairs, key=lambda pair: -pair.probability))
