"""What a printed word means: the verbal scale, estimated from cells that have a word and a count.

In such a cell the pooling rule would predict the mean of its words' probabilities; the counts say
what it is. The words' probabilities are the most probable ones given these rates, each word being
normal in log odds about its anchor, the percentage expected of it. A cell that one paper calls
typical and another possible thus speaks of both words together, and of neither alone. The spread
of what is left over makes each word's Beta distribution wide or narrow.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass

import numpy as np

from .base import KnowledgeBase
from .estimate import AGE, Estimator


@dataclass(frozen=True)
class WordCell:
    """A cell with words and a count: its place, its pooled count and how often each word stands."""

    disease: str
    finding: str
    k: int
    n: int
    words: Counter[str]

    @property
    def rate(self) -> float:
        """The rate with the Jeffreys prior, (k + 1/2) / (n + 1)."""
        return (self.k + 0.5) / (self.n + 1)


@dataclass(frozen=True)
class WordFit:
    """The fit of one word: Beta(a, b), and the cells it was estimated from."""

    term: str
    anchor: float
    a: float
    b: float
    cells: tuple[WordCell, ...]

    @property
    def mean(self) -> float:
        """The probability that the word stands for."""
        return self.a / (self.a + self.b)


def fit(base: KnowledgeBase) -> list[WordFit]:
    """A fit for every term of priors/verbal_scale.csv, in its order."""
    cells = word_cells(base)
    terms = [word.term for word in base.verbal_scale]
    anchors = np.array([word.anchor / 100 for word in base.verbal_scale])
    shares = np.array([[c.words[t] / c.words.total() for t in terms] for c in cells])
    rates = np.array([cell.rate for cell in cells])
    sd, cell_sd = base.constant("word_anchor_sd"), base.constant("word_cell_sd")
    means = _most_probable(shares, rates, anchors, sd, cell_sd)
    left_over = rates - shares @ means
    fits = []
    for i, term in enumerate(terms):
        own = shares[:, i] > 0
        spread = (shares[own, i] * left_over[own] ** 2).sum()
        size = _size(base, means[i], anchors[i], spread, shares[own, i].sum())
        a, b = round(size * means[i], 3), round(size * (1 - means[i]), 3)
        fits.append(WordFit(term, anchors[i], a, b, tuple(c for c in cells if term in c.words)))
    return fits


def word_cells(base: KnowledgeBase) -> list[WordCell]:
    """Every cell that has both a word and a count of enough patients."""
    estimator = Estimator(base)
    words, counts = defaultdict(Counter), defaultdict(list)
    for s in base.statements:
        if s.basis == "illustration" or s.finding == AGE:
            continue
        cell = (s.disease, s.finding, s.state, s.condition)
        if s.term:
            words[cell][s.term] += 1
        if estimator.rank(s) == "count":
            counts[cell].append(s.count)
    found = []
    for cell in sorted(words.keys() & counts.keys()):
        k, n = np.sum(counts[cell], axis=0)
        found.append(WordCell(cell[0], cell[1], int(k), int(n), words[cell]))
    return found


def _most_probable(
    shares: np.ndarray, rates: np.ndarray, anchors: np.ndarray, sd: float, cell_sd: float
) -> np.ndarray:
    """The words' probabilities (words,) that minimise |(rates - shares @ p) / cell_sd|^2 +
    |(logit p - logit anchors) / sd|^2."""
    from scipy.optimize import least_squares
    from scipy.special import expit, logit

    start = logit(anchors)

    def residuals(x: np.ndarray) -> np.ndarray:
        return np.concatenate([(rates - shares @ expit(x)) / cell_sd, (x - start) / sd])

    return expit(least_squares(residuals, start).x)


def _size(base: KnowledgeBase, mean: float, anchor: float, spread: float, cells: float) -> float:
    """The size of the Beta distribution that varies as the cells do, the anchor counted in."""
    weight = base.constant("word_anchor_cells")
    expected = (
        anchor * (1 - anchor) / (base.constant("word_anchor_size") + 1) + (anchor - mean) ** 2
    )
    variance = (spread + weight * expected) / (cells + weight)
    size = mean * (1 - mean) / variance - 1
    return float(np.clip(size, base.constant("background_size"), base.constant("word_size_cap")))
