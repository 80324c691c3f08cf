"""Who does the work: threads of this process, or the workers of an existing Dask cluster.

Threads, because numpy and Arrow compute outside Python's lock: they share one plan and start at
once.
"""

from __future__ import annotations

import logging
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import CancelledError, Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from ..errors import UsageError, WorkersLostError, needs

if TYPE_CHECKING:
    from distributed import Client

Result = TypeVar("Result")

#: Seconds to wait for a scheduler.
PATIENCE = 10
#: Seconds that workers which were lost have to come back.
RETURN = 60


@dataclass(frozen=True, eq=False)
class Workers:
    """`count` workers behind an executor. `share` hands them one copy of what every call needs;
    `wait` gives a call's answer, or raises WorkersLostError."""

    executor: Executor
    count: int
    share: Callable[[Any], Any]
    wait: Callable[[Future[Any]], Any] = Future.result


def in_order(
    workers: Workers, ahead: int, function: Callable[..., Result], calls: Iterable[tuple[Any, ...]]
) -> Iterator[Result]:
    """The answers to calls in their order. Calls are taken only as answers are collected: at most
    `ahead` are under way, so that memory stays flat."""
    waiting: deque[Future[Result]] = deque()
    for arguments in calls:
        waiting.append(workers.executor.submit(function, *arguments))
        if len(waiting) >= ahead:
            yield workers.wait(waiting.popleft())
    while waiting:
        yield workers.wait(waiting.popleft())


@contextmanager
def local(jobs: int) -> Iterator[Workers]:
    """So many threads, but no more than there are cores. Raises UsageError for less than one."""
    if jobs < 1:
        raise UsageError(f"jobs={jobs}: expected 1 or more")
    jobs = min(jobs, os.cpu_count() or 1)
    with ThreadPoolExecutor(jobs) as executor:
        yield Workers(executor, jobs, share=lambda value: value)


@contextmanager
def cluster(address: str) -> Iterator[Workers]:
    """The threads of a running Dask cluster, whose own messages are left out.

    Raises MissingExtraError where Dask is not installed, UsageError where no scheduler answers or
    it has no workers."""
    with needs("dask"):
        from distributed import Client
    try:
        client = Client(address, timeout=PATIENCE)
    except (OSError, ValueError) as error:
        raise UsageError(f"{address}: no Dask scheduler answers: {error}") from None
    for name in ("distributed", "distributed.client"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    with client:
        threads = sum(client.nthreads().values())
        if not threads:
            raise UsageError(f"{address}: the Dask scheduler has no workers")
        share, wait = partial(_share, client), partial(_wait, client)
        yield Workers(client.get_executor(), threads, share, wait)


@contextmanager
def _losing() -> Iterator[None]:
    """Whatever Dask raises where workers or the scheduler go away, as WorkersLostError."""
    with needs("dask"):
        from distributed import KilledWorker
        from distributed.comm.core import CommClosedError

    try:
        yield
    except (CancelledError, CommClosedError, KilledWorker, TimeoutError):
        raise WorkersLostError from None


def _share(client: Client, value: Any) -> Any:
    with _losing():
        client.wait_for_workers(1, RETURN)
        # Under a name of its own: a copy that went down with its workers may still be on record.
        scatter = partial(client.scatter, value, broadcast=True, hash=False, asynchronous=True)
        return client.sync(scatter, callback_timeout=RETURN)


def _wait(client: Client, future: Future[Any]) -> Any:
    """An answer, however long it takes, as long as somebody works."""
    idle = 0
    with _losing():
        while True:
            try:
                return future.result(PATIENCE)
            except TimeoutError:
                idle = 0 if _at_work(client) else idle + PATIENCE
                if client.status != "running" or not client.nthreads() or idle >= RETURN:
                    raise


def _at_work(client: Client) -> bool:
    """Whether a worker computes just now; one that does not answer is lost (TimeoutError)."""
    scheduler = client.scheduler
    if scheduler is None:
        return False
    return bool(client.sync(scheduler.call_stack, keys=None, callback_timeout=PATIENCE))
