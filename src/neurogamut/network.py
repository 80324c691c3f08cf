"""A discrete Bayesian network as frozen data: variables, their CPTs, and ways in and out.

Knows no medicine and does no inference. pgmpy and networkx are imported only where they are used.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from .canonical import noisy_max_table
from .errors import CaseError, ImpossibleEvidenceError, NetworkError, nearest, needs

if TYPE_CHECKING:
    import networkx
    from pgmpy.models import DiscreteBayesianNetwork

    from .exchange.source import Readable

#: What a caller may say of a variable: a state, a likelihood over all its states (virtual evidence,
#: of which only ratios count), or a list of these, one per reader, which multiply.
Finding = str | Mapping[str, float] | Sequence[str | Mapping[str, float]]

SUM_TOLERANCE = 1e-9
#: Published files print few decimals; a column off by more than this is a mistake, not rounding.
ROUNDING_TOLERANCE = 0.01
#: Weights above this are no finite numbers.
LARGEST = sys.float_info.max


@dataclass(frozen=True)
class Variable:
    """A named variable with its ordered states.

    >>> Variable("sex", ("female", "male")).index("male")
    1
    """

    name: str
    states: tuple[str, ...]

    def index(self, state: object) -> int:
        """Position of a state. Raises CaseError with the states that exist."""
        try:
            return self._positions[state]
        except (KeyError, TypeError):
            raise CaseError(
                f"{self.name}={state!r}: unknown state; expected one of {', '.join(self.states)}"
                f"{nearest(state, self.states)}"
            ) from None

    @cached_property
    def _positions(self) -> dict[object, int]:
        return {state: position for position, state in enumerate(self.states)}

    def __len__(self) -> int:
        return len(self.states)


@dataclass(frozen=True, eq=False)
class Cpt:
    """P(variable | parents). `table` has one axis per parent, in order, and the variable's last.

    >>> Cpt("wet", ("rain",), [[0.9, 0.1], [0.1, 0.9]]).table.shape
    (2, 2)
    """

    variable: str
    parents: tuple[str, ...]
    table: np.ndarray

    def __post_init__(self) -> None:
        table = np.array(self.table, dtype=float)
        table.setflags(write=False)
        object.__setattr__(self, "table", table)

    @classmethod
    def noisy_or(
        cls,
        variable: Variable,
        parents: Mapping[Variable, float | Sequence[float]],
        leak: float = 0.0,
    ) -> Cpt:
        """A noisy-OR node: its first state is caused by any parent, each by itself, or by the leak.

        A parent's number is P(first state | only this parent in its own first state); with several
        numbers, one for each of its states. The variable has two states.

        >>> rain, sprinkler = Variable("rain", ("yes", "no")), Variable("sprinkler", ("on", "off"))
        >>> wet = Variable("wet", ("yes", "no"))
        >>> Cpt.noisy_or(wet, {rain: 0.9, sprinkler: 0.8}, leak=0.1).table[..., 0].round(3)
        array([[0.982, 0.91 ],
               [0.82 , 0.1  ]])

        Raises NetworkError for what is no probability."""
        alone = {}
        for parent, chances in parents.items():
            one = isinstance(chances, (int, float, np.number))
            row = np.array([chances, *[0] * (len(parent) - 1)] if one else chances, dtype=float)
            alone[parent] = np.stack([row, 1 - row], axis=1).tolist()
        return cls.noisy_max(variable, alone, [leak, 1 - leak])

    @classmethod
    def noisy_max(
        cls,
        variable: Variable,
        parents: Mapping[Variable, Sequence[Sequence[float]]],
        leak: Sequence[float],
    ) -> Cpt:
        """A noisy-MAX node: of what each parent causes by itself, and the leak, the strongest
        holds. The variable's states run from the strongest to none; a parent has one row of
        P(variable | only this parent acts) for each of its states.

        Raises NetworkError for rows of another length, or that are no distribution."""
        alone = [Cpt(variable.name, (p.name,), np.asarray(rows)) for p, rows in parents.items()]
        for parent, cpt in zip(parents, alone, strict=True):
            Network.of([parent, variable], [_uniform(parent), cpt])  # refuses what is none
        Network.of([variable], [Cpt(variable.name, (), np.asarray(leak))])
        table = noisy_max_table([cpt.table for cpt in alone], np.asarray(leak, dtype=float))
        return cls(variable.name, tuple(parent.name for parent in parents), table)

    def __reduce__(self) -> tuple[Any, ...]:
        """Copies and pickles are made anew, so that their tables cannot be changed either."""
        return Cpt, (self.variable, self.parents, self.table)


@dataclass(frozen=True)
class Evidence:
    """Evidence by position: `states` maps a variable to the index of its observed state,
    `likelihoods` a variable to an array of shape (states,), not all zero."""

    states: Mapping[str, int] = field(default_factory=dict)
    likelihoods: Mapping[str, np.ndarray] = field(default_factory=dict)

    def variables(self) -> tuple[str, ...]:
        """Every variable that something is known of."""
        return (*self.states, *self.likelihoods)

    def vectors(self, variables: Mapping[str, Variable]) -> dict[str, np.ndarray]:
        """All of it as likelihoods over states, shape (states,) each."""
        sure = {name: np.eye(len(variables[name]))[state] for name, state in self.states.items()}
        return sure | dict(self.likelihoods)


@dataclass(frozen=True, eq=False)
class Network:
    """A Bayesian network. Variables are kept in topological order.

    Raises NetworkError for a cycle, a table of the wrong shape, a negative or non-finite entry,
    or a column that does not sum to 1 within 1e-9.

    >>> rain = Variable("rain", ("yes", "no"))
    >>> list(Network.of([rain], [Cpt("rain", (), [0.2, 0.8])]).variables)
    ['rain']
    """

    variables: Mapping[str, Variable]
    cpts: Mapping[str, Cpt]

    def __post_init__(self) -> None:
        order = _topological_order(self.variables, self.cpts)
        object.__setattr__(self, "variables", {name: self.variables[name] for name in order})
        object.__setattr__(self, "cpts", {name: self.cpts[name] for name in order})
        for cpt in self.cpts.values():
            self._check(cpt)

    @classmethod
    def of(cls, variables: Iterable[Variable], cpts: Iterable[Cpt]) -> Network:
        """A network from lists instead of mappings."""
        return cls({v.name: v for v in variables}, {c.variable: c for c in cpts})

    def _check(self, cpt: Cpt) -> None:
        if len({cpt.variable, *cpt.parents}) != 1 + len(cpt.parents):
            raise NetworkError(f"CPT of {cpt.variable}: a variable stands twice in {cpt.parents}")
        expected = tuple(len(self.variables[name]) for name in (*cpt.parents, cpt.variable))
        if cpt.table.shape != expected:
            raise NetworkError(
                f"CPT of {cpt.variable}: shape {cpt.table.shape}, expected {expected} "
                f"for parents {cpt.parents} and the variable itself"
            )
        if not np.isfinite(cpt.table).all() or (cpt.table < 0).any():
            raise NetworkError(f"CPT of {cpt.variable}: entries must be finite and not negative")
        worst = np.abs(cpt.table.sum(axis=-1) - 1).max(initial=0)
        if worst > SUM_TOLERANCE:
            raise NetworkError(
                f"CPT of {cpt.variable}: a column sums to 1 only within {worst:.3g}; "
                f"expected {SUM_TOLERANCE:g}"
            )

    def __repr__(self) -> str:
        edges = sum(len(cpt.parents) for cpt in self.cpts.values())
        return f"<Network: {len(self.variables)} variables, {edges} edges>"

    # -- evidence ---------------------------------------------------------------------------

    def variable(self, name: str) -> Variable:
        """The variable of that name. Raises CaseError with the nearest names."""
        return _named(self.variables, name)

    def ancestors(self, names: Iterable[str]) -> frozenset[str]:
        """These variables with everything above them."""
        return ancestors(names, lambda name: self.cpts[name].parents)

    def encode(self, evidence: Mapping[str, Finding]) -> Evidence:
        """Evidence by name into evidence by position; raises as `encode` does."""
        return encode(self.variables, evidence)

    # -- in and out -------------------------------------------------------------------------

    @classmethod
    def from_pgmpy(cls, model: DiscreteBayesianNetwork) -> Network:
        """A network from pgmpy's. Columns off by rounding (up to 0.01) are renormalised.

        Raises NetworkError where a column is off by more."""
        variables, cpts = [], []
        for cpd in model.get_cpds():
            names = [str(state) for state in cpd.state_names[cpd.variable]]
            variables.append(Variable(cpd.variable, tuple(names)))
            parents = tuple(cpd.variables[1:])
            table = _renormalised(cpd.variable, np.moveaxis(np.asarray(cpd.values), 0, -1))
            cpts.append(Cpt(cpd.variable, parents, table))
        return cls.of(variables, cpts)

    def to_pgmpy(self) -> DiscreteBayesianNetwork:
        """The same network as a pgmpy model, for its algorithms and file formats."""
        with needs("exchange"):
            from pgmpy.factors.discrete import TabularCPD
            from pgmpy.models import DiscreteBayesianNetwork

        model = DiscreteBayesianNetwork()
        model.add_nodes_from(self.variables)
        for cpt in self.cpts.values():
            model.add_edges_from((parent, cpt.variable) for parent in cpt.parents)
            size = len(self.variables[cpt.variable])
            states = {n: list(self.variables[n].states) for n in (cpt.variable, *cpt.parents)}
            model.add_cpds(
                TabularCPD(
                    cpt.variable,
                    size,
                    np.moveaxis(cpt.table, -1, 0).reshape(size, -1),
                    evidence=list(cpt.parents) or None,
                    evidence_card=[len(self.variables[p]) for p in cpt.parents] or None,
                    state_names=states,
                )
            )
        return model

    def to_networkx(self) -> networkx.DiGraph:
        """The graph alone, with each node's states as an attribute."""
        with needs("exchange"):
            import networkx

        graph = networkx.DiGraph()
        for variable in self.variables.values():
            graph.add_node(variable.name, states=variable.states)
        for cpt in self.cpts.values():
            graph.add_edges_from((parent, cpt.variable) for parent in cpt.parents)
        return graph

    @classmethod
    def read(cls, source: Readable, format: str | None = None) -> Network:
        """A network from a file or an open stream (bytes or text): BIF, XMLBIF, Hugin's NET,
        GeNIe's XDSL or UAI, by its suffix, `format` or its first words; `.gz` too.

        Raises UsageError where it cannot be read, NetworkError with file, line and column."""
        from .exchange.network_files import read

        name, content = read(source, format)
        variables = [Variable(n, states) for n, states in content.states.items()]
        cpts = [Cpt(n, table.parents, table.values) for n, table in content.tables.items()]
        try:
            return cls.of(variables, cpts)
        except NetworkError as error:
            raise NetworkError(f"{name}: {error}") from None

    @classmethod
    def example(cls, name: str) -> Network:
        """A textbook network that pgmpy ships: `asia`, `alarm`, `hepar2`, `munin` and others.

        Raises UsageError with the nearest names."""
        from .exchange.examples import example_path

        return cls.read(example_path(name))

    def write(
        self,
        target: str | os.PathLike[str] | IO[Any],
        comments: Iterable[str] = (),
        format: str | None = None,
    ) -> None:
        """Write to a file or a stream, in the formats of `read`, to full double precision, with
        `comments`, a line each, at the end.

        Raises UsageError where it cannot be written."""
        from .exchange.draft import DraftTable, NetworkContent
        from .exchange.network_files import write

        states = {name: variable.states for name, variable in self.variables.items()}
        tables = {name: DraftTable(cpt.parents, cpt.table) for name, cpt in self.cpts.items()}
        write(NetworkContent(states, tables), target, comments, format)


