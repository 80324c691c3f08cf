"""The same question put to pgmpy and to pyAgrum."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping

import numpy as np
import pyagrum
from pgmpy.inference import VariableElimination
from tests.support.enumeration import sample, to_agrum

from neurogamut.network import Network

States = Mapping[str, str]


def pgmpy_posterior(network: Network, target: str) -> Callable[[States], np.ndarray]:
    """P(target | evidence) by variable elimination."""
    engine = VariableElimination(network.to_pgmpy())

    def ask(evidence: States) -> np.ndarray:
        return engine.query([target], evidence=dict(evidence), show_progress=False).values

    return ask


def agrum_posterior(network: Network, target: str) -> Callable[[States], np.ndarray]:
    """P(target | evidence) by lazy propagation, the target set."""
    engine = pyagrum.LazyPropagation(to_agrum(network))
    engine.addTarget(target)

    def ask(evidence: States) -> np.ndarray:
        engine.setEvidence(dict(evidence))
        return engine.posterior(target).toarray()

    return ask


def agrum_marginals(network: Network) -> Iterator[Callable[[States], dict[str, np.ndarray]]]:
    """All marginals by each of pyAgrum's exact engines."""
    other = to_agrum(network)
    for make in (
        pyagrum.LazyPropagation,
        pyagrum.ShaferShenoyInference,
        pyagrum.VariableElimination,
    ):
        yield _ask_all(make(other), list(network.variables))


def _ask_all(engine, names: list[str]) -> Callable[[States], dict[str, np.ndarray]]:
    def ask(evidence: States) -> dict[str, np.ndarray]:
        engine.setEvidence(dict(evidence))
        engine.makeInference()
        return {name: engine.posterior(name).toarray() for name in names}

    return ask


#: What no case of our model states.
UNSEEN = ("diagnosis", "form")


def cases(
    network: Network, count: int, observed: int, never: Collection[str] = UNSEEN, seed: int = 1
) -> list[States]:
    """Sampled cases of which `observed` variables are known, none of `never`."""
    rng = np.random.default_rng(seed)
    names = np.array([name for name in network.variables if name not in never])
    found = []
    for _ in range(count):
        case = sample(rng, network)
        known = rng.choice(names, size=observed, replace=False)
        found.append({str(n): network.variables[n].states[case[n]] for n in known})
    return found
