"""Everything that can go wrong, and the exit code that the command line gives it.

NeurogamutError                    1
├── UsageError                     2   an option or argument that cannot be taken
│   └── MissingExtraError          2   an optional library is not installed
├── KnowledgeBaseError             3   a row of priors/ or cpts/ is wrong
├── NetworkError                   3   a network is not a Bayesian network
├── QueryTooLargeError             1   exact inference would not fit the memory limit
├── WorkersLostError               1   the workers of a cluster went away
├── CaseError                      4   a case names an unknown finding, state or number
│   └── ImpossibleEvidenceError    5   the findings cannot hold together
└── AnswerFlippedError             6   an answer hangs on a single source (--fail-on-flip)
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


class NeurogamutError(Exception):
    """Base of all errors that neurogamut raises on purpose."""

    exit_code = 1


class UsageError(NeurogamutError):
    """An option or argument that cannot be taken."""

    exit_code = 2


class MissingExtraError(UsageError):
    """An optional library is not installed; the message holds the command that installs it."""

    def __init__(self, library: str, extra: str):
        wanted = " ".join(f"'{requirement}'" for requirement in _requirements(extra))
        remedy = f"pip install {wanted or library}"
        super().__init__(f"{library} is not installed: run  {remedy}  (the extra `{extra}`)")


@contextmanager
def needs(extra: str) -> Iterator[None]:
    """Around the import of optional libraries: says which extra has the one that is missing."""
    try:
        yield
    except ModuleNotFoundError as error:
        raise MissingExtraError(str(error.name).partition(".")[0], extra) from None


def _requirements(extra: str) -> list[str]:
    """What an extra of ours installs, extras within it resolved; nothing where we are not
    installed."""
    from importlib.metadata import PackageNotFoundError, requires

    try:
        lines = requires("neurogamut") or ()
    except PackageNotFoundError:
        return []
    found: list[str] = []
    for line in lines:
        requirement, _, condition = line.partition(";")
        if extra in re.findall(r"extra == [\"']([\w-]+)", condition):
            inner = re.match(r"neurogamut\[([\w,-]+)\]", requirement)
            found += (
                chain.from_iterable(map(_requirements, inner[1].split(",")))
                if inner
                else [requirement.strip()]
            )
    return list(dict.fromkeys(found))


class KnowledgeBaseError(NeurogamutError):
    """The tables hold mistakes. `problems` lists all, each with its place and its remedy."""

    exit_code = 3

    def __init__(self, problems: Sequence[DataclassInstance]):
        self.problems = tuple(problems)
        count = len(self.problems)
        lines = "\n".join(str(problem) for problem in self.problems)
        super().__init__(f"{count} problem{'s' * (count != 1)} in the knowledge base:\n{lines}")


class NetworkError(NeurogamutError):
    """Variables and CPTs that do not form a Bayesian network."""

    exit_code = 3


class QueryTooLargeError(NeurogamutError):
    """The largest intermediate array of an exact query would exceed the memory limit."""


class WorkersLostError(NeurogamutError):
    """The workers of a Dask cluster, or its scheduler, went away with what they were at."""

    def __init__(self) -> None:
        super().__init__(
            "the Dask cluster lost its workers or its scheduler; what was finished is kept, "
            "and the same command goes on from there"
        )


class CaseError(NeurogamutError):
    """A case that cannot be read: an unknown finding or state, a number out of range."""

    exit_code = 4


class ImpossibleEvidenceError(CaseError):
    """P(evidence) = 0. `conflict` is a smallest set of findings that cannot hold together."""

    exit_code = 5

    def __init__(self, message: str, conflict: Iterable[str] = ()):
        self.conflict = tuple(conflict)
        super().__init__(message)


class AnswerFlippedError(NeurogamutError):
    """Asked to fail if the leading diagnosis of a case hangs on a single source, and one does."""

    exit_code = 6


def nearest(word: object, known: Iterable[str]) -> str:
    """A hint for an unknown word: `; nearest: a, b, c`, or nothing where nothing is near."""
    from difflib import get_close_matches

    matches = get_close_matches(str(word), list(known), n=3, cutoff=0.5)
    return f"; nearest: {', '.join(matches)}" if matches else ""


def require_known(option: str, said: object, known: Iterable[str]) -> None:
    """Raises UsageError, with the nearest, for what is none of the few things an option may be."""
    if said not in (few := tuple(known)):
        raise UsageError(f"{option}={said!r}: expected one of {', '.join(few)}{nearest(said, few)}")
