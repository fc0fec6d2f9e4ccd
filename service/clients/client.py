"""A client of the service, blocking and not.

Proxies and certificates come from the environment, as httpx reads it (HTTPS_PROXY, NO_PROXY,
SSL_CERT_FILE): a client runs where its user decides. Redirects are not followed, for the key is for
one address; and nothing is sent twice, for only the caller knows how long an answer is worth
waiting for.
"""

from collections.abc import AsyncGenerator, Generator, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Literal, Self, TypeVar, Unpack

import httpx

from service.clients import protocol
from service.clients.errors import BrokenOff, ConnectionFailed, WrongSettings
from service.clients.protocol import Call, Reply, Streamed
from service.clients.types import (
    Answer,
    AskOptions,
    DocumentText,
    Event,
    FeedbackOptions,
    FeedbackStored,
    SearchOptions,
    SearchResult,
)

T = TypeVar("T")
# The service gives up after 120 seconds unless it is set otherwise, and then says so.
TIMEOUT_SECONDS = 130.0
_CONNECT_SECONDS = 10.0
_JSON = {"Content-Type": "application/json"}


class Footnote:
    """The service at ``base_url``, asked with ``key``.

    Every method raises FootnoteClientError: ConnectionFailed, RequestRefused (RateLimited and
    Overloaded among them), UnexpectedReply. Safe to use from several threads.
    """

    def __init__(
        self, base_url: str, key: str | None = None, timeout: float = TIMEOUT_SECONDS
    ) -> None:
        """``timeout`` is the longest wait for anything to come, in seconds.

        WrongSettings when the address or the key cannot be used.
        """
        with _usable(base_url):
            self._http = httpx.Client(**_settings(base_url, key, timeout))

    def ask(self, question: str, **options: Unpack[AskOptions]) -> Answer:
        """The whole answer at once."""
        return self._result(protocol.ask(question, options))

    def stream(self, question: str, **options: Unpack[AskOptions]) -> Generator[Event, None, None]:
        """The evidence, each sentence as it has been checked, and the answer, which is the last.

        BrokenOff when the stream ends before that. Close the generator to leave early.
        """
        call = protocol.ask(question, options, stream=True)
        streamed = Streamed(call)
        with _told(call), self._http.stream(**_request(call)) as response:
            if not protocol.is_stream(response.headers):
                response.read()
                protocol.no_stream(call, _reply(response))
            with _whole(call, streamed):
                for piece in response.iter_bytes():
                    yield from streamed.feed(piece)
        streamed.end()

    def search(self, query: str, **options: Unpack[SearchOptions]) -> SearchResult:
        """The best passages, without an answer."""
        return self._result(protocol.search(query, options))

    def document_text(self, document_id: str) -> DocumentText:
        """The text that the offsets of hits and citations count in."""
        return self._result(protocol.document_text(document_id))

    def feedback(
        self, request_id: str, verdict: Literal["up", "down"], **options: Unpack[FeedbackOptions]
    ) -> FeedbackStored:
        """Say what was thought of the answer with ``request_id``."""
        return self._result(protocol.feedback(request_id, verdict, options))

    def close(self) -> None:
        """Close the connections; the client cannot be used any more."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _result(self, call: Call[T]) -> T:
        with _told(call):
            response = self._http.request(**_request(call))
        return call.result(_reply(response))


class AsyncFootnote:
    """As Footnote, for one event loop."""

    def __init__(
        self, base_url: str, key: str | None = None, timeout: float = TIMEOUT_SECONDS
    ) -> None:
        """``timeout`` is the longest wait for anything to come, in seconds.

        WrongSettings when the address or the key cannot be used.
        """
        with _usable(base_url):
            self._http = httpx.AsyncClient(**_settings(base_url, key, timeout))

    async def ask(self, question: str, **options: Unpack[AskOptions]) -> Answer:
        """As Footnote.ask."""
        return await self._result(protocol.ask(question, options))

    async def stream(
        self, question: str, **options: Unpack[AskOptions]
    ) -> AsyncGenerator[Event, None]:
        """As Footnote.stream; use `contextlib.aclosing` to leave early."""
        call = protocol.ask(question, options, stream=True)
        streamed = Streamed(call)
        with _told(call):
            async with self._http.stream(**_request(call)) as response:
                if not protocol.is_stream(response.headers):
                    await response.aread()
                    protocol.no_stream(call, _reply(response))
                with _whole(call, streamed):
                    async for piece in response.aiter_bytes():
                        for event in streamed.feed(piece):
                            yield event
        streamed.end()

    async def search(self, query: str, **options: Unpack[SearchOptions]) -> SearchResult:
        """As Footnote.search."""
        return await self._result(protocol.search(query, options))

    async def document_text(self, document_id: str) -> DocumentText:
        """As Footnote.document_text."""
        return await self._result(protocol.document_text(document_id))

    async def feedback(
        self, request_id: str, verdict: Literal["up", "down"], **options: Unpack[FeedbackOptions]
    ) -> FeedbackStored:
        """As Footnote.feedback."""
        return await self._result(protocol.feedback(request_id, verdict, options))

    async def aclose(self) -> None:
        """Close the connections; the client cannot be used any more."""
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def _result(self, call: Call[T]) -> T:
        with _told(call):
            response = await self._http.request(**_request(call))
        return call.result(_reply(response))


def _settings(base_url: str, key: str | None, timeout: float) -> dict[str, Any]:
    url = httpx.URL(base_url)
    if url.scheme not in {"http", "https"} or not url.host:
        raise WrongSettings(f"{base_url!r} is no address; write it as http://127.0.0.1:8000")
    if key and not (key.isascii() and key.isprintable()):
        raise WrongSettings("the key holds a character that no header can carry")
    return {
        "base_url": base_url,
        "headers": {"Authorization": f"Bearer {key}"} if key else {},
        "timeout": httpx.Timeout(timeout, connect=min(timeout, _CONNECT_SECONDS)),
    }


def _request(call: Call[Any]) -> dict[str, Any]:
    headers = _JSON if call.body else {}
    return {"method": call.method, "url": call.path, "content": call.body, "headers": headers}


def _reply(response: httpx.Response) -> Reply:
    return Reply(response.status_code, dict(response.headers), response.content)


@contextmanager
def _usable(base_url: str) -> Iterator[None]:
    """WrongSettings for what httpx does not take: the address, or a setting of the environment."""
    try:
        yield
    except (httpx.InvalidURL, ValueError, OSError) as exc:
        raise WrongSettings(
            f"{base_url!r}, or a proxy or certificate in the environment, cannot be used: {exc}"
        ) from exc


@contextmanager
def _told(call: Call[Any]) -> Iterator[None]:
    """What httpx raises, as ours."""
    try:
        yield
    except httpx.TimeoutException as exc:
        raise ConnectionFailed(
            f"{call.name}: nothing came in time ({type(exc).__name__}); ask again later, or give "
            "the client a longer timeout"
        ) from exc
    except httpx.HTTPError as exc:
        raise ConnectionFailed(
            f"{call.name}: no whole reply ({type(exc).__name__}: {exc}); check base_url and that "
            "the service runs"
        ) from exc


@contextmanager
def _whole(call: Call[Any], streamed: Streamed) -> Iterator[None]:
    """What httpx raises once a stream has begun; after its answer nothing is missing."""
    try:
        yield
    except httpx.HTTPError as exc:
        if streamed.answered:
            return
        raise BrokenOff(
            f"{call.name}: the stream broke off before its answer ({type(exc).__name__}: {exc}); "
            "ask again"
        ) from exc
