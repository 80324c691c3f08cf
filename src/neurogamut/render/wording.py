"""How numbers, findings and statements are worded for people, in every medium alike.

The page's words.js says the same; tests/words.json holds both to it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any

from .sheet import Link

#: Halves are rounded up, as in JavaScript.
THREE_DIGITS = Context(prec=3, rounding=ROUND_HALF_UP)

#: Numbers of PubMed Central, which stand in the citation.
PMC = re.compile(r"\bPMC\d{5,}\b")

RESEARCH_USE = "For research use only; not a medical device."


def percent(probability: float) -> str:
    """A probability as a percentage that never reads as impossible or certain unless it is."""
    if 0 < probability < 0.0005:
        return "<0.1 %"
    if 0.9995 <= probability < 1:
        return ">99.9 %"
    return f"{_rounded(100 * probability, '0.1')} %"


def _rounded(number: float, last: str) -> Decimal:
    return Decimal(number).quantize(Decimal(last), ROUND_HALF_UP)


def plain(number: float) -> str:
    """A number in as few digits as it needs, three at most."""
    return f"{THREE_DIGITS.create_decimal_from_float(number).normalize():f}"


def odds(bans: float) -> str:
    """log10 odds as odds for or against."""
    ratio = 10 ** abs(bans)
    shown = plain(ratio) if ratio < 1e6 else f"{ratio:.0e}".replace("e+0", "e+")
    return f"{shown} : 1" if bans >= 0 else f"1 : {shown}"


def share(value: float) -> str:
    """A probability as a figure of a table: two digits that matter."""
    return f"{value:.2g}" if value < 0.01 or value > 0.99 else f"{value:.2f}"


def understood(evidence: Mapping[str, Any], ignored: Sequence[str]) -> list[str]:
    """How a case was read."""
    findings = "; ".join(f"{key}: {said(value)}" for key, value in evidence.items())
    lines = [f"Evidence: {findings or 'none'}"]
    if ignored:
        lines.append(f"Named, but not assessed: {', '.join(ignored)}")
    return lines


def said(value: object) -> str:
    """What a case says of a finding: a state, an age, a likelihood over states, or several."""
    if isinstance(value, Mapping):
        state = max(value, key=value.__getitem__)
        # Over the largest, as the sum of very large weights is no number.
        share = _rounded(100 / sum(weight / value[state] for weight in value.values()), "1")
        return f"probably {said(state)} ({share} %)"
    if isinstance(value, (list, tuple)):
        return " and ".join(map(said, value))
    if isinstance(value, bool):
        return "present" if value else "absent"
    return f"{plain(value)} years" if isinstance(value, (int, float)) else spaced(str(value))


def condition(given: str) -> str:
    """`immune_status=normal` as people read it."""
    return spaced(given.replace("=", " is "))


def spaced(key: str) -> str:
    """A key as people write it."""
    return key.replace("_", " ")


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
    return ", ".join(parts) + (f" if {condition(row['given'])}" if row["given"] else "")


def place(row: Mapping[str, Any]) -> str:
    """Where a row's figure was printed: source and locator."""
    return ", ".join(filter(None, (row["source"], row["locator"])))


def line(row: Mapping[str, Any]) -> str:
    """Where a row stands in the knowledge base."""
    return f"{row['file']}:{row['line']}"


def links(source: Mapping[str, str]) -> tuple[Link, ...]:
    """A source's DOI, PMID and PMC number, those it has."""
    found = []
    if source["doi"]:
        found.append(Link(f"doi:{source['doi']}", f"https://doi.org/{source['doi']}"))
    if source["pmid"]:
        address = f"https://pubmed.ncbi.nlm.nih.gov/{source['pmid']}/"
        found.append(Link(f"PMID {source['pmid']}", address))
    for number in PMC.findall(source.get("citation", "")):
        found.append(Link(number, f"https://pmc.ncbi.nlm.nih.gov/articles/{number}/"))
    return tuple(found)


def moved(finding: str) -> str:
    """What to add to a cell that was given the rate of its part or whole."""
    return (
        f"; moved to the rate of {finding}, as a part is never commoner than its whole"
        if finding
        else ""
    )
