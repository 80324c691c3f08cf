"""A case from a file: JSON, YAML or TOML, by its suffix; from standard input JSON or YAML. A GA4GH
Phenopacket, a FHIR bundle, a saved answer and what was read of a report are cases too.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ..errors import CaseError, UsageError, nearest
from ..knowledge.base import default_root
from .answers import answered_case, is_answer
from .strict_text import STDIN, parse_json, parse_toml, parse_yaml, read_text

log = logging.getLogger(__name__)


def read_case_file(path: str | Path, root: Path | None = None) -> dict[str, Any]:
    """The mapping of findings to states in a file, or on standard input (`-`); of a saved answer
    the case that it answers. What other vocabularies say is translated by the tables below `root`
    (default: the package's own).

    Raises UsageError where there is no such file or its suffix is unknown, CaseError with file,
    line and column (where the format tells) for what is no case."""
    name, case = read_mapping(path)
    if is_answer(case):
        return answered_case(case, name)
    if is_reading(case):
        return dict(case["case"])
    found = _translated(case, name, root or default_root())
    return case if found is None else found


def read_mapping(path: str | Path) -> tuple[str, dict[str, Any]]:
    """The name for messages, and a file's mapping as it stands, whatever it is of.

    Raises as `read_case_file` does."""
    name, text = read_text(path)
    case = _reader(path, text)(text, name)
    if not isinstance(case, Mapping):
        raise CaseError(f"{name}: a case maps findings to states; got {_kind(case)}")
    return name, dict(case)


def is_reading(document: Mapping[str, Any]) -> bool:
    """True for what `neurogamut read --json` writes: a case within what was understood."""
    return isinstance(document.get("case"), Mapping) and "mentions" in document


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
        from .published import published_case

        return published_case(json.dumps(case), place).posed()
    return {key: said for key, said in case.items() if key != "id"}


def _translated(document: Mapping[str, Any], name: str, root: Path) -> dict[str, Any] | None:
    """The case in a Phenopacket or a FHIR bundle, if it is one. What says nothing of any finding is
    told, as it will not count."""
    # Their models take as long to make as everything else of a start together.
    from .fhir_bundle import as_phenopacket, is_fhir, read_bundle
    from .phenopacket import is_phenopacket, read_phenopacket, translate

    if is_fhir(document):
        document = as_phenopacket(read_bundle(document))
    if not is_phenopacket(document):
        return None
    found = translate(read_phenopacket(document), root)
    for term in found.unmapped:
        log.warning("%s: not mapped: %s %s (%s)", name, term["id"], term["label"], term["said"])
    return found.case


def _reader(path: str | Path, text: str) -> Callable[[str, str], Any]:
    if str(path) == STDIN:
        return parse_json if text.lstrip().startswith(("{", "[")) else parse_yaml
    readers = {".json": parse_json, ".yaml": parse_yaml, ".yml": parse_yaml, ".toml": parse_toml}
    suffix = Path(path).suffix.lower()
    if suffix not in readers:
        hint = nearest(suffix, readers)
        raise UsageError(f"{path}: unknown suffix {suffix!r}; expected {', '.join(readers)}{hint}")
    return readers[suffix]


def _kind(value: object) -> str:
    kinds = {list: "a list", str: "text", bool: "true or false", type(None): "nothing"}
    return kinds.get(type(value), type(value).__name__)
