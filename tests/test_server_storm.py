"""Nobody is kept waiting: heavy questions, bodies made to be slow, clients that leave or stall."""

from __future__ import annotations

import json
import multiprocessing
import statistics
import time

import pytest

from neurogamut.server.body import require_shallow
from neurogamut.server.limits import Limits
from neurogamut.server.problems import Refusal
from neurogamut.server.processes import BRIEF, OTHERS
from support.serving import CASE, read, served, until

pytestmark = pytest.mark.slow

KEY, OTHER_KEY = "k" * 32, "o" * 32
NDJSON = {"content-type": "application/x-ndjson"}
HEAVY = "/v1/sensitivity/sobol?samples=10000"
#: Bodies within 64 KiB that once kept the server busy for many seconds.
UNKNOWN = json.dumps({f"seizure{i:04}": 1 for i in range(3500)})
ESCAPES = '"' + '\\"' * 32_000


def bearer(key: str) -> dict[str, str]:
    return {"authorization": f"Bearer {key}"}


def processes() -> set[int]:
    """Those that answer."""
    return {process.pid for process in multiprocessing.active_children()}


@pytest.fixture(scope="module")
def server(model):
    with served(model) as found:
        yield found


# -- others are answered --------------------------------------------------------------------------


def test_health_is_answered_within_100_ms_whatever_else_runs(server):
    """The median, as the machine may be busy with other things than this server."""
    storm = [(HEAVY, CASE), ("/v1/sensitivity/flip", CASE)] * 4
    storm += [("/v1/posterior", UNKNOWN), ("/v1/posterior", ESCAPES)] * 10
    seconds = []
    with server.asking(*storm):
        for _ in range(50):
            start = time.perf_counter()
            assert server.get("/healthz").status == 200
            seconds.append(time.perf_counter() - start)
            time.sleep(0.02)
    assert statistics.median(seconds) < 0.1, seconds


def test_a_brief_question_does_not_wait_for_heavy_ones(server):
    """Many more than there are processes."""
    with server.asking(*[(HEAVY, CASE)] * 20):
        assert server.post("/v1/posterior", CASE).status == 200
        assert server.post("/v1/explain", CASE).status == 200


@pytest.mark.parametrize(("body", "status"), [(UNKNOWN, 422), (ESCAPES, 400)])
def test_a_body_made_to_be_slow_is_refused_in_few_words(server, body, status):
    response = server.post("/v1/posterior", body)
    assert response.status == status and len(response.text) < 10_000


def test_many_mistakes_are_told_up_to_a_number(server):
    errors = json.loads(server.post("/v1/posterior", UNKNOWN).text)["errors"]
    assert errors[-1]["detail"] == "and 3480 more mistakes"
    assert errors[0]["nearest"] == ["seizures"] and len(errors) == 21


@pytest.mark.parametrize("text", [ESCAPES, '"\\' * 30_000, '"' * 60_001, '"' + "a\n" * 30_000])
def test_looking_for_depth_takes_one_pass(text):
    """Not timed: a second pass from each of 30,000 quotes would take a minute."""
    require_shallow(text)
    with pytest.raises(Refusal, match="deeper"):
        require_shallow("[" * 25 + text)


# -- limits that are told -------------------------------------------------------------------------


def test_a_question_that_takes_too_long_is_stopped_and_said(model):
    with served(model, Limits(seconds=1.5)) as server:
        assert json.loads(server.get("/v1/model").text)["limits"]["seconds"] == 1.5
        before = processes()
        stopped = server.post(HEAVY, CASE)
        assert stopped.status == 504
        assert "no question may take longer than 1.5 s" in json.loads(stopped.text)["detail"]
        until(lambda: len(before - processes()) == 1)


def test_a_line_of_a_batch_that_takes_too_long_does_not_stop_the_others(model):
    findings = [f for f in model.base.findings if f.states in ((), ("present", "absent"))]
    many = {finding.key: "present" for finding in findings[:40]}
    lines = "\n".join(map(json.dumps, [CASE, many, CASE]))
    with served(model, Limits(seconds=1.5)) as server:
        batch = server.post("/v1/posteriors?assume=coexisting", lines, NDJSON)
    first, stopped, last = map(json.loads, batch.text.splitlines())
    assert first["posterior"] == last["posterior"] and stopped["line"] == 2
    assert stopped["problem"]["status"] in (422, 504)


