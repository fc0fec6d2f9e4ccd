"""What happens around a request when something goes wrong that no client can be made to do."""

import asyncio
import json
import logging
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from pydantic import BaseModel
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from indexes.errors import EmbedderError
from service.api.answers import EvidenceEvent
from service.api.ask import event_stream
from service.api.middleware import BodyLimit, RequestRecord
from service.telemetry import Telemetry

START: Message = {"type": "http.response.start", "status": 200, "headers": []}
DETAIL = "the path /srv/footnote and the question"


def exchange(app: ASGIApp, received: Iterable[Message] = ()) -> list[Message]:
    """What ``app`` sends when it receives these messages."""
    sent: list[Message] = []
    messages = iter(received)

    async def receive() -> Message:
        return next(messages)

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/ask", "headers": [], "state": {}}
    asyncio.run(app(scope, receive, send))  # type: ignore[arg-type]  # an ASGI app is a coroutine function
    return sent


def test_an_unforeseen_error_is_logged_and_not_told(caplog: pytest.LogCaptureFixture) -> None:
    async def broken(_scope: Scope, _receive: Receive, _send: Send) -> None:
        raise LookupError(DETAIL)

    with caplog.at_level(logging.INFO):
        start, body = exchange(RequestRecord(broken, Telemetry()))
    document = json.loads(body["body"])
    assert (start["status"], document["status"]) == (500, 500)
    assert DETAIL not in body["body"].decode()
    assert DETAIL in caplog.text
    logged = [getattr(record, "fields", {}).get("request_id") for record in caplog.records]
    assert logged == [document["request_id"]] * 2


def test_half_a_response_is_broken_off() -> None:
    async def broken(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send(START)
        raise LookupError(DETAIL)

    with pytest.raises(LookupError):
        exchange(RequestRecord(broken, Telemetry()))


def test_a_client_that_left_half_way_has_sent_no_body() -> None:
    seen: list[Message] = []

    async def reader(_scope: Scope, receive: Receive, _send: Send) -> None:
        seen.append(await receive())

    part: Message = {"type": "http.request", "body": b"{}", "more_body": True}
    gone: Message = {"type": "http.disconnect"}
    exchange(BodyLimit(reader, 10), [part, gone])
    assert seen == [gone]
    exchange(BodyLimit(reader, 10), [part, {"type": "http.request", "body": b" "}, gone])
    assert seen[1] == {"type": "http.request", "body": b"{} ", "more_body": False}


FIRST = (
    "evidence",
    EvidenceEvent(evidence=[], question="Why?", snapshot="a-snapshot", request_id="an-id"),
)


def told(replies: Iterator[tuple[str, BaseModel]]) -> Iterator[tuple[str, Any]]:
    for text in event_stream(replies, "an-id"):
        name, data = text.removesuffix("\n\n").split("\n")
        yield name.removeprefix("event: "), json.loads(data.removeprefix("data: "))


def test_an_error_ends_a_stream_as_an_event(caplog: pytest.LogCaptureFixture) -> None:
    def replies() -> Iterator[tuple[str, BaseModel]]:
        yield FIRST
        raise EmbedderError(DETAIL)

    (first, _), (last, problem) = told(replies())
    assert (first, last) == ("evidence", "error")
    assert (problem["status"], problem["request_id"]) == (503, "an-id")
    assert problem["type"] == "urn:footnote:problem:embedder-error"
    assert DETAIL not in json.dumps(problem)
    assert DETAIL in caplog.text


def test_an_unforeseen_error_ends_a_stream_and_is_raised() -> None:
    def replies() -> Iterator[tuple[str, BaseModel]]:
        yield FIRST
        raise LookupError(DETAIL)

    stream = told(replies())
    assert next(stream)[0] == "evidence"
    name, problem = next(stream)
    assert (name, problem["status"]) == ("error", 500)
    assert DETAIL not in json.dumps(problem)
    with pytest.raises(LookupError):
        next(stream)


def test_an_event_stands_on_one_line_however_lines_are_broken() -> None:
    marks = "a\x85b\u2028c\u2029d\ne"
    event = EvidenceEvent(evidence=[], question=marks, snapshot="a-snapshot", request_id="an-id")
    (text,) = event_stream(iter([("evidence", event)]), "an-id")
    assert len(text.splitlines()) == 3
    assert json.loads(text.splitlines()[1].removeprefix("data: "))["question"] == marks
