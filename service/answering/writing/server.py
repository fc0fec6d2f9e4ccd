"""A language model as others ask it: with retries, a breaker, and only what its server takes."""

from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from itertools import chain

from service.answering.writing.breaker import Breaker, State
from service.answering.writing.chat import Chat, ChatRequest, Message, Piece, Schema
from service.answering.writing.deadline import Deadline
from service.answering.writing.failures import PromptTooLong, RequestRefused
from service.answering.writing.retrying import RetrySettings, retried


class ModelServer:
    """A Chat, and a Completer whose replies take at most ``completion_seconds``.

    What of a request the server does not take is left out from then on.
    """

    def __init__(
        self, chat: Chat, breaker: Breaker, retry: RetrySettings, completion_seconds: float
    ) -> None:
        self._chat = chat
        self._breaker = breaker
        self._retry = retry
        self._completion_seconds = completion_seconds
        self._counts = True

    def state(self) -> State:
        """Whether the server is asked at all."""
        return self._breaker.state()

    def stream(self, request: ChatRequest, deadline: Deadline) -> Generator[Piece, None, None]:
        """As Chat.stream, asked again while nothing has come; Resting while the breaker is open."""
        asked = replace(request, counted=request.counted and self._counts)
        try:
            yield from self._persistent(asked, deadline)
        except PromptTooLong:
            raise
        except RequestRefused as refusal:
            if not asked.counted or refusal.part == "schema":
                raise
            yield from self._persistent(replace(asked, counted=False), deadline)
            self._counts = False

    def complete(
        self, messages: Sequence[Message], max_tokens: int, schema: Schema | None = None
    ) -> str:
        """The whole reply; without its schema where the server takes none."""
        request = ChatRequest(tuple(messages), max_tokens, schema, counted=False)
        deadline = Deadline.after(self._completion_seconds)
        try:
            return self._whole(request, deadline)
        except PromptTooLong:
            raise
        except RequestRefused:
            if schema is None:
                raise
            return self._whole(replace(request, schema=None), deadline)

    def _whole(self, request: ChatRequest, deadline: Deadline) -> str:
        with closing(self.stream(request, deadline)) as pieces:
            return "".join(piece.text for piece in pieces)

    def _persistent(self, request: ChatRequest, deadline: Deadline) -> Generator[Piece, None, None]:
        attempt, begun = retried(lambda: self._begun(request, deadline), self._retry, deadline)
        with closing(attempt):
            yield from chain(begun, attempt)

    def _begun(
        self, request: ChatRequest, deadline: Deadline
    ) -> tuple[Generator[Piece, None, None], Iterator[Piece]]:
        """A reply whose first piece is there: from then on nothing may be asked again."""
        attempt = self._attempt(request, deadline)
        first = next(attempt, None)
        return attempt, iter(() if first is None else (first,))

    def _attempt(self, request: ChatRequest, deadline: Deadline) -> Generator[Piece, None, None]:
        with self._breaker.call(), closing(self._chat.stream(request, deadline)) as pieces:
            yield from pieces
