"""Cases in other forms: a Phenopacket, and a batch of cases."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse
from pydantic import TypeAdapter

from ..phenopacket import Phenopacket, translate
from .answers import PhenopacketAnswer
from .batch import MEDIA_TYPE, BatchAnswer
from .body import StrictRoute, require_media_type
from .limits import Workers
from .models import Models
from .options import question_options
from .problems import documented
from .questions import REFUSALS
from .schema import validate_case

LINES = {MEDIA_TYPE: {"schema": {"type": "string"}}}
BATCH = {
    "requestBody": {
        "required": True,
        "description": "One case a line; an optional `id` is handed back with its answer.",
        "content": LINES,
    },
    "responses": {"200": {"description": "One answer a line.", "content": LINES}},
}


def document_routes(models: Models, case_type: Any, workers: Workers, longest: int) -> APIRouter:
    """POST /v1/phenopacket and /v1/posteriors."""
    router = APIRouter(
        prefix="/v1", route_class=StrictRoute, tags=["questions"], responses=documented(*REFUSALS)
    )
    options_of = question_options(models)
    case_adapter = TypeAdapter(case_type)
    root = models.default.base.root

    @router.post("/phenopacket", response_model=PhenopacketAnswer)
    async def phenopacket(
        packet: Phenopacket, options: Annotated[options_of["phenopacket"], Query()]
    ) -> Any:
        """The posterior of a GA4GH Phenopacket (v2), and what became of its terms."""

        def ask() -> JSONResponse:
            found = translate(packet, root)
            case = validate_case(case_adapter, found.case)
            answer = models[options.setting].posterior(case).to_dict()
            return JSONResponse(answer | found.to_dict())

        return await workers.run(ask)

    @router.post("/posteriors", openapi_extra=BATCH)
    async def posteriors(
        request: Request, options: Annotated[options_of["posteriors"], Query()]
    ) -> BatchAnswer:
        """The posterior of every case of a batch (NDJSON), in order, as they come in."""
        require_media_type(request, (MEDIA_TYPE,))

        def answer(document: Any) -> dict[str, Any]:
            case = validate_case(case_adapter, document)
            return models[options.setting].posterior(case, options.assume).to_dict()

        return BatchAnswer(request, answer, workers, longest)

    return router
