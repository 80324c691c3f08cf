"""Where answers go: results to stdout, messages to stderr."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rich.console import Console
    from rich.status import Status


def show(result: Any, as_json: bool, **options: Any) -> None:
    """A result as text for people, or as one JSON document."""
    if as_json:
        show_json(result.to_dict())
    else:
        show_text(result, **options)


def show_json(document: Any) -> None:
    """One JSON document; a number that is none is an error of ours, never printed."""
    click.echo(json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False))


def show_text(*results: Any, **options: Any) -> None:
    """Results of one model, drawn by `text.parts`, with one footer."""
    from .. import text

    text.write(console(), *results, **options)


def console() -> Console:
    """Standard output: colours on a terminal that wants them, else plain text 80 columns wide."""
    from rich.console import Console

    from ..text import PLAIN, WIDTH

    return Console(width=None if sys.stdout.isatty() else WIDTH, **PLAIN)


def waiting(label: str) -> Status:
    """A sign of life on standard error, where that is a terminal, while nothing can tell how far
    an answer is."""
    from rich.console import Console

    return Console(stderr=True).status(label)


def save_picture(result: Any, picture: Path | None, **options: Any) -> None:
    """Draw a result into a file, where one is asked for."""
    if picture is not None:
        from .. import plots

        plots.save(result.plot(**options), picture)
        click.echo(f"wrote {picture}", err=True)
