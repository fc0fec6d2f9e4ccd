"""The endpoint by itself: when it answers, and what it tells of what nobody foresaw."""

from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from service.api.mcp import Endpoint
from service.settings import Settings

pytestmark = pytest.mark.anyio

CALL = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "tools/call",
    "params": {"name": "search", "arguments": {"query": "leave"}},
}
HEADERS = {"Accept": "application/json, text/event-stream"}


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Identified:
    """Gives each request an id, and nothing else that a tool needs."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope.setdefault("state", {})["request_id"] = "req-1"
        await self._app(scope, receive, send)


async def call(
    folder: Path, base: str = "http://127.0.0.1:8000", public: str = ""
) -> httpx.Response:
    app = FastAPI()
    app.add_middleware(Identified)
    endpoint = Endpoint.at(app, Settings.read(data_dir=folder, public_url=public))
    transport = httpx.ASGITransport(app)
    async with (
        endpoint.running(),
        httpx.AsyncClient(transport=transport, base_url=base) as client,
    ):
        return await client.post("/mcp", json=CALL, headers=HEADERS)


async def test_an_unforeseen_error_is_logged_and_not_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    response = await call(tmp_path)
    assert "Something went wrong" in response.json()["error"]["message"]
    assert "State" not in response.text
    assert "has no attribute" in caplog.text


@pytest.mark.parametrize(
    ("base", "public", "status"),
    [
        ("http://localhost", "", 200),
        ("http://[::1]:8000", "", 200),
        ("http://wiki.example", "", 421),
        ("http://wiki.example", "https://wiki.example/footnote", 200),
        ("http://wiki.example:8443", "https://wiki.example", 200),
        ("http://evil.example", "https://wiki.example", 421),
        ("http://wiki.example.evil.example", "https://wiki.example", 421),
    ],
)
async def test_only_its_own_hosts_are_answered(
    tmp_path: Path, base: str, public: str, status: int
) -> None:
    assert (await call(tmp_path, base, public)).status_code == status
