"""What a printed word means: the verbal scale, estimated from cells that have a word and a count.

For each word, the cells where one source prints the word and others count patients give a sample
of rates. The Beta distribution of the word has the mean and the spread of that sample, drawn
towards an anchor (the percentage expected of the word) that counts as `ANCHOR_CELLS` cells.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from .base import KnowledgeBase
from .estimate import AGE, Estimator

#: How many cells the anchor weighs as, and the size of its Beta distribution in patients.
ANCHOR_CELLS = 3
ANCHOR_SIZE = 6


@dataclass(frozen=True)
class WordFit:
    """The fit of one word. `rates`: (disease, finding, k, n) of the cells it was estimated from."""

    term: str
    anchor: float
    a: float
    b: float
    rates: tuple[tuple[str, str, int, int], ...]

    @property
    def mean(self) -> float:
        """The probability that the word stands for."""
        return self.a / (self.a + self.b)


def fit(base: KnowledgeBase) -> list[WordFit]:
    """A fit for every term of priors/verbal_scale.csv, in its order."""
    rates = _rates(base)
    cap = base.constant("word_size_cap")
    return [_fit(word.term, word.anchor / 100, rates[word.term], cap) for word in base.verbal_scale]


def _rates(base: KnowledgeBase) -> dict[str, list[tuple[str, str, int, int]]]:
    """Per word, the pooled count of each cell that has the word too."""
    estimator = Estimator(base)
    words, counts = defaultdict(set), defaultdict(list)
    for s in base.statements:
        cell = (s.disease, s.finding, s.state, s.condition)
        if s.basis == "illustration" or s.finding == AGE:
            continue
        if s.term:
            words[cell].add(s.term)
        if estimator.rank(s) == "count":
            counts[cell].append(s.count)
    found = defaultdict(list)
    for cell in sorted(words.keys() & counts.keys()):
        k, n = np.sum(counts[cell], axis=0)
        for term in words[cell]:
            found[term].append((cell[0], cell[1], int(k), int(n)))
    return found


def _fit(term: str, anchor: float, rates: list[tuple[str, str, int, int]], cap: float) -> WordFit:
    k, n = np.array([rate[2:] for rate in rates], dtype=float).reshape(-1, 2).T
    seen = (k + 0.5) / (n + 1)
    weight = len(rates) + ANCHOR_CELLS
    mean = (seen.sum() + ANCHOR_CELLS * anchor) / weight
    anchor_variance = anchor * (1 - anchor) / (ANCHOR_SIZE + 1)
    spread = ((seen - mean) ** 2).sum() + ANCHOR_CELLS * (anchor_variance + (anchor - mean) ** 2)
    size = float(np.clip(mean * (1 - mean) / (spread / weight) - 1, 1, cap))
    return WordFit(term, anchor, round(size * mean, 3), round(size * (1 - mean), 3), tuple(rates))
