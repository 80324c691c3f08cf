"""The house: imports point downwards only, and nothing heavy is loaded before it is used."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import neurogamut

ROOT = Path(neurogamut.__file__).parent

#: The rooms from the top floor down. A module may import, when it is loaded, only from lower floors
#: and from its own room. A result renders itself, and the model puts its questions, by imports
#: inside the method that does so.
FLOORS = [
    {"__main__"},
    {"cli"},
    {"server"},
    {"widget", "validation"},
    {"", "model"},
    {"graph", "plots_next", "plots_sensitivity"},
    {"coexisting_views", "next_views", "sensitivity_views"},
    {"plots", "text", "html", "fhir"},
    {"waterfall"},
    {"wording"},
    {"coexisting_model", "provenance"},
    {"next_test", "sensitivity", "cohort", "coexisting_case", "coexisting_results"},
    {"results", "explain", "open_world"},
    {"evidence", "case_files"},
    {"phenopacket"},
    {"knowledge", "inference", "strict_yaml"},
    {"network"},
    {"errors"},
]
FLOOR = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}


def modules() -> dict[str, Path]:
    """Every module of the package by its dotted name without `neurogamut`."""
    found = {}
    for path in ROOT.rglob("*.py"):
        parts = path.relative_to(ROOT).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imports(name: str, path: Path, known: set[str]) -> Iterator[str]:
    """The modules of the package that a module imports when it is loaded."""
    package = path.relative_to(ROOT).parts[:-1]
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ImportFrom) and node.level:
            base = [*package[: len(package) - node.level + 1], *filter(None, [node.module])]
            for alias in node.names:
                inner = ".".join([*base, alias.name])
                yield inner if inner in known else ".".join(base)


def test_every_room_has_a_floor():
    assert {name.split(".")[0] for name in modules()} == set(FLOOR)


def test_imports_point_downwards_only():
    found = modules()
    for name, path in found.items():
        room = name.split(".")[0]
        for imported in imports(name, path, set(found)):
            target = imported.split(".")[0]
            version = room == "model" and imported == ""  # the version stands in the package itself
            assert target == room or FLOOR[target] > FLOOR[room] or version or room == "", (
                name,
                imported,
            )


def test_no_two_modules_import_each_other():
    found = modules()
    graph = {name: set(imports(name, path, set(found))) - {""} for name, path in found.items()}
    TopologicalSorter(graph).prepare()  # raises CycleError


def test_inference_knows_no_medicine():
    for path in (ROOT / "inference").glob("*.py"):
        text = path.read_text(encoding="utf-8").lower()
        assert "knowledge" not in text and "diagnosis" not in text, path


def test_importing_the_package_loads_numpy_and_little_else():
    heavy = ("pandas", "pgmpy", "scipy", "networkx", "altair", "matplotlib", "rich", "pyarrow",
             "fastapi", "SALib", "yaml", "IPython")  # fmt: skip
    code = f"import neurogamut, sys; print([m for m in {heavy!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_every_public_thing_has_a_docstring():
    for name, path in modules().items():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        assert ast.get_docstring(tree), f"{name} has no docstring"
        for node in tree.body:
            public = isinstance(node, (ast.FunctionDef, ast.ClassDef)) and node.name[0] != "_"
            if public:
                assert ast.get_docstring(node), f"{name}.{node.name} has no docstring"


def test_what_is_exported_is_listed_and_exists():
    assert sorted(neurogamut.__all__) == neurogamut.__all__
    assert all(hasattr(neurogamut, name) for name in neurogamut.__all__)
