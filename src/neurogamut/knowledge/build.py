"""From cells and dependencies to the CPTs of a Bayesian network.

`Structure` says who depends on whom, `Columns` holds the Dirichlet of every published column, and
a `Blueprint` has both: what a network is built from, whole, without a paper, or in part. `cpts`
turns marginals (their means, or draws from them, along a leading batch axis) into tables in which
every published marginal P(finding | disease) holds exactly.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from ..network import Cpt, Network, Variable
from .base import FORM, OTHER, KnowledgeBase
from .coherence import Cells, cohere
from .dirichlet import draw
from .estimate import Cell, Estimator, states_of
from .form_cells import form_cells, forms_of, own_rates, with_better_forms
from .forms import Forms, own_key
from .local import with_local
from .records import Statement

DIAGNOSIS = "diagnosis"
EPSILON = float(np.finfo(float).eps)
#: What is not told apart (`Blueprint.narrowed`).
REST = "any other"


@dataclass(frozen=True)
class DependencyEdge:
    """A dependency: `group` are the positions of the parent's states whose odds of the child are
    `odds_ratio` times those of the other states."""

    parent: str
    group: tuple[int, ...]
    odds_ratio: float


@dataclass(frozen=True, eq=False)
class Structure:
    """Variables and edges. `states` maps the diagnosis and every finding to its states; `split` are
    the findings whose columns depend on the finding `context` too, which is "" where there are
    none. Where diseases come in `forms`, findings depend on the form, and that on the diagnosis."""

    states: Mapping[str, tuple[str, ...]]
    split: frozenset[str]
    edges: Mapping[str, DependencyEdge]
    context: str = ""
    forms: Forms | None = None

    @property
    def findings(self) -> tuple[str, ...]:
        """Every variable but the diagnosis and the form."""
        return tuple(self.states)[1:]

    @property
    def cause(self) -> str:
        """What findings depend on: the form, or the diagnosis where there are no forms."""
        return FORM if self.forms else DIAGNOSIS

    def parents(self, finding: str) -> tuple[str, ...]:
        """Parents of a finding in the order of the CPT's axes."""
        split = (self.context,) if finding in self.split else ()
        edge = self.edges.get(finding)
        return (self.cause, *split, *((edge.parent,) if edge else ()))

    @property
    def unlisted(self) -> int | None:
        """The position of the disease that stands for none of the others."""
        diseases = self.states[DIAGNOSIS]
        return diseases.index(OTHER) if OTHER in diseases else None

    @property
    def shares(self) -> np.ndarray:
        """P(cause | diagnosis), shape (diseases, causes)."""
        return self.forms.table if self.forms else np.eye(len(self.states[DIAGNOSIS]))

    @property
    def conditions(self) -> dict[str, list[str]]:
        """The conditions of each finding's cells."""
        stated = [f"{self.context}={state}" for state in self.states.get(self.context, ())]
        return {f: stated if f in self.split else [""] for f in self.findings}

    def with_own(self, by_form: Cells, cells: Cells, base: KnowledgeBase) -> Structure:
        """The same, its forms with the rates that are their own."""
        if not self.forms:
            return self
        own = own_rates(self.forms, by_form, cells, self.conditions, base.dependencies)
        return replace(self, forms=replace(self.forms, own=own))

    def needed(self, variables: Iterable[str]) -> set[str]:
        """The findings whose marginals the tables of some variables are made from."""
        found: set[str] = {self.context} & self.states.keys()
        for name in variables:
            at: str | None = name
            while at is not None and at not in found:
                found.add(at)
                at = self.edges[at].parent if at in self.edges else None
        return found - {DIAGNOSIS, FORM}

    def by_cause(
        self, marginals: Mapping[str, np.ndarray], context: np.ndarray | None = None
    ) -> Mapping[str, np.ndarray]:
        """P(finding | cause) from P(finding | disease), by finding; the prior stays as it is. The
        context of what is split is among the `marginals`, or given by cause."""
        if not self.forms:
            return marginals
        findings = {name: table for name, table in marginals.items() if name != DIAGNOSIS}
        prior = {name: table for name, table in marginals.items() if name == DIAGNOSIS}
        return prior | self.forms.spread(findings, self.split, context)


@dataclass(frozen=True, eq=False)
class Columns:
    """Dirichlet parameters. `prior`: shape (diseases,). `findings`: per finding the shape
    (diseases, states), or (diseases, context states, states) where it is split."""

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
        return {name: draw(alphas[name], count, rng) for name in variables or alphas}


