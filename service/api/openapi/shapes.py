"""Schemas of replies in foreign dialects, which are made without models of pydantic."""

from collections.abc import Mapping
from typing import Any

from service.dialects.tools import TOOLS

Schema = dict[str, Any]


def _object(required: Mapping[str, Schema], **others: Schema) -> Schema:
    """An object with these members at least; what only Footnote knows may come besides."""
    properties = {**required, **others}
    return {"type": "object", "required": list(required), "properties": properties}


def _list(of: Schema) -> Schema:
    return {"type": "array", "items": of}


def _one(value: str) -> Schema:
    return {"const": value}


def _or_null(kind: str) -> Schema:
    return {"type": [kind, "null"]}


_TEXT: Schema = {"type": "string"}
_COUNT: Schema = {"type": "integer", "minimum": 0}
_SCORE: Schema = {"type": "number", "minimum": 0, "maximum": 1}
_ANY: Schema = {"type": "object"}

_PLACE = {"start_index": _COUNT, "end_index": _COUNT, "title": _TEXT, "url": _TEXT}
_SENTENCE = _object(
    {
        "text": _TEXT,
        "start": _COUNT,
        "end": _COUNT,
        "citations": _list(_COUNT),
        "verdict": _TEXT,
        "score": _SCORE,
    }
)
_FOOTNOTE = _object(
    {
        "label": _COUNT,
        "document_id": _TEXT,
        "chunk_id": _TEXT,
        "title": _TEXT,
        "path": _TEXT,
        "uri": _TEXT,
        "url": _TEXT,
        "page": _or_null("integer"),
        "section": _list(_TEXT),
        "quote": _TEXT,
        "start": _COUNT,
        "end": _COUNT,
        "updated_at": _or_null("string"),
    }
)
# What stands under `footnote` in OpenAI's dialects.
_OURS = _object(
    {
        "request_id": _TEXT,
        "snapshot": _TEXT,
        "question": _TEXT,
        "language": _TEXT,
        "abstained": {"type": "boolean"},
        "reason": _or_null("string"),
        "silence": _or_null("string"),
        "generator": _TEXT,
        "text": _TEXT,
        "sentences": _list(_SENTENCE),
        "citations": _list(_FOOTNOTE),
    }
)


def _completion(message: Mapping[str, Schema], **besides: Schema) -> Schema:
    whole = {"role": _one("assistant"), "content": _TEXT, **message}
    choice = _object({"index": _COUNT, "message": _object(whole), "finish_reason": _TEXT})
    usage = dict.fromkeys(("prompt_tokens", "completion_tokens", "total_tokens"), _COUNT)
    return _object(
        {
            "id": _TEXT,
            "object": _one("chat.completion"),
            "created": _COUNT,
            "model": _TEXT,
            "choices": _list(choice),
            "usage": _object(usage),
            "system_fingerprint": _TEXT,
            "footnote": _OURS,
            **besides,
        }
    )


_URL_CITATION = _object({"type": _one("url_citation"), "url_citation": _object(_PLACE)})
_MODEL = _object(
    {"id": _TEXT, "object": _one("model"), "created": _COUNT, "owned_by": _TEXT},
)
_MODELS = _object({"object": _one("list"), "data": _list(_MODEL)})
_ANNOTATION: Schema = {
    "oneOf": [
        _object({"type": _one("url_citation"), **_PLACE}),
        _object(
            {
                "type": _one("file_citation"),
                "index": _COUNT,
                "file_id": _TEXT,
                "filename": _TEXT,
            }
        ),
    ]
}
_OUTPUT = _object(
    {
        "id": _TEXT,
        "type": _one("message"),
        "role": _one("assistant"),
        "status": _TEXT,
        "content": _list(
            _object(
                {
                    "type": _one("output_text"),
                    "text": _TEXT,
                    "annotations": _list(_ANNOTATION),
                }
            )
        ),
    }
)
_RESPONSE = _object(
    {
        "id": _TEXT,
        "object": _one("response"),
        "created_at": _COUNT,
        "status": _TEXT,
        "model": _TEXT,
        "output": _list(_OUTPUT),
        "usage": _object({"input_tokens": _COUNT, "output_tokens": _COUNT, "total_tokens": _COUNT}),
        "footnote": _OURS,
    }
)
_SOURCE = _object(
    {
        "source": _object({"id": _TEXT, "name": _TEXT, "url": _TEXT}),
        "document": _list(_TEXT),
        "metadata": _list(_FOOTNOTE),
    }
)
_AZURE_CITATION = _object(
    {"content": _TEXT, "title": _TEXT, "url": _TEXT, "filepath": _TEXT, "chunk_id": _TEXT}
)
_RECORD = _object({"content": _TEXT, "score": _SCORE, "title": _TEXT, "metadata": _ANY})


def _event(name: Schema) -> Schema:
    """One server-sent event: its name, and JSON or the word `[DONE]` as its data."""
    return _object({"data": _TEXT}, event=name)


# Before its version 3.2, OpenAPI has one schema for each event of a stream.
_NAMELESS = _event(_one("message"))
EVENTS: Mapping[str, Schema] = {
    "POST /ask": _event({"enum": ["evidence", "sentence", "answer", "error"]}),
    "POST /v1/responses": _event({"type": "string", "pattern": "^response[.]"}),
    "POST /v1/chat/completions": _NAMELESS,
    "POST /open-webui/v1/chat/completions": _NAMELESS,
    "POST /openai/deployments/{deployment}/chat/completions": _NAMELESS,
    "POST /api/chat": _NAMELESS,
}

# By operation, of the JSON it replies when all is well.
REPLIES: Mapping[str, Schema] = {
    "POST /v1/chat/completions": _completion({"annotations": _list(_URL_CITATION)}),
    "POST /open-webui/v1/chat/completions": _completion({}, sources=_list(_SOURCE)),
    "POST /openai/deployments/{deployment}/chat/completions": _completion(
        {"context": _object({"citations": _list(_AZURE_CITATION), "intent": _TEXT})}
    ),
    "POST /v1/responses": _RESPONSE,
    "GET /v1/models": _MODELS,
    "GET /v1/models/{name}": _MODEL,
    "GET /open-webui/v1/models": _MODELS,
    "POST /retrieval": _object({"records": _list(_RECORD)}),
}

_ID: Schema = {"type": ["string", "integer", "null"]}
# JSON-RPC 2.0, as the Model Context Protocol uses it.
MCP_REQUEST = _object(
    {"jsonrpc": _one("2.0"), "method": _TEXT}, id={"type": ["string", "integer"]}, params=_ANY
)
MCP_REPLY = _object(
    {"jsonrpc": _one("2.0"), "id": _ID},
    result=_object({}, structuredContent={"anyOf": [dict(tool.output_schema) for tool in TOOLS]}),
    error=_object({"code": {"type": "integer"}, "message": _TEXT}),
)
