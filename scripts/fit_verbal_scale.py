"""Re-estimate priors/verbal_scale.csv from the cells that have a word and a count.

Writes the table in place and docs/verbal_scale.md, which shows every cell behind every word.
Run after rows with words or counts have changed; a test fails while the table is out of date.
"""

from __future__ import annotations

import csv
from pathlib import Path

from neurogamut.knowledge import base as knowledge
from neurogamut.knowledge.verbal_scale import WordFit, fit

ROOT = Path(__file__).resolve().parents[1]
TABLE = ROOT / "priors" / "verbal_scale.csv"
PAGE = ROOT / "docs" / "verbal_scale.md"

HEAD = """# What the words mean

A paper that says `common` states a number without saying which. The verbal scale is estimated from
the cells of this knowledge base where one source prints the word and others count patients. The
words' probabilities are the most probable ones given the counted rates (equal words share a cell
equally, as in the pooling rule), each word being normal in log odds about its anchor. What is left
over makes the Beta distribution of the word wide or narrow; its size is at most ten patients. The
constants are rows of `priors/estimation.csv`. Written by `scripts/fit_verbal_scale.py`; do not
edit.

| word | anchor | cells | estimate | Beta(a, b) | rates of the cells, lowest, median, highest |
|---|---|---|---|---|---|
"""


def main() -> None:
    """Fit, then write the table and the page."""
    base, problems = knowledge.read(ROOT)
    if problems:
        raise SystemExit("\n".join(map(str, problems)))
    fits = {word.term: word for word in fit(base)}
    with TABLE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        word = fits[row["term"]]
        row |= {"a": f"{word.a:g}", "b": f"{word.b:g}", "cells": str(len(word.cells))}
    with TABLE.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys(), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    body = "".join(_line(fits[row["term"]]) for row in rows)
    cells = "".join(_cells(fits[row["term"]]) for row in rows if fits[row["term"]].cells)
    PAGE.write_text(f"{HEAD}{body}\n## The cells behind each word\n\n{cells}", encoding="utf-8")


def _line(word: WordFit) -> str:
    rates = sorted(cell.k / cell.n for cell in word.cells)
    shown = f"{rates[0]:.2f}, {rates[len(rates) // 2]:.2f}, {rates[-1]:.2f}" if rates else "none"
    beta = f"Beta({word.a:g}, {word.b:g})"
    return (
        f"| {word.term} | {word.anchor:.3g} | {len(rates)} | {word.mean:.2f} | {beta} | {shown} |\n"
    )


def _cells(word: WordFit) -> str:
    listed = ", ".join(f"{c.finding} in {c.disease} {c.k}/{c.n}" for c in word.cells)
    return f"- **{word.term}**: {listed}\n"


if __name__ == "__main__":
    main()
