"""What every answer of this package can do: become a table, a document, a picture, a text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..results import ModelInfo, Rendered

if TYPE_CHECKING:
    import pandas as pd


class SensitivityResult(Rendered):
    """Base of the answers; each has `to_dict()` too, what `neurogamut sensitivity --json` gives."""

    labels: dict[str, str]
    model: ModelInfo

    def records(self) -> list[dict[str, Any]]:
        """The rows of the table, flat."""
        raise NotImplementedError

    def to_frame(self) -> pd.DataFrame:
        """The answer as a table, most important first."""
        import pandas as pd

        return pd.DataFrame(self.records())

    def plot(self, **options: Any):
        """A picture (an altair chart)."""
        from .. import plots_sensitivity

        return plots_sensitivity.draw(self, **options)

    def __str__(self) -> str:
        from .. import sensitivity_views  # noqa: F401  (registers how these results are drawn)

        return super().__str__()

    __repr__ = __str__

    def to_html(self) -> str:
        """A self-contained HTML fragment."""
        from .. import sensitivity_views  # noqa: F401

        return super().to_html()
