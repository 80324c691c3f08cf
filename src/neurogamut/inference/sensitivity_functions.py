"""One-way sensitivity functions of every CPT parameter, exactly, from one sweep of derivatives.

Let one parameter t = P(x | u) move and the others of its column scale in proportion. Then
P(target, e) and P(e) are linear in t, and P(target | e)(t) = (a t + b) / (c t + d) (Castillo,
Gutierrez and Hadi, IEEE Trans SMC 1997;27:412; van der Gaag and Coupe 2000). Knows no medicine.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ..network import Evidence, Network
from .elimination.engine import AnyEvidence, Engine

#: A slope below this, relative to P(e), is rounding, not an effect.
NO_EFFECT = 1e-13


@dataclass(frozen=True, eq=False)
class ParameterFunctions:
    """The sensitivity functions of one CPT's parameters; every array has its table's shape.

    `value` is where a parameter stands. The coefficients `a`, `b`, `c`, `d` are scaled so that
    c t + d = 1 there. Within `lower` and `upper` the leading state of the target stays first."""

    value: np.ndarray
    a: np.ndarray
    b: np.ndarray
    c: np.ndarray
    d: np.ndarray
    lower: np.ndarray
    upper: np.ndarray

    @cached_property
    def sensitivity(self) -> np.ndarray:
        """|dP(target | e) / dt| at the parameter's value (Laskey 1995)."""
        return np.abs(self.a * self.d - self.b * self.c)

    @cached_property
    def vertex_proximity(self) -> np.ndarray:
        """Distance from the value to the vertex of the hyperbola, near which a small sensitivity
        value misleads (van der Gaag and Renooij 2001); inf where the function is linear."""
        curved = np.abs(self.c) > NO_EFFECT
        c = np.where(curved, self.c, 1.0)
        asymptote = -self.d / c
        half_axis = np.sqrt(self.sensitivity) / np.abs(c)
        vertex = asymptote + np.where(asymptote < self.value, half_axis, -half_axis)
        return np.where(curved, np.abs(self.value - vertex), np.inf)

    def at(self, index: tuple[int, ...], t: float | np.ndarray) -> float | np.ndarray:
        """P(target | e) with one parameter at t."""
        a, b, c, d = (array[index] for array in (self.a, self.b, self.c, self.d))
        return (a * t + b) / (c * t + d)


def sensitivity_functions(
    engine: Engine, target: str, state: str, evidence: AnyEvidence = None
) -> dict[str, ParameterFunctions]:
    """The functions P(target = state | evidence)(t) of every parameter of every CPT that bears on
    the evidence; the parameters of all others have no effect. Raises as `Engine.query` does."""
    network = engine.network
    chosen = network.variable(target).index(state)
    if not isinstance(evidence, Evidence):
        evidence = network.encode(evidence or {})
    posterior = engine.query(target, evidence).table
    relevant = _relevant(network, (target, *evidence.variables()))
    total = engine.derivatives(evidence)
    children = [n for n in relevant if target in network.cpts[n].parents]
    # Without evidence below the target its own CPT has no bearing on P(e), only on the answer.
    local = {*children, target} if children else set()
    by_state = engine.target_derivatives(target, evidence) if set(relevant) - local else {}
    functions = {}
    for name in relevant:
        cpt, derivatives = network.cpts[name], total[name]
        if name in children:
            axis = cpt.parents.index(target)
            functions[name] = _local(cpt.table, derivatives, posterior, chosen, axis)
        else:
            split = _own(derivatives) if name in local else by_state[name]
            functions[name] = _general(cpt.table, split, posterior, chosen)
    return functions


def _relevant(network: Network, variables: Iterable[str]) -> list[str]:
    """The variables and all their ancestors; the CPTs of all others sum to one."""
    found = network.ancestors(variables)
    return [name for name in network.variables if name in found]


def _own(derivatives: np.ndarray) -> np.ndarray:
    """Derivatives of P(state, e) in the target's own CPT: an entry bears on its own state only."""
    states = derivatives.shape[-1]
    return derivatives * np.eye(states).reshape(states, *[1] * (derivatives.ndim - 1), states)


def slopes(table: np.ndarray, derivatives: np.ndarray) -> np.ndarray:
    """d/dt of what has these derivatives in the single entries, under proportional co-variation.

    A parameter of 1 leaves nothing to scale: what it gives up is shared equally by the others."""
    states = table.shape[-1]
    column = (table * derivatives).sum(axis=-1, keepdims=True)
    certain = table == 1
    shared = (derivatives.sum(axis=-1, keepdims=True) - derivatives) / max(states - 1, 1)
    rest = np.where(certain, 1, 1 - table)
    return np.where(certain, derivatives - shared, (derivatives - column) / rest)


def _general(
    table: np.ndarray, derivatives: np.ndarray, posterior: np.ndarray, chosen: int
) -> ParameterFunctions:
    """`derivatives`: (states of the target, *table.shape), relative to P(e)."""
    rise = slopes(table, derivatives)
    leading = posterior.argmax()
    gap = (posterior[leading] - posterior).reshape(-1, *[1] * table.ndim)
    down, up = _room(gap, rise - rise[leading])
    return _functions(
        table, rise[chosen], rise.sum(axis=0), posterior[chosen], down.min(axis=0), up.min(axis=0)
    )


def _local(
    table: np.ndarray, derivatives: np.ndarray, posterior: np.ndarray, chosen: int, axis: int
) -> ParameterFunctions:
    """The same where the target is the parent at `axis`: a parameter then moves P(state, e) of
    one state of the target, so that the derivatives of P(e) alone, (*table.shape), are enough."""
    rise = slopes(table, derivatives)
    along = [1] * table.ndim
    along[axis] = -1
    states = np.arange(len(posterior))
    leading = posterior.argmax()
    runner_up = posterior.max(where=states != leading, initial=0.0)
    gap = posterior[leading] - np.where(states == leading, runner_up, posterior)
    sign = np.where(states == leading, -1.0, 1.0)
    room = _room(gap.reshape(along), rise * sign.reshape(along))
    mine = rise * (states == chosen).reshape(along)
    return _functions(table, mine, rise, posterior[chosen], *room)


def _room(gap: np.ndarray, closing: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How far a parameter can go down and up before the gap, closing at this rate, is closed."""
    speed = np.abs(closing)
    effective = speed > NO_EFFECT
    steps = np.where(effective, gap / np.where(effective, speed, 1.0), np.inf)
    rising = closing > 0
    return np.where(rising, np.inf, steps), np.where(rising, steps, np.inf)


def _functions(
    table: np.ndarray, a: np.ndarray, c: np.ndarray, now: float, down: np.ndarray, up: np.ndarray
) -> ParameterFunctions:
    lower, upper = np.maximum(table - down, 0.0), np.minimum(table + up, 1.0)
    return ParameterFunctions(table, a, now - table * a, c, 1 - table * c, lower, upper)


def parameters(
    network: Network, functions: Mapping[str, ParameterFunctions]
) -> Iterator[tuple[str, tuple[int, ...], str, dict[str, str]]]:
    """Every parameter as (variable, index into its table, state, states of the parents)."""
    for name in functions:
        cpt = network.cpts[name]
        parents = [network.variables[parent] for parent in cpt.parents]
        states = network.variables[name].states
        for index in np.ndindex(cpt.table.shape):
            given = {p.name: p.states[i] for p, i in zip(parents, index, strict=False)}
            yield name, index, states[index[-1]], given
