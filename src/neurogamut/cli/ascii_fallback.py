"""What a terminal that cannot draw a character shows instead: a bar of #, +/- and the like."""

from __future__ import annotations

import codecs
import unicodedata

NAME = "neurogamut"
STAND_INS = {
    "±": "+/-", "×": "x", "·": ".", "…": "...", "→": "->", "←": "<-", "≥": ">=", "≤": "<=",
    "‐": "-", "‑": "-", "–": "-", "—": "-", "−": "-", "’": "'", "‘": "'", "“": '"', "”": '"',
    "█": "#", "▉": "#", "▊": "#", "▋": "#", "▌": "#", "▐": "#", "▍": " ", "▎": " ", "▏": " ",
    "━": "-", "─": "-", "╸": "-", "╺": "-", "│": "|", "├": "|", "└": "`", "ß": "ss",
    "ø": "o", "æ": "ae",
}  # fmt: skip


def register() -> None:
    """Make it known to Python as an error handler of streams, by NAME."""
    codecs.register_error(NAME, _stand_in)


def _stand_in(error: UnicodeError) -> tuple[str, int]:
    """One or more characters that cannot be encoded; each is at worst a question mark."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(map(_ascii, error.object[error.start : error.end])), error.end


def _ascii(character: str) -> str:
    plain = unicodedata.normalize("NFKD", character).encode("ascii", "ignore").decode()
    return STAND_INS.get(character) or plain or "?"
