"""Why this diagnosis: each finding's weight of evidence, and the rows that it rests on.

Good's weight of evidence (Good, Probability and the Weighing of Evidence, 1950) of finding e_i
for disease d against d', given the other findings: log10 P(e_i | e_-i, d) / P(e_i | e_-i, d').
For findings that are independent given the disease these add up; what dependent findings say
together beyond that is the `shared` part.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from ..cases.case import CaseEvidence
from ..errors import UsageError, needs
from ..inference.query import Queries
from ..knowledge import provenance
from ..knowledge.base import OTHER, KnowledgeBase
from ..knowledge.build import DIAGNOSIS
from ..knowledge.estimate import BASES
from ..network import Finding
from ..render import charts
from ..render.answer import Answer, ModelInfo
from ..render.charts import AGAINST, FOR, NEUTRAL, ROW_HEIGHT, WIDTH
from ..render.sheet import Bar, Lines, Listing, Sheet, Table
from ..render.wording import line, odds, percent, place, said
from .cell import cited, stated
from .differential import Posterior
from .single import SingleDisease

if TYPE_CHECKING:
    import altair
    import pandas as pd

#: Below this many bans, what findings say together is not shown as a move of its own.
NEGLIGIBLE = 0.005
#: From this many bans on it is said in words what being told at all adds.
TELLING = 0.15


@dataclass(frozen=True, kw_only=True)
class FindingWeight:
    """One finding's weight of evidence for one disease against another, in bans (log10), and
    against all others. `saying` is the part of it that rests on the finding being told at all.
    `basis` is that of each disease's cell, `rows` are those behind both."""

    finding: str
    state: Any
    bans: float
    against_rest: float
    saying: float = 0.0
    basis: Mapping[str, str]
    rows: tuple[Mapping[str, Any], ...] = field(repr=False)


@dataclass(frozen=True)
class Move:
    """One move of the log10 odds, from `start` to `end` bans. `weight` is None where it is no
    finding's."""

    name: str
    start: float
    end: float
    weight: FindingWeight | None = None

    @property
    def bans(self) -> float:
        """How far the odds move."""
        return self.end - self.start

    @property
    def side(self) -> str:
        """Whether a finding speaks for or against, or `odds` where it is no finding."""
        if self.weight is None:
            return "odds"
        return "for" if self.bans >= 0 else "against"


