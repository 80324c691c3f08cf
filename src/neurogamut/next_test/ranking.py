"""Which test next: information, value and burden of every remaining test, side by side."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from ..errors import require_known
from ..network import Network
from .gain import information_gain, pairwise, single_gains
from .outcomes import Outcomes
from .ranked import Outcome, RankedTest, Separation
from .workup import Workup

#: How many leading diseases are paired, how many pairs, outcomes and posteriors are shown.
PAIRED, PAIRS, OUTCOMES, DISEASES = 5, 3, 5, 3

#: The orders of a ranking; a test that tells something and costs nothing precedes all others.
ORDERS: dict[str, Callable[[RankedTest], float]] = {
    "utility": lambda test: test.net_utility,
    "bits": lambda test: test.information_gain_bits,
    "bits-per-cost": lambda test: np.inf if test.bits_per_cost is None else test.bits_per_cost,
}


def rank(workup: Workup, network: Network, by: str) -> tuple[RankedTest, ...]:
    """Every remaining test, best first. Raises UsageError for an unknown order."""
    require_known("by", by, ORDERS)
    alone = single_gains(workup.forest, [f for found in workup.remaining.values() for f in found])
    tests = [_ranked(workup, network, test, seen, alone) for test, seen in workup.surveyed.items()]
    return tuple(sorted(tests, key=ORDERS[by], reverse=True))


def _ranked(
    workup: Workup, network: Network, test: str, outcomes: Outcomes, alone: Mapping[str, float]
) -> RankedTest:
    burden, stakes = workup.burdens[test], workup.stakes
    bits, bits_error = information_gain(outcomes)
    value, value_error = stakes.value_of_information(outcomes)
    late, _ = stakes.value_of_information(outcomes, burden.days)
    net = late - workup.loss(test)
    findings = {finding: alone[finding] for finding in outcomes.findings}
    return RankedTest(
        test=test,
        label=workup.battery.tests[test].label,
        information_gain_bits=bits,
        exact=outcomes.exact,
        standard_error=bits_error,
        bits_per_cost=bits / burden.cost if burden.cost else None,
        cost=burden.cost,
        harm=burden.harm,
        days=burden.days,
        requires=workup.battery.outstanding(test, workup.so_far),
        together=workup.battery.together(test, workup.so_far),
        value=value,
        value_standard_error=value_error,
        delay_loss=value - late,
        trial_loss=stakes.trial_loss(test, workup.forest.posterior),
        net_utility=net,
        worth_days=stakes.in_days(net),
        worth_days_error=stakes.in_days(value_error),
        separates=_separates(workup, network, outcomes),
        outcomes=_likeliest(workup, network, outcomes),
        findings=dict(sorted(findings.items(), key=lambda item: -item[1])),
    )


def _separates(workup: Workup, network: Network, outcomes: Outcomes) -> tuple[Separation, ...]:
    """The pairs of leading diseases that a test separates most, weighed by their probability."""
    posterior = workup.forest.posterior
    leading = [i for i in np.argsort(-posterior)[:PAIRED].tolist() if posterior[i] > 0]
    if len(leading) < 2:
        return ()
    states = network.variables[workup.forest.shape.target].states
    bits = pairwise(outcomes, leading)
    order = sorted(bits, key=lambda pair: -bits[pair] * posterior[list(pair)].sum())
    return tuple(Separation((states[i], states[j]), bits[i, j]) for i, j in order[:PAIRS])


def _likeliest(workup: Workup, network: Network, outcomes: Outcomes) -> tuple[Outcome, ...]:
    """The most probable outcomes, one that was drawn twice counted once."""
    place: dict[tuple[int, ...], int] = {}
    for row in np.argsort(-outcomes.probability, kind="stable"):
        place.setdefault(tuple(outcomes.states[row].tolist()), row)
        if len(place) == OUTCOMES:
            break
    diseases = network.variables[workup.forest.shape.target].states
    return tuple(_outcome(network, diseases, outcomes, row) for row in place.values())


def _outcome(network: Network, diseases: tuple[str, ...], outcomes: Outcomes, row: int) -> Outcome:
    seen = zip(outcomes.findings, outcomes.states[row].tolist(), strict=True)
    posterior = outcomes.posterior[row]
    return Outcome(
        {finding: network.variables[finding].states[state] for finding, state in seen},
        float(outcomes.probability[row]),
        {diseases[d]: float(posterior[d]) for d in np.argsort(-posterior)[:DISEASES]},
    )
