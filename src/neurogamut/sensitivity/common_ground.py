"""What two gamuts have in common: a network of each over the same diseases and findings.

A disease that only one has is conditioned away. A finding that only one has, or that has other
states there, is left out with all findings that depend on it: what is left are parents of none of
these, so that leaving them out sums over them exactly.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ..cases.case import Case, CaseReader
from ..errors import UsageError
from ..inference.elimination.engine import Engine
from ..knowledge.base import FORM, split_owner
from ..knowledge.build import DIAGNOSIS, Blueprint, Structure
from ..render.answer import ModelInfo
from .subject import Subject


@dataclass(frozen=True)
class Apart:
    """What is not compared: `added` and `removed` keys of diseases and of findings, findings whose
    states or parents differ in what one of the two lacks, and diseases that have other forms."""

    added_diseases: tuple[str, ...] = ()
    removed_diseases: tuple[str, ...] = ()
    added_findings: tuple[str, ...] = ()
    removed_findings: tuple[str, ...] = ()
    unlike_findings: tuple[str, ...] = ()
    unlike_forms: tuple[str, ...] = ()

    def lines(self) -> Iterator[str]:
        """In words, a line each."""
        words = {
            "Diseases added": self.added_diseases,
            "Diseases removed": self.removed_diseases,
            "Findings added": self.added_findings,
            "Findings removed": self.removed_findings,
            "Findings of other states, or that depend on what one lacks": self.unlike_findings,
        }
        for said, keys in words.items():
            if keys:
                yield f"{said}: {', '.join(keys)}. Not compared."
        if self.unlike_forms:
            of = ", ".join(self.unlike_forms)
            yield f"Diseases of other forms: {of}. All are compared as wholes, without forms."


@dataclass(frozen=True, eq=False)
class CommonGround:
    """Two blueprints over the same variables and states, and what was left out to get there."""

    before: Blueprint
    after: Blueprint
    apart: Apart

    def posed(
        self, cases: Mapping[str, Case], target: str | None, models: tuple[ModelInfo, ModelInfo]
    ) -> list[tuple[str, Subject, Subject]]:
        """Cases by name put to both, without what is left out. Raises as `subjects` does."""
        common = self.before.structure.states[DIAGNOSIS]
        if target is not None and self.before.base.disease(target).key not in common:
            raise UsageError(f"target={target!r}: only one of the two has that disease")
        known = {name: self._common(case) for name, case in cases.items()}
        old = _subjects(self.before, models[0], known, target)
        new = _subjects(self.after, models[1], known, target)
        return [(name, old[name], new[name]) for name in cases]

    def _common(self, case: Case) -> Case:
        """What a case says of the findings that both have, and what neither knows."""
        apart = self.apart
        left_out = {*apart.added_findings, *apart.removed_findings, *apart.unlike_findings}
        names = [b.base.names_of_findings for b in (self.before, self.after)]
        return {
            key: said for key, said in case.items() if not left_out & {n.find(key) for n in names}
        }


def common_ground(before: Blueprint, after: Blueprint) -> CommonGround:
    """What two gamuts have in common. Raises UsageError where they share no disease."""
    old, new = before.structure, after.structure
    diseases = [d for d in old.states[DIAGNOSIS] if d in new.states[DIAGNOSIS]]
    if not diseases:
        raise UsageError("the tables have no disease in common")
    both = [name for name in old.findings if name in new.states]
    kept = _with_parents(both, old, new)
    apart = Apart(
        _only(new.states[DIAGNOSIS], diseases),
        _only(old.states[DIAGNOSIS], diseases),
        _only(new.findings, both),
        _only(old.findings, both),
        _only(both, kept),
        tuple(d for d in diseases if _forms(old, d) != _forms(new, d)),
    )
    sides = [_narrowed(side, diseases, kept) for side in (before, after)]
    if apart.unlike_forms:
        sides = [side.as_wholes() for side in sides]
    return CommonGround(sides[0], sides[1], apart)


def _forms(structure: Structure, disease: str) -> list[str]:
    owners = structure.forms.owners if structure.forms else structure.states[DIAGNOSIS]
    return [owner for owner in owners if split_owner(owner)[0] == disease]


def _only(keys: Sequence[str], common: Collection[str]) -> tuple[str, ...]:
    return tuple(key for key in keys if key not in common)


def _with_parents(names: Sequence[str], old: Structure, new: Structure) -> list[str]:
    """The findings that have the same states in both, and all of whose parents have."""
    kept = {name for name in names if old.states[name] == new.states[name]}
    while lost := {name for name in kept if not _parents(name, old, new) <= kept}:
        kept -= lost
    return [name for name in names if name in kept]


def _parents(name: str, *structures: Structure) -> set[str]:
    return {parent for s in structures for parent in s.parents(name)} - {DIAGNOSIS, FORM}


def _subjects(
    blueprint: Blueprint, info: ModelInfo, cases: Mapping[str, Case], target: str | None
) -> dict[str, Subject]:
    reader, engine = CaseReader(blueprint.base), Engine(blueprint.network())
    found = {n: Subject(blueprint, engine, info, reader.read(c), target) for n, c in cases.items()}
    for subject in found.values():
        _ = subject.posterior, subject.target
    return found


def _narrowed(blueprint: Blueprint, diseases: Sequence[str], findings: Sequence[str]) -> Blueprint:
    states = blueprint.structure.states[DIAGNOSIS]
    if tuple(diseases) != states:
        blueprint = blueprint.only([states.index(disease) for disease in diseases])
    if set(findings) != set(blueprint.structure.findings):
        blueprint = blueprint.narrowed(findings)
    return blueprint
