"""Cases in other forms: a Phenopacket, a FHIR bundle, and a batch of cases."""

from functools import cache, partial
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, Response
from pydantic import TypeAdapter

from ..cases.fhir_bundle import Bundle, as_phenopacket
from ..cases.packet_writer import write_phenopacket
from ..cases.phenopacket import Phenopacket, read_phenopacket, translate
from .answer_types import PhenopacketAnswer
from .body import StrictRoute, require_media_type
from .exchange import FIRST_LINE
from .models import Models
from .ndjson import MEDIA_TYPE, answer_lines
from .problems import documented
from .query_options import question_options
from .question_routes import REFUSALS
from .schema import validate_case


def _batch(case: TypeAdapter[Any]) -> dict[str, Any]:
    """What a batch says of itself: the items of each list are its lines."""
    line = case.json_schema()
    line["properties"]["id"] = {"description": "Whatever it is, it is handed back."}
    number = {"type": "integer", "minimum": 1}
    answer = {"type": "object", "properties": {"line": number}, "required": ["line"]}
    return {
        "requestBody": {
            "required": True,
            "description": "One case a line, as JSON without line breaks.",
            "content": {MEDIA_TYPE: {"schema": {"type": "array", "items": line}}},
        },
        "responses": {
            "200": {
                "description": "One line for each case: its answer, or the `problem` with it.",
                "content": {MEDIA_TYPE: {"schema": {"type": "array", "items": answer}}},
            }
        },
    }


def document_routes(models: Models, case_type: Any, longest: int) -> APIRouter:
    """POST /v1/phenopacket, /v1/phenopacket/out, /v1/fhir and /v1/posteriors."""
    router = APIRouter(
        prefix="/v1", route_class=StrictRoute, tags=["questions"], responses=documented(*REFUSALS)
    )
    options_of = question_options(models)
    packet_options: Any = options_of["phenopacket"]
    batch_options: Any = options_of["posteriors"]
    case_adapter = TypeAdapter(case_type)
    root = models.default.base.root

    @router.post("/phenopacket", response_model=PhenopacketAnswer)
    async def phenopacket(packet: Phenopacket, options: Annotated[packet_options, Query()]) -> Any:
        """The posterior of a GA4GH Phenopacket (v2), and what became of its terms."""
        return answered(packet, options)

    @router.post("/fhir", response_model=PhenopacketAnswer)
    async def fhir(bundle: Bundle, options: Annotated[packet_options, Query()]) -> Any:
        """The same for a FHIR bundle (R4 or R5) of one patient."""
        return answered(read_phenopacket(as_phenopacket(bundle)), options)

    def answered(packet: Phenopacket, options: Any) -> JSONResponse:
        found = translate(packet, root)
        case = validate_case(case_adapter, found.case)
        answer = models.asked(options).posterior(case, reporting=options.reporting).to_dict()
        return JSONResponse(answer | found.to_dict())

    @router.post("/phenopacket/out", response_model=dict[str, Any])
    async def phenopacket_out(case: case_type) -> Any:
        """A case as a GA4GH Phenopacket (v2.0)."""
        return JSONResponse(write_phenopacket(models.default.base, case))

    @router.post("/posteriors", openapi_extra=_batch(case_adapter))
    async def posteriors(request: Request, options: Annotated[batch_options, Query()]) -> Response:
        """The posterior of every case of a batch (NDJSON), in order, as they come in."""
        require_media_type(request, (MEDIA_TYPE,))

        model = cache(partial(models.asked, options))

        def answer(document: Any) -> dict[str, Any]:
            case = validate_case(case_adapter, document)
            return model().posterior(case, options.assume, options.reporting).to_dict()

        first = request.scope.get(FIRST_LINE, 1)
        answers = answer_lines(await request.body(), first, longest, answer)
        return Response(answers, media_type=MEDIA_TYPE)

    return router
