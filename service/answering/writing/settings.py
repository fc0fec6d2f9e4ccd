"""How language models are asked: which, with what, for how long, and at what price."""

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from indexes.errors import ConfigurationError
from service.answering.writing.breaker import BreakerSettings
from service.answering.writing.chat import Tokens
from service.answering.writing.retrying import RetrySettings

NEWEST_PROMPT = "answer-2"
_PER_MILLION = 1_000_000


class Output(StrEnum):
    """How a model writes its sentences: as text with marks, as JSON, or as the server can."""

    AUTO = "auto"
    JSON = "json"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait, in seconds, for what; each ends earlier at the deadline of the answer.

    ``first_token`` includes the reading of the prompt, ``idle`` is between two tokens,
    ``completion`` is for a whole short text, such as a question made to stand alone. The defaults
    are those for an answer in 20 seconds.
    """

    connect: float = 3.0
    first_token: float = 15.0
    idle: float = 5.0
    completion: float = 5.0

    @classmethod
    def within(cls, seconds: float) -> Self:
        """Who waits longer for an answer waits longer for its parts; a connection takes no time."""
        return cls(first_token=0.75 * seconds, idle=0.25 * seconds, completion=0.25 * seconds)


@dataclass(frozen=True, slots=True)
class Prices:
    """What a million tokens cost, in the operator's currency."""

    prompt: float
    completion: float

    def cost(self, tokens: Tokens) -> float:
        """What these tokens cost."""
        return (tokens.read * self.prompt + tokens.written * self.completion) / _PER_MILLION


@dataclass(frozen=True, slots=True)
class LLMSettings:
    """Which server and model write the answers, and how they are asked.

    ``base_url`` is where the server's API starts, such as http://127.0.0.1:8080/v1.
    ``timeout_seconds`` covers a whole answer; ``context_tokens`` holds prompt and answer,
    ``max_tokens`` the answer alone. ``prompt`` is a version that comes with Footnote or the path
    of a file like those; ``examples`` another file of examples than the prompt's own, of which
    the ``shots`` nearest to the question are shown. Without ``patience`` it follows the timeout.
    """

    base_url: str
    model: str
    api_key: str = field(default="", repr=False)
    timeout_seconds: float = 20.0
    max_tokens: int = 512
    context_tokens: int = 4096
    output: Output = Output.AUTO
    prompt: str = NEWEST_PROMPT
    examples: Path | None = None
    shots: int = 2
    prices: Prices | None = None
    patience: Patience | None = None
    retry: RetrySettings = field(default_factory=RetrySettings)
    breaker: BreakerSettings = field(default_factory=BreakerSettings)

    @property
    def waits(self) -> Patience:
        """How long to wait for the parts of an answer."""
        return self.patience or Patience.within(self.timeout_seconds)

    def check(self) -> None:
        """ConfigurationError when the settings cannot be right."""
        url = urlsplit(self.base_url)
        # The address appears in messages, so nothing secret may stand in it.
        known = url.scheme in {"http", "https"} and url.hostname
        if not known or "@" in url.netloc or url.query:
            raise ConfigurationError(
                "FOOTNOTE_LLM_BASE_URL must be an http or https address without a user name or "
                "parameters, such as http://127.0.0.1:8080/v1; a password goes in as the API key."
            )
        if not (self.api_key.isascii() and self.api_key.isprintable()):
            raise ConfigurationError(
                "The language model's API key holds a character that no HTTP header can carry."
            )
        limits_fit = 0 < self.max_tokens < self.context_tokens
        if not (self.model and limits_fit and self.timeout_seconds > 0):
            raise ConfigurationError(
                "A language model needs a name in FOOTNOTE_LLM_MODEL, a timeout above 0 seconds, "
                "and a limit of answer tokens above 0 and below its context tokens."
            )
