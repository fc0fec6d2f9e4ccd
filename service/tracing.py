"""What a request is known by: in its answer, in every log line, and at the model server."""

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from secrets import token_hex

from service.dialects.dialect import Dialect, spoken_at

# A caller's own request ids: they end up in logs and in headers.
REQUEST_ID = r"[A-Za-z0-9._-]{1,64}"
# By which header an id may come, the first that is sane: a proxy's, OpenAI's and Azure's clients'.
_ID_HEADERS = (b"x-request-id", b"x-client-request-id", b"x-ms-client-request-id")
_PARENT_HEADER, _STATE_HEADER = b"traceparent", b"tracestate"
# https://www.w3.org/TR/trace-context/, 3.2: of versions to come, only what version 00 has is read.
_PARENT = re.compile(
    "(?P<version>(?!ff)[0-9a-f]{2})-(?P<trace>(?!0{32})[0-9a-f]{32})"
    "-(?P<span>(?!0{16})[0-9a-f]{16})-(?P<flags>[0-9a-f]{2})(?P<more>-.*)?"
)
_VERSION = "00"
_TRACE_BYTES, _SPAN_BYTES = 16, 8
_SAMPLED = 1
# What every system of a trace must be able to pass on (3.3.1.5); longer ones are left out.
_STATE = re.compile(r"[\x20-\x7e]{1,512}")

_SEEN = frozenset({*_ID_HEADERS, _PARENT_HEADER, _STATE_HEADER})


@dataclass(frozen=True, slots=True)
class Trace:
    """One request, as a span of a trace that may have begun elsewhere (W3C Trace Context).

    ``span_id`` is this request's own, ``parent_id`` the caller's or empty; ``state`` is passed on
    as it came. ``notes`` gather what the request's one log line tells of it.
    """

    request_id: str
    trace_id: str
    span_id: str
    parent_id: str = ""
    sampled: bool = False
    state: str = ""
    dialect: Dialect = Dialect.FOOTNOTE
    notes: dict[str, object] = field(default_factory=dict)

    @classmethod
    def begun(cls, headers: Iterable[tuple[bytes, bytes]], path: str) -> "Trace":
        """The trace that a request's headers continue, or else a new one."""
        sent: dict[bytes, list[str]] = {}
        for name, value in headers:
            if name in _SEEN:
                sent.setdefault(name, []).append(value.decode("latin-1"))
        random = token_hex(_TRACE_BYTES + _SPAN_BYTES)
        fresh, span_id = random[: 2 * _TRACE_BYTES], random[2 * _TRACE_BYTES :]
        request_id = _request_id(sent) or fresh
        parent = _parent(sent.get(_PARENT_HEADER, []))
        if parent is None:
            return cls(request_id, fresh, span_id, dialect=spoken_at(path))
        return cls(
            request_id,
            parent["trace"],
            span_id,
            parent_id=parent["span"],
            sampled=bool(int(parent["flags"], 16) & _SAMPLED),
            state=_state(sent.get(_STATE_HEADER, [])),
            dialect=spoken_at(path),
        )

    def headers(self) -> Mapping[str, str]:
        """For a request that this one makes in turn: it belongs to the same trace."""
        parent = f"00-{self.trace_id}-{self.span_id}-{int(self.sampled):02x}"
        return {"traceparent": parent} | ({"tracestate": self.state} if self.state else {})


_current: ContextVar[Trace | None] = ContextVar("trace", default=None)


def current() -> Trace | None:
    """The trace of the request that is being answered here, if one is."""
    return _current.get()


@contextmanager
def following(trace: Trace) -> Iterator[None]:
    """Within, ``trace`` is the current one: in this task, and in threads that it waits for."""
    token = _current.set(trace)
    try:
        yield
    finally:
        _current.reset(token)


def note(**facts: object) -> None:
    """Let the log line of the current request, if there is one, tell these ``facts``, too."""
    trace = _current.get()
    if trace is not None:
        trace.notes.update(facts)


def _request_id(sent: Mapping[bytes, list[str]]) -> str | None:
    given = (sent[name][0] for name in _ID_HEADERS if name in sent)
    return next((text for text in given if re.fullmatch(REQUEST_ID, text)), None)


def _parent(sent: list[str]) -> re.Match[str] | None:
    """The one traceparent that was sent, if it is one."""
    parent = _PARENT.fullmatch(sent[0].strip()) if len(sent) == 1 else None
    if parent is None or (parent["version"] == _VERSION and parent["more"]):
        return None
    return parent


def _state(sent: list[str]) -> str:
    state = ",".join(sent)
    return state if _STATE.fullmatch(state) else ""
