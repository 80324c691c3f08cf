"""Two-layer noisy-OR networks (BN2O): diseases that may coexist, and the findings they trigger.

A disease that is present triggers each finding independently, and so does a leak, the sum of all
causes outside the network. Only a trigger makes a finding present:

    P(finding absent | diseases) = (1 - leak) * product over present diseases of (1 - link)

(Pearl 1988, section 4.3.2; the leak as in Henrion 1989). A finding of several states is a
noisy-MAX (Díez 1993): its states are ordered, each state above the first has triggers of its own,
and the highest that was triggered is what is seen. So it is a family of binary effects, one per
state above the first, and every other module here sees binary effects only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from ...errors import CaseError, NetworkError, nearest
from ...network import Variable

if TYPE_CHECKING:
    import pandas
    from numpy.typing import ArrayLike

BINARY_STATES = ("absent", "present")


@dataclass(frozen=True, eq=False)
class NoisyOr:
    """Diseases, findings, and the chance that one triggers the other.

    `findings` have their states in rising order, the first being what is left where nothing
    triggers; the effects are the states above it, finding by finding. `prior` (diseases,) is
    P(disease present), `link` (diseases, effects) P(the disease alone triggers the effect) and
    `leak` (effects,) P(something else triggers it). Raises NetworkError for no disease, a name that
    stands twice, a wrong shape or a number outside 0 to 1.
    """

    diseases: tuple[str, ...]
    findings: tuple[Variable, ...]
    prior: np.ndarray
    link: np.ndarray
    leak: np.ndarray

    def __post_init__(self) -> None:
        effects = sum(len(finding) - 1 for finding in self.findings)
        shapes = {
            "prior": (len(self.diseases),),
            "link": (len(self.diseases), effects),
            "leak": (effects,),
        }
        if not self.diseases:
            raise NetworkError("a noisy-OR network needs at least one disease")
        _check_names("disease", self.diseases)
        _check_names("finding", [finding.name for finding in self.findings])
        for name, shape in shapes.items():
            object.__setattr__(self, name, _probabilities(name, getattr(self, name), shape))

    @classmethod
    def binary(
        cls,
        diseases: Iterable[str],
        findings: Iterable[str],
        prior: ArrayLike,
        link: ArrayLike,
        leak: ArrayLike,
    ) -> NoisyOr:
        """A network whose findings are all absent or present: one effect per finding."""
        variables = tuple(Variable(name, BINARY_STATES) for name in findings)
        return cls(tuple(diseases), variables, *map(np.asarray, (prior, link, leak)))

    @classmethod
    def from_table(
        cls, links: pandas.DataFrame, prior: Mapping[str, float], leak: Mapping[str, float]
    ) -> NoisyOr:
        """A binary network from one row per link, in columns disease, finding and link.

        `prior` and `leak` list the diseases and the findings; a pair without a row has link 0.
        Raises NetworkError for an unknown name or a pair stated twice."""
        rows = links["disease"].map(_positions(prior)), links["finding"].map(_positions(leak))
        for column, known, found in zip(("disease", "finding"), (prior, leak), rows, strict=True):
            if found.isna().any():
                name = links[column][found.isna()].iloc[0]
                raise NetworkError(f"links: unknown {column} {name!r}{nearest(name, known)}")
        if (twice := links.duplicated(["disease", "finding"])).any():
            pair = links.loc[twice, ["disease", "finding"]].iloc[0]
            raise NetworkError(f"links: {pair['disease']} -> {pair['finding']} is stated twice")
        link = np.zeros((len(prior), len(leak)))
        link[tuple(row.to_numpy(int) for row in rows)] = links["link"]
        return cls.binary(prior, leak, [*prior.values()], link, [*leak.values()])

    @cached_property
    def variables(self) -> dict[str, Variable]:
        """The findings by name."""
        return {finding.name: finding for finding in self.findings}

    @cached_property
    def effects(self) -> dict[str, slice]:
        """For each finding, the columns of `link` that hold its effects."""
        ends = np.cumsum([len(finding) - 1 for finding in self.findings]).tolist()
        starts = [0, *ends]
        return {f.name: slice(*ends) for f, *ends in zip(self.findings, starts, ends, strict=False)}

    def disease(self, name: str) -> int:
        """Position of a disease. Raises CaseError with the nearest names."""
        try:
            return self._diseases[name]
        except (KeyError, TypeError):
            hint = nearest(name, self.diseases)
            raise CaseError(f"{name!r}: unknown disease{hint}") from None

    @cached_property
    def _diseases(self) -> dict[str, int]:
        return _positions(self.diseases)

    def distribution(self, finding: str, present: Iterable[str] = ()) -> np.ndarray:
        """P(finding | exactly these diseases present), shape (states,)."""
        effects = self.effects[finding]
        rows = [self.disease(name) for name in present]
        with np.errstate(divide="ignore"):
            log_untriggered = np.log1p(-np.vstack([self.leak, self.link[rows]])[:, effects]).sum(0)
        lower_than = np.exp(np.cumsum(log_untriggered[::-1])[::-1])
        return np.append(1.0, -np.expm1(log_untriggered)) * np.append(lower_than, 1.0)


def links_from_rates(rates: np.ndarray, background: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Links (diseases, states - 1) and leak (states - 1,) under which every published rate returns.

    `rates` (diseases, states) is P(state | this disease and no other), `background` (states,)
    P(state | none of them), states in rising order. The leak is the background, lowered to the
    rarest rate where a disease makes the finding rarer than the background does: a noisy-OR only
    ever adds causes, so its leak cannot exceed any rate (Díez and Druzdzel 2006). Then
    1 - (1 - leak) * (1 - link) is the rate, for every disease. For a finding of several states the
    same holds for each P(state | this state or a lower one).
    """
    hazards = _hazards(np.vstack([rates, background]))
    leak = hazards.min(axis=0)
    with np.errstate(invalid="ignore"):
        link = (hazards[:-1] - leak) / (1 - leak)
    return np.where(leak < 1, link, 0.0), leak


def _hazards(rates: np.ndarray) -> np.ndarray:
    """P(state | this state or a lower one) for each state above the first; 1 where it is free."""
    cumulative = np.cumsum(rates, axis=1)[:, 1:]
    return np.divide(rates[:, 1:], cumulative, out=np.ones_like(cumulative), where=cumulative > 0)


def _positions(names: Iterable[str]) -> dict[str, int]:
    return {name: position for position, name in enumerate(names)}


def _check_names(what: str, names: Sequence[str]) -> None:
    if len(set(names)) < len(names):
        twice = next(name for name in names if list(names).count(name) > 1)
        raise NetworkError(f"{what} {twice!r} is named twice")


def _probabilities(name: str, values: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    array = np.array(values, dtype=float)
    if array.shape != shape:
        raise NetworkError(f"{name}: shape {array.shape}, expected {shape}")
    wrong = np.argwhere(~((array >= 0) & (array <= 1)))
    if wrong.size:
        place = tuple(wrong[0].tolist())
        raise NetworkError(f"{name}{list(place)}={array[place]}: expected a probability, 0 to 1")
    array.setflags(write=False)
    return array
