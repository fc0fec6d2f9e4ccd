"""One way through a chat completion, for each dialect that is a variant of OpenAI's."""

from collections.abc import Iterable, Iterator
from typing import Any, Protocol

from fastapi import Response
from fastapi.responses import JSONResponse

from service.answering.types import Answer, Event
from service.api.asking import begin, whole
from service.api.foreign import Context, ForeignRequest, Message, Options
from service.api.schemas import Text
from service.api.streaming import Framing, streamed
from service.dialects.conversation import conversation
from service.dialects.openai_chat import Reply
from service.dialects.problems import in_openai

# Beside JSON, which FastAPI documents itself.
STREAMED: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}}
}
FRAMING = Framing(failure=lambda problem, _: in_openai(problem)[1])


class StreamOptions(ForeignRequest):
    """What a stream ends with."""

    include_usage: bool | None = False


class ChatRequest(ForeignRequest):
    """A conversation, of which the last message of the user is asked.

    ``model`` is the name of a collection. ``footnote`` holds what only this service knows.
    """

    messages: list[Message]
    model: Text | None = None
    stream: bool | None = False
    stream_options: StreamOptions | None = None
    footnote: Options | None = None


class Dialect(Protocol):
    """A module of service/dialects/ that tells an answer as a chat completion."""

    def completion(self, answer: Answer, reply: Reply) -> dict[str, Any]:
        """The whole object."""
        ...

    def chunks(
        self, events: Iterable[Event], reply: Reply, *, usage: bool
    ) -> Iterator[dict[str, Any]]:
        """The chunks of a stream."""
        ...


async def complete(
    body: ChatRequest, model: str | None, context: Context, dialect: Dialect
) -> Response:
    """The completion of ``body`` by the collection that ``model`` names."""
    said = conversation([(message.role, message.content) for message in body.messages])
    collection = context.collection(model)
    posed = context.pose(said, collection, body.footnote)
    reply = context.reply(collection)
    if body.stream:
        asking = await begin(posed)
        usage = bool(body.stream_options and body.stream_options.include_usage)
        chunks = dialect.chunks(asking.events, reply, usage=usage)
        return streamed(chunks, FRAMING, context.request_id)
    return JSONResponse(
        await whole(posed, context.request, lambda answer: dialect.completion(answer, reply))
    )
