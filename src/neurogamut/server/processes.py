"""Processes that answer, so that no question keeps another or the server itself waiting.

Python runs one thread at a time, and a thread cannot be stopped; a process can. Brief questions
have processes of their own. A question that takes longer than the limit is stopped with its
process, and so is one whose client has left, unless it is soon done. Another process takes its
place.
"""

from __future__ import annotations

import asyncio
import gc
import multiprocessing
import pickle
import signal
import socket
from collections.abc import Coroutine
from multiprocessing.process import BaseProcess
from typing import Any

from ..model import Model
from .exchange import Answered, Asked, exchange
from .limits import Limits
from .problems import Refusal

#: Processes for brief questions, and for all others.
BRIEF, OTHERS = 2, 2
#: Seconds that a question whose client has left may still take: less than a new process costs.
GRACE = 1.0
#: Seconds until a process that could not be started is tried again.
AGAIN = 1.0
LENGTH = 8


class Pool:
    """All processes. They start with the first question, or `start`."""

    def __init__(self, model: Model, limits: Limits):
        made = pickle.dumps((model, limits))
        self._lanes = {True: Lane(BRIEF, made, limits), False: Lane(OTHERS, made, limits)}

    async def __call__(self, asked: Asked) -> Answered:
        """The answer of one of them. Raises Refusal 503 or 504."""
        return await self._lanes[asked.is_brief].ask(asked)

    def start(self) -> None:
        """Start all, so that the first question need not wait."""
        for lane in self._lanes.values():
            lane.start()

    def stop(self) -> None:
        """End all."""
        for lane in self._lanes.values():
            lane.stop()


class Lane:
    """So many processes, each answering one question at a time."""

    def __init__(self, count: int, made: bytes, limits: Limits):
        self._count = count
        self._made = made
        self._limits = limits
        self._idle: asyncio.LifoQueue[Worker] = asyncio.LifoQueue()
        self._workers: set[Worker] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """Start the processes, once."""
        if not self._tasks and not self._workers:
            for _ in range(self._count):
                self._later(self._hire())

    def stop(self) -> None:
        """End the processes."""
        for task in self._tasks:
            task.cancel()
        for worker in self._workers:
            worker.kill()

    async def ask(self, asked: Asked) -> Answered:
        """The answer of the next process that is free."""
        self.start()
        worker = await self._free()
        answering = asyncio.ensure_future(worker.ask(asked))
        patience = GRACE
        try:
            async with asyncio.timeout(self._limits.seconds):
                await asyncio.wait({answering})
            return answering.result()
        except TimeoutError:
            patience = 0
            detail = f"stopped: no question may take longer than {self._limits.seconds:g} s"
            raise Refusal(504, detail) from None
        except (EOFError, ConnectionError):
            raise Refusal(503, "the process that answered came to an end; try again") from None
        finally:
            if _is_well(answering):
                self._idle.put_nowait(worker)
            else:
                self._later(self._release(worker, answering, patience))

    async def _free(self) -> Worker:
        try:
            async with asyncio.timeout(self._limits.seconds):
                return await self._idle.get()
        except TimeoutError:
            detail = f"no process became free within {self._limits.seconds:g} s; try again later"
            raise Refusal(503, detail, headers={"retry-after": "10"}) from None

    async def _release(
        self, worker: Worker, answering: asyncio.Future[Answered], patience: float
    ) -> None:
        """Back among the idle once it is done; replaced where that takes longer than `patience`."""
        await asyncio.wait({answering}, timeout=patience)
        if _is_well(answering):
            self._idle.put_nowait(worker)
            return
        answering.cancel()
        worker.kill()
        self._workers.discard(worker)
        await self._hire()

    async def _hire(self) -> None:
        """One more process, however often it takes."""
        while True:
            worker = Worker(self._made)
            self._workers.add(worker)
            try:
                await worker.start()
            except (EOFError, OSError):
                self._workers.discard(worker)
                worker.kill()
                await asyncio.sleep(AGAIN)
            else:
                self._idle.put_nowait(worker)
                return

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _is_well(answering: asyncio.Future[Answered]) -> bool:
    done = answering.done() and not answering.cancelled()
    return done and answering.exception() is None


class Worker:
    """A process, and the line to it."""

    def __init__(self, made: bytes) -> None:
        self._ours, self._theirs = socket.socketpair()
        self._process: BaseProcess = _context().Process(
            target=_work, args=(self._theirs, made), daemon=True
        )
        self._writer: asyncio.StreamWriter | None = None

    async def start(self) -> None:
        """Start it and wait until it can answer."""
        await asyncio.to_thread(self._process.start)
        self._theirs.close()
        self._reader, self._writer = await asyncio.open_connection(sock=self._ours)
        await _receive(self._reader)

    async def ask(self, asked: Asked) -> Answered:
        """Its answer. Raises EOFError where it comes to an end instead."""
        assert self._writer is not None
        await _send(self._writer, asked)
        return await _receive(self._reader)

    def kill(self) -> None:
        """End it at once."""
        if self._process.pid is not None:
            self._process.kill()
        self._theirs.close()
        (self._writer or self._ours).close()


def _context() -> Any:
    """Processes are forked from one that has imported everything, where there is such a thing."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([f"{__package__}.app"])
    return context


def _work(link: socket.socket, made: bytes) -> None:
    """What a process does, until the line is closed. Ctrl-C is for the server to see."""
    from .app import question_app

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    app = question_app(*pickle.loads(made))
    # The model lives as long as the process; looking through it for garbage takes tens of ms.
    gc.freeze()
    asyncio.run(_serve(link, app))


async def _serve(link: socket.socket, app: Any) -> None:
    reader, writer = await asyncio.open_connection(sock=link)
    try:
        await _send(writer, None)
        while True:
            await _send(writer, await exchange(app, await _receive(reader)))
    except (EOFError, ConnectionError):
        return


async def _send(writer: asyncio.StreamWriter, message: Any) -> None:
    made = pickle.dumps(message)
    writer.write(len(made).to_bytes(LENGTH) + made)
    await writer.drain()


async def _receive(reader: asyncio.StreamReader) -> Any:
    """Raises EOFError where the line is closed."""
    length = int.from_bytes(await reader.readexactly(LENGTH))
    return pickle.loads(await reader.readexactly(length))
