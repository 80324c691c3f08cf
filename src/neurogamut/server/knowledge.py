"""What the server knows: diseases, findings, tests, sources, cells, example patients."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse

from ..knowledge.records import Disease, FindingRecord, Source, TestRecord
from .answers import CellAnswer, ModelAnswer, Preset
from .models import Models
from .options import question_options
from .presets import presets
from .problems import documented
from .questions import SENSITIVITY
from .schema import one_of

LISTS = {"diseases": Disease, "findings": FindingRecord, "tests": TestRecord, "sources": Source}
REFUSALS = (401, 422, 429, 503)


def knowledge_routes(models: Models) -> APIRouter:
    """GET /v1/diseases, findings, tests, sources, model, presets and cell."""
    router = APIRouter(prefix="/v1", tags=["knowledge base"], responses=documented(*REFUSALS))
    base = models.default.base
    options_of = question_options(models)
    for name in LISTS:
        router.add_api_route(f"/{name}", _listing(models, name), name=name)

    @router.get("/model", response_model=ModelAnswer)
    def model() -> Any:
        """Version and content hash, and what may be asked."""
        return {
            "model": asdict(models.default.info),
            "settings": models.settings,
            "sensitivity": list(SENSITIVITY),
            "counts": {name: len(getattr(base, name)) for name in (*LISTS, "statements")},
        }

    @router.get("/presets", response_model=list[Preset])
    def preset_patients() -> Any:
        """Patients of published figures, with what was seen before the definitive test."""
        return JSONResponse(presets(base.root))

    @router.get("/cell/{finding}/{disease}", response_model=list[CellAnswer])
    def cell(
        finding: one_of(f.key for f in base.findings),
        disease: one_of(d.key for d in base.diseases),
        options: Annotated[options_of["cell"], Query()],
    ) -> Any:
        """P(finding | disease), its distribution and each row behind it: `neurogamut show`."""
        views = models[options.setting].show(finding, disease)
        return JSONResponse([view.to_dict() for view in views])

    return router


def _listing(models: Models, name: str) -> Callable[[], Any]:
    records = getattr(models.default.base, name)
    documents = [record.model_dump(mode="json", exclude={"row"}) for record in records]

    def listing() -> JSONResponse:
        return JSONResponse(documents)

    listing.__doc__ = f"The {name} of the knowledge base: `neurogamut list {name}`."
    return listing
