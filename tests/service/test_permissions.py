"""What a caller is never told, over every route that the service has."""

import re
from typing import Any

import httpx
import pytest

from tests.service.server import MCP, problem, tool
from tests.service.wiki import (
    COLLECTION,
    HIDDEN,
    HIDDEN_ID,
    HIDDEN_PATH,
    HIDDEN_QUESTION,
    HIDDEN_TITLE,
    KEYS,
    PUBLIC,
    key,
)


def calls(
    document: str, question: str, collection: str
) -> dict[tuple[str, str], list[dict[str, Any]]]:
    """For every route of the OpenAPI document, requests that would show ``document``."""
    ask = {"question": question, "top_k": 100}
    search = {"query": question, "k": 100}
    modes = ("hybrid", "dense", "lexical")
    feedback = {"request_id": "known", "verdict": "up"}
    return calls_in_dialects(question, collection) | {
        ("post", "/ask"): [{"json": ask}, {"json": ask | {"stream": True}}],
        ("post", "/search"): [{"json": search | {"mode": mode}} for mode in modes],
        ("get", "/documents"): [{}, {"params": {"path_prefix": "hr/"}}],
        ("get", "/documents/{document_id}"): [{}],
        ("get", "/documents/{document_id}/text"): [{}],
        ("get", "/documents/{document_id}/pages/{number}.png"): [{}],
        ("post", "/feedback"): [{"json": feedback | {"document_id": document}}],
        ("post", "/mcp"): [
            {"json": tool("search", query=question)},
            {"json": tool("fetch", id=document)},
            {"json": tool("ask", question=question)},
        ],
        ("get", "/healthz"): [{}],
        ("get", "/readyz"): [{}],
        ("get", "/metrics"): [{}],
    }


def calls_in_dialects(
    question: str, collection: str
) -> dict[tuple[str, str], list[dict[str, Any]]]:
    """The same in the dialects of other front ends."""
    said = [{"role": "user", "content": question}]
    chat = {"model": collection, "messages": said}
    both: list[dict[str, Any]] = [{"json": chat}, {"json": chat | {"stream": True}}]
    responses = {"model": collection, "input": said}
    retrieval = {"knowledge_id": collection, "query": question, "retrieval_setting": {"top_k": 50}}
    return {
        ("post", "/v1/chat/completions"): both,
        ("get", "/v1/models"): [{}],
        ("get", "/v1/models/{name}"): [{}],
        ("post", "/v1/responses"): [{"json": responses}, {"json": responses | {"stream": True}}],
        ("post", "/api/chat"): [{"json": {"messages": said}}],
        ("post", "/open-webui/v1/chat/completions"): both,
        ("get", "/open-webui/v1/models"): [{}],
        ("post", "/openai/deployments/{deployment}/chat/completions"): both,
        ("post", "/retrieval"): [{"json": retrieval}],
    }


def is_refused(response: httpx.Response) -> bool:
    """By its status, or by the Model Context Protocol's own sign, which comes with 200."""
    return response.status_code == 404 or '"isError":true' in response.text


def visit(
    client: httpx.Client,
    headers: dict[str, str],
    document: str,
    question: str = HIDDEN_QUESTION,
    collection: str = COLLECTION,
) -> list[httpx.Response]:
    """The answers of every route to requests that would show ``document``."""
    routes = client.get("/openapi.json").json()["paths"]
    known = calls(document, question, collection)
    listed = {(method, path) for path, methods in routes.items() for method in methods}
    assert listed == known.keys(), "a route is not visited: add it to calls()"
    return [
        client.request(
            method,
            path.format(document_id=document, number=1, name=collection, deployment=collection),
            headers=headers | MCP,
            **options,
        )
        for (method, path), requests in known.items()
        for options in requests
    ]


def without_ids(response: httpx.Response, document: str) -> tuple[int, str]:
    """What a response tells, apart from ids, times, and whether the same caller asked before."""
    text = response.text.replace(response.headers["X-Request-Id"], "").replace(document, "")
    return response.status_code, re.sub(
        r'"timings_ms":\{[^}]*\}|"cached":"exact",|"created(_at)?": ?[0-9]+', "", text
    )


@pytest.mark.parametrize(
    "headers",
    [
        key("staff"),
        key("staff") | {"X-Footnote-User": "ann", "X-Footnote-Groups": "hr"},
        key("front") | {"X-Footnote-User": "ann", "X-Footnote-Groups": "staff,board"},
        key("front") | {"X-Footnote-User": "ann"},
    ],
    ids=["key", "key that claims", "front end narrowed", "front end without groups"],
)
def test_no_route_tells_of_a_document_outside_the_scope(
    keyed: httpx.Client, headers: dict[str, str]
) -> None:
    responses = visit(keyed, headers, HIDDEN_ID)
    secrets = [HIDDEN_PATH, HIDDEN_TITLE.lower(), "quatloo", "zoologist is", "severance", "payroll"]
    for response in responses:
        assert response.status_code in {200, 404}, response.text
        told = response.text.lower()
        assert not [secret for secret in secrets if secret in told], response.request.url
        if HIDDEN_ID in told:
            assert is_refused(response)
    absent = "f" * 32
    told_of_hidden = [without_ids(response, HIDDEN_ID) for response in responses[:-3]]
    told_of_absent = [without_ids(r, absent) for r in visit(keyed, headers, absent)[:-3]]
    assert told_of_hidden == told_of_absent
    assert keyed.get("/documents", headers=headers).json()["total"] == len(PUBLIC)


def test_whoever_may_see_it_is_told(keyed: httpx.Client) -> None:
    front = key("front") | {"X-Footnote-User": "eve", "X-Footnote-Groups": "hr"}
    for headers in (key("hr"), key("front"), front):
        answer = keyed.post("/ask", json={"question": HIDDEN_QUESTION}, headers=headers).json()
        assert "quatloos" in answer["answer"]
        text = keyed.get(f"/documents/{HIDDEN_ID}/text", headers=headers).text
        assert text == HIDDEN.replace("# ", "").strip()
        listing = keyed.get("/documents", headers=headers).json()
        assert listing["total"] == len(PUBLIC) + 1


@pytest.mark.parametrize(
    "headers", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": f"Basic {KEYS['hr']}"}]
)
def test_without_a_key_nothing_is_told(keyed: httpx.Client, headers: dict[str, str]) -> None:
    for response in visit(keyed, headers, HIDDEN_ID):
        route = response.request.url.path
        if route in {"/healthz", "/readyz", "/metrics"}:  # metrics: the test asks from this machine
            assert response.status_code == 200
        else:
            # Other dialects word it in their own shapes.
            assert response.status_code == 401
            assert response.text.count("key") >= 1
            assert response.headers["WWW-Authenticate"].startswith("Bearer")
    problem(keyed.get("/nothing/here", headers=headers), 401)
