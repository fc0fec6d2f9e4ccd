"""POST /ask: an answer, whole or as a stream of server-sent events."""

import json
from collections.abc import Iterator
from itertools import chain

from fastapi import APIRouter, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from indexes.errors import FootnoteError, GenerationError
from service.answering.types import Answer, Event, EvidenceFound, SentenceReady
from service.api.answers import AnswerReply, EvidenceEvent, SentenceEvent
from service.api.dependencies import Service, TheCaller, TheRequestId, TheService
from service.api.limits import check_length
from service.api.problems import log_failure
from service.api.related import Related
from service.api.schemas import AskRequest
from service.auth import Caller
from service.errors import UNFORESEEN, problem_of
from service.feedback import Exchange

router = APIRouter()

_STREAM_HEADERS = {"X-Accel-Buffering": "no"}  # a proxy in front must not hold events back


@router.post(
    "/ask",
    response_model=AnswerReply,
    responses={200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}}},
)
def ask(
    body: AskRequest, service: TheService, caller: TheCaller, request_id: TheRequestId
) -> Response | AnswerReply:
    """Answer a question from the documents that the caller may see."""
    check_length("question", body.question, service.settings.max_question_chars)
    index = service.collections.get(body.collection)
    events = service.answerer.ask(body.asked(), index, caller.scope)
    recorded = _recorded(events, body.question, service, caller, request_id)
    # An error before the first event still gets its own status.
    events = chain([next(recorded)], recorded)
    related = Related(index.catalog, caller.scope)
    if body.stream:
        replies = (_named(event, request_id, related) for event in events)
        lines = event_stream(replies, request_id)
        return StreamingResponse(lines, headers=_STREAM_HEADERS, media_type="text/event-stream")
    for event in events:
        if isinstance(event, Answer):
            return AnswerReply.of(event, request_id, related)
    raise GenerationError(f"the request {request_id} ended without an answer")


def _recorded(
    events: Iterator[Event], question: str, service: Service, caller: Caller, request_id: str
) -> Iterator[Event]:
    """The same events; the answer is counted, and remembered for feedback, as it passes."""
    for event in events:
        if isinstance(event, Answer):
            service.telemetry.stages(event.timings_ms)
            if event.abstained:
                service.telemetry.abstained()
            cited = tuple(dict.fromkeys(citation.document.id for citation in event.citations))
            exchange = Exchange(question, event.snapshot, cited)
            service.recent.remember(caller, request_id, exchange)
        yield event


def event_stream(replies: Iterator[tuple[str, BaseModel]], request_id: str) -> Iterator[str]:
    """Each named reply as server-sent text; an error becomes the last event, `error`."""
    try:
        for name, data in replies:
            yield _event(name, data.model_dump_json())
    except FootnoteError as exc:
        log_failure(exc, request_id)
        yield _event("error", json.dumps(problem_of(exc).as_json(request_id)))
    except Exception:
        yield _event("error", json.dumps(UNFORESEEN.as_json(request_id)))
        raise


def _named(event: Event, request_id: str, related: Related) -> tuple[str, BaseModel]:
    match event:
        case EvidenceFound():
            return "evidence", EvidenceEvent.of(event, request_id, related)
        case SentenceReady():
            return "sentence", SentenceEvent.of(event, related)
        case Answer():
            return "answer", AnswerReply.of(event, request_id, related)


def _event(name: str, data: str) -> str:
    """``data`` is JSON and so stands on one line."""
    return f"event: {name}\ndata: {data}\n\n"
