"""A case from a file: JSON, YAML or TOML, by its suffix; from standard input JSON or YAML. A GA4GH
Phenopacket is a case too.

What a parser would silently settle (a key that stands twice, NaN, a number too large) is refused.
"""

from __future__ import annotations

import json
import logging
import math
import re
import sys
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from .errors import CaseError, UsageError, nearest
from .knowledge.base import default_root
from .phenopacket import is_phenopacket, read_phenopacket, translate

STDIN = "-"
log = logging.getLogger(__name__)


def read_case_file(path: str | Path) -> dict[str, Any]:
    """The mapping of findings to states in a file, or on standard input (`-`).

    Raises UsageError where there is no such file or its suffix is unknown, CaseError with file,
    line and column (where the format tells) for what is no case."""
    name, text = read_text(path)
    case = _reader(path, text)(text, name)
    if not isinstance(case, Mapping):
        raise CaseError(f"{name}: a case maps findings to states; got {_kind(case)}")
    return _translated(case, name) if is_phenopacket(case) else dict(case)


def read_case_lines(path: str | Path) -> dict[str, dict[str, Any]]:
    """The cases of a JSON Lines file by their `id`, or where they have none by their line number.
    A published case, as `neurogamut validate` reads it, is posed with what was known.

    Raises as `read_case_file` does, and CaseError for an id that stands twice."""
    name, text = read_text(path)
    cases: dict[str, dict[str, Any]] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            place = f"{name}:{number}"
            case = parse_json(line, place)
            if not isinstance(case, Mapping):
                raise CaseError(f"{place}: a case maps findings to states; got {_kind(case)}")
            key = str(case.get("id", number))
            if key in cases:
                raise CaseError(f"{place}: id={key!r} stands twice")
            cases[key] = _posed(case, place)
    return cases


def _posed(case: Mapping[str, Any], place: str) -> dict[str, Any]:
    if "known_before_diagnosis" in case:
        from .validation.cases import published_case

        return published_case(json.dumps(case), place).posed()
    return {key: said for key, said in case.items() if key != "id"}


def _translated(document: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The case in a Phenopacket. What says nothing of any finding is told, as it will not count."""
    found = translate(read_phenopacket(document), default_root())
    for term in found.unmapped:
        log.warning("%s: not mapped: %s %s (%s)", name, term["id"], term["label"], term["said"])
    return found.case


def read_text(path: str | Path) -> tuple[str, str]:
    """The name for messages and the content of a file, or of standard input (`-`).

    Raises UsageError where it cannot be read and CaseError where it is not UTF-8."""
    try:
        if str(path) == STDIN:
            return "standard input", sys.stdin.buffer.read().decode("utf-8-sig")
        return str(path), Path(path).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise CaseError(f"{path}: is not UTF-8 (byte {error.start}); save it as UTF-8") from None
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from None


def _reader(path: str | Path, text: str) -> Callable[[str, str], Any]:
    if str(path) == STDIN:
        return parse_json if text.lstrip().startswith(("{", "[")) else _yaml
    readers = {".json": parse_json, ".yaml": _yaml, ".yml": _yaml, ".toml": _toml}
    suffix = Path(path).suffix.lower()
    if suffix not in readers:
        hint = nearest(suffix, readers)
        raise UsageError(f"{path}: unknown suffix {suffix!r}; expected {', '.join(readers)}{hint}")
    return readers[suffix]


def _kind(value: object) -> str:
    kinds = {list: "a list", str: "text", bool: "true or false", type(None): "nothing"}
    return kinds.get(type(value), type(value).__name__)


# -- JSON ---------------------------------------------------------------------------------------

_TOKEN = re.compile(
    r'(?P<text>"(?:[^"\\]|\\.)*")(?P<key>\s*:)?|(?P<number>-?\d[\d.eE+-]*|-?Infinity|NaN)|(?P<brace>[{}])'
)


def parse_json(text: str, name: str) -> Any:
    """A JSON text in which no key stands twice and every number is finite; `name` is what messages
    call it. Raises CaseError with line and column."""
    try:
        case = json.loads(text)
    except json.JSONDecodeError as error:
        place = f"{name}:{error.lineno}:{error.colno}"
        raise CaseError(f"{place}: no valid JSON: {error.msg}") from None
    except (RecursionError, ValueError) as error:
        raise CaseError(f"{name}: cannot be read: {error}") from None
    _refuse(text, name)
    return case


def _refuse(text: str, name: str) -> None:
    """Keys that stand twice in one object, and numbers that are not finite, in valid JSON."""
    objects: list[set[str]] = []
    for token in _TOKEN.finditer(text):
        if token["brace"] == "{":
            objects.append(set())
        elif token["brace"]:
            objects.pop()
        elif token["number"] and not math.isfinite(float(token["number"])):
            place = _place(text, token.start())
            raise CaseError(f"{name}:{place}: {token['number']}: expected a finite number")
        elif token["key"]:
            key = json.loads(token["text"])
            if key in objects[-1]:
                raise CaseError(f"{name}:{_place(text, token.start())}: {key!r} stands twice")
            objects[-1].add(key)


def _place(text: str, position: int) -> str:
    """Line and column, from 1."""
    line, before = text.count("\n", 0, position) + 1, text.rfind("\n", 0, position)
    return f"{line}:{position - before}"


# -- YAML and TOML ------------------------------------------------------------------------------


def _yaml(text: str, name: str) -> Any:
    from yaml import MarkedYAMLError, YAMLError

    from . import strict_yaml

    try:
        return strict_yaml.load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise CaseError(f"{name}:{mark.line + 1}:{mark.column + 1}: {error.problem}") from None
    except (YAMLError, ValueError, RecursionError) as error:
        raise CaseError(f"{name}: no valid YAML: {error}") from None


def _toml(text: str, name: str) -> Any:
    try:
        return tomllib.loads(text, parse_float=_finite)
    except tomllib.TOMLDecodeError as error:
        raise CaseError(f"{name}: no valid TOML: {error}") from None
    except ValueError as error:
        raise CaseError(f"{name}: {error}") from None


def _finite(number: str) -> float:
    value = float(number)
    if not math.isfinite(value):
        raise ValueError(f"{number}: expected a finite number")
    return value
