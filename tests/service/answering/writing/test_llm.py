"""The client against servers that misbehave, and every foreign error."""

import json
import socket
import subprocess
import sys
from dataclasses import replace
from inspect import isclass
from io import BufferedIOBase
from threading import Event
from time import monotonic
from typing import Any

import httpx
import openai
import pytest

from indexes.errors import ConfigurationError, GenerationError, GenerationTimeout
from service.answering.writing.chat import ChatRequest, Message, Piece
from service.answering.writing.deadline import Deadline
from service.answering.writing.failures import TryAgain
from service.answering.writing.llm import OpenAICompatibleChat, translated
from service.answering.writing.settings import LLMSettings, Patience
from tests.service.model_server import (
    CHUNKED,
    HEAD,
    LONG_SECONDS,
    NOWHERE,
    SHORT_SECONDS,
    STREAM,
    Behaviour,
    Request,
    answering,
    event,
    hanging,
    refusing,
    sending,
    serving,
    trickling,
)

KEY = "sk-a-secret"
ASKED = ChatRequest((Message("user", "How long is leave?"),), 64)


def streamed(
    address: str, seconds: float = LONG_SECONDS, patience: Patience | None = None
) -> list[Piece]:
    settings = LLMSettings(address, "model", KEY, patience=patience or Patience())
    return list(OpenAICompatibleChat(settings).stream(ASKED, Deadline.after(seconds)))


SLOW = [
    hanging(),
    hanging(STREAM),
    hanging(STREAM, event("Leave is paid [2]. It")),
    trickling(STREAM, b": still here\n\n"),
    trickling(STREAM + b"data: ", b" "),
    trickling(HEAD + b"X-Slow: ", b"y"),
    trickling(b"HTTP/1.1 500 Broken\r\nContent-Length: 100000\r\n\r\n", b"y"),
]
SLOW_NAMES = ["silent", "no event", "half", "comments", "bytes", "headers", "error"]


@pytest.mark.parametrize(
    "behave", [*SLOW, trickling(STREAM, event("word "))], ids=[*SLOW_NAMES, "tokens"]
)
def test_the_deadline_covers_the_whole_reply(behave: Behaviour) -> None:
    with serving(behave) as address:
        began = monotonic()
        with pytest.raises(GenerationTimeout, match=r"within 0\.5 seconds") as caught:
            streamed(address, SHORT_SECONDS)
        assert address in str(caught.value)
        assert monotonic() - began < LONG_SECONDS


@pytest.mark.parametrize("behave", SLOW, ids=SLOW_NAMES)
def test_a_server_that_falls_silent_is_not_waited_for_until_the_deadline(
    behave: Behaviour,
) -> None:
    patience = Patience(first_token=SHORT_SECONDS, idle=SHORT_SECONDS)
    with (
        serving(behave) as address,
        pytest.raises(GenerationTimeout, match=r"nothing for 0\.5 seconds"),
    ):
        streamed(address, patience=patience)


def test_a_slow_server_that_writes_on_is_waited_for() -> None:
    patience = Patience(first_token=SHORT_SECONDS, idle=SHORT_SECONDS)
    with (
        serving(trickling(STREAM, event("word "))) as address,
        pytest.raises(GenerationTimeout, match="within 1 seconds"),
    ):
        streamed(address, 2 * SHORT_SECONDS, patience)


def test_who_has_more_time_for_an_answer_waits_longer_for_its_parts() -> None:
    settings = LLMSettings(NOWHERE, "model")
    assert settings.waits == Patience(3.0, 15.0, 5.0, 5.0)
    assert replace(settings, timeout_seconds=120.0).waits == Patience(3.0, 90.0, 30.0, 30.0)
    given = Patience(idle=1.0)
    assert replace(settings, patience=given).waits is given


def test_an_address_that_nobody_answers_is_given_up_early() -> None:
    """A full backlog: the kernel drops what would connect."""
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        address = deaf.getsockname()
        callers = [socket.socket() for _ in range(4)]
        for caller in callers:
            caller.settimeout(0)
            caller.connect_ex(address)
        try:
            with pytest.raises(GenerationTimeout, match=r"connected to within 0\.5 seconds"):
                streamed(f"http://127.0.0.1:{address[1]}/v1", patience=Patience(connect=0.5))
        finally:
            for caller in callers:
                caller.close()


