"""The answer to `what is it?`: every disease with its probability."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from ..errors import needs
from ..knowledge.base import OTHER
from ..render import charts
from ..render.answer import Answer, ModelInfo
from ..render.charts import FOR, ROW_HEIGHT, WIDTH
from ..render.sheet import Bar, Lines, Sheet, Table
from ..render.wording import percent, said, understood

if TYPE_CHECKING:
    import altair
    import pandas as pd

    from ..cases.case import CaseEvidence
    from ..inference.noisy_or.subset_engine import DiseaseSet

#: How the warning begins that the case may be a disease that the network does not know.
FITS_NOTHING = "fits no disease of the network"
#: How it begins that it may be one.
MAY_BE_NONE = "may be none of the"
PREMISE = "At least one of the diseases is present, and any number may be."
#: A form is shown from this share of its disease, a neighbour from this probability, and at most
#: so many.
FORM_SHOWN, NEIGHBOUR_SHOWN, FORMS = 0.05, 0.03, 3
#: Diseases, and sets of diseases, that are shown; a dictionary has more.
SHOWN, SETS = 8, 4


def conflict_words(
    names: Sequence[str], evidence: Mapping[str, object], labels: Mapping[str, str]
) -> str:
    """Findings that conflict, by their labels, with what was said of each."""
    *most, last = (f"{labels[name]} ({said(evidence[name])})" for name in names)
    return f"{', '.join(most)} and {last}"


class Differential(Answer):
    """Base of answers that give every disease a probability: `probabilities`, `prior` and `labels`
    by disease, the `evidence` as it was read, and `warnings`."""

    probabilities: Mapping[str, float]
    prior: Mapping[str, float]
    labels: Mapping[str, str]
    evidence: Mapping[str, Any]
    warnings: tuple[str, ...]

    def __getitem__(self, disease: str) -> float:
        return self.probabilities[disease]

    def top(self, count: int = 5) -> list[tuple[str, float]]:
        """The most probable diseases, best first."""
        return sorted(self.probabilities.items(), key=lambda item: -item[1])[:count]

    def to_frame(self) -> pd.DataFrame:
        """One row per disease, best first: label, posterior, prior."""
        with needs("tables"):
            import pandas as pd

        rows = [(d, self.labels[d], p, self.prior[d]) for d, p in self.top(len(self.labels))]
        columns = ["disease", "label", "posterior", "prior"]
        return pd.DataFrame(rows, columns=columns).set_index("disease")

    def plot(self, count: int = SHOWN) -> altair.LayerChart:
        """Bars of the `count` leading diseases, with a tick at each prior (an altair chart)."""
        rows = [
            {"disease": self.labels[disease], "posterior": p, "prior": self.prior[disease]}
            for disease, p in self.top(count)
        ]
        shown = ["disease:N", "posterior:Q", "prior:Q"]
        base = charts.chart(rows).encode(y=charts.labels("disease", "disease"), tooltip=shown)
        probability = charts.percentage("posterior", "probability (%), tick: before the findings")
        bars = base.mark_bar(color=FOR).encode(x=probability)
        ticks = base.mark_tick(color="black", thickness=2, size=16).encode(x="prior:Q")
        text = charts.altair().Text("posterior:Q", format=".1%")
        numbers = base.mark_text(align="left", dx=4).encode(x="larger:Q", text=text)
        numbers = numbers.transform_calculate(larger="max(datum.posterior, datum.prior)")
        chart = (bars + ticks + numbers).properties(width=WIDTH, height=ROW_HEIGHT * len(rows))
        return charts.captioned(chart, "Probability of each disease", self.model)

    def _ranked(self, what: str, count: int) -> Table:
        """The leading diseases with bars, and the tick of the prior."""
        headers = ("disease", what, "(tick: prior)", "prior")
        rows = [
            (self.labels[d], percent(p), Bar(0, p, self.prior[d]), percent(self.prior[d]))
            for d, p in self.top(count)
        ]
        return Table(headers, rows, (what, "prior"))


class View(Protocol):
    """One way to see a case: a single disease explains it, or several may."""

    @property
    def prior(self) -> Mapping[str, float]:
        """The probability of every disease before anything is known."""
        ...

    def posterior(self, evidence: CaseEvidence) -> Differential:
        """The probability of every disease given a case."""
        ...


@dataclass(frozen=True, repr=False, kw_only=True)
class Posterior(Differential):
    """P(disease | case). `labels` are the diseases' names for people; `prior` is P(disease).

    `fit` is the posterior predictive p-value of the findings (see diagnosis/fit.py): near 0 where
    no probable disease explains them, None where no finding is sure. `log_evidence` is
    ln P(evidence), likelihoods scaled to a maximum of 1. `conflict` is ln(prod P(e_i) / P(e)):
    above 0 the findings support each other less than if they were independent (Jensen, Bayesian
    Networks, 1996); `conflicting` are those that do most, where a warning says so. `forms` is
    P(form, disease | case) by disease and form, of the diseases that come in forms; those of
    `other` are its neighbours. `form_labels` names them by `disease/form`."""

    probabilities: Mapping[str, float]
    prior: Mapping[str, float]
    labels: Mapping[str, str]
    log_evidence: float
    conflict: float
    conflicting: tuple[str, ...] = ()
    fit: float | None
    evidence: Mapping[str, Any]
    ignored: tuple[str, ...]
    warnings: tuple[str, ...]
    model: ModelInfo
    forms: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    form_labels: Mapping[str, str] = field(default_factory=dict)

    @property
    def leading(self) -> str:
        """The most probable disease."""
        return self.top(1)[0][0]

    def top_forms(self, disease: str, least: float = 0.0) -> list[tuple[str, float]]:
        """P(form, disease | case) of the forms of a disease that reach `least`, the most probable
        first; of `other` its neighbours."""
        found = sorted(self.forms.get(disease, {}).items(), key=lambda item: -item[1])
        return [(form, p) for form, p in found if p >= least]

    @property
    def fits(self) -> bool:
        """False where a warning says that the case fits none of the diseases."""
        return not any(warning.startswith(FITS_NOTHING) for warning in self.warnings)

    @property
    def unlisted(self) -> bool:
        """True where a warning says that it may be none of the diseases."""
        return not self.fits or any(w.startswith(MAY_BE_NONE) for w in self.warnings)

    def to_dict(self) -> dict[str, Any]:
        """What `neurogamut posterior --json` and the HTTP interface give."""
        return {
            "posterior": dict(self.top(len(self.probabilities))),
            "log_evidence": self.log_evidence,
            "conflict": self.conflict,
            "conflicting": list(self.conflicting),
            "fit": self.fit,
            "evidence": dict(self.evidence),
            "ignored": list(self.ignored),
            "warnings": list(self.warnings),
            "forms": {disease: dict(self.top_forms(disease)) for disease in self.forms},
            "model": asdict(self.model),
        }

    def sheet(self, count: int = SHOWN) -> Sheet:
        """The leading diseases, what the rest hold together, and how the case was read."""
        ranked = self._ranked("probability", count)
        table = Table(ranked.headers, ranked.rows, ranked.right, totals=self._rest(count))
        return self._sheet("", table, Lines([*self._form_words(), *self._notes()]))

    def _form_words(self) -> list[str]:
        """Which form of the leading disease it would be, and what `other` is most like."""
        return [*self._leading_form(), *self._neighbours()]

    def _leading_form(self) -> list[str]:
        if self.leading == OTHER or self.leading not in self.forms:
            return []
        total = self[self.leading]
        names = [
            f"{self._form(self.leading, form)} {percent(p / total)}"
            for form, p in self.top_forms(self.leading, FORM_SHOWN * total)[:FORMS]
        ]
        return [f"Form of {self.labels[self.leading]}: {', '.join(names)}"]

    def _neighbours(self) -> list[str]:
        near = self.top_forms(OTHER, NEIGHBOUR_SHOWN)[:FORMS]
        if not near:
            return []
        names = ", ".join(f"{self._form(OTHER, form)} {percent(p)}" for form, p in near)
        listed = len(self.labels) - 1
        return [f"None of the {listed}: {percent(self[OTHER])}, most like (outlines only): {names}"]

    def _form(self, disease: str, form: str) -> str:
        return self.form_labels[f"{disease}/{form}"]

    def _rest(self, count: int) -> list[tuple[str, str, str, str]]:
        top = self.top(count)
        left = len(self.probabilities) - len(top)
        if not left:
            return []
        rest, prior = (
            max(1 - sum(of[disease] for disease, _ in top), 0.0)
            for of in (self.probabilities, self.prior)
        )
        return [(f"{left} others", percent(rest), "", percent(prior))]

    def _notes(self) -> list[str]:
        # z: a number that is shown as 0 has no minus sign.
        return [
            *understood(self.evidence, self.ignored),
            f"ln P(evidence) {self.log_evidence:z.2f}; conflict {self.conflict:+z.2f} "
            "(above 0: less probable together than apart); " + self._fit_words(),
        ]

    def _fit_words(self) -> str:
        if self.fit is None:
            return "no fit, as no finding is sure"
        return f"fit {self.fit:.2g} (near 0: no probable disease explains them)"


@dataclass(frozen=True)
class Pair:
    """`probability` is P(both diseases are present | case), whatever else is."""

    diseases: tuple[str, str]
    probability: float


@dataclass(frozen=True, repr=False, kw_only=True)
class CoexistingAnswer(Differential):
    """P(disease present | case), on the premise that at least one is; they may sum to more than 1.

    `prior` is the same before anything is known. `number_present` maps 1, 2, ... to the probability
    that so many diseases are present, its last entry standing for that many or more; `pairs` are
    those of the leading diseases and `sets` the most probable sets, both best first.
    `log_evidence`, `conflict` and `conflicting` are as in Posterior."""

    probabilities: Mapping[str, float]
    prior: Mapping[str, float]
    number_present: Mapping[int, float]
    pairs: tuple[Pair, ...]
    sets: tuple[DiseaseSet, ...]
    labels: Mapping[str, str]
    log_evidence: float
    conflict: float
    conflicting: tuple[str, ...] = ()
    evidence: Mapping[str, Any]
    ignored: tuple[str, ...]
    warnings: tuple[str, ...]
    model: ModelInfo

    @property
    def leading(self) -> tuple[str, ...]:
        """The most probable set of diseases."""
        return self.sets[0].diseases

    @property
    def several(self) -> float:
        """P(two diseases or more | case)."""
        return sum(p for count, p in self.number_present.items() if count > 1)

    def to_dict(self) -> dict[str, Any]:
        """What `neurogamut posterior --assume coexisting --json` gives."""
        return {
            "posterior": dict(self.top(len(self.probabilities))),
            "number_present": {str(count): p for count, p in self.number_present.items()},
            "pairs": [_listed(pair) for pair in self.pairs],
            "sets": [_listed(found) for found in self.sets],
            "log_evidence": self.log_evidence,
            "conflict": self.conflict,
            "conflicting": list(self.conflicting),
            "evidence": dict(self.evidence),
            "ignored": list(self.ignored),
            "warnings": list(self.warnings),
            "model": asdict(self.model),
        }

    def sheet(self, count: int = SHOWN) -> Sheet:
        """The leading diseases, the most probable sets, and how the case was read."""
        sets = [
            (" + ".join(self.labels[d] for d in found.diseases), percent(found.probability))
            for found in self.sets[:SETS]
        ]
        return self._sheet(
            PREMISE,
            self._ranked("present", count),
            Table(("exactly these", "probability"), sets, ("probability",)),
            Lines(self._notes()),
        )

    def _notes(self) -> Sequence[str]:
        most = max(self.number_present)
        numbers = (
            f"{count}{' or more' * (count == most)}: {percent(probability)}"
            for count, probability in self.number_present.items()
        )
        return [
            f"Diseases present: {', '.join(numbers)}",
            *understood(self.evidence, self.ignored),
            f"ln P(evidence) {self.log_evidence:z.2f}; conflict {self.conflict:+z.2f}",
        ]


def _listed(found: Pair | DiseaseSet) -> dict[str, Any]:
    return {"diseases": list(found.diseases), "probability": found.probability}
