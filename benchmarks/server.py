"""The HTTP interface under load: 8 connections, the real engine; latency, memory. Once with
patients who come again, whose findings have their plans, and once with new ones every time.

Run with other numbers of requests: python -m benchmarks.server 5000
"""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

import numpy as np

import neurogamut

CONNECTIONS = 8
REQUESTS = 100_000
RECURRING = 200
#: Requests before memory is first read: plans are cached, models warm.
WARM = 2_000
#: Most that memory may grow from then to the end.
GROWTH_MIB = 16


def run(progress: Callable[[str], None], requests: int = REQUESTS) -> list[dict]:
    """Rows for the latency of /v1/posterior, refusals and the growth of memory."""
    rows = []
    for patients in (RECURRING, requests):
        kind = f"{patients:,} patients"
        progress(kind)
        rows += served(kind, cases(WARM + patients), requests)
    return rows


def served(kind: str, bodies: list[bytes], requests: int) -> list[dict]:
    """Rows of one server. The first `WARM` bodies only warm it."""
    command = [sys.executable, "-m", "neurogamut.cli.main", "serve", "--port", "0", "--no-browser"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL, "text": True}
    with subprocess.Popen(command, **pipes) as server:
        try:
            port = int(re.search(r":(\d+)/", server.stdout.readline())[1])
            load(port, bodies[:WARM], WARM)
            before = resident_mib(server.pid)
            start = perf_counter()
            seconds, statuses = load(port, bodies[WARM:], requests)
            rate = requests / (perf_counter() - start)
            grown = resident_mib(server.pid) - before
        finally:
            server.terminate()
    return measured(kind, seconds, statuses, rate, grown)


def measured(
    kind: str, seconds: np.ndarray, statuses: Counter, rate: float, grown: float
) -> list[dict]:
    """What was measured, and what is to be reached."""
    work = f"POST /v1/posterior, {CONNECTIONS} connections, {len(seconds):,} requests, {kind}"
    median, late = (1000 * np.quantile(seconds, (0.5, 0.99))).tolist()
    failed = sum(count for status, count in statuses.items() if status != 200)
    return [
        {"work": f"{work}: median", "value": median, "unit": "ms", "reach": None},
        {"work": f"{work}: 99th percentile", "value": late, "unit": "ms", "reach": 50},
        {"work": f"{work}: rate", "value": rate, "unit": "1/s", "reach": None},
        {"work": f"{work}: not answered", "value": failed, "unit": "", "reach": 0},
        {"work": f"{work}: growth of memory", "value": grown, "unit": "MiB", "reach": GROWTH_MIB},
    ]


def cases(patients: int) -> list[bytes]:
    """Bodies of patients with 3 to 25 findings known, drawn with a seed."""
    rng = np.random.default_rng(0)
    findings = [f for f in neurogamut.load().base.findings if f.key != "age"]
    bodies = []
    for _ in range(patients):
        known = rng.choice(len(findings), rng.integers(3, 26), replace=False)
        case = {findings[i].key: str(rng.choice(findings[i].states)) for i in known}
        bodies.append(json.dumps({"age": int(rng.integers(1, 90)), **case}).encode())
    return bodies


def load(port: int, bodies: list[bytes], requests: int) -> tuple[np.ndarray, Counter]:
    """Seconds of each request and how often each status came."""
    return asyncio.run(_load(port, bodies, requests))


async def _load(port: int, bodies: list[bytes], requests: int) -> tuple[np.ndarray, Counter]:
    seconds, statuses, waiting = [], Counter(), iter(range(requests))

    async def connection() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for number in waiting:
            start = perf_counter()
            statuses[await _post(reader, writer, bodies[number % len(bodies)])] += 1
            seconds.append(perf_counter() - start)
        writer.close()

    await asyncio.gather(*(connection() for _ in range(CONNECTIONS)))
    return np.array(seconds), statuses


async def _post(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, body: bytes) -> int:
    """The status of one request on a connection that stays open. An HTTP library would cost more
    time than the server, in the process that measures it."""
    head = (
        "POST /v1/posterior HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n"
        f"content-length: {len(body)}\r\n\r\n"
    )
    writer.write(head.encode() + body)
    answer = await reader.readuntil(b"\r\n\r\n")
    await reader.readexactly(int(re.search(rb"content-length: (\d+)", answer)[1]))
    return int(answer.split(None, 2)[1])


def resident_mib(pid: int) -> float:
    """Resident memory of a process (Linux)."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024


if __name__ == "__main__":
    for row in run(print, int(sys.argv[1]) if len(sys.argv) > 1 else REQUESTS):
        print(row)
