"""The snippets and commands of the documents, as a reader would copy them."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

#: A comment that begins so, before a block, says why no test can run it.
NOT_RUN = "<!-- not run:"
#: How a block of the shell is fenced, if it is not indented.
SHELLS = ("", "sh", "bash", "shell")
FOLDERS = (".", "docs", "docs/how_to", "docs/reference", "cpts", "priors", "examples", "validation")


def pages(root: Path) -> list[Path]:
    """Every document of the repository."""
    return [page for folder in FOLDERS for page in sorted((root / folder).glob("*.md"))]


def snippets(page: str) -> list[tuple[int, str, bool]]:
    """The blocks of Python: the line it starts on, the code, and whether it is a session (`>>>`)
    that shows what is printed."""
    found = [block for block in _blocks(page) if block.info in ("python", "pycon")]
    return [(block.map[0] + 1, block.content, block.info == "pycon") for block in found]


def shell_lines(page: str) -> list[str]:
    """Every line that may be typed into a shell, continued ones joined, without comments; and the
    commands of ours inside a sentence or a table. Each stands once."""
    lines = []
    for block in _blocks(page):
        if block.info in SHELLS:
            lines += block.content.replace("\\\n", " ").splitlines()
    lines += [code for code in _inline_code(page) if code.startswith("neurogamut ")]
    return list(dict.fromkeys(filter(None, (" ".join(_words(line)) for line in lines))))


def words(line: str) -> list[str]:
    """The words of a command, as a shell would split it."""
    return shlex.split(line)


def _words(line: str) -> list[str]:
    """The words of a line as typed, quotes kept, without what follows a `#`."""
    lexer = shlex.shlex(line, posix=False, punctuation_chars=False)
    lexer.whitespace_split, lexer.commenters = True, "#"
    try:
        return list(lexer)
    except ValueError:  # prose, with an apostrophe
        return []


def _blocks(page: str) -> Iterator[Token]:
    tokens = MarkdownIt("commonmark").parse(page)
    for before, token in zip([None, *tokens], tokens, strict=False):
        excused = before and before.type == "html_block" and before.content.startswith(NOT_RUN)
        if token.type in ("fence", "code_block") and not excused:
            yield token


def _inline_code(page: str) -> Iterator[str]:
    for token in MarkdownIt("commonmark").enable("table").parse(page):
        yield from (c.content for c in token.children or () if c.type == "code_inline")
