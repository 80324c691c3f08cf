"""A network of one's own, and the questions that it answers."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from math import exp, isfinite
from typing import Any

import numpy as np

from ..errors import UsageError
from ..inference.best_assignments import best_assignments
from ..inference.d_separation import connected
from ..inference.elimination.engine import Engine
from ..inference.information import entropy, information_gains, mutual_information
from ..inference.sensitivity_functions import ParameterFunctions, sensitivity_functions
from ..network import Evidence, Finding, Network
from . import changes, conflicts, parameters
from .assignments import Assignment, Assignments
from .beliefs import Belief, Marginals
from .draws import Draws
from .network_answer import network_info
from .observations import NextObservations, Observation
from .relations import DSeparation, Information

Said = Mapping[str, Finding]


class Questions:
    """All that can be asked of a network. Every answer has `to_dict`, `to_frame` and draws itself.

    Every method raises CaseError for unknown names and states, ImpossibleEvidenceError where
    P(evidence) = 0, and QueryTooLargeError where a table would exceed `memory_limit` bytes.

    >>> asked = Questions(Network.example("asia"), "asia")
    >>> round(asked.posterior("lung", {"xray": "yes", "smoke": "no"}).probabilities["yes"], 4)
    0.1423
    """

    def __init__(self, network: Network, name: str = "unnamed", memory_limit: int = 2**30):
        self.network = network
        self.engine = Engine(network, memory_limit=memory_limit)
        self.info = network_info(network, name)

    # -- how probable -----------------------------------------------------------------------

    def posterior(self, target: str, evidence: Said | None = None) -> Belief:
        """P(target | evidence) beside P(target)."""
        found = self.engine.query(target, evidence or {})
        prior = self.engine.query(target)
        return Belief(
            target=target,
            probabilities=self._by_state(target, found.table),
            prior=self._by_state(target, prior.table),
            log_evidence=found.log_evidence,
            **self._common(evidence),
        )

    def marginals(self, evidence: Said | None = None) -> Marginals:
        """P(variable | evidence) of every variable."""
        found = self.engine.marginals(evidence or {})
        return Marginals(
            probabilities={name: self._by_state(name, table) for name, table in found.items()},
            log_evidence=self.engine.log_evidence(evidence or {}),
            **self._common(evidence),
        )

    def most_probable(
        self,
        evidence: Said | None = None,
        variables: Sequence[str] | None = None,
        count: int = 1,
    ) -> Assignments:
        """The `count` most probable assignments of all variables (MPE), or of some, the others
        summed out (MAP)."""
        if count < 1:
            raise UsageError(f"count={count}: expected at least 1")
        names = self._named(variables) if variables else tuple(self.network.variables)
        encoded = self._encoded(evidence)
        total = self.engine.log_evidence(encoded)
        limit = self.engine.memory_limit
        found = best_assignments(self.network, encoded, count, names, limit)
        return Assignments(
            variables=names,
            assignments=tuple(
                Assignment(self._states(states), exp(score - total), score)
                for states, score in found
            ),
            **self._common(evidence),
        )

    def sample(self, count: int, evidence: Said | None = None, seed: int = 0) -> Draws:
        """Exact draws from P(all variables | evidence)."""
        if count < 1:
            raise UsageError(f"count={count}: expected at least 1")
        drawn = self.engine.sample(count, evidence or {}, seed)
        names = {
            name: np.array(self.network.variables[name].states, dtype=object)[states]
            for name, states in drawn.items()
        }
        rows = zip(*names.values(), strict=True)
        return Draws(
            seed=seed,
            draws=tuple(dict(zip(names, row, strict=True)) for row in rows),
            **self._common(evidence),
        )

    # -- what next, what with what ----------------------------------------------------------

    def next_observation(
        self,
        target: str,
        evidence: Said | None = None,
        costs: Mapping[str, float] | None = None,
        candidates: Iterable[str] | None = None,
    ) -> NextObservations:
        """Candidates (those with a cost, or else all that is not observed) by the information that
        they are expected to give of the target, for their cost (1 unless given)."""
        costs = dict(costs or {})
        for name, cost in costs.items():
            if not (isfinite(cost) and cost > 0):
                raise UsageError(f"cost of {name}={cost!r}: expected a number above 0")
        encoded = self._encoded(evidence)
        known = {target, *encoded.states}
        names = self._named(candidates or costs or self.network.variables)
        names = tuple(name for name in names if name not in known)
        gains = information_gains(self.engine, target, encoded, names)
        found = [
            Observation(name, gains[name], cost, gains[name] / cost)
            for name in names
            for cost in [float(costs.get(name, 1))]
        ]
        return NextObservations(
            target=target,
            uncertainty=entropy(self.engine.query(target, encoded).table),
            observations=tuple(sorted(found, key=lambda o: -o.gain_per_cost)),
            **self._common(evidence),
        )

    def information(self, first: str, second: str, evidence: Said | None = None) -> Information:
        """I(first; second | evidence), in bits."""
        table = self.engine.query((first, second), evidence or {}).table
        entropies = {first: entropy(table.sum(axis=1)), second: entropy(table.sum(axis=0))}
        return Information(
            first=first,
            second=second,
            bits=mutual_information(table),
            entropies=entropies,
            **self._common(evidence),
        )

    def separation(self, first: str, second: str, given: Collection[str] = ()) -> DSeparation:
        """Whether the graph alone makes two variables independent, given others."""
        known = self._named(given)
        if len({*self._named((first, second)), *known}) < 2 + len(known):
            raise UsageError(f"{first}, {second}: expected two variables that are not given")
        trails = connected(self.network, first, known)
        return DSeparation(
            first=first,
            second=second,
            given=known,
            separated=second not in trails,
            trail=trails.get(second, ()),
            **self._common({}),
        )

    def conflict(self, evidence: Said) -> conflicts.Conflict:
        """Whether the findings are less probable together than apart, all and in pairs."""
        whole, pairs = conflicts.conflicts(self.engine, self._encoded(evidence), evidence)
        return conflicts.Conflict(conflict=whole, pairs=pairs, **self._common(evidence))

    # -- how sure ---------------------------------------------------------------------------

    def one_way(
        self, target: str, state: str | None = None, evidence: Said | None = None
    ) -> parameters.NetworkOneWay:
        """How sensitive P(target = state | evidence) is to every number; the leading state unless
        another is named."""
        state, now, functions = self._functions(target, state, evidence)
        return parameters.NetworkOneWay(
            target=target,
            state=state,
            probability=now,
            parameters=parameters.sensitivities(self.network, functions),
            **self._common(evidence),
        )

    def tornado(
        self,
        target: str,
        state: str | None = None,
        evidence: Said | None = None,
        factor: float = 2.0,
    ) -> parameters.NetworkTornado:
        """P(target = state | evidence) where the odds of each number are divided and multiplied by
        a factor."""
        if not (isfinite(factor) and factor > 1):
            raise UsageError(f"factor={factor!r}: expected a number above 1")
        state, now, functions = self._functions(target, state, evidence)
        return parameters.NetworkTornado(
            target=target,
            state=state,
            probability=now,
            factor=factor,
            parameters=parameters.swings(self.network, functions, factor),
            **self._common(evidence),
        )

    def flip(self, target: str, evidence: Said | None = None) -> changes.NetworkFlip:
        """The smallest change of one number, and of one whole table, that puts another state of
        the target first."""
        state, now, functions = self._functions(target, None, evidence)
        return changes.NetworkFlip(
            target=target,
            leading=state,
            probability=now,
            parameters=changes.parameter_flips(self.network, functions),
            tables=changes.table_flips(self.engine, target, self._encoded(evidence)),
            **self._common(evidence),
        )

    def distance(self, after: Network) -> changes.Distance:
        """How far another network over the same variables is. Raises UsageError where variables or
        states differ."""
        whole, largest, alone = changes.distances(self.network, after)
        return changes.Distance(
            distance=whole, largest_change=largest, variables=alone, **self._common({})
        )

    # -- names and numbers ------------------------------------------------------------------

    def _functions(
        self, target: str, state: str | None, evidence: Said | None
    ) -> tuple[str, float, dict[str, ParameterFunctions]]:
        """The state in question, its probability and the functions of all parameters."""
        table = self.engine.query(target, evidence or {}).table
        states = self.network.variables[target].states
        state = states[int(table.argmax())] if state is None else state
        functions = sensitivity_functions(self.engine, target, state, evidence or {})
        return state, float(table[states.index(state)]), functions

    def _common(self, evidence: Said | None) -> dict[str, Any]:
        return {"evidence": dict(evidence or {}), "model": self.info}

    def _encoded(self, evidence: Said | None) -> Evidence:
        return self.network.encode(evidence or {})

    def _named(self, names: Iterable[str]) -> tuple[str, ...]:
        """Names that exist, each once."""
        return tuple(dict.fromkeys(self.network.variable(name).name for name in names))

    def _by_state(self, name: str, table: np.ndarray) -> dict[str, float]:
        return dict(zip(self.network.variables[name].states, table.tolist(), strict=True))

    def _states(self, found: Mapping[str, int]) -> dict[str, str]:
        return {name: self.network.variables[name].states[i] for name, i in found.items()}
