"""The service as its operators meet it: headers, metrics, logs, the page, new snapshots."""

import json
import logging
import re
import socket
from threading import Event, Thread
from typing import Any

import httpx
import pytest

from indexes.snapshot import SnapshotStore
from service.settings import Settings
from service.telemetry import JsonFormatter
from tests.service.server import eventually, problem, serving
from tests.service.wiki import (
    COLLECTION,
    LEAVE_ID,
    QUESTION,
    Wiki,
    key,
)


def test_every_response_carries_its_id_and_its_protection(keyed: httpx.Client) -> None:
    for path in ("/", "/healthz", "/documents", "/nothing/here"):
        headers = keyed.get(path).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert re.fullmatch(r"[0-9a-f]{32}", headers["X-Request-Id"])
    for sane in ("a", "A.b_c-9", "x" * 64):
        assert keyed.get("/healthz", headers={"X-Request-Id": sane}).headers["X-Request-Id"] == sane
    for strange in ("", "a b", "x" * 65, '"', "a/b"):
        given = keyed.get("/healthz", headers={"X-Request-Id": strange}).headers["X-Request-Id"]
        assert re.fullmatch(r"[0-9a-f]{32}", given)


def test_answers_are_not_cached(anonymous: httpx.Client) -> None:
    assert anonymous.get(f"/documents/{LEAVE_ID}/text").headers["Cache-Control"] == "no-store"


def test_the_page_and_its_parts(keyed: httpx.Client) -> None:
    page = keyed.get("/")
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    parts = re.findall(r'(?:href|src)="(web/[^"]+)"', page.text)
    assert parts
    types = {"js": "text/javascript", "css": "text/css", "svg": "image/svg+xml"}
    for part in parts:
        response = keyed.get(f"/{part}")
        assert response.status_code == 200, part
        assert response.headers["Content-Type"].startswith(types[part.rpartition(".")[2]])
        etag = {"If-None-Match": response.headers["ETag"]}
        assert keyed.get(f"/{part}", headers=etag).status_code == 304
    for path in ("/web/none.js", "/web/..%2fapp.py", "/web/../app.py", "/web/%2e%2e/settings.py"):
        assert "import" not in keyed.get(path).text


def test_no_interface_loads_from_elsewhere(anonymous: httpx.Client) -> None:
    assert anonymous.get("/openapi.json").json()["info"]["title"] == "Footnote"
    for path in ("/docs", "/redoc"):
        problem(anonymous.get(path), 404)


def test_metrics_count_by_route_and_never_name_a_path(keyed: httpx.Client) -> None:
    keyed.post("/ask", json={"question": QUESTION}, headers=key("staff"))
    keyed.get(f"/documents/{LEAVE_ID}", headers=key("staff"))
    keyed.get("/some/odd/path", headers=key("staff"))
    text = keyed.get("/metrics", headers=key("staff")).text
    assert 'footnote_requests_total{dialect="footnote",route="/ask",status="200"}' in text
    assert '{dialect="footnote",route="/documents/{document_id}",status="200"}' in text
    assert '{dialect="footnote",route="unmatched",status="404"}' in text
    assert '_stage_seconds_bucket{collection="wiki",le="0.005",stage="lexical"}' in text
    assert 'footnote_snapshot_loads_total{collection="wiki",outcome="opened"} 1.0' in text
    answers = 'dialect="footnote",generator="extractive",outcome="answered"}'
    assert f'footnote_answers_total{{cached="no",collection="wiki",{answers}' in text
    assert '{collection="wiki",generator="extractive",verdict="supported"}' in text
    for told in (LEAVE_ID, "odd", "guide", "parental", "staff"):
        assert told not in text


def test_a_request_is_logged_in_one_line_without_its_question(
    keyed: httpx.Client, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="service"):
        asked = keyed.post("/ask", json={"question": QUESTION}, headers=key("staff")).json()

        def lines() -> list[dict[str, Any]]:
            texts = [JsonFormatter().format(record) for record in caplog.records]
            assert not any("\n" in text or "parental" in text for text in texts)
            return [json.loads(text) for text in texts]

        eventually(lambda: any(line.get("request_id") == asked["request_id"] for line in lines()))
    (line,) = [line for line in lines() if line.get("request_id") == asked["request_id"]]
    expected = {"route": "/ask", "status": 200, "caller": "staff", "method": "POST"}
    assert expected.items() <= line.items()
    assert line["ms"] > 0


def test_a_new_snapshot_is_taken_up_without_dropping_a_request(empty_wiki: Wiki) -> None:
    empty_wiki.write("a.md", "The code word of today is apricot.")
    words = {empty_wiki.ingest(): "apricot"}
    settings = Settings.read(data_dir=empty_wiki.data_dir, snapshot_poll_seconds=0.05)
    seen: list[tuple[str, str]] = []
    over = Event()
    with serving(settings) as client:

        def ask() -> None:
            while not over.is_set():
                answer = client.post("/ask", json={"question": "What is the code word of today?"})
                assert answer.status_code == 200
                seen.append((answer.json()["snapshot"], answer.json()["answer"]))

        asking = Thread(target=ask)
        asking.start()
        eventually(lambda: len(seen) > 0)
        empty_wiki.write("a.md", "The code word of today is blueberry.")
        words[new := empty_wiki.ingest()] = "blueberry"
        eventually(lambda: seen[-1][0] == new)
        over.set()
        asking.join()
    assert {snapshot for snapshot, _ in seen} == words.keys()
    assert all(words[snapshot] in answer for snapshot, answer in seen)


def test_without_collections_it_starts_and_says_what_is_missing(empty_wiki: Wiki) -> None:
    with serving(Settings.read(data_dir=empty_wiki.data_dir)) as client:
        told = problem(client.get("/readyz"), 503)
        assert "python -m ingestion run" in told["detail"]
        assert client.get("/healthz").json() == {"status": "alive"}
        problem(client.post("/ask", json={"question": "x"}), 404)


def test_a_corrupt_snapshot_is_told_with_what_to_do(empty_wiki: Wiki) -> None:
    empty_wiki.write("a.md", "Alpha.")
    snapshot = empty_wiki.ingest()
    folder = SnapshotStore(empty_wiki.data_dir, COLLECTION).folder(snapshot)
    (folder / "vectors" / "flat.faiss").write_bytes(b"damaged")
    with serving(Settings.read(data_dir=empty_wiki.data_dir)) as client:
        for response in (
            client.post("/ask", json={"question": "x"}),
            client.post("/ask", json={"question": "x", "stream": True}),
            client.get("/documents"),
            client.get("/readyz"),
        ):
            told = problem(response, 503)
            assert snapshot in told["detail"]
            assert "run the ingestion again" in told["detail"]


def test_a_language_model_that_is_down_is_replaced_and_that_is_said(wiki: Wiki) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    settings = Settings.read(
        data_dir=wiki.data_dir,
        llm_base_url=f"http://127.0.0.1:{port}/v1",
        llm_model="a-model",
        llm_timeout_seconds=5,
    )
    with serving(settings) as client:
        answer = client.post("/ask", json={"question": QUESTION}).json()
    assert answer["generator"] == "extractive"
    assert "twenty weeks" in answer["answer"]
    assert "a-model" in answer["reason"]