@dataclass(frozen=True, repr=False, kw_only=True)
class Explanation(Answer):
    """Why `disease` leads `against`: prior odds, then each finding's weight of evidence.

    `shared` is what dependent findings say together and none says alone, so that
    `prior + sum(weights) + shared` is the posterior's log10 odds. `likelihoods` gives, per finding
    and disease, log10 P(finding | disease, other findings)."""

    disease: str
    against: str
    prior: float
    weights: tuple[FindingWeight, ...]
    shared: float
    rest: float
    likelihoods: Mapping[str, Mapping[str, float]]
    basis_share: Mapping[str, float]
    sources: tuple[Mapping[str, str], ...]
    labels: Mapping[str, str]
    posterior: Posterior

    @property
    def model(self) -> ModelInfo:  # type: ignore[override]  # never set, as all are frozen
        """What made this answer."""
        return self.posterior.model

    @property
    def warnings(self) -> tuple[str, ...]:
        """What to beware of, as in the posterior."""
        return self.posterior.warnings

    @property
    def total(self) -> float:
        """log10 of the posterior odds of `disease` against `against`."""
        return self.prior + sum(w.bans for w in self.weights) + self.shared

    def moves(self) -> list[Move]:
        """The path of the odds: the prior, each finding in order of its weight, and what findings
        say only together."""
        steps: list[tuple[str, float, FindingWeight | None]] = [("prior odds", self.prior, None)]
        steps += [(f"{w.finding}: {said(w.state)}", w.bans, w) for w in self.weights]
        if abs(self.shared) >= NEGLIGIBLE:
            steps.append(("findings taken together", self.shared, None))
        found, reached = [], 0.0
        for name, bans, weight in steps:
            found.append(Move(name, reached, reached + bans, weight))
            reached += bans
        return found

    def to_frame(self) -> pd.DataFrame:
        """One row per finding: state, bans against the runner-up and against the rest, basis."""
        with needs("tables"):
            import pandas as pd

        rows = [
            (
                w.finding,
                w.state,
                w.bans,
                w.against_rest,
                w.basis[self.disease],
                w.basis[self.against],
            )
            for w in self.weights
        ]
        names = ["finding", "state", "bans", "bans_against_rest", "basis", "basis_against"]
        return pd.DataFrame(rows, columns=names).set_index("finding")

    def to_dict(self) -> dict[str, Any]:
        """What `neurogamut explain --json` gives."""
        return {
            "disease": self.disease,
            "against": self.against,
            "prior_bans": self.prior,
            "weights": [asdict(w) for w in self.weights],
            "shared_bans": self.shared,
            "total_bans": self.total,
            "rest_bans": self.rest,
            "likelihoods": {f: dict(v) for f, v in self.likelihoods.items()},
            "basis_share": dict(self.basis_share),
            "sources": [dict(s) for s in self.sources],
            "posterior": dict(self.posterior.top(len(self.labels))),
            "warnings": list(self.warnings),
            "evidence": dict(self.posterior.evidence),
            "model": asdict(self.model),
        }

    def sheet(self, count: int = 0) -> Sheet:
        """The path from prior to posterior odds, then the rows and sources behind it."""
        shares = ", ".join(f"{basis} {percent(share)}" for basis, share in self.basis_share.items())
        return self._sheet(
            f"Why {self.labels[self.disease]} rather than {self.labels[self.against]}?",
            Lines(
                [
                    "Weight of evidence in bans: +1 makes the odds ten times higher, -1 ten times "
                    "lower."
                ]
            ),
            self._path(),
            Lines([f"The weight rests on: {shares}", *self._sayings()]),
            *(_rows(weight) for weight in self.weights),
            *cited(self.sources),
        )

    def _sayings(self) -> list[str]:
        """What it adds that a finding is told at all, where that is worth a mention."""
        lines = []
        for weight in self.weights:
            if abs(weight.saying) >= TELLING:
                name = self.labels[self.disease if weight.saying > 0 else self.against]
                why = "one looks for it" if weight.state in ("absent", False) else "it is expected"
                lines.append(
                    f"{weight.finding}, said {said(weight.state)}: that it is told at all speaks "
                    f"for {name}, where {why} ({abs(weight.saying):.2f} of its weight)."
                )
        return lines

    def _path(self) -> Table:
        moves = self.moves()
        low, high = _span(moves)
        rows = [
            (
                move.name,
                f"{move.bans:+z.2f}",
                Bar((move.start - low) / (high - low), (move.end - low) / (high - low)),
                f"{move.weight.against_rest:+z.2f}" if move.weight else "",
            )
            for move in moves
        ]
        total = ("posterior odds", f"{self.total:+z.2f}", odds(self.total), f"{self.rest:+z.2f}")
        headers = ("finding", "bans", "", "v. rest")
        return Table(headers, rows, ("bans", "v. rest"), totals=[total])

    def plot(self) -> altair.LayerChart:
        """A waterfall from the prior odds to the posterior odds (an altair chart)."""
        alt = charts.altair()
        moves = [*self.moves(), Move("posterior odds", 0.0, self.total)]
        rows = [
            {"step": m.name, "side": m.side, "start": m.start, "end": m.end, "bans": m.bans}
            for m in moves
        ]
        y = charts.labels("step", "finding")
        base = charts.chart(rows).encode(y=y, tooltip=["step:N", "bans:Q"])
        colours = alt.Scale(domain=["for", "against", "odds"], range=[FOR, AGAINST, NEUTRAL])
        bars = base.mark_bar(size=14).encode(
            x=alt.X("start:Q", title="log10 odds (bans)"),
            x2="end:Q",
            color=alt.Color("side:N", scale=colours, legend=None),
        )
        text = alt.Text("bans:Q", format="+.2f")
        numbers = base.mark_text(align="left", dx=4).encode(x="larger:Q", text=text)
        numbers = numbers.transform_calculate(larger="max(datum.start, datum.end)")
        zero = charts.chart([{"zero": 0}]).mark_rule(color=NEUTRAL).encode(x="zero:Q")
        chart = (zero + bars + numbers).properties(width=WIDTH, height=ROW_HEIGHT * len(rows))
        title = f"{self.labels[self.disease]} against {self.labels[self.against]}"
        return charts.captioned(chart, title, self.model)


def _span(moves: list[Move]) -> tuple[float, float]:
    """The lowest and the highest odds on the path, in bans; they differ."""
    reached = [0.0, *(move.end for move in moves)]
    low, high = min(reached), max(reached)
    return (low, high) if high > low else (low, low + 1)


def _rows(weight: FindingWeight) -> Listing:
    basis = ", ".join(f"{disease} {basis}" for disease, basis in weight.basis.items())
    title = f"{weight.finding}: {said(weight.state)} ({basis})"
    entries = [
        (row["disease"], f"{stated(row)}; {place(row)} ({line(row)})") for row in weight.rows
    ]
    return Listing(title, entries, folded=True)


# -- how it is found ----------------------------------------------------------------------------


def explain(
    view: SingleDisease,
    evidence: CaseEvidence,
    disease: str | None = None,
    against: str | None = None,
) -> Explanation:
    """Each finding's weight of evidence for `disease` (default: the leading one) against another
    (default: the next that has a name) and against all others, with the rows behind it.

    Raises UsageError for an unknown disease, or one weighed against itself."""
    blueprint, posterior = view.blueprint, view.posterior(evidence)
    disease, against = _pair(blueprint.base, posterior, disease, against)
    found = likelihoods(view.queries, DIAGNOSIS, evidence.network)
    keys = list(posterior.labels)
    pair = keys.index(disease), keys.index(against)
    weights = [_weight(view, found, evidence, f, keys, pair) for f in evidence.network]
    ordered = tuple(sorted(weights, key=lambda w: -abs(w.bans)))
    ln10 = np.log(10)
    return Explanation(
        disease=disease,
        against=against,
        prior=float(found.prior[pair[0]] - found.prior[pair[1]]) / ln10,
        weights=ordered,
        shared=found.shared(*pair),
        rest=found.odds(pair[0]),
        likelihoods={
            f: dict(zip(keys, map(float, v / ln10), strict=True)) for f, v in found.single.items()
        },
        basis_share=basis_share(
            {w.finding: w.bans for w in weights},
            {w.finding: tuple(w.basis.values()) for w in weights},
        ),
        sources=provenance.sources(blueprint.base, (row for w in ordered for row in w.rows)),
        labels=posterior.labels,
        posterior=posterior,
    )


