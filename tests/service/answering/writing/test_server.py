"""Retries, the breaker and what a server does not take, over real connections."""

import json
from collections.abc import Callable
from dataclasses import replace
from io import BufferedIOBase
from threading import Event

import pytest

from indexes.errors import GenerationError, GenerationTimeout
from service.answering.writing.breaker import Breaker, BreakerSettings, State
from service.answering.writing.chat import ChatRequest, Message, Piece, Schema
from service.answering.writing.deadline import Deadline
from service.answering.writing.failures import PromptTooLong, RequestRefused, Resting, TryAgain
from service.answering.writing.llm import OpenAICompatibleChat
from service.answering.writing.retrying import RetrySettings
from service.answering.writing.server import ModelServer
from service.answering.writing.settings import LLMSettings, Patience
from tests.service.model_server import (
    LONG_SECONDS,
    SHORT_SECONDS,
    STREAM,
    Behaviour,
    Request,
    answering,
    complaining,
    deciding,
    event,
    hanging,
    in_turn,
    refusing,
    resetting,
    sending,
    serving,
    trickling,
)

QUICK = RetrySettings(attempts=3, first_pause_seconds=0.01, longest_pause_seconds=0.02)
SCHEMA: Schema = {"type": "object"}
ASKED = ChatRequest((Message("user", "How long is leave?"),), 64)
BUSY = refusing("503 Service Unavailable")


def server_at(
    address: str,
    breaker: BreakerSettings = BreakerSettings(),  # noqa: B008 (frozen)
    completion_seconds: float = LONG_SECONDS,
    patience: Patience = Patience(),  # noqa: B008 (frozen)
) -> ModelServer:
    chat = OpenAICompatibleChat(LLMSettings(address, "model", patience=patience))
    return ModelServer(chat, Breaker(address, breaker), QUICK, completion_seconds)


def said(server: ModelServer, asked: ChatRequest = ASKED) -> str:
    return "".join(piece.text for piece in server.stream(asked, Deadline.after(LONG_SECONDS)))


@pytest.mark.parametrize(
    "first",
    [
        *(refusing(f"{status} x") for status in (408, 409, 425, 429, 500, 502, 503, 504)),
        refusing("429 x", header="Retry-After: 0"),
        refusing("429 x", header="Retry-After: Fri, 01 Jan 2021 00:00:00 GMT"),
        refusing("429 x", header="Retry-After: soon"),
        resetting(),
        resetting(STREAM),
        sending(b""),
    ],
)
def test_what_failed_before_the_first_word_is_asked_again(first: Behaviour) -> None:
    requests: list[Request] = []
    with deciding(in_turn(first, first, answering("Leave is paid.")), requests) as address:
        assert said(server_at(address)) == "Leave is paid."
    assert len(requests) == 3


def test_after_three_attempts_it_is_given_up() -> None:
    requests: list[Request] = []
    with serving(BUSY, requests) as address, pytest.raises(TryAgain, match="HTTP 503"):
        said(server_at(address))
    assert len(requests) == 3


@pytest.mark.parametrize("status", [400, 401, 403, 404, 413, 422, 301])
def test_what_cannot_succeed_is_not_asked_again(status: int) -> None:
    requests: list[Request] = []
    with (
        serving(refusing(f"{status} x"), requests) as address,
        pytest.raises(GenerationError, match=f"HTTP {status}"),
    ):
        said(server_at(address), replace(ASKED, counted=False))
    assert len(requests) == 1


def test_a_pause_beyond_the_deadline_is_not_made() -> None:
    requests: list[Request] = []
    busy = refusing("429 Too Many Requests", header="Retry-After: 3600")
    with serving(busy, requests) as address, pytest.raises(TryAgain, match="busy") as caught:
        said(server_at(address))
    assert caught.value.after == 3600
    assert len(requests) == 1


@pytest.mark.parametrize(
    "last", [resetting(STREAM, event("Leave")), sending(STREAM, event("Leave")), hanging()]
)
def test_after_the_first_word_nothing_is_asked_again(last: Behaviour) -> None:
    requests: list[Request] = []
    patience = Patience(first_token=SHORT_SECONDS, idle=SHORT_SECONDS)
    with serving(last, requests) as address, pytest.raises(GenerationError):
        said(server_at(address, patience=patience))
    assert len(requests) == 1


def test_a_server_that_keeps_failing_is_left_alone() -> None:
    requests: list[Request] = []
    with serving(BUSY, requests) as address:
        server = server_at(address, BreakerSettings(failures=3, rest_seconds=3600))
        assert server.state() is State.CLOSED
        with pytest.raises(TryAgain):
            said(server)
        assert server.state() is State.OPEN
        with pytest.raises(Resting):
            said(server)
        with pytest.raises(Resting):
            server.complete(ASKED.messages, 8)
    assert len(requests) == 3


