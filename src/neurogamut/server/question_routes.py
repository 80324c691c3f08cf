"""The questions that a case can be put to, one route each; the answers are those of the CLI."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse

from ..diagnosis.fhir import MEDIA_TYPE as FHIR
from ..diagnosis.fhir import risk_assessment
from ..model import Model
from ..next_test.battery import MEASURES
from ..sensitivity.analysis import ANALYSES
from . import answer_types as answers
from .body import StrictRoute, prefers
from .models import Models
from .ndjson import MEDIA_TYPE
from .problems import documented
from .query_options import question_options
from .schema import asking_type, one_of

LINE = {
    "type": "object",
    "properties": {"question": {"type": "string"}},
    "required": ["question"],
}
LINES = {
    "responses": {
        "200": {
            "description": "A line for each question.",
            "content": {MEDIA_TYPE: {"schema": {"type": "array", "items": LINE}}},
        }
    }
}
AS_FHIR = {"content": {FHIR: {"schema": {"type": "object", "title": "RiskAssessment (FHIR R4)"}}}}
REFUSALS = (400, 401, 408, 409, 413, 415, 422, 429, 501, 503, 504)
Options = Any
Ask = Callable[[Model, dict[str, Any], Options], Any]
Answer = Callable[..., Awaitable[Any]]


def posterior(model: Model, case: dict[str, Any], options: Options) -> Any:
    """The probability of every disease, given a case."""
    return model.posterior(case, options.assume, options.reporting)


def explain(model: Model, case: dict[str, Any], options: Options) -> Any:
    """Each finding's weight of evidence, with the rows and sources behind it."""
    return model.explain(case, options.disease, options.against, options.reporting)


def next_tests(model: Model, case: dict[str, Any], options: Options) -> Any:
    """Which test to do next, why, and when to stop."""
    return model.next_tests(case, options.by, options.seed, options.reporting, options.literature)


def plan(model: Model, case: dict[str, Any], options: Options) -> Any:
    """A decision tree of tests within a budget of cost, harm or days."""
    limits = {measure: getattr(options, measure) for measure in MEASURES}
    budget = {measure: limit for measure, limit in limits.items() if limit is not None}
    return model.plan(case, budget, options.by, options.seed, options.reporting)


@dataclass(frozen=True)
class Question:
    """A route: what it asks, what it answers, and whether that is given as a FHIR resource to those
    who want one."""

    ask: Ask
    answer: Any
    fhir: bool = False


QUESTIONS = {
    "posterior": Question(
        posterior, answers.PosteriorAnswer | answers.CoexistingPosteriorAnswer, fhir=True
    ),
    "explain": Question(explain, answers.ExplanationAnswer),
    "next-tests": Question(next_tests, answers.NextTestsAnswer),
    "plan": Question(plan, answers.PlanAnswer),
}


def question_routes(models: Models, case_type: Any) -> APIRouter:
    """POST /v1/<question> and /v1/sensitivity/<kind>."""
    router = APIRouter(
        prefix="/v1", route_class=StrictRoute, tags=["questions"], responses=documented(*REFUSALS)
    )
    options = question_options(models)
    for name, question in QUESTIONS.items():
        router.add_api_route(
            f"/{name}",
            _endpoint(question, models, case_type, options[name]),
            methods=["POST"],
            name=name,
            description=question.ask.__doc__,
            response_model=question.answer,
            responses={200: AS_FHIR} if question.fhir else {},
        )
    router.add_api_route(
        "/sensitivity/{kind}",
        _sensitivity(models, case_type, options["sensitivity"]),
        methods=["POST"],
        response_model=answers.AnalysisAnswer,
    )
    return router


def several_routes(case_type: Any) -> APIRouter:
    """POST /v1/answers, which says what is to be asked; `several.Several` asks it."""
    router = APIRouter(
        prefix="/v1", route_class=StrictRoute, tags=["questions"], responses=documented(*REFUSALS)
    )
    asking: Any = asking_type(
        case_type, (*QUESTIONS, *(f"sensitivity/{kind}" for kind in ANALYSES))
    )

    @router.post("/answers", openapi_extra=LINES)
    async def answers(several: asking) -> Any:
        """Several questions about one case at once. Each answer is a line (NDJSON), sent as soon as
        it is there: `question`, and its `answer` or the `problem` with it."""
        return JSONResponse({"case": several.case, "ask": several.ask})

    return router


def _endpoint(question: Question, models: Models, case_type: Any, options_type: Any) -> Answer:
    async def answer(
        request: Request, case: case_type, options: Annotated[options_type, Query()]
    ) -> Any:
        model = models.asked(options)
        result = question.ask(model, case, options)
        if question.fhir and prefers(FHIR, request):
            return JSONResponse(risk_assessment(result, model.base), media_type=FHIR)
        return JSONResponse(result.to_dict())

    return answer


def _sensitivity(models: Models, case_type: Any, options_type: Any) -> Answer:
    kind_type: Any = one_of(ANALYSES)

    async def sensitivity(
        kind: kind_type, case: case_type, options: Annotated[options_type, Query()]
    ) -> Any:
        """How far the answer can be trusted: `neurogamut sensitivity <kind>`."""
        asked = models.asked(options).sensitivity(
            case, target=options.target, reporting=options.reporting
        )
        own = {name: getattr(options, name) for name in ANALYSES[kind].options}
        return JSONResponse(getattr(asked, kind)(**own).to_dict())

    return sensitivity
