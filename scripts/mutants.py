"""How many small changes of the code the tests notice: a sample of cosmic-ray's mutants.

    pip install cosmic-ray
    python scripts/mutants.py                          200 mutants, one in ten minutes or faster
    python scripts/mutants.py --count 40 inference     fewer, of files whose path has that word

Each mutant is tried in a copy of the repository, by the tests that cover its file. Those that only
change how long something takes, or that Python does not let anyone see, are named and left out of
the score. Ends with 1 where the score is below --reach.
"""

from __future__ import annotations

import argparse
import difflib
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pytest import ExitCode

try:
    from cosmic_ray import plugins
    from cosmic_ray.ast import ast_nodes, get_ast
    from cosmic_ray.mutating import mutate_code
except ModuleNotFoundError:
    sys.exit("cosmic-ray is not installed: run  pip install cosmic-ray")

PACKAGE = Path("src/neurogamut")
COPIED = (
    *("src", "tests", "priors", "cpts", "validation", "examples", "scripts", "docs", "benchmarks"),
    *("README.md", "pyproject.toml"),
)
#: The tests of each folder or file, those first that notice most.
TESTS = {
    "inference/elimination": "test_engine test_engine_batch test_engine_properties"
    " test_engine_tiny test_network_inference",
    "inference/noisy_or": "test_coexisting test_coexisting_network test_coexisting_model",
    "inference/cheapest_cpt": "test_sensitivity_networks test_sensitivity",
    "inference/query": "test_engine_batch test_engine test_reference",
    "inference": "test_sensitivity_networks test_network_inference test_reference test_next",
    "knowledge": "test_build test_estimate test_check test_forms test_age test_constants test_text"
    " test_golden test_profile test_two_gamuts",
    "knowledge/build": "test_build test_forms test_golden test_sensitivity test_validation",
    "knowledge/check": "test_check test_forms test_hints test_names",
    "knowledge/counted_priors": "test_stated_priors test_profile",
    "knowledge/stated_priors": "test_stated_priors test_cohort_columns",
    "knowledge/hints": "test_hints test_estimate",
    "knowledge/local": "test_learning test_estimate",
    "knowledge/names": "test_names test_case",
    "knowledge/reporting": "test_reporting test_sensitivity test_golden",
    "knowledge/spelling": "test_names test_reading test_phenopacket",
    "knowledge/wordings": "test_reading test_names",
    "cases/case.py": "test_case_files test_case test_tests_said test_cli test_cohort",
    "diagnosis/fit.py": "test_validation_simulate test_cohort test_text test_golden",
}
#: Lines on which a mutant changes nothing but the time or the memory that something takes, ...
COST = (
    r"LARGEST|AHEAD|Ahead\(|_ROWS|_BYTES|PLANS_KEPT|FUSE_ABOVE|SPARSEST|SHARED_BY|lru_cache"
    r"|memory_limit"
)
#: ... or nothing that can be seen.
UNSEEN = r"frozen=|eq=False|repr=False|strict=|slots=|TypeVar|TYPE_CHECKING|: .* \| "
#: The tests of a file in turn: the slow ones are asked only where the others notice nothing.
LANES = ("not slow and not nightly", "slow and not nightly")
#: So much longer than the unchanged code a mutant may take.
PATIENCE = 4


@dataclass(frozen=True)
class Mutant:
    """A change of one place in a file."""

    path: Path
    operator: str
    occurrence: int

    def code(self, source: str) -> str:
        """The file with the change."""
        operator = plugins.get_operator(self.operator)()
        return mutate_code(source, operator, self.occurrence) or source


