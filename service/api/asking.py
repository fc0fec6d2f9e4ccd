"""Asking, whatever the dialect: one search, one scope, one record, and an end when nobody waits."""

from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from time import monotonic
from typing import TypeVar

from fastapi import Request
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool
from starlette.types import Receive, Scope, Send

from indexes.errors import GenerationError
from indexes.search import LocalIndex
from service.answering.types import Answer, Event, Question
from service.answering.writing.approved import Approved
from service.api.dependencies import Given, Service
from service.api.limits import check_length
from service.api.related import Related
from service.auth import Caller
from service.dialects.sse import MEDIA_TYPE
from service.errors import ClientGone
from service.feedback import Exchange

_MOMENT_SECONDS = 0.05
_UNBUFFERED = {"X-Accel-Buffering": "no"}  # a proxy in front must not hold events back

Told = TypeVar("Told")


@dataclass(frozen=True, slots=True)
class Posed:
    """A question as one caller puts it to one snapshot, which it keeps to the end."""

    service: Service
    caller: Caller
    request_id: str
    question: Question
    index: LocalIndex

    @property
    def related(self) -> Related:
        """What may be told around the documents of its answer; each look-up is new."""
        hide = self.service.answerer.hide if self.question.mask else None
        return Related(self.index.catalog, self.caller.scope, hide)

    def events(self) -> Iterator[Event]:
        """The events of its answer, counted and remembered. For a thread that may wait.

        Nothing is done before the first is asked for.
        """
        missing = "abandoned"
        try:
            for event in self.service.answerer.ask(self.question, self.index, self.caller.scope):
                if isinstance(event, Answer):
                    missing = ""
                    self.answered(event, event.timings_ms)
                yield event
        except Exception:
            missing = "failed"
            raise
        finally:
            if missing:
                name = self.service.answerer.generator.name
                self.service.telemetry.unanswered(name, missing, self._collection)

    def answered(self, answer: Answer, timings_ms: Mapping[str, float]) -> None:
        """Count ``answer``, which took so long, and remember it in case somebody has an opinion."""
        self.service.telemetry.answer(answer, timings_ms, self._collection)
        cited = tuple(dict.fromkeys(citation.document.id for citation in answer.citations))
        learn = self.service.settings.llm_approved_examples
        approvable = Approved.of(answer, self.question) if learn else None
        exchange = Exchange(
            self.question.text,
            answer.snapshot,
            cited,
            self._collection,
            approvable.as_json() if approvable else None,
        )
        self.service.recent.remember(self.caller, self.request_id, exchange)

    @property
    def _collection(self) -> str:
        return self.index.manifest.collection


@dataclass(frozen=True, slots=True)
class Asking:
    """A question under way: its events, the first already there, and what may be told of them."""

    events: Iterator[Event]
    related: Related


def pose(given: Given, question: Question, collection: str | None) -> Posed:
    """``question`` to what is served now of ``collection``; nothing is looked for yet.

    InvalidRequest when it is too long, UnknownCollection or SnapshotError when there is nothing
    to ask.
    """
    service = given.service
    check_length("question", question.text, service.settings.max_question_chars)
    service.telemetry.asked(question.text)
    index = service.collections.get(collection)
    return Posed(service, given.caller, given.request_id, question, index)


async def begin(posed: Posed) -> Asking:
    """Search; what the answer rests on is the first event.

    Every error up to there is raised here, so that it still gets its own status.
    """
    return await run_in_threadpool(_begun, posed)


async def whole(posed: Posed, request: Request, tell: Callable[[Answer], Told]) -> Told:
    """What ``tell`` makes of the answer when it is whole, in the thread that wrote it.

    ClientGone, and no more is written, when nobody waits for it.
    """
    events = posed.events()
    while (taken := await run_in_threadpool(_soon, events, tell)) is None:
        if await request.is_disconnected():
            raise ClientGone(f"the caller of {posed.request_id} did not wait for its answer")
    return taken[0]


def _begun(posed: Posed) -> Asking:
    events = posed.events()
    return Asking(chain([next(events)], events), posed.related)


def _soon(events: Iterator[Event], tell: Callable[[Answer], Told]) -> tuple[Told] | None:
    """What is told of the answer if it comes within the next moment, or with the next event.

    Each event on its own would cost a change of threads.
    """
    end = monotonic() + _MOMENT_SECONDS
    for event in events:
        if isinstance(event, Answer):
            return (tell(event),)
        if monotonic() > end:
            return None
    raise GenerationError("the events ended without an answer")


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
