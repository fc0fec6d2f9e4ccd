"""Clients that are slow, leave, idle, or send what no client should: bounded, clear, and no harm.

Also what a stop does to those that are being answered.
"""

import json
import os
import re
import resource
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress
from io import BufferedIOBase
from itertools import count
from pathlib import Path
from threading import Event, Thread

import httpx
import pytest

from service.settings import Settings
from tests.service import model_server
from tests.service.server import eventually, problem, serving
from tests.service.wiki import QUESTION, Wiki

PATIENCE = 30.0
BODY_LIMIT = 256 * 1024
MEGABYTES = 10 * 1024 * 1024
# What a refusal may weigh, whatever was refused.
REPLY_LIMIT = 16 * 1024
SENTENCE = "Every parent gets twenty weeks of paid parental leave [1]. "
POSTS = (
    "/ask",
    "/search",
    "/feedback",
    "/retrieval",
    "/v1/chat/completions",
    "/v1/responses",
    "/mcp",
)


@pytest.fixture(scope="module")
def service(wiki: Wiki) -> Iterator[httpx.Client]:
    with serving(Settings.read(data_dir=wiki.data_dir, max_body_bytes=BODY_LIMIT)) as client:
        yield client


@pytest.fixture(autouse=True)
def still_answering(request: pytest.FixtureRequest) -> Iterator[None]:
    """Whatever a test did, the next question is answered."""
    yield
    if "service" in request.fixturenames:
        asks(request.getfixturevalue("service"))


def asks(client: httpx.Client) -> None:
    response = client.post("/ask", json={"question": QUESTION})
    assert response.status_code == 200, response.text
    assert "twenty weeks" in response.json()["answer"]


def connect(client: httpx.Client) -> socket.socket:
    url = client.base_url
    return socket.create_connection((url.host, url.port or 80), PATIENCE)


def told(connection: socket.socket, *parts: bytes) -> bytes:
    """All that is replied to these bytes until the server closes; empty where it only closes."""
    received = b""
    try:
        for part in parts:
            connection.sendall(part)
        while more := connection.recv(65536):
            received += more
    except ConnectionError:
        pass
    return received


def head(path: str, *headers: str, method: str = "POST") -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", "Connection: close", *headers]
    if method == "POST":
        lines.append("Content-Type: application/json")
    return "\r\n".join([*lines, "", ""]).encode()


def refused(reply: bytes, *statuses: int) -> None:
    """A short reply with one of these statuses, or no reply at all."""
    assert len(reply) < REPLY_LIMIT
    if reply:
        assert int(reply.split(b" ", 2)[1]) in statuses, reply[:500]


def test_who_reads_slowly_delays_nobody_else_and_gets_all(service: httpx.Client) -> None:
    body = json.dumps({"question": QUESTION, "stream": True}).encode()
    with ExitStack() as opened:
        slow = [opened.enter_context(closing(connect(service))) for _ in range(4)]
        for connection in slow:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            connection.sendall(head("/ask", f"Content-Length: {len(body)}") + body)
        received = [b""] * len(slow)
        for _ in range(5):
            for number, connection in enumerate(slow):
                received[number] += connection.recv(1)
            asks(service)
        for number, connection in enumerate(slow):
            whole = received[number] + told(connection)
            assert b"event: answer" in whole
            assert whole.startswith(b"HTTP/1.1 200")


