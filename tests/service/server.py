"""The service on a real port."""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread
from time import monotonic, sleep
from typing import Any

import httpx
import uvicorn

from service.app import create_app
from service.settings import Settings

# Long enough for a loaded machine to load the embedder; a healthy one needs a second or two.
_PATIENCE_SECONDS = 60.0
# The Model Context Protocol asks for both.
MCP = {"Accept": "application/json, text/event-stream"}


@contextmanager
def serving(settings: Settings) -> Iterator[httpx.Client]:
    """The service on a free port, ready, and a client of it."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        # As `python -m service` does: else the end of a reply waits some 40 ms.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        config = uvicorn.Config(
            create_app(settings), log_config=None, access_log=False, proxy_headers=False
        )
        server = uvicorn.Server(config)
        thread = Thread(target=server.run, args=([listener],))
        thread.start()
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        try:
            with httpx.Client(base_url=address, timeout=_PATIENCE_SECONDS) as client:
                eventually(lambda: server.started)
                eventually(lambda: "opened" not in client.get("/readyz").text)
                yield client
        finally:
            server.should_exit = True
            thread.join(_PATIENCE_SECONDS)


def tool(name: str, **arguments: str) -> dict[str, Any]:
    """A call of a tool of the Model Context Protocol."""
    params = {"name": name, "arguments": arguments}
    return {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}


def eventually(condition: Callable[[], bool], seconds: float = _PATIENCE_SECONDS) -> None:
    """Wait until ``condition`` holds."""
    end = monotonic() + seconds
    while not condition():
        assert monotonic() < end, "waited too long"
        sleep(0.02)


def problem(response: httpx.Response, status: int) -> dict[str, Any]:
    """The problem document of a response that must be one, complete and with this status."""
    assert response.status_code == status, response.text
    assert response.headers["Content-Type"] == "application/problem+json"
    document: dict[str, Any] = response.json()
    assert {"type", "title", "status", "detail", "request_id"} <= document.keys()
    assert document["status"] == status
    assert document["detail"]
    assert document["request_id"] == response.headers["X-Request-Id"]
    return document
