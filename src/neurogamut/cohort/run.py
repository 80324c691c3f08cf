"""A cohort from file to file: block by block, by as many workers as there are."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

import pyarrow as pa

from ..errors import UsageError, WorkersLostError
from ..render.answer import ModelInfo
from .columns import bad_rows
from .formats import Format
from .parts import Done, Parts, Tell
from .readers import Content, RowBlock, Source, open_source, readable, suffix_of
from .row_settings import SettingsScorer
from .scorer import Scorer
from .workers import Workers, in_order

#: Blocks under way for each worker, so that none waits for the disk.
AHEAD = 2


@dataclass(eq=False)
class Run:
    """Answers of the cases in `path`, to be written to `out`. With `skip`, rows that cannot be
    answered are left out; without, the first block that has one stops the run. `tell` is told of
    work that has to be done again.

    Raises CaseError for columns that are no findings and UsageError for files that cannot be."""

    path: Path
    out: Path
    scorer_for: Callable[[Iterable[str]], Scorer | SettingsScorer]
    info: ModelInfo
    skip: bool = False
    tell: Tell = warnings.warn
    content: Content = field(init=False)
    source: Source = field(init=False)
    scorer: Scorer | SettingsScorer = field(init=False)
    parts: Parts = field(init=False)

    def __post_init__(self) -> None:
        if self.out.exists() and self.out.samefile(self.path):
            raise UsageError(f"{self.out}: is the table of cases itself; name another file")
        self.content = Content(self.path)
        self.source = open_source(self.path)
        self.scorer = self.scorer_for(self.source.columns)
        self.parts = Parts(self.out, self.tell)

    def blocks(self, workers: Workers) -> Iterator[Done]:
        """Each block as it is finished, first those that a broken run left behind. The output is
        there when the iterator ends. Raises CaseError for bad rows that are not to be skipped, and
        where the cases change meanwhile."""
        with self.parts.of(self._manifest()) as finished:
            for done in finished.values():
                yield self._accepted(done)
            told = set(finished)
            for number, done in self._until_joined(workers):
                if number not in told:
                    yield done
                told.add(number)

    def _until_joined(self, workers: Workers) -> Iterator[tuple[int, Done]]:
        """The blocks as they are finished; some twice, where work was lost."""
        at_loss = joined = None
        while not joined:
            try:
                yield from self._missing(workers)
            except WorkersLostError:
                if at_loss == self.parts.finished:
                    raise  # nothing came of another try
                at_loss = set(self.parts.finished)
                self.tell("the cluster lost workers; what they were at is computed again")
                continue
            self.content.require_unchanged()
            joined = self.parts.join(self.scorer.columns)

    def _missing(self, workers: Workers) -> Iterator[tuple[int, Done]]:
        """The blocks that are not finished, as they are."""
        scorer = workers.share(self.scorer)
        finished = frozenset(self.parts.finished)

        def calls() -> Iterator[tuple[Scorer | SettingsScorer, Format, int, RowBlock]]:
            with readable(self.path):
                for number, block in enumerate(self.source.blocks()):
                    if number not in finished:
                        yield scorer, self.parts.format, number, block

        for number, rows, done in in_order(workers, AHEAD * workers.count, _answer, calls()):
            self.content.require_untouched()
            self.parts.add(number, rows, self._accepted(done))
            yield number, done

    def _accepted(self, done: Done) -> Done:
        if done.bad and not self.skip:
            raise bad_rows(done.bad)
        return done

    def _manifest(self) -> dict[str, object]:
        """All that the answers depend on, and how they are cut into blocks."""
        return {
            "model": asdict(self.info),
            "input": suffix_of(self.path),
            "sha256": self.content.sha256,
            "columns": [*self.scorer.reader.findings, *self.scorer.reader.uncertain],
            "answers": list(self.scorer.columns),
            "pyarrow": pa.__version__,
        }


def _answer(
    scorer: Scorer | SettingsScorer, form: Format, number: int, block: RowBlock
) -> tuple[int, bytes, Done]:
    """What a worker does with a block."""
    scored = scorer.score(block.table, block.numbers)
    bad = sorted((*scored.bad, *block.bad), key=lambda row: row.number)
    answers = scored.answers
    return number, form.part(answers), Done(len(answers), tuple(bad), form.formulas(answers))
