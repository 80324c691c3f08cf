"""From cells and dependencies to the CPTs of a Bayesian network.

`Structure` says who depends on whom. `Columns` holds the Dirichlet of every published column.
`cpts` turns marginals (their means, or draws from them, along a leading batch axis) into tables in
which every published marginal P(finding | disease) holds exactly.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from ..network import Cpt, Network, Variable
from .base import KnowledgeBase
from .coherence import cohere
from .estimate import Cell, Estimator, states_of

DIAGNOSIS = "diagnosis"
SMALLEST_DRAW = 1e-9
#: The context by which papers split their figures.
SPLIT = "immune_status"


@dataclass(frozen=True)
class Edge:
    """A dependency: `group` are the positions of the parent's states whose odds of the child are
    `odds_ratio` times those of the other states."""

    parent: str
    group: tuple[int, ...]
    odds_ratio: float


@dataclass(frozen=True, eq=False)
class Structure:
    """Variables and edges. `states` maps every variable to its states, `diagnosis` first;
    `split` are the findings whose columns depend on `immune_status` too."""

    states: Mapping[str, tuple[str, ...]]
    split: frozenset[str]
    edges: Mapping[str, Edge]

    @property
    def findings(self) -> tuple[str, ...]:
        """Every variable but the diagnosis."""
        return tuple(self.states)[1:]

    def parents(self, finding: str) -> tuple[str, ...]:
        """Parents in the order of the CPT's axes."""
        split = (SPLIT,) if finding in self.split else ()
        edge = self.edges.get(finding)
        return (DIAGNOSIS, *split, *((edge.parent,) if edge else ()))


@dataclass(frozen=True, eq=False)
class Columns:
    """Dirichlet parameters. `prior`: shape (diseases,). `findings`: per finding the shape
    (diseases, states), or (diseases, 2, states) where it is split by immune status."""

    prior: np.ndarray
    findings: Mapping[str, np.ndarray]

    def means(self) -> dict[str, np.ndarray]:
        """Expected probabilities, by variable, `diagnosis` included."""
        alphas = {DIAGNOSIS: self.prior, **self.findings}
        return {name: a / a.sum(axis=-1, keepdims=True) for name, a in alphas.items()}

    def draws(
        self, count: int, rng: np.random.Generator, variables: Iterable[str] | None = None
    ) -> dict[str, np.ndarray]:
        """Probabilities drawn from every Dirichlet, with a leading axis of `count` draws; only of
        `variables`, where given."""
        alphas = {DIAGNOSIS: self.prior, **self.findings}
        return {name: _draw(alphas[name], count, rng) for name in variables or alphas}


def structure(base: KnowledgeBase, estimator: Estimator) -> Structure:
    """The graph of the network: the diagnosis, every finding, and the stated dependencies."""
    states = {DIAGNOSIS: tuple(disease.key for disease in base.diseases)}
    states |= {finding.key: states_of(finding) for finding in base.findings}
    split = frozenset(f.key for f in base.findings if estimator.conditions(f.key))
    edges = {}
    for row in base.dependencies:
        group = tuple(states[row.parent].index(state) for state in row.parent_state)
        ratio = base.constant("subset_odds_ratio") if row.is_subset else row.odds_ratio
        edges[row.child] = Edge(row.parent, group, ratio)
    return Structure(states, split, edges)


def estimates(base: KnowledgeBase, estimator: Estimator) -> dict[tuple, Cell]:
    """Every cell by (disease, finding, condition), each on its own."""
    found: dict[tuple, Cell] = {}
    statuses = [f"{SPLIT}={state}" for state in base.finding(SPLIT).states]
    for finding in base.findings:
        conditions = statuses if estimator.conditions(finding.key) else [""]
        for disease in base.diseases:
            for condition in conditions:
                cell = estimator.cell(disease.key, finding, condition)
                found[disease.key, finding.key, condition] = cell
    return found


def cells(base: KnowledgeBase, estimator: Estimator) -> dict[tuple, Cell]:
    """Every cell by (disease, finding, condition), parts and wholes made coherent."""
    return cohere(estimates(base, estimator), base.dependencies)


def columns(
    base: KnowledgeBase, shape: Structure, cells: Mapping[tuple, Cell], setting: str
) -> Columns:
    """All Dirichlet parameters, with the prior weights of a setting."""
    weights = {weight.disease: weight.weight for weight in base.weights(setting)}
    diseases = shape.states[DIAGNOSIS]
    prior = np.array([weights[disease] for disease in diseases])
    alphas: dict[str, list[np.ndarray]] = {finding: [] for finding in shape.findings}
    for (_, finding, _), cell in cells.items():
        alphas[finding].append(cell.alpha)
    tables = {}
    for finding, alpha in alphas.items():
        middle = (2,) if finding in shape.split else ()
        tables[finding] = np.array(alpha).reshape(len(diseases), *middle, -1)
    return Columns(prior, tables)


