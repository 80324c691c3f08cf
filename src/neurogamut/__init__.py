"""neurogamut: the differential diagnosis of many small enhancing brain lesions, or of calcium where
it should not be, as a Bayesian network in which every number names its source.

Research software for people who can judge it; not a medical device. It stores no patient data.

    >>> import neurogamut as ng
    >>> model = ng.load()
    >>> model.posterior({"age": 27, "sex": "female", "corpus_callosum_lesions": "present"}).leading
    'susac'
"""

from __future__ import annotations

from typing import TYPE_CHECKING

__version__ = "0.1.0"

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
from .inference.engine import Engine
from .model import Model, load
from .network import Cpt, Network, Variable

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from .widget import Explorer


def explore(model: Model, case: Mapping[str, Any] | None = None) -> Explorer:
    """The differential, why and what next in a notebook cell, in step with Python both ways.

    Raises MissingExtraError without the extra `notebook`, and for the case as `posterior` does."""
    from .widget import Explorer

    return Explorer(model, case)


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
    "UsageError",
    "Variable",
    "explore",
    "load",
]
