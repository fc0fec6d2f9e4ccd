"""The Python client where the other side dies, dawdles, or is not Footnote at all."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest

from service.clients.client import AsyncFootnote, Footnote
from service.clients.errors import (
    BrokenOff,
    ConnectionFailed,
    FootnoteClientError,
    Overloaded,
    RateLimited,
    RequestRefused,
    UnexpectedReply,
)
from service.clients.types import Answer, Event, EvidenceFound
from tests.service.model_server import (
    CHUNKED,
    STREAM,
    Behaviour,
    Request,
    hanging,
    refusing,
    resetting,
    sending,
    serving,
)

FOUND = {"evidence": [], "question": "年假?", "snapshot": "s", "request_id": "r"}
IMPATIENT = 0.3  # seconds


def sent(name: str, data: dict[str, Any]) -> bytes:
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n".encode()


def chunk(content: bytes) -> bytes:
    return f"{len(content):x}\r\n".encode() + content + b"\r\n"


def streamed(behave: Behaviour, timeout: float = 10) -> tuple[list[Event], FootnoteClientError]:
    """What came of a stream before its error; that both clients agree is checked on the way."""
    got: list[Event] = []
    with (
        serving(behave) as address,
        Footnote(address, timeout=timeout) as client,
        pytest.raises(FootnoteClientError) as caught,
    ):
        got.extend(client.stream("年假?"))
    events, error = asyncio.run(asynchronously(behave, timeout))
    assert events == got
    assert type(error) is type(caught.value)
    return got, caught.value


async def asynchronously(
    behave: Behaviour, seconds: float
) -> tuple[list[Event], FootnoteClientError]:
    events: list[Event] = []
    with serving(behave) as address:
        async with AsyncFootnote(address, timeout=seconds) as client:
            try:
                async for event in client.stream("年假?"):
                    events.append(event)  # noqa: PERF401 (they are to stay when it breaks off)
            except FootnoteClientError as exc:
                return events, exc
    pytest.fail("the stream did not end with an error")


def refused(behave: Behaviour, timeout: float = 10) -> FootnoteClientError:
    """What asking for the whole answer raises, by either client."""
    with serving(behave) as address:
        with (
            Footnote(address, timeout=timeout) as client,
            pytest.raises(FootnoteClientError) as caught,
        ):
            client.ask("年假?")
        other = asyncio.run(_refused(address, timeout))
    assert type(other) is type(caught.value)
    return caught.value


async def _refused(address: str, seconds: float) -> FootnoteClientError:
    async with AsyncFootnote(address, timeout=seconds) as client:
        with pytest.raises(FootnoteClientError) as caught:
            await client.ask("年假?")
    return caught.value


# ---- streams that end too soon -----------------------------------------------------------------


@pytest.mark.parametrize(
    "behave",
    [
        sending(STREAM, sent("evidence", FOUND)),
        sending(CHUNKED, chunk(sent("evidence", FOUND))),
        sending(CHUNKED, chunk(sent("evidence", FOUND) + b"event: answer\ndata: {}\n")),
        hanging(STREAM, sent("evidence", FOUND)),
    ],
    ids=["closed", "without its last chunk", "in an event", "silent"],
)
def test_a_stream_that_ends_before_its_answer(behave: Behaviour) -> None:
    events, error = streamed(behave, IMPATIENT)
    assert events == [EvidenceFound((), "年假?", "s", "r")]
    assert isinstance(error, BrokenOff)
    assert "POST /ask" in str(error)


def test_a_server_that_dies_after_its_answer() -> None:
    names = ("answer", "language", "question", "snapshot", "generator", "request_id")
    answer = dict.fromkeys(names, "s") | {"abstained": True, "sentences": [], "citations": []}
    with (
        serving(sending(CHUNKED, chunk(sent("answer", answer)))) as address,
        Footnote(address) as client,
    ):
        events = list(client.stream("年假?"))
    assert [type(event) for event in events] == [Answer]


def test_a_server_that_was_killed() -> None:
    _, error = streamed(resetting(STREAM, sent("evidence", FOUND)))
    assert isinstance(error, BrokenOff)
    assert isinstance(refused(resetting()), ConnectionFailed)


def test_an_error_in_a_stream_is_the_problem_that_it_tells() -> None:
    problem = {
        "type": "urn:footnote:problem:generation-error",
        "title": "Bad Gateway",
        "status": 502,
        "detail": "The model is gone.",
        "request_id": "r-1",
    }
    events, error = streamed(sending(STREAM, sent("evidence", FOUND), sent("error", problem)))
    assert len(events) == 1
    assert isinstance(error, RequestRefused)
    assert error.problem.kind == problem["type"]
    assert error.problem.request_id == "r-1"
    assert "The model is gone." in str(error)


def test_events_of_a_later_service_are_passed_over() -> None:
    head = b": comment\n\nevent: progress\ndata: {}\n\n"
    events, _ = streamed(sending(STREAM, head, sent("evidence", FOUND | {"later": 1})))
    assert events == [EvidenceFound((), "年假?", "s", "r")]


def test_an_event_that_is_not_whole_is_named() -> None:
    lacking = {"evidence": [{"number": 1}], "question": "", "snapshot": "", "request_id": ""}
    _, error = streamed(sending(STREAM, sent("evidence", lacking)))
    assert isinstance(error, UnexpectedReply)
    assert "evidence.evidence[0].document_id" in str(error)


# ---- replies that are no answer ----------------------------------------------------------------


def test_no_reply_in_time() -> None:
    error = refused(hanging(), IMPATIENT)
    assert isinstance(error, ConnectionFailed)
    assert "ReadTimeout" in str(error)
    assert error.__cause__ is not None


def test_half_a_reply() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n"
    assert isinstance(refused(sending(head, b'{"answer"')), ConnectionFailed)


@pytest.mark.parametrize(
    ("header", "expected"),
    [("Retry-After: 7", 7.0), ("Retry-After: Wed, 21 Oct 2015 07:28:00 GMT", 0.0)],
)
def test_all_are_busy(header: str, expected: float) -> None:
    error = refused(refusing("503 Service Unavailable", header=header))
    assert isinstance(error, Overloaded)
    assert error.retry_after == expected


@pytest.mark.parametrize("header", ["", "Retry-After: soon", "Retry-After: -5"])
def test_how_long_to_wait_is_not_told(header: str) -> None:
    error = refused(refusing("429 Too Many Requests", header=header))
    assert isinstance(error, RateLimited)
    assert error.retry_after is None


def test_a_503_that_is_not_load_is_no_overload() -> None:
    error = refused(refusing("503 Service Unavailable"))
    assert type(error) is RequestRefused
    assert error.problem.status == 503


@pytest.mark.parametrize("status", ["502 Bad Gateway", "499 Gone away"])
def test_a_refusal_of_something_between(status: str) -> None:
    error = refused(refusing(status, b"<h1>sorry</h1>"))
    assert isinstance(error, RequestRefused)
    assert f"{error.problem.status}" == status[:3]
    assert "check base_url" in str(error)


def test_a_problem_may_say_little() -> None:
    head = (
        b"HTTP/1.1 418 Teapot\r\nContent-Type: application/problem+json\r\n"
        b"Content-Length: 14\r\nConnection: close\r\n\r\n"
    )
    error = refused(sending(head, b'{"status":418}'))
    assert isinstance(error, RequestRefused)
    assert error.problem.kind == "about:blank"


def test_a_redirect_is_not_followed() -> None:
    elsewhere: list[Request] = []
    with serving(sending(STREAM), elsewhere) as other:
        error = refused(refusing("307 Temporary Redirect", header=f"Location: {other}/ask"))
    assert isinstance(error, UnexpectedReply)
    assert other in str(error)
    assert elsewhere == []


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"<html>", "is not JSON"),
        (b"[" * 100_000, "is not JSON"),
        (b"\xff", "is not JSON"),
        (b"[]", "reply should be an object, and is []"),
        (b"{}", "lacks reply.answer"),
        (b'{"answer": 1}', "reply.answer should be text, and is 1"),
    ],
)
def test_a_reply_that_is_not_footnote_s(body: bytes, expected: str) -> None:
    error = refused(refusing("200 OK", body))
    assert isinstance(error, UnexpectedReply)
    assert expected in str(error)


def test_a_stream_that_is_none() -> None:
    _, error = streamed(refusing("200 OK", b"{}"))
    assert isinstance(error, UnexpectedReply)
    _, refusal = streamed(refusing("429 Too Many Requests", header="Retry-After: 3"))
    assert isinstance(refusal, RateLimited)
    assert refusal.retry_after == 3


def test_the_key_is_sent_and_not_told() -> None:
    requests: list[Request] = []
    attempts: list[Callable[[Footnote], object]] = [
        lambda client: client.ask("?"),
        lambda client: next(client.stream("?")),
    ]
    with (
        serving(refusing("401 Unauthorized"), requests) as address,
        Footnote(address, "fn-secret") as client,
    ):
        for attempt in attempts:
            with pytest.raises(RequestRefused) as caught:
                attempt(client)
            assert "fn-secret" not in str(caught.value) + repr(caught.value)
    assert [each.headers["authorization"] for each in requests] == ["Bearer fn-secret"] * 2
    assert [each.body for each in requests] == [
        {"question": "?", "stream": False},
        {"question": "?", "stream": True},
    ]