@pytest.mark.parametrize(
    ("status", "advice"),
    [
        ("400 Bad Request", "4096 tokens of context"),
        ("401 Unauthorized", "check its API key"),
        ("403 Forbidden", "check its API key"),
        ("404 Not Found", "check FOOTNOTE_LLM_BASE_URL and FOOTNOTE_LLM_MODEL"),
        ("429 Too Many Requests", "busy"),
        ("500 Internal Server Error", "see its log"),
        ("503 Service Unavailable", "see its log"),
        ("301 Moved Permanently", "check FOOTNOTE_LLM_BASE_URL"),
    ],
)
def test_a_refusal_says_what_to_do_and_never_the_key(status: str, advice: str) -> None:
    body = json.dumps({"error": {"message": f"bad key {KEY}"}}).encode()
    with serving(refusing(status, body)) as address:
        with pytest.raises(GenerationError, match=f"HTTP {status[:3]}: .*{advice}") as caught:
            streamed(address)
        assert address in str(caught.value)
        assert KEY not in str(caught.value)


UNREADABLE = [
    *(b"{not json", b"\xff\xfe", b"[" * 200_000, b"7", b"[]", b"null", b'{"choices": null}'),
    *(b'{"choices": [{}]}', b'{"choices": [{"delta": {"content": 7}}]}'),
    b'{"error": {"message": "out of memory"}}',
    b'{"choices": [], "usage": {"prompt_tokens": "many", "completion_tokens": null}}',
]


@pytest.mark.parametrize(
    "behave",
    [
        *(sending(b""), sending(b"nonsense\r\n\r\n"), sending(STREAM)),
        refusing("200 OK", b'{"choices": [{"message": {"content": "Paid."}}]}'),
        sending(STREAM, b"<html>Welcome</html>"),
        *(sending(STREAM, b"data: " + data + b"\n\n") for data in UNREADABLE),
        sending(STREAM, event("Leave is paid [2]. It")),
        sending(STREAM, event("Leave is paid [2]. It"), b"data: [DONE]\n\n"),
        sending(CHUNKED, b"ff\r\n", event("Leave is paid [2]. It")),
    ],
)
def test_anything_but_a_whole_reply_is_an_error_that_says_what_to_do(behave: Behaviour) -> None:
    with serving(behave) as address:
        with pytest.raises(GenerationError, match=r"check|see its log") as caught:
            streamed(address)
        assert address in str(caught.value)
        assert not isinstance(caught.value, GenerationTimeout)


def test_a_server_that_is_not_there() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{taken.getsockname()[1]}/v1"
        with pytest.raises(TryAgain, match="cannot be reached") as caught:
            streamed(address)
    assert address in str(caught.value)


@pytest.mark.parametrize("part", [b"", event("Leave")], ids=["silent", "writing"])
def test_letting_go_of_a_reply_closes_the_connection_at_once(part: bytes) -> None:
    """Also while the server says nothing, and long before any patience ends."""
    gone = Event()

    def behave(stream: BufferedIOBase, _over: Event) -> None:
        stream.write(STREAM + event("Once") + part)
        connection: socket.socket = stream._sock  # type: ignore[attr-defined]
        connection.settimeout(LONG_SECONDS)
        if connection.recv(1) == b"":
            gone.set()

    with serving(behave) as address:
        patience = Patience(first_token=4 * LONG_SECONDS, idle=4 * LONG_SECONDS)
        settings = LLMSettings(address, "model", patience=patience)
        pieces = OpenAICompatibleChat(settings).stream(ASKED, Deadline.after(4 * LONG_SECONDS))
        assert next(pieces).text == "Once"
        pieces.close()
        assert gone.wait(LONG_SECONDS)


