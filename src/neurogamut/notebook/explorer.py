"""The explorer in a notebook cell: the page's own modules, answered by the kernel.

Needs the extra `notebook`. Python and the cell share a case, and whoever changes it, the other
follows:

    w = ng.explore(model)
    w.case = {"age": 27, "hearing_loss": "present"}    # redraws the cell
    w.posterior                                        # follows a click in the cell
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from ..diagnosis.differential import Posterior
from ..errors import NeurogamutError, UsageError, needs
from ..knowledge.reporting import PERTINENT
from ..model import Model
from ..reading import read_report
from ..reading.choices import choices
from ..render.wording import RESEARCH_USE
from ..sensitivity.analysis import ANALYSES
from ..sensitivity.sensitivity_answer import SensitivityAnswer

with needs("notebook"):
    import anywidget
    from traitlets import Dict, Instance, Unicode, observe, validate

HERE = Path(__file__).parent
PAGE = HERE.parent / "page"
#: The page's modules that are about being a page.
ABOUT_THE_PAGE = (
    "address.js",
    "backend.js",
    "door.js",
    "files.js",
    "help.js",
    "main.js",
    "print.js",
    "reporttext.js",
)
MODULES = tuple(path.name for path in sorted(PAGE.glob("*.js")) if path.name not in ABOUT_THE_PAGE)


def _sensitivity(
    model: Model, reporting: str, case: Mapping[str, Any], *, kind: str
) -> SensitivityAnswer:
    quick = {name: option.quick for name, option in ANALYSES[kind].options.items()}
    return getattr(model.sensitivity(case, reporting=reporting), kind)(**quick)


#: What the cell may ask about a case, of a model and how the case is read, with options; then the
#: answer's `to_dict()`.
QUESTIONS: Mapping[str, Callable[..., Any]] = {
    "posterior": lambda model, how, case: model.posterior(case, reporting=how),
    "explain": lambda model, how, case, disease="", against="": model.explain(
        case, disease or None, against or None, how
    ),
    "next-tests": lambda model, how, case: model.next_tests(case, reporting=how),
    "plan": lambda model, how, case, **budget: model.plan(
        case, {name: float(limit) for name, limit in budget.items()}, reporting=how
    ),
    **{f"sensitivity/{kind}": partial(_sensitivity, kind=kind) for kind in ANALYSES},
    "read": lambda model, _, text: read_report(text, model.base),
    "profile": lambda model, _, disease: model.profile(disease),
}


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _script() -> str:
    """The page's modules as texts, and what makes modules of them again."""
    modules = {name: _text(PAGE / name) for name in MODULES}
    return f"const MODULES = {json.dumps(modules)};\n{_text(HERE / 'kernel.js')}"


class Explorer(anywidget.AnyWidget):
    """Findings, differential, why, what next and what would flip it, in a cell.

    `case` is the case in the cell, `posterior` its answer; setting either changes the other and
    redraws. `reporting` says how the case came about, as in `Model.posterior`. Setting a case that
    cannot be read raises CaseError and changes nothing."""

    _esm = _script()
    _css = _text(PAGE / "style.css") + _text(PAGE / "answer.css") + _text(HERE / "cell.css")

    case = Dict().tag(sync=True)
    posterior = Instance(Posterior)
    knowledge = Dict().tag(sync=True)
    caption = Unicode().tag(sync=True)

    def __init__(
        self, model: Model, case: Mapping[str, Any] | None = None, reporting: str = PERTINENT
    ):
        self._model, self._how = model, reporting
        self._info = model.read_as(reporting).info
        super().__init__(
            case=dict(case or {}),
            posterior=model.posterior(case or {}, reporting=reporting),
            knowledge=_knowledge(model),
            caption=f"{self._info}. {RESEARCH_USE}",
        )
        self.on_msg(self._asked)

    @validate("case")
    def _readable(self, proposal: Any) -> dict[str, Any]:
        self._model.posterior(proposal.value, reporting=self._how)
        return proposal.value

    @validate("posterior")
    def _of_this_model(self, proposal: Any) -> Posterior:
        made_by = proposal.value.model
        if made_by != self._info:
            raise UsageError(f"posterior of {made_by}: expected one of {self._info}")
        return proposal.value

    @observe("case")
    def _answer(self, change: Any) -> None:
        self.posterior = self._model.posterior(change.new, reporting=self._how)

    @observe("posterior")
    def _follow(self, change: Any) -> None:
        now = self._model.posterior(self.case, reporting=self._how)
        if now.evidence != change.new.evidence:
            self.case = dict(change.new.evidence)

    def _asked(self, _: Any, message: Mapping[str, Any], __: Any) -> None:
        """Answer a question of the cell, or say why there is no answer."""
        try:
            ask = QUESTIONS[message["question"]]
            answer = ask(self._model, self._how, message["about"], **message["options"])
            reply = {"answer": answer.to_dict()}
        except NeurogamutError as error:
            reply = {"refusal": str(error)}
        self.send({"id": message["id"], **reply})

    def _repr_mimebundle_(self, **options: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """The cell, and for readers without a kernel the posterior."""
        cell, about = super()._repr_mimebundle_(**options) or ({}, {})
        return {**cell, **self.posterior._repr_mimebundle_()}, about


def _knowledge(model: Model) -> dict[str, Any]:
    """What the explorer has to choose from, and the papers."""
    papers = [source.model_dump(mode="json", exclude={"row"}) for source in model.base.sources]
    return {**choices(model.base), "sources": papers}
