"""What is said of a patient is chosen: the reporting model.

Beside a finding stands a node `said_<finding>`: present, absent or not said. A finding is told the
more readily, the more it is expected in the disease, whether it is there or not:

    P(said present | present, d) = P(finding | d)^told_present_power
    P(said absent  | absent, d)  = told_absent (told_absent_floor + P(finding | d))

What is asked for in every patient (`reporting` asked in cpts/findings.csv) is said to be absent
whatever is expected, at the rate of told_absent told_absent_floor.

How many findings are told depends on who tells them and not on the disease: given their number n,
any n findings are told in proportion to the product of these (conditional Bernoulli sampling: Chen,
Dempster and Liu, Biometrika 1994;81:457). The sum over all sets of n is one factor on the disease,
1 / E_n(d), the node `findings_told`. So a disease of few signs is not punished for what is told of
others. Who is asked about is chosen as well, the rare rather: the priors of the diseases of the
list are raised to `prior_power`; that of none of them stays.

Findings whose `reporting` is systematic in cpts/findings.csv have no such node: they are reported
whatever they show.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, reduce
from graphlib import TopologicalSorter

import numpy as np

from ..network import Cpt, Network, Variable
from .base import FORM, KnowledgeBase
from .build import DIAGNOSIS, Blueprint, Structure, marginal
from .records import PRESENCE, Parameter

PERTINENT, SYSTEMATIC = "pertinent", "systematic"
REPORTINGS = (PERTINENT, SYSTEMATIC)
#: A finding whose presence is told as it seems pertinent, and that is asked for in every patient.
ASKED = "asked"
#: The node that holds how many findings are told, and its last state.
TOLD, MORE = "findings_told", "more"
NOT_SAID = "not_said"
#: What is above the findings that have no parent where figures are not split by a context, else
#: above the context.
TOP = ""
#: Standard deviations from the middle of a normal distribution to the ends of its 95 % interval.
NORMAL_95 = 1.959964
#: So many findings that the ways to tell them are less than this are never told at once:
#: floating-point numbers end near there.
LEAST_WAYS = 1e-290

Tables = Mapping[str, np.ndarray]


def said(finding: str) -> str:
    """The name of the node that holds what is said of a finding."""
    return f"said_{finding}"


@dataclass(frozen=True)
class Reporting:
    """The constants of the reporting model, numbers or arrays (draws,); see the module."""

    prior_power: float | np.ndarray
    told_present_power: float | np.ndarray
    told_absent: float | np.ndarray
    told_absent_floor: float | np.ndarray

    @classmethod
    def of(cls, base: KnowledgeBase) -> Reporting:
        """The constants that priors/estimation.csv states."""
        return cls(**{name: base.constant(name) for name in cls.__dataclass_fields__})

    @classmethod
    def draws(cls, base: KnowledgeBase, count: int, rng: np.random.Generator) -> Reporting:
        """Constants drawn from their intervals, as arrays (count,): their logarithms are normal."""
        rows = {parameter.parameter: parameter for parameter in base.parameters}
        return cls(**{name: _drawn(rows[name], count, rng) for name in cls.__dataclass_fields__})

    def prior(self, prior: np.ndarray, unlisted: int | None) -> np.ndarray:
        """P(disease) of who is asked about, shape (..., diseases); that of the one at the position
        `unlisted`, none of the others, stays."""
        weights = prior ** _column(self.prior_power, 1)
        if unlisted is None:
            return weights / weights.sum(axis=-1, keepdims=True)
        left = prior[..., unlisted, None]
        weights = weights * (np.arange(prior.shape[-1]) != unlisted)
        asked = (1 - left) * weights / weights.sum(axis=-1, keepdims=True)
        asked[..., unlisted] = left[..., 0]
        return asked

    def among_asked(self, blueprint: Blueprint) -> Blueprint:
        """The blueprint of the patients who are asked about; the prior weighs as before."""
        weights = blueprint.columns.prior
        prior = self.prior(weights / weights.sum(), blueprint.structure.unlisted)
        asked = weights.sum() * prior
        return replace(blueprint, columns=replace(blueprint.columns, prior=asked))

    def said(self, rate: np.ndarray, asked: bool = False) -> np.ndarray:
        """P(said | disease, finding) from P(finding present | disease) of shape (..., diseases):
        shape (..., diseases, 2, 3)."""
        power, level, floor = (
            _column(constant, 1)
            for constant in (self.told_present_power, self.told_absent, self.told_absent_floor)
        )
        present, absent = rate**power, level * (floor + (0 if asked else rate))
        told = np.zeros((*np.broadcast_shapes(present.shape, absent.shape), 2, 2))
        told[..., 0, 0], told[..., 1, 1] = present, np.minimum(absent, 1)
        return _completed(told)


def said_tables(
    reporting: Reporting, blueprint: Blueprint, findings: Collection[str] | None = None
) -> Tables:
    """P(said | disease, finding) of those of `findings` (default: of all) that are told or not, by
    finding."""
    shape = blueprint.structure
    tables = {}
    for finding in blueprint.base.findings:
        if finding.reporting != SYSTEMATIC and (findings is None or finding.key in findings):
            rate = marginal(shape, blueprint.rates, finding.key)[..., 0]
            tables[finding.key] = reporting.said(rate, finding.reporting == ASKED)
    return tables


def ways_to_tell(shape: Structure, cpts: Tables, said: Tables, most: int) -> np.ndarray:
    """E_n(d), the sum over all sets of n findings of how readily they are told together, for n up
    to `most`: shape (..., diseases, most + 1)."""
    told = {name: table[..., :2].sum(axis=-1) for name, table in said.items()}
    factors = {name: np.stack([np.ones_like(t), t], axis=-1) for name, t in told.items()}
    found = summed_out(shape, cpts, factors, most)
    return np.concatenate(
        [found, np.zeros((*found.shape[:-1], most + 1 - found.shape[-1]))], axis=-1
    )


def summed_out(shape: Structure, cpts: Tables, factors: Tables, most: int = 0) -> np.ndarray:
    """The sum over all findings of P(findings | disease) times one factor for each finding in
    `factors`, shape (..., diseases, powers). A factor has the shape (..., diseases or 1, states,
    powers): polynomials, kept up to the power `most`. Exact, by one pass up the branches."""
    branches: dict[str, list[np.ndarray]] = defaultdict(list)
    for name in [*reversed(_parents_first(shape)), *filter(None, [shape.context])]:
        here = [np.ones((len(shape.states[name]), 1)), *branches.pop(name, [])]
        if name in factors:
            here.append(factors[name][..., None, :, :])
        below = reduce(lambda a, b: times(a, b, most), here)
        message = _by_parent(shape, name, cpts[name]) @ below
        above = _above(shape, name)
        is_top = above in (shape.context, TOP)
        branches[above].append(message.swapaxes(-3, -2) if is_top else message)
    alone = np.ones((shape.shares.shape[1], 1, 1, 1))
    return reduce(lambda a, b: times(a, b, most), branches[TOP], alone)[..., 0, 0, :]


@dataclass(frozen=True, eq=False)
class Telling:
    """What is said, for the patients of a blueprint: `said` has P(said | disease, finding) by
    finding, `ways` is E_n(d) (..., diseases, numbers).

    P(number told | disease) is 1 / E_n(d) times a share that is the same for all diseases, and so
    tells nothing; `log_shares` (numbers,) are their logarithms."""

    said: Tables
    ways: np.ndarray

    @classmethod
    def of(cls, blueprint: Blueprint, reporting: Reporting, most: int | None = None) -> Telling:
        """Of up to `most` findings (default: of as many as there are, or as floating-point numbers
        have room for). Where the constants are draws, tables have a leading axis of draws."""
        shape, cpts = blueprint.structure, blueprint.tables
        tables = said_tables(reporting, blueprint)
        if most is not None:
            return cls(tables, ways_to_tell(shape, cpts, tables, most))
        ways = ways_to_tell(shape, cpts, tables, len(tables))
        held = (ways >= LEAST_WAYS).reshape(-1, ways.shape[-1]).all(axis=0)
        return cls(tables, ways[..., : int(np.logical_and.accumulate(held).sum())])

    def only(self, causes: Sequence[int]) -> Telling:
        """For these diseases, or forms where there are any (by position), alone."""
        chosen = list(causes)
        tables = {finding: table[chosen] for finding, table in self.said.items()}
        return Telling(tables, self.ways[chosen])

    def but_for(self, reported: Collection[str]) -> Telling:
        """Where these findings are reported whatever they show."""
        tables = {f: table for f, table in self.said.items() if f not in reported}
        return Telling(tables, self.ways)

    @cached_property
    def log_shares(self) -> np.ndarray:
        """See above."""
        numbers = self.ways.shape[-1]
        return np.log(self.ways.min(axis=-2)) - np.log(numbers + 1)

    @cached_property
    def number(self) -> np.ndarray:
        """P(number told | disease), shape (..., diseases, numbers + 1); the last state takes what
        is left."""
        return _completed(np.exp(self.log_shares[..., None, :]) / self.ways)

    def around(self, plain: Network) -> Network:
        """A network with what is said beside those of its findings that may be told."""
        numbers = tuple(map(str, range(self.ways.shape[-1])))
        told = {finding: table for finding, table in self.said.items() if finding in plain.cpts}
        variables = [*plain.variables.values(), Variable(TOLD, (*numbers, MORE))]
        variables += [Variable(said(finding), (*PRESENCE, NOT_SAID)) for finding in told]
        cause = FORM if FORM in plain.variables else DIAGNOSIS
        cpts = [*plain.cpts.values(), Cpt(TOLD, (cause,), self.number)]
        cpts += [Cpt(said(f), (cause, f), table) for f, table in told.items()]
        return Network.of(variables, cpts)


def _completed(shares: np.ndarray) -> np.ndarray:
    """Probabilities with a last state that takes what is left."""
    return np.concatenate([shares, 1 - shares.sum(axis=-1, keepdims=True)], axis=-1)


def times(a: np.ndarray, b: np.ndarray, most: int) -> np.ndarray:
    """The product of polynomials (coefficients on the last axis) up to the power `most`."""
    if a.shape[-1] < b.shape[-1]:
        a, b = b, a
    size = min(a.shape[-1] + b.shape[-1] - 1, most + 1)
    product = np.zeros((*np.broadcast_shapes(a.shape[:-1], b.shape[:-1]), size))
    for power in range(min(b.shape[-1], size)):
        part = a[..., : size - power]
        product[..., power : power + part.shape[-1]] += part * b[..., power, None]
    return product


def _parents_first(shape: Structure) -> list[str]:
    """The findings but the context, parents before children."""
    above = {name: {_above(shape, name)} for name in shape.findings if name != shape.context}
    return [name for name in TopologicalSorter(above).static_order() if name != shape.context]


def _above(shape: Structure, name: str) -> str:
    if name in shape.edges:
        return shape.edges[name].parent
    return TOP if name == shape.context else shape.context


def _by_parent(shape: Structure, name: str, table: np.ndarray) -> np.ndarray:
    """A CPT with the axes (..., diseases, context states, parent states, states), of length 1 where
    it has none."""
    parents = shape.parents(name)
    if shape.context not in parents:
        table = np.expand_dims(table, -len(parents) - 1)
    return table[..., None, :] if _above(shape, name) in (shape.context, TOP) else table


def _drawn(constant: Parameter, count: int, rng: np.random.Generator) -> np.ndarray:
    low, high = constant.interval or (constant.value, constant.value)
    deviation = np.log(high / low) / (2 * NORMAL_95)
    return constant.value * np.exp(deviation * rng.standard_normal(count))


def _column(constant: float | np.ndarray, axes: int) -> np.ndarray:
    """A constant, or one per draw, ready to be held against arrays of so many further axes."""
    return np.asarray(constant)[(..., *[None] * axes)]
