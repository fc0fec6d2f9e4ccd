"""Requests to the service and the meaning of its replies, without any input or output."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any, Generic, Literal, NoReturn, TypeVar
from urllib.parse import quote

from service.clients.errors import (
    BrokenOff,
    Overloaded,
    Problem,
    RateLimited,
    RequestRefused,
    UnexpectedReply,
)
from service.clients.parsing import decoded, parsed
from service.clients.sse import Decoder, Named
from service.clients.types import (
    Answer,
    AskOptions,
    DocumentText,
    Event,
    EvidenceFound,
    FeedbackOptions,
    FeedbackStored,
    SearchOptions,
    SearchResult,
    SentenceReady,
)

T = TypeVar("T")
_OVERLOADED = "urn:footnote:problem:overloaded"
_EVENTS: Mapping[str, type[Event]] = {
    "evidence": EvidenceFound,
    "sentence": SentenceReady,
    "answer": Answer,
}


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back: the names of ``headers`` are in lower case."""

    status: int
    headers: Mapping[str, str]
    content: bytes


@dataclass(frozen=True, slots=True)
class Call(Generic[T]):
    """A request, and how a reply to it that is no refusal is read."""

    method: str
    path: str
    read: Callable[[Reply], T]
    body: bytes | None = None

    @property
    def name(self) -> str:
        """As errors name it."""
        return f"{self.method} {self.path}"

    def result(self, reply: Reply) -> T:
        """What the reply says. RequestRefused, or UnexpectedReply when it is not Footnote's."""
        check(self, reply)
        return self.read(reply)


def ask(question: str, options: AskOptions, *, stream: bool = False) -> Call[Answer]:
    """POST /ask; a reply to it as a stream is read by ``Streamed``."""
    body = _chosen(AskOptions, options, question=question, stream=stream)
    return _post("/ask", body, Answer)


def search(query: str, options: SearchOptions) -> Call[SearchResult]:
    """POST /search."""
    return _post("/search", _chosen(SearchOptions, options, query=query), SearchResult)


def feedback(
    request_id: str, verdict: Literal["up", "down"], options: FeedbackOptions
) -> Call[FeedbackStored]:
    """POST /feedback."""
    body = _chosen(FeedbackOptions, options, request_id=request_id, verdict=verdict)
    return _post("/feedback", body, FeedbackStored)


def document_text(document_id: str) -> Call[DocumentText]:
    """GET /documents/{id}/text."""

    def read(reply: Reply) -> DocumentText:
        snapshot = reply.headers.get("x-footnote-snapshot")
        if snapshot is None:
            raise UnexpectedReply("the reply names no snapshot; is this the address of Footnote?")
        try:
            return DocumentText(document_id, reply.content.decode(), snapshot)
        except UnicodeDecodeError as exc:
            raise UnexpectedReply(f"the text of {document_id} is not UTF-8: {exc}") from exc

    return Call("GET", f"/documents/{quote(document_id, safe='')}/text", read)


def check(call: Call[Any], reply: Reply) -> None:
    """RequestRefused when the reply is a problem, UnexpectedReply when it leads elsewhere."""
    status = reply.status
    if status < HTTPStatus.MULTIPLE_CHOICES:
        return
    if status < HTTPStatus.BAD_REQUEST:
        raise UnexpectedReply(
            f"{call.name} was sent on to {reply.headers.get('location', 'nowhere')}; the key is "
            "for one address only: give the right one as base_url"
        )
    raise _refused(call, _problem(reply), _retry_after(reply.headers.get("retry-after", "")))


def is_stream(headers: Mapping[str, str]) -> bool:
    """Whether a reply with these headers is one that ``Streamed`` reads."""
    return headers.get("content-type", "").startswith("text/event-stream")


def no_stream(call: Call[Any], reply: Reply) -> NoReturn:
    """RequestRefused, or UnexpectedReply, where the reply to a streamed question is no stream."""
    check(call, reply)
    raise UnexpectedReply(f"the reply to {call.name} is no stream; is this Footnote's address?")


class Streamed:
    """The reply to a streamed question: bytes in, events out."""

    def __init__(self, call: Call[Answer]) -> None:
        self._call = call
        self._decoder = Decoder()
        self.answered = False

    def feed(self, piece: bytes) -> Iterator[Event]:
        """The events that ``piece`` completes. RequestRefused when one is an error."""
        for named in self._decoder.feed(piece):
            if named.name == "error":
                problem = parsed(Problem, decoded(named.data), "problem")
                raise _refused(self._call, problem, None)
            if named.name in _EVENTS:
                yield self._read(named)

    def end(self) -> None:
        """BrokenOff when the stream has ended and there is no answer."""
        if not self.answered:
            raise BrokenOff(f"{self._call.name}: the stream ended before its answer; ask again")

    def _read(self, named: Named) -> Event:
        event = parsed(_EVENTS[named.name], decoded(named.data), named.name)
        self.answered = self.answered or isinstance(event, Answer)
        return event


def _post(path: str, body: Mapping[str, Any], kind: type[T]) -> Call[T]:
    def read(reply: Reply) -> T:
        return parsed(kind, decoded(reply.content), "reply")

    # All ASCII, so that half a surrogate pair reaches the service, which says what is wrong.
    return Call("POST", path, read, json.dumps(body, default=asdict).encode())


def _chosen(kind: type, options: Mapping[str, Any], **fields: Any) -> dict[str, Any]:
    """The fields and options that say something; the service has a default for the others."""
    unknown = options.keys() - kind.__annotations__.keys()
    if unknown:
        raise TypeError(f"unexpected keyword argument {min(unknown)!r}")
    return {name: value for name, value in {**options, **fields}.items() if value is not None}


def _refused(call: Call[Any], problem: Problem, retry_after: float | None) -> RequestRefused:
    if problem.status == HTTPStatus.TOO_MANY_REQUESTS:
        return RateLimited(call.name, problem, retry_after)
    busy = problem.status == HTTPStatus.SERVICE_UNAVAILABLE
    if busy and (retry_after is not None or problem.kind == _OVERLOADED):
        return Overloaded(call.name, problem, retry_after)
    return RequestRefused(call.name, problem)


def _problem(reply: Reply) -> Problem:
    """The reply's problem document; something between may have refused in a shape of its own."""
    if reply.headers.get("content-type", "").startswith("application/problem+json"):
        return parsed(Problem, decoded(reply.content), "problem")
    try:
        title = HTTPStatus(reply.status).phrase
    except ValueError:
        title = "Unknown status"
    return Problem(
        reply.status,
        title,
        "The reply is no problem document, so it may not come from Footnote; check base_url.",
        request_id=reply.headers.get("x-request-id", ""),
    )


def _retry_after(header: str) -> float | None:
    """Seconds from now: RFC 9110, 10.2.3 knows a number and a date."""
    if header.isdecimal():
        return float(header)
    try:
        moment = parsedate_to_datetime(header)
    except ValueError:
        return None
    zoned = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max((zoned - datetime.now(UTC)).total_seconds(), 0.0)
