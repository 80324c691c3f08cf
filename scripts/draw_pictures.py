"""Draw the pictures of the README and of docs/what_next.md: `python scripts/draw_pictures.py`.

All are of the demonstration patient. The page is drawn by the browser that the tests use.
"""

from __future__ import annotations

import sys
from pathlib import Path
from urllib.parse import urlencode

import neurogamut as ng
from neurogamut.cases.presets import example
from neurogamut.render import charts

ROOT = Path(__file__).resolve().parents[1]
IMAGES = ROOT / "docs" / "images"
sys.path.insert(0, str(ROOT / "tests"))

from support.real_browser import launched  # noqa: E402
from support.serving import served  # noqa: E402


def main() -> None:
    """Draw them all."""
    model = ng.load()
    case = example(model.base)["case"]
    charts.save(model.posterior(case).plot(count=6), IMAGES / "posterior.png")
    charts.save(model.next_tests(case).plot(10), IMAGES / "next_tests.svg")
    charts.save(model.plan(case, 150).plot(), IMAGES / "plan.svg")
    with served(model) as server:
        draw_page(f"http://localhost:{server.port}/#{urlencode(case)}", IMAGES / "page.png")


def draw_page(address: str, path: Path) -> None:
    """A picture of the page once its intervals are there."""
    with launched() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.goto(address)
        page.locator(".ng-whisker:not([hidden])").first.wait_for()
        page.screenshot(path=path)


if __name__ == "__main__":
    main()
