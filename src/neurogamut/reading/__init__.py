"""A report is read: text becomes a case, with what was understood shown for a person to confirm.

From text to sentences with their sections, to words that the tables know, to findings that they
name, to what the words around make of them, to a case.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from .._version import __version__
from ..errors import KnowledgeBaseError
from ..knowledge.base import KnowledgeBase, default_root, read
from .reader import reader_of
from .understood import Mention, ReportReading, Tables, UnreadText

__all__ = ["Mention", "ReportReading", "Tables", "UnreadText", "base_of", "read_report"]


def read_report(text: str, base: KnowledgeBase | None = None) -> ReportReading:
    """A text as a case: age, sex and every finding that it names, each with its place and why.

    Nothing is stored, sent or logged. Raises KnowledgeBaseError where the tables are wrong.

    >>> read_report("27-year-old woman, tinnitus. No fever. Lesions of the splenium.").case
    {'age': 27, 'sex': 'female', 'hearing_loss': 'present', 'fever': 'absent', \
'corpus_callosum_lesions': 'present', 'brain_mri_abnormal': 'present'}
    """
    base = base or base_of(default_root())
    return reader_of(base).read(text, Tables(version=__version__, hash=base.hash))


@lru_cache(maxsize=4)
def base_of(root: Path) -> KnowledgeBase:
    """The knowledge base below a folder, for its words alone. Raises KnowledgeBaseError."""
    base, problems = read(root)
    if problems:
        raise KnowledgeBaseError(problems)
    return base
