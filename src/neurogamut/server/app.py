"""The application: a page, and a guard that puts questions to those who answer them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from fastapi import FastAPI

from .._version import __version__
from ..model import Model
from ..render.wording import RESEARCH_USE
from .answer_types import Health
from .documents import document_routes
from .exchange import Ask, in_threads
from .guard import Guard
from .knowledge_routes import knowledge_routes
from .limits import DEFAULT, Limits
from .models import Models
from .problems import ProblemDocument, answer_problems
from .question_routes import question_routes, several_routes
from .reading_routes import reading_routes
from .schema import case_type
from .security import LOOPBACK_NAMES, Door
from .static import page_routes

ABOUT = f"The questions and answers of the Python interface and the command line. {RESEARCH_USE}"


def create_app(
    model: Model,
    *,
    keys: Iterable[str] = (),
    names: Iterable[str] = LOOPBACK_NAMES,
    limits: Limits = DEFAULT,
    ask: Ask | None = None,
) -> FastAPI:
    """The ASGI application for a model. `keys` are API keys (none: none is asked for), `names` the
    host names that it answers to. Questions are put to `ask`, or else to threads, which nothing can
    stop: `neurogamut serve` asks a `processes.Pool`."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    app.add_api_route("/healthz", health)
    app.include_router(page_routes())
    answer_problems(app)
    ask = ask or in_threads(question_app(model, limits))
    app.add_middleware(Guard, door=Door(names, keys), limits=limits, ask=ask)
    return app


def question_app(model: Model, limits: Limits) -> FastAPI:
    """What answers questions, whoever asks, and describes itself."""
    # The interactive documentation of FastAPI loads scripts from elsewhere; ours is docs/http.md.
    app = Application(
        title="neurogamut",
        version=__version__,
        description=ABOUT,
        openapi_url="/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
    )
    models = Models(model)
    case = case_type(model.base)
    app.include_router(question_routes(models, case))
    app.include_router(several_routes(case))
    app.include_router(document_routes(models, case, limits.body))
    app.include_router(reading_routes(models))
    app.include_router(knowledge_routes(models, limits))
    app.add_api_route("/healthz", health, response_model=Health, tags=["server"])
    answer_problems(app)
    return app


async def health() -> dict[str, str]:
    """That the server runs."""
    return {"status": "ok"}


class Application(FastAPI):
    """An application whose schema has the problem document that every route refers to."""

    def openapi(self) -> dict[str, Any]:
        """The OpenAPI schema, made once."""
        schema = super().openapi()
        parts = schema["components"]["schemas"]
        if "ProblemDocument" not in parts:
            problem = ProblemDocument.model_json_schema(ref_template="#/components/schemas/{model}")
            parts |= problem.pop("$defs") | {"ProblemDocument": problem}
        return schema
