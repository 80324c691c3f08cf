"""Texts with what they say, and how well the reader reads them.

A text's `case` holds what it says in so many words; `follows` adds what is implied, as the reader
does, so that nobody has to write `abnormal MRI` beside each lesion. `uncertain` is a hedged
presence, `unlikely` a hedged absence; a finding in `conflicts` is said both ways and must stay out.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from neurogamut.knowledge.base import KnowledgeBase
from neurogamut.knowledge.wordings import load
from neurogamut.reading import read_report
from neurogamut.reading.merge import parents_of

FOLDER = Path(__file__).parent / "reading"
HEDGED = {"uncertain": "present", "unlikely": "absent"}
STATES = ("present", "absent")


@dataclass
class Score:
    """Counts over findings of a state: read rightly, read wrongly, missed."""

    right: int = 0
    wrong: int = 0
    missed: int = 0

    @property
    def precision(self) -> float:
        return self.right / max(1, self.right + self.wrong)

    @property
    def recall(self) -> float:
        return self.right / max(1, self.right + self.missed)

    @property
    def f1(self) -> float:
        return 2 * self.right / max(1, 2 * self.right + self.wrong + self.missed)


@dataclass
class Scores:
    """`other`: age, sex and findings of more states. `opposite`: present for absent or the reverse,
    of all `findings` said or read. `errors` name each."""

    present: Score = field(default_factory=Score)
    absent: Score = field(default_factory=Score)
    other: Score = field(default_factory=Score)
    opposite: int = 0
    findings: int = 0
    errors: list[str] = field(default_factory=list)

    def add(self, name: str, finding: str, true: Any, read: Any) -> None:
        """One finding of one text: what it says and what was read, None for nothing."""
        self.findings += 1
        self.opposite += {true, read} == set(STATES)
        if true != read:
            self.errors.append(f"{name} {finding}: {true} read as {read}")
        if true == read:
            self._of(true).right += 1
            return
        if read is not None:
            self._of(read).wrong += 1
        if true is not None:
            self._of(true).missed += 1

    def _of(self, state: Any) -> Score:
        return {"present": self.present, "absent": self.absent}.get(state, self.other)


def texts(name: str) -> list[dict[str, Any]]:
    """The texts of a file, `gold` or `held_out`."""
    lines = (FOLDER / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def scored(base: KnowledgeBase, found: Iterable[Mapping[str, Any]]) -> Scores:
    """How well the reader reads texts."""
    scores = Scores()
    for text in found:
        true, read = follows(base, text["case"]), plain(read_report(text["text"], base).case)
        compare(scores, text["id"], true, read, text.get("conflicts", ()))
    return scores


def agreement(base: KnowledgeBase, found: Iterable[Mapping[str, Any]]) -> Scores:
    """The second annotation scored as if it were read, the first being the truth."""
    scores = Scores()
    for text in found:
        first, second = text["annotations"]
        true, read = follows(base, first["case"]), follows(base, second["case"])
        compare(scores, text["id"], true, read, {*first["conflicts"], *second["conflicts"]})
    return scores


def compare(
    scores: Scores,
    name: str,
    true: Mapping[str, Any],
    read: Mapping[str, Any],
    conflicts: Iterable[str],
) -> None:
    """Every finding that is said or read; one that is said both ways must not be read."""
    for finding in {*true, *read}:
        said = None if finding in conflicts else true.get(finding)
        if said is not None or finding in read:
            scores.add(name, finding, said, read.get(finding))


def plain(case: Mapping[str, Any]) -> dict[str, Any]:
    """A case with likelihoods as the state that they favour."""
    return {
        finding: max(state, key=state.get) if isinstance(state, Mapping) else state
        for finding, state in case.items()
    }


def follows(base: KnowledgeBase, case: Mapping[str, Any]) -> dict[str, Any]:
    """A case as annotated, with what is implied by what is certainly present."""
    parents = parents_of(base, load(base))
    full = dict(case)
    queue = [finding for finding, state in case.items() if state == "present"]
    for child in queue:
        for parent in parents.get(child, ()):
            if parent not in full:
                full[parent] = "present"
                queue.append(parent)
    return {finding: HEDGED.get(state, state) for finding, state in full.items()}
