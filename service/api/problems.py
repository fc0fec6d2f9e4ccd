"""Every error as application/problem+json."""

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import Scope

from indexes.errors import FootnoteError, SnapshotError
from service.api.errors_of_dialects import in_its_dialect
from service.errors import MEDIA_TYPE, Problem, problem_of

# A field's name comes from the caller, and may be as long as a body; so may a document's id that
# an error repeats, and a body of a quarter megabyte can be wrong in 40,000 fields.
_FIELD_CHARS = 100
_DETAIL_CHARS = 2000
_MOST_ERRORS = 20
_DETAILS = {
    HTTPStatus.NOT_FOUND: "there is nothing at this path; /openapi.json lists what there is",
    HTTPStatus.METHOD_NOT_ALLOWED: "this path does not take this method; see the header Allow",
}

_log = logging.getLogger(__name__)


def refusal(problem: Problem, scope: Scope) -> Response:
    """The problem as the dialect of the request's path words it: a problem document, or its own.

    All ASCII: it may repeat characters that UTF-8 cannot carry.
    """
    if len(problem.detail) > _DETAIL_CHARS:
        problem = replace(problem, detail=f"{problem.detail[:_DETAIL_CHARS]}…")
    authorization = Headers(scope=scope).get("authorization")
    worded = in_its_dialect(problem, scope["path"], authorization)
    if worded is None:
        content = json.dumps(problem.as_json(scope["state"]["request_id"]))
        return Response(content, problem.status, dict(problem.headers), MEDIA_TYPE)
    status, body = worded
    return Response(json.dumps(body), status, dict(problem.headers), "application/json")


def translate_errors(app: FastAPI) -> None:
    """Let ``app`` answer every error that it raises with a problem document."""
    app.exception_handler(FootnoteError)(_of_ours)
    app.exception_handler(RequestValidationError)(_of_validation)
    app.exception_handler(HTTPException)(_of_http)


async def _of_ours(request: Request, error: FootnoteError) -> Response:
    problem = problem_of(error)
    log_failure(error, request.state.request_id)
    return refusal(problem, request.scope)


def log_failure(error: FootnoteError, request_id: str) -> None:
    """Log what the service, and not the caller, did wrong. Snapshots are logged when opened."""
    if problem_of(error).status >= HTTPStatus.INTERNAL_SERVER_ERROR and not isinstance(
        error, SnapshotError
    ):
        _log.error("%s", error, exc_info=error, extra={"fields": {"request_id": request_id}})


async def _of_validation(request: Request, error: RequestValidationError) -> Response:
    entries = error.errors()
    errors = tuple(_wrong_field(entry) for entry in entries[:_MOST_ERRORS])
    told = [f"{entry['field']}: {entry['problem']}" for entry in errors]
    if len(entries) > _MOST_ERRORS:
        told.insert(0, f"{len(entries)} fields are wrong, of which the first {_MOST_ERRORS} follow")
    detail = "; ".join(told)
    kind = "urn:footnote:problem:invalid-request"
    problem = Problem(HTTPStatus.UNPROCESSABLE_ENTITY, detail, kind, errors)
    return refusal(problem, request.scope)


def _wrong_field(entry: Mapping[str, Any]) -> dict[str, str]:
    place: Sequence[str | int] = entry["loc"]
    if entry["type"] == "json_invalid":
        where = f"at character {place[1]}: {entry['ctx']['error']}"
        return {"field": "body", "problem": f"is not JSON {where}"}
    field = ".".join(str(part) for part in place[1:]) or str(place[0])
    return {
        "field": field[:_FIELD_CHARS],
        "problem": str(entry["msg"]).removeprefix("Value error, "),
    }


async def _of_http(request: Request, error: HTTPException) -> Response:
    detail = _DETAILS.get(HTTPStatus(error.status_code), error.detail)
    problem = Problem(error.status_code, detail, headers=error.headers or {})
    return refusal(problem, request.scope)
