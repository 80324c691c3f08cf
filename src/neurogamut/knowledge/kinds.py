"""Wholes that are there by one of their kinds: who names the whole alone does not say by which."""

from __future__ import annotations

from collections import defaultdict

from .base import KnowledgeBase

#: One part or two are features of a whole; of so many and more it is made up.
LEAST = 3
#: Findings that lead to a disease: one that is asked for in everybody stands for its kinds alone.
CONTEXT = "context"


def kind_of(base: KnowledgeBase) -> dict[str, tuple[str, ...]]:
    """Of each finding that is a kind of a whole, or a part of a kind, those wholes."""
    above = {edge.child: edge.parent for edge in base.dependencies if edge.is_subset}
    parts, within = defaultdict(set), defaultdict(set)
    for finding, at in above.items():
        parts[at].add(finding)
        while at:
            within[at].add(finding)
            at = above.get(at, "")
    made_up = [w for w in parts if len(parts[w]) >= LEAST and not _is_of_more(base, w, within[w])]
    return {f: found for f in above if (found := tuple(w for w in made_up if f in within[w]))}


def stands_for_any(base: KnowledgeBase, finding: str) -> bool:
    """Whether a finding says that its test showed anything at all; it is asked for in everybody."""
    record = base.finding(finding)
    return record.reporting == "asked" and record.group != CONTEXT


def _is_of_more(base: KnowledgeBase, whole: str, within: set[str]) -> bool:
    """Whether what it stands for is mostly none of its parts: an abnormal MRI."""
    test = base.finding(whole).revealed_by
    shown = {finding.key for finding in base.revealed.get(test, ())}
    return stands_for_any(base, whole) and len(shown - within) > len(within)
