"""Learn from patients whose diagnosis is known, and say what came of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from ..cohort.workers import Workers, local
from ..errors import UsageError
from ..knowledge.build import DIAGNOSIS, Blueprint
from ..knowledge.reporting import PERTINENT
from ..render.answer import ModelInfo
from .choice import Choice
from .component import components
from .cross_validation import (
    LARGEST_SAMPLE,
    ROUGHLY,
    WEIGHTS,
    Forecast,
    View,
    Weighing,
    may_be_divided,
    weigh,
)
from .expectation_maximisation import Fit, Learner, Tell, learned_blueprint
from .learned import LearnedTables
from .moved import moved_cells, moved_priors, moved_ratios
from .own_tables import OWN_SERIES, OwnTables
from .patients import Patients
from .score import gained, scored
from .seen import Seen

#: With fewer patients of a disease its figures are shown with a warning.
FEW = 5
#: Of many patients a round that gains less than this a patient moves no figure by a tenth of its
#: standard error.
CLOSELY = 1e-5
#: What a patient weighs as where nobody can tell.
LIKE_ANY = 1.0


@dataclass(frozen=True, eq=False)
class Lesson:
    """What is to be learned on top of: `view_of` reads cases with a blueprint, `source` names the
    hospital, `weight` is how many patients of the tables one of its own weighs as (None: to be
    estimated), `divided` whether some are left out in turn, `with_ratios` whether odds ratios are
    learned too: where diseases have forms, what goes together is partly the form's. `choice` is of
    what was told (None: a checklist was worked through). `tell` is told what is being done."""

    blueprint: Blueprint
    view_of: View
    info: ModelInfo
    source: str
    weight: float | None
    divided: bool
    with_ratios: bool
    choice: Choice | None
    tell: Tell


def learn(lesson: Lesson, patients: Patients, jobs: int) -> LearnedTables:
    """Learn from patients with so many threads, on which nothing depends.

    Raises UsageError where the tables were learned already, for a source that is a published one,
    or for a weight that is none."""
    base = lesson.blueprint.base
    if lesson.source in {source.key for source in base.sources if source.design != OWN_SERIES}:
        raise UsageError(f"source {lesson.source}: is a published one; name the hospital")
    if lesson.blueprint.estimator.local():
        raise UsageError(
            f"{base.root}: holds what patients added already; learn from all of them together, "
            "on top of the tables as they were"
        )
    if lesson.weight is not None and not 0 < lesson.weight < np.inf:
        raise UsageError(f"weight={lesson.weight}: expected a number above 0")
    with local(jobs) as workers:
        return _learned(
            replace(lesson, blueprint=_with_context(lesson.blueprint)), patients, workers
        )


def _with_context(blueprint: Blueprint) -> Blueprint:
    """Where no figure is split, a finding of two states on its own plays the part of the context:
    none depends on it, and it is counted like others. Raises UsageError where there is none."""
    shape = blueprint.structure
    if shape.context:
        return blueprint
    free = (n for n in shape.findings if len(shape.states[n]) == 2 and n not in shape.edges)
    context = next(free, "")
    if not context:
        raise UsageError(
            f"{blueprint.base.root}: learning needs a finding of two states without a parent"
        )
    return replace(blueprint, structure=replace(shape, context=context))


def _learned(lesson: Lesson, patients: Patients, workers: Workers) -> LearnedTables:
    blueprint, source, info = lesson.blueprint, lesson.source, lesson.info
    sample = patients.some(np.arange(min(len(patients), LARGEST_SAMPLE)))
    weighing = _weighing(lesson, sample, workers)
    chosen, why = _weight(lesson.weight, weighing, len(sample))
    parts, told = components(blueprint), lesson.choice.asked if lesson.choice else ()
    learner = Learner(blueprint, workers, lesson.with_ratios, lesson.choice)
    why += f"; reporting {PERTINENT}" if lesson.choice else ""
    seen = Seen.by(parts, patients, told)
    fit = _fit(learner, Seen.by(parts, sample, told), seen, chosen, lesson.tell)
    before, after = (weighing.before, weighing.after[chosen]) if weighing else (None, None)
    return LearnedTables(
        patients=len(patients),
        weight=chosen,
        gains=dict(weighing.gains) if weighing else {},
        cells=tuple(moved_cells(blueprint, fit, chosen)),
        priors=tuple(moved_priors(blueprint, fit, seen.by_disease)),
        ratios=tuple(moved_ratios(blueprint, fit)),
        before=scored(before) if before else None,
        after=scored(after) if after else None,
        gain=gained(before, after) if before and after else None,
        unfit=_unfit(after),
        warnings=tuple(_warnings(lesson, seen.by_disease, weighing)),
        trace=fit.trace,
        labels={disease.key: disease.label for disease in blueprint.base.diseases},
        tables=OwnTables(blueprint, fit, chosen, seen.by_disease, source, patients.content, why),
        blueprint=learned_blueprint(blueprint, fit, chosen, seen),
        model=info,
    )


def _fit(learner: Learner, sample: Seen, seen: Seen, weight: float, tell: Tell) -> Fit:
    """What all patients teach; of many a sample says where to begin."""
    told = partial(_tell, tell, "all patients")
    many = float(seen.by_disease.sum() / sample.by_disease.sum())
    if many == 1:
        return learner.fit(seen, weight, tell=told)
    begun = learner.fit(
        sample, weight * many, gained=ROUGHLY * many, tell=partial(_tell, tell, "a sample")
    )
    return learner.fit(seen, weight, start=begun.rates, gained=CLOSELY, tell=told)


def _weighing(lesson: Lesson, sample: Patients, workers: Workers) -> Weighing | None:
    if not (lesson.divided and may_be_divided(sample)):
        return None
    tried = WEIGHTS if lesson.weight is None else (lesson.weight,)
    view_of, choice = lesson.view_of, lesson.choice
    return weigh(lesson.blueprint, workers, sample, tried, view_of, choice, lesson.tell)


def _tell(tell: Tell, who: str, what: str) -> None:
    tell(f"{who}: {what}")


def _weight(weight: float | None, weighing: Weighing | None, patients: int) -> tuple[float, str]:
    """The weight of a patient, and why."""
    if weight is not None:
        return weight, "as asked for"
    if weighing is None:
        return LIKE_ANY, "too few patients to estimate it: as any other"
    gains = ", ".join(f"{w:g}: {gain:+.4f}" for w, gain in weighing.gains.items())
    return weighing.best, (
        f"{patients} patients, left out by fifths, are foretold best with it: gain in "
        f"ln P(diagnosis) by weight {gains}"
    )


def _unfit(forecast: Forecast | None) -> tuple[str, ...]:
    if forecast is None:
        return ()
    return tuple(sorted(map(str, forecast.names[forecast.unfit])))


def _warnings(lesson: Lesson, patients: np.ndarray, weighing: Weighing | None) -> Iterator[str]:
    if weighing is None and lesson.divided:
        yield "too few patients to leave some out: whether it helps was not tried"
    if weighing and max(weighing.gains.values()) <= 0:
        yield "it does not help to foretell the others: use the tables as they were"
    diseases = lesson.blueprint.structure.states[DIAGNOSIS]
    few = [d for d, n in zip(diseases, patients, strict=True) if 0 < n < FEW]
    if few:
        yield f"fewer than {FEW} patients: {', '.join(few)}"