def test_the_question_of_a_client_that_left_is_stopped(server):
    until(lambda: len(processes()) == BRIEF + OTHERS)
    before = processes()
    with server.asking((HEAVY, CASE), (HEAVY, CASE)):
        time.sleep(4)  # a process that the test before stopped may still be starting
    until(lambda: len(before - processes()) == 2)
    assert server.post("/v1/next-tests", CASE).status == 200


def test_a_question_whose_client_left_while_it_waited_is_never_begun(server):
    with server.asking((HEAVY, CASE), (HEAVY, CASE)):
        time.sleep(0.2)
        before = processes()
        with server.asking(*[(HEAVY, CASE)] * 10):
            time.sleep(0.2)
    until(lambda: before - processes())
    assert server.post("/v1/next-tests", CASE).status == 200


def test_a_process_that_dies_is_replaced_and_said(model):
    with served(model) as server, server.asking((HEAVY, CASE)) as (connection,):
        time.sleep(0.5)
        for process in multiprocessing.active_children():
            process.kill()
        answer = read(connection)
        assert answer.status == 503 and "came to an end" in answer.text
        until(lambda: server.post("/v1/posterior", CASE).status == 200)


# -- slow and silent clients ----------------------------------------------------------------------


def test_bodies_that_do_not_come_keep_nobody_waiting_and_are_given_up(model):
    head = (
        "POST /v1/posterior HTTP/1.1",
        "host: localhost",
        "content-type: application/json",
        "content-length: 100",
        "",
        "{",
    )
    with served(model, Limits(patience=1.5)) as server:
        silent = [server.raw(*head) for _ in range(100)]
        assert server.post("/v1/posterior", CASE).status == 200
        assert server.get("/healthz").status == 200
        for connection in silent:
            assert b" 408 " in connection.recv(20)
            connection.close()


@pytest.mark.parametrize("lines", [(), ("GET /healthz HTTP/1.1", "host: localhost", "x: ")])
def test_a_connection_without_a_whole_header_is_closed(model, lines):
    with served(model, Limits(patience=0.3)) as server:
        with server.raw(*lines) as silent:
            assert silent.recv(1) == b""
        with server.raw("GET /healthz HTTP/1.1", "host: localhost", "", "") as whole:
            assert whole.recv(12) == b"HTTP/1.1 200"
            whole.sendall(b"GET /healthz HTTP/1.1\r\nhost: ")
            while whole.recv(4096):
                pass


def test_a_batch_that_falls_silent_is_given_up_in_words(model):
    head = (
        "POST /v1/posteriors HTTP/1.1",
        "host: localhost",
        "content-type: application/x-ndjson",
        "transfer-encoding: chunked",
        "",
        "c",
        '{"age": 30}\n',
        "",
    )
    with served(model, Limits(idle=1)) as server:
        connection = server.raw(*head)
        found = b""
        while piece := connection.recv(65536):
            found += piece
            if b'"status": 408' in found:
                break
        connection.close()
    assert b'{"line": 1' in found and b'"status": 408' in found


def test_too_many_heavy_questions_leave_the_brief_ones_their_places(model):
    with served(model, Limits(at_once=2)) as server, server.asking((HEAVY, CASE), (HEAVY, CASE)):
        until(lambda: server.post(HEAVY, CASE).status == 503)
        assert server.post("/v1/posterior", CASE).status == 200


# -- keys -----------------------------------------------------------------------------------------


def test_wrong_keys_are_throttled_and_right_ones_are_not(model):
    with served(model, keys=(KEY,)) as server:
        statuses = [
            server.get("/v1/model", bearer(f"wrong{number:027}")).status for number in range(40)
        ]
        assert statuses[:10] == [401] * 10 and 429 in statuses
        assert server.get("/v1/model", bearer(KEY)).status == 200
        assert server.get("/v1/model").status == 401


def test_a_batch_counts_by_its_lines(model):
    """Of 30 tokens a batch takes what is above the half, at ten lines each; then it waits."""
    limits = Limits(rate=0.001, burst=30)
    with served(model, limits, keys=(KEY, OTHER_KEY)) as server:
        connection = server.connect()
        lines = '{"age": 30}\n' * 1000
        connection.request("POST", "/v1/posteriors", lines, NDJSON | bearer(KEY))
        answered = connection.getresponse()
        numbers = [json.loads(answered.readline())["line"] for _ in range(192)]
        assert numbers == list(range(1, 193))
        connection.close()
        statuses = [server.get("/v1/model", bearer(KEY)).status for _ in range(20)]
        assert statuses[:8] == [200] * 8 and statuses[-1] == 429
        assert server.get("/v1/model", bearer(OTHER_KEY)).status == 200