@dataclass(frozen=True, eq=False)
class Blueprint:
    """What a network is built from. `estimates` are the cells each on its own, `cells` the same
    with parts and wholes made coherent, and with what patients of one's own add, `form_cells` those
    that rows name a form for. `priors` says which were stated in the place of the setting's."""

    estimator: Estimator
    setting: str
    structure: Structure
    estimates: Cells
    cells: Cells
    form_cells: Cells
    columns: Columns
    priors: str = ""

    @classmethod
    def of(cls, estimator: Estimator, setting: str) -> Blueprint:
        """The whole knowledge base. Raises UsageError for an unknown setting."""
        base = estimator.base
        shape, alone = structure(base, estimator), estimates(base, estimator)
        by_form: Cells = {}
        if shape.forms:
            by_form = form_cells(base, estimator, shape.conditions)
            alone = with_better_forms(alone, by_form, shape.forms)
        cells = with_local(cohere(alone, base.dependencies), estimator)
        shape = shape.with_own(by_form, cells, base)
        made = columns(base, shape, cells, setting)
        return cls(estimator, setting, shape, alone, cells, by_form, made)

    @property
    def base(self) -> KnowledgeBase:
        """The tables."""
        return self.estimator.base

    @cached_property
    def rates(self) -> Mapping[str, np.ndarray]:
        """P(finding | cause) with the mean of every distribution, and the prior."""
        return self.structure.by_cause(self.columns.means())

    @cached_property
    def tables(self) -> dict[str, np.ndarray]:
        """The CPTs with the mean of every distribution, by variable."""
        return tables_of(self.structure, self.rates, all_variables(self.structure))

    def draws(self, count: int, rng: np.random.Generator) -> dict[str, np.ndarray]:
        """Draws of the figures of diseases (`Columns.draws`), and of those that forms have of their
        own (`Forms.draws`), with a leading axis."""
        forms = self.structure.forms
        return self.columns.draws(count, rng) | (forms.draws(count, rng) if forms else {})

    def drawn_tables(self, count: int, rng: np.random.Generator) -> dict[str, np.ndarray]:
        """The CPTs of such draws, of the diagnosis and all findings, with a leading axis."""
        shape = self.structure
        return cpts(shape, self.draws(count, rng), [DIAGNOSIS, *shape.findings])

    def network(self) -> Network:
        """The Bayesian network with the mean of every distribution."""
        return network(self.structure, self.tables)

    def cells_of(self, disease: str, finding: str) -> list[Cell]:
        """The cells of P(finding | disease): one, or one per state of the context."""
        conditions = self.structure.conditions[finding]
        return [self.cells[disease, finding, condition] for condition in conditions]

    @property
    def all_cells(self) -> list[Cell]:
        """The cells of diseases, then those of forms."""
        return [*self.cells.values(), *self.form_cells.values()]

    def cells_of_form(self, owner: str, finding: str) -> list[Cell]:
        """The cells of P(finding | form), `disease/form`, that rows speak of."""
        keys = [(owner, finding, c) for c in self.structure.conditions[finding]]
        return [self.form_cells[key] for key in keys if key in self.form_cells]

    def in_setting(self, setting: str) -> Blueprint:
        """With the priors of another setting. Raises UsageError for an unknown one."""
        prior = columns(self.base, self.structure, {}, setting).prior
        columns_ = replace(self.columns, prior=prior)
        return replace(self, setting=setting, columns=columns_, priors="")

    def without(self, sources: Container[str]) -> Blueprint:
        """As if these sources had said nothing of any finding. A prior weight, a dependency or all
        that is known of a finding's background stays: nothing could stand in for it."""
        removed = _removable(self.base, sources)
        estimator = self.estimator.without(removed)
        base = estimator.base
        shape = structure(base, estimator)
        if shape.split != self.structure.split:
            whole = Blueprint.of(estimator, self.setting)
            same = replace(whole.columns, prior=self.columns.prior)
            return replace(whole, columns=same, priors=self.priors)
        touched = {(s.disease, s.finding) for s in removed}
        usual = {s.finding for s in removed if s.owner == OTHER}
        stale = [key for key in self.estimates if key[:2] in touched or key[1] in usual]
        fresh = {key: estimator.cell(key[0], base.finding(key[1]), key[2]) for key in stale}
        by_form = self._form_cells_without(removed, estimator, usual)
        if shape.forms:
            fresh = with_better_forms(fresh, by_form, shape.forms)
        alone = self.estimates | fresh
        diseases = {disease for disease, _, _ in stale}
        again = {key: cell for key, cell in alone.items() if key[0] in diseases}
        moved = with_local(cohere(again, base.dependencies), estimator)
        changed = {key[1] for key, cell in moved.items() if cell is not self.cells[key]}
        cells = self.cells | moved
        some = {key: cell for key, cell in cells.items() if key[1] in changed}
        alphas = columns(base, shape, some, self.setting).findings
        columns_ = replace(self.columns, findings={**self.columns.findings, **alphas})
        if by_form is self.form_cells:
            shape = replace(shape, forms=self.structure.forms)
        else:
            shape = shape.with_own(by_form, cells, base)
        return replace(
            self,
            estimator=estimator,
            structure=shape,
            estimates=alone,
            cells=cells,
            form_cells=by_form,
            columns=columns_,
        )

    def _form_cells_without(
        self, removed: Iterable[Statement], estimator: Estimator, usual: Container[str]
    ) -> Cells:
        """The cells of forms less some statements; the same object where none of them matters."""
        gone = {(s.owner, s.finding) for s in removed if s.form}
        stale = [key for key in self.form_cells if key[:2] in gone or key[1] in usual]
        if not stale:
            return self.form_cells
        fresh = {k: estimator.cell(k[0], self.base.finding(k[1]), k[2]) for k in stale}
        kept = {key: cell for key, cell in self.form_cells.items() if key not in fresh}
        return kept | {key: cell for key, cell in fresh.items() if cell.used}

    def as_wholes(self) -> Blueprint:
        """With each disease as a whole, none in forms."""
        return replace(self, structure=replace(self.structure, forms=None))

    def only(self, diseases: Sequence[int]) -> Blueprint:
        """With these diseases (by position) alone; their odds are as before."""
        chosen = list(diseases)
        states = dict(self.structure.states)
        states[DIAGNOSIS] = tuple(states[DIAGNOSIS][i] for i in chosen)
        alphas = {name: alpha[chosen] for name, alpha in self.columns.findings.items()}
        forms = self.structure.forms and self.structure.forms.only(chosen)
        return replace(
            self,
            structure=replace(self.structure, states=states, forms=forms),
            columns=Columns(self.columns.prior[chosen], alphas),
        )

    def narrowed(
        self, findings: Collection[str], merged: Mapping[str, int] | None = None
    ) -> Blueprint:
        """With these findings alone, which must hold their parents. Of a finding in `merged` only
        the state at that position is told from the rest: the shares of a Dirichlet add up to a
        Dirichlet."""
        merged = merged or {}
        full = self.structure
        states = {n: s for n, s in full.states.items() if n == DIAGNOSIS or n in findings}
        states |= {name: (states[name][seen], REST) for name, seen in merged.items()}
        edges = {child: edge for child, edge in full.edges.items() if child in states}
        forms = full.forms and full.forms.narrowed(states.keys() - merged.keys())
        shape = Structure(states, full.split & states.keys(), edges, full.context, forms)
        alphas = {name: self.columns.findings[name] for name in shape.findings}
        alphas |= {name: _two_shares(alphas[name], seen) for name, seen in merged.items()}
        return replace(self, structure=shape, columns=Columns(self.columns.prior, alphas))


