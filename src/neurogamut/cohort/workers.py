"""Who does the work: threads of this process, or the workers of an existing Dask cluster.

Threads, because numpy and Arrow compute outside Python's lock: they share one plan and start at
once.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from ..errors import MissingExtraError, UsageError

Answer = TypeVar("Answer")

#: Seconds to wait for a scheduler.
PATIENCE = 10


@dataclass(frozen=True, eq=False)
class Workers:
    """`count` workers behind an executor. `share` hands them one copy of what every call needs."""

    executor: Executor
    count: int
    share: Callable[[Any], Any]


def in_order(
    workers: Workers, ahead: int, function: Callable[..., Answer], calls: Iterable[tuple]
) -> Iterator[Answer]:
    """The answers to calls in their order. Calls are taken only as answers are collected: at most
    `ahead` are under way, so that memory stays flat."""
    waiting = deque()
    for arguments in calls:
        waiting.append(workers.executor.submit(function, *arguments))
        if len(waiting) >= ahead:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


@contextmanager
def local(jobs: int) -> Iterator[Workers]:
    """So many threads. Raises UsageError for less than one."""
    if jobs < 1:
        raise UsageError(f"jobs={jobs}: expected 1 or more")
    with ThreadPoolExecutor(jobs) as executor:
        yield Workers(executor, jobs, share=lambda value: value)


@contextmanager
def cluster(address: str) -> Iterator[Workers]:
    """The threads of a running Dask cluster.

    Raises MissingExtraError where Dask is not installed, UsageError where no scheduler answers or
    it has no workers."""
    try:
        from distributed import Client
    except ModuleNotFoundError:
        raise MissingExtraError("dask", "dask") from None
    try:
        client = Client(address, timeout=PATIENCE)
    except (OSError, ValueError) as error:
        raise UsageError(f"{address}: no Dask scheduler answers: {error}") from None
    with client:
        threads = sum(client.nthreads().values())
        if not threads:
            raise UsageError(f"{address}: the Dask scheduler has no workers")
        share = partial(client.scatter, broadcast=True)
        yield Workers(client.get_executor(), threads, share)
