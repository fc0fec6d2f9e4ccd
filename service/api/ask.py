"""POST /ask: an answer, whole or as a stream of server-sent events."""

import json
from collections.abc import Generator, Iterator

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool

from indexes.errors import FootnoteError
from service.answering.types import Answer, Event, EvidenceFound, SentenceReady
from service.api.answers import AnswerReply, EvidenceEvent, SentenceEvent
from service.api.asking import Streamed, begin, whole
from service.api.dependencies import TheCaller, TheRequestId, TheService
from service.api.problems import log_failure
from service.api.related import Related
from service.api.schemas import AskRequest
from service.errors import UNFORESEEN, problem_of

router = APIRouter()

_LINE_BREAKS = "\x85\u2028\u2029"  # those that JSON leaves as they are
_STREAM_HEADERS = {"X-Accel-Buffering": "no"}  # a proxy in front must not hold events back


@router.post(
    "/ask",
    response_model=AnswerReply,
    responses={200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}}},
)
async def ask(
    body: AskRequest,
    request: Request,
    service: TheService,
    caller: TheCaller,
    request_id: TheRequestId,
) -> Response | AnswerReply:
    """Answer a question from the documents that the caller may see."""
    question = body.asked(service.settings.release)
    asking = await run_in_threadpool(begin, service, caller, request_id, question, body.collection)
    if body.stream:
        replies = (_named(event, request_id, asking.related) for event in asking.events)
        lines = event_stream(replies, request_id)
        return Streamed(lines, _STREAM_HEADERS, "text/event-stream")
    answer = await whole(asking, request)
    return await run_in_threadpool(AnswerReply.of, answer, request_id, asking.related)


def event_stream(
    replies: Iterator[tuple[str, BaseModel]], request_id: str
) -> Generator[str, None, None]:
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
    """``data`` is JSON and so stands on one line, also for readers that break lines by Unicode."""
    for mark in _LINE_BREAKS:
        data = data.replace(mark, f"\\u{ord(mark):04x}")
    return f"event: {name}\ndata: {data}\n\n"
