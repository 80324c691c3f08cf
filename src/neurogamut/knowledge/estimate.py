"""From statements to distributions: one Dirichlet (for two states a Beta) per cell.

A cell is P(finding | disease), or P(finding | disease, condition) where a paper splits by it.
A count outranks a range, a range a word, a word an expert, an expert the background, and a count of
a source that others can find one of a source that they cannot; what is outranked stays with the
cell, to be shown. Patients of one's own are added to that (local.py).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from copy import copy
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from . import age
from .base import OTHER, KnowledgeBase
from .records import LOCAL, FindingRecord, Statement

AGE = "age"
#: Best first. `background` is also what a cell without any statement rests on.
RANKS = (LOCAL, "count", "unidentified", "range", "word", "expert", "background")
#: The ranks of counts. `unidentified`: that of a source without any identifier.
COUNTS = ("count", "unidentified")
#: How a rank is reported to people.
BASIS = {"range": "reported", "word": "worded", **dict.fromkeys(COUNTS, "reported")}
#: What cells of the literature rest on, the best first.
BASES = ("reported", "worded", "expert", "background")


@dataclass(frozen=True, eq=False)
class Cell:
    """The distribution of one cell. `alpha`: Dirichlet parameters, shape (states,).

    `moved_to` names the part or whole whose rate the cell was given (see coherence.py)."""

    disease: str
    finding: str
    condition: str
    alpha: np.ndarray
    rank: str
    used: tuple[Statement, ...]
    outranked: tuple[Statement, ...]
    moved_to: str = ""

    @cached_property
    def mean(self) -> np.ndarray:
        """The posterior mean of each state's probability, shape (states,)."""
        return self.alpha / self.alpha.sum()

    @property
    def basis(self) -> str:
        """`local`, `reported`, `worded`, `expert` or `background`."""
        return BASIS.get(self.rank, self.rank)


@dataclass(frozen=True)
class Estimate:
    """The mean of a probability and how many patients it weighs as."""

    mean: float
    size: float

    @property
    def variance(self) -> float:
        """The variance of the Beta distribution with this mean and size."""
        return self.mean * (1 - self.mean) / (self.size + 1)


def states_of(finding: FindingRecord) -> tuple[str, ...]:
    """The states of a finding in the network; an age becomes bands."""
    return age.BANDS if finding.key == AGE else finding.states


