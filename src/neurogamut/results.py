"""Answers: what they hold, and how they become a dictionary or a table.

An answer renders itself: plain text for the terminal, HTML in Jupyter, a picture on request.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd


#: How the warning begins that the case may be a disease that the network does not know.
FITS_NOTHING = "fits no disease of the network"


@dataclass(frozen=True)
class ModelInfo:
    """What made an answer: package version, content hash of the knowledge base, setting, engine."""

    version: str
    hash: str
    setting: str
    engine: str
    assume: str = "single"

    def __str__(self) -> str:
        assumed = "" if self.assume == "single" else f", assume {self.assume}"
        return (
            f"neurogamut {self.version}, hash {self.hash[:12]}, "
            f"setting {self.setting}, engine {self.engine}{assumed}"
        )


class Rendered:
    """Base of answers that Jupyter shows as HTML, with text to fall back on."""

    def to_html(self) -> str:
        """A self-contained HTML fragment."""
        from . import html

        return html.render(self)

    def __str__(self) -> str:
        from . import text

        return text.render(self)

    __repr__ = __str__

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return {"text/plain": str(self), "text/html": self.to_html()}


class Differential(Rendered):
    """Base of answers that give every disease a probability: `probabilities`, `prior` and `labels`
    by disease."""

    probabilities: Mapping[str, float]
    prior: Mapping[str, float]
    labels: Mapping[str, str]

    def __getitem__(self, disease: str) -> float:
        return self.probabilities[disease]

    def top(self, count: int = 5) -> list[tuple[str, float]]:
        """The most probable diseases, best first."""
        return sorted(self.probabilities.items(), key=lambda item: -item[1])[:count]

    def to_frame(self) -> pd.DataFrame:
        """One row per disease, best first: label, posterior, prior."""
        import pandas as pd

        rows = [(d, self.labels[d], p, self.prior[d]) for d, p in self.top(len(self.labels))]
        columns = ["disease", "label", "posterior", "prior"]
        return pd.DataFrame(rows, columns=columns).set_index("disease")

    def plot(self, count: int = 8):
        """Bars of the leading diseases, prior beside posterior (an altair chart)."""
        from . import plots

        return plots.posterior(self, count)


@dataclass(frozen=True, repr=False)
class Posterior(Differential):
    """P(disease | case). `labels` are the diseases' names for people; `prior` is P(disease).

    `fit` is the posterior predictive p-value of the findings (see open_world.py): near 0 where no
    probable disease explains them. `log_evidence` is ln P(evidence). `conflict` is
    ln(prod P(e_i) / P(e)): above 0 the findings support each other less than if they were
    independent (Jensen, Bayesian Networks, 1996)."""

    probabilities: Mapping[str, float]
    prior: Mapping[str, float]
    labels: Mapping[str, str]
    log_evidence: float
    conflict: float
    fit: float
    evidence: Mapping[str, Any]
    ignored: tuple[str, ...]
    warnings: tuple[str, ...]
    model: ModelInfo

    @property
    def leading(self) -> str:
        """The most probable disease."""
        return self.top(1)[0][0]

    @property
    def fits(self) -> bool:
        """False where a warning says that the case fits none of the diseases."""
        return not any(warning.startswith(FITS_NOTHING) for warning in self.warnings)

    def to_dict(self) -> dict[str, Any]:
        """What `neurogamut posterior --json` and the HTTP interface give."""
        return {
            "posterior": dict(self.top(len(self.probabilities))),
            "log_evidence": self.log_evidence,
            "conflict": self.conflict,
            "fit": self.fit,
            "evidence": dict(self.evidence),
            "ignored": list(self.ignored),
            "warnings": list(self.warnings),
            "model": asdict(self.model),
        }


@dataclass(frozen=True)
class Weight:
    """One finding's weight of evidence for one disease against another, in bans (log10).

    `sources` and `basis` are those of the cells behind it."""

    finding: str
    state: Any
    bans: float
    against_rest: float
    basis: Mapping[str, str]
    rows: tuple[Mapping[str, Any], ...] = field(repr=False)


@dataclass(frozen=True, repr=False)
class Explanation(Rendered):
    """Why `disease` leads `against`: prior odds, then each finding's weight of evidence.

    `shared` is what dependent findings say together and none says alone, so that
    `prior + sum(weights) + shared` is the posterior's log10 odds. `likelihoods` gives, per finding
    and disease, log10 P(finding | disease, other findings)."""

    disease: str
    against: str
    prior: float
    weights: tuple[Weight, ...]
    shared: float
    rest: float
    likelihoods: Mapping[str, Mapping[str, float]]
    basis_share: Mapping[str, float]
    sources: tuple[Mapping[str, str], ...]
    labels: Mapping[str, str]
    posterior: Posterior

    @property
    def model(self) -> ModelInfo:
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

    def to_frame(self) -> pd.DataFrame:
        """One row per finding: state, bans against the runner-up and against the rest, basis."""
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

    def plot(self):
        """A waterfall from the prior odds to the posterior odds (an altair chart)."""
        from . import plots

        return plots.waterfall(self)


@dataclass(frozen=True, repr=False)
class CellView(Rendered):
    """One cell of the knowledge base: P(finding | disease), its distribution and its rows.

    `distribution` maps each state to its Beta parameters, mean and 95 % interval. `moved_to` names
    the finding whose rate it was given, because a part cannot be commoner than its whole."""

    disease: str
    finding: str
    condition: str
    basis: str
    distribution: Mapping[str, Mapping[str, float]]
    moved_to: str
    used: tuple[Mapping[str, Any], ...]
    outranked: tuple[Mapping[str, Any], ...]
    sources: tuple[Mapping[str, str], ...]
    labels: Mapping[str, str]
    model: ModelInfo

    def to_dict(self) -> dict[str, Any]:
        """What `neurogamut show --json` gives."""
        return asdict(self)

    def plot(self):
        """The density of the cell's probability, with its rows (an altair chart)."""
        from . import plots

        return plots.cell(self)
