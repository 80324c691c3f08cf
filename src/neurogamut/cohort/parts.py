"""The finished blocks of a run, kept beside its output until all are there.

A run that broke off goes on from them, if it asks the same of the same file. The output appears
only when it is complete.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO

from ..errors import UsageError
from .columns import BadRow
from .formats import format_of

MANIFEST = "manifest.json"


@dataclass(frozen=True)
class Done:
    """A block that is finished: how many rows were answered, and which could not be."""

    answered: int
    bad: tuple[BadRow, ...]


class Parts:
    """The folder OUT.parts. `manifest` says all that the answers depend on.

    Raises UsageError where the output's folder is missing or something else has that name."""

    def __init__(self, out: Path, manifest: Mapping[str, Any]):
        self.out = out
        self.format = format_of(out)
        self.folder = out.with_name(f"{out.name}.parts")
        if not out.parent.is_dir():
            raise UsageError(f"{out}: there is no folder {out.parent}")
        self._begin(json.dumps(manifest, indent=1, sort_keys=True))

    def _begin(self, manifest: str) -> None:
        """Keep the parts of the same run; remove those of another."""
        path = self.folder / MANIFEST
        if path.is_file():
            if path.read_text(encoding="utf-8") == manifest:
                return
            shutil.rmtree(self.folder)
        elif self.folder.exists():
            raise UsageError(f"{self.folder}: is in the way; it is not from an earlier run")
        self.folder.mkdir()
        with _whole(path) as file:
            file.write(manifest.encode())

    def finished(self) -> dict[int, Done]:
        """The blocks that an earlier run finished, by number."""
        notes = sorted(self.folder.glob("[0-9]*.json"))
        return {int(path.stem): _read_note(path) for path in notes}

    def add(self, number: int, part: bytes, done: Done) -> None:
        """A block is finished once its note is there."""
        with _whole(self._path(number, "part")) as file:
            file.write(part)
        with _whole(self._path(number, "json")) as file:
            file.write(json.dumps(asdict(done)).encode())

    def join(self, count: int, columns: Sequence[str]) -> None:
        """Write the output from so many parts, and remove them."""
        with _whole(self.out) as file:
            self.format.join([self._path(i, "part") for i in range(count)], columns, file)
        shutil.rmtree(self.folder)

    def _path(self, number: int, suffix: str) -> Path:
        return self.folder / f"{number:06}.{suffix}"


def _read_note(path: Path) -> Done:
    found = json.loads(path.read_text(encoding="utf-8"))
    bad = (BadRow(b["number"], b["identifier"], tuple(b["messages"])) for b in found["bad"])
    return Done(found["answered"], tuple(bad))


@contextmanager
def _whole(path: Path) -> Iterator[BinaryIO]:
    """A file that appears complete or not at all."""
    unfinished = path.with_name(f"{path.name}.unfinished")
    with unfinished.open("wb") as file:
        yield file
    unfinished.replace(path)
