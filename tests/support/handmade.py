"""Answers made by hand, so that what renders them is tested without a model."""

from __future__ import annotations

from neurogamut.diagnosis.cell import CellView
from neurogamut.diagnosis.differential import Posterior
from neurogamut.diagnosis.explanation import Explanation, FindingWeight
from neurogamut.render.answer import ModelInfo

INFO = ModelInfo("0.1.0", "0123456789abcdef" * 4, "adult_referral", "compiled")
LABELS = {"susac": "Susac syndrome", "nmosd": "NMOSD <spectrum> & co", "other": "None of these"}


def posterior(**changes) -> Posterior:
    """Three diseases, one finding, one warning."""
    fields = {
        "probabilities": {"nmosd": 0.0999, "susac": 0.9, "other": 0.0001},
        "prior": {"nmosd": 0.3, "susac": 0.2, "other": 0.5},
        "labels": LABELS,
        "log_evidence": -3.25,
        "conflict": 0.5,
        "fit": 0.04,
        "evidence": {"age": 20.0, "fever": {"present": 0.2, "absent": 0.8}},
        "ignored": ("seizures",),
        "warnings": ("the findings <conflict>",),
        "model": INFO,
    }
    return Posterior(**fields | changes)


def row(**cells) -> dict:
    """A row of cpts/susac.csv: 27 of 27."""
    usual = {
        "disease": "susac",
        "finding": "callosum",
        "state": "present",
        "given": "",
        "k": "27",
        "n": "27",
        "percent": "",
        "term": "",
        "basis": "reported",
        "source": "bot_2020",
        "locator": "Table 3 [a]",
        "note": "all & every",
        "file": "cpts/susac.csv",
        "line": 95,
        "used": True,
    }
    return usual | cells


SOURCES = (
    {"key": "bot_2020", "citation": "Bot J. <Brain>", "doi": "10.1007/a&b", "pmid": "123"},
    {"key": "expert", "citation": "our judgement", "doi": "", "pmid": ""},
)
WORD = row(k="", n="", term="often", line=96, used=False, note="")
RANGE = row(k="", n="", percent="10 to 15", source="expert", locator="", line=97, used=False)


def weight(finding, state, bans, against_rest, basis, rows) -> FindingWeight:
    """The weight of one finding."""
    return FindingWeight(
        finding=finding,
        state=state,
        bans=bans,
        against_rest=against_rest,
        saying=0.0,
        basis=basis,
        rows=rows,
    )


def explanation(**changes) -> Explanation:
    """1 ban of prior against, 2 and -0.5 of findings, 0.25 together: 0.75 in all."""
    basis = {"susac": "reported", "nmosd": "worded"}
    fields = {
        "disease": "susac",
        "against": "nmosd",
        "prior": -1.0,
        "weights": (
            weight("callosum", "present", 2.0, 1.5, basis, (row(), WORD)),
            weight("age", 20.0, -0.5, -0.25, {"susac": "background", "nmosd": "background"}, ()),
        ),
        "shared": 0.25,
        "rest": 0.6,
        "likelihoods": {"callosum": {"susac": -0.01, "nmosd": -2.01, "other": -3.0}},
        "basis_share": {"reported": 0.5, "worded": 0.25, "expert": 0.0, "background": 0.25},
        "sources": SOURCES,
        "labels": LABELS,
        "posterior": posterior(),
    }
    return Explanation(**fields | changes)


def cell(**changes) -> CellView:
    """27 of 27: Beta(27.5, 0.5), a word and a range that were outranked."""
    fields = {
        "disease": "susac",
        "finding": "callosum",
        "condition": "",
        "basis": "reported",
        "distribution": {
            "present": {"a": 27.5, "b": 0.5, "mean": 27.5 / 28, "lower": 0.912, "upper": 0.99998},
            "absent": {"a": 0.5, "b": 27.5, "mean": 0.5 / 28, "lower": 0.00002, "upper": 0.088},
        },
        "used": (row(),),
        "outranked": (WORD, RANGE),
        "moved_to": "",
        "sources": SOURCES,
        "labels": {"susac": "Susac syndrome", "callosum": "Callosal lesions"},
        "model": INFO,
    }
    return CellView(**fields | changes)
