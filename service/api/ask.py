"""POST /ask: an answer, whole or as a stream of server-sent events."""

from collections.abc import Generator, Iterator
from functools import partial

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from indexes.errors import FootnoteError
from service.answering.types import Answer, Event, EvidenceFound, SentenceReady
from service.api.again import keep
from service.api.answers import AnswerReply, EvidenceEvent, SentenceEvent
from service.api.asking import Posed, Streamed, begin, pose, whole
from service.api.dependencies import Given
from service.api.problems import log_failure
from service.api.related import Related
from service.api.schemas import AskRequest
from service.dialects import sse
from service.errors import UNFORESEEN, problem_of

router = APIRouter()


@router.post(
    "/ask",
    response_model=AnswerReply,
    responses={200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}}},
)
async def ask(body: AskRequest, request: Request) -> Response:
    """Answer a question from the documents that the caller may see."""
    given = Given(request)
    posed = pose(given, body.asked(given.service.settings.release), body.collection)
    if body.stream:
        asking = await begin(posed)
        replies = (_named(event, posed.request_id, asking.related) for event in asking.events)
        return Streamed(event_stream(replies, posed.request_id))
    return await whole(posed, request, partial(_told, posed))


def _told(posed: Posed, answer: Answer) -> Response:
    reply = AnswerReply.of(answer, posed.request_id, posed.related)
    keep(posed, reply)
    return Response(reply.model_dump_json(), media_type="application/json")


def event_stream(
    replies: Iterator[tuple[str, BaseModel]], request_id: str
) -> Generator[str, None, None]:
    """Each named reply as server-sent text; an error becomes the last event, `error`."""
    try:
        for name, data in replies:
            yield sse.framed(data.model_dump_json(ensure_ascii=True), name)
    except FootnoteError as exc:
        log_failure(exc, request_id)
        yield sse.event(problem_of(exc).as_json(request_id), "error")
    except Exception:
        yield sse.event(UNFORESEEN.as_json(request_id), "error")
        raise


def _named(event: Event, request_id: str, related: Related) -> tuple[str, BaseModel]:
    match event:
        case EvidenceFound():
            return "evidence", EvidenceEvent.of(event, request_id, related)
        case SentenceReady():
            return "sentence", SentenceEvent.of(event, related)
        case Answer():
            return "answer", AnswerReply.of(event, request_id, related)
