"""The most probable explanation: the assignment of all variables that fits the evidence best."""

from __future__ import annotations

import numpy as np

from .contraction import MAXIMISING, product
from .prepared import Prepared
from .sweep import Sweep


def most_probable(sweep: Sweep, prepared: Prepared) -> tuple[dict[str, int], float]:
    """The states of the variables that are not sliced, and ln P(all states, evidence).

    The sweep has all variables, none a target, and no CPT fixed, since sums worked out ahead
    are no maxima. Ties go to the first state."""
    leaves = sweep.leaves(prepared.chosen, prepared.likelihoods, {})
    values = sweep.forward(leaves, MAXIMISING)
    states: dict[str, int] = {}
    for step in reversed(sweep.plan.steps):
        if step.variable is not None:  # the last has the answer
            columns = [_column(values[i], sweep.scopes[i][1:], states) for i in step.inputs]
            states[step.variable] = int(np.argmax(product(columns, MAXIMISING)))
    return states, values[sweep.root].item() + prepared.log_scale


def _column(array: np.ndarray, scope: tuple[str, ...], states: dict[str, int]) -> np.ndarray:
    """The first axis of a factor where its other variables are in the given states."""
    place: tuple[slice | int, ...] = (slice(None), *(states[name] for name in scope), 0)
    return array[place]
