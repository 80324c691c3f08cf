"""Text files read strictly: what a parser would silently settle (a key that stands twice, NaN, a
number too large) is refused, with line and column."""

from __future__ import annotations

import json
import math
import re
import sys
import tomllib
from pathlib import Path
from typing import Any

from ..errors import CaseError, UsageError

STDIN = "-"
#: What PyYAML's constructors raise beside its own errors, at a tag that does not fit its value.
STUMBLES = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


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


def parse_yaml(text: str, name: str) -> Any:
    """A YAML text, as strictly. Raises CaseError with line and column."""
    from yaml import MarkedYAMLError, YAMLError

    from . import strict_yaml

    try:
        return _without_endless(strict_yaml.load(text))
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise CaseError(f"{name}:{mark.line + 1}:{mark.column + 1}: {error.problem}") from None
    except (YAMLError, RecursionError, *STUMBLES) as error:
        raise CaseError(f"{name}: no valid YAML: {error}") from None


def parse_toml(text: str, name: str) -> Any:
    """A TOML text, as strictly. Raises CaseError."""
    try:
        return _without_endless(tomllib.loads(text, parse_float=_finite))
    except tomllib.TOMLDecodeError as error:
        raise CaseError(f"{name}: no valid TOML: {error}") from None
    except (RecursionError, ValueError) as error:
        raise CaseError(f"{name}: {error}") from None


def _without_endless(document: Any) -> Any:
    """A document in which no whole number is beyond any float: 0x and 0b can write such in text
    that is short enough. Raises ValueError."""
    waiting, seen = [document], set()
    while waiting:
        value = waiting.pop()
        if isinstance(value, int) and value.bit_length() > sys.float_info.max_exp:
            raise ValueError(f"a number of {value.bit_length()} bits: expected a finite number")
        if isinstance(value, (dict, list)) and id(value) not in seen:
            seen.add(id(value))  # an alias may lead back to what holds it
            waiting.extend(value.values() if isinstance(value, dict) else value)
    return document


def _finite(number: str) -> float:
    value = float(number)
    if not math.isfinite(value):
        raise ValueError(f"{number}: expected a finite number")
    return value