def main() -> None:
    """Sample, try, tell."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("words", nargs="*", help="only files whose path has one of these")
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--reach", type=float, default=0.85)
    asked = parser.parse_args()
    every = [mutant for path in _files(asked.words) for mutant in _mutants(path)]
    chosen = random.Random(asked.seed).sample(every, min(asked.count, len(every)))
    print(f"{len(chosen)} of {len(every)} mutants")
    with tempfile.TemporaryDirectory() as folder:
        killed = _try(chosen, _copy(Path(folder)))
    if killed < asked.reach:
        sys.exit(f"the score is below {asked.reach:.0%}")


def _files(words: list[str]) -> list[Path]:
    found = sorted({path for place in TESTS for path in _python(PACKAGE / place)})
    return [path for path in found if not words or any(word in str(path) for word in words)]


def _python(place: Path) -> Iterator[Path]:
    return iter([place]) if place.suffix else place.rglob("*.py")


def _mutants(path: Path) -> Iterator[Mutant]:
    nodes = list(ast_nodes(get_ast(path.read_text(encoding="utf-8"))))
    for name in plugins.operator_names():
        made = plugins.get_operator(name)
        if made.arguments():
            continue  # renames what it is told to
        operator = made()
        count = sum(len(list(operator.mutation_positions(node))) for node in nodes)
        for occurrence in range(count):
            yield Mutant(path, name, occurrence)


def _copy(folder: Path) -> Path:
    for name in COPIED:
        place = Path(name)
        copy = shutil.copytree if place.is_dir() else shutil.copy
        copy(place, folder / name)
    return folder


def _try(mutants: list[Mutant], folder: Path) -> float:
    """The share of mutants that tests notice, of those that can be noticed."""
    noticed, survived, left_out = 0, 0, 0
    limits = {}
    for number, mutant in enumerate(mutants, 1):
        source = mutant.path.read_text(encoding="utf-8")
        code = mutant.code(source)
        change = "".join(difflib.unified_diff(source.splitlines(True), code.splitlines(True), n=0))
        if code == source or _is_equivalent(change):
            left_out += 1
            continue
        tests = _tests(mutant.path)
        if tests not in limits:
            limits[tests] = [_unchanged(tests, lane, folder) for lane in LANES]
        target = folder / mutant.path
        target.write_text(code, encoding="utf-8")
        lanes = zip(LANES, limits[tests], strict=True)
        seen = any(_run(tests, lane, folder, seconds) for lane, seconds in lanes)
        target.write_text(source, encoding="utf-8")
        noticed, survived = noticed + seen, survived + (not seen)
        print(f"{number} of {len(mutants)}: {noticed} noticed", file=sys.stderr, flush=True)
        if not seen:
            print(f"survived: {mutant.path}\n{change}", flush=True)
    score = noticed / max(1, noticed + survived)
    print(f"{noticed} noticed, {survived} survived, {left_out} equivalent: score {score:.1%}")
    return score


def _is_equivalent(change: str) -> bool:
    lines = [line[1:] for line in change.splitlines() if line[:1] == "-" and line[:3] != "---"]
    return all(re.search(f"{COST}|{UNSEEN}", line) for line in lines)


def _tests(path: Path) -> str:
    inside = path.relative_to(PACKAGE).as_posix()
    return TESTS[max((place for place in TESTS if inside.startswith(place)), key=len)]


def _unchanged(tests: str, which: str, folder: Path) -> float:
    """How long a mutant may take. Ends the program where the unchanged code fails its tests."""
    start = time.monotonic()
    if _run(tests, which, folder, None):
        sys.exit(f"the unchanged code fails some of {tests}")
    return PATIENCE * (time.monotonic() - start) + 10


def _run(tests: str, which: str, folder: Path, seconds: float | None) -> bool:
    """Whether a test of that lane fails, or all together take longer than that."""
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider"]
    command += ["-m", which, *(f"tests/{name}.py" for name in tests.split())]
    environment = os.environ | {"PYTHONPATH": str(folder / "src"), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        done = subprocess.run(
            command, cwd=folder, env=environment, timeout=seconds, capture_output=True, check=False
        )
    except subprocess.TimeoutExpired:
        return True
    return done.returncode not in (ExitCode.OK, ExitCode.NO_TESTS_COLLECTED)


if __name__ == "__main__":
    main()
