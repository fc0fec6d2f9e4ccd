"""What is said to a language model and what comes back, whoever serves it."""

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from service.answering.writing.deadline import Deadline

Schema = Mapping[str, object]
"""A JSON schema, as draft 2020-12 has it."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a chat, as every OpenAI-compatible server takes it."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """What a server is asked: a reply to ``messages`` of at most ``max_tokens``.

    ``schema`` is what the reply must be; ``counted`` asks for the number of tokens as well.
    """

    messages: tuple[Message, ...]
    max_tokens: int
    schema: Schema | None = None
    counted: bool = True


@dataclass(frozen=True, slots=True)
class Tokens:
    """How many tokens a server says that it read and wrote."""

    read: int
    written: int


@dataclass(frozen=True, slots=True)
class Piece:
    """Some characters of a reply; in its last pieces why it stopped, and its tokens."""

    text: str
    finish: str | None = None
    tokens: Tokens | None = None


class Chat(Protocol):
    """A language model that replies piece by piece."""

    def stream(self, request: ChatRequest, deadline: Deadline) -> Generator[Piece, None, None]:
        """The reply as it is written; closing it stops the model.

        GenerationTimeout at the deadline or when the model falls silent; GenerationError, of which
        failures.py has kinds, when it cannot be reached, refuses, or breaks off.
        """
        ...


class Completer(Protocol):
    """A language model that is asked for one short text."""

    def complete(
        self, messages: Sequence[Message], max_tokens: int, schema: Schema | None = None
    ) -> str:
        """The whole reply, which is JSON of ``schema`` where there is one and the server can.

        GenerationTimeout when it takes too long, GenerationError when there is none.
        """
        ...


class Server(Chat, Completer, Protocol):
    """A language model in both of its parts."""
