"""Write the agreement of the two readings into validation/README.md.

    python scripts/reader_agreement.py

Both readings are of the same posed findings. Rewrites what stands between
`<!-- begin agreement -->` and `<!-- end agreement -->`; a test fails while that is out of date.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from neurogamut.cases.published import read_cases
from neurogamut.validation.metrics import FIRST, Share

DATA = Path(__file__).resolve().parents[1] / "validation"
PAGE, READINGS = DATA / "README.md", DATA / "readers.csv"
FILES = (DATA / "development.jsonl", DATA / "development_2.jsonl")

#: By case the diseases that a reading names, most probable first.
Reading = dict[str, list[str]]


def main() -> None:
    """Rewrite the page."""
    PAGE.write_text(rewritten(PAGE.read_text("utf-8")), "utf-8")


def rewritten(page: str) -> str:
    """The page with the agreement as the readings have it."""
    pattern = re.compile(r"(<!-- begin agreement -->\n).*?(<!-- end agreement -->)", re.DOTALL)
    return pattern.sub(lambda found: f"{found[1]}{agreement()}\n{found[2]}", page)


def agreement() -> str:
    """How far the two readings agree with each other, and with the diagnosis of the paper."""
    one, two = readings()
    truth = {case.id: case.diagnosis for file in FILES for case in read_cases(file)}
    same = Share(sum(one[case][0] == two[case][0] for case in one), len(one))
    shared = sum(len(set(one[case]) & set(two[case])) for case in one) / len(one)
    kappa = cohens_kappa([(one[case][0], two[case][0]) for case in one])
    rows = ["| | first | in the first 3 | in the first 5 |", "| --- | --- | --- | --- |"]
    for name, reading in (("first reading", one), ("second reading", two)):
        hits = (within(reading, truth, count) for count in FIRST)
        rows.append(f"| {name} | {' | '.join(map(shown, hits))} |")
    return "\n".join(
        [
            f"Over {len(one)} cases the two readings put the same disease first in {shown(same)}; "
            f"Cohen's kappa {kappa:.2f}. Of the five diseases they share {shared:.1f} on average.",
            "",
            "The true disease in each reading:",
            "",
            *rows,
        ]
    )


def readings() -> tuple[Reading, Reading]:
    """Both readings."""
    found: dict[str, Reading] = {"1": {}, "2": {}}
    with READINGS.open(encoding="utf-8", newline="") as file:
        for row in sorted(csv.DictReader(file), key=lambda row: int(row["rank"])):
            found[row["reader"]].setdefault(row["case"], []).append(row["disease"])
    return found["1"], found["2"]


def within(reading: Reading, truth: dict[str, str], count: int) -> Share:
    """How often the true disease is among the first `count`."""
    return Share(sum(truth[case] in named[:count] for case, named in reading.items()), len(reading))


def cohens_kappa(pairs: Sequence[tuple[str, str]]) -> float:
    """Agreement beyond chance (Cohen, Educ Psychol Meas 1960;20:37)."""
    total = len(pairs)
    first, second = (Counter(pair[reader] for pair in pairs) for reader in (0, 1))
    chance = sum(first[name] * second[name] for name in first) / total**2
    return (sum(one == two for one, two in pairs) / total - chance) / (1 - chance)


def shown(share: Share) -> str:
    """`79 % (68 to 87)`."""
    low, high = share.interval
    return f"{100 * share.value:.0f} % ({100 * low:.0f} to {100 * high:.0f})"


if __name__ == "__main__":
    main()
