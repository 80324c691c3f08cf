"""What every answer of this package can do: become a table, a document, a picture, a text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Self

from ..errors import needs
from ..render.answer import Answer, ModelInfo
from ..render.sheet import Cell, Lines, Picture, Sheet, Table
from ..render.wording import percent
from .subject import Subject

if TYPE_CHECKING:
    import pandas as pd

#: Rows shown, and rows drawn, unless asked otherwise.
SHOWN, DRAWN = 10, 15


@dataclass(frozen=True, repr=False, kw_only=True)
class SensitivityAnswer(Answer):
    """Base of the answers. `labels` are names for people of diseases and findings."""

    labels: dict[str, str]
    model: ModelInfo

    def records(self) -> list[dict[str, Any]]:
        """The rows of the table, flat."""
        raise NotImplementedError

    def to_frame(self) -> pd.DataFrame:
        """The answer as a table, most important first."""
        with needs("tables"):
            import pandas as pd

        return pd.DataFrame(self.records())

    def plot(self, count: int = DRAWN) -> Any:
        """A picture with at most `count` rows (an altair chart)."""
        raise NotImplementedError

    def _digest(
        self,
        headline: str,
        headers: Sequence[str] = (),
        rows: Sequence[Sequence[Cell]] = (),
        right: Sequence[str] = (),
        notes: Sequence[str] = (),
    ) -> Sheet:
        """A sentence, a picture, a table (columns in `right` hold numbers), notes."""
        table = [Table(headers, rows, right)] if rows else []
        return self._sheet(headline, Picture(self.plot), *table, Lines(notes))


@dataclass(frozen=True, repr=False, kw_only=True)
class TargetAnswer(SensitivityAnswer):
    """Base of the answers about one case and its `target`, the disease in question, now at its
    `posterior`."""

    target: str
    leading: str
    posterior: float

    @classmethod
    def about(cls, subject: Subject, /, **found: Any) -> Self:
        """What was found about a case."""
        return cls(
            target=subject.diseases[subject.target],
            leading=subject.diseases[subject.leading],
            posterior=float(subject.posterior[subject.target]),
            labels=subject.labels,
            model=subject.info,
            **found,
        )

    def _document(self, **found: Any) -> dict[str, Any]:
        about = {"target": self.target, "leading": self.leading, "posterior": self.posterior}
        return {**about, **found, "model": asdict(self.model)}

    @property
    def _now(self) -> str:
        return f"{self.labels[self.target]}: {percent(self.posterior)}"

    @property
    def _stays(self) -> str:
        """The beginning of a sentence on what changes the order."""
        name = self.labels[self.target]
        if self.target == self.leading:
            return f"{name} stays first unless"
        return f"{name} stays behind {self.labels[self.leading]} unless"
