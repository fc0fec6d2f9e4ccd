"""Answers written by a language model behind any OpenAI-compatible server, streamed as Drafts.

The only file that knows LlamaIndex's client and the openai and httpx libraries beneath it. They
take over a second to import, so they are imported when a generator is made, not with this module.
"""

import asyncio
import ssl
from collections.abc import AsyncGenerator, Generator, Iterator, Sequence
from contextlib import aclosing, closing, contextmanager
from dataclasses import dataclass, field
from itertools import takewhile
from queue import SimpleQueue
from threading import Event, Thread
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from indexes.errors import ConfigurationError, GenerationError, GenerationTimeout
from service.answering.prompt import Cutter, Message, answers, compose
from service.answering.types import Draft, Evidence, Question

if TYPE_CHECKING:
    import httpx
    from llama_index.llms.openai_like import OpenAILike  # type: ignore[import-untyped]

# Servers without keys ignore this; the client library would otherwise look for one elsewhere.
_NO_KEY = "none"
# All that a model server needs to be told; what else the client library or its environment
# variables would add (organisation, project, platform, custom headers) stays here.
_SENT_HEADERS = {"accept", "authorization", "content-length", "content-type", "host"}
# The client libraries walk through a response without checking its shape.
_SHAPE_ERRORS = (ValueError, TypeError, AttributeError, LookupError, RecursionError)
_CUT_SHORT = frozenset({"length", "content_filter"})
# The longest pieces of common vocabularies, other than runs of spaces, are about 16 characters.
_LONGEST_TOKEN_CHARS = 16


@dataclass(frozen=True, slots=True)
class LLMSettings:
    """Which server and model write the answers.

    ``base_url`` is where the server's API starts, such as http://127.0.0.1:8080/v1.
    ``timeout_seconds`` covers a whole answer; ``context_tokens`` holds prompt and answer,
    ``max_tokens`` the answer alone.
    """

    base_url: str
    model: str
    api_key: str = field(default="", repr=False)
    timeout_seconds: float = 20.0
    max_tokens: int = 512
    context_tokens: int = 4096


@dataclass(frozen=True, slots=True)
class Piece:
    """Some characters of the answer and, in the last piece or so, why the model stopped."""

    text: str
    finish: str | None = None


class OpenAICompatibleGenerator:
    """A Generator that asks a language model, once per answer and without retries.

    Each answer has its own thread, event loop and connection: only a cancelled coroutine stops on
    time wherever it waits, and nothing is left behind whoever lets go of the iterator, and where.
    ConfigurationError when the settings cannot be right.
    """

    def __init__(self, settings: LLMSettings) -> None:
        _check(settings)
        self._settings = settings
        self._tls = ssl.create_default_context()
        _model(settings, http=None)

    @property
    def name(self) -> str:
        """The model's name."""
        return self._settings.model

    def generate(
        self, question: Question, language: str, evidence: Sequence[Evidence]
    ) -> Iterator[Draft]:
        """The sentences as the model completes them; none when it says it does not know.

        GenerationTimeout when the whole answer has not arrived after ``timeout_seconds``,
        GenerationError when the server cannot be reached, refuses, or breaks off.
        """
        if not evidence:
            return
        budget = self._settings.context_tokens - self._settings.max_tokens
        prompt = compose(question, language, evidence, budget)
        with closing(self._drafts(prompt.messages, prompt.numbers)) as drafts:
            answer = takewhile(answers, drafts)
            # A weak model that repeats the layout of its prompt is not answering.
            yield from (draft for draft in answer if prompt.fence not in draft.text)

    def _drafts(
        self, messages: Sequence[Message], known: frozenset[int]
    ) -> Generator[Draft, None, None]:
        cutter = Cutter(known)
        cut_short = False
        with closing(self._pieces(messages)) as pieces:
            for piece in pieces:
                cut_short |= piece.finish in _CUT_SHORT
                yield from cutter.feed(piece.text)
        yield from cutter.close(cut_short=cut_short)
        if cut_short and not cutter.count:
            raise GenerationError(
                f"The language model at {self._settings.base_url} ran out before its first "
                "sentence ended: raise its limit of answer tokens, or use one that thinks less."
            )

    def _pieces(self, messages: Sequence[Message]) -> Generator[Piece, None, None]:
        inbox: SimpleQueue[Piece | GenerationError | None] = SimpleQueue()
        abandoned = Event()
        conversation = self._converse(messages, inbox, abandoned)
        Thread(target=asyncio.run, args=(conversation,), name="llm", daemon=True).start()
        finish = None
        try:
            while (item := inbox.get()) is not None:
                if isinstance(item, GenerationError):
                    raise item
                finish = item.finish or finish
                yield item
        finally:
            abandoned.set()
        if finish is None:
            raise GenerationError(
                f"The language model at {self._settings.base_url} broke its answer off, or does "
                "not stream in OpenAI's format: see its log, and check FOOTNOTE_LLM_BASE_URL."
            )

    async def _converse(
        self,
        messages: Sequence[Message],
        inbox: "SimpleQueue[Piece | GenerationError | None]",
        abandoned: Event,
    ) -> None:
        """Put the pieces of one answer into ``inbox``, then the error if there is one, then None.

        An abandoned conversation ends with the next piece, at the latest at the deadline.
        """
        left = self._settings.max_tokens * _LONGEST_TOKEN_CHARS
        stream = _stream(self._settings, self._tls, messages)
        try:
            with translated(self._settings):
                async with asyncio.timeout(self._settings.timeout_seconds), aclosing(stream):
                    async for piece in stream:
                        inbox.put(piece)
                        left -= len(piece.text)
                        if abandoned.is_set() or left < 0:
                            break
        except GenerationError as exc:
            inbox.put(exc)
        finally:
            inbox.put(None)


