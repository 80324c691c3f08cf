"""A report as a case, for a person to confirm."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse

from ..reading import read_report
from .answer_types import ReadingAnswer, Report
from .body import StrictRoute
from .models import Models
from .problems import documented
from .question_routes import REFUSALS
from .schema import closed_model


def reading_routes(models: Models) -> APIRouter:
    """POST /v1/read."""
    router = APIRouter(
        prefix="/v1", route_class=StrictRoute, tags=["questions"], responses=documented(*REFUSALS)
    )
    base = models.default.base
    no_options: Any = closed_model("ReadOptions", {}, lambda key: f"{key!r}: unknown option")

    @router.post("/read", response_model=ReadingAnswer)
    async def read(report: Report, options: Annotated[no_options, Query()]) -> Any:
        """A report, letter or line of dictation as a case, with what was understood and why. The
        text is neither stored nor logged."""
        return JSONResponse(read_report(report.text, base).to_dict())

    return router