def _removable(base: KnowledgeBase, sources: Container[str]) -> list[Statement]:
    """The statements of some sources, but for those that are all that a background rests on."""
    said = [s for s in base.statements if s.source in sources]
    usual = {s.finding for s in said if s.owner == OTHER}
    left = {
        s.finding
        for s in base.statements
        if s.owner == OTHER and s.finding in usual and s.source not in sources and _is_rate(s)
    }
    return [s for s in said if s.owner != OTHER or s.finding in left]


def _is_rate(statement: Statement) -> bool:
    """Whether a statement is pooled without a condition, so that a finding can rest on it."""
    return not statement.condition and statement.basis != "illustration"


def _two_shares(alpha: np.ndarray, seen: int) -> np.ndarray:
    mine = alpha[..., seen]
    return np.stack([mine, alpha.sum(axis=-1) - mine], axis=-1)


def structure(base: KnowledgeBase, estimator: Estimator) -> Structure:
    """The graph of the network: the diagnosis, every finding, and the stated dependencies."""
    states = {DIAGNOSIS: tuple(disease.key for disease in base.diseases)}
    states |= {finding.key: states_of(finding) for finding in base.findings}
    split = frozenset(f.key for f in base.findings if estimator.conditions(f.key))
    forms = forms_of(base) if base.forms else None
    edges = {}
    for row in base.dependencies:
        group = tuple(states[row.parent].index(state) for state in row.parent_state)
        ratio = base.constant("subset_odds_ratio") if row.is_subset else row.odds_ratio
        edges[row.child] = DependencyEdge(row.parent, group, ratio)
    return Structure(states, split, edges, base.split, forms)


