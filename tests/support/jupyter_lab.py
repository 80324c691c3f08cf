"""JupyterLab on this machine, as a new user would have it, driven by a real browser."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from playwright.sync_api import Browser, Page

#: All cells are in the page, not only those in sight; nobody is asked about news.
SETTINGS = {
    "notebook-extension/tracker": {"windowingMode": "none"},
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
}
START = 60


@contextmanager
def lab(notebooks: list[Path], folder: Path) -> Iterator[str]:
    """A server over trusted copies of some notebooks; gives its address."""
    environment = _prepared(folder)
    for notebook in notebooks:
        shutil.copy(notebook, folder / "notebooks")
        _jupyter("trust", str(folder / "notebooks" / notebook.name), environment).wait()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = _jupyter(
        "lab",
        "--no-browser",
        "--allow-root",
        "--expose-app-in-browser",
        "--IdentityProvider.token=",
        "--ServerApp.ip=127.0.0.1",
        f"--port={port}",
        f"--ServerApp.root_dir={folder}/notebooks",
        environment,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_for(f"{address}/api/status")
        yield address
    finally:
        server.terminate()
        server.wait()


def _prepared(folder: Path) -> dict[str, str]:
    """The environment of a server that keeps everything in `folder`."""
    (folder / "notebooks").mkdir()
    for name, value in SETTINGS.items():
        path = folder / "settings" / "@jupyterlab" / f"{name}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(value))
    places = {
        "JUPYTERLAB_SETTINGS_DIR": "settings",
        "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
        "JUPYTER_CONFIG_DIR": "config",
        "JUPYTER_DATA_DIR": "data",
    }
    return {**os.environ, **{name: str(folder / place) for name, place in places.items()}}


def _jupyter(*words: str | dict[str, str]) -> subprocess.Popen:
    *command, environment = words
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    return subprocess.Popen([sys.executable, "-m", "jupyter", *command], env=environment, **quiet)


def _wait_for(address: str) -> None:
    deadline = time.monotonic() + START
    while True:
        try:
            urlopen(address).close()
            return
        except URLError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


@contextmanager
def opened(browser: Browser, address: str, notebook: str) -> Iterator[Page]:
    """A notebook in the browser, rendered; at the end nothing must have been complained of, or
    asked of another machine."""
    context = browser.new_context(viewport={"width": 1280, "height": 1000})
    page = context.new_page()
    said, asked = [], []
    page.on("console", lambda message: message.type == "error" and said.append(message.text))
    page.on("pageerror", lambda error: said.append(error.stack))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{address}/lab/tree/{notebook}?reset")
    page.wait_for_selector(".jp-Notebook .jp-CodeCell")
    _wait_for_splash(page)
    yield page
    abroad = [url for url in asked if not url.startswith((address, "data:", "blob:"))]
    assert not said and not abroad, (said, abroad)
    context.close()


def run_all(page: Page) -> None:
    """Run all cells and wait for the last."""
    page.wait_for_function("jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel")
    page.evaluate("jupyterapp.commands.execute('notebook:run-all-cells')")


def choose_theme(page: Page, theme: str) -> None:
    """`light` or `dark`."""
    name = f"JupyterLab {theme.capitalize()}"
    page.evaluate(f"jupyterapp.commands.execute('apputils:change-theme', {{theme: '{name}'}})")
    page.wait_for_selector(f"body[data-jp-theme-name='{name}']", state="attached")
    _wait_for_splash(page)


def _wait_for_splash(page: Page) -> None:
    """JupyterLab stumbles over its own splash screen where a theme is changed under it."""
    page.wait_for_selector("#jupyterlab-splash", state="detached")


def problems(page: Page) -> list[str]:
    """Tracebacks, messages on stderr, and outputs that could not be shown."""
    bad = page.locator(
        "[data-mime-type='application/vnd.jupyter.error'], "
        "[data-mime-type='application/vnd.jupyter.stderr'], .jupyter-widgets-disconnected"
    )
    return bad.all_inner_texts()
