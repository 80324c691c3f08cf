"""The part of a model that a case depends on, as a smaller model of the same form.

Variables without bearing are left out (barren nodes). The states of a finding that the case does
not tell apart, such as all age bands but one, become one state: the shares of a Dirichlet add up
to a Dirichlet. Both leave every posterior, and its distribution over the figures, as it was.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..inference.engine import Engine
from ..knowledge import build
from ..knowledge.build import DIAGNOSIS, Columns, Structure
from .subject import Subject

REST = "any other"


def focus(subject: Subject) -> Subject:
    """The subject with the relevant variables only, and what it does not tell apart merged."""
    merged = _mergeable(subject)
    states = {name: subject.structure.states[name] for name in subject.relevant}
    states |= {name: (states[name][seen], REST) for name, seen in merged.items()}
    full = subject.structure
    edges = {child: edge for child, edge in full.edges.items() if child in states}
    structure = Structure(states, full.split & states.keys(), edges)
    alphas = {name: subject.columns.findings[name] for name in subject.relevant[1:]}
    alphas |= {name: _two_shares(alphas[name], seen) for name, seen in merged.items()}
    columns = Columns(subject.columns.prior, alphas)
    network = build.network(structure, build.cpts(structure, columns.means()))
    return replace(subject, structure=structure, columns=columns, engine=Engine(network))


def _mergeable(subject: Subject) -> dict[str, int]:
    """Findings of more than two states that were observed for certain and have no relevant child,
    with the observed state."""
    parents = {p for name in subject.relevant for p in subject.structure.parents(name)}
    return {
        name: state
        for name, state in subject.encoded.states.items()
        if name != DIAGNOSIS and name not in parents and len(subject.structure.states[name]) > 2
    }


def _two_shares(alpha: np.ndarray, seen: int) -> np.ndarray:
    mine = alpha[..., seen]
    return np.stack([mine, alpha.sum(axis=-1) - mine], axis=-1)
