"""Why a model server did not reply, as far as it matters for what is tried next.

GenerationError
├── RequestRefused           the server is well, but does not take this request
│   └── PromptTooLong        ... because it holds more tokens than the model can read
├── TryAgain                 it is busy, or the connection broke before the first word
├── RanOut                   the reply used up its tokens before its first sentence ended
└── Resting                  it failed so often that it is not asked for a while
"""

from typing import Literal

from indexes.errors import GenerationError

Part = Literal["schema", "counted"]
"""An optional part of a ChatRequest, which not every server takes."""


class RequestRefused(GenerationError):
    """The server refuses what it was asked. ``part`` is what of it, where the server says that."""

    def __init__(self, message: str, part: Part | None = None) -> None:
        super().__init__(message)
        self.part = part


class PromptTooLong(RequestRefused):
    """The prompt and the answer would be more than the model can hold."""


class TryAgain(GenerationError):
    """The same request may well succeed; not before ``after`` seconds, where the server says so."""

    def __init__(self, message: str, after: float = 0.0) -> None:
        super().__init__(message)
        self.after = after


class RanOut(GenerationError):
    """The reply was cut before its first sentence ended; the same request would be cut again."""


class Resting(GenerationError):
    """The breaker is open: nothing was sent."""