class Estimator:
    """Estimates the cells of one knowledge base, each once."""

    def __init__(self, base: KnowledgeBase):
        self.base = base
        self._cells: dict[tuple[str, str, str], Cell] = {}
        self._unidentified = {source.key for source in base.sources if not source.identified}
        self._words = {term.term: term for term in base.verbal_scale}
        self._age_words = {word.word: (word.low, word.high) for word in base.age_words}
        self._statements: dict[tuple[str, str], list[Statement]] = defaultdict(list)
        for statement in base.statements:
            self._statements[statement.owner, statement.finding].append(statement)

    def without(self, removed: Collection[Statement]) -> Estimator:
        """That of the knowledge base less some statements."""
        gone = {id(s) for s in removed}
        other = copy(self)
        other.__dict__.pop("_conditions", None)
        other.__dict__.pop("_background_means", None)
        other.base = replace(
            self.base, statements=tuple(s for s in self.base.statements if id(s) not in gone)
        )
        other._cells = {}
        other._statements = self._statements.copy()
        for key in {(s.owner, s.finding) for s in removed}:
            other._statements[key] = [s for s in self._statements[key] if id(s) not in gone]
        return other

    def cell(self, disease: str, finding: FindingRecord, condition: str = "") -> Cell:
        """The cell of a disease (or `disease/form`) and a finding, under a condition
        (`immune_status=compromised`) or without any ("")."""
        key = (disease, finding.key, condition)
        if key not in self._cells:
            self._cells[key] = self._estimate(disease, finding, condition)
        return self._cells[key]

    def _estimate(self, disease: str, finding: FindingRecord, condition: str) -> Cell:
        statements = self._statements.get((disease, finding.key), [])
        fitting = self._fitting(statements, condition)
        ranks = [self.rank(s) for s in fitting]
        best = min(ranks, key=RANKS.index, default="background")
        used = tuple(s for s, rank in zip(fitting, ranks, strict=True) if rank == best)
        if not used:
            alpha = self._background(finding, "background_size")
        elif finding.key == AGE:
            alpha = self._age(used)
        else:
            alpha = self._dirichlet(finding, best, used)
            if best not in COUNTS and disease != OTHER:
                # What is not counted is read against what is usual.
                alpha = alpha + self._background(finding, "background_prior")
        pooled = {id(s) for s in used}
        outranked = tuple(s for s in statements if s.basis != LOCAL and id(s) not in pooled)
        return Cell(disease, finding.key, condition, alpha, best, used, outranked)

    @staticmethod
    def _fitting(statements: Sequence[Statement], condition: str) -> list[Statement]:
        """The statements for a condition; failing these the unconditional ones; failing these all
        others, which at least are of this disease."""
        pooled = [s for s in statements if s.basis not in ("illustration", LOCAL)]
        for wanted in (condition, ""):
            if fitting := [s for s in pooled if s.condition == wanted]:
                return fitting
        return pooled if condition else []

    def local(self) -> list[Statement]:
        """What patients of one's own add."""
        return [s for s in self.base.statements if s.basis == LOCAL]

    def conditions(self, finding: str) -> frozenset[str]:
        """The conditions under which any disease has a statement on this finding."""
        return self._conditions.get(finding, frozenset())

    @cached_property
    def _conditions(self) -> dict[str, frozenset[str]]:
        found: dict[str, set[str]] = defaultdict(set)
        for statement in self.base.statements:
            if statement.condition and statement.basis != "illustration":
                found[statement.finding].add(statement.condition)
        return {finding: frozenset(conditions) for finding, conditions in found.items()}

    def rank(self, statement: Statement) -> str:
        """The rank of one statement that may be pooled."""
        if statement.basis in ("expert", "background", LOCAL):
            return statement.basis
        counted = COUNTS[statement.source in self._unidentified]
        if statement.finding == AGE:
            return counted if statement.n else "range"
        if statement.count is None:
            return "range" if statement.percent else "word"
        enough = statement.count[1] >= self.base.constant("minimum_n")
        return counted if enough and statement.basis == "reported" else "range"

    # -- one statement ----------------------------------------------------------------------

    def _single(self, statement: Statement) -> Estimate:
        """What one statement that is no pooled count says of the patients meant."""
        printed = self._printed(statement)
        if statement.basis != "upper_bound":
            return printed
        odds = self.base.constant("upper_bound_odds_ratio") * printed.mean / (1 - printed.mean)
        return Estimate(odds / (1 + odds), printed.size)

    def _printed(self, statement: Statement) -> Estimate:
        """What one statement says of its own patients."""
        constant = self.base.constant
        prior = constant("prior_count")
        if statement.count is not None:
            k, n = statement.count
            size = min(n + 2 * prior, constant("range_size_cap"))
            return Estimate((k + prior) / (n + 2 * prior), size)
        if statement.percent is None:
            word = self._words[statement.term]
            size = min(word.a + word.b, constant("word_size_cap"))
            return Estimate(word.a / (word.a + word.b), size)
        low, high = (p / 100 for p in statement.percent)
        return self._range(statement, low, high)

    def _range(self, statement: Statement, low: float, high: float) -> Estimate:
        constant = self.base.constant
        sizes = {"expert": "expert_size", "background": "background_size"}
        size = constant(sizes.get(statement.basis, "percent_without_n_size"))
        if low < high:
            # The range is read as two standard deviations either side of its middle.
            middle, sd = (low + high) / 2, (high - low) / 4
            spread = middle * (1 - middle) / sd**2 - 1
            size = min(max(spread, constant("background_size")), constant("range_size_cap"))
        if low == high and low in (0, 1):
            # All or none may be of few patients; 99 % is of many.
            prior = constant("prior_count")
            return Estimate((low * size + prior) / (size + 2 * prior), size)
        return Estimate((low + high) / 2, size)

    # -- several statements ------------------------------------------------------------------

    def _pool(self, rank: str, statements: Sequence[Statement], state: str) -> Estimate:
        """P(state) from statements of one rank; one on the other of two states is complemented."""
        if rank in COUNTS:
            counts = [(s.state == state, s.count) for s in statements if s.count]
            return self._pool_counts(c if same else _rest(*c) for same, c in counts)
        singles = [(s.state == state, self._single(s)) for s in statements]
        return _mixture([e if same else Estimate(1 - e.mean, e.size) for same, e in singles])

    def _pool_counts(self, counts: Iterable[tuple[float, float]]) -> Estimate:
        """Beta-binomial pooling: sources that disagree weigh less (Kleinman, JASA 1973;68:46)."""
        k, n = np.array(list(counts), dtype=float).T
        prior = self.base.constant("prior_count")
        rho = overdispersion(k, n, prior)
        effective = n / (1 + (n - 1) * rho)
        size = min(effective.sum(), self.base.constant("effective_size_cap"))
        mean = (effective * k / n).sum() / effective.sum()
        return Estimate((mean * size + prior) / (size + 2 * prior), size + 2 * prior)

    def _dirichlet(
        self, finding: FindingRecord, rank: str, used: Sequence[Statement]
    ) -> np.ndarray:
        if len(finding.states) == 2:
            only = self._pool(rank, used, finding.states[0])
            return only.size * np.array([only.mean, 1 - only.mean])
        by_state = defaultdict(list)
        for statement in used:
            by_state[statement.state].append(statement)
        pooled = {state: self._pool(rank, said, state) for state, said in by_state.items()}
        size = sum(estimate.size for estimate in pooled.values()) / len(pooled)
        return size * self._shares(finding, {s: e.mean for s, e in pooled.items()})

    def _shares(self, finding: FindingRecord, stated: dict[str, float]) -> np.ndarray:
        """All states' shares: what was not spoken of shares the rest as in the background."""
        total = sum(stated.values())
        silent = [state for state in finding.states if state not in stated]
        if not silent or total >= 1:
            rest = self._single_floor(finding)
            shares = np.array([stated.get(state, rest) for state in finding.states])
            return shares / shares.sum()
        known = dict(zip(finding.states, self._background_means[finding.key], strict=True))
        scale = (1 - total) / sum(known[state] for state in silent)
        return np.array([stated.get(s, known[s] * scale) for s in finding.states])

    def _single_floor(self, finding: FindingRecord) -> float:
        """The smallest background share: a state nobody spoke of is rare, never impossible."""
        return float(self._background_means[finding.key].min())

    def _age(self, used: Sequence[Statement]) -> np.ndarray:
        constant = self.base.constant
        sizes = np.array([s.n or constant("percent_without_n_size") for s in used], dtype=float)
        sizes = np.minimum(sizes, constant("age_size_cap"))
        bands = np.array(
            [age.distribution(s.term, self._age_words, constant("age_sd")) for s in used]
        )
        mean = sizes @ bands / sizes.sum()
        floor = constant("age_floor")
        if used[0].owner != OTHER:
            mean = (1 - floor) * mean + floor * self._background_means[AGE]
        return min(sizes.sum(), constant("age_size_cap")) * mean

    # -- where the literature is silent --------------------------------------------------------

    def _background(self, finding: FindingRecord, size: str) -> np.ndarray:
        """The background rate with the weight of a constant of the estimation rule."""
        return self.base.constant(size) * self._background_means[finding.key]

    @cached_property
    def _background_means(self) -> dict[str, np.ndarray]:
        """P(state) in patients with none of the diseases, per finding."""
        means: dict[str, np.ndarray] = {}
        for finding in self.base.findings:
            statements = self._fitting(self._statements[OTHER, finding.key], "")
            ranks = [self.rank(s) for s in statements]
            best = min(ranks, key=RANKS.index)
            used = [s for s, rank in zip(statements, ranks, strict=True) if rank == best]
            if finding.key == AGE:
                alpha = self._age(used)
            else:
                stated = {s.state: self._pool(best, [s], s.state).mean for s in used}
                alpha = _complete(finding, stated)
            means[finding.key] = alpha / alpha.sum()
        return means


