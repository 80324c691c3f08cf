"""Mentions into a case: what is said twice, what contradicts itself, what follows from what."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from ..knowledge.base import KnowledgeBase
from ..knowledge.spelling import words
from ..knowledge.wordings import Wordings
from .understood import SAID, Mention, State

#: A finding whose label names alternatives, and one whose key does: those are things of their own.
EITHER, APART = " or ", "_or_"
#: Words of a key that name no thing but what is found of it.
RESULTS = frozenset({"positive", "raised"})
#: A lesion location in two halves is said of both.
BOTH, HALVES = "both", {"supratentorial", "infratentorial"}


@dataclass(frozen=True)
class Merger:
    """`parents` are the findings that follow from each, `labels` the findings' names for people."""

    parents: Mapping[str, Sequence[str]]
    labels: Mapping[str, str]

    @classmethod
    def of(cls, base: KnowledgeBase, wordings: Wordings) -> Merger:
        """For the findings of a knowledge base."""
        labels = {finding.key: finding.label for finding in base.findings}
        return cls(parents_of(base, wordings), labels)

    def merge(
        self, mentions: Iterable[Mention], text: str
    ) -> tuple[dict[str, State], list[Mention]]:
        """The case that the mentions of a text make, and the mentions with those that contradict
        each other taken out and those that follow from others put in."""
        by_finding: dict[str, list[Mention]] = {}
        for mention in mentions:
            by_finding.setdefault(mention.finding, []).append(mention)
        self._leave_out_kinds_of_nothing(by_finding, text)
        for follower in self._followers(by_finding, text):
            by_finding.setdefault(follower.finding, []).append(follower)
        case: dict[str, State] = {}
        told: list[Mention] = []
        for finding, said in by_finding.items():
            state, said = self._agreed(said, text)
            told += said
            if state is not None:
                case[finding] = state
        return case, sorted(told, key=lambda mention: (mention.start, mention.end))

    def _agreed(self, said: list[Mention], text: str) -> tuple[State | None, list[Mention]]:
        """The state of one finding; a certain word outweighs a hedged one, and of hedged ones the
        last counts."""
        entered = [mention for mention in said if mention.entered]
        certain = list(dict.fromkeys(m.state for m in entered if not isinstance(m.state, Mapping)))
        if not certain:
            return (entered[-1].state if entered else None), said
        if len(certain) == 1:
            return certain[0], said
        if BOTH in certain or set(certain) == HALVES:
            return BOTH, said
        if set(certain) == {"present", "absent"} and self._is_either(entered, text):
            return "present", [_left_out(m, "another form is there", "absent") for m in said]
        why = f"{SAID}{' and '.join(map(str, certain))}: which of them holds?"
        return None, [_left_out(mention, why) for mention in said]

    def _is_either(self, entered: Sequence[Mention], text: str) -> bool:
        """Whether one alternative is denied and another there: tinnitus without hearing loss, ANA
        positive and ANCA negative. What a normal test denies is all of them."""
        finding = entered[0].finding
        if EITHER not in self.labels[finding]:
            return False
        named: dict[str, set[tuple[str, ...]]] = {"present": set(), "absent": set()}
        for mention in entered:
            if isinstance(mention.state, str):
                named[mention.state].add(words(text[mention.start : mention.end]))
        there, missing = ({_alternative(finding, said) for said in named[s]} for s in named)
        apart = None not in there | missing and not there & missing
        denied = all(mention.why for mention in entered if mention.state == "absent")
        return apart or (denied and not named["present"] & named["absent"])

    def _leave_out_kinds_of_nothing(self, by_finding: dict[str, list[Mention]], text: str) -> None:
        """Of what was measured and is not there, no kind is: 90 % of three cells are no
        lymphocytic pleocytosis."""
        nothing = {
            finding
            for finding, said in by_finding.items()
            if self._agreed(said, text)[0] == "absent" and any(map(_is_measured, said))
        }
        for finding, said in by_finding.items():
            for parent in nothing.intersection(self.parents.get(finding, ())):
                why = f"{self.labels[parent]} is not there"
                by_finding[finding] = [_left_out(mention, why, "present") for mention in said]

    def _followers(self, by_finding: Mapping[str, list[Mention]], text: str) -> Iterator[Mention]:
        """A finding that is there wherever another is, once for each, where the text does not say
        so itself."""
        certain = [said for said in by_finding.values() if self._agreed(said, text)[0] == "present"]
        queue = [m for said in certain for m in said if m.entered and m.state == "present"]
        known = {mention.finding for mention in queue}
        for child in queue:
            for parent in self.parents.get(child.finding, ()):
                if parent not in known:
                    known.add(parent)
                    why = f"follows from {self.labels[child.finding]}"
                    queue.append(replace(child, finding=parent, why=why))
                    yield queue[-1]


def _alternative(finding: str, said: Sequence[str]) -> str | None:
    """Which of the things that a finding's key names is the one that is said in so many words."""
    found = [part for part in finding.split(APART) if {*part.split("_")} - RESULTS <= {*said}]
    return found[0] if len(found) == 1 and APART in finding else None


def _is_measured(mention: Mention) -> bool:
    """What was read from a number says it first: `3; present from 5`."""
    return mention.why[:1].isdigit()


def _left_out(mention: Mention, why: str, state: str = "") -> Mention:
    """A mention out of the case, if it was in it and, where a state is named, says that one."""
    if not mention.entered or (state and mention.state != state):
        return mention
    return replace(mention, entered=False, why=why)


def parents_of(base: KnowledgeBase, wordings: Wordings) -> dict[str, tuple[str, ...]]:
    """What follows from each finding: subsets of the knowledge base, and implications."""
    parents: dict[str, list[str]] = {}
    for edge in base.dependencies:
        if edge.is_subset and edge.parent_state in ((), ("present",)):
            parents.setdefault(edge.child, []).append(edge.parent)
    for implication in wordings.implications:
        parents.setdefault(implication.finding, []).append(implication.implies)
    return {finding: tuple(found) for finding, found in parents.items()}
