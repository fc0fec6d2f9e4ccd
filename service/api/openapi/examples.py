"""An example of every request, and of every reply as the service would tell it."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from service.answering.types import EvidenceFound, SentenceReady
from service.api.answers import AnswerReply, EvidenceEvent, SentenceEvent
from service.api.openapi.sample import (
    ANSWER,
    COLLECTION,
    DOCUMENT,
    EVENTS,
    HIT,
    LINKS,
    QUERY,
    QUESTION,
    REPLY,
    REQUEST_ID,
    SNAPSHOT,
    Alone,
)
from service.api.replies import (
    DocumentReply,
    FeedbackReply,
    HitReply,
    ListingReply,
    OneDocumentReply,
    SearchReply,
    StateReply,
    passage_fields,
)
from service.dialects import ai_sdk, azure, dify, open_webui, openai_chat, openai_responses, sse
from service.dialects.connector import answered
from service.dialects.dify_conditions import Conditions
from service.dialects.openai_models import Model, model, models

JSON, EVENT_STREAM, PLAIN = "application/json", "text/event-stream", "text/plain"
_ALONE = Alone()
_MESSAGES = [{"role": "user", "content": QUESTION}]
_MODEL = Model(COLLECTION, "2026-11-21T02:00:03Z")

REQUESTS: Mapping[str, Any] = {
    "POST /ask": {
        "question": QUESTION,
        "collection": COLLECTION,
        "history": [],
        "top_k": 8,
        "filters": {"path_prefix": "guide/"},
        "release": "strict",
        "mask": False,
        "stream": False,
    },
    "POST /search": {
        "query": QUERY,
        "collection": COLLECTION,
        "k": 10,
        "mode": "hybrid",
        "filters": {"type": ["md"]},
    },
    "POST /feedback": {
        "request_id": REQUEST_ID,
        "verdict": "up",
        "document_id": DOCUMENT.info.id,
        "comment": "Just what I looked for.",
    },
    "POST /v1/chat/completions": {"model": COLLECTION, "messages": _MESSAGES, "stream": False},
    "POST /v1/responses": {"model": COLLECTION, "input": QUESTION, "stream": False},
    "POST /api/chat": {
        "messages": [{"role": "user", "parts": [{"type": "text", "text": QUESTION}]}],
        "collection": COLLECTION,
    },
    "POST /open-webui/v1/chat/completions": {"model": COLLECTION, "messages": _MESSAGES},
    "POST /openai/deployments/{deployment}/chat/completions": {"messages": _MESSAGES},
    "POST /retrieval": {
        "knowledge_id": COLLECTION,
        "query": QUERY,
        "retrieval_setting": {"top_k": 4, "score_threshold": 0.0},
        "metadata_condition": {
            "logical_operator": "and",
            "conditions": [
                {"name": "path", "comparison_operator": "start with", "value": "guide/"}
            ],
        },
    },
    "POST /mcp": {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "tools/call",
        "params": {"name": "ask", "arguments": {"question": QUESTION}},
    },
}
# Of paths and queries, whichever operation takes them.
PARAMETERS: Mapping[str, Any] = {
    "collection": COLLECTION,
    "deployment": COLLECTION,
    "document_id": DOCUMENT.info.id,
    "end": ANSWER.citations[0].end,
    "if-none-match": 'W/"3a5f0c9e7b1d2f4a6c8e0b1d3f5a7c9e"',
    "limit": 100,
    "name": COLLECTION,
    "number": 1,
    "offset": 0,
    "path_prefix": "guide/",
    "start": ANSWER.citations[0].start,
}


def replies(operation: str) -> Mapping[str, Any]:
    """What ``operation`` replies when all is well, by media type."""
    return _REPLIES.get(operation, {})


def _events() -> Iterator[str]:
    for event in EVENTS:
        told: BaseModel
        match event:
            case EvidenceFound():
                name, told = "evidence", EvidenceEvent.of(event, REQUEST_ID, _ALONE)
            case SentenceReady():
                name, told = "sentence", SentenceEvent.of(event, _ALONE)
            case _:
                name, told = "answer", AnswerReply.of(event, REQUEST_ID, _ALONE)
        yield sse.framed(told.model_dump_json(ensure_ascii=True), name)


def _found() -> SearchReply:
    hit = HitReply(rank=HIT.rank, legs=dict(HIT.legs), **passage_fields(HIT, _ALONE))
    return SearchReply(hits=[hit], snapshot=SNAPSHOT)


def _stream(parts: Iterable[Mapping[str, Any]], *, named: bool = False, done: bool = True) -> str:
    lines = [sse.event(part, part["type"] if named else "") for part in parts]
    return "".join([*lines, *([sse.DONE] if done else [])])


def _chat(dialect: Any) -> dict[str, Any]:
    return {
        JSON: dialect.completion(ANSWER, REPLY),
        EVENT_STREAM: _stream(dialect.chunks(EVENTS, REPLY, usage=False)),
    }


def _dump(reply: BaseModel) -> dict[str, Any]:
    return {JSON: reply.model_dump(mode="json")}


def _called() -> dict[str, Any]:
    result = answered(ANSWER, REQUEST_ID, LINKS)
    return {
        "jsonrpc": "2.0",
        "id": 1,
        "result": {"content": [], "structuredContent": result, "isError": False},
    }


_REPLIES: Mapping[str, Mapping[str, Any]] = {
    "POST /ask": {
        **_dump(AnswerReply.of(ANSWER, REQUEST_ID, _ALONE)),
        EVENT_STREAM: "".join(_events()),
    },
    "POST /search": _dump(_found()),
    "GET /documents": _dump(
        ListingReply(
            documents=[DocumentReply.of(DOCUMENT.info, _ALONE)], total=1, snapshot=SNAPSHOT
        )
    ),
    "GET /documents/{document_id}": _dump(OneDocumentReply.whole(DOCUMENT, SNAPSHOT, _ALONE)),
    "GET /documents/{document_id}/text": {PLAIN: DOCUMENT.text},
    "POST /feedback": _dump(FeedbackReply(request_id=REQUEST_ID, answer_known=True)),
    "GET /healthz": _dump(StateReply(status="alive")),
    "GET /readyz": _dump(StateReply(status="ready")),
    "GET /metrics": {
        PLAIN: 'footnote_requests_total{dialect="footnote",route="/ask",status="200"} 1027.0\n'
    },
    "GET /v1/models": {JSON: models([_MODEL])},
    "GET /v1/models/{name}": {JSON: model(_MODEL)},
    "GET /open-webui/v1/models": {JSON: models([_MODEL])},
    "POST /v1/chat/completions": _chat(openai_chat),
    "POST /open-webui/v1/chat/completions": _chat(open_webui),
    "POST /openai/deployments/{deployment}/chat/completions": _chat(azure),
    "POST /v1/responses": {
        JSON: openai_responses.response(ANSWER, REPLY),
        EVENT_STREAM: _stream(openai_responses.stream(EVENTS, REPLY), named=True, done=False),
    },
    "POST /api/chat": {EVENT_STREAM: _stream(ai_sdk.parts(EVENTS, REQUEST_ID, LINKS))},
    "POST /retrieval": {
        JSON: dify.reply(dify.records([HIT], 1, 0.0, Conditions((), "and"), LINKS))
    },
    "POST /mcp": {JSON: _called()},
}