@pytest.mark.parametrize(("key", "sent"), [(KEY, KEY), ("", "none")])
def test_nothing_is_read_from_the_environment(
    monkeypatch: pytest.MonkeyPatch, key: str, sent: str
) -> None:
    for name in ("API_KEY", "ADMIN_KEY", "ORG_ID", "ORGANIZATION", "PROJECT_ID", "API_VERSION"):
        monkeypatch.setenv(f"OPENAI_{name}", "leak")
    for name in ("OPENAI_BASE_URL", "OPENAI_API_BASE", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "X-Custom: leak")
    requests: list[Request] = []
    asked = replace(ASKED, schema={"type": "object"})
    with serving(answering("Paid."), requests) as address:
        chat = OpenAICompatibleChat(LLMSettings(address, "model", key))
        list(chat.stream(asked, Deadline.after(LONG_SECONDS)))
    headers, body = requests[0].headers, requests[0].body
    assert headers.pop("authorization") == f"Bearer {sent}"
    assert set(headers) == {"host", "accept", "content-type", "content-length"}
    assert "leak" not in "".join(headers.values())
    wanted = {"name": "reply", "strict": True, "schema": {"type": "object"}}
    assert body == {
        "model": "model",
        "messages": [{"role": "user", "content": ASKED.messages[0].content}],
        "stream": True,
        "stream_options": {"include_usage": True},
        "response_format": {"type": "json_schema", "json_schema": wanted},
        "temperature": 0.0,
        "max_tokens": 64,
    }


def test_importing_the_module_does_not_import_the_client_libraries() -> None:
    program = "import sys, service.answering.writing.llm; print(*sys.modules)"
    command = [sys.executable, "-c", program]
    loaded = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    assert not {"openai", "httpx", "llama_index"} & set(loaded)


OPENAI_ERRORS = sorted(
    (each for each in list(vars(openai).values()) if isclass(each) and issubclass(each, Exception)),
    key=lambda each: each.__name__,
)
HTTPX_ERRORS = [
    each for each in list(vars(httpx).values()) if isclass(each) and issubclass(each, Exception)
]


def made(kind: type[Exception]) -> Exception:
    """An exception of a foreign class, whose constructors all differ."""
    error = kind.__new__(kind)
    if isinstance(error, openai.APIStatusError):
        error.status_code, error.message, error.body = 418, "", None
    return error


def test_the_foreign_errors_are_all_here() -> None:
    assert {openai.OpenAIError, openai.APITimeoutError, openai.RateLimitError} < set(OPENAI_ERRORS)
    assert {httpx.ReadTimeout, httpx.RemoteProtocolError, httpx.InvalidURL} < set(HTTPX_ERRORS)


@pytest.mark.parametrize("kind", [*OPENAI_ERRORS, *HTTPX_ERRORS], ids=lambda kind: kind.__name__)
def test_every_foreign_error_is_translated(kind: type[Exception]) -> None:
    error = made(kind)
    settings = LLMSettings(NOWHERE, "model", KEY)
    with pytest.raises(GenerationError, match=settings.base_url) as caught, translated(settings):
        raise error
    assert caught.value.__cause__ is error
    late = issubclass(kind, (openai.APITimeoutError, httpx.TimeoutException))
    assert isinstance(caught.value, GenerationTimeout) is late


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"base_url": "127.0.0.1:8080/v1"}, "FOOTNOTE_LLM_BASE_URL"),
        ({"base_url": "ftp://127.0.0.1/v1"}, "FOOTNOTE_LLM_BASE_URL"),
        ({"base_url": f"http://me:{KEY}@127.0.0.1/v1"}, "FOOTNOTE_LLM_BASE_URL"),
        ({"base_url": f"http://127.0.0.1/v1?key={KEY}"}, "FOOTNOTE_LLM_BASE_URL"),
        ({"model": ""}, "FOOTNOTE_LLM_MODEL"),
        ({"model": "gpt-5.4-pro"}, "FOOTNOTE_LLM_MODEL"),
        ({"api_key": f"{KEY}\n"}, "API key"),
        ({"api_key": f"{KEY}é"}, "API key"),
        ({"timeout_seconds": 0}, "timeout above 0"),
        ({"max_tokens": 0}, "limit of answer tokens"),
        ({"max_tokens": 4096}, "below its context tokens"),
    ],
)
def test_settings_that_cannot_be_right_are_refused(changes: dict[str, Any], message: str) -> None:
    settings = replace(LLMSettings(NOWHERE, "model"), **changes)
    with pytest.raises(ConfigurationError, match=message) as caught:
        OpenAICompatibleChat(settings)
    assert KEY not in str(caught.value)
