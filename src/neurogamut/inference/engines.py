"""The engines by name."""

from __future__ import annotations

from ..errors import require_known
from ..network import Network
from .elimination.engine import Engine
from .query import Queries

ENGINES = ("compiled", "reference")


def engine(name: str, network: Network) -> Queries:
    """The engine of that name. Raises UsageError for an unknown one."""
    require_known("engine", name, ENGINES)
    if name == "compiled":
        return Engine(network)
    from .reference import ReferenceEngine

    return ReferenceEngine(network)
