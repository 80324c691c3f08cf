"""Brute force over all sets of diseases, written without the package's own arithmetic."""

from __future__ import annotations

from itertools import product

import numpy as np

from neurogamut.inference.noisy_or.noisy_or import NoisyOr
from neurogamut.network import Variable

LEVELS = ("none", "mild", "severe")


class Enumeration:
    """P(set of diseases, evidence) for all 2**diseases sets, and what follows from it."""

    def __init__(self, network: NoisyOr, evidence: dict):
        self.network = network
        self.sets = np.array(list(product([0, 1], repeat=len(network.diseases))))
        weight = np.where(self.sets, network.prior, 1 - network.prior).prod(axis=1)
        for name, said in evidence.items():
            weight = weight * self._likelihood(name, said)
        self.evidence = weight.sum()
        self.posterior = weight / self.evidence

    def _likelihood(self, name: str, said: str | dict) -> np.ndarray:
        states, rates = self._rates(name)
        said = {said: 1.0} if isinstance(said, str) else said
        most = max(said.values())  # only the ratios of a likelihood count
        return sum(weight / most * rates[:, states.index(state)] for state, weight in said.items())

    def _rates(self, name: str) -> tuple[tuple[str, ...], np.ndarray]:
        """P(state | set) as differences of the noisy-MAX's cumulative products."""
        column = 0
        for finding in self.network.findings:
            width = len(finding.states) - 1
            if finding.name == name:
                break
            column += width
        untriggered = np.stack(
            [
                (1 - self.network.leak[c])
                * np.where(self.sets, 1 - self.network.link[:, c], 1.0).prod(axis=1)
                for c in range(column, column + width)
            ],
            axis=1,
        )
        at_most = np.cumprod(untriggered[:, ::-1], axis=1)[:, ::-1]
        at_most = np.column_stack([at_most, np.ones(len(self.sets))])
        return finding.states, np.diff(at_most, axis=1, prepend=0)

    def marginals(self) -> np.ndarray:
        return self.posterior @ self.sets

    def pairs(self) -> np.ndarray:
        return (self.posterior * self.sets.T) @ self.sets

    def number_present(self, most: int) -> np.ndarray:
        sizes = np.minimum(self.sets.sum(axis=1), most)
        return np.bincount(sizes, weights=self.posterior, minlength=most + 1)

    def best(self, k: int) -> list[tuple[tuple[str, ...], float]]:
        order = np.argsort(-self.posterior)[:k]
        names = np.array(self.network.diseases)
        return [(tuple(names[self.sets[i] == 1]), self.posterior[i]) for i in order]


def random_network(rng: np.random.Generator, diseases: int, findings: int) -> NoisyOr:
    """Binary and three-state findings, about half of the links, strong and weak ones."""
    variables = tuple(
        Variable(f"f{i}", LEVELS if rng.random() < 0.3 else ("absent", "present"))
        for i in range(findings)
    )
    effects = sum(len(variable) - 1 for variable in variables)
    link = rng.random((diseases, effects)) * (rng.random((diseases, effects)) < 0.5)
    return NoisyOr(
        tuple(f"d{i}" for i in range(diseases)),
        variables,
        prior=rng.uniform(0.001, 0.3, diseases),
        link=link,
        leak=rng.uniform(0.001, 0.2, effects),
    )


def random_evidence(rng: np.random.Generator, network: NoisyOr) -> dict:
    """About two thirds of the findings, some of them uncertain."""
    evidence = {}
    for finding in network.findings:
        kind = rng.random()
        if kind < 0.5:
            evidence[finding.name] = str(rng.choice(finding.states))
        elif kind < 0.65:
            weights = rng.random(len(finding)) * (rng.random(len(finding)) < 0.8)
            if weights.any():
                evidence[finding.name] = dict(zip(finding.states, weights.tolist(), strict=True))
    return evidence
