"""The default engine: exact inference by compiled variable elimination.

A plan is made once for a pattern of evidence and kept; a query only runs it. Arithmetic is in
plain probabilities, and repeated in logarithms where P(evidence) is so small that an
intermediate number might have underflowed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, partial
from math import log

import numpy as np

from ...errors import CaseError, ImpossibleEvidenceError, UsageError
from ...network import Evidence, Finding, Network
from ..conflict import impossible
from ..query import EvidenceBatch, Query, QueryBatch
from .batch import run_cases, run_draws
from .block import BlockPlan
from .contraction import LINEAR, LOGARITHMIC
from .derivatives import Evaluation, evaluate, marginals, parameter_derivatives
from .families import Families, families
from .lookup import LookupPlan
from .most_probable import most_probable
from .plan import EliminationPlan, Pattern, make_plan
from .posterior_sample import posterior_sample
from .prepared import Prepared, batch_pattern, prepare
from .scale import SMALLEST_LINEAR, normalised_logarithms
from .sweep import Draws, Sweep

PLANS_KEPT = 256

AnyEvidence = Mapping[str, Finding] | Evidence | None


class Engine:
    """Exact posteriors of any discrete Bayesian network. Safe to use from several threads.

    Every method raises CaseError for unknown names and states, ImpossibleEvidenceError where
    P(evidence) = 0 (a batch flags the row instead), and QueryTooLargeError where an intermediate
    array would exceed `memory_limit` bytes.

    The examples below go on from these lines.

    >>> import neurogamut as ng
    >>> rain = ng.Variable("rain", ("yes", "no"))
    >>> wet = ng.Variable("wet", ("yes", "no"))
    >>> p_rain = ng.Cpt("rain", (), [0.2, 0.8])
    >>> p_wet = ng.Cpt("wet", ("rain",), [[0.9, 0.1], [0.1, 0.9]])
    >>> engine = ng.Engine(ng.Network.of([rain, wet], [p_rain, p_wet]))
    """

    name = "compiled"

    def __init__(self, network: Network, *, memory_limit: int = 2**30):
        self.network = network
        self.memory_limit = memory_limit
        self.plan = lru_cache(PLANS_KEPT)(self._make_plan)
        self._lookup_plan = lru_cache(PLANS_KEPT)(self._make_lookup_plan)
        self._block_plan = lru_cache(PLANS_KEPT)(self._make_block_plan)
        self._sweep = lru_cache(PLANS_KEPT)(self._make_sweep)

    def __reduce__(self) -> tuple[Callable[[Network], Engine], tuple[Network]]:
        return partial(Engine, memory_limit=self.memory_limit), (self.network,)

    # -- one case -----------------------------------------------------------------------------

    def query(self, targets: str | Sequence[str], evidence: AnyEvidence = None) -> Query:
        """P(targets | evidence), jointly; a target may itself be observed.

        Evidence maps a variable to a state, to a likelihood over its states, or to a list of
        these, which multiply.

        >>> engine.query("rain", {"wet": "yes"}).table.round(4).tolist()
        [0.6923, 0.3077]
        >>> engine.query("rain", {"wet": {"yes": 0.8, "no": 0.2}}).table.round(4).tolist()
        [0.4157, 0.5843]
        """
        targets = self._targets(targets)
        evidence = self._encode(evidence)
        table, log_evidence = self._run(prepare(targets, evidence))
        if log_evidence == -np.inf:
            raise self._impossible(evidence)
        return Query(targets, table, log_evidence)

    def log_evidence(self, evidence: AnyEvidence) -> float:
        """ln P(evidence).

        >>> round(engine.log_evidence({"wet": "yes"}), 4)  # ln 0.26
        -1.3471
        """
        return self.query((), evidence).log_evidence

    def marginals(self, evidence: AnyEvidence = None) -> dict[str, np.ndarray]:
        """P(variable | evidence) of every variable, from one forward and one backward sweep.

        >>> engine.marginals()["wet"].round(4).tolist()
        [0.26, 0.74]
        """
        evaluation = self._evaluate((), evidence, everything=True)
        found = marginals(evaluation)
        for name, state in evaluation.prepared.chosen.items():
            found[name] = np.eye(len(self.network.variables[name]))[state]
        return {name: found[name] for name in self.network.variables}

    def derivatives(self, evidence: AnyEvidence = None) -> dict[str, np.ndarray]:
        """d ln P(evidence) / d theta for every CPT entry, in the shapes of the tables.

        Entries are taken as free of each other. A CPT that has no bearing on the evidence gets
        zeros: no change of it that keeps its columns' sums has an effect.

        >>> engine.derivatives({"wet": "yes"})["rain"].round(4).tolist()
        [3.4615, 0.3846]
        """
        evaluation = self._evaluate((), evidence)
        found = parameter_derivatives(evaluation, self.network, np.ones((1,)))
        return {name: array[0] for name, array in found.items()}

    def target_derivatives(
        self, target: str, evidence: AnyEvidence = None
    ) -> dict[str, np.ndarray]:
        """d P(target, evidence) / d theta, divided by P(evidence), for every state of the target
        and every CPT entry: arrays of shape `(states of the target, *table.shape)`.

        >>> engine.target_derivatives("rain", {"wet": "yes"})["wet"].shape
        (2, 2, 2)
        """
        evaluation = self._evaluate(self._targets(target), evidence)
        seed = np.eye(len(self.network.variables[target]))
        return parameter_derivatives(evaluation, self.network, seed)

    def most_probable_explanation(
        self, evidence: AnyEvidence = None
    ) -> tuple[dict[str, str], float]:
        """The most probable states of all variables, and ln P(states, evidence).

        >>> engine.most_probable_explanation({"wet": "yes"})[0]
        {'rain': 'yes', 'wet': 'yes'}
        """
        evidence = self._encode(evidence)
        prepared = prepare((), evidence, everything=True)
        sweep = self._sweep(prepared.pattern, frozenset(self.network.variables))
        states, log_probability = most_probable(sweep, prepared)
        if log_probability == -np.inf:
            raise self._impossible(evidence)
        states |= prepared.chosen
        named = {name: v.states[states[name]] for name, v in self.network.variables.items()}
        return named, log_probability

    def sample(
        self, count: int, evidence: AnyEvidence = None, seed: int = 0
    ) -> dict[str, np.ndarray]:
        """Exact draws from P(all variables | evidence): the states (count,) of every variable.

        >>> drawn = engine.sample(1000, {"wet": "yes"}, seed=1)
        >>> bool(0.64 < (drawn["rain"] == 0).mean() < 0.74), int(drawn["wet"].sum())
        (True, 0)
        """
        encoded = self._encode(evidence)
        prepared = prepare((), encoded, everything=True)
        sweep = self._sweep(prepared.pattern, frozenset(self.network.variables))
        evaluation = evaluate(sweep, prepared)
        if evaluation.log_total == -np.inf:
            raise self._impossible(encoded)
        drawn = posterior_sample(evaluation, count, np.random.default_rng(seed))
        drawn |= {name: np.full(count, state) for name, state in prepared.chosen.items()}
        return {name: drawn[name] for name in self.network.variables}

    # -- many cases ---------------------------------------------------------------------------

    def batch(
        self,
        targets: str | Sequence[str],
        evidence: EvidenceBatch,
        cpts: Draws | None = None,
        pattern: Pattern | None = None,
    ) -> QueryBatch:
        """P(targets | evidence) row by row.

        `cpts` replaces tables by draws of shape `(rows, *table.shape)`; evidence and draws of one
        row go with any number of the other. Batches that name a common `pattern`, which has all
        their variables as selected, share its plan.

        >>> import numpy as np
        >>> from neurogamut.inference.query import EvidenceBatch
        >>> rows = EvidenceBatch({"wet": np.array([0, 1])})  # positions of states; -1 is missing
        >>> engine.batch("rain", rows).table.round(4).tolist()
        [[0.6923, 0.3077], [0.027, 0.973]]
        """
        targets = self._targets(targets)
        evidence.check(self.network)
        rows = self._rows(evidence, cpts or {})
        pattern = pattern or batch_pattern(targets, evidence)
        if not cpts:
            return run_cases(self._block_plan(pattern), evidence)
        return run_draws(self._sweep(pattern, frozenset(cpts)), evidence, cpts, rows)

    def families(
        self, evidence: EvidenceBatch, cpts: Draws | None = None, pattern: Pattern | None = None
    ) -> Families:
        """P(variable, parents | evidence) of every variable that bears on the evidence, row by
        row; `cpts` and `pattern` as in `batch`. What expectation-maximisation sums up.

        >>> rows = EvidenceBatch({"wet": np.array([0])})
        >>> engine.families(rows).posteriors["rain"].round(4).tolist()
        [[0.6923], [0.3077]]
        """
        evidence.check(self.network)
        self._rows(evidence, cpts or {})
        pattern = pattern or batch_pattern((), evidence)
        return families(self._sweep(pattern, frozenset(cpts or ())), evidence, cpts or {})

    # -- how it is done -----------------------------------------------------------------------

    def _make_plan(self, pattern: Pattern) -> EliminationPlan:
        return make_plan(self.network, pattern, self.memory_limit)

    def _make_lookup_plan(self, pattern: Pattern) -> LookupPlan:
        return LookupPlan(self.plan(pattern), self.network)

    def _make_block_plan(self, pattern: Pattern) -> BlockPlan:
        return BlockPlan(self.plan(pattern), self.network)

    def _make_sweep(self, pattern: Pattern, varying: frozenset[str]) -> Sweep:
        return Sweep(self.plan(pattern), self.network, varying)

    def _targets(self, targets: str | Sequence[str]) -> tuple[str, ...]:
        targets = (targets,) if isinstance(targets, str) else tuple(targets)
        for name in targets:
            self.network.variable(name)
        if len(set(targets)) < len(targets):
            raise UsageError(f"a target is named twice: {', '.join(targets)}")
        return targets

    def _encode(self, evidence: AnyEvidence) -> Evidence:
        if not isinstance(evidence, Evidence):
            return self.network.encode(evidence or {})
        if twice := evidence.states.keys() & evidence.likelihoods.keys():
            raise CaseError(f"{', '.join(sorted(twice))}: both a state and a likelihood are given")
        return evidence

    def _run(self, prepared: Prepared) -> tuple[np.ndarray, float]:
        """P(targets | evidence) and ln P(evidence)."""
        plan = self._lookup_plan(prepared.pattern)
        table = plan.run(prepared.chosen, prepared.likelihoods, LINEAR)[..., 0]
        total = table.sum().item()
        if total > SMALLEST_LINEAR:
            return table / total, log(total) + prepared.log_scale
        logarithms = plan.for_logarithms.run(prepared.chosen, prepared.likelihoods, LOGARITHMIC)
        table, total = normalised_logarithms(logarithms)
        return table[..., 0], total.item() + prepared.log_scale

    def _evaluate(
        self, targets: tuple[str, ...], evidence: AnyEvidence, everything: bool = False
    ) -> Evaluation:
        evidence = self._encode(evidence)
        prepared = prepare(targets, evidence, everything)
        evaluation = evaluate(self._sweep(prepared.pattern, frozenset()), prepared)
        if evaluation.log_total == -np.inf:
            raise self._impossible(evidence)
        return evaluation

    def _rows(self, evidence: EvidenceBatch, cpts: Draws) -> int:
        """How many rows evidence and draws make together."""
        rows = len(evidence)
        for name, draws in cpts.items():
            rows = len(draws) if rows == 1 else rows
            expected = self.network.cpts[self.network.variable(name).name].table.shape
            if draws.shape[1:] != expected or len(draws) not in (1, rows):
                shapes = f"shape {draws.shape}, expected {(rows, *expected)}"
                raise UsageError(f"draws of {name}: {shapes}")
        return rows

    def _impossible(self, evidence: Evidence) -> ImpossibleEvidenceError:
        return impossible(evidence, lambda fewer: self._run(prepare((), fewer))[1] > -np.inf)
