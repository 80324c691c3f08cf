"""The engine to compare with: pgmpy's variable elimination, slow and written by others.

pgmpy answers impossible evidence with nan, takes only the last of several virtual readings of a
node and gives no P(evidence). So here virtual evidence becomes an observed child of its node, and
P(evidence) is the product of P(e1), P(e2 | e1), P(e3 | e1, e2) and so on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from math import log
from typing import TYPE_CHECKING

import numpy as np

from ..errors import needs
from ..network import Cpt, Evidence, Finding, Network, Variable
from .conflict import impossible
from .query import Query

if TYPE_CHECKING:
    from pgmpy.inference import VariableElimination


class ReferenceEngine:
    """Exact posteriors by pgmpy, with the same `query` as the default engine."""

    name = "reference"

    def __init__(self, network: Network):
        self.network = network

    def query(
        self,
        targets: str | Sequence[str],
        evidence: Mapping[str, Finding] | Evidence | None = None,
    ) -> Query:
        """P(targets | evidence), jointly; a target may itself be observed.

        Raises CaseError for unknown names and states, ImpossibleEvidenceError where
        P(evidence) = 0."""
        targets = (targets,) if isinstance(targets, str) else tuple(targets)
        if not isinstance(evidence, Evidence):
            evidence = self.network.encode(evidence or {})
        log_evidence = self._log_evidence(evidence)
        if log_evidence == -np.inf:
            raise impossible(evidence, lambda fewer: self._log_evidence(fewer) > -np.inf)
        return Query(targets, self._posterior(targets, evidence), log_evidence)

    @cached_property
    def _elimination(self) -> VariableElimination:
        return _elimination(self.network)

    def _posterior(self, targets: tuple[str, ...], evidence: Evidence) -> np.ndarray:
        unobserved = [name for name in targets if name not in evidence.states]
        table = np.zeros([len(self.network.variable(name)) for name in targets])
        place = tuple(evidence.states.get(name, slice(None)) for name in targets)
        observed, elimination = self._observed(evidence)
        table[place] = _conditional(elimination, unobserved, observed) if unobserved else 1.0
        return table

    def _log_evidence(self, evidence: Evidence) -> float:
        observed, elimination = self._observed(evidence)
        total = sum(log(likelihood.max()) for likelihood in evidence.likelihoods.values())
        known: dict[str, str] = {}
        for name, state in observed.items():
            states = elimination.model.get_cpds(name).state_names[name]
            probability = _conditional(elimination, [name], known)[states.index(state)]
            if probability == 0:
                return -np.inf
            total += log(probability)
            known[name] = state
        return total

    def _observed(self, evidence: Evidence) -> tuple[dict[str, str], VariableElimination]:
        """The states observed, readings among them, and pgmpy's engine for them."""
        observed = {
            name: self.network.variable(name).states[state]
            for name, state in evidence.states.items()
        }
        if not evidence.likelihoods:
            return observed, self._elimination
        readings = [_reading(name, array) for name, array in evidence.likelihoods.items()]
        variables = [*self.network.variables.values(), *(variable for variable, _ in readings)]
        cpts = [*self.network.cpts.values(), *(cpt for _, cpt in readings)]
        observed |= {variable.name: "seen" for variable, _ in readings}
        return observed, _elimination(Network.of(variables, cpts))


def _reading(name: str, likelihood: np.ndarray) -> tuple[Variable, Cpt]:
    """Virtual evidence as a child of its variable (Pearl 1988, section 2.2.2)."""
    seen = likelihood / likelihood.max()
    reading = Variable(f"reading of {name}", ("seen", "not_seen"))
    return reading, Cpt(reading.name, (name,), np.stack([seen, 1 - seen], axis=1))


def _elimination(network: Network) -> VariableElimination:
    with needs("exchange"):
        from pgmpy.inference import VariableElimination

    return VariableElimination(network.to_pgmpy())


def _conditional(
    elimination: VariableElimination, targets: list[str], known: Mapping[str, str]
) -> np.ndarray:
    """P(targets | known), one axis per target in order."""
    factor = elimination.query(targets, evidence=dict(known), show_progress=False)
    order = [factor.variables.index(name) for name in targets]
    return np.asarray(factor.values).transpose(order)
