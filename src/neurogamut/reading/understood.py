"""What was understood of a report, for a person to confirm."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from ..render.answer import Answer
from ..render.sheet import Lines, Part, Sheet, Table
from ..render.wording import said

State = str | float | Mapping[str, float]


@dataclass(frozen=True, kw_only=True)
class Mention:
    """A finding that the text names, from `start` to `end`. `entered`: it is in the case; `why`
    says what made it so, or what kept it out."""

    finding: str
    state: State
    start: int
    end: int
    entered: bool
    why: str


@dataclass(frozen=True, kw_only=True)
class UnreadText:
    """Words that look like a finding and are none of the network's."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, kw_only=True)
class Tables:
    """The package and the knowledge base by whose words a text was read."""

    version: str
    hash: str

    def __str__(self) -> str:
        return f"neurogamut {self.version}, hash {self.hash[:12]}"


@dataclass(frozen=True, kw_only=True, repr=False)
class ReportReading(Answer):
    """A report as a case. `mentions` are in the order of the text; a finding that is said present
    and absent is in no case, and its mentions say so."""

    text: str
    case: Mapping[str, State]
    mentions: tuple[Mention, ...]
    unread: tuple[UnreadText, ...]
    model: Tables  # type: ignore[assignment]  # a text is read in no setting, by no engine

    def to_dict(self) -> dict[str, Any]:
        """The answer as JSON has it; the text itself is no part of it."""
        return {
            "case": dict(self.case),
            "mentions": [asdict(mention) for mention in self.mentions],
            "unread": [asdict(text) for text in self.unread],
            "model": asdict(self.model),
        }

    @property
    def contradictions(self) -> dict[str, str]:
        """Findings that are in no case because the text says two things of them, and which."""
        return {
            m.finding: m.why for m in self.mentions if not m.entered and m.finding not in self.case
            and m.why.startswith(SAID)
        }  # fmt: skip

    def sheet(self, count: int | None = None) -> Sheet:
        """What was entered and what was not, each with its words, then what was not understood."""
        entered = [self._row(m) for m in self.mentions if m.entered]
        kept_out = [self._row(m) for m in self.mentions if not m.entered]
        headers = ("key", "state", "words", "why")
        unread = list(dict.fromkeys(one.text for one in self.unread))
        parts: list[Part] = [
            Table(headers, rows, title=title)
            for title, rows in (("Read", entered), ("Named, but not entered", kept_out))
            if rows
        ]
        if unread:
            parts.append(Lines(["; ".join(unread)], title="No finding of the network"))
        headline = f"{len(self.case)} findings" if self.case else "no findings"
        return Sheet(headline, tuple(parts), str(self.model), self._warnings())

    def _warnings(self) -> tuple[str, ...]:
        return tuple(f"{finding}: {why}" for finding, why in self.contradictions.items())

    def _row(self, mention: Mention) -> tuple[str, ...]:
        words = " ".join(self.text[mention.start : mention.end].split())
        return mention.finding, said(mention.state), words, mention.why


#: How the reason begins that keeps a contradiction out of the case.
SAID = "said "