def _pair(
    base: KnowledgeBase, posterior: Posterior, disease: str | None, against: str | None
) -> tuple[str, str]:
    disease, against = (name and base.disease(name).key for name in (disease, against))
    ranked = [d for d, _ in posterior.top(len(posterior.labels))]
    disease = disease or next(d for d in ranked if d != against)
    # Against "none of these" most weights rest on the background, and nothing is told apart.
    named = (d for d in ranked if d not in (disease, OTHER))
    against = against or next(named, OTHER)
    if disease == against:
        raise UsageError(f"{disease!r} cannot be weighed against itself")
    return disease, against


def _weight(
    view: SingleDisease,
    found: Likelihoods,
    evidence: CaseEvidence,
    finding: str,
    keys: list[str],
    pair: tuple[int, int],
) -> FindingWeight:
    cells = {keys[i]: view.blueprint.cells_of(keys[i], finding) for i in pair}
    behind = (cell for several in cells.values() for cell in several)
    rows = [provenance.row(s, used=True) for cell in behind for s in cell.used]
    return FindingWeight(
        finding=finding,
        state=evidence.said[finding],
        bans=found.weight(finding, *pair),
        against_rest=found.weight_against_rest(finding, pair[0]),
        saying=float(np.subtract(*view.saying(finding, evidence.network[finding])[list(pair)])),
        basis={disease: several[0].basis for disease, several in cells.items()},
        rows=tuple({(r["file"], r["line"]): r for r in rows}.values()),
    )


@dataclass(frozen=True, eq=False)
class Likelihoods:
    """`full`: ln P(e | d), shape (diseases,). `single`: ln P(e_i | e_-i, d) per finding.
    `prior`: ln P(d)."""

    full: np.ndarray
    single: Mapping[str, np.ndarray]
    prior: np.ndarray

    def weight(self, finding: str, disease: int, against: int) -> float:
        """Bans that a finding gives to one disease against another."""
        values = self.single[finding]
        return float(values[disease] - values[against]) / np.log(10)

    def shared(self, disease: int, against: int) -> float:
        """Bans that the findings give together and none alone."""
        total = float(self.full[disease] - self.full[against]) / np.log(10)
        return total - sum(self.weight(f, disease, against) for f in self.single)

    def odds(self, disease: int) -> float:
        """log10 posterior odds of a disease against all others together."""
        return _log_odds(self.prior + self.full, disease)

    def weight_against_rest(self, finding: str, disease: int) -> float:
        """By how many bans a finding moves the odds of a disease against all others."""
        without = self.prior + self.full - self.single[finding]
        return self.odds(disease) - _log_odds(without, disease)


def likelihoods(engine: Queries, target: str, evidence: Mapping[str, Finding]) -> Likelihoods:
    """Leave-one-out likelihoods of every observed finding, for each state of `target`.

    `engine` answers `query(target, evidence)`. Raises ImpossibleEvidenceError as it does."""
    prior = np.log(engine.query(target, {}).table)
    full = _log_likelihood(engine, target, evidence, prior)
    single = {}
    for finding in evidence:
        rest = {name: said for name, said in evidence.items() if name != finding}
        single[finding] = full - _log_likelihood(engine, target, rest, prior)
    return Likelihoods(full, single, prior)


def basis_share(
    weights: Mapping[str, float], basis: Mapping[str, tuple[str, ...]]
) -> dict[str, float]:
    """The share of all absolute weight that rests on each basis; each finding's weight is divided
    equally among the cells behind it."""
    total = sum(abs(weight) for weight in weights.values())
    shares = dict.fromkeys(BASES, 0.0)
    for finding, weight in weights.items():
        for name in basis[finding]:
            part = abs(weight) / total / len(basis[finding]) if total else 0.0
            shares[name] = shares.get(name, 0.0) + part
    return shares


def _log_likelihood(
    engine: Queries, target: str, evidence: Mapping[str, Finding], prior: np.ndarray
) -> np.ndarray:
    answer = engine.query(target, evidence)
    with np.errstate(divide="ignore"):
        return np.log(answer.table) + answer.log_evidence - prior


def _log_odds(log_joint: np.ndarray, disease: int) -> float:
    others = np.delete(log_joint, disease)
    return float(log_joint[disease] - np.logaddexp.reduce(others)) / np.log(10)
