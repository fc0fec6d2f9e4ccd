"""One language model behind any OpenAI-compatible server, asked once and without retries.

The only file that knows LlamaIndex's client and the openai and httpx libraries beneath it. They
take over a second to import, so they are imported when a client is made, not with this module.
"""

import asyncio
import re
import ssl
from collections.abc import AsyncGenerator, Generator, Iterator
from contextlib import aclosing, contextmanager
from email.utils import parsedate_to_datetime
from functools import partial
from http import HTTPStatus
from time import time
from typing import TYPE_CHECKING, Any

from indexes.errors import ConfigurationError, GenerationError, GenerationTimeout
from service.answering.writing import background
from service.answering.writing.chat import ChatRequest, Piece, Tokens
from service.answering.writing.deadline import Deadline
from service.answering.writing.failures import Part, PromptTooLong, RequestRefused, TryAgain
from service.answering.writing.settings import LLMSettings
from service.tracing import current

if TYPE_CHECKING:
    import httpx
    from llama_index.llms.openai_like import OpenAILike  # type: ignore[import-untyped]
    from openai import APIStatusError

# Servers without keys ignore this; the client library would otherwise look for one elsewhere.
_NO_KEY = "none"
# All that a model server needs to be told; what else the client library or its environment
# variables would add (organisation, project, platform, custom headers) stays here.
_SENT_HEADERS = {"accept", "authorization", "content-length", "content-type", "host"}
# The client libraries walk through a response without checking its shape.
_SHAPE_ERRORS = (ValueError, TypeError, AttributeError, LookupError, RecursionError)
# Besides all of 500 and above: request timeout, conflict, too early, too many requests.
_TRANSIENT = frozenset({408, 409, 425, 429})
_OF_THE_REQUEST = frozenset({400, 413, 422})
# How llama.cpp, vLLM, OpenAI, Mistral, TGI and LiteLLM say that a prompt is too long.
_TOO_LONG = re.compile(
    r"exceed_context_size|context_length_exceeded|context (?:length|size|window)|"
    r"(?:prompt|input|request) (?:is )?too (?:long|large)|too many (?:input )?tokens|"
    r"`?inputs`? (?:tokens \+|must have less than)|maximum .{0,20}tokens",
    re.IGNORECASE,
)
_PARTS: tuple[tuple[Part, re.Pattern[str]], ...] = (
    ("counted", re.compile("stream_options|include_usage")),
    ("schema", re.compile("response_format|json_schema|grammar|structured output")),
)

_ADVICE = {
    401: "check its API key",
    403: "check its API key",
    429: "it is busy or its quota is used up; ask again later",
}
_OTHERWISE = "see its log, and check FOOTNOTE_LLM_BASE_URL and FOOTNOTE_LLM_MODEL"


class OpenAICompatibleChat:
    """Streams replies over a connection of each one's own. ConfigurationError as settings.check."""

    def __init__(self, settings: LLMSettings) -> None:
        settings.check()
        self._settings = settings
        self._tls = ssl.create_default_context()
        _model(settings, settings.max_tokens, http=None)

    def stream(self, request: ChatRequest, deadline: Deadline) -> Generator[Piece, None, None]:
        """The pieces of the reply, the last with the reason why it ended."""
        finish = None
        for piece in background.read(partial(self._pieces, request, deadline)):
            finish = piece.finish or finish
            yield piece
        if finish is None:
            raise GenerationError(
                f"The language model at {self._settings.base_url} broke its answer off, or does "
                "not stream in OpenAI's format: see its log, and check FOOTNOTE_LLM_BASE_URL."
            )

    async def _pieces(
        self, request: ChatRequest, deadline: Deadline
    ) -> AsyncGenerator[Piece, None]:
        import httpx  # noqa: PLC0415  (see the top of the file)

        patience = self._settings.waits
        hooks = {"request": [_keep_needed_headers]}
        wait = patience.first_token
        with translated(self._settings):
            async with (
                httpx.AsyncClient(verify=self._tls, trust_env=False, event_hooks=hooks) as http,
                aclosing(_responses(self._settings, request, http)) as responses,
            ):
                while piece := await self._next(responses, wait, deadline):
                    yield piece
                    wait = patience.idle

    async def _next(
        self, pieces: AsyncGenerator[Piece, None], wait: float, deadline: Deadline
    ) -> Piece | None:
        left = deadline.left()
        try:
            async with asyncio.timeout(min(wait, left)):
                return await anext(pieces, None)
        except TimeoutError as exc:
            at = self._settings.base_url
            raise GenerationTimeout(
                f"The language model at {at} did not finish its answer within "
                f"{deadline.seconds:g} seconds: see whether it is overloaded, or give it more time "
                "in the settings."
                if left <= wait
                else f"The language model at {at} sent nothing for {wait:g} seconds: see whether "
                "it is overloaded, or be more patient with it in the settings."
            ) from exc


async def _responses(
    settings: LLMSettings, request: ChatRequest, http: "httpx.AsyncClient"
) -> AsyncGenerator[Piece, None]:
    from llama_index.core.base.llms.types import ChatMessage  # noqa: PLC0415

    chat = [ChatMessage(role=each.role, content=each.content) for each in request.messages]
    model = _model(settings, request.max_tokens, http)
    async with aclosing(await model.astream_chat(chat, **_parts(request))) as responses:
        async for response in responses:
            yield _piece(response.delta or "", response.raw)


