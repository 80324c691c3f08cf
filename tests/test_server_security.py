"""Who is answered, how much is taken on, what is told to browsers and what is never logged."""

from __future__ import annotations

import json
import logging
import re
import subprocess
import sys
import threading

import pytest
from starlette.testclient import TestClient

import neurogamut as ng
from neurogamut.errors import UsageError
from neurogamut.server.app import create_app
from neurogamut.server.limits import Limits, Rate
from neurogamut.server.problems import Refusal
from neurogamut.server.security import is_loopback, read_keys, require_keys_elsewhere
from neurogamut.server.static import PAGE

CASE = {"age": 20, "seizures": "present"}
KEY, OTHER_KEY = "k" * 32, "o" * 32


def client_of(model, **options) -> TestClient:
    return TestClient(
        create_app(model, **options), base_url="http://localhost", raise_server_exceptions=False
    )


def bearer(key: str) -> dict[str, str]:
    return {"authorization": f"Bearer {key}"}


# -- where ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.7", "::1", "localhost"])
def test_loopback_needs_no_key(host):
    assert is_loopback(host)
    require_keys_elsewhere(host, ())


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "hospital.example", ""])
def test_elsewhere_needs_a_key(host):
    with pytest.raises(UsageError, match="NEUROGAMUT_API_KEYS"):
        require_keys_elsewhere(host, ())
    require_keys_elsewhere(host, (KEY,))


@pytest.mark.slow
def test_the_command_refuses_to_open_without_a_key():
    command = [sys.executable, "-m", "neurogamut.cli.main", "serve", "--host", "0.0.0.0"]
    found = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert found.returncode == 2
    assert "NEUROGAMUT_API_KEYS" in found.stderr


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "", "[", "0.0.0.0"])
def test_other_host_names_are_refused(model, host):
    assert client_of(model).get("/healthz", headers={"host": host}).status_code == 400


@pytest.mark.parametrize("host", ["localhost:8000", "127.0.0.1", "[::1]:8000", "LOCALHOST"])
def test_its_own_names_are_answered(model, host):
    assert client_of(model).get("/healthz", headers={"host": host}).status_code == 200


# -- keys -----------------------------------------------------------------------------------------


def test_keys_are_read_from_the_variable_and_from_a_file(tmp_path):
    file = tmp_path / "keys"
    file.write_text(f"{OTHER_KEY}\n\n{KEY}\n")
    assert read_keys(file, {"NEUROGAMUT_API_KEYS": f" {KEY} ,"}) == (KEY, OTHER_KEY)
    assert read_keys(None, {}) == ()
    with pytest.raises(UsageError, match="cannot be read"):
        read_keys(tmp_path / "none", {})
    with pytest.raises(UsageError, match="shorter"):
        read_keys(None, {"NEUROGAMUT_API_KEYS": "short"})


@pytest.mark.parametrize("headers", [{}, bearer("wrong" * 8), {"authorization": KEY}, bearer("é")])
def test_without_its_key_no_question_is_answered(model, headers):
    client = client_of(model, keys=(KEY,))
    headers = {name: value.encode() for name, value in headers.items()}
    for response in (
        client.post("/v1/posterior", json=CASE, headers=headers),
        client.get("/v1/findings", headers=headers),
        client.get("/v1/nothing", headers=headers),
    ):
        assert response.status_code == 401
        assert response.headers["www-authenticate"] == "Bearer"


def test_with_a_key_questions_are_answered(model):
    client = client_of(model, keys=(KEY, OTHER_KEY))
    for key in (KEY, OTHER_KEY):
        assert client.post("/v1/posterior", json=CASE, headers=bearer(key)).status_code == 200
    assert client.get("/healthz").status_code == 200


# -- how much -------------------------------------------------------------------------------------


def test_a_key_that_asks_too_often_is_refused_and_another_is_not(model):
    client = client_of(model, keys=(KEY, OTHER_KEY), limits=Limits(rate=0.01, burst=2))
    asked = [client.get("/v1/model", headers=bearer(KEY)) for _ in range(3)]
    assert [response.status_code for response in asked] == [200, 200, 429]
    assert int(asked[-1].headers["retry-after"]) >= 1
    assert client.get("/v1/model", headers=bearer(OTHER_KEY)).status_code == 200


def test_a_key_is_answered_again_after_a_while():
    now = [0.0]
    rate = Rate(Limits(rate=2, burst=1), clock=lambda: now[0])
    rate.spend(KEY)
    with pytest.raises(Refusal):
        rate.spend(KEY)
    now[0] = 0.5
    rate.spend(KEY)


