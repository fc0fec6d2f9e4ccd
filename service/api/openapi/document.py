"""Completes the document that FastAPI makes: examples, keys, headers, and every error by name."""

from collections.abc import Iterator
from copy import deepcopy
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI

from service.api.openapi.examples import EVENT_STREAM, JSON, PARAMETERS, REQUESTS, replies
from service.api.openapi.refusals import SCHEMAS, refusals
from service.api.openapi.shapes import EVENTS, MCP_REPLY, MCP_REQUEST, REPLIES
from service.tracing import REQUEST_ID

_ABOUT = (
    "Answers from an organisation's own documents, each sentence with footnotes that were checked. "
    "Every reply carries `X-Request-Id`: the caller's own from that header (or "
    "`X-Client-Request-Id`, `x-ms-client-request-id`) where it is sane, else a new one. "
    "`traceparent` and `tracestate` (W3C Trace Context) are taken up."
)
_REQUEST_ID = "X-Request-Id"
_HEADERS = {
    _REQUEST_ID: {
        "description": "The request's id, in the log and for feedback",
        "required": True,
        "schema": {"type": "string", "pattern": f"^{REQUEST_ID}$"},
    },
    "Retry-After": {"description": "Seconds to wait", "schema": {"type": "string"}},
    "WWW-Authenticate": {"description": "How to send a key", "schema": {"type": "string"}},
}
_KEYS = {
    "key": {"type": "http", "scheme": "bearer"},
    "azure": {"type": "apiKey", "in": "header", "name": "api-key"},
}
# Open to all; /metrics also to whoever has no key but is on the same machine.
_OPEN = frozenset({"GET /healthz", "GET /readyz"})
_LOCAL = "GET /metrics"
# FastAPI's own shape of an error, which is not used.
_UNUSED = ("HTTPValidationError", "ValidationError")

_MCP: dict[str, Any] = {
    "tags": ["MCP"],
    "summary": "Model Context Protocol",
    "description": (
        "The tools search, fetch and ask, over streamable HTTP: stateless, answered in JSON. "
        "Beyond these errors the protocol's own are told as it words them."
    ),
    "operationId": "mcp",
    "parameters": [
        {"name": "collection", "in": "query", "required": False, "schema": {"type": "string"}}
    ],
    "requestBody": {"required": True, "content": {JSON: {"schema": MCP_REQUEST}}},
    "responses": {
        "200": {"description": "The reply", "content": {JSON: {"schema": MCP_REPLY}}},
        "202": {"description": "A notification was taken"},
        "400": {"description": "No message of the protocol"},
        "403": {"description": "A foreign origin"},
        "421": {"description": "Not a name of this service"},
    },
}


def describe(app: FastAPI, *, has_keys: bool) -> None:
    """Let ``app`` tell the whole document, made once. ``has_keys``: whether callers need one."""
    plain = app.openapi

    def whole() -> dict[str, Any]:
        if app.openapi_schema is None:
            _complete(plain(), has_keys=has_keys)
        return plain()

    app.openapi = whole  # type: ignore[method-assign]  # FastAPI's documented way to extend it


def operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each operation under its name, such as "POST /ask"."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def _complete(document: dict[str, Any], *, has_keys: bool) -> None:
    document["info"]["description"] = _ABOUT
    document["paths"]["/mcp"] = {"post": deepcopy(_MCP)}
    components = document["components"]
    for name in _UNUSED:
        components["schemas"].pop(name, None)
    components["schemas"] |= SCHEMAS
    components["headers"] = _HEADERS
    if has_keys:
        components["securitySchemes"] = _KEYS
        document["security"] = [{name: []} for name in _KEYS]
    for name, operation in operations(document):
        _ask(name, operation)
        _reply(name, operation)
        _refuse(name, operation)
        if has_keys and (name in _OPEN or name == _LOCAL):
            operation["security"] = [] if name in _OPEN else [{}, *document["security"]]


def _ask(name: str, operation: dict[str, Any]) -> None:
    """Examples of what is sent."""
    for parameter in operation.get("parameters", []):
        parameter["example"] = PARAMETERS[parameter["name"]]
    if "requestBody" in operation:
        operation["requestBody"]["content"][JSON]["example"] = REQUESTS[name]


def _reply(name: str, operation: dict[str, Any]) -> None:
    """Examples and shapes of what comes back when all is well."""
    examples = replies(name)
    responses = operation["responses"]
    for status in [code for code in responses if not _is_good(code)]:
        if "content" in responses[status] or not status.isdecimal():
            del responses[status]
    for response in responses.values():
        response["headers"] = _carried()
        for media_type, told in response.get("content", {}).items():
            if media_type in examples:
                told["example"] = examples[media_type]
            if media_type == JSON and name in REPLIES:
                told["schema"] = REPLIES[name]
            if media_type == EVENT_STREAM:
                told["schema"] = EVENTS[name]


def _refuse(name: str, operation: dict[str, Any]) -> None:
    """Every error by its status."""
    for refusal in refusals(name):
        operation["responses"][str(refusal.status)] = {
            "description": refusal.when,
            "headers": _carried(*refusal.headers),
            "content": {
                refusal.media_type: {
                    "schema": {"$ref": f"#/components/schemas/{refusal.schema}"},
                    "example": refusal.example,
                }
            },
        }


def _carried(*others: str) -> dict[str, Any]:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in (_REQUEST_ID, *others)}


def _is_good(status: str) -> bool:
    return status.isdecimal() and int(status) < HTTPStatus.BAD_REQUEST
