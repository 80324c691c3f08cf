"""What every answer can do: say what made it, and draw itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar

from .sheet import Part, Sheet


@dataclass(frozen=True)
class ModelInfo:
    """What made an answer: package version, content hash of the knowledge base, setting, engine,
    how the case was read (`reporting` is "pertinent" or "systematic", or "" where there is no
    case), and `priors` that were stated in the place of the setting's (`susac=0.05`)."""

    version: str
    hash: str
    setting: str
    engine: str
    assume: str = "single"
    reporting: str = ""
    priors: str = ""

    def __str__(self) -> str:
        assumed = "" if self.assume == "single" else f", assume {self.assume}"
        read = f", reporting {self.reporting}" if self.reporting else ""
        stated = f", prior {self.priors}" if self.priors else ""
        return (
            f"neurogamut {self.version}, hash {self.hash[:12]}, "
            f"setting {self.setting}{stated}, engine {self.engine}{assumed}{read}"
        )


class Answer:
    """Base of all answers. Each says in `sheet` what is shown of it, and most draw a chart in
    `plot`; text, HTML and Markdown follow from the sheet."""

    model: ModelInfo

    def sheet(self, count: int = 10) -> Sheet:
        """What is shown, with at most `count` rows of a long table."""
        raise NotImplementedError

    def to_dict(self) -> dict[str, Any]:
        """The answer as a JSON document."""
        raise NotImplementedError

    def to_html(self) -> str:
        """A self-contained HTML fragment."""
        from . import html

        return html.draw(self.sheet())

    def to_markdown(self) -> str:
        """Markdown, for notes and pages."""
        from . import markdown

        return markdown.draw(self.sheet())

    def __str__(self) -> str:
        from . import text

        return text.draw(self.sheet())

    __repr__ = __str__

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return {"text/plain": str(self), "text/html": self.to_html()}

    def _sheet(self, headline: str, *parts: Part) -> Sheet:
        """A sheet with the answer's warnings and what made it."""
        return Sheet(headline, parts, str(self.model), tuple(getattr(self, "warnings", ())))


A = TypeVar("A", bound=Answer)


class Answers(list[A]):
    """Answers of one model, which are shown together."""

    def __str__(self) -> str:
        from . import text

        return text.draw(*(answer.sheet() for answer in self))

    __repr__ = __str__

    def to_html(self) -> str:
        """A self-contained HTML fragment."""
        from . import html

        return html.draw(*(answer.sheet() for answer in self))

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return {"text/plain": str(self), "text/html": self.to_html()}
