"""What goes into an inference engine and what comes out, as plain arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from ..errors import CaseError
from ..network import Evidence, Finding, Network

#: In an EvidenceBatch: this variable was not observed in this row.
MISSING = -1


@dataclass(frozen=True, eq=False)
class Query:
    """P(targets | evidence) of one case.

    `table` has one axis per target, in order, and sums to 1. `log_evidence` is ln P(evidence);
    under virtual evidence ln of the sum of P(x) times the likelihoods of x.
    """

    targets: tuple[str, ...]
    table: np.ndarray
    log_evidence: float


class Queries(Protocol):
    """What every engine of a network answers."""

    @property
    def network(self) -> Network:
        """The network that is asked."""
        ...

    @property
    def name(self) -> str:
        """What the engine is called."""
        ...

    def query(
        self, targets: str | Sequence[str], evidence: Mapping[str, Finding] | Evidence | None = None
    ) -> Query:
        """P(targets | evidence), jointly. Raises CaseError, ImpossibleEvidenceError where
        P(evidence) = 0, and QueryTooLargeError."""
        ...


@dataclass(frozen=True, eq=False)
class QueryBatch:
    """P(targets | evidence) of many cases: `table` (rows, *states), `log_evidence` (rows,).

    A row whose evidence is impossible has log_evidence -inf and a table of zeros.
    """

    targets: tuple[str, ...]
    table: np.ndarray
    log_evidence: np.ndarray

    @property
    def impossible(self) -> np.ndarray:
        """Rows with P(evidence) = 0, as a boolean array (rows,)."""
        return np.isneginf(self.log_evidence)


@dataclass(frozen=True, eq=False)
class EvidenceBatch:
    """Evidence of many cases by position. One row broadcasts against any number.

    `states` maps a variable to its observed states (rows,), -1 where it was not observed;
    `likelihoods` maps a variable to virtual evidence (rows, states), ones where there is none.
    """

    states: Mapping[str, np.ndarray] = field(default_factory=dict)
    likelihoods: Mapping[str, np.ndarray] = field(default_factory=dict)

    def __len__(self) -> int:
        arrays = [*self.states.values(), *self.likelihoods.values()]
        return max((len(array) for array in arrays), default=1)

    @classmethod
    def of(cls, evidence: Evidence) -> EvidenceBatch:
        """One case as a batch of one row."""
        return cls(
            {name: np.array([state]) for name, state in evidence.states.items()},
            {name: weights[None, :] for name, weights in evidence.likelihoods.items()},
        )

    def some(self, rows: slice | np.ndarray) -> EvidenceBatch:
        """Some of the rows; a single row stands for all."""
        return EvidenceBatch(
            *(
                {name: array if len(array) == 1 else array[rows] for name, array in arrays.items()}
                for arrays in (self.states, self.likelihoods)
            )
        )

    def check(self, network: Network) -> None:
        """Raises CaseError for an unknown variable, a state out of range, rows of unlike number
        or a likelihood that is negative or not finite."""
        rows = len(self)
        for name, states in self.states.items():
            _check_rows(name, states, (), rows)
            _check_states(name, states, len(network.variable(name)))
        for name, likelihood in self.likelihoods.items():
            _check_rows(name, likelihood, (len(network.variable(name)),), rows)
            if not (np.isfinite(likelihood).all() and (likelihood >= 0).all()):
                raise CaseError(f"{name}: a likelihood must be finite and 0 or above")


def _check_rows(name: str, array: np.ndarray, shape: tuple[int, ...], rows: int) -> None:
    if array.shape not in ((rows, *shape), (1, *shape)):
        raise CaseError(f"{name}: shape {array.shape}, expected {(rows, *shape)}")


def _check_states(name: str, states: np.ndarray, count: int) -> None:
    if not states.size or (states.min() >= MISSING and states.max() < count):
        return
    row = int(np.flatnonzero((states < MISSING) | (states >= count))[0])
    raise CaseError(
        f"row {row}: {name}={states[row]}: expected 0 to {count - 1}, or -1 for not observed"
    )
