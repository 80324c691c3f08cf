"""What identifies the paper that a citation names."""

from __future__ import annotations

import re

#: What identifies a paper in a citation: each pattern's groups, joined, are the identifier.
IDENTIFIERS = (
    re.compile(r"\b(10\.\d{4,9}/[^\s,;|()]*[^\s,;|().])"),
    re.compile(r"\b(?:PMID:? ?)(\d+)"),
    re.compile(r"\b(PMC\d+|NBK\d+)"),
    re.compile(r"\b((?:hal|dumas|pasteur)-\d{8})\b"),
    re.compile(r"\b(S\d{4}-?\d{3}[\dX]\(?\d\d\)?\d{5}-?[\dX])\b"),
    re.compile(r"\b(\d{4}),? abstract (?:[A-Z]+\d{4}-)?([A-Z]*[\d.]*\d)", re.IGNORECASE),
    re.compile(r"\b(\d{4}); ?(\d+)(?:\([^)]*\))?: ?([a-z]?\d+)", re.IGNORECASE),
    re.compile(r"\b(eurorad)(?: case)? (\d+)", re.IGNORECASE),
    re.compile(r"https?://(?:www\.)?([^\s|,;()]+[^\s|,;().])"),
)


def identifiers(text: str) -> frozenset[str]:
    """DOI, PMID, PMC, NBK and HAL numbers, publisher item, year with volume and page or with the
    number of a congress abstract, Eurorad number and addresses that a citation holds."""
    return frozenset(
        ":".join(match.groups()).lower()
        for pattern in IDENTIFIERS
        for match in pattern.finditer(text)
    )
