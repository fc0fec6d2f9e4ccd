"""What a stream ends with when it cannot go on, as each dialect's own client takes it."""

import json
import logging
from collections.abc import AsyncIterable, AsyncIterator, Iterator
from typing import Any

import httpx
import openai
import pytest
from fastapi import FastAPI, Request
from fastapi.responses import StreamingResponse
from openai import AsyncOpenAI
from openai.types.chat import ChatCompletionChunk

from indexes.errors import GenerationError, UsageError
from service.answering.types import Event
from service.api.ai_sdk import FRAMING as AI_SDK
from service.api.chat_completions import FRAMING as OPENAI
from service.api.openai_responses import framing
from service.api.streaming import Framing, streamed
from service.dialects import ai_sdk, openai_chat, openai_responses
from service.dialects.sse import DONE
from tests.service.dialects.told import LINKS, REPLY, told

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def broken(error: Exception) -> Iterator[Event]:
    """The events of an answer whose second sentence does not come."""
    yield from told("en").events[:2]
    raise error


def app(error: Exception) -> FastAPI:
    made = FastAPI()

    @made.post("/v1/chat/completions")
    def chat(request: Request) -> StreamingResponse:
        assert request
        return streamed(openai_chat.chunks(broken(error), REPLY, usage=False), OPENAI, "req-1")

    @made.post("/v1/responses")
    def respond(request: Request) -> StreamingResponse:
        assert request
        return streamed(openai_responses.stream(broken(error), REPLY), framing(REPLY), "req-1")

    return made


async def client(error: Exception) -> AsyncIterator[AsyncOpenAI]:
    transport = httpx.ASGITransport(app(error), raise_app_exceptions=False)
    async with AsyncOpenAI(
        base_url="http://here/v1",
        api_key="key",
        max_retries=0,
        http_client=httpx.AsyncClient(transport=transport),
    ) as made:
        yield made


async def text_of(response: StreamingResponse) -> str:
    pieces = [piece async for piece in response.body_iterator]
    return "".join(piece if isinstance(piece, str) else bytes(piece).decode() for piece in pieces)


async def take(stream: AsyncIterable[Any], taken: list[Any]) -> None:
    """All that comes, into ``taken``, which keeps what came before an error."""
    async for each in stream:
        taken.append(each)  # noqa: PERF401


def parts_of(text: str) -> list[dict[str, Any]]:
    lines = [line.removeprefix("data: ") for line in text.split("\n") if line.startswith("data: ")]
    return [json.loads(line) for line in lines if line != "[DONE]"]


async def test_openai_s_client_raises_what_went_wrong(caplog: pytest.LogCaptureFixture) -> None:
    async for made in client(GenerationError("http://10.1.2.3 is down")):
        chunks = await made.chat.completions.create(
            model="wiki", messages=[{"role": "user", "content": "Why?"}], stream=True
        )
        taken: list[ChatCompletionChunk] = []
        with pytest.raises(openai.APIError, match="The service's log says why") as failed:
            await take(chunks, taken)
        assert (taken[-1].choices[0].delta.content or "").startswith("Every parent gets twenty")
        assert failed.value.code == "generation_error"
    assert "http://10.1.2.3 is down" in caplog.text


async def test_a_response_fails_with_an_event_of_its_own() -> None:
    async for made in client(UsageError("this cannot be")):
        events = [
            event
            async for event in await made.responses.create(input="Why?", model="wiki", stream=True)
        ]
        last = events[-1]
        assert last.type == "response.failed"
        assert last.response.error is not None
        assert last.response.error.message == "this cannot be"
        assert [event.sequence_number for event in events] == list(range(len(events)))
        assert "response.completed" not in [event.type for event in events]


async def test_a_broken_stream_of_parts_ends_with_an_error() -> None:
    parts = ai_sdk.parts(broken(UsageError("this cannot be")), "req-1", LINKS)
    text = await text_of(streamed(parts, AI_SDK, "req-1"))
    assert parts_of(text)[-1] == {"type": "error", "errorText": "this cannot be"}
    assert not text.endswith(DONE)


async def test_what_nobody_foresaw_tells_nothing_and_is_not_hidden() -> None:
    def parts() -> Iterator[dict[str, Any]]:
        yield {"type": "start"}
        raise ZeroDivisionError("a secret path")

    response = streamed(parts(), AI_SDK, "req-1")
    taken: list[object] = []
    with pytest.raises(ZeroDivisionError):
        await take(response.body_iterator, taken)
    assert "Something went wrong" in str(taken[-1])
    assert "secret" not in str(taken)


async def test_a_whole_stream_ends_as_its_dialect_does() -> None:
    parts = [{"type": "a"}, {"type": "b"}]
    plain = Framing(failure=lambda problem, number: {"type": problem.detail, "at": number})
    assert await text_of(streamed(iter(parts), plain, "req-1")) == (
        'data: {"type": "a"}\n\ndata: {"type": "b"}\n\ndata: [DONE]\n\n'
    )
    named = Framing(failure=plain.failure, named=True, done=False, headers={"X-Own": "1"})
    response = streamed(iter(parts), named, "req-1")
    assert response.headers["X-Own"] == "1"
    assert response.headers["X-Accel-Buffering"] == "no"
    assert await text_of(response) == (
        'event: a\ndata: {"type": "a"}\n\nevent: b\ndata: {"type": "b"}\n\n'
    )


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.ERROR)
