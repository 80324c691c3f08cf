"""Answers to the vignettes to six digits, as validation/golden.json has them; tests compare.

    python scripts/bless_golden.py            what has changed since they were blessed
    python scripts/bless_golden.py --bless    the same, and from now on today's answers are right

The file holds the hash of the tables that they were blessed with, the hash before, and the largest
difference that was accepted.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import neurogamut as ng

VIGNETTES = Path("validation/vignettes.jsonl")
GOLDEN = Path("validation/golden.json")
DIGITS = 6
#: Changes that are listed.
LISTED = 20

Answer = dict[str, float]
#: How much, in which vignette, of what, before, now.
Difference = tuple[float, str, str, float | None, float | None]


def answers(model: ng.Model, vignettes: Path) -> dict[str, Answer]:
    """By vignette the probability of each disease, and the measures of the answer."""
    lines = vignettes.read_text(encoding="utf-8").splitlines()
    return {case["id"]: _answer(model, case) for case in map(json.loads, lines)}


def _answer(model: ng.Model, vignette: dict[str, Any]) -> Answer:
    case = {"age": vignette["age"], "sex": vignette["sex"], **vignette["findings"]}
    found = model.posterior(case).to_dict()
    measures = {name: found[name] for name in ("log_evidence", "conflict", "fit")}
    numbers = {**found["posterior"], **measures}
    return {name: round(value, DIGITS) for name, value in numbers.items() if value is not None}


def differences(before: dict[str, Answer], now: dict[str, Answer]) -> list[Difference]:
    """All that is not the same, largest first."""
    found = []
    for vignette in before.keys() | now.keys():
        old, new = before.get(vignette, {}), now.get(vignette, {})
        for name in old.keys() | new.keys():
            a, b = old.get(name), new.get(name)
            change = float("inf") if a is None or b is None else abs(a - b)
            if change > 1.5 * 10**-DIGITS:
                found.append((change, vignette, name, a, b))
    return sorted(found, key=lambda row: (-row[0], *row[1:3]))


def main() -> None:
    """Compare, and bless where that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--bless", action="store_true", help="take the answers of today as right")
    bless = parser.parse_args().bless
    model = ng.load()
    now = answers(model, VIGNETTES)
    golden = json.loads(GOLDEN.read_text(encoding="utf-8")) if GOLDEN.exists() else {}
    changed = differences(golden.get("answers", {}), now)
    for change, vignette, name, old, new in changed[:LISTED]:
        print(f"{vignette}: {name}  {old} -> {new}  ({change:.6f})")
    print(f"{len(changed)} numbers differ; tables {golden.get('hash')} -> {model.info.hash}")
    if bless:
        GOLDEN.write_text(_document(model.info.hash, golden, changed, now), encoding="utf-8")
        print(f"wrote {GOLDEN}")


def _document(
    tables: str, golden: dict[str, Any], changed: list[Difference], now: dict[str, Answer]
) -> str:
    """The file: a line for each vignette."""
    both = [change for change, *_ in changed if change != float("inf")]
    about = {
        "hash": tables,
        "hash_before": golden.get("hash"),
        "numbers_changed": len(changed),
        "largest_change": max(both, default=0.0),
    }
    head = "".join(f"{json.dumps(name)}: {json.dumps(value)},\n" for name, value in about.items())
    lines = ",\n".join(f"{json.dumps(name)}: {json.dumps(now[name])}" for name in now)
    return f'{{{head}"answers": {{\n{lines}\n}}}}\n'


if __name__ == "__main__":
    main()
