"""What may stand in a question's query string. An unknown option is refused, never ignored."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, Field

from ..errors import nearest
from ..model import ASSUMPTIONS, SINGLE
from ..next_test.plans import SEARCHES
from ..next_test.ranking import ORDERS
from .models import Models
from .schema import closed_model, one_of

Seed = Annotated[int, Field(ge=0, lt=2**32)]
Limit = Annotated[float, Field(ge=0, allow_inf_nan=False)]
#: Draws of an interactive answer, and the most that one request may ask for.
DRAWS, MOST_DRAWS = 1_000, 10_000


def question_options(models: Models) -> dict[str, type[BaseModel]]:
    """The options of every question, by its name."""
    disease = one_of(models.default.labels) | None

    def options(name: str, **fields: Any) -> type[BaseModel]:
        fields["setting"] = _setting(models)

        def unknown(key: str) -> str:
            return f"{key!r}: unknown option{nearest(key, fields)}"

        return closed_model(name, fields, unknown)

    seed = (Seed, Field(0, description="Of what is drawn."))
    posterior = options("PosteriorOptions", assume=_assume())
    return {
        "posterior": posterior,
        "posteriors": posterior,
        "phenopacket": options("PhenopacketOptions"),
        "cell": options("CellOptions"),
        "explain": options(
            "ExplainOptions",
            disease=(disease, Field(None, description="What to explain; else the leading one.")),
            against=(disease, Field(None, description="Against what; else the runner-up.")),
        ),
        "next-tests": options("NextTestsOptions", by=_by(ORDERS, "utility"), seed=seed),
        "plan": options(
            "PlanOptions",
            by=_by(SEARCHES, "greedy"),
            cost=(Limit | None, Field(None, description="Most that all tests may cost.")),
            harm=(Limit | None, Field(None, description="Largest probability of serious harm.")),
            days=(Limit | None, Field(None, description="Longest delay.")),
            seed=seed,
        ),
        "sensitivity": options(
            "SensitivityOptions",
            target=(disease, Field(None, description="The disease in question.")),
            draws=(int, Field(DRAWS, ge=2, le=MOST_DRAWS, description="Where draws are made.")),
            seed=seed,
            pairs=(bool, Field(False, description="`findings`: every two together as well.")),
        ),
    }  # fmt: skip


def _setting(models: Models) -> tuple[Any, Any]:
    text = "The population that the prior probabilities are of."
    return one_of(models.settings), Field(models.default.info.setting, description=text)


def _assume() -> tuple[Any, Any]:
    text = "Whether a single disease explains the case or several may coexist."
    return one_of(ASSUMPTIONS), Field(SINGLE, description=text)


def _by(known: Any, default: str) -> tuple[Any, Any]:
    return one_of(known), Field(default, description="What is best.")
