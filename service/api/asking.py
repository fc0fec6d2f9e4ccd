"""Asking, whatever the dialect: one search, one scope, one record, and an end when nobody waits."""

from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from time import monotonic

from fastapi import Request
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool
from starlette.types import Receive, Scope, Send

from indexes.errors import GenerationError
from service.answering.types import Answer, Event, Question
from service.api.dependencies import Service
from service.api.limits import check_length
from service.api.related import Related
from service.auth import Caller
from service.dialects.sse import MEDIA_TYPE
from service.errors import ClientGone
from service.feedback import Exchange

_MOMENT_SECONDS = 0.05
_UNBUFFERED = {"X-Accel-Buffering": "no"}  # a proxy in front must not hold events back


@dataclass(frozen=True, slots=True)
class Asking:
    """A question under way: its events, the first already there, and what may be told of them."""

    events: Iterator[Event]
    related: Related
    request_id: str


def begin(
    service: Service, caller: Caller, request_id: str, question: Question, collection: str | None
) -> Asking:
    """Search for ``question``; what its answer rests on is the first event.

    Every error up to there is raised here, so that it still gets its own status. To be called
    from a thread that may wait.
    """
    check_length("question", question.text, service.settings.max_question_chars)
    index = service.collections.get(collection)
    events = service.answerer.ask(question, index, caller.scope)
    recorded = _recorded(events, question.text, service, caller, request_id)
    started = chain([next(recorded)], recorded)
    return Asking(started, Related(index.catalog, caller.scope), request_id)


async def whole(asking: Asking, request: Request) -> Answer:
    """The answer when it is whole. ClientGone, and no more is written, when nobody waits for it."""
    while taken := await run_in_threadpool(_soon, asking.events):
        if isinstance(taken[-1], Answer):
            return taken[-1]
        if await request.is_disconnected():
            raise ClientGone(f"the caller of {asking.request_id} did not wait for its answer")
    raise GenerationError(f"the request {asking.request_id} ended without an answer")


def _soon(events: Iterator[Event]) -> list[Event]:
    """The events of the next moment, one at least; none when there are no more.

    Each on its own would cost a change of threads, and a remembered answer has them all at once.
    """
    end = monotonic() + _MOMENT_SECONDS
    taken: list[Event] = []
    for event in events:
        taken.append(event)
        if isinstance(event, Answer) or monotonic() > end:
            break
    return taken


class Streamed(StreamingResponse):
    """What ``lines`` yields, as it comes; when the client leaves, no more of it is written.

    A generator that is only dropped may live on in the traceback of the cancellation, and a
    language model would write for nobody until that is collected.
    """

    def __init__(
        self, lines: Generator[str, None, None], headers: Mapping[str, str] = _UNBUFFERED
    ) -> None:
        super().__init__(lines, headers=_UNBUFFERED | dict(headers), media_type=MEDIA_TYPE)
        self._lines = lines

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it all, or until nobody reads it."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._lines.close()


def _recorded(
    events: Iterator[Event], question: str, service: Service, caller: Caller, request_id: str
) -> Iterator[Event]:
    """The same events; the answer is counted, and remembered for feedback, as it passes."""
    for event in events:
        if isinstance(event, Answer):
            service.telemetry.answer(event)
            cited = tuple(dict.fromkeys(citation.document.id for citation in event.citations))
            exchange = Exchange(question, event.snapshot, cited)
            service.recent.remember(caller, request_id, exchange)
        yield event
