"""What a shell offers for the word that is being typed: keys, states and settings of the tables.

Reads only the tables that it needs; a mistake in them offers nothing."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from pathlib import Path

import click
from click.shell_completion import CompletionItem

from ..knowledge.base import default_root

Completion = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]


def diseases(ctx: click.Context, param: click.Parameter, typed: str) -> list[CompletionItem]:
    """Keys of diseases, with their labels."""
    return _keys(ctx, "priors/diseases.csv", typed)


def findings(ctx: click.Context, param: click.Parameter, typed: str) -> list[CompletionItem]:
    """Keys of findings, with their labels."""
    return _keys(ctx, "cpts/findings.csv", typed)


def tests(ctx: click.Context, param: click.Parameter, typed: str) -> list[CompletionItem]:
    """Keys of tests, with their labels."""
    rows = _rows(ctx, "priors/tests.csv")
    return [CompletionItem(r["test"], help=r["label"]) for r in rows if r["test"].startswith(typed)]


def settings(ctx: click.Context, param: click.Parameter, typed: str) -> list[CompletionItem]:
    """The settings."""
    names = (path.stem for path in sorted((_root(ctx) / "priors" / "settings").glob("*.csv")))
    return [CompletionItem(name) for name in names if name.startswith(typed)]


def assignments(ctx: click.Context, param: click.Parameter, typed: str) -> list[CompletionItem]:
    """`KEY=STATE`: first the key, then its states."""
    key, equals, state = typed.partition("=")
    if not equals:
        return [
            CompletionItem(f"{item.value}=", help=item.help) for item in findings(ctx, param, key)
        ]
    rows = _rows(ctx, "cpts/findings.csv")
    states = next((row["states"] for row in rows if row["key"] == key), "")
    return [
        CompletionItem(f"{key}={known}") for known in states.split("|") if known.startswith(state)
    ]


def files(ctx: click.Context, param: click.Parameter, typed: str) -> list[CompletionItem]:
    """Files, which the shell knows."""
    return [CompletionItem(typed, type="file")]


def words(*known: str) -> Completion:
    """A completion of a few words."""

    def complete(_: click.Context, __: click.Parameter, typed: str) -> list[CompletionItem]:
        return [CompletionItem(word) for word in known if word.startswith(typed)]

    return complete


def _keys(ctx: click.Context, table: str, typed: str) -> list[CompletionItem]:
    rows = _rows(ctx, table)
    return [CompletionItem(r["key"], help=r["label"]) for r in rows if r["key"].startswith(typed)]


def _rows(ctx: click.Context, table: str) -> Iterator[dict[str, str]]:
    try:
        with (_root(ctx) / table).open(encoding="utf-8-sig", newline="") as file:
            yield from csv.DictReader(file)
    except (OSError, UnicodeDecodeError):
        return


def _root(ctx: click.Context) -> Path:
    """The folder of --knowledge, where it is typed already, or the package's own."""
    return Path(ctx.params.get("knowledge") or default_root())
