"""A case as a person states it, checked against the knowledge base and encoded for the network."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .errors import CaseError, nearest
from .knowledge import age
from .knowledge.base import KnowledgeBase
from .knowledge.estimate import AGE, states_of
from .network import Finding

#: What a case says of one finding: a state, true or false, an age in years, a likelihood over
#: states (virtual evidence), a list of these (one per reader), or None: not assessed.
Said = str | bool | float | Mapping[str, float] | Sequence[object] | None
Case = Mapping[str, Said]

NOT_ASSESSED = (None, "", "unknown", "not_assessed", "not assessed")
OLDEST = 120


@dataclass(frozen=True)
class CaseEvidence:
    """`understood`: every finding that counts, as it was read (an age stays a number).
    `ignored`: every finding that was named without being assessed.
    `network`: the same evidence by variable and state, for an engine."""

    understood: dict[str, object]
    ignored: tuple[str, ...]
    network: dict[str, Finding]


def read_case(base: KnowledgeBase, case: Case) -> CaseEvidence:
    """A case as evidence. Not named is not assessed, never absent.

    Raises CaseError for an unknown finding or state, or an age that is none, with the nearest
    valid key."""
    if not isinstance(case, Mapping):
        raise CaseError(f"a case maps findings to states; got {type(case).__name__}")
    states = {finding.key: states_of(finding) for finding in base.findings}
    understood: dict[str, object] = {}
    network: dict[str, Finding] = {}
    ignored = []
    for key, said in case.items():
        if key not in states:
            raise CaseError(f"{key!r}: unknown finding{_nearest_finding(base, key)}")
        if is_assessed(said):
            understood[key], network[key] = read_finding(key, said, states[key])
        else:
            ignored.append(key)
    return CaseEvidence(understood, tuple(ignored), network)


def is_assessed(said: Said) -> bool:
    """False for what stands for `not assessed`."""
    return not (isinstance(said, (str, type(None))) and said in NOT_ASSESSED)


def from_text(text: str) -> str | bool:
    """What is said where there is nothing but text: a state, or true or false in any case."""
    return {"true": True, "false": False}.get(text.lower(), text)


def read_finding(key: str, said: Said, states: tuple[str, ...]) -> tuple[object, Finding]:
    """What is said of one finding, as it was understood and as the network has it.

    Raises CaseError for an unknown state, or an age that is none."""
    if key == AGE:
        years = _age(said)
        return years, age.band(years)
    read = _read(key, said, states)
    return read, read


def _nearest_finding(base: KnowledgeBase, key: object) -> str:
    """The nearest keys, found through labels and synonyms too."""
    names = {f.key: f.key for f in base.findings}
    for finding in base.findings:
        for name in (finding.label, *finding.synonyms):
            names.setdefault(name.lower(), finding.key)
    words = str(key).lower()
    if words in names:
        return f"; nearest: {names[words]}"
    hint = nearest(words, names).removeprefix("; nearest: ")
    found = dict.fromkeys(names[name] for name in hint.split(", ") if name in names)
    return f"; nearest: {', '.join(found)}" if found else "; see  neurogamut list findings"


def _age(said: Said) -> float:
    try:
        years = float(said) if not isinstance(said, bool) else math.nan
    except (TypeError, ValueError):
        years = math.nan
    if not 0 <= years <= OLDEST:
        raise CaseError(f"age={said!r}: expected a number of years from 0 to {OLDEST}")
    return years


def _read(key: str, said: Said, states: tuple[str, ...]) -> Finding:
    """One reading, or a list of them, with true and false as present and absent."""
    if isinstance(said, Sequence) and not isinstance(said, str):
        if not said:
            raise CaseError(f"{key}=[]: expected at least one reading")
        return [_reading(key, reading, states) for reading in said]
    return _reading(key, said, states)


def _reading(key: str, said: object, states: tuple[str, ...]) -> str | dict[str, float]:
    if isinstance(said, bool) and states == ("present", "absent"):
        return "present" if said else "absent"
    if isinstance(said, (str, bool)):
        return _state(key, said, states)
    if isinstance(said, Mapping):
        return {_state(key, state, states): _weight(key, state, w) for state, w in said.items()}
    shown = ", ".join(states)
    raise CaseError(f"{key}={said!r}: expected one of {shown}, or a likelihood over these states")


def _state(key: str, state: object, states: tuple[str, ...]) -> str:
    if state in states:
        return str(state)
    hint = nearest(state, states)
    raise CaseError(f"{key}={state!r}: unknown state; expected one of {', '.join(states)}{hint}")


def _weight(key: str, state: object, weight: object) -> float:
    number = isinstance(weight, (int, float)) and not isinstance(weight, bool)
    if not number or not math.isfinite(weight) or weight < 0:
        raise CaseError(f"{key}.{state}={weight!r}: a likelihood is a finite number, 0 or above")
    return float(weight)
