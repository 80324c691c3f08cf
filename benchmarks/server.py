"""The HTTP interface under load: 8 connections, the real engine; latency, memory. Once with
patients who come again, whose findings have their plans, and once with new ones every time; and the
page: how long all its panels take after a click.

Run with other numbers of requests: python -m benchmarks.server 5000
"""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from time import perf_counter

import numpy as np

import neurogamut
from neurogamut.cases.presets import presets

CONNECTIONS = 8
REQUESTS = 100_000
RECURRING = 200
#: Requests before memory is first read: plans are cached, models warm.
WARM = 10_000
#: Most that memory may grow from then to the end.
GROWTH_MIB = 16
CASE = '{"age": 20, "sex": "female", "corpus_callosum_lesions": "present"}'
#: Heavy questions, and bodies within 64 KiB that are laborious to read or to refuse.
STORM = 4 * [
    ("/v1/sensitivity/evppi?draws=10000", CASE),
    ("/v1/sensitivity/flip", CASE),
    ("/v1/posterior", json.dumps({f"seizure{i:04}": 1 for i in range(3500)})),
    ("/v1/posterior", '"' + '\\"' * 32_000),
]
HEALTHS = 300
#: What the page asks after a click, and how often the clicks of a patient are made.
PANELS = ["posterior", "explain", "next-tests"]
PANELS += [f"sensitivity/{name}" for name in ("uncertainty", "tornado", "findings")]
PATIENTS = 3


def run(progress: Callable[[str], None], requests: int = REQUESTS) -> list[dict]:
    """Rows for the latency of /v1/posterior, refusals and the growth of memory."""
    rows = []
    for patients in (RECURRING, requests):
        kind = f"{patients:,} patients"
        progress(kind)
        rows += under_load(kind, cases(WARM + patients), requests)
    progress("clicks")
    rows += clicks()
    progress("storm")
    return rows + storm()


def clicks() -> list[dict]:
    """Rows for how long all panels of the page take, of patients whose findings are clicked in one
    after another."""
    patients = [preset["case"] for preset in presets(neurogamut.load().base.root)]
    seconds = []
    with served() as (port, _):
        for number, case in enumerate(patients[: PATIENTS + 1]):
            for clicked in range(1, len(case) + 1):
                took = _all_panels(port, dict(list(case.items())[:clicked]))
                if number:  # the first patient warms the processes
                    seconds.append(took)
    median, late = (1000 * np.quantile(seconds, (0.5, 1.0))).tolist()
    return [
        {"work": "all panels after a click: median", "value": median, "unit": "ms", "reach": 500},
        {"work": "all panels after a click: longest", "value": late, "unit": "ms", "reach": None},
    ]


def _all_panels(port: int, case: dict) -> float:
    start = perf_counter()
    connection = _ask(port, "/v1/answers", json.dumps({"case": case, "ask": PANELS}))
    answers = [json.loads(line) for line in connection.getresponse().read().splitlines()]
    connection.close()
    assert all("answer" in answer for answer in answers) and len(answers) == len(PANELS)
    return perf_counter() - start


@contextmanager
def served() -> Iterator[tuple[int, int]]:
    """Port and process of a server."""
    command = [sys.executable, "-m", "neurogamut.cli.main", "serve", "--port", "0", "--no-browser"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL, "text": True}
    with subprocess.Popen(command, **pipes) as server:
        try:
            yield int(re.search(r":(\d+)/", server.stdout.readline())[1]), server.pid
        finally:
            server.terminate()


def under_load(kind: str, bodies: list[bytes], requests: int) -> list[dict]:
    """Rows of one server. The first `WARM` bodies only warm it."""
    with served() as (port, process):
        load(port, bodies[:WARM], WARM)
        before = resident_mib(process)
        start = perf_counter()
        seconds, statuses = load(port, bodies[WARM:], requests)
        rate = requests / (perf_counter() - start)
        grown = resident_mib(process) - before
    return measured(kind, seconds, statuses, rate, grown)


def storm() -> list[dict]:
    """A row for how long /healthz takes while heavy questions and slow bodies are asked."""
    with served() as (port, _):
        load(port, cases(1), WARM // 10)
        asking = [_ask(port, *question) for question in STORM]
        seconds = [_health(port) for _ in range(HEALTHS)]
        for connection in asking:
            connection.close()
    late = 1000 * float(np.quantile(seconds, 0.99))
    work = f"GET /healthz during {len(STORM)} heavy questions: 99th percentile"
    return [{"work": work, "value": late, "unit": "ms", "reach": 100}]


def _ask(port: int, path: str, body: str) -> HTTPConnection:
    connection = HTTPConnection("127.0.0.1", port)
    connection.request("POST", path, body, {"content-type": "application/json"})
    return connection


def _health(port: int) -> float:
    start = perf_counter()
    connection = HTTPConnection("127.0.0.1", port)
    connection.request("GET", "/healthz")
    connection.getresponse().read()
    connection.close()
    return perf_counter() - start


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
    """Resident memory of a process and all that it has started (Linux); what several share counts
    once for each."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    threads = Path(f"/proc/{pid}/task").glob("*/children")
    children = " ".join(path.read_text(encoding="ascii") for path in threads).split()
    own = int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024
    return own + sum(resident_mib(int(child)) for child in children)


if __name__ == "__main__":
    for row in run(print, int(sys.argv[1]) if len(sys.argv) > 1 else REQUESTS):
        print(row)