def estimates(base: KnowledgeBase, estimator: Estimator) -> Cells:
    """Every cell by (disease, finding, condition), each on its own."""
    found: Cells = {}
    for finding in base.findings:
        conditions = base.conditions if estimator.conditions(finding.key) else ("",)
        for disease in base.diseases:
            for condition in conditions:
                cell = estimator.cell(disease.key, finding, condition)
                found[disease.key, finding.key, condition] = cell
    return found


def columns(base: KnowledgeBase, shape: Structure, cells: Cells, setting: str) -> Columns:
    """All Dirichlet parameters, with the prior weights of a setting."""
    weights = {weight.disease: weight.weight for weight in base.weights(setting)}
    diseases = shape.states[DIAGNOSIS]
    prior = np.array([weights[disease] for disease in diseases])
    alphas: dict[str, list[np.ndarray]] = defaultdict(list)
    for (_, finding, _), cell in cells.items():
        alphas[finding].append(cell.alpha)
    tables = {}
    for finding, alpha in alphas.items():
        middle = (len(shape.states[shape.context]),) if finding in shape.split else ()
        tables[finding] = np.array(alpha).reshape(len(diseases), *middle, -1)
    return Columns(prior, tables)


def cpts(
    shape: Structure, marginals: Mapping[str, np.ndarray], variables: Iterable[str] | None = None
) -> dict[str, np.ndarray]:
    """The tables P(variable | parents) of `variables` (all, if None) that keep the marginals.

    `marginals` are shaped as in `Columns`, with any leading batch axes, and must hold each
    variable's parents too. Axes of a table: batch, parents in order, states."""
    names = list(variables or all_variables(shape))
    needed = {DIAGNOSIS, *shape.needed(names)}
    needed |= set(map(own_key, needed))
    rates = shape.by_cause({name: marginals[name] for name in sorted(marginals.keys() & needed)})
    return tables_of(shape, rates, names)


def tables_of(
    shape: Structure, rates: Mapping[str, np.ndarray], variables: Iterable[str]
) -> dict[str, np.ndarray]:
    """The same from rates by cause (`Structure.by_cause`)."""
    found = {}
    for name in variables:
        if name == FORM and shape.forms:
            found[name] = shape.forms.table
        elif name == DIAGNOSIS:
            found[name] = rates[name]
        elif name in rates:
            found[name] = _table(shape, rates, name)
    return found


def all_variables(shape: Structure) -> list[str]:
    """The variables of the network, parents before children but for findings."""
    return [DIAGNOSIS, *([FORM] if shape.forms else []), *shape.findings]


def network(shape: Structure, tables: Mapping[str, np.ndarray]) -> Network:
    """The Bayesian network with these tables (no batch axis)."""
    states = dict(shape.states) | ({FORM: shape.forms.states} if shape.forms else {})
    variables = [Variable(name, states[name]) for name in all_variables(shape)]
    cpts = [Cpt(DIAGNOSIS, (), tables[DIAGNOSIS])]
    if shape.forms:
        cpts.append(Cpt(FORM, (DIAGNOSIS,), tables[FORM]))
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
    both = np.minimum(2 * odds_ratio * parent * child / (s + root), child)
    inside, outside = both / parent, (child - both) / (1 - parent)
    # Where a parent is almost certain, rounding alone would carry these past 1.
    return np.minimum(inside, 1), np.minimum(outside, 1)


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
    shape: Structure, marginals: Mapping[str, np.ndarray], edge: DependencyEdge, split: bool
) -> np.ndarray:
    """P(parent in its group | cause), or | cause, context where the child is split."""
    states = (
        _marginal_in_context(shape, marginals, edge.parent)
        if split
        else marginal(shape, marginals, edge.parent)
    )
    inside = states[..., list(edge.group)].sum(axis=-1)
    return np.clip(inside, EPSILON, 1 - EPSILON)


def marginal(shape: Structure, marginals: Mapping[str, np.ndarray], name: str) -> np.ndarray:
    """P(name | cause) from such `marginals`: of a split finding, averaged over the context."""
    if name not in shape.split:
        return marginals[name]
    return (marginals[name] * marginals[shape.context][..., None]).sum(axis=-2)


def _marginal_in_context(
    shape: Structure, marginals: Mapping[str, np.ndarray], name: str
) -> np.ndarray:
    """P(name | cause, context)."""
    if name in shape.split:
        return marginals[name]
    edge = shape.edges.get(name)
    if edge is None:
        count = len(shape.states[shape.context])
        return np.repeat(marginals[name][..., None, :], count, axis=-2)
    table = _table(shape, marginals, name)
    if edge.parent == shape.context:
        return table
    parent = _marginal_in_context(shape, marginals, edge.parent)
    return parent @ table
