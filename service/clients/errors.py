"""What can go wrong between a program and the service, as one tree of errors.

FootnoteClientError
├── WrongSettings            the address or the key cannot be used at all
├── ConnectionFailed         no reply: not reached, too slow, or cut off
├── BrokenOff                a stream ended before its answer
├── UnexpectedReply          the reply is not one of Footnote's
└── RequestRefused           the service says why, in a problem document
    ├── RateLimited          this caller asks too much
    └── Overloaded           all callers together do
"""

from dataclasses import dataclass, field


class FootnoteClientError(Exception):
    """All errors of this client."""


class WrongSettings(FootnoteClientError):
    """The address or the key cannot be used at all; no request was sent."""


class ConnectionFailed(FootnoteClientError):
    """There was no reply, or none within the time, or only a part of one."""


class BrokenOff(FootnoteClientError):
    """A stream ended before its answer. The sentences that came are checked, but not all."""


class UnexpectedReply(FootnoteClientError):
    """The reply is not what the service sends, so perhaps something else sent it."""


@dataclass(frozen=True, slots=True)
class WrongField:
    """A field of the request, by its path, and what is wrong with it."""

    field: str
    problem: str


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem document of RFC 9457; ``kind`` is its `type`, which is what programs compare.

    ``request_id`` finds the request in the service's log; ``errors`` are the fields that are wrong.
    """

    status: int
    title: str = ""
    detail: str = ""
    kind: str = field(default="about:blank", metadata={"sent": "type"})
    request_id: str = ""
    errors: tuple[WrongField, ...] = ()


class RequestRefused(FootnoteClientError):
    """The service did not do what was asked; ``problem`` says why."""

    def __init__(self, request: str, problem: Problem) -> None:
        fields = "".join(f"; {each.field}: {each.problem}" for each in problem.errors)
        super().__init__(
            f"{request} was refused: {problem.status} {problem.title}. {problem.detail}{fields}"
            f" (request {problem.request_id or 'without an id'})"
        )
        self.problem = problem


class _Later(RequestRefused):
    """Not now; ``retry_after`` is in seconds, None where the reply does not tell."""

    def __init__(self, request: str, problem: Problem, retry_after: float | None) -> None:
        super().__init__(request, problem)
        self.retry_after = retry_after


class RateLimited(_Later):
    """This caller asks more than its share; ask again after ``retry_after`` seconds."""


class Overloaded(_Later):
    """All callers together ask too much; ask again after ``retry_after`` seconds."""
