"""The part of a model that a case depends on, as a smaller model of the same form.

Variables without bearing are left out (barren nodes). The states of a finding that the case does
not tell apart, such as all age bands but one, become one state. Both leave every posterior, and its
distribution over the figures, as it was.
"""

from __future__ import annotations

from ..knowledge.build import DIAGNOSIS
from .subject import Subject


def focus(subject: Subject) -> Subject:
    """The subject with the relevant variables only, and what it does not tell apart merged."""
    return subject.on(subject.blueprint.narrowed(subject.relevant, _mergeable(subject)))


def _mergeable(subject: Subject) -> dict[str, int]:
    """Findings of more than two states that were observed for certain, have no relevant child and
    no rates of forms, which are fitted to all states together; with the observed state."""
    shape = subject.structure
    kept = {DIAGNOSIS, *(p for name in subject.relevant for p in shape.parents(name))}
    if shape.forms:
        kept |= shape.forms.own.keys()
    return {
        name: state
        for name, state in subject.findings.states.items()
        if name not in kept and len(shape.states[name]) > 2
    }
