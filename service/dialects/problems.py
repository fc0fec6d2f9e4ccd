"""A problem in the error shapes of other dialects."""

from http import HTTPStatus
from typing import Any

from service.errors import Problem

_KIND = "urn:footnote:problem:"
# Codes that OpenAI's clients know; others are named after the problem.
_CODES = {
    "unknown-collection": "model_not_found",
    "unauthenticated": "invalid_api_key",
    "invalid-request": "invalid_value",
}
_DIFY_BAD_HEADER, _DIFY_REFUSED, _DIFY_UNKNOWN = 1001, 1002, 2001


def in_openai(problem: Problem) -> tuple[int, dict[str, Any]]:
    """Status and body as OpenAI words errors; what cannot be used is a 400 there, not a 422."""
    unusable = problem.status == HTTPStatus.UNPROCESSABLE_ENTITY
    status = int(HTTPStatus.BAD_REQUEST if unusable else problem.status)
    slug = _slug(problem)
    fields = [wrong["field"] for wrong in problem.errors]
    return status, {
        "error": {
            "message": problem.detail,
            "type": _type(status),
            "param": "model" if slug == "unknown-collection" else next(iter(fields), None),
            "code": _code(status, slug),
        }
    }


def in_dify(problem: Problem, authorization: str | None) -> tuple[int, dict[str, Any]]:
    """Status and body as Dify words errors of an external knowledge base.

    1001 for an Authorization header that is none, 1002 for a key that is refused, 2001 for a
    knowledge base that does not exist, otherwise the status.
    """
    status = int(problem.status)
    code = status
    if status == HTTPStatus.UNAUTHORIZED:
        scheme, _, key = (authorization or "").partition(" ")
        well_formed = scheme.lower() == "bearer" and key.strip()
        code = _DIFY_REFUSED if well_formed else _DIFY_BAD_HEADER
    elif _slug(problem) == "unknown-collection":
        code = _DIFY_UNKNOWN
    return status, {"error_code": code, "error_msg": problem.detail}


def _slug(problem: Problem) -> str:
    return problem.kind.removeprefix(_KIND) if problem.kind.startswith(_KIND) else ""


def _type(status: int) -> str:
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return "rate_limit_error"
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return "server_error"
    return "invalid_request_error"


def _code(status: int, slug: str) -> str | None:
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return "rate_limit_exceeded"
    if slug:
        return _CODES.get(slug, slug.replace("-", "_"))
    return "unknown_url" if status == HTTPStatus.NOT_FOUND else None