def test_a_server_that_has_recovered_is_asked_again() -> None:
    with deciding(in_turn(BUSY, BUSY, BUSY, answering("Yes."))) as address:
        server = server_at(address, BreakerSettings(failures=3, rest_seconds=0.0))
        with pytest.raises(TryAgain):
            said(server)
        assert said(server) == "Yes."
        assert server.state() is State.CLOSED


def test_a_reader_who_has_enough_is_no_failure() -> None:
    gone = Event()

    def behave(stream: BufferedIOBase, over: Event) -> None:
        try:
            trickling(STREAM + event("Leave"), event(" is"))(stream, over)
        except OSError:
            gone.set()

    with serving(behave) as address:
        server = server_at(address, BreakerSettings(failures=1))
        pieces = server.stream(ASKED, Deadline.after(LONG_SECONDS))
        assert next(pieces).text == "Leave"
        pieces.close()
        assert gone.wait(LONG_SECONDS)
        assert server.state() is State.CLOSED


def taking(*parts: str) -> Callable[[Request], Behaviour]:
    """A server that takes only these of the optional parts of a request."""

    def decide(request: Request) -> Behaviour:
        extra = {"stream_options", "response_format"} & set(request.body) - set(parts)
        return complaining("Unknown field.") if extra else answering("Leave is paid.")

    return decide


def test_a_count_that_the_server_does_not_take_is_asked_for_once() -> None:
    requests: list[Request] = []
    with deciding(taking("response_format"), requests) as address:
        server = server_at(address)
        for _ in range(2):
            assert said(server, replace(ASKED, schema=SCHEMA)) == "Leave is paid."
    assert ["stream_options" in request.body for request in requests] == [True, False, False]
    assert all("response_format" in request.body for request in requests)


@pytest.mark.parametrize(
    "message", ["response_format is not supported", "json_schema: unknown", "cannot make a grammar"]
)
def test_a_schema_that_the_server_names_is_refused_at_once(message: str) -> None:
    requests: list[Request] = []
    with (
        serving(complaining(message), requests) as address,
        pytest.raises(RequestRefused, match="HTTP 400") as caught,
    ):
        said(server_at(address), replace(ASKED, schema=SCHEMA))
    assert caught.value.part == "schema"
    assert len(requests) == 1


TOO_LONG = [
    "the request exceeds the available context size, try increasing it",
    "This model's maximum context length is 4096 tokens. However, you requested 5000 tokens",
    "Prompt is too long",
    "Too many tokens: total tokens 9000 exceed the limit",
    "`inputs` must have less than 4095 `tokens`. Given: 5000",
    "Requested tokens (5000) exceed context window of 4096",
]


@pytest.mark.parametrize("message", TOO_LONG)
def test_a_prompt_that_is_too_long_is_told_apart(message: str) -> None:
    requests: list[Request] = []
    with serving(complaining(message), requests) as address, pytest.raises(PromptTooLong):
        said(server_at(address))
    assert len(requests) == 1


def test_a_completion_is_the_whole_reply() -> None:
    requests: list[Request] = []
    with serving(answering('{"question": "How long?"}'), requests) as address:
        reply = server_at(address).complete(ASKED.messages, 17, SCHEMA)
    assert json.loads(reply) == {"question": "How long?"}
    body = requests[0].body
    assert body["max_tokens"] == 17
    assert body["response_format"]["json_schema"]["schema"] == SCHEMA
    assert "stream_options" not in body


def test_a_completion_without_its_schema_where_the_server_takes_none() -> None:
    requests: list[Request] = []
    with deciding(taking(), requests) as address:
        server = server_at(address)
        assert server.complete(ASKED.messages, 17, SCHEMA) == "Leave is paid."
    assert ["response_format" in request.body for request in requests] == [True, False]


def test_a_completion_that_is_refused_without_a_schema_is_an_error() -> None:
    with (
        serving(complaining("No.")) as address,
        pytest.raises(RequestRefused, match="HTTP 400"),
    ):
        server_at(address).complete(ASKED.messages, 17)


@pytest.mark.parametrize("behave", [hanging(), trickling(STREAM, event("word "))])
def test_a_completion_keeps_to_its_time(behave: Behaviour) -> None:
    with serving(behave) as address, pytest.raises(GenerationTimeout, match=r"within 0\.5 seconds"):
        server_at(address, completion_seconds=SHORT_SECONDS).complete(ASKED.messages, 17)


def test_pieces_carry_the_reason_and_the_count() -> None:
    with serving(answering("Leave is", "length", usage=(70, 2))) as address:
        pieces = list(server_at(address).stream(ASKED, Deadline.after(LONG_SECONDS)))
    assert [piece.finish for piece in pieces if piece.finish] == ["length"]
    assert [piece.tokens for piece in pieces if piece.tokens] == [pieces[-1].tokens]
    assert isinstance(pieces[-1], Piece)
    assert pieces[-1].tokens is not None
    assert (pieces[-1].tokens.read, pieces[-1].tokens.written) == (70, 2)
