"""Where answers go: results to stdout, messages to stderr."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..errors import UsageError
from ..progress import Progress

if TYPE_CHECKING:
    from rich.console import Console


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
    """Answers of one model, with one footer."""
    from ..render import text

    text.write(console(), *(result.sheet(**options) for result in results))


def write_text(path: Path, content: str) -> None:
    """A text file. Raises UsageError where it cannot be written."""
    try:
        path.write_text(content, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror}") from None


def write_csv(answer: Any, path: Path | None) -> None:
    """The table of an answer, where a file is named for it. Raises UsageError where it cannot be
    written."""
    if path is None:
        return
    try:
        answer.to_frame().to_csv(path, index=False)
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror}") from None
    click.echo(f"wrote {path}", err=True)


def console() -> Console:
    """Standard output: colours on a terminal that wants them, else plain text, 80 columns wide, or
    as many as COLUMNS has where these are fewer."""
    from rich.console import Console

    from ..render.text import PLAIN, WIDTH

    class Pipe(Console):
        """Tells the command that nobody reads on; rich would end the program as failed."""

        def on_broken_pipe(self) -> None:
            raise BrokenPipeError

    columns = os.environ.get("COLUMNS", "")
    width = min(WIDTH, int(columns)) if columns.isdecimal() and int(columns) else WIDTH
    return Pipe(width=None if sys.stdout.isatty() else width, **PLAIN)


@contextmanager
def progress(label: str) -> Iterator[Progress]:
    """A bar on standard error, where that is a terminal."""
    hidden = not sys.stderr.isatty()
    with click.progressbar(length=1000, label=label, file=sys.stderr, hidden=hidden) as bar:
        yield lambda share: bar.update(round(share * 1000) - bar.pos)


def save_picture(result: Any, picture: Path | None, **options: Any) -> None:
    """Draw a result into a file, where one is asked for."""
    if picture is not None:
        from ..render import charts

        charts.save(result.plot(**options), picture)
        click.echo(f"wrote {picture}", err=True)