def encode(variables: Mapping[str, Variable], evidence: Mapping[str, Finding]) -> Evidence:
    """Evidence by name into evidence by position, likelihoods scaled to a maximum of 1. Raises
    CaseError on an unknown name or state, or a likelihood that leaves states out, is negative, not
    finite or zero everywhere."""
    states: dict[str, int] = {}
    likelihoods: dict[str, np.ndarray] = {}
    for name, said in evidence.items():
        variable = _named(variables, name)
        if isinstance(said, str):
            states[name] = variable.index(said)
            continue
        likelihood = _likelihood(variable, said)
        certain = np.flatnonzero(likelihood)
        if len(certain) == 1 and likelihood[certain[0]] == 1:
            states[name] = int(certain[0])
        else:
            likelihoods[name] = likelihood
    return Evidence(states, likelihoods)


def _named(variables: Mapping[str, Variable], name: str) -> Variable:
    try:
        return variables[name]
    except (KeyError, TypeError):
        raise CaseError(f"{name!r}: unknown variable{nearest(name, variables)}") from None


def _likelihood(variable: Variable, said: Finding) -> np.ndarray:
    """One likelihood over the states from one reader's statement or several, which multiply."""
    product = np.ones(len(variable))
    for reading in _readings(variable, said):
        product *= _factor(variable, reading)
        if not product.any():
            message = (
                f"the evidence is impossible: the readings of {variable.name} contradict each other"
            )
            raise ImpossibleEvidenceError(message, [variable.name])
        product /= product.max()
    return product


