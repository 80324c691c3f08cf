"""Which papers a case and the knowledge base share."""

from __future__ import annotations

from ..cases.published import PublishedCase
from ..knowledge.base import KnowledgeBase
from ..knowledge.citations import identifiers


def shared_sources(base: KnowledgeBase, case: PublishedCase) -> frozenset[str]:
    """The keys of the sources of rows under cpts/ that are the case's own paper."""
    cited = {statement.source for statement in base.statements}
    named = identifiers(case.source)
    own = {s.key: identifiers(s.citation) | {s.doi.lower(), s.pmid} for s in base.sources}
    return frozenset(key for key, names in own.items() if key in cited and named & names)
