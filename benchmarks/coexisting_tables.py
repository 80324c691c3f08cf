"""The posterior of a noisy-OR network in pgmpy or pyAgrum, each finding a table over all diseases.

    python -m benchmarks.coexisting_tables pgmpy 12 12

prints the seconds that all marginals take for 12 diseases and 12 positive findings, without
building the network. Run in a process of its own, because the tables exhaust memory.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import time

import numpy as np

from neurogamut.inference.noisy_or.noisy_or import NoisyOr

MEMORY, SECONDS = 4 * 2**30, 60


def dense_network(diseases: int, findings: int, seed: int = 1) -> NoisyOr:
    """Every disease linked to every finding, as where each cell of the tables has a rate."""
    rng = np.random.default_rng(seed)
    return NoisyOr.binary(
        [f"d{i}" for i in range(diseases)],
        [f"f{i}" for i in range(findings)],
        prior=rng.uniform(0.005, 0.1, diseases),
        link=rng.beta(0.5, 1.5, (diseases, findings)),
        leak=rng.uniform(0.01, 0.1, findings),
    )


def seconds(program: str, diseases: int, positive: int) -> float | None:
    """Seconds in a fresh process, or None where memory or the minute ran out."""
    command = [
        sys.executable,
        "-m",
        "benchmarks.coexisting_tables",
        program,
        str(diseases),
        str(positive),
    ]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=True)
    except (subprocess.TimeoutExpired, subprocess.CalledProcessError):
        return None
    return float(done.stdout)


def absent_rates(network: NoisyOr) -> np.ndarray:
    """P(finding absent | diseases), shape (findings, 2**diseases); disease i is bit i."""
    rates = 1 - network.leak[:, None]
    for link in network.link:
        rates = np.concatenate([rates, rates * (1 - link[:, None])], axis=1)
    return rates


def pgmpy_seconds(network: NoisyOr) -> float:
    """Marginals of all diseases by variable elimination, all findings present."""
    from pgmpy.factors.discrete import TabularCPD
    from pgmpy.inference import VariableElimination
    from pgmpy.models import DiscreteBayesianNetwork

    model = DiscreteBayesianNetwork()
    model.add_nodes_from(network.diseases)
    for disease, prior in zip(network.diseases, network.prior, strict=True):
        model.add_cpds(TabularCPD(disease, 2, [[1 - prior], [prior]]))
    slowest_first = list(network.diseases[::-1])
    for finding, absent in zip(network.findings, absent_rates(network), strict=True):
        model.add_edges_from((disease, finding.name) for disease in slowest_first)
        table = np.stack([absent, 1 - absent])
        sizes = [2] * len(slowest_first)
        model.add_cpds(TabularCPD(finding.name, 2, table, slowest_first, sizes))
    engine = VariableElimination(model)
    evidence = {finding.name: 1 for finding in network.findings}
    start = time.perf_counter()
    for disease in network.diseases:
        engine.query([disease], evidence=evidence, show_progress=False)
    return time.perf_counter() - start


def pyagrum_seconds(network: NoisyOr) -> float:
    """Marginals of all diseases by lazy propagation, all findings present."""
    import pyagrum as gum

    model = gum.BayesNet()
    for disease, prior in zip(network.diseases, network.prior, strict=True):
        model.add(gum.LabelizedVariable(disease, disease, 2))
        model.cpt(disease).fillWith([1 - prior, prior])
    for finding, absent in zip(network.findings, absent_rates(network), strict=True):
        model.add(gum.LabelizedVariable(finding.name, finding.name, 2))
        for disease in network.diseases:
            model.addArc(disease, finding.name)
        model.cpt(finding.name).fillWith(np.stack([absent, 1 - absent], axis=-1).ravel().tolist())
    engine = gum.LazyPropagation(model)
    engine.setEvidence({finding.name: 1 for finding in network.findings})
    start = time.perf_counter()
    engine.makeInference()
    for disease in network.diseases:
        engine.posterior(disease)
    return time.perf_counter() - start


PROGRAMS = {"pgmpy": pgmpy_seconds, "pyagrum": pyagrum_seconds}

if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    program, diseases, positive = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    print(PROGRAMS[program](dense_network(diseases, positive)))
