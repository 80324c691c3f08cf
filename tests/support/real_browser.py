"""A real browser for the tests: what the machine has, or else Playwright's own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import pytest
from playwright.sync_api import Browser, BrowserType, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
NONE = "no browser: install Chromium or Chrome, or name one in CHROMIUM; scripts/test.sh gets one"


@contextmanager
def launched() -> Iterator[Browser]:
    """A running browser. Without one tests are skipped, or fail if NEEDS_BROWSER is set."""
    if not driver_runs():
        _do_without()
    with sync_playwright() as playwright:
        path = found(playwright.chromium)
        if path is None:
            _do_without()
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


def driver_runs() -> bool:
    """Whether Playwright itself runs: its program needs libatomic, which bare systems lack."""
    command = [sys.executable, "-m", "playwright", "--version"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _do_without() -> NoReturn:
    if os.environ.get("NEEDS_BROWSER"):
        pytest.fail(NONE, pytrace=False)
    pytest.skip(NONE)


def found(chromium: BrowserType) -> str | None:
    """Where a browser is, or None."""
    installed = (shutil.which(name) for name in NAMES)
    places = (os.environ.get("CHROMIUM"), *installed, chromium.executable_path)
    return next((place for place in places if place and Path(place).is_file()), None)
