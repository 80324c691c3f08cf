"""The command that serves the HTTP interface and the page."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import click

from ..errors import needs
from ..model import Model
from .shared_options import takes_model


@click.command()
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    help="Where to listen. Other machines reach it only with API keys.",
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8000,
    show_default=True,
    help="0 takes a free one.",
)
@click.option("--no-browser", is_flag=True, help="Do not open the page.")
@click.option(
    "--api-keys",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="API keys, one a line, beside those of NEUROGAMUT_API_KEYS.",
)
@click.option(
    "--name",
    "names",
    multiple=True,
    metavar="HOST",
    help="A host name that the server is called by, beside --host.",
)
@takes_model
def serve(
    model: Model,
    host: str,
    port: int,
    no_browser: bool,
    api_keys: Path | None,
    names: tuple[str, ...],
) -> None:
    """Serve the HTTP interface and a page to read cases with.

    Everything stays on this machine: nothing about a case is stored, logged or sent elsewhere.
    """
    with needs("server"):
        from ..server.launch import run
    with suppress(KeyboardInterrupt):  # how it is meant to end
        run(model, host, port, api_keys, names, browse=not no_browser)


commands = {"serve": serve}
