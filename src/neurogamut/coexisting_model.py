"""The question `what is it?` where diseases may coexist, put to a knowledge base."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from itertools import combinations

from .coexisting_case import CoexistingCase, coexisting_case
from .coexisting_results import CoexistingAnswer, Pair
from .evidence import CaseEvidence
from .knowledge.base import OTHER, KnowledgeBase
from .network import Finding
from .open_world import conflicting
from .results import FITS_NOTHING, ModelInfo

COEXISTING = "coexisting"
#: The group of findings that lead to diseases instead of following from them.
CONTEXT = "context"
#: Pairs are of so many leading diseases, and so many sets are listed.
LEADING = 5
SETS = 8
#: So many diseases or more are counted together.
MANY = 4


class CoexistingModel:
    """The knowledge base with one node per disease. `engine` answers `query` for its
    single-disease network, from which every case's noisy-OR network is derived."""

    def __init__(self, base: KnowledgeBase, engine, info: ModelInfo):
        self._engine = engine
        self._scale = base.constant("coexistence")
        self._factor = base.constant("warning_bayes_factor")
        self._context = {finding.key for finding in base.findings if finding.group == CONTEXT}
        self._labels = {disease.key: disease.label for disease in base.diseases}
        self._info = replace(info, assume=COEXISTING)

    def posterior(self, evidence: CaseEvidence) -> CoexistingAnswer:
        """P(disease present | case) for every disease, of pairs, of numbers and of sets.

        Raises CaseError, and QueryTooLargeError where too many findings are positive."""
        case = self.case(evidence.network)
        marginals = dict(zip(self._labels, map(float, case.marginals()), strict=True))
        leading = sorted(marginals, key=marginals.__getitem__, reverse=True)[:LEADING]
        conflict = self._conflict(evidence.network, case.log_evidence)
        return CoexistingAnswer(
            marginals,
            self.prior,
            {n: float(p) for n, p in enumerate(case.number_present(MANY), start=1)},
            _pairs(case, leading),
            tuple(case.sets(SETS)),
            self._labels,
            case.log_evidence,
            conflict,
            evidence.understood,
            evidence.ignored,
            self._warnings(marginals, conflict),
            self._info,
        )

    def case(self, evidence: Mapping[str, Finding]) -> CoexistingCase:
        """The noisy-OR network of a case, by variable and state as for an engine."""
        context = {name: said for name, said in evidence.items() if name in self._context}
        findings = {name: said for name, said in evidence.items() if name not in self._context}
        return coexisting_case(self._engine, context, findings, self._scale)

    @cached_property
    def prior(self) -> dict[str, float]:
        """P(disease present) where nothing is known."""
        return dict(zip(self._labels, map(float, self.case({}).marginals()), strict=True))

    def _conflict(self, evidence: Mapping[str, Finding], log_evidence: float) -> float:
        alone = (self.case({name: said}).log_evidence for name, said in evidence.items())
        return sum(alone) - log_evidence

    def _warnings(self, marginals: Mapping[str, float], conflict: float) -> tuple[str, ...]:
        """As for a single disease, without its test of how unusual the findings are."""
        warnings = []
        if max(marginals, key=marginals.__getitem__) == OTHER:
            warnings.append(f"{FITS_NOTHING}: an unlisted disease is the most probable")
        if conflicting(conflict, self._factor):
            warnings.append("the findings conflict, even where diseases may coexist")
        return tuple(warnings)


def _pairs(case: CoexistingCase, diseases: list[str]) -> tuple[Pair, ...]:
    """Pairs of these diseases, the most probable first."""
    both = case.pairs(diseases)
    pairs = [
        Pair((diseases[one], diseases[other]), float(both[one, other]))
        for one, other in combinations(range(len(diseases)), 2)
    ]
    return tuple(sorted(pairs, key=lambda pair: -pair.probability))
