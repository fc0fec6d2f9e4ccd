"""What operators see of a request, in every dialect: its ids, its metrics, never its question."""

import json
import logging
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from threading import main_thread
from typing import Any

import httpx
import pytest

from service.dialects.dialect import Dialect
from service.settings import Settings
from service.telemetry import JsonFormatter
from tests.service.model_server import Request, answering, in_turn, refusing
from tests.service.model_server import deciding as model_server
from tests.service.server import MCP, eventually, serving, tool
from tests.service.wiki import COLLECTION, QUESTION, Wiki, key

# Stands in questions, and must stand nowhere else.
MARK = "quokkamarker"
TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
PARENT = f"00-{TRACE}-{SPAN}-01"


@dataclass(frozen=True, slots=True)
class Way:
    """How a question is asked; ``tells_id`` where the body of the reply names the request."""

    name: str
    dialect: Dialect
    path: str
    body: Mapping[str, Any]
    tells_id: bool = True


def ways(question: str) -> list[Way]:
    """Every way there is to ask."""
    messages = {"messages": [{"role": "user", "content": question}]}
    parts = {"messages": [{"role": "user", "parts": [{"type": "text", "text": question}]}]}
    deployment = f"/openai/deployments/{COLLECTION}/chat/completions"
    retrieval = {"knowledge_id": COLLECTION, "query": question}
    both: list[tuple[str, Dialect, str, dict[str, Any]]] = [
        ("ask", Dialect.FOOTNOTE, "/ask", {"question": question}),
        ("openai", Dialect.OPENAI, "/v1/chat/completions", messages),
        ("responses", Dialect.RESPONSES, "/v1/responses", {"input": question}),
        ("open-webui", Dialect.OPEN_WEBUI, "/open-webui/v1/chat/completions", messages),
        ("azure", Dialect.AZURE, deployment, messages),
    ]
    return [
        *(Way(name, dialect, path, body) for name, dialect, path, body in both),
        *(
            Way(f"{name}-stream", dialect, path, body | {"stream": True})
            for name, dialect, path, body in both
        ),
        Way("ai-sdk", Dialect.AI_SDK, "/api/chat", parts),
        Way("mcp-ask", Dialect.MCP, "/mcp", tool("ask", question=question)),
        # These give passages, in shapes that have no room for an id: the header alone tells it.
        Way("mcp-search", Dialect.MCP, "/mcp", tool("search", query=question), tells_id=False),
        Way("search", Dialect.FOOTNOTE, "/search", {"query": question}, tells_id=False),
        Way("dify", Dialect.DIFY, "/retrieval", retrieval, tells_id=False),
    ]


NAMES = [way.name for way in ways("")]


