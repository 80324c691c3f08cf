"""How probable it is that some findings of a case are told together, were they all that is known.

Of two findings, and of any that are independent but for the cause, that is a sum over causes; of
others a query.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import lgamma
from typing import NamedTuple

import numpy as np

from ..inference.query import Queries
from ..knowledge.base import FORM
from ..knowledge.build import DIAGNOSIS
from ..network import Evidence

#: Joint tables of two findings that are kept, of some 6 KiB each.
PAIRS_KEPT = 2**12


class SaidOf(NamedTuple):
    """What was said of a finding: a `likelihood` over its states, P(said | cause, state) of shape
    (causes or 1, states), P(said | cause) of shape (causes,), ln P(said), and whether it `counts`
    as one that was chosen to be told."""

    likelihood: np.ndarray
    by_state: np.ndarray
    by_cause: np.ndarray
    log_alone: float
    counts: bool


class PairTables:
    """Joint tables of two findings in a network, given its `cause`."""

    def __init__(self, engine: Queries, cause: str):
        self._engine = engine
        self._cause = cause
        self._above: dict[str, frozenset[str]] = {}
        self._tables: dict[tuple[str, str], np.ndarray] = {}

    def independent(self, names: Iterable[str]) -> bool:
        """Whether findings have nothing to do with each other but for the cause."""
        above = [self._and_above(name) for name in names]
        return len(frozenset().union(*above)) == sum(map(len, above))

    def table(self, one: str, other: str) -> np.ndarray:
        """P(two findings | cause), shape (causes, states, states). Kept, as conflicts repeat."""
        if one > other:
            return self.table(other, one).swapaxes(1, 2)
        found = self._tables.get((one, other))
        if found is None:
            joint = self._engine.query((self._cause, one, other)).table
            found = joint / joint.sum(axis=(1, 2), keepdims=True)
            if len(self._tables) >= PAIRS_KEPT:
                self._tables.clear()
            self._tables[one, other] = found
        return found

    def _and_above(self, finding: str) -> frozenset[str]:
        """The finding and all that it depends on but for the cause."""
        if finding not in self._above:
            above = self._engine.network.ancestors([finding]) - {DIAGNOSIS, FORM}
            self._above[finding] = frozenset(above)
        return self._above[finding]


class ToldTogether:
    """What was `said` of the findings of a case. `queries` are those of the view that the case is
    read in; row n of `priors` is P(cause) times how readily n given findings are chosen to be
    told, shape (numbers, causes)."""

    def __init__(
        self, said: Mapping[str, SaidOf], pairs: PairTables, queries: Queries, priors: np.ndarray
    ):
        self._said = said
        self._pairs = pairs
        self._queries = queries
        self._priors = priors

    def log_conflict(self, names: tuple[str, ...]) -> float:
        """ln(prod P(e_i) / P(e)) of some findings, at least two."""
        alone = sum(self._said[name].log_alone for name in names)
        return alone - self._log_together(names)

    def _log_together(self, names: tuple[str, ...]) -> float:
        """ln P(what was said of them, in one order)."""
        said = [self._said[name] for name in names]
        number = sum(one.counts for one in said)
        if self._pairs.independent(names):
            likelihood = np.multiply.reduce([one.by_cause for one in said])
        elif len(names) == 2:
            one, other = (one.by_state for one in said)
            joint = self._pairs.table(*names)
            likelihood = (joint * one[:, :, None] * other[:, None, :]).sum(axis=(1, 2))
        else:
            evidence = Evidence({}, {name: self._said[name].likelihood for name in names})
            return self._queries.query((), evidence).log_evidence - lgamma(number + 1)
        return float(np.log(self._priors[number] @ likelihood)) - lgamma(number + 1)
