"""The constants of the reporting model drawn from their intervals, as tables of what is said."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np

from ..knowledge.build import DIAGNOSIS, Blueprint
from ..knowledge.reporting import TOLD, Reporting, Telling, said, said_tables
from .subject import Marginals, Subject

#: Draws of figures that share one draw of the constants, which takes longer.
SHARED = 10
#: Ways to tell are summed for so many findings more at a time, and kept: the next case of a patient
#: in the making says little more.
AT_A_TIME = 16


def reporting_draws(subject: Subject, figures: Marginals, seed: int, start: int) -> Marginals:
    """Tables of what is said, and the prior of who is asked about, one for each draw of `figures`;
    none under systematic reporting. The same seed and start give the same constants."""
    if subject.telling is None:
        return {}
    prior = figures[DIAGNOSIS]
    number = subject.encoded.states[TOLD]
    most = -(-number // AT_A_TIME) * AT_A_TIME
    drawn, ways = _constants(subject.blueprint, -(-len(prior) // SHARED), most, seed, start)
    of = np.arange(len(prior)) // SHARED
    # What done tests did not show is no choice of who tells it.
    spoken = set(subject.encoded.variables())
    findings = [f for f in subject.findings.variables() if said(f) in spoken]
    telling = said_tables(drawn, subject.blueprint, findings)
    tables = {said(finding): table[of] for finding, table in telling.items()}
    told = np.zeros((len(prior), *subject.engine.network.cpts[TOLD].table.shape))
    told[..., number] = np.exp(subject.telling.log_shares[number]) / ways[of, :, number]
    power = np.asarray(drawn.prior_power / Reporting.of(subject.base).prior_power)[of]
    asked = replace(drawn, prior_power=power).prior(prior, subject.structure.unlisted)
    return tables | {TOLD: told, DIAGNOSIS: asked}


@lru_cache(maxsize=4)
def _constants(
    blueprint: Blueprint, count: int, most: int, seed: int, start: int
) -> tuple[Reporting, np.ndarray]:
    """Draws of the constants, and in each the ways to tell up to `most` findings."""
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(start,)))
    drawn = Reporting.draws(blueprint.base, count, rng)
    return drawn, Telling.of(blueprint, drawn, most).ways