CHAT = {"messages": [{"role": "user", "content": QUESTION}]}


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/ask", {"question": QUESTION}),
        ("/v1/chat/completions", CHAT),
        ("/v1/responses", {"input": QUESTION}),
    ],
)
def test_nothing_more_is_written_for_who_left(
    wiki: Wiki, path: str, body: dict[str, object], *, stream: bool
) -> None:
    writing, stopped = Event(), Event()

    def endless(connection: BufferedIOBase, over: Event) -> None:
        writing.set()
        connection.write(model_server.STREAM)
        try:
            for number in count(1):
                if over.wait(0.02):
                    return
                sentence = SENTENCE.replace("Every parent", f"Parent number {number}")
                connection.write(model_server.event(sentence))
        except OSError:
            stopped.set()
            raise

    with model_server.serving(endless) as model:
        settings = Settings.read(
            data_dir=wiki.data_dir,
            llm_base_url=model,
            llm_model="endless",
            llm_output="text",
            release="flag",
            llm_timeout_seconds=60,
            max_requests=1,
            max_waiting=0,
        )
        content = json.dumps(body | {"stream": stream}).encode()
        with serving(settings) as client:
            with closing(connect(client)) as leaving:
                leaving.sendall(head(path, f"Content-Length: {len(content)}") + content)
                if stream:
                    assert leaving.recv(1)
                assert writing.wait(PATIENCE)
                busy = client.post("/search", json={"query": QUESTION})
                assert problem(busy, 503)
                assert not stopped.is_set()
            assert stopped.wait(5)
            # Its permit is another's.
            eventually(lambda: client.post("/search", json={"query": QUESTION}).status_code == 200)


def test_a_thousand_idle_connections_keep_nobody_out(service: httpx.Client) -> None:
    both_ends = 2 * 1000 + 500
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < both_ends:
        if hard != resource.RLIM_INFINITY and hard < both_ends:
            pytest.skip(f"this process may open {hard} files, and {both_ends} are needed")
        resource.setrlimit(resource.RLIMIT_NOFILE, (both_ends, hard))
    with ExitStack() as opened:
        for number in range(1000):
            connection = opened.enter_context(closing(connect(service)))
            if number % 2:  # half a request: the rest never comes
                connection.sendall(b"POST /ask HTTP/1.1\r\nHost: 127.0")
        with httpx.Client(base_url=service.base_url, timeout=PATIENCE) as fresh:
            asks(fresh)


def test_a_huge_header_is_refused_or_cut_off(service: httpx.Client) -> None:
    with closing(connect(service)) as connection:
        header = f"X-Large: {'x' * MEGABYTES}"
        refused(told(connection, head("/ask", header)), 400, 431)


@pytest.mark.parametrize("chunked", [False, True])
def test_a_huge_body_is_refused_or_cut_off(service: httpx.Client, *, chunked: bool) -> None:
    body = b'{"question": "' + b"x" * MEGABYTES + b'"}'
    with closing(connect(service)) as connection:
        if chunked:
            framed = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
            reply = told(connection, head("/ask", "Transfer-Encoding: chunked"), framed)
        else:
            reply = told(connection, head("/ask", f"Content-Length: {len(body)}"), body)
    refused(reply, 413)


def test_a_body_a_little_too_large_is_told_so(service: httpx.Client) -> None:
    told_so = problem(service.post("/ask", content=b"x" * (BODY_LIMIT + 1)), 413)
    assert str(BODY_LIMIT) in told_so["detail"]


@pytest.mark.parametrize("length", ["-1", "+5", "five", "9" * 400, "1, 2"])
def test_a_length_that_is_none_is_refused(service: httpx.Client, length: str) -> None:
    with closing(connect(service)) as connection:
        refused(told(connection, head("/ask", f"Content-Length: {length}"), b"{}"), 400)


def test_a_path_without_end_is_refused_or_cut_off(service: httpx.Client) -> None:
    for length in (100_000, 50_000):
        with closing(connect(service)) as connection:
            reply = told(connection, head("/documents/" + "x" * length, method="GET"))
            refused(reply, 400, 404, 414)


@pytest.mark.parametrize("path", POSTS)
@pytest.mark.parametrize(
    "content",
    [
        b"\xff\xfe\x00\x01",
        b'{"question": "\xc3\x28"}',
        b'{"question": "\xed\xa0\x80"}',
        b'{"question": "x"',
        b"",
        b"null",
        b"[]",
        b"[" * 200_000,
        b'{"a":' * 40_000,
        b"[" * 900 + b"]" * 900,
        b'{"question": ' + b"[" * 900 + b"]" * 900 + b"}",
        b'{"question": "x", "top_k": ' + b"9" * 200_000 + b"}",
        b'{"question": "x", "top_k": 1e999999999}',
        b'{"question": "x", "top_k": NaN}',
        b'{"question": "x", "top_k": -Infinity}',
        b'{"messages": [{"role": "user", "content": ' + b"[" * 900 + b"]" * 900 + b"}]}",
        b'{"messages": [' + b",".join([b"{}"] * 40_000) + b"]}",
        b"{" + b",".join(b'"key-%d": 1' % n for n in range(15_000)) + b"}",
        b'{"' + b"k" * 200_000 + b'": 1}',
    ],
    ids=lambda content: f"{content[:12]!r}x{len(content)}",
)
def test_a_body_that_makes_no_sense_is_refused_shortly(
    service: httpx.Client, path: str, content: bytes
) -> None:
    response = service.post(path, content=content, headers={"Content-Type": "application/json"})
    assert 400 <= response.status_code < 500, response.text[:500]
    assert len(response.content) < REPLY_LIMIT
    assert "Traceback" not in response.text


