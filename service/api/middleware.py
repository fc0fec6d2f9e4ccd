"""Around every request: its id, its record, who sent it, and how much of it is read."""

import logging
from time import perf_counter

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.api.problems import refusal
from service.auth import Authenticator, is_loopback
from service.errors import UNFORESEEN, RequestTooLarge, Unauthenticated, problem_of
from service.telemetry import Telemetry
from service.tracing import Trace, following

_HEADERS = {
    b"content-security-policy": (
        b"default-src 'self'; img-src 'self' blob:; object-src 'none'; base-uri 'none'; "
        b"form-action 'self'; frame-ancestors 'none'; "
        # Text of a document cannot become markup even where a script forgets that it may not.
        b"require-trusted-types-for 'script'; trusted-types 'none'"
    ),
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"no-referrer",
    b"cross-origin-opener-policy": b"same-origin",
    b"cross-origin-resource-policy": b"same-origin",
    # An answer is for one caller; what may be kept says so itself.
    b"cache-control": b"no-store",
}
# The page must load before anybody can sign in on it; the others tell nothing of any document.
_OPEN = frozenset({"/", "/healthz", "/readyz", "/openapi.json"})
_OPEN_FOLDER = "/web/"
# Asked every few seconds by machines; logging each would bury what people ask.
_PROBES = frozenset({"/healthz", "/readyz", "/metrics"})
# A client that is refused before it has sent everything sees a broken connection, not the
# problem, so up to this much is read and dropped first.
_DROPPED_BYTES = 8 * 1024 * 1024
_UNMATCHED = "unmatched"

_log = logging.getLogger("service.requests")


class RequestRecord:
    """Gives the request an id and the response its headers; counts, times and logs both."""

    def __init__(self, app: ASGIApp, telemetry: Telemetry) -> None:
        self._app = app
        self._telemetry = telemetry

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer an unforeseen error with a problem that tells nothing; the log tells it all."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        trace = Trace.begun(scope["headers"], scope["path"])
        scope.setdefault("state", {})["request_id"] = trace.request_id
        with following(trace):
            await self._answered(scope, receive, send, trace)

    async def _answered(self, scope: Scope, receive: Receive, send: Send, trace: Trace) -> None:
        started = perf_counter()
        self._telemetry.request_began()
        status = 0

        async def send_complete(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                own = {name for name, _ in message["headers"]}
                added = [item for item in _HEADERS.items() if item[0] not in own]
                given_id = (b"x-request-id", trace.request_id.encode())
                message = {**message, "headers": [*message["headers"], *added, given_id]}
            await send(message)

        try:
            await self._app(scope, receive, send_complete)
        except Exception:
            fields = {"request_id": trace.request_id}
            _log.exception("unforeseen error", extra={"fields": fields})
            if status:  # Half a response is out: only breaking it off shows that it is not whole.
                raise
            await refusal(UNFORESEEN, scope)(scope, receive, send_complete)
        finally:
            self._record(scope, status, perf_counter() - started, trace)

    def _record(self, scope: Scope, status: int, seconds: float, trace: Trace) -> None:
        route = _route(scope)
        self._telemetry.request(route, status, seconds)
        caller = scope["state"].get("caller")
        fields = {
            "request_id": trace.request_id,
            "trace_id": trace.trace_id,
            "span_id": trace.span_id,
            "parent_id": trace.parent_id or None,
            "method": scope["method"],
            "route": route,
            "dialect": trace.dialect,
            "status": status,
            "ms": round(seconds * 1000, 1),
            "caller": caller.name if caller else None,
            **trace.notes,
        }
        level = logging.DEBUG if scope["path"] in _PROBES else logging.INFO
        _log.log(level, "request", extra={"fields": fields})


class Authentication:
    """Finds out who is calling before anything is read, and lets nobody else in."""

    def __init__(self, app: ASGIApp, authenticator: Authenticator) -> None:
        self._app = app
        self._authenticator = authenticator

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """401 for every path that is not open to all."""
        if scope["type"] == "http" and not _is_open(scope):
            try:
                caller = self._authenticator.caller(scope["headers"], _peer(scope))
            except Unauthenticated as exc:
                response = refusal(problem_of(exc), scope)
                await response(scope, receive, send)
                return
            scope["state"]["caller"] = caller
        await self._app(scope, receive, send)


class BodyLimit:
    """Reads a body up to a limit, whatever its Content-Length says, and only then goes on."""

    def __init__(self, app: ASGIApp, max_bytes: int) -> None:
        self._app = app
        self._max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """413 for a body over the limit."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = await self._read(receive)
        if request is None:
            error = RequestTooLarge(
                f"the body is over {self._max_bytes} bytes, which is the most that is read; "
                "send a shorter one"
            )
            response = refusal(problem_of(error), scope)
            await response(scope, receive, send)
            return
        await self._app(scope, replaying(request, receive), send)

    async def _read(self, receive: Receive) -> Message | None:
        """The whole body as one message, or that the client left; None when it is too large."""
        body = bytearray()
        size, more = 0, True
        while more and size <= _DROPPED_BYTES:
            message = await receive()
            if message["type"] == "http.disconnect":
                return message
            size += len(message.get("body", b""))
            more = message.get("more_body", False)
            if size <= self._max_bytes:
                body += message.get("body", b"")
        if size > self._max_bytes:
            return None
        return {"type": "http.request", "body": bytes(body), "more_body": False}


def replaying(message: Message, receive: Receive) -> Receive:
    """What gives ``message``, which was read already, once more, and then what ``receive`` does."""
    unread = [message]

    async def replay() -> Message:
        return unread.pop() if unread else await receive()

    return replay


def _route(scope: Scope) -> str:
    """The template of the route, never the path itself."""
    route = scope.get("route")
    return getattr(route, "path", None) or _UNMATCHED


def _is_open(scope: Scope) -> bool:
    path = scope["path"]
    local_metrics = path == "/metrics" and is_loopback(_peer(scope))
    return path in _OPEN or path.startswith(_OPEN_FOLDER) or local_metrics


def _peer(scope: Scope) -> str | None:
    client = scope.get("client")
    return client[0] if client else None