def _readings(variable: Variable, said: Finding) -> Sequence[object]:
    """What each reader says."""
    if isinstance(said, Mapping) or not isinstance(said, Sequence):
        return [said]
    if not said:
        raise CaseError(f"{variable.name}=[]: expected at least one reading")
    return said


def _factor(variable: Variable, reading: object) -> np.ndarray:
    """What one reader says, as a likelihood with maximum 1."""
    factor = np.zeros(len(variable))
    if isinstance(reading, str):
        factor[variable.index(reading)] = 1
        return factor
    if not isinstance(reading, Mapping):
        raise CaseError(
            f"{variable.name}: {reading!r} is neither a state nor a likelihood over states; "
            f"expected e.g. {variable.states[0]!r} or {{{variable.states[0]!r}: 0.8, ...}}"
        )
    for state, value in reading.items():
        factor[variable.index(state)] = _weight(variable, state, value)
    if not factor.any():
        raise CaseError(f"{variable.name}: the likelihood is zero for every state")
    if missing := [state for state in variable.states if state not in reading]:
        raise CaseError(_partial(variable.name, reading, missing))
    return factor / factor.max()


def _partial(name: str, reading: Mapping[str, float], missing: Sequence[str]) -> str:
    """The refusal of a likelihood that leaves states out. Are they excluded, or do they share what
    is left to 1? It is not for us to guess."""
    (state, weight), *others = reading.items()
    rest = 0 if others or len(missing) > 1 else 1 - weight if weight <= 1 else 1
    named = {**reading, **dict.fromkeys(missing, rest)}
    example = ", ".join(f"{state}: {weight:.3g}" for state, weight in named.items())
    sure = "" if others else f"; if it is certain, just {state}"
    return (
        f"{name}: the likelihood says nothing of {', '.join(missing)}; name every state, "
        f"such as {example} (0 excludes a state){sure}"
    )


