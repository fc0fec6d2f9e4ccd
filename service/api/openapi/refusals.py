"""Which errors each operation can answer with, and how its dialect words them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from indexes.errors import GenerationError, GenerationTimeout, UnknownCollection
from service.api.errors_of_dialects import in_its_dialect
from service.api.openapi.sample import REQUEST_ID
from service.api.openapi.shapes import TEXT, object_of, or_null
from service.dialects.dialect import Dialect, spoken_at
from service.errors import (
    MEDIA_TYPE,
    UNFORESEEN,
    InvalidRequest,
    Overloaded,
    Problem,
    RequestTooLarge,
    TooManyRequests,
    Unauthenticated,
    problem_of,
)

_UNREADABLE, _KEYLESS, _UNKNOWN = 400, 401, 404
_LARGE, _WRONG, _MANY = 413, 422, 429
_UNFORESEEN, _UNWRITTEN, _BUSY, _LATE = 500, 502, 503, 504

_WHEN: Mapping[int, str] = {
    _UNREADABLE: "The body cannot be read, or asks for what cannot be",
    _KEYLESS: "No key, a wrong one, or a header that decides who asks was sent twice",
    _UNKNOWN: "No such collection, document, page or model, or not for this caller",
    _LARGE: "The body is over the limit",
    _WRONG: "A field is wrong",
    _MANY: "The caller asks more than its share",
    _UNFORESEEN: "Something went wrong that nobody foresaw",
    _UNWRITTEN: "The answer could not be written",
    _BUSY: "All are busy, or nothing can be served yet",
    _LATE: "It took longer than it may",
}
_EXAMPLES: Mapping[int, Problem] = {
    _UNREADABLE: Problem(_UNREADABLE, "There was an error parsing the body"),
    _KEYLESS: problem_of(
        Unauthenticated("this service needs a key; send it as `Authorization: Bearer KEY`")
    ),
    _UNKNOWN: problem_of(UnknownCollection("there is no collection 'wikki'")),
    _LARGE: problem_of(
        RequestTooLarge(
            "the body is over 262144 bytes, which is the most that is read; send a shorter one"
        )
    ),
    _WRONG: problem_of(InvalidRequest("question", "is blank; write a question")),
    _MANY: problem_of(
        TooManyRequests(
            "you may ask 60 per 1 minute; wait until some of that time has passed", retry_after=12
        )
    ),
    _UNFORESEEN: UNFORESEEN,
    _UNWRITTEN: problem_of(GenerationError("")),
    _BUSY: problem_of(
        Overloaded("all are busy here at the moment; try again in a second", retry_after=1)
    ),
    _LATE: problem_of(GenerationTimeout("")),
}

# Whatever is asked, by whomever.
_ALWAYS = (_LARGE, _UNFORESEEN)
# Of what takes a permit, and a key where there are keys.
_ADMITTED = (*_ALWAYS, _KEYLESS, _MANY, _BUSY, _LATE)
_SENT = (*_ADMITTED, _UNREADABLE, _WRONG)
_ASKED = (*_SENT, _UNKNOWN, _UNWRITTEN)

_STATUSES: Mapping[str, tuple[int, ...]] = {
    "POST /ask": _ASKED,
    "POST /search": (*_SENT, _UNKNOWN),
    "POST /feedback": (*_SENT, _UNKNOWN),
    "GET /documents": (*_ADMITTED, _UNKNOWN, _WRONG),
    "GET /documents/{document_id}": (*_ADMITTED, _UNKNOWN),
    "GET /documents/{document_id}/text": (*_ADMITTED, _UNKNOWN),
    "GET /documents/{document_id}/pages/{number}.png": (*_ADMITTED, _UNKNOWN, _WRONG),
    "GET /healthz": _ALWAYS,
    "GET /readyz": (*_ALWAYS, _BUSY),
    "GET /metrics": (*_ALWAYS, _KEYLESS),
    "POST /v1/chat/completions": _ASKED,
    "GET /v1/models": _ADMITTED,
    "GET /v1/models/{name}": (*_ADMITTED, _UNKNOWN),
    "POST /v1/responses": _ASKED,
    "POST /api/chat": _ASKED,
    "POST /open-webui/v1/chat/completions": _ASKED,
    "GET /open-webui/v1/models": _ADMITTED,
    "POST /openai/deployments/{deployment}/chat/completions": _ASKED,
    "POST /retrieval": (*_SENT, _UNKNOWN),
    "POST /mcp": _ADMITTED,
}

SCHEMAS: Mapping[str, dict[str, Any]] = {
    "Problem": object_of(
        {
            **dict.fromkeys(("type", "title", "detail", "request_id"), TEXT),
            "status": {"type": "integer"},
        },
        errors={"type": "array", "items": object_of({"field": TEXT, "problem": TEXT})},
    ),
    "OpenAIError": object_of(
        {
            "error": object_of(
                {
                    "message": TEXT,
                    "type": TEXT,
                    "param": or_null("string"),
                    "code": or_null("string"),
                }
            )
        }
    ),
    "DifyError": object_of({"error_code": {"type": "integer"}, "error_msg": TEXT}),
}
_WORDED: Mapping[Dialect, str] = {
    Dialect.OPENAI: "OpenAIError",
    Dialect.RESPONSES: "OpenAIError",
    Dialect.OPEN_WEBUI: "OpenAIError",
    Dialect.AZURE: "OpenAIError",
    Dialect.DIFY: "DifyError",
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """An error as an operation answers with it: its status, when that is, and an example of it.

    ``schema`` names one of SCHEMAS; ``headers`` are those that come with it.
    """

    status: int
    when: str
    media_type: str
    schema: str
    example: dict[str, Any]
    headers: tuple[str, ...]


def refusals(operation: str) -> Iterator[Refusal]:
    """Every error of ``operation``, a method and a path, by status. KeyError for an unknown one."""
    path = operation.partition(" ")[2]
    told = (_refusal(_EXAMPLES[status], path) for status in sorted(_STATUSES[operation]))
    # Where a dialect has one status for two of ours, the first stands for both.
    by_status: dict[int, Refusal] = {}
    for refusal in told:
        by_status.setdefault(refusal.status, refusal)
    yield from by_status.values()


def _refusal(problem: Problem, path: str) -> Refusal:
    when, headers = _WHEN[problem.status], tuple(problem.headers)
    worded = in_its_dialect(problem, path, authorization=None)
    if worded is None:
        example = problem.as_json(REQUEST_ID)
        return Refusal(int(problem.status), when, MEDIA_TYPE, "Problem", example, headers)
    status, body = worded
    schema = _WORDED[spoken_at(path)]
    return Refusal(status, when, "application/json", schema, body, headers)
