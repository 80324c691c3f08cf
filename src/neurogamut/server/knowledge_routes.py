"""What the server knows: diseases, findings, tests, sources, cells, profiles, example patients."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse

from ..cases.phenopacket import MEMBERS
from ..cases.presets import presets
from ..knowledge.forms import owner_of, state_of
from ..knowledge.records import Disease, FindingRecord, Form, Source, TestRecord
from ..reading.choices import choices
from ..sensitivity.analysis import ANALYSES
from .answer_types import CellAnswer, Choices, ModelAnswer, Preset, ProfileAnswer
from .limits import Limits
from .models import Models
from .problems import documented
from .query_options import question_options
from .schema import one_of

LISTS = {
    "diseases": Disease,
    "forms": Form,
    "findings": FindingRecord,
    "tests": TestRecord,
    "sources": Source,
}
REFUSALS = (401, 422, 429, 503, 504)


def knowledge_routes(models: Models, limits: Limits) -> APIRouter:
    """GET /v1/diseases, forms, findings, tests, sources, model, presets, choices, cell, disease."""
    router = APIRouter(prefix="/v1", tags=["knowledge base"], responses=documented(*REFUSALS))
    base = models.default.base
    finding_type: Any = one_of((f.key for f in base.findings), base.names_of_findings)
    disease_type: Any = one_of((d.key for d in base.diseases), base.names_of_diseases)
    options_type: Any = question_options(models)["cell"]
    for name in LISTS:
        router.add_api_route(f"/{name}", _listing(models, name), name=name)

    about = {
        "model": asdict(models.default.info),
        "settings": models.settings,
        "sensitivity": list(ANALYSES),
        "phenopacket": MEMBERS,
        "limits": asdict(limits),
        "counts": {name: len(getattr(base, name)) for name in (*LISTS, "statements")},
    }

    @router.get("/model", response_model=ModelAnswer)
    def model() -> Any:
        """Version and content hash, what may be asked, and how much of it."""
        return JSONResponse(about)

    @router.get("/choices", response_model=Choices)
    def all_choices() -> Any:
        """All that a page has to choose from, in one answer: what `model`, `findings`, `diseases`,
        `tests` and `presets` give, definitions, marks of diseases, and which finding follows from
        which."""
        return JSONResponse({**about, **choices(base), "presets": presets(base.root)})

    @router.get("/presets", response_model=list[Preset])
    def preset_patients() -> Any:
        """Patients of published figures, with what was seen before the definitive test."""
        return JSONResponse(presets(base.root))

    @router.get("/cell/{finding}/{disease}", response_model=list[CellAnswer])
    def cell(
        finding: finding_type, disease: disease_type, options: Annotated[options_type, Query()]
    ) -> Any:
        """P(finding | disease), its distribution and each row behind it: `neurogamut show`."""
        views = models[options.setting].show(finding, disease)
        return JSONResponse([view.to_dict() for view in views])

    if base.forms:
        form_type: Any = one_of(state_of(form.owner) for form in base.forms)

        @router.get("/form/{finding}/{form}", response_model=list[CellAnswer])
        def form_cell(
            finding: finding_type, form: form_type, options: Annotated[options_type, Query()]
        ) -> Any:
            """P(finding | form), as `nmosd__cord`: `neurogamut show FINDING DISEASE/FORM`."""
            views = models[options.setting].show(finding, owner_of(form))
            return JSONResponse([view.to_dict() for view in views])

    @router.get("/disease/{disease}", response_model=ProfileAnswer)
    def profile(disease: disease_type, options: Annotated[options_type, Query()]) -> Any:
        """A disease as one looks it up: what it is, what treats it and how soon, and the findings
        that set it apart."""
        return JSONResponse(models[options.setting].profile(disease).to_dict())

    return router


def _listing(models: Models, name: str) -> Callable[[], Any]:
    records = getattr(models.default.base, name)
    documents = [record.model_dump(mode="json", exclude={"row"}) for record in records]

    def listing() -> JSONResponse:
        return JSONResponse(documents)

    listing.__doc__ = f"The {name} of the knowledge base: `neurogamut list {name}`."
    return listing
