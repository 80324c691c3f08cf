"""How numbers, findings and statements are worded for people, in text, HTML and pictures alike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .results import Posterior

RESEARCH_USE = "For research use only; not a medical device."


def percent(probability: float) -> str:
    """A probability as a percentage that never reads as impossible or certain unless it is."""
    if 0 < probability < 0.0005:
        return "<0.1 %"
    if 0.9995 <= probability < 1:
        return ">99.9 %"
    return f"{100 * probability:.1f} %"


def odds(bans: float) -> str:
    """log10 odds as odds for or against."""
    ratio = 10 ** abs(bans)
    shown = f"{ratio:.3g}" if ratio < 1e6 else f"{ratio:.0e}"
    return f"{shown} : 1" if bans >= 0 else f"1 : {shown}"


def numbers(result: Posterior) -> str:
    """How probable the evidence is, and whether it fits together and the diseases."""
    # z prints the logarithm -0.0, where there is no evidence, as 0.
    return (
        f"ln P(evidence) {result.log_evidence:z.2f}; conflict {result.conflict:+z.2f} "
        "(above 0: less probable together than apart); "
        f"fit {result.fit:.2g} (near 0: no probable disease explains them)"
    )


def said(value: object) -> str:
    """What a case says of a finding: a state, an age, a likelihood over states, or several."""
    if isinstance(value, Mapping):
        return ", ".join(f"{state} {weight:g}" for state, weight in value.items())
    if isinstance(value, (list, tuple)):
        return " and ".join(f"({said(reading)})" for reading in value)
    return f"{value:g}" if isinstance(value, float) else str(value)


def figure(row: Mapping[str, Any]) -> str:
    """What a row states: `27/27`, `33 % of 27`, `10 to 15 %`, a printed word in quotes, an age."""
    # An age has no state, and what stands for it is our expression, not the paper's.
    k, n, share, term = (row[column] for column in ("k", "n", "percent", "term"))
    parts = [f"{k}/{n}"] if k else []
    if share:
        parts.append(f"{share} %" if k or not n else f"{share} % of {n}")
    if term:
        words = f'"{term}"' if row["state"] else term
        parts.append(f"{words} (n={n})" if n and not parts else words)
    condition = f" if {row['given']}" if row["given"] else ""
    return ", ".join(parts) + condition


def place(row: Mapping[str, Any]) -> str:
    """Where a row's figure was printed: source and locator."""
    return ", ".join(filter(None, (row["source"], row["locator"])))


def line(row: Mapping[str, Any]) -> str:
    """Where a row stands in the knowledge base."""
    return f"{row['file']}:{row['line']}"


def links(source: Mapping[str, str]) -> dict[str, str]:
    """Text and address of a source's DOI and PMID, those it has."""
    found = {}
    if source["doi"]:
        found[f"doi:{source['doi']}"] = f"https://doi.org/{source['doi']}"
    if source["pmid"]:
        found[f"PMID {source['pmid']}"] = f"https://pubmed.ncbi.nlm.nih.gov/{source['pmid']}/"
    return found


def moved(finding: str) -> str:
    """What to add to a cell that was given the rate of its part or whole."""
    return (
        f"; moved to the rate of {finding}, as a part is never commoner than its whole"
        if finding
        else ""
    )
