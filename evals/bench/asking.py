"""A real service in a process of its own, and every request that could tell of a document."""

import json
import re
import socket
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPConnection
from pathlib import Path
from time import monotonic, sleep
from typing import Any
from urllib.parse import quote

from evals.bench.process import MeasurementFailed, start
from indexes.types import Document

_PATIENCE_SECONDS = 120.0  # to start, to load the embedder, to move to a snapshot
_POLL_SECONDS = 0.2
# What was asked, as a reply repeats it: it tells nobody what they did not know.
_ECHO = re.compile(r'\\?"(?:question|intent)\\?": ?\\?"(?:[^"\\]|\\.)*"')
_ACCEPTED = "application/json, text/event-stream"  # the Model Context Protocol asks for both
_LEAST_LINE = 25  # code points of a line that could not stand elsewhere by chance


@dataclass(frozen=True, slots=True)
class Reply:
    """What one request was told."""

    request: str
    status: int
    body: str


@dataclass(frozen=True, slots=True)
class Service:
    """A service on loopback, and its process."""

    port: int
    pid: int

    def request(self, method: str, path: str, key: str, body: object = None) -> Reply:
        """One request by the holder of ``key``; without the question that its reply repeats."""
        status, text = self._exchange(method, path, key, body)
        return Reply(f"{method} {path}", status, _ECHO.sub("", text))

    def _exchange(self, method: str, path: str, key: str, body: object = None) -> tuple[int, str]:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=_PATIENCE_SECONDS)
        headers = {
            "Authorization": f"Bearer {key}",
            "Content-Type": "application/json",
            "Accept": _ACCEPTED,
        }
        content = None if body is None else json.dumps(body)
        try:
            connection.request(method, path, content, headers)
            response = connection.getresponse()
            return response.status, response.read().decode(errors="replace")
        finally:
            connection.close()

    def follow(self, snapshot: str, key: str) -> None:
        """Wait until it serves this snapshot."""
        _eventually(
            lambda: snapshot in self.request("POST", "/search", key, {"query": "?"}).body,
            f"the service did not move to {snapshot}",
        )

    def ask_everything(self, document: Document, questions: Sequence[str], key: str) -> list[Reply]:
        """Every route of the service, as somebody would ask who wants ``document``.

        MeasurementFailed where the service has a route that is not asked here.
        """
        schema = json.loads(self._exchange("GET", "/openapi.json", key)[1])
        routes = {
            (method.upper(), path) for path, of in schema["paths"].items() for method in of
        } - {("GET", "/")}
        known = _requests(document, questions)
        if routes != known.keys():
            raise MeasurementFailed(f"routes to be asked differ: {routes ^ known.keys()}")
        replies = []
        for (method, template), variants in known.items():
            name = document.info.collection
            places = {"document_id": document.info.id, "number": 1, "name": name}
            path = template.format(**places, deployment=name)
            for query, body in variants:
                replies.append(self.request(method, path + query, key, body))
        return replies


def _requests(
    document: Document, questions: Sequence[str]
) -> dict[tuple[str, str], list[tuple[str, Any]]]:
    """By method and path: query strings and bodies."""
    nothing: list[tuple[str, Any]] = [("", None)]
    prefix = quote(document.info.path.rpartition("/")[0])
    asks: list[tuple[str, Any]] = [
        ("", {"question": question, "top_k": 100, "stream": stream})
        for question in questions
        for stream in (False, True)
    ]
    searches: list[tuple[str, Any]] = [
        ("", {"query": question, "k": 100, "mode": mode})
        for question in questions
        for mode in ("hybrid", "dense", "lexical")
    ]
    feedback = {"request_id": "unknown", "verdict": "up", "document_id": document.info.id}
    return _in_dialects(document.info.collection, questions) | {
        ("POST", "/ask"): asks,
        ("POST", "/search"): searches,
        ("GET", "/documents"): [("", None), (f"?path_prefix={prefix}", None)],
        ("GET", "/documents/{document_id}"): nothing,
        ("GET", "/documents/{document_id}/text"): nothing,
        ("GET", "/documents/{document_id}/pages/{number}.png"): nothing,
        ("POST", "/feedback"): [("", feedback)],
        ("GET", "/healthz"): nothing,
        ("GET", "/readyz"): nothing,
        ("GET", "/metrics"): nothing,
    }


