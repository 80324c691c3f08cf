"""What may stand in a question's query string. An unknown option is refused, never ignored."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, Field

from ..errors import nearest
from ..knowledge.reporting import PERTINENT, REPORTINGS
from ..model import ASSUMPTIONS, SINGLE
from ..next_test.plans import SEARCHES
from ..next_test.ranking import ORDERS
from ..sensitivity.analysis import ANALYSES
from ..sensitivity.options import Option
from .models import Models
from .schema import closed_model, one_of, stated_prior

Seed = Annotated[int, Field(ge=0, lt=2**32)]
Limit = Annotated[float, Field(ge=0, allow_inf_nan=False)]
#: Priors that a request states.
PRIOR: Any = Field(
    [],
    description="A prior probability, `susac=0.05`, in the place of the setting's; the others keep "
    "their proportions. May be repeated.",
)
#: The most draws that one request may ask for.
MOST_DRAWS = 10_000


def question_options(models: Models) -> dict[str, type[BaseModel]]:
    """The options of every question, by its name."""
    base = models.default.base
    disease = one_of(models.default.labels, base.names_of_diseases) | None
    prior: Any = stated_prior(base)

    def options(name: str, **fields: Any) -> type[BaseModel]:
        fields["setting"] = _setting(models)

        def unknown(key: str) -> str:
            return f"{key!r}: unknown option{nearest(key, fields)}"

        return closed_model(name, fields, unknown)

    def asked(name: str, **fields: Any) -> type[BaseModel]:
        return options(name, prior=(list[prior], PRIOR), **fields)

    seed = (Seed, Field(0, description="Of what is drawn."))
    reporting = _reporting(PERTINENT)
    posterior = asked("PosteriorOptions", assume=_assume(), reporting=_reporting(None))
    return {
        "posterior": posterior,
        "posteriors": posterior,
        "phenopacket": asked("PhenopacketOptions", reporting=reporting),
        "cell": options("CellOptions"),
        "explain": asked(
            "ExplainOptions",
            disease=(disease, Field(None, description="What to explain; else the leading one.")),
            against=(
                disease,
                Field(None, description="Against what; else the next that has a name."),
            ),
            reporting=reporting,
        ),
        "next-tests": asked(
            "NextTestsOptions",
            by=_by(ORDERS, "utility"),
            seed=seed,
            literature=(bool, Field(False, description="Which figures to know better, too.")),
            reporting=reporting,
        ),
        "plan": asked(
            "PlanOptions",
            by=_by(SEARCHES, "greedy"),
            cost=(Limit | None, Field(None, description="Most that all tests may cost.")),
            harm=(Limit | None, Field(None, description="Largest probability of serious harm.")),
            days=(Limit | None, Field(None, description="Longest delay.")),
            seed=seed,
            reporting=reporting,
        ),
        "sensitivity": asked(
            "SensitivityOptions",
            target=(disease, Field(None, description="The disease in question.")),
            **_of_analyses(),
            reporting=reporting,
        ),
    }


def _of_analyses() -> dict[str, tuple[Any, Any]]:
    """The options of all sensitivity analyses; each takes its own and leaves the others."""
    takers: dict[str, list[str]] = {}
    found: dict[str, Option] = {}
    for kind, analysis in ANALYSES.items():
        for name, option in analysis.options.items():
            takers.setdefault(name, []).append(f"`{kind}`")
            found.setdefault(name, option)
    return {name: _of_analysis(option, ", ".join(takers[name])) for name, option in found.items()}


def _of_analysis(option: Option, takers: str) -> tuple[Any, Any]:
    about = f"{takers}: {option.help}"
    if option.least is None:
        return bool, Field(False, description=about)
    most = option.most or MOST_DRAWS
    return int, Field(option.quick, ge=option.least, le=most, description=about)


def _setting(models: Models) -> tuple[Any, Any]:
    text = "The population that the prior probabilities are of."
    return one_of(models.settings), Field(models.default.info.setting, description=text)


def _assume() -> tuple[Any, Any]:
    text = "Whether a single disease explains the case or several may coexist."
    return one_of(ASSUMPTIONS), Field(SINGLE, description=text)


def _reporting(default: str | None) -> tuple[Any, Any]:
    text = (
        "How the case came about: told by someone who chose what to mention, or a checklist worked "
        "through."
    )
    if default is None:
        text += " Pertinent by default, systematic where diseases may coexist."
        return one_of(REPORTINGS) | None, Field(None, description=text)
    return one_of(REPORTINGS), Field(default, description=text)


def _by(known: Any, default: str) -> tuple[Any, Any]:
    return one_of(known), Field(default, description="What is best.")
