"""Random networks small enough to enumerate, published ones, and both for other programs."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import numpy as np

from neurogamut.network import Cpt, Evidence, Network, Variable

PUBLISHED = (
    "asia",
    "cancer",
    "alarm",
    "child",
    "insurance",
    "hailfinder",
    "win95pts",
    "hepar2",
    "pathfinder",
    "munin1",
)


def random_network(
    rng: np.random.Generator, nodes: int, states: int = 4, parents: int = 3
) -> Network:
    """Up to `states` states a node, Dirichlet columns, some entries exactly zero."""
    variables, cpts = [], []
    for i in range(nodes):
        count = int(rng.integers(1, states + 1))
        variables.append(Variable(f"v{i}", tuple(f"s{k}" for k in range(count))))
        chosen = rng.permutation(i)[: rng.integers(0, parents + 1)]
        shape = [len(variables[p]) for p in chosen]
        table = rng.dirichlet(np.full(count, 0.7), size=shape).reshape(*shape, count)
        if rng.random() < 0.2:
            table = np.eye(count)[table.argmax(axis=-1)]
        cpts.append(Cpt(f"v{i}", tuple(f"v{p}" for p in chosen), table))
    return Network.of(variables, cpts)


def random_evidence(rng: np.random.Generator, network: Network) -> Evidence:
    """Hard evidence on a third of a sampled case, virtual evidence on a tenth."""
    case = sample(rng, network)
    states, likelihoods = {}, {}
    for name, variable in network.variables.items():
        draw = rng.random()
        if draw < 0.33:
            states[name] = case[name]
        elif draw < 0.43:
            likelihoods[name] = rng.uniform(0.01, 3, size=len(variable))
    return Evidence(states, likelihoods)


def sample(rng: np.random.Generator, network: Network) -> dict[str, int]:
    """One case drawn from the network."""
    case: dict[str, int] = {}
    for name, cpt in network.cpts.items():
        column = cpt.table[tuple(case[parent] for parent in cpt.parents)]
        case[name] = int(rng.choice(len(column), p=column / column.sum()))
    return case


def joint(
    network: Network,
    evidence: Evidence | None = None,
    tables: Mapping[str, np.ndarray] | None = None,
) -> np.ndarray:
    """P(all variables, evidence), one axis per variable in the network's order. `tables` stand in
    for CPTs and need not be probabilities."""
    names = list(network.variables)
    operands: list[object] = []
    for name, cpt in network.cpts.items():
        table = (tables or {}).get(name, cpt.table)
        operands += [table, [names.index(v) for v in (*cpt.parents, name)]]
    for name, array in _as_likelihoods(network, evidence or Evidence()).items():
        operands += [array, [names.index(name)]]
    return np.einsum(*operands, list(range(len(names))), optimize="greedy")


def marginal(table: np.ndarray, network: Network, targets: tuple[str, ...]) -> np.ndarray:
    """Sum of a joint table over all but the targets."""
    names = list(network.variables)
    return np.einsum(table, list(range(len(names))), [names.index(t) for t in targets])


def _as_likelihoods(network: Network, evidence: Evidence) -> dict[str, np.ndarray]:
    hard = {n: np.eye(len(network.variables[n]))[s] for n, s in evidence.states.items()}
    return {**hard, **evidence.likelihoods}


@lru_cache
def published(name: str) -> Network:
    """A network that pgmpy ships."""
    return Network.example(name)


def to_agrum(network: Network):
    """The same network in pyAgrum, table by table."""
    import pyagrum

    other = pyagrum.BayesNet()
    for variable in network.variables.values():
        other.add(pyagrum.LabelizedVariable(variable.name, "", list(variable.states)))
    for name, cpt in network.cpts.items():
        for parent in cpt.parents:
            other.addArc(parent, name)
        axes = other.cpt(name).names[::-1]
        order = [(*cpt.parents, name).index(axis) for axis in axes]
        other.cpt(name)[:] = np.ascontiguousarray(cpt.table.transpose(order))
    return other
