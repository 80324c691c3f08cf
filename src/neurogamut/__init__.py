"""neurogamut: the differential diagnosis of many small enhancing brain lesions, or of calcium where
it should not be, as a Bayesian network in which every number names its source.

Research software for people who can judge it; not a medical device. It stores no patient data.

    >>> import neurogamut as ng
    >>> model = ng.load()
    >>> model.posterior({"age": 27, "sex": "female", "corpus_callosum_lesions": "present"}).leading
    'susac'
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ._version import __version__ as __version__
from .errors import (
    CaseError,
    ImpossibleEvidenceError,
    KnowledgeBaseError,
    MissingExtraError,
    NetworkError,
    NeurogamutError,
    QueryTooLargeError,
    UsageError,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from .inference.elimination.engine import Engine
    from .model import Model, load
    from .network import Cpt, Network, Variable
    from .notebook.explorer import Explorer
    from .questions.ask import Questions
    from .reading import ReportReading

#: Where the rest is: imported when it is asked for, so that `neurogamut --help` loads none of it.
_LATER = {
    "Cpt": "network",
    "Engine": "inference.elimination.engine",
    "Model": "model",
    "Network": "network",
    "Questions": "questions.ask",
    "Variable": "network",
    "load": "model",
}


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_LATER[name]}", __name__), name)


def __dir__() -> list[str]:
    return __all__


def explore(
    model: Model, case: Mapping[str, Any] | None = None, reporting: str = "pertinent"
) -> Explorer:
    """The differential, why and what next in a notebook cell, in step with Python both ways.
    `reporting` as in `Model.posterior`.

    Raises MissingExtraError without the extra `notebook`, and for the case as `posterior` does."""
    from .notebook.explorer import Explorer

    return Explorer(model, case, reporting)


def read_report(text: str, *, root: str | Path | None = None) -> ReportReading:
    """A report, a letter or a line of dictation as a case, with what was understood and why, for a
    person to confirm; `root` holds the tables (default: the package's own). Nothing is stored, sent
    or logged. Raises KnowledgeBaseError where the tables are wrong.

    >>> import neurogamut as ng
    >>> ng.read_report("34F. No fever, but neck stiffness.").case
    {'age': 34, 'sex': 'female', 'meningism': 'present', 'fever': 'absent'}
    """
    from pathlib import Path

    from . import reading

    return reading.read_report(text, reading.base_of(Path(root)) if root else None)


__all__ = [
    "CaseError",
    "Cpt",
    "Engine",
    "ImpossibleEvidenceError",
    "KnowledgeBaseError",
    "MissingExtraError",
    "Model",
    "Network",
    "NetworkError",
    "NeurogamutError",
    "QueryTooLargeError",
    "Questions",
    "UsageError",
    "Variable",
    "explore",
    "load",
    "read_report",
]
