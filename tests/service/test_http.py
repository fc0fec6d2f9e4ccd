"""The HTTP contract, over a real server on loopback: shapes, errors, permissions, streams."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import httpx
import pytest

from indexes.snapshot import SnapshotStore
from indexes.types import document_id
from tests.service.conftest import LIMIT
from tests.service.server import problem
from tests.service.wiki import (
    COLLECTION,
    HIDDEN_QUESTION,
    LEAVE_ID,
    PUBLIC,
    QUESTION,
    Wiki,
    key,
)

HIT_FIELDS = {
    *("rank", "score", "document_id", "chunk_id", "title", "uri", "path", "page", "cells"),
    *("section", "text", "start", "end", "legs", "updated_at", "stale", "duplicates"),
}
CITATION_FIELDS = {
    *("label", "document_id", "chunk_id", "title", "uri", "path", "page", "cells", "section"),
    *("quote", "start", "end", "updated_at", "stale", "duplicates"),
}
ANSWER_FIELDS = {
    *("answer", "abstained", "language", "question", "sentences", "citations", "snapshot"),
    *("uncovered", "nearest", "withheld", "cautions", "generator", "timings_ms", "request_id"),
}
CHECK_FIELDS = {"label", "verdict", "score", "method"}


@pytest.fixture
def snapshot(wiki: Wiki) -> str:
    current = SnapshotStore(wiki.data_dir, COLLECTION).current()
    assert current is not None
    return current


def events(text: str) -> list[tuple[str, Any]]:
    blocks = [block.split("\n") for block in text.removesuffix("\n\n").split("\n\n")]
    assert all(len(block) == 2 for block in blocks)
    return [
        (name.removeprefix("event: "), json.loads(data.removeprefix("data: ")))
        for name, data in blocks
    ]


# ---- answers -----------------------------------------------------------------------------------


def test_an_answer_cites_what_stands_in_the_documents(
    anonymous: httpx.Client, snapshot: str
) -> None:
    response = anonymous.post("/ask", json={"question": QUESTION})
    assert response.status_code == 200
    answer = response.json()
    assert answer.keys() - {"cached"} == ANSWER_FIELDS
    assert "twenty weeks" in answer["answer"]
    assert not answer["abstained"]
    assert (answer["language"], answer["generator"]) == ("en", "extractive")
    assert answer["snapshot"] == snapshot
    assert answer["request_id"] == response.headers["X-Request-Id"]
    assert answer["citations"]
    labels = {citation["label"] for citation in answer["citations"]}
    for sentence in answer["sentences"]:
        checks = sentence.pop("checks")
        assert sentence.keys() == {"text", "start", "end", "citations", "verdict", "score"}
        assert [check["label"] for check in checks] == sentence["citations"]
        assert all(check.keys() == CHECK_FIELDS for check in checks)
        assert answer["answer"][sentence["start"] : sentence["end"]] == sentence["text"]
        assert set(sentence["citations"]) <= labels
        assert sentence["verdict"] in {"supported", "partial", "unsupported"}
    for citation in answer["citations"]:
        assert citation.keys() == CITATION_FIELDS
        text = anonymous.get(f"/documents/{citation['document_id']}/text").text
        assert text[citation["start"] : citation["end"]] == citation["quote"]


def test_a_stream_tells_the_same_in_pieces(anonymous: httpx.Client, snapshot: str) -> None:
    whole = anonymous.post("/ask", json={"question": QUESTION}).json()
    response = anonymous.post("/ask", json={"question": QUESTION, "stream": True})
    assert response.headers["Content-Type"].startswith("text/event-stream")
    told = events(response.text)
    names = [name for name, _ in told]
    assert names == ["evidence", *["sentence"] * len(whole["sentences"]), "answer"]
    evidence = told[0][1]
    assert evidence["snapshot"] == snapshot
    assert evidence["request_id"] == response.headers["X-Request-Id"]
    first = evidence["evidence"][0]
    assert first["number"] == 1
    assert PUBLIC["guide/leave.md"].count(first["text"].split("\n")[-1]) == 1
    assert [data["sentence"] for name, data in told if name == "sentence"] == whole["sentences"]
    citations = [c for name, data in told if name == "sentence" for c in data["citations"]]
    assert citations == whole["citations"]
    different = {"timings_ms", "request_id", "cached"}
    assert {k: v for k, v in told[-1][1].items() if k not in different} == {
        k: v for k, v in whole.items() if k not in different
    }


def test_what_is_not_there_is_not_answered(anonymous: httpx.Client) -> None:
    filters = {"path_prefix": "nowhere/"}
    answer = anonymous.post("/ask", json={"question": QUESTION, "filters": filters}).json()
    assert answer["abstained"]
    assert answer["reason"]
    assert answer.keys() == ANSWER_FIELDS | {"reason", "silence"}
    assert answer["nearest"] == []
    assert (answer["answer"], answer["sentences"], answer["citations"]) == ("", [], [])


def test_a_search_finds_passages_in_order(anonymous: httpx.Client, snapshot: str) -> None:
    found = anonymous.post("/search", json={"query": "parental leave", "k": 2}).json()
    assert found.keys() == {"hits", "snapshot"}
    assert found["snapshot"] == snapshot
    assert [hit["rank"] for hit in found["hits"]] == [1, 2]
    assert all(hit.keys() == HIT_FIELDS for hit in found["hits"])
    hit = found["hits"][0]
    assert (hit["document_id"], hit["path"]) == (LEAVE_ID, "guide/leave.md")
    assert hit["section"] == ["Parental leave"]
    text = anonymous.get(f"/documents/{LEAVE_ID}/text").text
    assert text[hit["start"] : hit["end"]] == hit["text"]


@pytest.mark.parametrize("mode", ["hybrid", "dense", "lexical"])
def test_a_mode_walks_on_its_own_legs(anonymous: httpx.Client, mode: str) -> None:
    found = anonymous.post("/search", json={"query": "daily allowance", "mode": mode}).json()
    legs = {"hybrid": {"dense", "lexical"}}.get(mode, {mode})
    assert found["hits"]
    # Late interaction reads the first of them only.
    assert all(hit["legs"].keys() - {"late"} == legs for hit in found["hits"])
    assert all(("late" in hit["legs"]) == (mode == "hybrid") for hit in found["hits"][:1])


def test_filters_narrow(anonymous: httpx.Client) -> None:
    def paths(**filters: Any) -> set[str]:
        body = {"query": "leave travel nghỉ phép", "k": 100, "filters": filters, "mode": "dense"}
        return {hit["path"] for hit in anonymous.post("/search", json=body).json()["hits"]}

    assert paths() == set(PUBLIC)
    assert paths(path_prefix="guide/") == {"guide/leave.md", "guide/travel.md"}
    assert paths(language=["vi"]) == {"vi/nghi-phep.md"}
    assert paths(type=["pdf"]) == paths(tags=["none"]) == paths(date_to="2000-01-01") == set()
    assert paths(date_from="2000-01-01T00:00:00+07:00", type=["md"]) == set(PUBLIC)


# ---- documents ---------------------------------------------------------------------------------


def test_documents_are_listed_page_by_page(anonymous: httpx.Client, snapshot: str) -> None:
    whole = anonymous.get("/documents").json()
    assert whole.keys() == {"documents", "total", "snapshot"}
    assert (whole["total"], whole["snapshot"]) == (len(PUBLIC), snapshot)
    assert [document["path"] for document in whole["documents"]] == sorted(PUBLIC)
    assert not any("groups" in document for document in whole["documents"])
    second = anonymous.get("/documents?offset=1&limit=1").json()
    assert (second["documents"], second["total"]) == (whole["documents"][1:2], len(PUBLIC))
    narrowed = anonymous.get("/documents", params={"path_prefix": "vi/"}).json()
    assert (len(narrowed["documents"]), narrowed["total"]) == (1, 1)


def test_a_document_and_its_text(anonymous: httpx.Client, snapshot: str) -> None:
    identity = document_id(COLLECTION, "docs", "vi/nghi-phep.md")
    document = anonymous.get(f"/documents/{identity}").json()
    response = anonymous.get(f"/documents/{identity}/text")
    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert response.headers["X-Footnote-Snapshot"] == document["snapshot"] == snapshot
    text = response.content.decode()
    assert text.endswith("mười hai ngày mỗi năm. 😀")
    assert document["characters"] == len(text)
    expected = {"document_id": identity, "title": "Nghỉ phép", "language": "vi", "type": "md"}
    assert expected.items() <= document.items()


def test_a_page_that_is_not_stored(anonymous: httpx.Client) -> None:
    told = problem(anonymous.get(f"/documents/{LEAVE_ID}/pages/1.png"), 404)
    assert told["type"] == "urn:footnote:problem:unknown-page"
    assert "/text" in told["detail"]
    absent = problem(anonymous.get(f"/documents/{'0' * 32}/pages/1.png"), 404)
    assert absent["type"] == "urn:footnote:problem:unknown-document"


# ---- errors ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/ask", {"question": ""}, "question"),
        ("/ask", {"question": " \n"}, "question"),
        ("/ask", {}, "question"),
        ("/ask", {"question": "x" * 4001}, "question"),
        ("/ask", {"question": "x" * 4001, "stream": True}, "question"),
        ("/ask", {"question": "x", "top_k": 101}, "top_k"),
        ("/ask", {"question": "x", "filters": {"types": ["pdf"]}}, "filters.types"),
        ("/ask", {"question": "x", "history": [{"role": "x", "content": ""}]}, "history.0.role"),
        ("/search", {"query": "x", "k": 0}, "k"),
        ("/search", {"query": "x" * 4001}, "query"),
        ("/feedback", {"request_id": "x", "verdict": "maybe"}, "verdict"),
    ],
)
def test_a_wrong_field_is_named(
    anonymous: httpx.Client, path: str, body: dict[str, Any], field: str
) -> None:
    told = problem(anonymous.post(path, json=body), 422)
    assert [entry["field"] for entry in told["errors"]] == [field]
    assert told["detail"].startswith(f"{field}: ")
    assert "xxxx" not in json.dumps(told)


def test_the_limit_of_a_question_is_told(anonymous: httpx.Client) -> None:
    told = problem(anonymous.post("/ask", json={"question": "x" * 4001}), 422)
    assert "4000" in told["detail"]
    assert anonymous.post("/search", json={"query": "x" * 4000}).status_code == 200


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b'{"question": ', 422),
        (b"[]", 422),
        (b"", 422),
        (b'"\xff"', 400),
        (b"[" * 15_000, 400),
        (b'{"question": "\\ud800"}', 422),
        (b'{"question": "x", "\\ud800": 1}', 422),
    ],
)
def test_a_body_that_is_no_question(anonymous: httpx.Client, content: bytes, status: int) -> None:
    headers = {"Content-Type": "application/json"}
    problem(anonymous.post("/ask", content=content, headers=headers), status)


def test_a_body_of_another_type(anonymous: httpx.Client) -> None:
    problem(anonymous.post("/ask", data={"question": "x"}), 422)


@pytest.mark.parametrize("size", [LIMIT + 1, 1_000_000])
def test_a_body_over_the_limit(keyed: httpx.Client, size: int) -> None:
    content = b'{"question": "' + b"x" * size + b'"}'
    headers = key("staff") | {"Content-Type": "application/json"}
    told = problem(keyed.post("/ask", content=content, headers=headers), 413)
    assert str(LIMIT) in told["detail"]

    def parts() -> Iterator[bytes]:
        yield from (content[i : i + 7000] for i in range(0, len(content), 7000))

    problem(keyed.post("/ask", content=parts(), headers=headers), 413)


def test_a_body_in_parts_within_the_limit(keyed: httpx.Client) -> None:
    content = json.dumps({"query": QUESTION}).encode()
    headers = key("staff") | {"Content-Type": "application/json"}
    parts = (content[i : i + 9] for i in range(0, len(content), 9))
    assert keyed.post("/search", content=parts, headers=headers).json()["hits"]


@pytest.mark.parametrize(
    ("method", "path", "body", "kind"),
    [
        ("POST", "/ask", {"question": "x", "collection": "none"}, "unknown-collection"),
        ("POST", "/search", {"query": "x", "collection": "../wiki"}, "unknown-collection"),
        ("GET", "/documents?collection=none", None, "unknown-collection"),
        ("GET", f"/documents/{'0' * 32}", None, "unknown-document"),
        ("GET", "/documents/..%2F..%2Fetc/text", None, None),
        ("GET", "/nothing/here", None, None),
    ],
)
def test_what_is_not_there(
    anonymous: httpx.Client, method: str, path: str, body: Any, kind: str | None
) -> None:
    told = problem(anonymous.request(method, path, json=body), 404)
    assert told["type"] == (f"urn:footnote:problem:{kind}" if kind else "about:blank")


def test_a_method_that_a_path_does_not_take(anonymous: httpx.Client) -> None:
    response = anonymous.get("/ask")
    problem(response, 405)
    assert response.headers["Allow"] == "POST"


def test_unknown_query_fields_are_named(anonymous: httpx.Client) -> None:
    told = problem(anonymous.get("/documents?colection=wiki"), 422)
    assert told["errors"][0]["field"] == "colection"


# ---- feedback ----------------------------------------------------------------------------------


def stored(wiki: Wiki) -> list[dict[str, Any]]:
    with closing(sqlite3.connect(wiki.data_dir / "feedback.sqlite")) as connection:
        connection.row_factory = sqlite3.Row
        return [dict(row) for row in connection.execute("SELECT * FROM feedback ORDER BY id")]


def test_feedback_is_kept_with_what_it_is_about(keyed: httpx.Client, wiki: Wiki) -> None:
    headers = key("staff") | {"X-Request-Id": "my-own.id_1"}
    answer = keyed.post("/ask", json={"question": QUESTION}, headers=headers).json()
    assert answer["request_id"] == "my-own.id_1"
    report = {
        "request_id": "my-own.id_1",
        "verdict": "down",
        "comment": "Nhầm rồi 😀",
        "document_id": LEAVE_ID,
    }
    response = keyed.post("/feedback", json=report, headers=key("staff"))
    assert (response.status_code, response.json()["answer_known"]) == (201, True)
    row = stored(wiki)[-1]
    assert (row["question"], row["snapshot"]) == (QUESTION, answer["snapshot"])
    assert json.loads(row["cited"]) == [LEAVE_ID]
    assert (row["caller"], row["comment"], row["verdict"]) == ("staff", "Nhầm rồi 😀", "down")


def test_feedback_of_somebody_else_does_not_learn_the_question(
    keyed: httpx.Client, wiki: Wiki
) -> None:
    asked = keyed.post("/ask", json={"question": HIDDEN_QUESTION}, headers=key("hr")).json()
    report = {"request_id": asked["request_id"], "verdict": "up"}
    response = keyed.post("/feedback", json=report, headers=key("staff"))
    assert response.json()["answer_known"] is False
    assert stored(wiki)[-1]["question"] is None
