"""Which papers a case and the knowledge base share, and the model without them."""

from __future__ import annotations

import re
from collections.abc import Container
from dataclasses import replace

from ..knowledge.base import KnowledgeBase
from ..knowledge.estimate import Estimator
from ..knowledge.records import Source
from ..model import Model
from .cases import PublishedCase

#: What identifies a paper in a citation: each pattern's groups, joined, are the identifier.
IDENTIFIERS = (
    re.compile(r"\b(10\.\d{4,9}/[^\s,;|()]*[^\s,;|().])"),
    re.compile(r"\b(?:PMID:? ?)(\d+)"),
    re.compile(r"\b(PMC\d+)"),
    re.compile(r"\b(\d{4}); ?(\d+)(?:\([^)]*\))?: ?([a-z]?\d+)", re.IGNORECASE),
    re.compile(r"\b(eurorad)(?: case)? (\d+)", re.IGNORECASE),
    re.compile(r"https?://(?:www\.)?([^\s|,;()]+[^\s|,;().])"),
)


def identifiers(text: str) -> frozenset[str]:
    """DOI, PMID, PMC, year-volume-page, Eurorad number and addresses that a citation holds."""
    return frozenset(
        ":".join(match.groups()).lower()
        for pattern in IDENTIFIERS
        for match in pattern.finditer(text)
    )


def shared_sources(base: KnowledgeBase, case: PublishedCase) -> frozenset[str]:
    """The keys of the sources of rows under cpts/ that are the case's own paper."""
    cited = {statement.source for statement in base.statements}
    named = identifiers(case.source)
    return frozenset(s.key for s in base.sources if s.key in cited and named & _names(s))


def _names(source: Source) -> frozenset[str]:
    return identifiers(source.citation) | {source.doi.lower(), source.pmid}


def without_sources(model: Model, sources: Container[str]) -> Model:
    """The model of a knowledge base in which these sources say nothing of any disease."""
    base = model.base
    kept = tuple(s for s in base.statements if s.source not in sources)
    return Model(Estimator(replace(base, statements=kept)), model.info.setting, model.info.engine)
