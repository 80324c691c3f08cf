"""Which release of the tables has which hash: priors/releases.toml."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

from ..errors import KnowledgeBaseError
from .tables import Problem

TABLE = "priors/releases.toml"


@dataclass(frozen=True)
class Release:
    """The version of the tables, the package that it came with, and its content hash."""

    tables: str
    package: str
    hash: str


def releases(root: Path) -> tuple[Release, ...]:
    """Oldest first; none where a folder of one's own holds no list.

    Raises KnowledgeBaseError where the list cannot be read."""
    if not (root / TABLE).is_file():
        return ()
    try:
        entries = tomllib.loads((root / TABLE).read_text("utf-8"))["release"]
        return tuple(Release(e["tables"], e["package"], e["hash"]) for e in entries)
    except (ValueError, KeyError, TypeError) as error:
        remedy = "give each [[release]] tables, package and hash"
        raise KnowledgeBaseError(
            [Problem(TABLE, 1, "release", "", f"cannot be read ({error})", remedy)]
        ) from None


def release_name(root: Path, content_hash: str) -> str:
    """`tables 2026.11`, or `unreleased tables` where no release has that hash."""
    named = {release.hash: f"tables {release.tables}" for release in releases(root)}
    return named.get(content_hash, "unreleased tables")


def is_released(root: Path, content_hash: str) -> bool:
    """Whether these tables were released, and so checked."""
    return any(release.hash == content_hash for release in releases(root))
