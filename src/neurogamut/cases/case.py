"""A case as a person states it, checked against the knowledge base and encoded for the network."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, SupportsFloat

import numpy as np

from ..errors import CaseError, ImpossibleEvidenceError, nearest
from ..knowledge import age
from ..knowledge.base import KnowledgeBase
from ..knowledge.estimate import AGE, states_of
from ..knowledge.names import folded
from ..knowledge.records import PRESENCE
from ..network import LARGEST, Evidence, Finding, Variable, encode
from .tests_said import (
    OF_TESTS,
    RESULTS,
    TestsSaid,
    as_reported,
    not_shown,
    read_keys,
    read_tests,
    require_one_of_each,
)

#: What a case says of one finding: a state, true or false, an age in years, a likelihood over
#: states (virtual evidence), a list of these (one per reader), or None: not assessed. Numbers and
#: missing values may be those of numpy and pandas.
Said = str | bool | float | Mapping[str, float] | Sequence[object] | None
Case = Mapping[str, Said]

NOT_ASSESSED = (None, "", "unknown", "not_assessed", "not assessed")
#: What a case may hold about itself; it is not looked at.
ABOUT = ("id", "note", "date")
OLDEST = 120
HPO_ID = re.compile(r"hp[:_]\d{7}", re.IGNORECASE)


@dataclass(frozen=True)
class CaseEvidence:
    """`understood`: every finding that was named and counts, as it was read (an age stays a
    number), and what was said of tests.
    `ignored`: every finding that was named without being assessed.
    `network`: the same evidence by variable and state, for an engine; `encoded`: by position.
    `tests`: what was said of tests; what done ones did not show is in `network` and `encoded`."""

    understood: dict[str, object]
    ignored: tuple[str, ...]
    network: dict[str, Finding]
    encoded: Evidence
    tests: TestsSaid = TestsSaid()

    @property
    def said(self) -> dict[str, object]:
        """What counts of every finding, as it was understood or read of the tests."""
        return {**self.network, **self.understood}

    @property
    def sure_of_tests(self) -> dict[str, Finding]:
        """As `network`, without what is only probably absent because a test was done."""
        unsure = {f for f in self.tests.not_shown if not isinstance(self.network[f], str)}
        return {name: said for name, said in self.network.items() if name not in unsure}


class CaseReader:
    """Reads cases by the findings of a knowledge base."""

    def __init__(self, base: KnowledgeBase):
        self._base = base
        self._variables = {f.key: Variable(f.key, states_of(f)) for f in base.findings}

    def read(self, case: Case) -> CaseEvidence:
        """A case as evidence. Not named is not assessed, never absent. A finding goes by its key,
        its label or its HPO id.

        Of a test in `tests_done` what is not named was not shown, and what is named in `results`
        was looked for (`cases/tests_said.py`).

        Raises CaseError with every mistake: an unknown finding, state or test, an age that is none,
        a likelihood that leaves states out, a finding that stands twice, a result that is not
        named."""
        understood: dict[str, object] = {}
        tests: dict[str, tuple[str, ...]] = {}
        network: dict[str, Finding] = {}
        ignored: list[str] = []
        results: tuple[str, ...] = ()
        mistakes = []
        for name, said in _items(case):
            try:
                if name in OF_TESTS:
                    tests[name] = read_tests(self._base, name, said) if is_assessed(said) else ()
                    continue
                if name == RESULTS:
                    results = self._results(said) if is_assessed(said) else ()
                    continue
                variable = self._variables.get(name) or self._variables[self._key(name)]
                key = variable.name
                if key in understood or key in ignored:
                    raise CaseError(f"{key}: stands twice, once as {name!r}")
                if not is_assessed(said):
                    ignored.append(key)
                    continue
                understood[key], network[key] = read_finding(key, said, variable.states)
            except CaseError as error:
                mistakes.append(error)
        if mistakes:
            raise _together(mistakes)
        read = CaseEvidence(understood, tuple(ignored), network, encode(self._variables, network))
        if unnamed := [key for key in results if key not in understood]:
            raise CaseError(f"{RESULTS}: nothing is said of {unnamed[0]}; name it beside")
        done, refused, unavailable = (tests.get(name, ()) for name in OF_TESTS)
        return self._with_tests(read, TestsSaid(done, refused, unavailable, results))

    def _results(self, said: object) -> tuple[str, ...]:
        """The findings that `results` names, each once."""
        return read_keys(RESULTS, said, "findings, such as [fever]", self._key)

    def _with_tests(self, read: CaseEvidence, tests: TestsSaid) -> CaseEvidence:
        """The same, with what is said of tests and what done ones did not show."""
        if tests == TestsSaid():
            return read
        require_one_of_each(tests)
        absent = not_shown(self._base, tests.done, read.network | dict.fromkeys(read.ignored))
        network = read.network | as_reported(self._base, absent)
        return CaseEvidence(
            read.understood | tests.to_case(),
            read.ignored,
            network,
            encode(self._variables, network),
            replace(tests, not_shown=absent),
        )

    def _key(self, name: object) -> str:
        """The finding of another name than its key. Raises CaseError with the nearest keys."""
        names = self._base.names_of_findings
        key = names.find(name)
        if key is None:
            hint = self._of_term(str(name)) or names.nearest(name)
            raise CaseError(f"{name!r}: unknown finding{hint or '; see  neurogamut list findings'}")
        return key

    def _of_term(self, name: str) -> str:
        """A hint for an HPO term that is wider or narrower than a finding."""
        if not HPO_ID.fullmatch(name):
            return ""
        from .hpo_table import findings_of

        found = findings_of(name.replace("_", ":"), self._base.root)
        return f"; nearest: {', '.join(found)}" if found else ""


def read_case(base: KnowledgeBase, case: Case) -> CaseEvidence:
    """A case as evidence, read once; see `CaseReader`."""
    return CaseReader(base).read(case)


def _items(case: Case) -> Iterable[tuple[str, Said]]:
    """What a case says, but for what it says about itself; a row of a pandas table is one too."""
    if not isinstance(case, Mapping) and hasattr(case, "to_dict"):
        case = case.to_dict()
    if not isinstance(case, Mapping):
        raise CaseError(f"a case maps findings to states; got {type(case).__name__}")
    return ((name, said) for name, said in case.items() if name not in ABOUT)


def _together(mistakes: Sequence[CaseError]) -> CaseError:
    """One error for all mistakes of a case; that readings contradict each other comes last."""
    wrong = [error for error in mistakes if not isinstance(error, ImpossibleEvidenceError)]
    return CaseError("\n".join(map(str, wrong))) if len(wrong) > 1 else (wrong or mistakes)[0]


def is_assessed(said: Said) -> bool:
    """False for what stands for `not assessed`."""
    if isinstance(said, str):
        return said not in NOT_ASSESSED and said.strip().lower() not in NOT_ASSESSED
    # NaN differs from itself, and so does pandas' NaT; its NA is neither equal nor unequal.
    return not (said is None or type(said).__name__ in ("NAType", "NaTType") or _is_nan(said))


def _is_nan(said: object) -> bool:
    return isinstance(said, (float, np.floating)) and math.isnan(said)


def from_text(text: str) -> str | bool:
    """What is said where there is nothing but text: a state, or true or false in any case."""
    return {"true": True, "false": False}.get(text.lower(), text)


def read_finding(key: str, said: Said, states: tuple[str, ...]) -> tuple[object, Finding]:
    """What is said of one finding, as it was understood and as the network has it.

    Raises CaseError for an unknown state, a likelihood that is none, or an age that is none."""
    if said.__class__ is str and said in states:
        return said, said
    said = _plain(said)
    if key == AGE:
        years = _age(said)
        return years, years if isinstance(years, str) else age.band(years)
    read = _read(key, said, states)
    encode({key: Variable(key, states)}, {key: read})
    return read, read


def _plain(said: Any) -> Said:
    """What numpy and pandas hold as Python has it."""
    if isinstance(said, (np.generic, np.ndarray)):
        return said.tolist()
    return said.to_dict() if hasattr(said, "to_dict") else said


def _age(said: Said) -> float | str:
    """Years, or a band of years as the network names it."""
    if isinstance(said, str):
        if said in age.BANDS:
            return said
        said = age.in_words(said)
    years = math.nan
    if isinstance(said, (str, SupportsFloat)) and not isinstance(said, bool):
        with suppress(TypeError, ValueError, OverflowError):
            years = float(said)
    if not 0 <= years <= OLDEST:
        raise CaseError(
            f"age={said!r}: expected a number of years from 0 to {OLDEST}, such as 45 or 1.5, "
            f"with a unit as 18 months or P1Y6M, or a band such as {age.band(45)}"
        )
    return years


def _read(key: str, said: Said, states: tuple[str, ...]) -> Finding:
    """One reading, or a list of them, with true and false as present and absent."""
    if isinstance(said, Sequence) and not isinstance(said, str):
        if not said:
            raise CaseError(f"{key}=[]: expected at least one reading")
        return [_reading(key, _plain(reading), states) for reading in said]
    return _reading(key, said, states)


def _reading(key: str, said: object, states: tuple[str, ...]) -> str | dict[str, float]:
    if isinstance(said, bool) and states == ("present", "absent"):
        return "present" if said else "absent"
    if isinstance(said, (str, bool)):
        return _state(key, said, states)
    if isinstance(said, Mapping):
        weights = [(_state(key, state, states), weight) for state, weight in said.items()]
        if len(dict(weights)) < len(weights):
            raise CaseError(f"{key}={dict(said)!r}: a state stands twice")
        return {state: _weight(key, state, weight) for state, weight in weights}
    shown = ", ".join(states)
    raise CaseError(f"{key}={said!r}: expected one of {shown}, or a likelihood over these states")


def _state(key: str, state: object, states: tuple[str, ...]) -> str:
    """A state by its name, in any case."""
    if state in states:
        return str(state)
    words = folded(state)
    if same := [known for known in states if folded(known) == words]:
        return same[0]
    begun = [known for known in states if words and known.lower().startswith(words)]
    if len(begun) == len(words) == 1 and states != PRESENCE:  # F or M
        return begun[0]
    hint = f"; nearest: {', '.join(begun)}" if begun else nearest(state, states)
    raise CaseError(f"{key}={state!r}: unknown state; expected one of {', '.join(states)}{hint}")


def _weight(key: str, state: object, weight: object) -> float:
    weight = _plain(weight)
    if isinstance(weight, (int, float)) and not isinstance(weight, bool) and 0 <= weight <= LARGEST:
        return float(weight)
    raise CaseError(f"{key}.{state}={weight!r}: a likelihood is a finite number, 0 or above")
