"""The mcp package's own client: search, fetch and ask over streamable HTTP."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx
import httpx2
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.types import CallToolResult, TextContent

from tests.service.clients_of_others.questions import (
    DOCUMENTS,
    LANGUAGES,
    QUESTIONS,
    UNANSWERABLE,
    footnotes,
    link,
)
from tests.service.wiki import COLLECTION, HIDDEN_ID, HIDDEN_QUESTION, KEYS, key

pytestmark = pytest.mark.anyio
# The handshake of today's clients, and the one request of tomorrow's.
MODES = ("legacy", "auto")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@asynccontextmanager
async def connected(base: str, name: str = "staff", mode: str = "auto") -> AsyncIterator[Client]:
    headers = {"Authorization": f"Bearer {KEYS[name]}"}
    async with httpx2.AsyncClient(headers=headers, timeout=60) as http:
        transport = streamable_http_client(f"{base}/mcp", http_client=http)
        async with Client(transport, mode=mode) as client:
            yield client


def result(called: CallToolResult) -> dict[str, Any]:
    """The result, which its one text says too, as ChatGPT reads it."""
    assert not called.is_error, called.content
    (only,) = called.content
    assert isinstance(only, TextContent)
    structured: dict[str, Any] = called.structured_content
    assert json.loads(only.text) == structured
    return structured


@pytest.mark.parametrize("mode", MODES)
async def test_the_tools_are_those_that_chatgpt_wants(base: str, mode: str) -> None:
    async with connected(base, mode=mode) as client:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
    assert tools.keys() == {"search", "fetch", "ask"}
    arguments = {name: list(tool.input_schema["properties"]) for name, tool in tools.items()}
    assert arguments == {"search": ["query"], "fetch": ["id"], "ask": ["question"]}
    for tool in tools.values():
        assert tool.description
        assert tool.annotations is not None
        assert tool.annotations.read_only_hint


@pytest.fixture(scope="module")
def searched(service: httpx.Client) -> dict[str, list[dict[str, Any]]]:
    """What POST /search finds for each question."""
    return {
        language: service.post(
            "/search", json={"query": question, "k": 20}, headers=key("staff")
        ).json()["hits"]
        for language, question in QUESTIONS.items()
    }


@pytest.fixture(scope="module")
def texts(service: httpx.Client) -> dict[str, str]:
    """The text of every document."""
    listed = service.get("/documents", headers=key("staff")).json()["documents"]
    ids = [each["document_id"] for each in listed]
    return {each: service.get(f"/documents/{each}/text", headers=key("staff")).text for each in ids}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("language", LANGUAGES)
async def test_what_is_found_can_be_fetched(
    base: str,
    searched: Mapping[str, list[dict[str, Any]]],
    texts: Mapping[str, str],
    language: str,
    mode: str,
) -> None:
    hits = searched[language]
    async with connected(base, mode=mode) as client:
        found = result(await client.call_tool("search", {"query": QUESTIONS[language]}))
        first = found["results"][0]
        document = result(await client.call_tool("fetch", {"id": first["id"]}))
    assert found.keys() == {"results"}
    assert all(each.keys() == {"id", "title", "url"} for each in found["results"])
    ids = [each["id"] for each in found["results"]]
    assert ids == list(dict.fromkeys(hit["document_id"] for hit in hits))
    assert first["url"] == link(base, hits[0])
    assert document.keys() == {"id", "title", "text", "url", "metadata"}
    assert (document["id"], document["title"]) == (first["id"], first["title"])
    assert document["text"] == texts[first["id"]]
    assert document["metadata"]["path"] in DOCUMENTS
    assert all(isinstance(value, str) for value in document["metadata"].values())


@pytest.mark.parametrize("language", LANGUAGES)
async def test_ask_shows_the_footnotes_of_ask(
    base: str, asked: Mapping[str, dict[str, Any]], language: str
) -> None:
    async with connected(base) as client:
        told = result(await client.call_tool("ask", {"question": QUESTIONS[language]}))
    assert footnotes(told["citations"]) == footnotes(asked[language]["citations"])
    assert [each["url"] for each in told["citations"]] == [
        link(base, each) for each in asked[language]["citations"]
    ]
    assert "[1]" in told["answer"]
    assert not told["abstained"]


async def test_ask_abstains(base: str) -> None:
    async with connected(base) as client:
        told = result(await client.call_tool("ask", {"question": UNANSWERABLE}))
    assert told["abstained"]
    assert told["reason"]
    assert told["citations"] == []


async def test_each_caller_sees_its_own(base: str) -> None:
    async with connected(base, "hr") as client:
        assert "quatloos" in result(await client.call_tool("fetch", {"id": HIDDEN_ID}))["text"]
        assert "quatloos" in str(await client.call_tool("ask", {"question": HIDDEN_QUESTION}))
    async with connected(base, "staff") as client:
        refused = await client.call_tool("fetch", {"id": HIDDEN_ID})
        assert refused.is_error
        assert "there is no document" in str(refused.content)
        for tool, argument in (("search", "query"), ("ask", "question")):
            told = str(await client.call_tool(tool, {argument: HIDDEN_QUESTION}))
            assert "quatloos" not in told
            assert "payroll" not in told


@pytest.mark.parametrize(
    ("tool", "arguments", "told"),
    [
        ("search", {}, "query: is missing or blank"),
        ("search", {"query": " "}, "query: is missing or blank"),
        ("ask", {"question": "x" * 5000}, "question: has 5000 characters"),
        ("fetch", {"id": "nothing"}, "there is no document 'nothing'"),
        ("delete", {"id": "nothing"}, "there is no tool 'delete'"),
    ],
)
async def test_what_goes_wrong_is_told_to_the_model(
    base: str, tool: str, arguments: dict[str, str], told: str
) -> None:
    async with connected(base) as client:
        called = await client.call_tool(tool, arguments)
    assert called.is_error
    assert told in str(called.content)


def test_a_collection_may_be_named(service: httpx.Client) -> None:
    call = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "tools/call",
        "params": {"name": "search", "arguments": {"query": "leave"}},
    }
    headers = key("staff") | {"Accept": "application/json, text/event-stream"}
    known = service.post(f"/mcp?collection={COLLECTION}", json=call, headers=headers)
    assert known.headers["Content-Type"] == "application/json"
    assert known.json()["result"]["structuredContent"]["results"]
    unknown = service.post("/mcp?collection=nothing", json=call, headers=headers)
    assert unknown.json()["result"]["isError"]
    assert "no collection 'nothing'" in unknown.text


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_there_is_no_session_to_listen_to_or_to_end(service: httpx.Client, method: str) -> None:
    headers = key("staff") | {"Accept": "text/event-stream"}
    response = service.request(method, "/mcp", headers=headers)
    assert response.status_code == 405
    assert response.headers["Allow"] == "POST"


def test_strangers_and_other_hosts_are_refused(service: httpx.Client) -> None:
    call = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    accept = {"Accept": "application/json, text/event-stream"}
    assert service.post("/mcp", json=call, headers=accept).status_code == 401
    known = key("staff") | accept
    assert service.post("/mcp", json=call, headers=known).status_code == 200
    rebound = service.post("/mcp", json=call, headers=known | {"Host": "evil.example"})
    assert rebound.status_code == 421
    foreign = service.post("/mcp", json=call, headers=known | {"Origin": "https://evil.example"})
    assert foreign.status_code == 403
