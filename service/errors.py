"""Errors as RFC 9457 problem documents, and those that only the service raises.

FootnoteError
├── UsageError
│   ├── InvalidRequest       a field of the request cannot be used
│   ├── RequestTooLarge      the body is over the limit
│   ├── Unauthenticated      no key, a wrong one, or headers that contradict each other
│   ├── TooManyRequests      the caller asks more than its share
│   └── UnknownPage          no image of this page is stored
├── Overloaded               all together ask more than can be answered soon
├── FeedbackError            what a caller sent cannot be stored
└── ClientGone               nobody waits for the answer any more
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from indexes.errors import (
    EmbedderError,
    FootnoteError,
    GenerationError,
    GenerationTimeout,
    NoSnapshot,
    SnapshotError,
    UnknownCollection,
    UnknownDocument,
    UnknownSnapshot,
    UsageError,
)

MEDIA_TYPE = "application/problem+json"
_ELSEWHERE = "The service's log says why, under this request's id."


class InvalidRequest(UsageError):
    """A field of the request cannot be used. Its message begins with the field's name."""

    def __init__(self, field_name: str, problem: str) -> None:
        super().__init__(f"{field_name}: {problem}")
        self.field_name = field_name
        self.problem = problem


class RequestTooLarge(UsageError):
    """The body of the request is over the limit."""


class Unauthenticated(UsageError):
    """The caller brought no key, a wrong one, or headers that contradict each other."""


class UnknownPage(UsageError):
    """No image of this page is stored, or there is no such page."""


class FeedbackError(FootnoteError):
    """What a caller sent cannot be stored."""


class _Later(FootnoteError):
    """Not now; ``retry_after`` is in seconds."""

    def __init__(self, message: str, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class TooManyRequests(_Later, UsageError):
    """The caller asks more than its share."""


class Overloaded(_Later):
    """All callers together ask more than can be answered soon."""


class ClientGone(FootnoteError):
    """Nobody waits for the answer any more."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem document. ``errors`` lists the fields that are wrong, each with its problem."""

    status: int
    detail: str
    kind: str = "about:blank"
    errors: tuple[Mapping[str, str], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)

    def as_json(self, request_id: str) -> dict[str, Any]:
        """The members of RFC 9457, with the request's id and the wrong fields as extensions."""
        document = {
            "type": self.kind,
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail,
            "request_id": request_id,
        }
        return document | {"errors": list(self.errors)} if self.errors else document


UNFORESEEN = Problem(HTTPStatus.INTERNAL_SERVER_ERROR, f"Something went wrong. {_ELSEWHERE}")

_STATUS: Mapping[type[FootnoteError], HTTPStatus] = {
    UnknownCollection: HTTPStatus.NOT_FOUND,
    UnknownDocument: HTTPStatus.NOT_FOUND,
    UnknownSnapshot: HTTPStatus.NOT_FOUND,
    UnknownPage: HTTPStatus.NOT_FOUND,
    InvalidRequest: HTTPStatus.UNPROCESSABLE_ENTITY,
    RequestTooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    Unauthenticated: HTTPStatus.UNAUTHORIZED,
    TooManyRequests: HTTPStatus.TOO_MANY_REQUESTS,
    UsageError: HTTPStatus.BAD_REQUEST,
    Overloaded: HTTPStatus.SERVICE_UNAVAILABLE,
    NoSnapshot: HTTPStatus.SERVICE_UNAVAILABLE,
    SnapshotError: HTTPStatus.SERVICE_UNAVAILABLE,
    EmbedderError: HTTPStatus.SERVICE_UNAVAILABLE,
    FeedbackError: HTTPStatus.SERVICE_UNAVAILABLE,
    GenerationTimeout: HTTPStatus.GATEWAY_TIMEOUT,
    GenerationError: HTTPStatus.BAD_GATEWAY,
    ClientGone: HTTPStatus.REQUEST_TIMEOUT,
    FootnoteError: HTTPStatus.INTERNAL_SERVER_ERROR,
}
# Errors whose message tells a caller what it asked wrong, or an operator how to repair what is
# served. Others name paths and addresses of this machine and stay in the log.
_TOLD = (UsageError, SnapshotError, FeedbackError, Overloaded)


def problem_of(error: FootnoteError) -> Problem:
    """What a caller is told of ``error``."""
    status = next(_STATUS[kind] for kind in type(error).__mro__ if kind in _STATUS)
    slug = re.sub(r"(?<=[a-z])(?=[A-Z])", "-", type(error).__name__).lower()
    return Problem(
        status=status,
        detail=str(error) if isinstance(error, _TOLD) else _ELSEWHERE,
        kind=f"urn:footnote:problem:{slug}",
        errors=_wrong_fields(error),
        headers=_headers(error),
    )


def _headers(error: FootnoteError) -> Mapping[str, str]:
    match error:
        case Unauthenticated():
            return {"WWW-Authenticate": 'Bearer realm="footnote"'}
        case _Later():
            return {"Retry-After": str(error.retry_after)}
    return {}


def _wrong_fields(error: FootnoteError) -> tuple[Mapping[str, str], ...]:
    if isinstance(error, InvalidRequest):
        return ({"field": error.field_name, "problem": error.problem},)
    return ()
