"""Write how patients with none of the diseases are answered into docs/forms.md.

    python scripts/score_neighbours.py

Rewrites what stands between `<!-- begin neighbours -->` and `<!-- end neighbours -->`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

import neurogamut as ng
from neurogamut.cases.published import PublishedCase, read_cases
from neurogamut.diagnosis.differential import Posterior
from neurogamut.knowledge.base import OTHER
from neurogamut.validation.metrics import Share
from neurogamut.validation.posed import select

REPOSITORY = Path(__file__).resolve().parents[1]
PAGE, DATA = REPOSITORY / "docs" / "forms.md", REPOSITORY / "validation"
LISTED = ("development.jsonl", "development_2.jsonl")
#: What a case needs to be posed, as in docs/validation.md.
KNOWN, CONFIDENCE = 3, ("high", "moderate")

Answers = Sequence[tuple[PublishedCase, Posterior]]


def main() -> None:
    """Rewrite the page."""
    model = ng.load()
    pattern = re.compile(r"(<!-- begin neighbours -->\n).*?(<!-- end neighbours -->)", re.DOTALL)
    table = rows(answers(model, ["neighbours.jsonl"]), answers(model, LISTED))
    page = pattern.sub(lambda found: f"{found[1]}{table}\n{found[2]}", PAGE.read_text("utf-8"))
    PAGE.write_text(page, "utf-8")


def answers(model: ng.Model, files: Sequence[str]) -> Answers:
    """Strong cases and their answers, as a person tells them."""
    cases = [case for file in files for case in read_cases(DATA / file)]
    posed, _ = select(cases, model.base, KNOWN, CONFIDENCE)
    return [(p.case, model.pertinent.posterior(p.evidence)) for p in posed]


def rows(neighbours: Answers, listed: Answers) -> str:
    """The table."""
    within = [OTHER in [disease for disease, _ in answer.top(3)] for _, answer in neighbours]
    right = [case.neighbour == answer.top_forms(OTHER)[0][0] for case, answer in neighbours]
    own = [float(np.log(answer[case.diagnosis])) for case, answer in listed]
    return "\n".join(
        [
            f"| | {len(neighbours)} with a neighbour | {len(listed)} with one of the list |",
            "| --- | --- | --- |",
            f"| `other` first | {first(neighbours)} | {first(listed)} |",
            f"| `other` first, or a warning of it | {warned(neighbours)} | {warned(listed)} |",
            f"| `other` within three | {share(within)} | |",
            f"| the right neighbour before all others | {share(right)} | |",
            f"| mean ln P(diagnosis) | | {np.mean(own):.2f} |",
        ]
    )


def first(found: Answers) -> str:
    """How often none of the diseases leads."""
    return share([answer.leading == OTHER for _, answer in found])


def warned(found: Answers) -> str:
    """How often the first line or a warning says that it may be none of the diseases."""
    return share([answer.leading == OTHER or answer.unlisted for _, answer in found])


def share(hits: Sequence[bool]) -> str:
    """A share in words."""
    hit = Share(sum(hits), len(hits))
    return f"{hit.count} ({100 * hit.value:.0f} %)"


if __name__ == "__main__":
    main()
