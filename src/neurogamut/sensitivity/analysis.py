"""All sensitivity analyses of a case in one place; the only room that knows them all."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ..errors import UsageError
from .evppi import Evppi, evppi
from .findings import FindingsSensitivity, findings
from .flip import Flip, flip
from .parameters import OneWay, oneway
from .priors import PriorsSensitivity, priors
from .sobol import Sobol, sobol
from .sources import SourcesSensitivity, sources
from .subject import Subject
from .tornado import Tornado, tornado
from .uncertainty import Uncertainty, uncertainty

DRAWS = 10_000
#: Draws per figure for the value of information, and pairs of draws for Sobol indices.
EVPPI_DRAWS, SOBOL_SAMPLES = 1_000, 1_000

Progress = Callable[[float], None]


def _silent(share: float) -> None:
    """Progress that nobody watches."""


class Sensitivity:
    """How far the answer to a case can be trusted when the percentages cannot.

    Made by `Model.sensitivity`. `sources` and `evppi` take any number of cases; the other
    questions are about one and raise UsageError where there are more. Long ones tell `progress`
    the share that is done."""

    def __init__(self, subjects: Mapping[str, Subject]):
        self._subjects = dict(subjects)

    @property
    def subject(self) -> Subject:
        """The one case. Raises UsageError where there are several."""
        if len(self._subjects) != 1:
            raise UsageError(f"this question is about one case; got {len(self._subjects)}")
        return next(iter(self._subjects.values()))

    def oneway(self) -> OneWay:
        """The sensitivity function of every CPT parameter, exactly."""
        return oneway(self.subject)

    def tornado(self) -> Tornado:
        """Every published figure by its swing over its own 95 % interval."""
        return tornado(self.subject)

    def flip(self) -> Flip:
        """The smallest change that puts another diagnosis first."""
        return flip(self.subject)

    def uncertainty(
        self, draws: int = DRAWS, seed: int = 0, progress: Progress = _silent
    ) -> Uncertainty:
        """Credible intervals and rank stability from joint draws of all figures."""
        return uncertainty(self.subject, _at_least(draws, 2, "draws"), seed, progress)

    def findings(self, pairs: bool = False) -> FindingsSensitivity:
        """Each finding left out and read differently, and with `pairs` every two."""
        return findings(self.subject, pairs)

    def priors(self) -> PriorsSensitivity:
        """Settings, ten-fold changes of each prior, and the odds at which the answer flips."""
        return priors(self.subject)

    def sources(self, progress: Progress = _silent) -> SourcesSensitivity:
        """Each paper left out in turn."""
        return sources(list(self._subjects.items()), progress)

    def sobol(
        self, samples: int = SOBOL_SAMPLES, seed: int = 0, progress: Progress = _silent
    ) -> Sobol:
        """Sobol indices of P(target | case) by groups of figures. Needs the extra `global`."""
        return sobol(self.subject, _at_least(samples, 2, "samples"), seed, progress)

    def evppi(self, draws: int = EVPPI_DRAWS, seed: int = 0, progress: Progress = _silent) -> Evppi:
        """What knowing each published figure perfectly would be worth, over all cases."""
        subjects = list(self._subjects.values())
        return evppi(subjects, _at_least(draws, 2, "draws"), seed, progress)


def _at_least(number: int, least: int, name: str) -> int:
    if number < least:
        raise UsageError(f"{name}={number}: expected at least {least}")
    return number
