"""The finished blocks of a run, kept beside its output until all are there.

A run that broke off goes on from them, if it asks the same of the same cases. One run at a time has
an output. A part begins with the checksum of all that follows; it is on the disk before it counts,
and checked whenever it is read. The output appears only when it is complete.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO

from filelock import FileLock, Timeout

from ..errors import UsageError
from .columns import BadRow
from .formats import format_of

MANIFEST, LOCK = "manifest.json", "lock"
#: The names of all that a run writes into its folder.
OURS = re.compile(rf"(\d+\.part|{re.escape(MANIFEST)})(\.unfinished)?|{LOCK}")

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Done:
    """A block that is finished: how many rows were answered, which could not be, and how many ids a
    spreadsheet takes for formulas."""

    answered: int
    bad: tuple[BadRow, ...]
    formulas: int


class Damaged(Exception):
    """A part that is not as it was written."""


class Parts:
    """The folder OUT.parts. `tell` is told what of an earlier run is not used.

    Raises UsageError where the output's folder is missing."""

    def __init__(self, out: Path, tell: Tell):
        self.out = out
        self.tell = tell
        self.format = format_of(out)
        self.folder = out.with_name(f"{out.name}.parts")
        self.finished: set[int] = set()
        if not out.parent.is_dir():
            raise UsageError(f"{out}: there is no folder {out.parent}")

    @contextmanager
    def of(self, manifest: Mapping[str, Any]) -> Iterator[dict[int, Done]]:
        """The blocks that an earlier run with this manifest finished, by number; no other run can
        have the output meanwhile. `manifest` says all that the answers depend on.

        Raises UsageError where another run has it or something else has the folder's name."""
        self._make_folder()
        try:
            with FileLock(self.folder / LOCK, blocking=False):
                self._begin(json.dumps(manifest, indent=1, sort_keys=True).encode())
                yield self._check()
                if not (self.folder / MANIFEST).exists():
                    self._leave()
        except Timeout:
            raise UsageError(f"{self.out}: another run is writing it") from None

    def add(self, number: int, rows: bytes, done: Done) -> None:
        """A block is finished."""
        part = json.dumps(asdict(done)).encode() + b"\n" + rows
        with _whole(self._path(number)) as file:
            file.write(_checksum(part) + b"\n" + part)
        self.finished.add(number)

    def join(self, columns: Sequence[str]) -> bool:
        """Write the output from all parts and remove them; False where one was damaged, so that it
        has to be finished again."""
        try:
            with _whole(self.out) as file:
                parts = (self._read(number)[1] for number in sorted(self.finished))
                self.format.join(parts, columns, file)
        except Damaged:
            self._check()
            return False
        self._remove()
        return True

    def _make_folder(self) -> None:
        if self.folder.is_dir():
            names = [path.name for path in self.folder.iterdir()]
            if MANIFEST in names or all(map(OURS.fullmatch, names)):
                return
        try:
            self.folder.mkdir()
        except FileExistsError:
            raise UsageError(f"{self.folder}: is in the way; no run has made it") from None

    def _begin(self, manifest: bytes) -> None:
        """Remove the parts of another run."""
        path = self.folder / MANIFEST
        earlier = path.read_bytes() if path.is_file() else None
        if earlier == manifest:
            return
        if earlier is not None:
            self.tell(f"{self.folder}: of other cases, model or libraries; begun anew")
        self._remove()
        with _whole(path) as file:
            file.write(manifest)

    def _check(self) -> dict[int, Done]:
        """The parts that are as they were written."""
        found = {}
        for number in sorted(int(path.stem) for path in self.folder.glob("*.part")):
            try:
                found[number], _ = self._read(number)
            except Damaged:
                self.tell(f"{self._path(number)}: damaged; its rows are computed again")
        self.finished = set(found)
        return found

    def _read(self, number: int) -> tuple[Done, bytes]:
        """A part's note and rows. Raises Damaged."""
        try:
            checksum, _, part = self._path(number).read_bytes().partition(b"\n")
        except OSError:
            raise Damaged from None
        if checksum != _checksum(part):
            raise Damaged
        note, _, rows = part.partition(b"\n")
        found = json.loads(note)
        bad = (BadRow(b["number"], b["identifier"], tuple(b["messages"])) for b in found["bad"])
        return Done(found["answered"], tuple(bad), found["formulas"]), rows

    def _remove(self) -> None:
        """All parts; the manifest last, which says whose they are."""
        for path in sorted(self.folder.iterdir()):  # digits sort before letters
            if path.name != LOCK and OURS.fullmatch(path.name):
                path.unlink()

    def _leave(self) -> None:
        """Remove the folder, unless something else is in it. Who waits for the lock sees that it is
        gone; Windows removes neither while they are open."""
        with suppress(OSError):
            (self.folder / LOCK).unlink()
            self.folder.rmdir()

    def _path(self, number: int) -> Path:
        return self.folder / f"{number:06}.part"


def _checksum(part: bytes) -> bytes:
    return sha256(part).hexdigest().encode()


@contextmanager
def _whole(path: Path) -> Iterator[BinaryIO]:
    """A file that is on the disk complete or not at all. Raises OSError with its name."""
    unfinished = path.with_name(f"{path.name}.unfinished")
    try:
        with unfinished.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
        _sync_names(path.parent)
    except OSError as error:
        error.filename = error.filename or str(path)
        raise
    finally:
        unfinished.unlink(missing_ok=True)


def _sync_names(folder: Path) -> None:
    """A file's name is on the disk only when its folder is; Windows opens no folders."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
