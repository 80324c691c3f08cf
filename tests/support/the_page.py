"""The page in a real browser, and what one does on it."""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from fastapi import FastAPI
from playwright.sync_api import Browser, Locator, Page, expect

from neurogamut.cases.presets import preset

#: The patient of Fig. 3b and 5d before the retina was examined (as in `neurogamut demo`).
SUSAC = {key: said for key, said in preset("fig_3b").items() if key not in ("age", "sex")}
FRAGMENT = "#age=20&sex=female&" + "&".join(f"{key}={state}" for key, state in SUSAC.items())

# A busy machine is no failure.
expect.set_options(timeout=60_000)


@contextmanager
def served(app: FastAPI) -> Iterator[str]:
    """An application on a free port of this machine."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
    server.should_exit = True
    thread.join()


@contextmanager
def watched(browser: Browser, address: str, **options) -> Iterator[Page]:
    """A page whose console stays silent and whose requests all go to the server."""
    context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = context.new_page()
    said, asked = [], []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    yield page
    context.close()
    # A refused case is answered with a status that the browser itself reports.
    assert [text for text in said if "status of 4" not in text] == []
    assert [url for url in asked if not url.startswith((address, "blob:"))] == []


def enter_result_of(page: Page, test: str) -> None:
    """Ask for the findings of a test, from the panel that proposes it."""
    page.get_by_role("tab", name="What next").click()
    page.get_by_role("button", name=re.compile(r"All \d+ tests")).click()
    entry = page.locator(f"[data-test={test}]")
    entry.locator("summary").click()
    entry.get_by_role("button", name="Enter its result").click()


def intervals(page: Page) -> Locator:
    return page.locator(".ng-whisker:not([hidden])")


def leading(page: Page) -> Locator:
    return page.locator(".ng-diseases li").first


def settled(page: Page) -> None:
    """Wait until nothing waits for an answer."""
    expect(intervals(page).first).to_be_visible(timeout=120_000)
    expect(page.locator("[aria-busy=true]")).to_have_count(0, timeout=120_000)


def shown(probability: float) -> str:
    """As the page words it."""
    return f"{100 * probability:.1f}\u202f%"


def row(page: Page, finding: str) -> Locator:
    """The row of a finding, in sight."""
    found = page.locator(f".ng-finding[data-finding={finding}]")
    found.evaluate("row => { const group = row.closest('details'); if (group) group.open = true; }")
    return found


def choose(page: Page, finding: str, state: str) -> None:
    found = row(page, finding)
    if found.locator("select").count():
        found.locator("select").select_option(state)
    else:
        found.get_by_role("radio", name=state, exact=True).check(force=True)


def enter_susac(page: Page) -> None:
    page.get_by_label("Age at presentation (years)").fill("20")
    choose(page, "sex", "female")
    for finding, state in SUSAC.items():
        choose(page, finding, state)
    expect(leading(page)).to_contain_text("Susac syndrome")
    settled(page)


def chips(page: Page) -> list[str]:
    return [text.removesuffix("×") for text in page.locator(".ng-chips button").all_inner_texts()]


def give(page: Page, name: str, text: str) -> None:
    """Import a file of that text."""
    file = {"name": name, "mimeType": "application/json", "buffer": text.encode()}
    page.locator("#file").set_input_files(file)