def overdispersion(k: np.ndarray, n: np.ndarray, prior: float) -> float:
    """Intra-class correlation of counts k of n from several sources, 0 (they agree) to 1.

    Method of moments of Kleinman (JASA 1973;68:46), with the pooled rate kept off 0 and 1."""
    if len(n) < 2:
        return 0.0
    total, sources = n.sum(), len(n)
    rate = (k.sum() + prior) / (total + 2 * prior)
    spread = (n * (k / n - rate) ** 2).sum()
    expected = rate * (1 - rate) * (sources - 1)
    scale = rate * (1 - rate) * (total - (n**2).sum() / total - (sources - 1))
    return float(np.clip((spread - expected) / scale, 0, 1)) if scale > 0 else 0.0


def _mixture(estimates: Sequence[Estimate]) -> Estimate:
    """One estimate with the mean and the variance of the equal mixture of Beta distributions:
    statements that disagree make it wider. Papers that quote each other add no patients."""
    if len(estimates) == 1:
        return estimates[0]
    mean = sum(e.mean for e in estimates) / len(estimates)
    within = sum(e.variance for e in estimates) / len(estimates)
    between = sum((e.mean - mean) ** 2 for e in estimates) / len(estimates)
    return Estimate(mean, max(mean * (1 - mean) / (within + between) - 1, 1.0))


def _rest(k: float, n: float) -> tuple[float, float]:
    return n - k, n


def _complete(finding: FindingRecord, stated: dict[str, float]) -> np.ndarray:
    """Shares of all states where the unspoken ones share the rest equally."""
    silent = [state for state in finding.states if state not in stated]
    rest = (1 - sum(stated.values())) / len(silent) if silent else 0.0
    return np.array([stated.get(state, rest) for state in finding.states])
