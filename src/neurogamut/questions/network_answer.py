"""What the answers about a network of one's own have in common."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from math import isfinite
from typing import TYPE_CHECKING, Any

from .._version import __version__
from ..errors import needs
from ..network import Finding, Network
from ..render.answer import Answer
from ..render.sheet import Cell, Lines, Sheet, Table
from ..render.wording import understood

if TYPE_CHECKING:
    import pandas as pd

SHOWN = 10


@dataclass(frozen=True)
class NetworkInfo:
    """What made an answer: the version of the package, and the network's name and content hash."""

    version: str
    network: str
    hash: str

    def __str__(self) -> str:
        return f"neurogamut {self.version}, network {self.network}, hash {self.hash[:12]}"


def network_info(network: Network, name: str) -> NetworkInfo:
    """The hash is the SHA-256 of variables, states, parents and tables, in the network's order."""
    digest = hashlib.sha256()
    for variable, cpt in zip(network.variables.values(), network.cpts.values(), strict=True):
        digest.update(repr((variable.name, variable.states, cpt.parents)).encode())
        digest.update(cpt.table.tobytes())
    return NetworkInfo(__version__, name, digest.hexdigest())


@dataclass(frozen=True, repr=False, kw_only=True)
class NetworkAnswer(Answer):
    """Base of the answers: what was known, and what made them."""

    evidence: Mapping[str, Finding]
    model: NetworkInfo  # type: ignore[assignment]

    def records(self) -> list[dict[str, Any]]:
        """The rows of the table, flat."""
        raise NotImplementedError

    def to_frame(self) -> pd.DataFrame:
        """The answer as a table."""
        with needs("tables"):
            import pandas as pd

        return pd.DataFrame(self.records())

    def to_dict(self) -> dict[str, Any]:
        """What `neurogamut network FILE ... --json` gives; a number that is not finite is null."""
        return _plain(asdict(self))

    def _table(
        self,
        headline: str,
        headers: Sequence[str],
        rows: Sequence[Sequence[Cell]],
        right: Sequence[str] = (),
        notes: Sequence[str] = (),
    ) -> Sheet:
        """A sentence, a table (columns in `right` hold numbers), notes, and what was known."""
        table = [Table(headers, rows, right)] if rows else []
        return self._sheet(headline, *table, Lines((*notes, *understood(self.evidence, ()))))


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(inner) for inner in value]
    return None if isinstance(value, float) and not isfinite(value) else value
