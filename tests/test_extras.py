"""What the extras promise: nothing is imported that nobody was told to install."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

import neurogamut
from conftest import REPOSITORY
from neurogamut.errors import MissingExtraError, needs

ROOT = Path(neurogamut.__file__).parent
PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]
#: Folders whose door asks for their extra, so that what stands inside may count on it.
DOORS = {"cohort": "cohort", "learning": "cohort", "server": "server", "notebook": "notebook"}
#: The names by which libraries are imported, where these differ from those they install under, and
#: what comes with another.
LIBRARIES = {
    "yaml": "pyyaml",
    "SALib": "salib",
    "starlette": "fastapi",
    "traitlets": "anywidget",
    "distributed": "dask",
    "pydantic_core": "pydantic",
    "anyio": "fastapi",
}


def libraries(requirements: list[str]) -> set[str]:
    """The libraries that requirements name, extras of ours resolved."""
    found = set()
    for line in requirements:
        if inner := re.match(r"neurogamut\[([\w,]+)\]", line):
            for extra in inner[1].split(","):
                found |= libraries(EXTRAS[extra])
        else:
            found.add(re.match(r"[\w.-]+", line)[0].lower())
    return found


CORE = libraries(PROJECT["dependencies"])


def imports(node: ast.AST, extra: str | None) -> Iterator[tuple[str, str | None]]:
    """Each library that a module imports when it runs, and the extra that guards the import."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            continue
        if isinstance(child, ast.Import):
            yield from ((alias.name.partition(".")[0], extra) for alias in child.names)
        elif isinstance(child, ast.ImportFrom) and not child.level:
            yield child.module.partition(".")[0], extra
        guard = re.match(r"with needs\('(\w+)'\)", ast.unparse(child).partition(":")[0])
        yield from imports(child, guard[1] if guard else extra)


@pytest.mark.parametrize("path", sorted(ROOT.rglob("*.py")), ids=lambda p: str(p.relative_to(ROOT)))
def test_every_library_is_one_that_its_extra_installs(path: Path):
    door = DOORS.get(path.relative_to(ROOT).parts[0])
    for name, extra in imports(ast.parse(path.read_text("utf-8")), door):
        library = LIBRARIES.get(name, name).lower()
        installed = CORE | (libraries(EXTRAS[extra]) if extra else set())
        assert name in sys.stdlib_module_names or library in installed, (name, extra)


def test_no_library_is_pinned():
    assert [
        line for line in [*PROJECT["dependencies"], *sum(EXTRAS.values(), [])] if "==" in line
    ] == []


def test_all_has_every_extra_for_users():
    for_work = {"all", "benchmarks", "dev", "docs", "test"}
    assert libraries(EXTRAS["all"]) == set().union(
        *(libraries(lines) for extra, lines in EXTRAS.items() if extra not in for_work)
    )


def test_what_is_missing_is_named_with_a_line_that_installs_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "pgmpy", None)
    with pytest.raises(MissingExtraError) as caught, needs("exchange"):
        import pgmpy  # noqa: F401
    wanted = " ".join(f"'{line}'" for line in sorted(EXTRAS["exchange"]))
    assert str(caught.value).startswith("pgmpy is not installed: run  pip install ")
    assert sorted(re.findall("'[^']+'", str(caught.value))) == sorted(wanted.split())
