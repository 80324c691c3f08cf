"""Several questions in one request, compressed answers, and pages that a browser keeps."""

from __future__ import annotations

import gzip
import json
import re

import pytest
from fastapi.testclient import TestClient

import neurogamut as ng
from neurogamut.server.app import create_app
from neurogamut.server.limits import DEFAULT
from support.serving import CASE, JSON, served, until

ASKED = ["posterior", "explain?disease=nmosd", "sensitivity/findings"]


@pytest.fixture(scope="module")
def client(model: ng.Model) -> TestClient:
    return TestClient(create_app(model, names=("testserver",)))


def lines(response) -> dict[str, dict]:
    return {line["question"]: line for line in map(json.loads, response.text.splitlines())}


def test_each_answer_is_that_of_its_own_route(client: TestClient):
    found = lines(client.post("/v1/answers", json={"case": CASE, "ask": ASKED}))
    assert found.keys() == set(ASKED)
    for question in ASKED:
        assert found[question]["answer"] == client.post(f"/v1/{question}", json=CASE).json()


def test_one_that_is_refused_leaves_the_others(client: TestClient):
    asked = ["posterior", "explain?disease=susax", "posterior?setting=mars"]
    found = lines(client.post("/v1/answers", json={"case": CASE, "ask": asked}))
    assert "answer" in found["posterior"]
    assert found["explain?disease=susax"]["problem"]["errors"][0]["nearest"][0] == "susac"
    assert found["posterior?setting=mars"]["problem"]["status"] == 422


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"case": {"agee": 3}, "ask": ["posterior"]}, "nearest: age"),
        ({"case": {}, "ask": ["posteriors"]}, "nearest: posterior"),
        ({"case": {}, "ask": []}, "at least 1"),
        ({"case": {}, "ask": ["posterior"] * 13}, "at most 12"),
        ({"case": {}, "ask": ["../../healthz"]}, "unknown"),
        ({"case": {}}, "required"),
        ({"case": {}, "ask": ["posterior"], "setting": "x"}, "'setting': unknown"),
    ],
)
def test_a_request_that_cannot_be_read_is_refused_as_a_whole(client: TestClient, body, words):
    response = client.post("/v1/answers", json=body)
    assert response.status_code == 422
    assert words in response.json()["detail"]


def test_an_answer_is_compressed_for_those_who_take_it(client: TestClient):
    plain = client.get("/v1/choices", headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers
    with client.stream("GET", "/v1/choices", headers={"accept-encoding": "br, gzip"}) as response:
        body = b"".join(response.iter_raw())
    assert response.headers["content-encoding"] == "gzip"
    assert len(body) < len(plain.content) / 3
    assert gzip.decompress(body) == plain.content
    refused = client.get("/v1/choices", headers={"accept-encoding": "gzip;q=0"})
    assert "content-encoding" not in refused.headers


def test_each_line_can_be_read_as_soon_as_it_is_there(client: TestClient):
    body = {"case": CASE, "ask": ASKED}
    found = client.post("/v1/answers", json=body, headers={"accept-encoding": "gzip"})
    assert found.headers["content-encoding"] == "gzip"
    assert lines(found).keys() == set(ASKED)


def test_a_browser_keeps_the_page_until_it_changes(client: TestClient):
    index = client.get("/")
    assert index.headers["cache-control"] == "no-cache"
    again = client.get("/", headers={"if-none-match": index.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    script = re.search(r'src="(\w+/main\.js)"', index.text)[1]
    kept = client.get(f"/{script}")
    assert "immutable" in kept.headers["cache-control"]
    assert kept.content == client.get("/main.js").content
    ahead = set(re.findall(r'modulepreload" href="\w+/(.+?)"', index.text))
    assert {name for _, name in _imports(client, "main.js")} <= ahead


def _imports(client: TestClient, name: str) -> set[tuple[str, str]]:
    """Every (module, imported module) that a module needs, itself or by others."""
    found, open_ = set(), [name]
    while open_:
        module = open_.pop()
        for other in re.findall(r'from "\./(.+?)"', client.get(f"/{module}").text):
            if (module, other) not in found:
                found.add((module, other))
                open_.append(other)
    return found


def test_what_a_page_has_to_choose_from(client: TestClient, model: ng.Model):
    known = client.get("/v1/choices").json()
    assert known["settings"] == list(model.base.settings)
    headache = next(f for f in known["findings"] if f["key"] == "headache")
    assert headache["definition"]
    assert all(finding["definition"] for finding in known["findings"])
    assert known["follows"]["corpus_callosum_lesions"] == ["brain_mri_abnormal"]
    marks = {d["key"]: (d["treatable"], d["urgent"]) for d in known["diseases"]}
    assert marks["neurotuberculosis"] == (True, True)
    assert marks["vitamin_b12_deficiency"] == (True, False)
    assert marks["sturge_weber"] == marks["other"] == (False, False)


@pytest.mark.slow
def test_questions_of_one_who_leaves_are_given_up(model: ng.Model):
    """Those that wait are never begun: the next one's answer comes at once."""
    body = {"case": CASE, "ask": ["plan", "plan?by=two-step", "plan?by=ec2", "plan?by=paper"]}
    with served(model, DEFAULT) as server:
        with server.asking(("/v1/answers", body)):
            until(lambda: server.get("/healthz").status == 200)
        until(lambda: server.post("/v1/plan?by=nothing", CASE).status == 422)
        assert server.post("/v1/answers", {"case": CASE, "ask": ["posterior"]}, JSON).status == 200
