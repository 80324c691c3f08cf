"""What to test next: gains of all findings beside pyAgrum's mutual information, and a ranking."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pyagrum
from tests.support.enumeration import to_agrum
from threadpoolctl import threadpool_limits

import neurogamut
from neurogamut.knowledge.build import DIAGNOSIS
from neurogamut.next_test.gain import single_gains
from neurogamut.next_test.workup import Workup

from .rivals import cases
from .timing import median_seconds

CASES, KNOWN = 5, 8


@threadpool_limits.wrap(limits=1)
def run(progress: Callable[[str], object]) -> list[dict[str, object]]:
    """Ratios and seconds on one core, medians over cases; evidence is absorbed anew each time."""
    model = neurogamut.load()
    network = model.network
    known = cases(network, CASES, KNOWN)
    start = Workup.of(model.base, network, DIAGNOSIS)

    def ours(case: Mapping[str, str]) -> dict[str, float]:
        forest = start.forest.given(network.encode(case))
        return single_gains(forest, _unseen(network, case))

    theirs = _agrum_gains(network)
    for case in known:
        expected = theirs(case)
        worst = max(abs(bits - expected[finding]) for finding, bits in ours(case).items())
        assert worst < 1e-9, f"gains differ by {worst}"
    gains = median_seconds(ours, known)
    ratio = median_seconds(theirs, known, rounds=1) / gains
    progress("single findings")
    ranked = median_seconds(lambda case: model.next_tests(_as_case(case)), known)
    progress("ranking")
    work = f"gains of all unseen findings one by one, {KNOWN} findings known"
    return [
        {"work": f"{work}, v. pyAgrum", "value": ratio, "unit": "×", "reach": 100},
        {"work": work, "value": 1e3 * gains, "unit": "ms", "reach": None},
        {"work": "all tests ranked, and when to stop", "value": ranked, "unit": "s", "reach": 0.5},
    ]


def _unseen(network: neurogamut.Network, case: Mapping[str, str]) -> list[str]:
    return [name for name in network.variables if name != DIAGNOSIS and name not in case]


def _agrum_gains(network: neurogamut.Network) -> Callable[[Mapping[str, str]], dict[str, float]]:
    """Mutual information of the diagnosis and each unseen finding, by pyAgrum's own class."""
    engine = pyagrum.LazyPropagation(to_agrum(network))

    def ask(case: Mapping[str, str]) -> dict[str, float]:
        engine.setEvidence(dict(case))
        found = {}
        for name in _unseen(network, case):
            theory = pyagrum.InformationTheory(engine, [DIAGNOSIS], [name])
            found[name] = theory.mutualInformationXY()
        return found

    return ask


def _as_case(known: Mapping[str, str]) -> dict[str, object]:
    """An age band as the years it starts with."""
    return {
        name: int(state.split("_")[1]) if name == "age" else state for name, state in known.items()
    }