def _weight(variable: Variable, state: str, value: object) -> float:
    number = value.item() if isinstance(value, (np.integer, np.floating)) else value
    if isinstance(number, (int, float)) and not isinstance(number, bool) and 0 <= number <= LARGEST:
        return float(number)
    raise CaseError(
        f"{variable.name}.{state}={value!r}: a likelihood must be a finite number, 0 or above"
    )


def _uniform(variable: Variable) -> Cpt:
    return Cpt(variable.name, (), np.full(len(variable), 1 / len(variable)))


def _renormalised(name: str, table: np.ndarray) -> np.ndarray:
    sums = table.sum(axis=-1, keepdims=True)
    worst = np.abs(sums - 1).max()
    if worst > ROUNDING_TOLERANCE:
        raise NetworkError(f"CPT of {name}: a column sums to 1 only within {worst:.3g}")
    return table / sums


def ancestors(names: Iterable[str], parents: Callable[[str], Iterable[str]]) -> frozenset[str]:
    """These names with everything above them in a graph that is told by its `parents`."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting.extend(parents(name))
    return frozenset(found)


def _topological_order(variables: Mapping[str, Variable], cpts: Mapping[str, Cpt]) -> list[str]:
    if missing := sorted(set(variables) ^ set(cpts)):
        raise NetworkError(f"without a variable or without a CPT: {', '.join(missing)}")
    for cpt in cpts.values():
        for parent in cpt.parents:
            if parent not in variables:
                hint = nearest(parent, variables)
                raise NetworkError(f"CPT of {cpt.variable}: unknown parent {parent!r}{hint}")
    try:
        return list(TopologicalSorter({n: cpts[n].parents for n in variables}).static_order())
    except CycleError as error:
        raise NetworkError(f"cycle: {' -> '.join(error.args[1])}") from None