def _in_dialects(
    collection: str, questions: Sequence[str]
) -> dict[tuple[str, str], list[tuple[str, Any]]]:
    """The same as other front ends ask."""
    said = [[{"role": "user", "content": question}] for question in questions]
    both: list[tuple[str, Any]] = [
        ("", {"model": collection, "messages": messages, "stream": stream})
        for messages in said
        for stream in (False, True)
    ]
    nothing: list[tuple[str, Any]] = [("", None)]
    return {
        ("POST", "/v1/chat/completions"): both,
        ("POST", "/open-webui/v1/chat/completions"): both,
        ("POST", "/openai/deployments/{deployment}/chat/completions"): both,
        ("POST", "/v1/responses"): [
            ("", {"model": collection, "input": messages}) for messages in said
        ],
        ("POST", "/api/chat"): [("", {"messages": messages}) for messages in said],
        ("POST", "/retrieval"): [
            (
                "",
                {"knowledge_id": collection, "query": question, "retrieval_setting": {"top_k": 50}},
            )
            for question in questions
        ],
        ("POST", "/mcp"): [("", _tool("search", query=question)) for question in questions],
        ("GET", "/v1/models"): nothing,
        ("GET", "/v1/models/{name}"): nothing,
        ("GET", "/open-webui/v1/models"): nothing,
    }


def _tool(name: str, **arguments: str) -> dict[str, Any]:
    """A call of a tool of the Model Context Protocol."""
    params = {"name": name, "arguments": arguments}
    return {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}


def lines_of(document: Document, others: Sequence[Document]) -> list[str]:
    """Lines that only this document holds, as they would stand in JSON."""
    lines = {line.strip() for line in document.text.split("\n")}
    return sorted(
        line
        for line in lines
        if len(line) >= _LEAST_LINE
        and json.dumps(line, ensure_ascii=False) == f'"{line}"'
        and not any(line in other.text for other in others)
    )


def tells(reply: Reply, document: Document, lines: Sequence[str]) -> bool:
    """Whether a reply holds anything of a document: its id, path, a line, or a picture of it.

    Who asks for an id may be told, by a 404, the id that it asked for.
    """
    named = [document.info.path, *lines]
    if reply.status != HTTPStatus.NOT_FOUND:
        named.append(document.info.id)
    drawn = "/pages/" in reply.request and reply.status == HTTPStatus.OK
    return drawn or any(text in reply.body for text in named)


@contextmanager
def serving(
    data_dir: Path, keys_file: Path, settings: Mapping[str, str] | None = None
) -> Iterator[Service]:
    """`python -m service` over ``data_dir`` on a free port, ready, until the block ends.

    ``settings`` are environment variables of the service.
    """
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment: Mapping[str, str] = {
        "FOOTNOTE_KEYS_FILE": str(keys_file),
        "FOOTNOTE_SNAPSHOT_POLL_SECONDS": str(_POLL_SECONDS),
        **(settings or {}),
    }
    command = ["service", "--port", str(port), "--data-dir", str(data_dir.resolve())]
    process = start(command, environment)
    try:
        service = Service(port, process.pid)
        _eventually(lambda: _is_ready(service, process), "the service did not start")
        yield service
    finally:
        process.terminate()
        process.wait()


def _is_ready(service: Service, process: "subprocess.Popen[bytes]") -> bool:
    if process.poll() is not None:
        raise MeasurementFailed(f"the service ended with {process.returncode}")
    try:
        return service.request("GET", "/readyz", "").status == HTTPStatus.OK
    except ConnectionError:
        return False


def _eventually(condition: Callable[[], bool], otherwise: str) -> None:
    end = monotonic() + _PATIENCE_SECONDS
    while not condition():
        if monotonic() > end:
            raise MeasurementFailed(otherwise)
        sleep(_POLL_SECONDS)
