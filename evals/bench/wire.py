"""HTTP/1.1 over connections that stay open, by one event loop: light enough to overload a service.

Only what the measurements of load need: requests with a body, replies with a Content-Length.
"""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from time import perf_counter
from typing import Any, cast

_END_OF_HEAD = b"\r\n\r\n"
_PATIENCE_SECONDS = 30.0  # after which a request is taken to hang
_BREAKS = (ConnectionError, OSError)
HUNG, BROKEN = -1, 0  # in place of a status


@dataclass(frozen=True, slots=True)
class Reply:
    """What a request was told, and how many seconds after it was due.

    ``status`` is HUNG or BROKEN where nothing was told. Names of ``headers`` are in lower case.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    seconds: float

    @property
    def answered(self) -> bool:
        """Whether it is what was asked for."""
        return self.status == HTTPStatus.OK

    def json(self) -> dict[str, Any]:
        """The body of a reply that is a JSON object."""
        return cast("dict[str, Any]", json.loads(self.body))


def post(path: str, key: str, body: object) -> bytes:
    """A POST with this key, as it goes over the wire."""
    content = json.dumps(body).encode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
    )
    return head.encode() + content


class _Connection(asyncio.Protocol):
    """One connection, one request at a time."""

    def __init__(self) -> None:
        self._received = bytearray()
        self._reply: asyncio.Future[bytes] | None = None
        self._transport: asyncio.Transport | None = None
        self.closed = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, found, body = self._received.partition(_END_OF_HEAD)
        if found and len(body) >= _length(bytes(head)) and self._reply and not self._reply.done():
            self._reply.set_result(bytes(self._received))

    def connection_lost(self, exc: Exception | None) -> None:
        self.closed = True
        if self._reply and not self._reply.done():
            self._reply.set_exception(exc or ConnectionResetError("closed before the reply's end"))

    async def ask(self, request: bytes) -> bytes:
        """The whole reply. ConnectionError where it does not come."""
        if self.closed or self._transport is None:
            raise ConnectionResetError("closed before the request")
        self._received.clear()
        self._reply = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._reply

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()


class Pool:
    """As many connections as requests are under way, each used again once it is free."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._free: list[_Connection] = []

    async def ask(self, request: bytes, due: float | None = None) -> Reply:
        """One reply, timed from ``due`` (of perf_counter), or from now; never an exception."""
        began = perf_counter() if due is None else due
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                received = await self._exchange(request)
        except TimeoutError:
            return Reply(HUNG, {}, b"", perf_counter() - began)
        except _BREAKS as exc:
            return Reply(BROKEN, {}, str(exc).encode(), perf_counter() - began)
        return _read(received, perf_counter() - began)

    def close(self) -> None:
        """Close what is free, which after the last reply is all."""
        for connection in self._free:
            connection.close()
        self._free.clear()

    async def _exchange(self, request: bytes) -> bytes:
        while self._free:
            used = self._free.pop()
            if used.closed:
                continue
            try:
                return await self._over(used, request)
            except ConnectionError:
                # The server may close what was idle just as it is used again (RFC 9112, 9.3.1).
                continue
        loop = asyncio.get_running_loop()
        _, fresh = await loop.create_connection(_Connection, "127.0.0.1", self._port)
        return await self._over(fresh, request)

    async def _over(self, connection: _Connection, request: bytes) -> bytes:
        try:
            received = await connection.ask(request)
        except BaseException:
            connection.close()
            raise
        self._free.append(connection)
        return received


def _length(head: bytes) -> int:
    return int(_headers(head).get("content-length", "0"))


def _headers(head: bytes) -> dict[str, str]:
    lines = (line.partition(":") for line in head.decode("latin-1").split("\r\n")[1:])
    return {name.lower(): value.strip() for name, _, value in lines}


def _read(received: bytes, seconds: float) -> Reply:
    head, _, body = received.partition(_END_OF_HEAD)
    return Reply(int(head.split(b" ", 2)[1]), _headers(head), body, seconds)
