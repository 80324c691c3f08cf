"""The questions that a case can be put to, one route each; the answers are those of the CLI."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse

from ..fhir import MEDIA_TYPE as FHIR
from ..fhir import risk_assessment
from ..model import SINGLE, Model
from ..next_test.battery import MEASURES
from . import answers
from .body import StrictRoute, prefers
from .limits import Workers
from .models import Models
from .options import question_options
from .problems import documented
from .schema import one_of

AS_FHIR = {"content": {FHIR: {"schema": {"type": "object", "title": "RiskAssessment (FHIR R4)"}}}}
REFUSALS = (400, 401, 409, 413, 415, 422, 429, 503)
Options = Any
Ask = Callable[[Model, dict[str, Any], Options], Any]


def posterior(model: Model, case: dict, options: Options) -> Any:
    """The probability of every disease, given a case."""
    return model.posterior(case, options.assume)


def explain(model: Model, case: dict, options: Options) -> Any:
    """Each finding's weight of evidence, with the rows and sources behind it."""
    return model.explain(case, options.disease, options.against)


def next_tests(model: Model, case: dict, options: Options) -> Any:
    """Which test to do next, why, and when to stop."""
    return model.next_tests(case, by=options.by, seed=options.seed)


def plan(model: Model, case: dict, options: Options) -> Any:
    """A decision tree of tests within a budget of cost, harm or days."""
    limits = {measure: getattr(options, measure) for measure in MEASURES}
    budget = {measure: limit for measure, limit in limits.items() if limit is not None}
    return model.plan(case, budget, by=options.by, seed=options.seed)


@dataclass(frozen=True)
class Question:
    """A route: what it asks, what it answers, with which options that takes no more than a moment
    or, always, rather long, and whether it is given as a FHIR resource to those who want one."""

    ask: Ask
    answer: Any
    brief: Callable[[Options], bool] = lambda options: False
    slow: bool = False
    fhir: bool = False


QUESTIONS = {
    "posterior": Question(
        posterior,
        answers.PosteriorAnswer | answers.CoexistingPosterior,
        brief=lambda options: options.assume == SINGLE,
        fhir=True,
    ),
    "explain": Question(explain, answers.ExplanationAnswer),
    "next-tests": Question(next_tests, answers.NextTestsAnswer, slow=True),
    "plan": Question(plan, answers.PlanAnswer, slow=True),
}

#: Questions about the certainty of an answer, as in `neurogamut sensitivity`.
SENSITIVITY: dict[str, Callable[[Any, Options], Any]] = {
    "oneway": lambda ask, _: ask.oneway(),
    "tornado": lambda ask, _: ask.tornado(),
    "flip": lambda ask, _: ask.flip(),
    "uncertainty": lambda ask, options: ask.uncertainty(options.draws, options.seed),
    "findings": lambda ask, options: ask.findings(options.pairs),
    "priors": lambda ask, _: ask.priors(),
    "sources": lambda ask, _: ask.sources(),
    "evppi": lambda ask, options: ask.evppi(options.draws, options.seed),
}


def question_routes(models: Models, case_type: Any, workers: Workers) -> APIRouter:
    """POST /v1/<question> and /v1/sensitivity/<kind>."""
    router = APIRouter(
        prefix="/v1", route_class=StrictRoute, tags=["questions"], responses=documented(*REFUSALS)
    )
    options = question_options(models)
    for name, question in QUESTIONS.items():
        router.add_api_route(
            f"/{name}",
            _endpoint(question, models, case_type, options[name], workers),
            methods=["POST"],
            name=name,
            description=question.ask.__doc__,
            response_model=question.answer,
            responses={200: AS_FHIR} if question.fhir else {},
        )
    router.add_api_route(
        "/sensitivity/{kind}",
        _sensitivity(models, case_type, options["sensitivity"], workers),
        methods=["POST"],
        response_model=answers.SensitivityAnswer,
    )
    return router


def _endpoint(
    question: Question, models: Models, case_type: Any, options_type: Any, workers: Workers
) -> Callable:
    async def answer(
        request: Request, case: case_type, options: Annotated[options_type, Query()]
    ) -> Any:
        def ask() -> JSONResponse:
            model = models[options.setting]
            result = question.ask(model, case, options)
            if question.fhir and prefers(FHIR, request):
                return JSONResponse(risk_assessment(result, model.base), media_type=FHIR)
            return JSONResponse(result.to_dict())

        if question.slow:
            return await workers.run_slow(ask, request)
        # Python runs one thread at a time: handing over would take longer than a brief answer.
        is_brief = question.brief(options) and models.has(options.setting)
        return ask() if is_brief else await workers.run(ask)

    return answer


def _sensitivity(models: Models, case_type: Any, options_type: Any, workers: Workers) -> Callable:
    async def sensitivity(
        request: Request,
        kind: one_of(SENSITIVITY),
        case: case_type,
        options: Annotated[options_type, Query()],
    ) -> Any:
        """How far the answer can be trusted: `neurogamut sensitivity <kind>`."""

        def ask() -> JSONResponse:
            subject = models[options.setting].sensitivity(case, target=options.target)
            return JSONResponse(SENSITIVITY[kind](subject, options).to_dict())

        return await workers.run_slow(ask, request)

    return sensitivity