class Lines(logging.Handler):
    """Keeps each record as the line that it makes where it is logged."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.setFormatter(JsonFormatter())
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        # The client that asks logs, too, in the thread of the test.
        if record.thread != main_thread().ident:
            self.lines.append(self.format(record))

    def of(self, request_id: str) -> dict[str, Any]:
        """The one line that tells how a request ended, when it is there."""

        def found() -> list[dict[str, Any]]:
            told = [json.loads(line) for line in list(self.lines)]
            return [
                line
                for line in told
                if line["message"] == "request" and line["request_id"] == request_id
            ]

        eventually(lambda: bool(found()))
        (line,) = found()
        return line


@pytest.fixture
def log() -> Iterator[Lines]:
    """All that is logged meanwhile, by whomever, as it would be written."""
    handler, root = Lines(), logging.getLogger()
    level = root.level
    root.setLevel(logging.INFO)
    root.addHandler(handler)
    yield handler
    root.removeHandler(handler)
    root.setLevel(level)


def post(service: httpx.Client, way: Way, **headers: str) -> httpx.Response:
    return service.post(way.path, json=way.body, headers=key("staff") | MCP | headers)


@pytest.mark.parametrize("name", NAMES)
def test_ids_travel_from_the_header_to_log_trace_and_answer(
    keyed: httpx.Client, log: Lines, name: str
) -> None:
    way = ways(QUESTION)[NAMES.index(name)]
    own = f"Front.End_{name}"
    sent = {"X-Request-Id": own, "traceparent": PARENT, "tracestate": "vendor=1"}
    reply = post(keyed, way, **sent)
    assert reply.status_code == 200, reply.text
    assert reply.headers["X-Request-Id"] == own
    assert (own in reply.text) == way.tells_id
    line = log.of(own)
    assert (line["trace_id"], line["parent_id"]) == (TRACE, SPAN)
    assert re.fullmatch("[0-9a-f]{16}", line["span_id"])
    assert line["span_id"] != SPAN
    assert (line["dialect"], line["collection"]) == (way.dialect, COLLECTION)
    assert line["outcome"] in {"answered", "found"}
    assert line["status"] == 200
    assert "question" not in line


@pytest.mark.parametrize("name", NAMES)
def test_a_wrong_request_is_told_with_its_id(keyed: httpx.Client, log: Lines, name: str) -> None:
    way = ways(QUESTION)[NAMES.index(name)]
    own = f"wrong-{name}"
    reply = post(keyed, way, **{"X-Request-Id": own, "Authorization": "Bearer wrong"})
    assert (reply.status_code, reply.headers["X-Request-Id"]) == (401, own)
    line = log.of(own)
    assert (line["status"], line["dialect"], line["caller"]) == (401, way.dialect, None)


def test_no_question_stands_in_a_log_line(keyed: httpx.Client, log: Lines) -> None:
    for asked in (f"{QUESTION} {MARK}?", f"What is {MARK}?", MARK * 400):
        for way in ways(asked):
            post(keyed, way, **{"X-Request-Id": f"last-{way.name}"})
    # What cannot be read, or used: words of the question are told to the caller alone.
    for way in ways(MARK):
        keyed.post(way.path, content=f'{{"{MARK}": "{MARK}', headers=key("staff") | MCP)
        keyed.post(way.path, json={MARK: [MARK], "jsonrpc": MARK}, headers=key("staff") | MCP)
        other = {"model": MARK, "knowledge_id": MARK, "collection": MARK}
        keyed.post(way.path, json=dict(way.body) | other, headers=key("staff") | MCP)
    for path in (f"/{MARK}", f"/documents/{MARK}", f"/v1/models/{MARK}", f"/ask?question={MARK}"):
        keyed.get(path, headers=key("staff"))
    log.of(keyed.get("/documents", headers=key("staff")).headers["X-Request-Id"])
    assert len(log.lines) > 60
    assert [line for line in log.lines if MARK in line] == []


def test_a_model_server_is_told_the_trace_and_no_failure_tells_the_question(
    wiki: Wiki, log: Lines
) -> None:
    requests: list[Request] = []
    behaviour = in_turn(
        answering("Every parent gets twenty weeks of paid parental leave. [1]"),
        refusing("500 Internal Server Error", MARK.encode()),
        answering("}{" * 50),
    )
    with model_server(behaviour, requests) as base_url:
        settings = Settings.read(
            data_dir=wiki.data_dir,
            llm_base_url=base_url,
            llm_model="a-model",
            llm_attempts=1,
            llm_output="text",
            cache_entries=0,
        )
        with serving(settings) as client:
            for way in ways(f"{QUESTION} Is that so, {MARK}?"):
                post(client, way, traceparent=PARENT, tracestate="vendor=1")
            text = client.get("/metrics").text
    assert MARK in json.dumps(requests[0].body)
    spans = {line["span_id"] for line in map(json.loads, log.lines) if "span_id" in line}
    for request in requests:
        version, trace, span, flags = request.headers["traceparent"].split("-")
        assert (version, trace, flags) == ("00", TRACE, "01")
        assert span in spans
        assert request.headers["tracestate"] == "vendor=1"
    assert any("a-model failed" in line and TRACE in line for line in log.lines)
    assert [line for line in log.lines if MARK in line] == []
    assert MARK not in text
    assert 'footnote_generator_seconds_count{generator="a-model"' in text


def test_the_question_is_logged_where_that_is_switched_on(wiki: Wiki, log: Lines) -> None:
    settings = Settings.read(data_dir=wiki.data_dir, log_questions=True)
    with serving(settings) as client:
        for way in ways(f"{QUESTION} {MARK}?"):
            post(client, way, **{"X-Request-Id": way.name})
            assert log.of(way.name)["question"] == f"{QUESTION} {MARK}?"
    told = [json.loads(line) for line in log.lines if MARK in line]
    assert len(told) == len(NAMES)
    assert all(MARK not in json.dumps(line | {"question": ""}) for line in told)


SAMPLE = re.compile(r"^(?P<name>\w+)\{(?P<labels>.*)\} (?P<value>\S+)$", re.MULTILINE)


def counted(text: str, name: str, **labels: str) -> float:
    """The sum of the samples of this name that have these labels at least."""
    wanted = {f'{label}="{value}"' for label, value in labels.items()}
    samples = [match for match in SAMPLE.finditer(text) if match["name"] == name]
    return sum(
        float(match["value"]) for match in samples if wanted <= set(match["labels"].split(","))
    )


def test_every_dialect_collection_and_outcome_is_counted(keyed: httpx.Client) -> None:
    def text() -> str:
        return keyed.get("/metrics").text

    before = text()
    asked = [way for way in ways(QUESTION) if way.name not in {"search", "dify", "mcp-search"}]
    found = [way for way in ways(QUESTION) if way not in asked]
    for way in [*asked, *found, *ways("What is the wingspan of an albatross?")]:
        assert post(keyed, way).status_code == 200
    after = text()

    def more(name: str, **labels: str) -> float:
        return counted(after, name, **labels) - counted(before, name, **labels)

    here = {"collection": COLLECTION}
    for dialect in Dialect:
        own = [way for way in asked if way.dialect == dialect]
        answers = {**here, "dialect": dialect.value}
        assert more("footnote_answers_total", outcome="answered", **answers) == len(own), dialect
        assert more("footnote_answers_total", **answers) == 2 * len(own), dialect
        searches = 2 * len([way for way in found if way.dialect == dialect])
        assert more("footnote_searches_total", **answers) == searches, dialect
        requests = more("footnote_requests_total", dialect=dialect.value, status="200")
        assert requests >= 2 * len(own) + searches
    for stage in ("embed", "lexical", "dense", "read", "total"):
        assert counted(after, "footnote_stage_seconds_count", stage=stage, **here) > 0, stage
    assert more("footnote_sentences_total", verdict="supported", **here) >= len(asked)
    for gauge in ("documents", "chunks", "created_timestamp_seconds"):
        assert counted(after, f"footnote_snapshot_{gauge}", **here) > 0, gauge
    assert "footnote_workers 1.0" in after


def test_nothing_that_a_caller_makes_up_becomes_a_label(keyed: httpx.Client) -> None:
    staff = key("staff")
    for way in ways(MARK):
        other = {"model": MARK, "knowledge_id": MARK, "collection": MARK, "verdict": MARK}
        keyed.post(way.path, json=dict(way.body) | other, headers=staff | MCP)
        post(keyed, way, **{"X-Request-Id": MARK, "User-Agent": MARK, "tracestate": f"{MARK}=1"})
    for path in (f"/{MARK}", f"/v1/{MARK}", f"/openai/deployments/{MARK}/chat/completions"):
        keyed.get(path, headers=staff)
        keyed.request(MARK, path, headers=staff)
    keyed.post(f"/mcp?collection={MARK}", json=tool(MARK), headers=staff | MCP)
    keyed.post("/feedback", json={"request_id": MARK, "verdict": MARK}, headers=staff)
    keyed.post("/feedback", json={"request_id": MARK, "verdict": "up"}, headers=staff)
    text = keyed.get("/metrics").text
    assert MARK not in text
    assert 'footnote_feedback_total{known="yes",verdict="up"}' in text
