"""A Generator that has a language model write the answer, sentence by sentence."""

from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from hashlib import sha256
from itertools import takewhile

from indexes.errors import GenerationError
from service.answering.types import Author, Brief, Draft, Usage, Written
from service.answering.writing.chat import Chat, ChatRequest, Message, Piece, Tokens
from service.answering.writing.composing import Composer
from service.answering.writing.deadline import Deadline
from service.answering.writing.failures import PromptTooLong, RanOut, RequestRefused
from service.answering.writing.prompts import NO_ANSWER
from service.answering.writing.settings import LLMSettings, Output, Prices
from service.answering.writing.structured import ReplyReader, schema
from service.answering.writing.tokens import estimated_tokens

_CUT_SHORT = frozenset({"length", "content_filter"})
# The longest pieces of common vocabularies, other than runs of spaces, are about 16 characters.
_LONGEST_TOKEN_CHARS = 16
_DIGEST_DIGITS = 16


@dataclass(frozen=True, slots=True)
class _Way:
    """How a model is asked: with or without a schema, and with how many tokens of prompt."""

    structured: bool
    budget: int
    shrunk: bool = False


class ModelGenerator:
    """Asks the model behind ``chat``, and in a simpler way where its server refuses the first.

    What the server does not take is not asked of it again: a schema for good, too long a prompt
    within the answer.
    """

    def __init__(self, settings: LLMSettings, chat: Chat, composer: Composer) -> None:
        self._settings = settings
        self._chat = chat
        self._composer = composer
        self._structured = settings.output is not Output.TEXT

    @property
    def name(self) -> str:
        """The model's name."""
        return self._settings.model

    @property
    def version(self) -> str:
        """A hash of the model, the words of its prompt, its examples, their form and the limits."""
        settings = self._settings
        made_of = (
            settings.model,
            self._composer.version.digest,
            self._composer.examples.version,
            self._structured,
            settings.max_tokens,
            settings.context_tokens,
        )
        return sha256(repr(made_of).encode()).hexdigest()[:_DIGEST_DIGITS]

    def generate(self, brief: Brief) -> Iterator[Written]:
        """The sentences as the model completes them; none when it says it does not know.

        GenerationTimeout when the whole answer has not arrived after ``timeout_seconds``,
        GenerationError when the server cannot be reached, refuses, or breaks off.
        """
        return self.write(brief, Deadline.after(self._settings.timeout_seconds))

    def write(self, brief: Brief, deadline: Deadline) -> Iterator[Written]:
        """As ``generate``, by ``deadline`` or its own timeout, whichever is sooner."""
        yield Author(self.name, self._composer.version.name)
        if not brief.evidence:
            return
        sooner = deadline.within(self._settings.timeout_seconds)
        budget = self._settings.context_tokens - self._settings.max_tokens
        way: _Way | None = _Way(self._structured, budget)
        while way:
            way = yield from self._attempt(brief, way, sooner)

    def _attempt(
        self, brief: Brief, way: _Way, deadline: Deadline
    ) -> Generator[Written, None, _Way | None]:
        """Write in this way; returns the way to try next where the server does not take it."""
        try:
            yield from self._written(brief, way, deadline)
        except PromptTooLong:
            if way.shrunk:
                raise
            return replace(way, budget=way.budget // 2, shrunk=True)
        except RequestRefused:
            if not way.structured or self._settings.output is Output.JSON:
                raise
            return replace(way, structured=False)
        self._structured = way.structured
        return None

    def _written(
        self, brief: Brief, way: _Way, deadline: Deadline
    ) -> Generator[Written, None, None]:
        prompt = self._composer.compose(brief, way.budget, structured=way.structured)
        expected = schema(prompt.numbers) if way.structured else None
        request = ChatRequest(prompt.messages, self._settings.max_tokens, expected)
        reader = ReplyReader(prompt.numbers, structured=way.structured)
        reply = _Reply(self._settings.max_tokens * _LONGEST_TOKEN_CHARS)
        with closing(self._chat.stream(request, deadline)) as pieces:
            for draft in takewhile(_answers, _drafts(map(reply.noted, pieces), reader, reply)):
                # A weak model that repeats the layout of its prompt is not answering.
                if not any(fence in draft.text for fence in prompt.fences):
                    yield draft
        yield reply.usage(prompt.messages, self._settings.prices)


@dataclass(slots=True)
class _Reply:
    """What is known of a reply while it comes; longer than ``most_chars`` none can be."""

    most_chars: int
    text: list[str] = field(default_factory=list)
    tokens: Tokens | None = None
    cut_short: bool = False

    def noted(self, piece: Piece) -> str:
        """The piece's text. GenerationError when the reply does not end."""
        self.text.append(piece.text)
        self.tokens = piece.tokens or self.tokens
        self.cut_short |= piece.finish in _CUT_SHORT
        self.most_chars -= len(piece.text)
        if self.most_chars < 0:
            raise GenerationError(
                "The language model wrote on beyond its limit of answer tokens: see its log, and "
                "check that its server takes max_tokens."
            )
        return piece.text

    def usage(self, asked: Sequence[Message], prices: Prices | None) -> Usage:
        """Tokens as the server counted them or, where it did not, as they are estimated."""
        tokens = self.tokens or Tokens(
            sum(estimated_tokens(message.content) for message in asked),
            estimated_tokens("".join(self.text)),
        )
        cost = prices.cost(tokens) if prices else None
        return Usage(tokens.read, tokens.written, cost)


def _drafts(texts: Iterator[str], reader: ReplyReader, reply: _Reply) -> Iterator[Draft]:
    for text in texts:
        yield from reader.feed(text)
    yield from reader.close(cut_short=reply.cut_short)
    if reply.cut_short and not reader.count:
        raise RanOut(
            "The language model ran out before its first sentence ended: raise its limit of "
            "answer tokens, or use one that thinks less."
        )


def _answers(draft: Draft) -> bool:
    """Whether ``draft`` is part of an answer rather than the words for having none."""
    words = draft.text.strip(" .!\"'*`").upper().replace(" ", "_")
    return words != NO_ANSWER and NO_ANSWER not in draft.text
