"""POST /v1/responses: OpenAI's newer dialect; what was said before stands in the request."""

from typing import Any

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse

from service.api.asking import begin, whole
from service.api.chat_completions import STREAMED
from service.api.foreign import ForeignRequest, Options, TheContext
from service.api.schemas import Text
from service.api.streaming import Framing, streamed
from service.dialects import openai_responses
from service.dialects.conversation import Conversation, conversation
from service.dialects.openai_chat import Reply
from service.dialects.problems import in_openai
from service.errors import InvalidRequest, Problem

router = APIRouter(tags=["OpenAI"])


class ResponseRequest(ForeignRequest):
    """A question, or a conversation of items, of which the last message of the user is asked."""

    input: Text | list[dict[str, Any]]
    model: Text | None = None
    stream: bool | None = False
    previous_response_id: str | None = None
    conversation: Any = None
    footnote: Options | None = None

    def said(self) -> Conversation:
        """What is asked. InvalidRequest when it leans on a conversation that is not kept here."""
        for field in ("previous_response_id", "conversation"):
            if getattr(self, field) is not None:
                raise InvalidRequest(
                    field, "names what was said before; nothing is kept here, send it in `input`"
                )
        if isinstance(self.input, str):
            return conversation([("user", self.input)], "input")
        items = [_message(item, place) for place, item in enumerate(self.input)]
        return conversation(items, "input")


@router.post("/v1/responses", response_class=JSONResponse, responses=STREAMED)
async def respond(body: ResponseRequest, context: TheContext) -> Response:
    """Answer the last message of the user; every mark of the text has its annotations."""
    said = body.said()
    collection = context.collection(body.model)
    posed = context.pose(said, collection, body.footnote)
    reply = context.reply(collection)
    if body.stream:
        asking = await begin(posed)
        events = openai_responses.stream(asking.events, reply)
        return streamed(events, framing(reply), context.request_id)
    return JSONResponse(
        await whole(posed, context.request, lambda answer: openai_responses.response(answer, reply))
    )


def _message(item: dict[str, Any], place: int) -> tuple[str, Any]:
    """An item's role and content; calls of tools and their results have no role to be read."""
    kind = item.get("type", "message")
    if kind == "item_reference":
        raise InvalidRequest(
            f"input.{place}", "refers to an item; nothing is kept here, send the item itself"
        )
    role = item.get("role")
    return (role, item.get("content")) if kind == "message" and isinstance(role, str) else ("", "")


def framing(reply: Reply) -> Framing:
    """How a stream is put on the wire; its failure is a `response.failed`."""

    def failure(problem: Problem, number: int) -> dict[str, Any]:
        error = in_openai(problem)[1]["error"]
        code = error["code"] or error["type"]
        return openai_responses.failed(reply, code, error["message"], number)

    return Framing(failure, named=True, done=False)
