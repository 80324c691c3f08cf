"""How sure the answer is when all figures are uncertain at once: joint draws from their
distributions, each carried through exact inference."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Annotated, Any

import numpy as np

from ..progress import Progress, silent
from ..render import charts
from ..render.sheet import Sheet
from ..render.wording import percent
from .figures import INTERVAL
from .focus import focus
from .options import Option, Seed
from .reporting_draws import reporting_draws
from .sensitivity_answer import SHOWN, SensitivityAnswer
from .subject import Subject

#: Draws worked on at a time: their tables stay in a core's cache.
CHUNK = 500


@dataclass(frozen=True)
class DiseaseUncertainty:
    """A disease over all draws: mean, median and the middle 95 % of P(disease | case), how often it
    is first and among the first three, and the Monte Carlo standard errors.

    The mean, and the answer without draws, may lie outside the middle 95 % where few draws are far
    from the rest; the median never does."""

    disease: str
    mean: float
    median: float
    lower: float
    upper: float
    first: float
    top3: float
    mean_error: float
    lower_error: float
    upper_error: float
    first_error: float
    top3_error: float


@dataclass(frozen=True, repr=False, kw_only=True)
class Uncertainty(SensitivityAnswer):
    """Every disease's credible interval and rank stability, most probable first.

    `target` is the disease in question, `samples` P(disease | case) by draw, (draws, diseases) in
    the order of `diseases`."""

    draws: int
    seed: int
    target: str
    diseases: tuple[DiseaseUncertainty, ...]
    samples: np.ndarray

    def __getitem__(self, disease: str) -> DiseaseUncertainty:
        return next(entry for entry in self.diseases if entry.disease == disease)

    def records(self) -> list[dict[str, Any]]:
        """One row per disease."""
        return [asdict(disease) for disease in self.diseases]

    def to_dict(self) -> dict[str, Any]:
        """What `neurogamut sensitivity uncertainty --json` gives."""
        return {
            "draws": self.draws,
            "seed": self.seed,
            "target": self.target,
            "diseases": self.records(),
            "model": asdict(self.model),
        }

    def sheet(self, count: int = SHOWN) -> Sheet:
        """What is shown, with at most `count` rows."""
        rows = [
            (
                self.labels[d.disease],
                percent(d.mean),
                f"{percent(d.lower)} to {percent(d.upper)}",
                percent(d.first),
                percent(d.top3),
            )
            for d in self.diseases[:count]
        ]
        mean = max(d.mean_error for d in self.diseases)
        first = max(d.first_error for d in self.diseases)
        return self._digest(
            f"All figures drawn {self.draws:,} times from their distributions (seed {self.seed}).",
            ("disease", "mean", "95 % of draws", "first", "in first 3"),
            rows,
            ("mean", "95 % of draws", "first", "in first 3"),
            (
                "Mean and middle 95 % of the answers to the draws. The mean, and the answer "
                "without draws, can lie outside where few draws are far from the rest.",
                f"Monte Carlo standard error at most {mean:.2g} of a mean, {first:.2g} of `first`.",
            ),
        )

    def plot(self, count: int = 8) -> Any:
        """A picture with at most `count` rows (an altair chart)."""
        rows = [
            charts.interval(self.labels[d.disease], d.lower, d.upper, d.mean)
            for d in self.diseases[:count]
        ]
        chart = charts.ranges(rows, "disease", "probability, mean and middle 95 % of the draws")
        title = f"{self.draws:,} draws of all figures, seed {self.seed}"
        return charts.captioned(chart, title, self.model)


Draws = Annotated[int, Option("How many times all figures are drawn.", least=2)]


def uncertainty(
    subject: Subject, draws: Draws = 10_000, seed: Seed = 0, progress: Progress = silent
) -> Uncertainty:
    """Credible intervals and rank stability, with all figures drawn jointly.

    The same seed gives the same draws."""
    small = focus(subject)
    rng = np.random.default_rng(seed)
    samples = np.empty((draws, len(subject.diseases)))
    for start in range(0, draws, CHUNK):
        rows = slice(start, min(start + CHUNK, draws))
        figures = small.blueprint.draws(rows.stop - rows.start, rng)
        joint = small.joint(figures, reporting_draws(subject, figures, seed, start))
        samples[rows] = joint / joint.sum(axis=1, keepdims=True)
        progress(rows.stop / draws)
    order = np.argsort(-samples.mean(axis=0), kind="stable")
    found = _summaries([subject.diseases[i] for i in order], samples[:, order])
    target = subject.diseases[subject.target]
    return Uncertainty(
        draws=draws,
        seed=seed,
        target=target,
        diseases=found,
        samples=samples[:, order],
        labels=subject.labels,
        model=subject.info,
    )


def _summaries(diseases: list[str], samples: np.ndarray) -> tuple[DiseaseUncertainty, ...]:
    count = len(samples)
    ordered = np.sort(samples, axis=0)
    mean, deviation = samples.mean(axis=0), samples.std(axis=0, ddof=1)
    lower, lower_error = _quantile(ordered, INTERVAL[0])
    upper, upper_error = _quantile(ordered, INTERVAL[1])
    ranks = np.argsort(-samples, axis=1, kind="stable")[:, :3]
    places = np.arange(samples.shape[1])
    first = (ranks[:, :1] == places).mean(axis=0)
    top3 = (ranks[:, :, None] == places).any(axis=1).mean(axis=0)
    columns = (
        mean,
        np.quantile(ordered, 0.5, axis=0),
        lower,
        upper,
        first,
        top3,
        deviation / np.sqrt(count),
        lower_error,
        upper_error,
        _share_error(first, count),
        _share_error(top3, count),
    )
    numbers = zip(*(column.tolist() for column in columns), strict=True)
    return tuple(DiseaseUncertainty(d, *n) for d, n in zip(diseases, numbers, strict=True))


def _quantile(ordered: np.ndarray, q: float) -> tuple[np.ndarray, np.ndarray]:
    """A quantile of sorted columns and its standard error, from the order statistics one standard
    deviation of the binomial rank either side (Conover, Practical Nonparametric Statistics)."""
    last = len(ordered) - 1
    spread = np.sqrt(q * (1 - q) * len(ordered))
    low, high = (int(np.clip(round(q * last + side * spread), 0, last)) for side in (-1, 1))
    return np.quantile(ordered, q, axis=0), (ordered[high] - ordered[low]) / 2


def _share_error(share: np.ndarray, count: int) -> np.ndarray:
    """Standard error of a share, with half an observation added, so that never is not certain."""
    smoothed = (share * count + 0.5) / (count + 1)
    return np.sqrt(smoothed * (1 - smoothed) / count)
