"""Write the scores of docs/reading_reports.md: `python scripts/write_reading_docs.py`.

A test fails while the page is out of date."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from neurogamut.knowledge.base import default_root
from neurogamut.reading import base_of
from neurogamut.render import markdown

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "reading_reports.md"
BLOCK = re.compile(r"(<!-- begin scores -->\n).*?(<!-- end scores -->)", re.DOTALL)
HEADERS = ("texts", "n", "state", "precision", "recall", "F1", "opposite")

sys.path.insert(0, str(ROOT / "tests"))
from reading_gold import Scores, agreement, scored, texts  # noqa: E402


def page() -> str:
    """The page with the present scores."""
    base = base_of(default_root())
    gold, held_out = texts("gold"), texts("held_out")
    rows = [
        *_rows("gold", len(gold), scored(base, gold)),
        *_rows("held out", len(held_out), scored(base, held_out)),
        *_rows("second annotation", len(gold), agreement(base, gold)),
    ]
    table = markdown.table(HEADERS, rows, HEADERS[3:])
    return BLOCK.sub(lambda found: f"{found[1]}{table}\n{found[2]}", PAGE.read_text("utf-8"))


def _rows(name: str, count: int, scores: Scores) -> list[tuple[str, ...]]:
    opposite = f"{scores.opposite} of {scores.findings}"
    return [
        (name, str(count), state, *(f"{x:.3f}" for x in (s.precision, s.recall, s.f1)), opposite)
        for state, s in (("present", scores.present), ("absent", scores.absent))
    ]


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