def cpts(
    shape: Structure, marginals: Mapping[str, np.ndarray], variables: Iterable[str] | None = None
) -> dict[str, np.ndarray]:
    """The tables P(variable | parents) of `variables` (all, if None) that keep the marginals.

    `marginals` are shaped as in `Columns`, with any leading batch axes, and must hold each
    variable's parents too. Axes of a table: batch, parents in order, states."""
    return {name: _table(shape, marginals, name) for name in variables or shape.states}


def network(shape: Structure, tables: Mapping[str, np.ndarray]) -> Network:
    """The Bayesian network with these tables (no batch axis)."""
    variables = [Variable(name, states) for name, states in shape.states.items()]
    cpts = [Cpt(DIAGNOSIS, (), tables[DIAGNOSIS])]
    cpts += [Cpt(name, shape.parents(name), tables[name]) for name in shape.findings]
    return Network.of(variables, cpts)


def plackett(
    parent: np.ndarray, child: np.ndarray, odds_ratio: float
) -> tuple[np.ndarray, np.ndarray]:
    """P(child | parent) and P(child | no parent) with both marginals kept and this odds ratio.

    Arrays of any one shape. The 2x2 joint of Plackett (J Am Stat Assoc 1965;60:516), its root in
    the form that does not cancel for odds ratios of 1 and more."""
    if odds_ratio < 1:
        inside, outside = plackett(parent, 1 - child, 1 / odds_ratio)
        return 1 - inside, 1 - outside
    s = 1 + (parent + child) * (odds_ratio - 1)
    root = np.sqrt(s**2 - 4 * odds_ratio * (odds_ratio - 1) * parent * child)
    both = 2 * odds_ratio * parent * child / (s + root)
    return both / parent, (child - both) / (1 - parent)


def _table(shape: Structure, marginals: Mapping[str, np.ndarray], name: str) -> np.ndarray:
    edge = shape.edges.get(name)
    if edge is None:
        return marginals[name]
    child = marginals[name][..., 0]
    parent = _parent_group(shape, marginals, edge, split=name in shape.split)
    inside, outside = plackett(parent, child, edge.odds_ratio)
    members = np.zeros(len(shape.states[edge.parent]), dtype=bool)
    members[list(edge.group)] = True
    present = np.where(members, inside[..., None], outside[..., None])
    return np.stack([present, 1 - present], axis=-1)


def _parent_group(
    shape: Structure, marginals: Mapping[str, np.ndarray], edge: Edge, split: bool
) -> np.ndarray:
    """P(parent in its group | disease), or | disease, immune status where the child is split."""
    states = (
        _marginal_by_status(shape, marginals, edge.parent)
        if split
        else _marginal(shape, marginals, edge.parent)
    )
    return states[..., list(edge.group)].sum(axis=-1)


def _marginal(shape: Structure, marginals: Mapping[str, np.ndarray], name: str) -> np.ndarray:
    """P(name | disease): of a split finding, averaged over immune status."""
    if name not in shape.split:
        return marginals[name]
    return (marginals[name] * marginals[SPLIT][..., None]).sum(axis=-2)


def _marginal_by_status(
    shape: Structure, marginals: Mapping[str, np.ndarray], name: str
) -> np.ndarray:
    """P(name | disease, immune status)."""
    if name in shape.split:
        return marginals[name]
    edge = shape.edges.get(name)
    if edge is None:
        return np.repeat(marginals[name][..., None, :], 2, axis=-2)
    table = _table(shape, marginals, name)
    if edge.parent == SPLIT:
        return table
    parent = _marginal_by_status(shape, marginals, edge.parent)
    return parent @ table


def _draw(alpha: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """Dirichlet draws, shape (count, *alpha.shape): of two states Beta variates, of more
    normalised gamma variates. Wide distributions draw 0 or 1 to machine precision; no finding is
    that certain."""
    if alpha.shape[-1] == 2:
        share = rng.beta(alpha[..., 0], alpha[..., 1], size=(count, *alpha.shape[:-1]))
        share = np.clip(share, SMALLEST_DRAW, 1 - SMALLEST_DRAW)
        return np.stack([share, 1 - share], axis=-1)
    gamma = rng.standard_gamma(alpha, size=(count, *alpha.shape))
    draws = gamma / np.maximum(gamma.sum(axis=-1, keepdims=True), np.finfo(float).tiny)
    draws = np.maximum(draws, SMALLEST_DRAW)
    return draws / draws.sum(axis=-1, keepdims=True)
