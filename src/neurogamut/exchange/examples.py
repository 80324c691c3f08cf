"""The textbook networks that pgmpy ships, by name."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from ..errors import MissingExtraError, UsageError, nearest

SUFFIX = ".bif.gz"


def example_names() -> list[str]:
    """Every network that there is: `alarm`, `asia`, `hepar2` and so on."""
    return sorted(_archives())


def example_path(name: str) -> Path:
    """The file of a network. Raises UsageError with the nearest names."""
    archives = _archives()
    if name.lower() not in archives:
        expected = ", ".join(sorted(archives))
        hint = nearest(name, archives)
        raise UsageError(f"no example is called {name!r}{hint}; there are {expected}")
    return archives[name.lower()]


def _archives() -> dict[str, Path]:
    found = find_spec("pgmpy")
    if found is None or found.origin is None:
        raise MissingExtraError("pgmpy", "exchange")
    folder = Path(found.origin).parent
    paths = (folder / "utils" / "example_models").glob(f"*{SUFFIX}")
    return {path.name.removesuffix(SUFFIX).lower(): path for path in paths}
