"""Which paths speak a foreign dialect, how each words a problem, and how that is documented."""

from typing import Any

from service.dialects.problems import in_dify, in_openai
from service.errors import Problem

_OPENAI = ("/v1/", "/open-webui/v1/", "/openai/")
_DIFY = "/retrieval"

_OPENAI_SCHEMA = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["message", "type", "param", "code"],
            "properties": {
                "message": {"type": "string"},
                "type": {"type": "string"},
                "param": {"type": ["string", "null"]},
                "code": {"type": ["string", "null"]},
            },
        }
    },
}
_DIFY_SCHEMA = {
    "type": "object",
    "required": ["error_code", "error_msg"],
    "properties": {"error_code": {"type": "integer"}, "error_msg": {"type": "string"}},
}


def in_its_dialect(
    problem: Problem, path: str, authorization: str | None
) -> tuple[int, dict[str, Any]] | None:
    """Status and JSON body of ``problem`` on ``path``; None where it stays a problem document."""
    if path.startswith(_OPENAI):
        return in_openai(problem)
    if path == _DIFY:
        return in_dify(problem, authorization)
    return None


def _documented(schema: dict[str, Any]) -> dict[int | str, dict[str, Any]]:
    documented = {
        "description": "A problem",
        "content": {"application/json": {"schema": schema}},
    }
    return {422: documented, "default": documented}


# For the routes of each dialect, in place of problem documents.
OPENAI_RESPONSES = _documented(_OPENAI_SCHEMA)
DIFY_RESPONSES = _documented(_DIFY_SCHEMA)
