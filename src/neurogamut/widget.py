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
from pathlib import Path
from typing import Any

from .errors import MissingExtraError, NeurogamutError, UsageError
from .model import Model
from .results import Posterior
from .wording import RESEARCH_USE

try:
    import anywidget
    from traitlets import Dict, Instance, Unicode, observe, validate
except ImportError:
    raise MissingExtraError("anywidget", "notebook") from None

HERE = Path(__file__).parent
PAGE = HERE / "server" / "page"
#: The page's modules that are not about being a page.
MODULES = (
    "case.js", "differential.js", "dom.js", "explorer.js", "flip.js", "next.js", "picker.js",
    "together.js", "why.js", "words.js",
)  # fmt: skip
#: Enough draws for a bar's interval, few enough to follow clicks.
DRAWS = 1000

#: What the cell may ask; its arguments, then the answer's `to_dict()`.
QUESTIONS: Mapping[str, Callable[..., Any]] = {
    "posterior": lambda model, case: model.posterior(case),
    "explain": lambda model, case, disease, against: model.explain(
        case, disease or None, against or None
    ),
    "nextTests": lambda model, case: model.next_tests(case),
    "findings": lambda model, case: model.sensitivity(case).findings(),
    "tornado": lambda model, case: model.sensitivity(case).tornado(),
    "uncertainty": lambda model, case: model.sensitivity(case).uncertainty(DRAWS),
}


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _script() -> str:
    """The page's modules as texts, and what makes modules of them again."""
    modules = {name: _text(PAGE / name) for name in MODULES}
    return f"const MODULES = {json.dumps(modules)};\n{_text(HERE / 'widget.js')}"


class Explorer(anywidget.AnyWidget):
    """Findings, differential, why, what next and what would flip it, in a cell.

    `case` is the case in the cell, `posterior` its answer; setting either changes the other and
    redraws. Setting a case that cannot be read raises CaseError and changes nothing."""

    _esm = _script()
    _css = _text(PAGE / "style.css") + _text(HERE / "widget.css")

    case = Dict().tag(sync=True)
    posterior = Instance(Posterior)
    knowledge = Dict().tag(sync=True)
    caption = Unicode().tag(sync=True)

    def __init__(self, model: Model, case: Mapping[str, Any] | None = None):
        self._model = model
        super().__init__(
            case=dict(case or {}),
            posterior=model.posterior(case or {}),
            knowledge=_knowledge(model),
            caption=f"{model.info}. {RESEARCH_USE}",
        )
        self.on_msg(self._asked)

    @validate("case")
    def _readable(self, proposal: Any) -> dict[str, Any]:
        self._model.posterior(proposal.value)
        return proposal.value

    @validate("posterior")
    def _of_this_model(self, proposal: Any) -> Posterior:
        made_by = proposal.value.model
        if made_by != self._model.info:
            raise UsageError(f"posterior of {made_by}: expected one of {self._model.info}")
        return proposal.value

    @observe("case")
    def _answer(self, change: Any) -> None:
        self.posterior = self._model.posterior(change.new)

    @observe("posterior")
    def _follow(self, change: Any) -> None:
        if self._model.posterior(self.case).evidence != change.new.evidence:
            self.case = dict(change.new.evidence)

    def _asked(self, _: Any, message: Mapping[str, Any], __: Any) -> None:
        """Answer a question of the cell, or say why there is no answer."""
        try:
            ask = QUESTIONS[message["question"]]
            reply = {"answer": ask(self._model, *message["arguments"]).to_dict()}
        except NeurogamutError as error:
            reply = {"refusal": str(error)}
        self.send({"id": message["id"], **reply})

    def _repr_mimebundle_(self, **options: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """The cell, and for readers without a kernel the posterior."""
        cell, about = super()._repr_mimebundle_(**options)
        return {**cell, **self.posterior._repr_mimebundle_()}, about


def _knowledge(model: Model) -> dict[str, list[dict[str, Any]]]:
    """The lists that the explorer shows."""
    base = model.base
    lists = {"findings": base.findings, "diseases": base.diseases, "tests": base.tests}
    return {
        name: [record.model_dump(mode="json", exclude={"row"}) for record in records]
        for name, records in lists.items()
    }
