"""Re-estimate priors/verbal_scale.csv, what a printed word means, from the cells that have a word
and a count.

In such a cell the pooling rule would predict the mean of its words' probabilities; the counts say
what it is. The words' probabilities are the most probable ones given these rates, each word being
normal in log odds about its anchor, the percentage expected of it. A cell that one paper calls
typical and another possible thus speaks of both words together, and of neither alone. The spread
of what is left over makes each word's Beta distribution wide or narrow.

Writes the table in place and docs/verbal_scale.md, which shows every cell behind every word.
Run after rows with words or counts have changed; a test fails while the table is out of date.
"""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.optimize import least_squares
from scipy.special import expit, logit

from neurogamut.knowledge import base as knowledge
from neurogamut.knowledge.base import KnowledgeBase
from neurogamut.knowledge.estimate import AGE, COUNTS, Estimator

ROOT = Path(__file__).resolve().parents[1]
TABLE = ROOT / "priors" / "verbal_scale.csv"
PAGE = ROOT / "docs" / "verbal_scale.md"

HEAD = """# What the words mean

A paper that says `common` states a number without saying which. The verbal scale is estimated from
the cells of this knowledge base where one source prints the word and others count patients. The
words' probabilities are the most probable ones given the counted rates (equal words share a cell
equally, as in the pooling rule), each word being normal in log odds about its anchor. What is left
over makes the Beta distribution of the word wide or narrow; its size is at most ten patients. The
constants are rows of `priors/estimation.csv`. Written by `scripts/fit_verbal_scale.py`; do not
edit.

| word | anchor | cells | estimate | Beta(a, b) | rates of the cells, lowest, median, highest |
|---|---|---|---|---|---|
"""


def main() -> None:
    """Fit, then write the table and the page."""
    base, problems = knowledge.read(ROOT)
    if problems:
        raise SystemExit("\n".join(map(str, problems)))
    fits = {word.term: word for word in fit(base)}
    with TABLE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        word = fits[row["term"]]
        row |= {"a": f"{word.a:g}", "b": f"{word.b:g}", "cells": str(len(word.cells))}
    with TABLE.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys(), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    body = "".join(_line(fits[row["term"]]) for row in rows)
    cells = "".join(_cells(fits[row["term"]]) for row in rows if fits[row["term"]].cells)
    PAGE.write_text(f"{HEAD}{body}\n## The cells behind each word\n\n{cells}", encoding="utf-8")


def _line(word: WordFit) -> str:
    rates = sorted(cell.k / cell.n for cell in word.cells)
    shown = f"{rates[0]:.2f}, {rates[len(rates) // 2]:.2f}, {rates[-1]:.2f}" if rates else "none"
    beta = f"Beta({word.a:g}, {word.b:g})"
    return (
        f"| {word.term} | {word.anchor:.3g} | {len(rates)} | {word.mean:.2f} | {beta} | {shown} |\n"
    )


def _cells(word: WordFit) -> str:
    listed = ", ".join(f"{c.finding} in {c.disease} {c.k}/{c.n}" for c in word.cells)
    return f"- **{word.term}**: {listed}\n"


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
        cell = (s.owner, s.finding, s.state, s.condition)
        if s.term:
            words[cell][s.term] += 1
        if estimator.rank(s) in COUNTS:
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


if __name__ == "__main__":
    main()
