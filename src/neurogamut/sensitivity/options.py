"""What may be asked of a sensitivity analysis besides its case. An analysis declares its options in
the annotations of its own function, and every door reads them there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from ..errors import UsageError

#: Draws that are enough for a bar's interval and few enough to follow clicks.
FEW_DRAWS = 400


@dataclass(frozen=True)
class Option:
    """A switch, or a whole number from `least` to `most`. The default is the function's own."""

    help: str
    least: int | None = None
    most: int | None = None
    default: int = 0

    @property
    def quick(self) -> int:
        """The default where somebody waits for the answer."""
        return min(self.default, FEW_DRAWS)

    def require(self, name: str, value: int) -> None:
        """Raises UsageError for a number out of range."""
        if self.least is not None and value < self.least:
            raise UsageError(f"{name}={value}: expected at least {self.least}")
        if self.most is not None and value > self.most:
            raise UsageError(f"{name}={value}: expected at most {self.most}")


#: The most is numpy's, less the one that sobol.py adds.
Seed = Annotated[int, Option("Of what is drawn.", least=0, most=2**32 - 2)]