def test_of_a_key_that_comes_twice_the_last_counts(service: httpx.Client) -> None:
    content = f'{{"question": "?", "question": {json.dumps(QUESTION)}, "top_k": 0, "top_k": 8}}'
    response = service.post("/ask", content=content, headers={"Content-Type": "application/json"})
    assert response.json()["question"] == QUESTION


@pytest.mark.parametrize(
    "path",
    [
        "/documents/%ff%fe",
        "/documents?path_prefix=%ff",
        "/%00",
        "/documents/%00",
        "/documents?%ff=1",
    ],
)
def test_a_path_that_is_no_text_is_answered_soberly(service: httpx.Client, path: str) -> None:
    with closing(connect(service)) as connection:
        reply = told(connection, head(path, method="GET"))
    status = int(reply.split(b" ", 2)[1])
    assert status == 200 or 400 <= status < 500


def test_bytes_that_are_no_request_are_refused(service: httpx.Client) -> None:
    for noise in (b"\x16\x03\x01\x02\x00" * 100, b"\r\n" * 100_000, b"\xff" * 1000 + b"\r\n\r\n"):
        with closing(connect(service)) as connection:
            connection.sendall(noise)
            with suppress(OSError):  # the service may have hung up already
                connection.shutdown(socket.SHUT_WR)
            refused(told(connection), 400)


def test_a_stop_finishes_what_is_being_answered(wiki: Wiki) -> None:
    asked, go_on = Event(), Event()

    def slow(stream: BufferedIOBase, over: Event) -> None:
        asked.set()
        go_on.wait(PATIENCE)
        model_server.answering(SENTENCE)(stream, over)

    with model_server.serving(slow) as model:
        settings = {
            "FOOTNOTE_LLM_BASE_URL": model,
            "FOOTNOTE_LLM_MODEL": "slow",
            "FOOTNOTE_LLM_OUTPUT": "text",
        }
        command = [sys.executable, "-m", "service", "--port", "0", "--data-dir", str(wiki.data_dir)]
        with subprocess.Popen(
            command, stderr=subprocess.PIPE, text=True, env=os.environ | settings, cwd=ROOT
        ) as process:
            assert process.stderr is not None
            lines = (line for line in process.stderr if "listening on" in line)
            (address,) = re.findall(r"http://127\.0\.0\.1:\d+", next(lines))
            replies: list[httpx.Response] = []

            def ask() -> None:
                body = {"question": QUESTION}
                replies.append(httpx.post(f"{address}/ask", json=body, timeout=PATIENCE))

            with httpx.Client(base_url=address, timeout=PATIENCE) as client:
                eventually(lambda: client.get("/readyz").status_code == 200)
            asking = Thread(target=ask)
            asking.start()
            assert asked.wait(PATIENCE)
            process.send_signal(signal.SIGTERM)
            eventually(lambda: not accepts(address))
            assert process.poll() is None
            go_on.set()
            asking.join(PATIENCE)
            rest = process.stderr.read()
        assert process.returncode == 0
    (reply,) = replies
    assert reply.status_code == 200
    assert "twenty weeks" in reply.json()["answer"]
    assert reply.json()["generator"] == "slow"
    assert "Traceback" not in rest


ROOT = Path(__file__).resolve().parents[2]


def accepts(address: str) -> bool:
    host, port = address.removeprefix("http://").split(":")
    try:
        socket.create_connection((host, int(port)), PATIENCE).close()
    except ConnectionRefusedError:
        return False
    return True
