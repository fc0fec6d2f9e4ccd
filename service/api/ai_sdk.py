"""POST /api/chat: what useChat of Vercel's AI SDK calls, answered as its UI message stream."""

from typing import Any

from fastapi import APIRouter
from fastapi.responses import StreamingResponse

from service.api.asking import begin
from service.api.foreign import ForeignRequest, Options, TheContext
from service.api.schemas import Text
from service.api.streaming import Framing, streamed
from service.dialects import ai_sdk
from service.dialects.conversation import conversation

router = APIRouter(tags=["AI SDK"])

FRAMING = Framing(failure=lambda problem, _: ai_sdk.failure(problem.detail), headers=ai_sdk.HEADERS)
_STREAM: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The parts of a UI message",
        "content": {"text/event-stream": {"schema": {"type": "string"}}},
    }
}


class UIMessage(ForeignRequest):
    """A message as the SDK keeps it; before its version 5 it had a content, now it has parts."""

    role: str
    parts: list[Any] | None = None
    content: Any = None


class UIChatRequest(ForeignRequest):
    """A conversation, of which the last message of the user is asked.

    ``collection`` and ``footnote`` come from the `body` that useChat is given.
    """

    messages: list[UIMessage]
    collection: Text | None = None
    footnote: Options | None = None


@router.post("/api/chat", response_class=StreamingResponse, responses=_STREAM)
async def chat(body: UIChatRequest, context: TheContext) -> StreamingResponse:
    """Answer the last message of the user; every mark of the text has its source."""
    messages = [
        (each.role, each.content if each.parts is None else each.parts) for each in body.messages
    ]
    said = conversation(messages)
    collection = context.collection(body.collection)
    asking = await begin(context.pose(said, collection, body.footnote))
    parts = ai_sdk.parts(asking.events, context.request_id, context.links)
    return streamed(parts, FRAMING, context.request_id)
