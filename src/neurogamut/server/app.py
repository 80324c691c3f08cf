"""The application: routes, problems and the guard around them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from .. import __version__
from ..model import Model
from ..wording import RESEARCH_USE
from .answers import Health
from .documents import document_routes
from .guard import Guard
from .knowledge import knowledge_routes
from .limits import DEFAULT, Limits, Workers
from .models import Models
from .page import page_routes
from .problems import ProblemDocument, answer_problems
from .questions import question_routes
from .schema import case_type
from .security import LOOPBACK_NAMES, Door

ABOUT = f"The questions and answers of the Python interface and the command line. {RESEARCH_USE}"


def create_app(
    model: Model,
    *,
    keys: Iterable[str] = (),
    names: Iterable[str] = LOOPBACK_NAMES,
    limits: Limits = DEFAULT,
) -> FastAPI:
    """The ASGI application for a model. `keys` are API keys (none: none is asked for), `names` the
    host names that it answers to."""
    # The interactive documentation of FastAPI loads scripts from elsewhere; ours is docs/http.md.
    app = FastAPI(
        title="neurogamut", version=__version__, description=ABOUT,
        openapi_url="/v1/openapi.json", docs_url=None, redoc_url=None,
    )  # fmt: skip
    models, workers = Models(model), Workers()
    case = case_type(model.base, model.network)
    app.include_router(question_routes(models, case, workers))
    app.include_router(document_routes(models, case, workers, limits.body))
    app.include_router(knowledge_routes(models))
    app.add_api_route("/healthz", health, response_model=Health, tags=["server"])
    app.include_router(page_routes())
    app.openapi = lambda: _openapi(app)
    answer_problems(app)
    app.add_middleware(Guard, door=Door(names, keys), limits=limits)
    return app


def health() -> dict[str, str]:
    """That the server runs."""
    return {"status": "ok"}


def _openapi(app: FastAPI) -> dict[str, Any]:
    """The schema, with the problem document that every route refers to."""
    if app.openapi_schema is None:
        made = get_openapi(
            title=app.title, version=app.version, description=app.description, routes=app.routes
        )
        problem = ProblemDocument.model_json_schema(ref_template="#/components/schemas/{model}")
        made["components"]["schemas"] |= problem.pop("$defs") | {"ProblemDocument": problem}
        app.openapi_schema = made
    return app.openapi_schema
