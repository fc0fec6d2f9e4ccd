"""Dify's external knowledge base, as its documentation has it: requests, records and errors."""

from typing import Any

import httpx
import pytest

from tests.service.clients_of_others.questions import LANGUAGES, QUESTIONS
from tests.service.wiki import COLLECTION, HIDDEN_QUESTION, key

RECORD = {"content", "score", "title", "metadata"}


def retrieve(
    service: httpx.Client, query: str, name: str = "staff", **fields: Any
) -> httpx.Response:
    body = {
        "knowledge_id": COLLECTION,
        "query": query,
        "retrieval_setting": {"top_k": 3, "score_threshold": 0.0},
    }
    return service.post("/retrieval", json=body | fields, headers=key(name))


@pytest.mark.parametrize("language", LANGUAGES)
def test_records_are_the_passages_of_search(service: httpx.Client, language: str) -> None:
    response = retrieve(service, QUESTIONS[language])
    assert response.status_code == 200
    records = response.json()["records"]
    found = service.post(
        "/search", json={"query": QUESTIONS[language], "k": 3}, headers=key("staff")
    ).json()["hits"]
    assert [record["content"] for record in records] == [hit["text"] for hit in found]
    for record, hit in zip(records, found, strict=True):
        assert record.keys() == RECORD
        assert 0 <= record["score"] <= 1
        metadata = record["metadata"]
        assert metadata["document_id"] == hit["document_id"]
        text = service.get(f"/documents/{hit['document_id']}/text", headers=key("staff")).text
        assert text[metadata["start"] : metadata["end"]] == record["content"]
        assert metadata["url"].endswith(
            f"/#source={hit['document_id']}&start={hit['start']}&end={hit['end']}"
        )
    scores = [record["score"] for record in records]
    assert scores == sorted(scores, reverse=True)


def test_settings_and_conditions_narrow(service: httpx.Client) -> None:
    def paths(**fields: Any) -> list[str]:
        records = retrieve(service, QUESTIONS["en"], **fields).json()["records"]
        return [record["metadata"]["path"] for record in records]

    def where(name: Any, operator: str, value: Any, joined: str = "and") -> dict[str, Any]:
        condition = {"name": name, "comparison_operator": operator, "value": value}
        return {"metadata_condition": {"logical_operator": joined, "conditions": [condition]}}

    one = {"retrieval_setting": {"top_k": 1, "score_threshold": 0.0}}
    assert paths(**one) == ["guide/leave.md"]
    assert paths(retrieval_setting={"top_k": 5, "score_threshold": 1.5}) == []
    assert paths(**one, **where("language", "is", "zh")) == ["zh/nianjia.md"]
    assert paths(**one, **where(["path"], "start with", "vi/")) == ["vi/nghi-phep.md"]
    assert paths(metadata_condition=None, **one) == ["guide/leave.md"]
    assert set(paths(retrieval_setting={"top_k": 500})) > {"guide/leave.md", "vi/nghi-phep.md"}


def test_each_caller_finds_its_own(service: httpx.Client) -> None:
    assert "quatloos" in retrieve(service, HIDDEN_QUESTION, "hr").text
    assert "quatloos" not in retrieve(service, HIDDEN_QUESTION, "staff").text


@pytest.mark.parametrize(
    ("headers", "fields", "status", "code"),
    [
        ({}, {}, 401, 1001),
        ({"Authorization": "key-of-staff"}, {}, 401, 1001),
        ({"Authorization": "Bearer wrong"}, {}, 401, 1002),
        (key("staff"), {"knowledge_id": "nothing"}, 404, 2001),
        (key("staff"), {"query": " "}, 422, 422),
        (key("staff"), {"retrieval_setting": {"top_k": 0}}, 422, 422),
        (
            key("staff"),
            {"metadata_condition": {"conditions": [{"name": "a", "comparison_operator": "x"}]}},
            422,
            422,
        ),
    ],
)
def test_errors_have_dify_s_codes(
    service: httpx.Client, headers: dict[str, str], fields: dict[str, Any], status: int, code: int
) -> None:
    body = {"knowledge_id": COLLECTION, "query": "leave", "retrieval_setting": {"top_k": 1}}
    response = service.post("/retrieval", json=body | fields, headers=headers)
    assert response.status_code == status
    assert response.headers["Content-Type"] == "application/json"
    assert response.json().keys() == {"error_code", "error_msg"}
    assert response.json()["error_code"] == code
    assert response.json()["error_msg"]
