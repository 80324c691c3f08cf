"""The house: imports point downwards only, and nothing heavy is loaded before it is used."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import neurogamut

ROOT = Path(neurogamut.__file__).parent

#: The rooms from the top floor down. A room imports only from itself and from lower floors, late
#: imports included; what is imported for type checkers alone is no import.
FLOORS = [
    {"", "__main__"},
    {"cli"},
    {"server", "notebook"},
    {"validation"},
    {"model"},
    {"learning"},
    {"next_test", "sensitivity", "cohort", "graph", "questions"},
    {"diagnosis"},
    {"reading"},
    {"cases"},
    {"knowledge", "inference"},
    {"network", "render", "page"},
    {"exchange"},
    {"canonical"},
    {"errors", "progress", "wilson", "_version"},
]
FLOOR = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}


def modules() -> dict[str, Path]:
    """Every module of the package by its dotted name without `neurogamut`."""
    found = {}
    for path in ROOT.rglob("*.py"):
        parts = path.relative_to(ROOT).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def run_time(node: ast.AST) -> Iterator[ast.AST]:
    """Everything in a module but what stands under `if TYPE_CHECKING:`."""
    for child in ast.iter_child_nodes(node):
        for_checkers = isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING"
        if not for_checkers:
            yield child
            yield from run_time(child)


def imports(path: Path, known: set[str]) -> Iterator[str]:
    """The modules of the package that a module imports, when it is loaded or later."""
    package = path.relative_to(ROOT).parts[:-1]
    for node in run_time(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = [*package[: len(package) - node.level + 1], *filter(None, [node.module])]
            for alias in node.names:
                inner = ".".join([*base, alias.name])
                yield inner if inner in known else ".".join(base)


def test_a_name_means_one_thing():
    paths = [path for path in modules().values() if path.stem not in ("__init__", "__main__")]
    names = Counter(path.stem for path in paths)
    for path in paths:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        classes = (node.name for node in tree.body if isinstance(node, ast.ClassDef))
        names.update(name for name in classes if name[0] != "_")
    assert [name for name, count in names.items() if count > 1] == []


def test_every_room_has_a_floor():
    rooms = {name.split(".")[0] for name in modules()}
    folders = {path.name for path in ROOT.iterdir() if path.is_dir() and path.name[0] != "_"}
    assert rooms | folders - {"data"} == set(FLOOR)


def test_imports_point_downwards_only():
    found = modules()
    for name, path in found.items():
        room = name.split(".")[0]
        for imported in imports(path, set(found)):
            target = imported.split(".")[0]
            assert target == room or FLOOR[target] > FLOOR[room], (name, imported)


def test_no_two_modules_import_each_other():
    found = modules()
    graph = {name: set(imports(path, set(found))) for name, path in found.items()}
    TopologicalSorter(graph).prepare()  # raises CycleError


def test_nothing_is_imported_for_a_side_effect():
    for path in ROOT.rglob("*.py"):
        assert "noqa: F401" not in path.read_text(encoding="utf-8"), path


def test_inference_knows_no_medicine():
    for path in (ROOT / "inference").rglob("*.py"):
        text = path.read_text(encoding="utf-8").lower()
        assert "knowledge" not in text and "diagnosis" not in text, path


def test_importing_the_package_loads_numpy_and_little_else():
    heavy = (
        "pandas",
        "pgmpy",
        "scipy",
        "networkx",
        "altair",
        "matplotlib",
        "rich",
        "pyarrow",
        "fastapi",
        "SALib",
        "yaml",
        "IPython",
    )
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
