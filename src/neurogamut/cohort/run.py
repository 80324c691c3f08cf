"""A cohort from file to file: block by block, by as many workers as there are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

from ..errors import UsageError
from ..results import ModelInfo
from .columns import bad_rows
from .formats import Format
from .parts import Done, Parts
from .scorer import Scorer
from .sources import Block, Source, open_source, readable
from .workers import Workers, in_order

#: Blocks under way for each worker, so that none waits for the disk.
AHEAD = 2


@dataclass(eq=False)
class Run:
    """Answers of the cases in `path`, to be written to `out`. With `skip`, rows that cannot be
    answered are left out; without, the first block that has one stops the run.

    Raises CaseError for columns that are no findings and UsageError for files that cannot be."""

    path: Path
    out: Path
    scorer_for: Callable[[Iterable[str]], Scorer]
    info: ModelInfo
    skip: bool = False
    source: Source = field(init=False)
    scorer: Scorer = field(init=False)
    parts: Parts = field(init=False)

    def __post_init__(self) -> None:
        if self.out.exists() and self.out.samefile(self.path):
            raise UsageError(f"{self.out}: is the table of cases itself; name another file")
        self.source = open_source(self.path)
        self.scorer = self.scorer_for(self.source.columns)
        self.parts = Parts(self.out, self._manifest())

    def blocks(self, workers: Workers) -> Iterator[Done]:
        """Each block as it is finished, first those that a broken run left behind. The output is
        there when the iterator ends. Raises CaseError for bad rows that are not to be skipped."""
        finished = self.parts.finished()
        for done in finished.values():
            yield self._accepted(done)
        scorer = workers.share(self.scorer)
        total = 0

        def missing() -> Iterator[tuple]:
            nonlocal total
            with readable(self.path):
                for number, block in enumerate(self.source.blocks()):
                    total = number + 1
                    if number not in finished:
                        yield scorer, self.parts.format, number, block

        for number, part, done in in_order(workers, AHEAD * workers.count, _answer, missing()):
            self.parts.add(number, part, self._accepted(done))
            yield done
        self.parts.join(total, self.scorer.columns)

    def _accepted(self, done: Done) -> Done:
        if done.bad and not self.skip:
            raise bad_rows(done.bad)
        return done

    def _manifest(self) -> dict[str, object]:
        """All that the answers depend on."""
        file = self.path.stat()
        return {
            "model": asdict(self.info),
            "input": str(self.path.resolve()),
            "bytes": file.st_size,
            "modified_ns": file.st_mtime_ns,
        }


def _answer(scorer: Scorer, form: Format, number: int, block: Block) -> tuple[int, bytes, Done]:
    """What a worker does with a block."""
    scored = scorer.score(block.table, block.numbers)
    bad = sorted((*scored.bad, *block.bad), key=lambda row: row.number)
    return number, form.part(scored.answers), Done(len(scored.answers), tuple(bad))