def _parts(request: ChatRequest) -> dict[str, Any]:
    """What of the request not every server takes."""
    parts: dict[str, Any] = {}
    if request.counted:
        parts["stream_options"] = {"include_usage": True}
    if request.schema is not None:
        schema = {"name": "reply", "strict": True, "schema": request.schema}
        parts["response_format"] = {"type": "json_schema", "json_schema": schema}
    return parts


def _piece(text: str, raw: Any) -> Piece:
    reason = raw.choices[0].finish_reason if raw.choices else None
    usage = raw.usage
    tokens = usage and Tokens(int(usage.prompt_tokens), int(usage.completion_tokens))
    return Piece(text, str(reason) if reason else None, tokens)


def _model(
    settings: LLMSettings, max_tokens: int, http: "httpx.AsyncClient | None"
) -> "OpenAILike":
    """LlamaIndex's client, told all that it would else take from environment variables."""
    from httpx import Timeout  # noqa: PLC0415
    from llama_index.llms.openai_like import OpenAILike  # noqa: PLC0415
    from openai import AsyncOpenAI  # noqa: PLC0415

    key = settings.api_key or _NO_KEY
    client = http and AsyncOpenAI(
        api_key=key,
        base_url=settings.base_url,
        max_retries=0,
        timeout=Timeout(None, connect=settings.waits.connect),
        http_client=http,
    )
    try:
        return OpenAILike(
            model=settings.model,
            api_base=settings.base_url,
            api_key=key,
            is_chat_model=True,
            context_window=settings.context_tokens,
            max_tokens=max_tokens,
            temperature=0.0,
            max_retries=0,
            async_openai_client=client,
        )
    except ValueError as exc:
        raise ConfigurationError(
            f"The model {settings.model!r} cannot be asked for chat completions: set "
            "FOOTNOTE_LLM_MODEL to another."
        ) from exc


async def _keep_needed_headers(request: "httpx.Request") -> None:
    for name in set(request.headers) - _SENT_HEADERS:
        del request.headers[name]
    trace = current()
    if trace is not None:
        request.headers.update(trace.headers())


@contextmanager
def translated(settings: LLMSettings) -> Iterator[None]:
    """Turn whatever the client libraries raise into a GenerationError, of the kind that it is.

    ValueError, of which several of theirs are, includes JSON that cannot be read.
    """
    import httpx  # noqa: PLC0415
    import openai  # noqa: PLC0415

    other_errors = (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, httpx.CookieConflict)
    at = f"The language model at {settings.base_url}"
    try:
        yield
    except (TimeoutError, httpx.TimeoutException, openai.APITimeoutError) as exc:
        raise GenerationTimeout(
            f"{at} could not be connected to within {settings.waits.connect:g} seconds: check "
            "that it runs and that FOOTNOTE_LLM_BASE_URL is its address."
        ) from exc
    except openai.APIStatusError as exc:
        raise _refusal(exc, at, settings) from exc
    except (openai.APIConnectionError, httpx.TransportError, OSError) as exc:
        raise TryAgain(
            f"{at} cannot be reached, or broke the connection: check that it runs and that "
            "FOOTNOTE_LLM_BASE_URL is its address."
        ) from exc
    except openai.OpenAIError as exc:
        raise GenerationError(f"{at} reported an error while answering: see its log.") from exc
    except (*_SHAPE_ERRORS, *other_errors) as exc:
        raise GenerationError(
            f"{at} sent something else than an answer in OpenAI's format: check that "
            "FOOTNOTE_LLM_BASE_URL is where its API starts (often a path that ends in /v1)."
        ) from exc


def _refusal(error: "APIStatusError", at: str, settings: LLMSettings) -> GenerationError:
    """What a status other than 200 means. The server's words may hold the key, and are not kept."""
    status, said = error.status_code, f"{error.message} {error.body}"
    refused = f"{at} refused with HTTP {status}"
    if status in _TRANSIENT or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        after = _seconds(error.response.headers.get("retry-after", ""))
        return TryAgain(f"{refused}: {_ADVICE.get(status, _OTHERWISE)}.", after)
    if status in _OF_THE_REQUEST:
        advice = f"see its log, and whether it takes {settings.context_tokens} tokens of context"
        if _TOO_LONG.search(said):
            return PromptTooLong(f"{refused}: the prompt is too long; {advice}.")
        part = next((part for part, words in _PARTS if words.search(said)), None)
        return RequestRefused(f"{refused}: {advice}.", part)
    return GenerationError(f"{refused}: {_ADVICE.get(status, _OTHERWISE)}.")


def _seconds(retry_after: str) -> float:
    """The pause that a Retry-After header asks for (RFC 9110, 10.2.3); 0 if it says nothing."""
    if retry_after.strip().isdecimal():
        return float(retry_after)
    try:
        return max(parsedate_to_datetime(retry_after).timestamp() - time(), 0.0)
    except (ValueError, OverflowError):
        return 0.0
