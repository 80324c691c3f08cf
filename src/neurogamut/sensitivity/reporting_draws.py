"""The constants of the reporting model drawn from their intervals, as tables of what is said."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..knowledge.build import DIAGNOSIS
from ..knowledge.reporting import TOLD, Reporting, Telling, said
from .subject import Marginals, Subject

#: Draws of figures that share one draw of the constants, which takes longer.
SHARED = 10


def reporting_draws(subject: Subject, figures: Marginals, rng: np.random.Generator) -> Marginals:
    """Tables of what is said, and the prior of who is asked about, one for each draw of `figures`;
    none under systematic reporting."""
    if subject.telling is None:
        return {}
    prior = figures[DIAGNOSIS]
    mean = Reporting.of(subject.base)
    drawn = Reporting.draws(subject.base, -(-len(prior) // SHARED), rng)
    of = np.arange(len(prior)) // SHARED
    number = subject.encoded.states[TOLD]
    telling = Telling.of(subject.blueprint, drawn, most=number)
    # What done tests did not show is no choice of who tells it.
    spoken = set(subject.encoded.variables())
    tables = {
        said(finding): telling.said[finding][of]
        for finding in subject.findings.variables()
        if finding in telling.said and said(finding) in spoken
    }
    told = np.zeros((len(prior), *subject.engine.network.cpts[TOLD].table.shape))
    told[..., number] = np.exp(subject.telling.log_shares[number]) / telling.ways[of, :, number]
    power = np.asarray(drawn.prior_power / mean.prior_power)[of]
    asked = replace(mean, prior_power=power).prior(prior, subject.structure.unlisted)
    return tables | {TOLD: told, DIAGNOSIS: asked}
