"""A discrete Bayesian network as frozen data: variables, their CPTs, and ways in and out.

Knows no medicine and does no inference. pgmpy and networkx are imported only where they are used.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from .errors import CaseError, ImpossibleEvidenceError, NetworkError, UsageError, nearest

if TYPE_CHECKING:
    import networkx
    from pgmpy.models import DiscreteBayesianNetwork

#: What a caller may say of a variable: a state, a likelihood over states (virtual evidence,
#: any missing state is 0), or a list of these, one per reader, which multiply.
Finding = str | Mapping[str, float] | Sequence[str | Mapping[str, float]]

SUM_TOLERANCE = 1e-9
#: Published files print few decimals; a column off by more than this is a mistake, not rounding.
ROUNDING_TOLERANCE = 0.01


@dataclass(frozen=True)
class Variable:
    """A named variable with its ordered states."""

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
    def _positions(self) -> dict[str, int]:
        return {state: position for position, state in enumerate(self.states)}

    def __len__(self) -> int:
        return len(self.states)


@dataclass(frozen=True, eq=False)
class Cpt:
    """P(variable | parents). `table` has one axis per parent, in order, and the variable's last."""

    variable: str
    parents: tuple[str, ...]
    table: np.ndarray

    def __post_init__(self) -> None:
        table = np.array(self.table, dtype=float)
        table.setflags(write=False)
        object.__setattr__(self, "table", table)


@dataclass(frozen=True)
class Evidence:
    """Evidence by position: `states` maps a variable to the index of its observed state,
    `likelihoods` a variable to an array of shape (states,), not all zero."""

    states: Mapping[str, int] = field(default_factory=dict)
    likelihoods: Mapping[str, np.ndarray] = field(default_factory=dict)

    def variables(self) -> tuple[str, ...]:
        """Every variable that something is known of."""
        return (*self.states, *self.likelihoods)


@dataclass(frozen=True, eq=False)
class Network:
    """A Bayesian network. Variables are kept in topological order.

    Raises NetworkError for a cycle, a table of the wrong shape, a negative or non-finite entry,
    or a column that does not sum to 1 within 1e-9.
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

    # -- evidence ---------------------------------------------------------------------------

    def variable(self, name: str) -> Variable:
        """The variable of that name. Raises CaseError with the nearest names."""
        return _named(self.variables, name)

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
        import networkx

        graph = networkx.DiGraph()
        for variable in self.variables.values():
            graph.add_node(variable.name, states=variable.states)
        for cpt in self.cpts.values():
            graph.add_edges_from((parent, cpt.variable) for parent in cpt.parents)
        return graph

    @classmethod
    def read(cls, path: str | Path) -> Network:
        """A network from a BIF (`.bif`) or XMLBIF (`.xml`, `.xmlbif`, `.bifxml`) file."""
        from pgmpy.readwrite import BIFReader, XMLBIFReader

        path = Path(path)
        if not path.exists():
            raise UsageError(f"{path}: no such file")
        reader = BIFReader if _file_format(path) == "BIF" else XMLBIFReader
        return cls.from_pgmpy(reader(str(path)).get_model())

    def write(self, path: str | Path, comments: Iterable[str] = ()) -> None:
        """Write BIF or XMLBIF, by the suffix as in `read`, to full double precision, with
        `comments`, a line each, at its end.

        Raises UsageError for a name or state that these formats cannot hold."""
        from pgmpy.readwrite import BIFWriter, XMLBIFWriter

        path = Path(path)
        writer = BIFWriter if _file_format(path) == "BIF" else XMLBIFWriter
        for variable in self.variables.values():
            for word in (variable.name, *variable.states):
                if not re.fullmatch(r"\w+", word, re.ASCII):
                    raise UsageError(
                        f"{variable.name}: {word!r} cannot be written to {path.name}: "
                        "expected only letters, digits and underscores"
                    )
        if not path.parent.is_dir():
            raise UsageError(f"{path}: there is no folder {path.parent}")
        writer(self.to_pgmpy()).write(str(path))
        opening, closing = ("// ", "") if writer is BIFWriter else ("<!-- ", " -->")
        with path.open("a", encoding="utf-8") as file:
            for line in comments:
                # Two hyphens would end an XML comment.
                file.write(f"\n{opening}{line.replace('--', '- -')}{closing}")


def _file_format(path: Path) -> str:
    formats = {".bif": "BIF", ".xml": "XMLBIF", ".xmlbif": "XMLBIF", ".bifxml": "XMLBIF"}
    if path.suffix not in formats:
        expected = ", ".join(formats)
        raise UsageError(f"{path}: unknown format {path.suffix!r}; expected {expected}")
    return formats[path.suffix]


def encode(variables: Mapping[str, Variable], evidence: Mapping[str, Finding]) -> Evidence:
    """Evidence by name into evidence by position. Raises CaseError on an unknown name, state
    or a likelihood that is negative, not finite or zero everywhere."""
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
    for reading in [said] if isinstance(said, Mapping) else said:
        if isinstance(reading, str):
            reading = {reading: 1.0}
        if not isinstance(reading, Mapping):
            raise CaseError(
                f"{variable.name}: {reading!r} is neither a state nor a likelihood over states; "
                f"expected e.g. {variable.states[0]!r} or {{{variable.states[0]!r}: 0.8, ...}}"
            )
        factor = np.zeros(len(variable))
        for state, value in reading.items():
            factor[variable.index(state)] = _weight(variable, state, value)
        with np.errstate(over="ignore", invalid="ignore"):  # looked at below
            product = product * factor
    if not product.any():
        if isinstance(said, Mapping):
            raise CaseError(f"{variable.name}: the likelihood is zero for every state")
        message = (
            f"the evidence is impossible: the readings of {variable.name} contradict each other"
        )
        raise ImpossibleEvidenceError(message, [variable.name])
    if not np.isfinite(product).all():
        raise CaseError(f"{variable.name}: the readings multiply to more than a number can hold")
    return product


def _weight(variable: Variable, state: str, value: object) -> float:
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not number or not np.isfinite(value) or value < 0:
        raise CaseError(
            f"{variable.name}.{state}={value!r}: a likelihood must be a finite number, 0 or above"
        )
    return float(value)


def _renormalised(name: str, table: np.ndarray) -> np.ndarray:
    sums = table.sum(axis=-1, keepdims=True)
    worst = np.abs(sums - 1).max()
    if worst > ROUNDING_TOLERANCE:
        raise NetworkError(f"CPT of {name}: a column sums to 1 only within {worst:.3g}")
    return table / sums


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