def test_a_full_server_says_so_and_recovers(model, monkeypatch):
    client = client_of(model, limits=Limits(at_once=1))
    entered, leave = threading.Event(), threading.Event()
    answer = model.posterior(CASE)

    def slow(*_):
        entered.set()
        leave.wait(10)
        return answer

    monkeypatch.setattr(ng.Model, "posterior", slow)
    asking = threading.Thread(target=client.post, args=("/v1/posterior",), kwargs={"json": CASE})
    asking.start()
    assert entered.wait(10)
    refused = client.post("/v1/posterior", json=CASE)
    health = client.get("/healthz")
    leave.set()
    asking.join()
    assert refused.status_code == 503 and refused.headers["retry-after"] == "1"
    assert health.status_code == 200
    assert client.post("/v1/posterior", json=CASE).status_code == 200


# -- what browsers are told -----------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/", "/v1/model", "/v1/nothing", "/healthz"])
def test_every_answer_carries_the_headers(model, path):
    headers = client_of(model).get(path).headers
    assert headers["content-security-policy"].startswith("default-src 'self';")
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == ("no-store" if path.startswith("/v1") else "no-cache")


def test_no_other_origin_is_let_in(model):
    ask = {"origin": "https://evil.example", "access-control-request-method": "POST"}
    client = client_of(model)
    for response in (
        client.options("/v1/posterior", headers=ask),
        client.post("/v1/posterior", json=CASE, headers=ask),
    ):
        assert not [name for name in response.headers if name.startswith("access-control")]
    assert client.options("/v1/posterior", headers=ask).status_code == 405


def test_the_page_asks_nobody_else():
    """No address of another host is loaded; links that a reader clicks are another matter."""
    loads = re.compile(r"""(?:src=|@import|url\(|fetch\(|from )\s*["'`]?(?:https?:)?//""")
    for file in PAGE.rglob("*"):
        if file.suffix in (".html", ".js", ".css", ".svg"):
            assert not loads.search(file.read_text(encoding="utf-8")), file


@pytest.mark.slow
def test_modules_have_the_type_that_browsers_run(model):
    client = client_of(model)
    for file in PAGE.rglob("*.js"):
        response = client.get(f"/{file.relative_to(PAGE).as_posix()}")
        assert response.headers["content-type"].startswith("text/javascript")


# -- what is logged -------------------------------------------------------------------------------


def logged_by_the_server(caplog) -> str:
    """All records but those of the client, which logs the addresses that it asks."""
    return "\n".join(r.getMessage() for r in caplog.records if not r.name.startswith("httpx"))


def test_no_finding_is_logged(model, caplog, monkeypatch):
    client = client_of(model)
    lines = {"content": json.dumps(CASE), "headers": {"content-type": "application/x-ndjson"}}
    with caplog.at_level(logging.DEBUG):
        client.post("/v1/posterior", json=CASE)
        client.post("/v1/posterior", json={"seizures": "presnt"})
        client.post("/v1/explain?disease=susac", json=CASE)
        client.get("/v1/cell/seizures/susac")
        client.get("/seizures")
        client.post("/v1/posteriors", **lines)
        monkeypatch.setattr(ng.Model, "posterior", lambda *_: 1 / 0 * CASE["seizures"])
        failed = client.post("/v1/posterior", json=CASE)
    assert failed.status_code == 500 and "seizures" not in failed.text
    logged = logged_by_the_server(caplog)
    assert "POST /v1/posterior 200" in logged and "ZeroDivisionError" in logged
    assert not re.search("seizures|susac|presnt", logged), logged


def test_files_of_the_page_are_logged_by_name(model, caplog):
    client = client_of(model)
    with caplog.at_level(logging.INFO):
        client.get("/main.js")
        client.head("/")
        client.get("/none.js")
    said = re.findall(r"^(.*) [\d.]+ ms$", logged_by_the_server(caplog), re.MULTILINE)
    assert said == ["GET /main.js 200", "HEAD / 200", "GET no route 404"]


def test_a_failure_does_not_quote_what_caused_it(model, caplog, monkeypatch):
    def fail(*_):
        raise ValueError("seizures=present")

    monkeypatch.setattr(ng.Model, "posterior", fail)
    response = client_of(model).post("/v1/posterior", json=CASE)
    assert response.status_code == 500
    assert "seizures" not in response.text
    assert "ValueError" in logged_by_the_server(caplog)
    assert "seizures" not in logged_by_the_server(caplog)


def test_importing_the_package_imports_no_server():
    server = "{'fastapi', 'starlette', 'uvicorn'}"
    code = f"import sys, neurogamut; print(sorted({server} & set(sys.modules)))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert found.stdout.strip() == "[]"