async def _stream(
    settings: LLMSettings, tls: ssl.SSLContext, messages: Sequence[Message]
) -> AsyncGenerator[Piece, None]:
    import httpx  # noqa: PLC0415  (see the top of the file)
    from llama_index.core.base.llms.types import ChatMessage  # noqa: PLC0415

    chat = [ChatMessage(role=message.role, content=message.content) for message in messages]
    hooks = {"request": [_keep_needed_headers]}
    async with httpx.AsyncClient(verify=tls, trust_env=False, event_hooks=hooks) as http:
        responses = await _model(settings, http).astream_chat(chat)
        async with aclosing(responses):
            async for response in responses:
                choices = response.raw.choices
                reason = choices[0].finish_reason if choices else None
                yield Piece(response.delta or "", str(reason) if reason else None)


def _model(settings: LLMSettings, http: "httpx.AsyncClient | None") -> "OpenAILike":
    """LlamaIndex's client, told all that it would else take from environment variables."""
    from llama_index.llms.openai_like import OpenAILike  # noqa: PLC0415
    from openai import AsyncOpenAI  # noqa: PLC0415

    key = settings.api_key or _NO_KEY
    client = http and AsyncOpenAI(
        api_key=key,
        base_url=settings.base_url,
        max_retries=0,
        timeout=settings.timeout_seconds,
        http_client=http,
    )
    try:
        return OpenAILike(
            model=settings.model,
            api_base=settings.base_url,
            api_key=key,
            is_chat_model=True,
            context_window=settings.context_tokens,
            max_tokens=settings.max_tokens,
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


@contextmanager
def translated(settings: LLMSettings) -> Iterator[None]:
    """Turn whatever the client libraries raise into GenerationError or GenerationTimeout.

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
            f"{at} did not finish its answer within {settings.timeout_seconds:g} seconds: see "
            "whether it is overloaded, or give it more time in the settings."
        ) from exc
    except openai.APIStatusError as exc:
        advice = _advice(exc.status_code, settings)
        raise GenerationError(f"{at} refused with HTTP {exc.status_code}: {advice}.") from exc
    except (openai.APIConnectionError, httpx.TransportError, OSError) as exc:
        raise GenerationError(
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


def _advice(status: int, settings: LLMSettings) -> str:
    match status:
        case 401 | 403:
            return "check its API key"
        case 400 | 413 | 422:
            return f"see its log, and whether it takes {settings.context_tokens} tokens of context"
        case 429:
            return "it is busy or its quota is used up; ask again later"
        case _:
            return "see its log, and check FOOTNOTE_LLM_BASE_URL and FOOTNOTE_LLM_MODEL"


def _check(settings: LLMSettings) -> None:
    url = urlsplit(settings.base_url)
    # The address appears in messages, so nothing secret may stand in it.
    if url.scheme not in {"http", "https"} or not url.hostname or "@" in url.netloc or url.query:
        raise ConfigurationError(
            "FOOTNOTE_LLM_BASE_URL must be an http or https address without a user name or "
            "parameters, such as http://127.0.0.1:8080/v1; a password goes in as the API key."
        )
    if not (settings.api_key.isascii() and settings.api_key.isprintable()):
        raise ConfigurationError(
            "The language model's API key holds a character that no HTTP header can carry."
        )
    limits_fit = 0 < settings.max_tokens < settings.context_tokens
    if not (settings.model and limits_fit and settings.timeout_seconds > 0):
        raise ConfigurationError(
            "A language model needs a name in FOOTNOTE_LLM_MODEL, a timeout above 0 seconds, and "
            "a limit of answer tokens above 0 and below its context tokens."
        )
